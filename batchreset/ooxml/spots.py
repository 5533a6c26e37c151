"""What a pass over a sheet finds: cells as the file has them, rows and the bytes where they stand. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.ooxml.refs import LAST_COLUMN

NO_STYLE: Final = -1
_FAR: Final = LAST_COLUMN + 1


class Raw(NamedTuple):
    """A cell as the file has it: its `t`, its content (`None` for no value), and its `s`."""

    kind: str
    text: str | None
    style: int


class RowSpot(NamedTuple):
    """A row and where it stands: `<row>` begins at `start`, `</row>` at `close`.

    `cut` is where the first cell of the watched columns or right of them begins, `resume` where the
    first right of them does; `close` where there is none. An empty element (`<row/>`) closes behind itself.
    """

    number: int
    start: int
    close: int
    cut: int
    resume: int
    last: int
    """Rightmost column with a cell, 0 for none."""
    style: int
    """Style of the last cell that holds anything left of the watched columns; `NO_STYLE` for none."""
    filled: bool
    """The watched columns hold anything."""
    key: Raw | None
    """The cell of the key column."""


@dataclass(frozen=True, slots=True)
class Focus:
    """What to look at: all cells of the first rows, one column in all, and the watched columns."""

    head_rows: int
    key_column: int
    first: int = _FAR
    last: int = _FAR


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the pass found. `head` ends before `<sheetData>`, whose tag is `data_tag`; `tail` begins with
    its end tag, or behind it when it is empty. Rows stand between `body` and `body_end`."""

    focus: Focus
    spots: tuple[RowSpot, ...]
    cells: dict[tuple[int, int], Raw]
    """(row, column) → cell that is there, of the first rows."""
    width: int
    """Rightmost column left of the watched ones, or right of them, that holds anything."""
    formulas: frozenset[int]
    """Columns with a formula."""
    odd: frozenset[int]
    """Rows with something other than cells in them."""
    implicit: bool
    """Some row or cell does not say where it is."""
    head: bytes
    data_tag: bytes
    tail: bytes
    body: int
    body_end: int
    space: str
    """The namespace of the sheet."""


def style_of(attributes: Mapping[str, str]) -> int:
    """The style a cell's tag names; the first one when it names none."""
    number = attributes.get("s", "0")
    return int(number) if number.isdecimal() else 0
