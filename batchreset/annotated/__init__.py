"""What `check` found, written beside the rows in a copy of the user's workbook (`check --annotate`)."""
