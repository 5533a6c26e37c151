"""Workbooks as they are in the file: a zip of XML parts, edited where needed and copied where not.

Why not a library: openpyxl loses a part in 31 % of real workbooks and every cached formula value, and
what keeps more is slow or young (WORKBOOK.md, "What round trips lose"). Here nothing is loaded and
written again. A part is read for *where* things stand in it, new bytes are put between the old ones, and
all other parts are copied as they are compressed.

Nothing here knows of jobs, results or terminals.
"""
