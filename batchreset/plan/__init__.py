"""What may be sent now, and why not: pure functions of rows, history and the time."""
