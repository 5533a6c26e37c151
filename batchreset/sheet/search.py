"""Where header cells stand in one sheet, for every field. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final, NamedTuple

from batchreset.rows import FIELDS, Column, Field
from batchreset.sheet.aliases import field_of, header_key, is_anothers
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.raw import Area, CellKind, RawRow, RawSheet, index_of, letter, place

SEARCHED_ROWS: Final = 20
"""The header stands among the first rows of a sheet, or nowhere."""

_FEWEST_GROUPS: Final = 2
_SHOWN_HEADERS: Final = 30
TALLEST_HEADER: Final = 3
"""Rows a merged header cell may have below its first; more is no header but a title at the side."""

Named = Mapping[Field, str]
"""What `--column` says: field to header text, or to a column letter."""


class Hit(NamedTuple):
    """A header cell of some field."""

    column: Column
    cell: str


class Search:
    """One sheet, and what `--column` and `--header-row` say of it."""

    def __init__(self, sheet: RawSheet, named: Named, header_row: int | None) -> None:
        self.sheet: Final = sheet
        self.named: Final = named
        self.header_row: Final = header_row
        last = header_row + 1 if header_row else SEARCHED_ROWS
        self.rows: Final = list(itertools.takewhile(lambda row: row.number <= last, sheet.rows))
        self._merged: Final = [area for area in sheet.merged if area.top <= last]
        self._width: Final = max((len(row.cells) for row in sheet.rows), default=0)

    def letter_index(self, field: Field) -> int | None:
        """The column whose letter `--column` may mean (in a sheet of ten columns, `ID` can't be one)."""
        index = index_of(self.named.get(field, "").strip())
        return index if index is not None and index <= self._width else None

    def best_rows(self) -> list[RawRow]:
        """The rows in which most fields are found, the SN among them; more than one is a tie."""
        rows = [
            row
            for row in self.rows
            if self.header_row in {None, row.number} and (self.letter_index("sn") or self.hits(row, "sn"))
        ]
        scores = [self._score(row) for row in rows]
        top = max(scores, default=0)
        return [row for row, score in zip(rows, scores, strict=True) if score == top] if top else []

    def _score(self, row: RawRow) -> int:
        # A column letter is no header text: a cell that happens to hold "B" makes no header row.
        return sum(
            bool(self.hits(row, field, by_alias=self.letter_index(field) is not None)) for field in FIELDS
        )

    def hits(self, row: RawRow, field: Field, *, by_alias: bool = False) -> list[Hit]:
        """The cells of `row` that are a header of `field`: the one `--column` names, else any we know."""
        if field in self.named and not by_alias:
            key = header_key(self.named[field])
            found = [index for index, text in texts(row) if header_key(text) == key]
        else:
            found = [
                index
                for index, text in texts(row)
                if field_of(text) == field and not is_anothers(self._group_above(row, index))
            ]
        return [hit for index in found for hit in self._spread(row, index)]

    def _spread(self, row: RawRow, index: int) -> list[Hit]:
        """A header cell as one hit; merged over columns as one for each that holds data and nothing else.

        A column with a header of another field in the row below is that field's.
        """
        area = self._merged_at(row.number, index)
        if area is None or area.left == area.right:
            return [self.hit(row, index)]
        below = [other for other in self.sheet.rows if other.number > area.bottom]
        under = below[0] if below and below[0].number == area.bottom + 1 else RawRow(0, ())
        spread = [
            column
            for column in range(area.left, min(area.right, self._width) + 1)
            if field_of(clean(under.cell(column).text)) is None
            and any(not is_blank(other.cell(column)) for other in below)
        ]
        header = clean(row.cell(index).text)
        return [self._hit(row, column, header) for column in spread] or [self.hit(row, index)]

    def _group_above(self, row: RawRow, column: int) -> str:
        """What stands right above a header cell, also merged over more columns than its own.

        A title (`Spare terminals`) stands alone in its row, and is about all columns.
        """
        above = next((other for other in self.rows if other.number == row.number - 1), None)
        if above is None or len(texts(above)) < _FEWEST_GROUPS:
            return ""
        spread = (area for area in self._merged if area.top <= above.number <= area.bottom)
        area = next((area for area in spread if area.left <= column <= area.right), None)
        if area is None:
            return clean(above.cell(column).text)
        first = next((other for other in self.rows if other.number == area.top), above)
        return clean(first.cell(area.left).text)

    def _merged_at(self, row: int, column: int) -> Area | None:
        """The merged area whose first cell this is."""
        return next((area for area in self._merged if (area.top, area.left) == (row, column)), None)

    def bottom(self, row: RawRow, column: int) -> int:
        """The last row of a header cell: it may be merged over more than its own."""
        area = self._merged_at(row.number, column)
        return row.number if area is None else min(area.bottom, row.number + TALLEST_HEADER)

    def hit(self, row: RawRow, index: int) -> Hit:
        """The cell in column `index`, as a header."""
        return self._hit(row, index, clean(row.cell(index).text))

    def _hit(self, row: RawRow, index: int, header: str) -> Hit:
        column = Column(index, letter(index), header)
        return Hit(column, place(self.sheet.name, column.letter, row.number))

    def headers_seen(self) -> list[str]:
        """The texts of the row that looks most like a header."""
        rows = [
            [text for _, text in texts(row) if text]
            for row in self.rows
            if self.header_row in {None, row.number}
        ]
        return max(rows, key=len, default=[])[:_SHOWN_HEADERS]


def texts(row: RawRow) -> list[tuple[int, str]]:
    """The row's texts with their columns."""
    return [
        (index, clean(cell.text)) for index, cell in enumerate(row.cells, 1) if cell.kind is CellKind.TEXT
    ]
