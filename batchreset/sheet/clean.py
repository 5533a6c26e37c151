"""What is mended in a cell's text without asking, because it can't change what is meant.

Full-width and half-width forms (`Ａ１` is A1), invisible characters (zero-width blanks, byte order and
direction marks, control characters), odd blanks, and blanks around the text. Nothing more: NFKC as a
whole would also turn ① into 1 and Ⅷ into VIII, which is guessing. Everything else is judged as it is.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from batchreset.sheet.raw import CellKind, RawCell

_LINE_BREAKS: Final = "\t\n\r"
"""Control characters that a person sees; inside a text they are judged, not dropped."""


def clean(text: str) -> str:
    """`text` mended as described above; idempotent."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(map(_mended, text)).strip()


def visible(text: str) -> str:
    """`text` with what can't be seen written out: `A‹U+200B›1`."""
    return "".join(f"‹U+{ord(char):04X}›" if _is_hidden(char) or char == "\xa0" else char for char in text)


def code_point(char: str) -> str:
    """How a character is named to people: `U+2013`."""
    return f"U+{ord(char):04X}"


def is_blank(cell: RawCell) -> bool:
    """Whether a person sees nothing in the cell. A formula without a value is not blank."""
    if cell.kind is not CellKind.TEXT:
        return cell.kind is CellKind.BLANK
    # asked of every cell several times; a letter or a digit is seen
    return not cell.text[:1].isalnum() and not clean(cell.text)


def _mended(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category in {"Cf", "Cc"} and char not in _LINE_BREAKS:
        return ""
    if unicodedata.decomposition(char).startswith(("<wide>", "<narrow>")):
        return unicodedata.normalize("NFKC", char)
    return char


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cf", "Cc"}
