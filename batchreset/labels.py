"""The text of any column of a sheet by row, for dividing a job by site, floor or whatever the sheet has."""

from __future__ import annotations

from batchreset.errors import UsageError
from batchreset.rows import Table
from batchreset.sheet.grouping import columns_called, headers_of, texts_of, told_headers
from batchreset.sheet.reader import open_book
from batchreset.text.messages import msg


def labels_of(table: Table, column: str) -> dict[int, str]:
    """Row number → cleaned text of a column, named by its header or its letter.

    Raises:
        UsageError: the sheet has no such column, or several.
    """
    with open_book(table.path) as book:
        raw = book.whole(table.sheet)
    headers = headers_of(raw, table.header_row)
    found = columns_called(raw, headers, column)
    if len(found) != 1:
        raise UsageError(
            "wave-column",
            msg("{sheet} has no column {column}, or several.", sheet=table.sheet, column=column),
            told_headers(headers),
        )
    return texts_of(raw, [row.number for row in table.rows], found[0])
