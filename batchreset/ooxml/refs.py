"""References to cells as a workbook writes them, `B17` and `A1:H100`. Pure."""

from __future__ import annotations

import re
from typing import Final, NamedTuple, Self

from batchreset.sheet.raw import index_of, letter

LAST_COLUMN: Final = 16_384
LAST_ROW: Final = 1_048_576

_AREA: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")


def cell_ref(column: int, row: int) -> str:
    """A cell as a workbook writes it: `cell_ref(2, 17)` is `B17`."""
    return f"{letter(column)}{row}"


class Area(NamedTuple):
    """A rectangle of cells; columns and rows count from 1, both ends are in it."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def parse(cls, ref: str) -> Self | None:
        """The area of `A1:H100` or of a single `B17`; `None` for anything else, whole columns too."""
        match = _AREA.fullmatch(ref.strip())
        if match is None:
            return None
        first, top, second, bottom = match.groups()
        left, right = index_of(first), index_of(second or first)
        if left is None or right is None:
            return None
        return cls(left, int(top), right, int(bottom or top))

    @property
    def ref(self) -> str:
        """As a workbook writes it; a single cell without the colon."""
        first, last = cell_ref(self.left, self.top), cell_ref(self.right, self.bottom)
        return first if first == last else f"{first}:{last}"

    def joined(self, other: Area) -> Area:
        """The smallest area that holds both."""
        return Area(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def meets(self, other: Area) -> bool:
        """Whether a cell is in both."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )
