"""What looks like more than one list: the header once more in mid-list, as printed pages have it and another
table below, and an empty column between SNs and contacts. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from batchreset.errors import SheetError
from batchreset.rows import Column, Field
from batchreset.sheet.aliases import field_of, header_key
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.header import Header
from batchreset.sheet.lines import is_header_again, is_of_header
from batchreset.sheet.ranges import row_list
from batchreset.sheet.raw import RawRow, RawSheet, place
from batchreset.sheet.search import TALLEST_HEADER
from batchreset.text.messages import Message, counted, msg


def refuse_another_table(sheet: RawSheet, header: Header, ignored: Collection[int]) -> None:
    """Raise `SheetError` where a header in mid-list has other contacts in the columns of ours.

    Below it the same columns hold something else: the phones for emergencies, say, of the same terminals.
    """
    above = _known_headers(sheet, header)
    for row in _again(sheet, header, ignored):
        for field, column in _contacts(header):
            text = clean(row.cell(column.index).text)
            if text and field_of(text) != field and (column.index, header_key(text)) not in above:
                raise _another_table(sheet, row, column, text)


def notes_on_headers(sheet: RawSheet, header: Header, ignored: Collection[int]) -> Iterator[Message]:
    """That the header stands again."""
    rows = [row.number for row in _again(sheet, header, ignored)]
    if rows:
        yield counted(
            "The header stands again in row {rows}; what stands below is read as rows of the same list.",
            "The header stands again in rows {rows}; what stands below is read as rows of the same list.",
            number=len(rows),
            rows=row_list(rows),
        )


def _again(sheet: RawSheet, header: Header, ignored: Collection[int]) -> list[RawRow]:
    numbers = {*ignored}
    sn = header.columns.sn
    return [row for row in sheet.rows if row.number in numbers and is_header_again(row.cell(sn.index), sn)]


def _known_headers(sheet: RawSheet, header: Header) -> set[tuple[int, str]]:
    return {
        (index, header_key(cell.text))
        for row in sheet.rows
        if is_of_header(row, header)
        for index, cell in enumerate(row.cells, 1)
    }


def _contacts(header: Header) -> list[tuple[Field, Column]]:
    return [
        (field, column) for field, column in header.columns.by_field().items() if column and field != "sn"
    ]


def _another_table(sheet: RawSheet, row: RawRow, column: Column, text: str) -> SheetError:
    return SheetError(
        "header-other",
        msg(
            'The header seems to stand again in row {row}, but {cell} says "{text}" where "{header}" stood: '
            "what stands below is another table.",
            row=row.number,
            cell=place(sheet.name, column.letter, row.number),
            text=text,
            header=column.header,
        ),
        msg("Move the lower table to a sheet of its own, or correct its header."),
    )


def parted(sheet: RawSheet, header: Header, named: Collection[Field]) -> tuple[Column, Column] | None:
    """The SNs and a contact, not `named` by an option, with an empty column between them; None for none."""
    sn = header.columns.sn
    empty = _empty_columns(sheet, header)
    for field, column in _contacts(header):
        first, last = sorted((sn.index, column.index))
        if field not in ("country", *named) and any(first < index < last for index in empty):
            return sn, column
    return None


def _empty_columns(sheet: RawSheet, header: Header) -> set[int]:
    """The columns without a header and without anything below it, also when merged with one beside."""
    rows = [row for row in sheet.rows if row.number > header.row - TALLEST_HEADER]
    empty = set(range(1, max((len(row.cells) for row in rows), default=0) + 1))
    for row in rows:
        empty = {index for index in empty if is_blank(row.cell(index))}
        if not empty:
            break
    for area in sheet.merged:
        if area.bottom > header.row - TALLEST_HEADER:
            empty -= set(range(area.left, area.right + 1))
    return empty
