"""How wide text is on a terminal, by the Unicode data that Python has: not by what the program asks."""

from __future__ import annotations

import unicodedata


def cells(text: str) -> int:
    """The cells that a text without control characters takes."""
    return len(spread(text))


def spread(text: str) -> list[str]:
    """A text cell by cell: a wide character takes two, of which the second is empty."""
    found: list[str] = []
    for char in text:
        wide = unicodedata.east_asian_width(char) in "WF"
        found += [char, ""] if wide else [] if unicodedata.combining(char) else [char]
    return found
