"""Texts of cells: what a cell can hold, and how a workbook writes it.

Besides XML's own escapes a workbook has one more: `_x0041_` stands for the character U+0041, so a text
that looks like that must itself be escaped or a program shows another text than was meant
(ECMA-376 part 1, 22.9.2.19, ST_Xstring).
"""

from __future__ import annotations

import re
from typing import Final

MAX_UNITS: Final = 32_767
"""Of one cell, in UTF-16 code units, as Excel counts."""

# What XML 1.0 forbids in a document, the C1 controls that nothing shows, and lone surrogates.
_UNFIT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def fit(text: str) -> str:
    """`text` as a cell can hold it: no characters XML forbids, line ends as `\\n`, at most `MAX_UNITS`."""
    if len(text) <= MAX_UNITS // 2 and text.isascii() and text.isprintable():
        return text
    held = _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = held.encode("utf-16-le")
    if len(units) <= 2 * MAX_UNITS:
        return held
    # half of a surrogate pair is dropped, never written
    return units[: 2 * (MAX_UNITS - 1)].decode("utf-16-le", "ignore") + "…"


def guarded(text: str) -> str:
    """A text in which nothing is taken for an escape."""
    return _LOOKS_ESCAPED.sub("_x005F_", text) if "_x" in text else text


def escaped(text: str) -> str:
    """A text that fits, as the content of an element or the value of an attribute."""
    return (
        guarded(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def unescaped(text: str) -> str:
    """A text with `_x0041_` replaced by what it stands for.

    >>> unescaped("_x005F_x0041_ _x0041_")
    '_x0041_ A'
    """
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
