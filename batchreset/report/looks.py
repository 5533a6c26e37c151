"""How result cells look: calm colours by status, else like the row they stand in."""

from __future__ import annotations

from typing import Final

from batchreset.model import Status

INK: Final = "1F2933"
"""Colour of our own text: readable on every fill below."""
FILLS: Final = {
    Status.SUCCEEDED: "E2F0D9",
    Status.RECENT: "EAF4E4",
    Status.DUPLICATE: "EDEDED",
    Status.WAITING: "DDEBF7",
    Status.NOT_SENT: "E4E4EE",
    Status.UNKNOWN: "FFF2CC",
    Status.FAILED: "F8D7DA",
    Status.INVALID: "FCE4D6",
}
"""The word stands in the cell too, so nobody depends on the colour."""
TEXT_FORMAT_MAX: Final = 255
"""Excel shows longer text in a cell of format `@` as `####`."""
WIDTHS: Final = (18, 56, 56, 27, 11, 27, 13, 20, 38)
"""Of the nine columns, in Excel's characters."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def looks_like_formula(text: str) -> bool:
    """Whether a text would become a formula if it were typed in again."""
    return text.startswith(_FORMULA_STARTS)
