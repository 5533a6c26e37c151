"""One worksheet's XML as a `RawSheet`, in one pass that keeps only what holds something.

What the sheet says of its own size (`<dimension>`) is not looked at: it is wrong in honest files. Cells
right of `MAX_COLUMNS` are skipped and rows below `MAX_ROWS` end the reading, so a stray value in the last
cell of the format costs nothing. The handlers are called a few times for each cell: they are written for
speed, `start` and `end` most of all.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import IO, Final

from batchreset.sheet.package import SPREADSHEET, Damaged, TooMuch, feed
from batchreset.sheet.raw import (
    BLANK_CELL,
    Area,
    CellKind,
    RawCell,
    RawRow,
    RawSheet,
    area_of,
    index_of,
    letter,
)
from batchreset.sheet.strings import text_cell
from batchreset.sheet.styles import NO_STYLES, CellStyles, date_shown

MAX_COLUMNS: Final = 512
"""Columns right of it are not looked at: no header of ours stands there, a stray value may."""
MAX_ROWS: Final = 200_000
"""Rows below it are not read; a sheet that holds anything there says so (`RawSheet.cut_at`)."""
MAX_CELLS: Final = 3_000_000
"""Cells up to the last of each row: 15 in each of 200,000 rows. More would need gigabytes."""
MAX_AREAS: Final = 200_000
"""Merged areas of a sheet."""

_LAST_ROW: Final = 1_048_576
_LAST_COLUMN: Final = 16_384
_COLUMNS: Final = {letter(index): index for index in range(1, MAX_COLUMNS + 1)}
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
_TRUE: Final = frozenset(("1", "true"))
_ZERO: Final = frozenset(("0", "0.0"))
_TAGS: Final = {
    f"{space} {tag}": tag
    for space in SPREADSHEET
    for tag in (
        *("row", "c", "v", "f", "is", "t", "rPh", "col", "mergeCell", "autoFilter", "customSheetViews"),
        *("filters", "customFilters", "dynamicFilter", "top10", "colorFilter", "iconFilter"),
    )
}
_UNCALCULATED: Final = RawCell(CellKind.FORMULA, "", formula=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sheet's cells refer to elsewhere in the workbook."""

    texts: Sequence[RawCell] = ()
    styles: CellStyles = NO_STYLES
    since_1904: bool = False


def read_worksheet(
    part: IO[bytes], name: str, *, hidden: bool, around: Surroundings, last_row: int | None = None
) -> RawSheet:
    """The sheet, or of it only the rows down to `last_row`.

    Raises `ExpatError`, `Damaged`, `LookupError` and `ValueError` for what no sheet says, and `TooMuch`.
    """
    scan = _Scan(around, last_row or _LAST_ROW)
    with contextlib.suppress(_Enough):
        feed(part, start=scan.start, end=scan.end, text=scan.pieces.append)
    return RawSheet(
        name,
        hidden,
        tuple(scan.rows),
        scan.cut_at,
        frozenset(scan.hidden_columns),
        tuple(scan.merged),
        tuple(scan.filtered),
    )


class _Enough(Exception):  # noqa: N818  # ends the parser's loop; no error
    """All that was asked for is read."""


class _Scan:
    """The parser's handlers, and what they have gathered so far."""

    def __init__(self, around: Surroundings, last_row: int) -> None:
        self.rows: Final[list[RawRow]] = []
        self.cut_at: int | None = None
        self.hidden_columns: Final[set[int]] = set()
        self.merged: Final[list[Area]] = []
        self.filtered: Final[list[Area]] = []
        self.pieces: Final[list[str]] = []
        """Text since the last element began that may hold some."""
        self._around: Final = around
        self._struck_styles: Final = around.styles.struck
        self._struck: list[int] = []
        self._last_row: Final = last_row
        self._count = 0
        self._number = 0
        self._row_text = ""
        self._row_hidden = False
        self._cells: list[RawCell] = []
        self._column = 0
        self._attributes: dict[str, str] = {}
        self._value: str | None = None
        self._formula = False
        self._runs: list[str] = []
        self._foreign = False
        """Inside of what is not the sheet's own: a text's pronunciation, somebody's saved view."""
        self._filter: Area | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        tag = _TAGS.get(name)
        if tag == "c":
            self._attributes = attributes
            self._value = None
            self._formula = False
        elif tag in {"v", "t"}:
            self.pieces.clear()
        elif tag == "row":
            self._begin_row(attributes)
        elif tag == "f":
            self._formula = True
        elif tag is not None:
            self._begin_other(tag, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        tag = _TAGS.get(name)
        if tag == "v":
            pieces = self.pieces
            self._value = pieces[0] if len(pieces) == 1 else "".join(pieces)
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()
        elif tag is not None:
            self._end_other(tag)

    def _begin_other(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "is":
            self._runs = []
        elif tag in {"rPh", "customSheetViews"}:
            self._foreign = True
        elif tag == "col":
            self._begin_columns(attributes)
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "autoFilter":
            self._filter = None if self._foreign else area_of(attributes.get("ref", ""))
        elif self._filter is not None:  # a condition of it
            self.filtered.append(self._filter)
            self._filter = None

    def _end_other(self, tag: str) -> None:
        if tag == "t" and not self._foreign:
            self._runs.extend(self.pieces)
        elif tag == "is":
            self._value = "".join(self._runs)
        elif tag in {"rPh", "customSheetViews"}:
            self._foreign = False

    def _begin_columns(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in _TRUE or attributes.get("width") in _ZERO:
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 0))
            self.hidden_columns.update(range(max(first, 1), min(last, MAX_COLUMNS) + 1))

    def _merge(self, reference: str) -> None:
        area = area_of(reference)
        if area is None:
            raise Damaged(reference)
        if len(self.merged) >= MAX_AREAS:
            raise TooMuch
        self.merged.append(area)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= _LAST_ROW:
            raise Damaged(number)
        if number > self._last_row:
            raise _Enough
        self._number = number
        self._row_text = str(number)
        self._row_hidden = attributes.get("hidden") in _TRUE or attributes.get("ht") in _ZERO
        self._column = 0
        self._cells = []
        self._struck = []
        self.pieces.clear()

    def _end_row(self) -> None:
        if not self._cells:
            return
        if self._number > MAX_ROWS:
            self.cut_at = self._number
            raise _Enough
        self._count += len(self._cells)
        if self._count > MAX_CELLS:
            raise TooMuch
        self.rows.append(RawRow(self._number, tuple(self._cells), self._row_hidden, tuple(self._struck)))

    def _end_cell(self) -> None:
        reference, cells = self._attributes.get("r"), self._cells
        if reference is None:
            column = self._column + 1
        elif reference.endswith(self._row_text):
            column = _COLUMNS.get(reference[: -len(self._row_text)]) or self._far_column(reference)
        else:
            raise Damaged(reference)
        self._column = column
        if column > MAX_COLUMNS or (self._value is None and not self._formula):
            return
        cell = self._cell(self._value)
        if cell is BLANK_CELL:
            return
        gap = column - 1 - len(cells)
        if gap < 0:
            raise Damaged(reference)
        if gap:
            cells.extend(repeat(BLANK_CELL, gap))
        cells.append(cell)
        if self._struck_styles and self._attributes.get("s") in self._struck_styles:
            self._struck.append(column)

    def _far_column(self, reference: str) -> int:
        """The column of a reference that isn't one of the usual: far right, or in small letters."""
        found = _REFERENCE.fullmatch(reference)
        column = index_of(found[1]) if found and found[2] == self._row_text else None
        if column is None or column > _LAST_COLUMN:
            raise Damaged(reference)
        return column

    def _cell(self, value: str | None) -> RawCell:
        kind = self._attributes.get("t", "n")
        if not value:
            # a calculated "" has its type and an empty value
            uncalculated = self._formula and (value is None or kind != "str")
            return _UNCALCULATED if uncalculated else BLANK_CELL
        if kind == "s":
            index = int(value)
            if index < 0:
                raise Damaged(value)
            return self._around.texts[index]
        if kind == "n":
            return self._number_cell(value.strip())
        if kind in {"str", "inlineStr"}:
            return text_cell(value, formula=self._formula)
        if kind == "b":
            return RawCell(CellKind.BOOLEAN, "TRUE" if value in _TRUE else "FALSE", self._formula)
        if kind == "e":
            return RawCell(CellKind.ERROR, value, self._formula)
        if kind == "d":
            return RawCell(CellKind.DATE, value, self._formula)
        raise Damaged(kind)

    def _number_cell(self, value: str) -> RawCell:
        if not (value.isascii() and value.isdigit()) and not _NUMBER.fullmatch(value):
            raise Damaged(value)
        if self._attributes.get("s") in self._around.styles.dates:
            shown = date_shown(value, since_1904=self._around.since_1904)
            return RawCell(CellKind.DATE, shown, self._formula)
        return RawCell(CellKind.NUMBER, value, self._formula)
