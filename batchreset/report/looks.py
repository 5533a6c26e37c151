"""How cells of ours look: calm colours by status, and as high as their sentences need."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from typing import Final

from batchreset.model import FOR_A_PERSON, Status
from batchreset.ooxml.charts import Paint

INK: Final = "1F2933"
"""Colour of our own text: readable on every fill below."""
FILLS: Final = {
    Status.SUCCEEDED: "DCEBF7",
    Status.RECENT: "EAF3FA",
    Status.DUPLICATE: "EDEDED",
    Status.WAITING: "FFF2CC",
    Status.NOT_SENT: "E4E4EE",
    Status.UNKNOWN: "FFE08A",
    Status.FAILED: "F4B183",
    Status.INVALID: "F8CBAD",
}
"""From blue to orange, which differ for the colour-blind too, and the darker the more there is to do. Nobody
depends on the colour: the word stands in the cell, in bold where a person must act."""
BOLD: Final = frozenset(FOR_A_PERSON)
PAINTS: Final = {
    Status.SUCCEEDED: Paint("6BA8DC"),
    Status.RECENT: Paint("2F6FA8", "ltUpDiag"),
    Status.DUPLICATE: Paint("7B8794", "pct20"),
    Status.WAITING: Paint("F9E3A0"),
    Status.NOT_SENT: Paint("7B8794", "ltHorz"),
    Status.UNKNOWN: Paint("B45309", "wdUpDiag"),
    Status.FAILED: Paint("8A2C0D"),
    Status.INVALID: Paint("8A2C0D", "smGrid"),
}
"""Of bars in a chart: told apart by pattern and lightness as well."""
HEAD_FILL: Final = "E4E9EE"
"""Behind the headings of our own lists."""
TEXT_FORMAT_MAX: Final = 255
"""Excel shows longer text in a cell of format `@` as `####`."""
WIDTHS: Final = (18, 56, 56, 27, 11, 27, 13, 20, 38)
"""Of the nine columns, in Excel's characters."""
FROZEN_AT_MOST: Final = 10
"""Rows: more of them at the top of a window would leave no room for those below."""
_LINE_POINTS: Final = 15
_CHINESE_POINTS: Final = 17
_MAX_POINTS: Final = 409
"""Excel's highest row."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def looks_like_formula(text: str) -> bool:
    """Whether a text would become a formula if it were typed in again."""
    return text.startswith(_FORMULA_STARTS)


def height(texts: Iterable[tuple[str, float]]) -> float:
    """Points a row needs for wrapped texts (text, width of its cell in characters): not every program works
    it out when it opens a file."""
    return min(max((_points(text, width) for text, width in texts), default=_LINE_POINTS), _MAX_POINTS)


def _points(text: str, width: float) -> float:
    """Chinese lines are higher, and break where Latin words among them begin."""
    lines = sum(max(1, math.ceil(_places(line) / (width - 4))) for line in text.split("\n"))
    if text.isascii():
        return _LINE_POINTS * lines
    return _CHINESE_POINTS * (lines if lines == 1 else lines + 0.5)


def _places(text: str) -> int:
    """Characters' widths a text takes: a Chinese one takes two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
