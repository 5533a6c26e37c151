"""What a workbook holds, as plain values: the reader makes them, the pure files judge them.

They say what a cell *is* (a number is not a text of digits), because that is what decides whether an
SN can be trusted, and it is what a table library throws away.
"""

from __future__ import annotations

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
    """A cell: its kind, and its content as a person sees it ("" for blank and formula cells).

    A tuple, because there are a hundred thousand of them.
    """

    kind: CellKind
    text: str = ""


BLANK_CELL: Final = RawCell(CellKind.BLANK)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row by the sheet's own number (from 1), with its cells up to the last that isn't blank."""

    number: int
    cells: tuple[RawCell, ...]

    def cell(self, index: int) -> RawCell:
        """The cell in column `index` (from 1); a blank one right of the last."""
        return self.cells[index - 1] if index <= len(self.cells) else BLANK_CELL


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A worksheet: its rows that hold anything, in order.

    `cut_at` is the number of the first row that holds something and was not read, because it lies
    beyond what the reader reads.
    """

    name: str
    hidden: bool
    rows: tuple[RawRow, ...]
    cut_at: int | None = None


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


def place(sheet: str, column: str, row: int) -> str:
    """A cell as people say it and Excel's name box takes it: `Terminals!B17`, `'Site A'!B17`."""
    plain = re.fullmatch(r"[^\W\d]\w*", sheet)
    name = sheet if plain else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{column}{row}"
