"""What a workbook holds, as plain values: the reader makes them, the pure files judge them.

They say what a cell *is* (a number is not a text of digits), because that is what decides whether an
SN can be trusted, and it is what a table library throws away.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class CellKind(StrEnum):
    """What a cell holds. A formula counts as the kind of its cached value."""

    BLANK = "blank"
    """Nothing."""
    TEXT = "text"
    """A text, also one of digits or of blanks only."""
    NUMBER = "number"
    """A number; Excel keeps no more than 15 digits and no leading zeros of it."""
    DATE = "date"
    """A number shown as a date, a time or a duration."""
    BOOLEAN = "boolean"
    """TRUE or FALSE."""
    ERROR = "error"
    """`#N/A` and its kind."""
    FORMULA = "formula"
    """A formula that no program has calculated yet: its value is not in the file."""


class RawCell(NamedTuple):
    """A cell: its kind, its content ("" for blank and formula cells), and whether a formula made it.

    Of a number, `text` is what the file says (`1.38E+10`); `number_shown` has it as a person sees it.
    A tuple, because there are a hundred thousand of them.
    """

    kind: CellKind
    text: str = ""
    formula: bool = False


_AREA: Final = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})(?::([A-Za-z]{1,3})([0-9]{1,7}))?")
_EXACT_BELOW: Final = 1e15
"""Whole numbers up to here are exact in Excel, which keeps 15 digits."""

BLANK_CELL: Final = RawCell(CellKind.BLANK)


class Area(NamedTuple):
    """A rectangle of cells, its edges included; rows and columns count from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row by the sheet's own number (from 1), with its cells up to the last that isn't blank.

    `hidden`: by hand, by a filter, by a closed group or by a height of 0; nobody sees it. `struck` are the
    columns whose cells are struck through, as people do instead of deleting them.
    """

    number: int
    cells: tuple[RawCell, ...]
    hidden: bool = False
    struck: tuple[int, ...] = ()

    def cell(self, index: int) -> RawCell:
        """The cell in column `index` (from 1); a blank one right of the last."""
        return self.cells[index - 1] if index <= len(self.cells) else BLANK_CELL


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A worksheet: its rows that hold anything, in order.

    `cut_at` is the number of the first row that holds something and was not read, because it lies
    beyond what the reader reads. `filtered` are the areas whose filter has a condition set: a hidden
    row in one of them was hidden by it. Of a merged area only the first cell holds anything.
    """

    name: str
    hidden: bool
    rows: tuple[RawRow, ...]
    cut_at: int | None = None
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[Area, ...] = ()
    filtered: tuple[Area, ...] = ()


def number_shown(text: str) -> str:
    """A number as a person sees it in a wide cell: no `.0`, 15 digits at most where it is not whole."""
    if text.isascii() and text.isdigit():
        return text
    value = float(text)
    if math.isfinite(value) and value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    return f"{value:.15g}".upper()


def letter(index: int) -> str:
    """The letter of column `index` (from 1): 1 is A, 27 is AA."""
    letters = ""
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def index_of(letters: str) -> int | None:
    """The column a letter stands for, of any case; `None` if it is no column of a workbook."""
    if not re.fullmatch(r"[A-Za-z]{1,3}", letters):
        return None
    index = 0
    for char in letters.upper():
        index = index * 26 + ord(char) - ord("A") + 1
    return index


def area_of(reference: str) -> Area | None:
    """The area `B2:C5` or `B2` means (`$` signs and edges in any order allowed); `None` if it is none."""
    found = _AREA.fullmatch(reference.replace("$", ""))
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    columns = sorted((index_of(left) or 0, index_of(right or left) or 0))
    rows = sorted((int(top), int(bottom or top)))
    return Area(rows[0], columns[0], rows[1], columns[1])


def place(sheet: str, column: str, row: int) -> str:
    """A cell as people say it and Excel's name box takes it: `Terminals!B17`, `'Site A'!B17`."""
    plain = re.fullmatch(r"[^\W\d]\w*", sheet)
    name = sheet if plain else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{column}{row}"


def placed(cell: str) -> tuple[str, int | None]:
    """A cell that `place` has named: without its sheet, and its column; None where it is no single place."""
    ref = cell.rpartition("!")[2]
    area = area_of(ref)
    return ref, area.left if area else None
