"""A to-do list that came back mended: what it says of its job's rows, and the job's sheet with that in."""
