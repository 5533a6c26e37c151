"""The text of any column of a sheet by row, for dividing a job by site, floor or whatever the sheet has."""

from __future__ import annotations

from batchreset.errors import UsageError
from batchreset.model import Table
from batchreset.sheet.aliases import header_key
from batchreset.sheet.clean import clean
from batchreset.sheet.raw import RawRow, index_of
from batchreset.sheet.reader import open_book
from batchreset.text.messages import msg


def labels_of(table: Table, column: str) -> dict[int, str]:
    """Row number → cleaned text of a column, named by its header or its letter.

    Raises:
        UsageError: the sheet has no such column, or several.
    """
    with open_book(table.path) as book:
        raw = book.whole(table.sheet)
    rows = {row.number: row for row in raw.rows}
    header = rows.get(table.header_row, RawRow(0, ()))
    texts = {index: cell.text for index, cell in enumerate(header.cells, 1) if header_key(cell.text)}
    found = [index for index, text in texts.items() if header_key(text) == header_key(column)]
    if not found and (letter := index_of(column.strip())) is not None:
        found = [letter] if any(row.cell(letter).text for row in raw.rows) else []
    if len(found) != 1:
        raise UsageError(
            "wave-column",
            msg("{sheet} has no column {column}, or several.", sheet=table.sheet, column=column),
            msg("Its headers are: {headers}", headers=tuple(clean(text) for text in texts.values())),
        )
    return {row.number: clean(rows[row.number].cell(found[0]).text) for row in table.rows}
