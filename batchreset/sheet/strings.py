"""Texts as workbooks write them: the table of shared ones, and the escapes in any."""

from __future__ import annotations

import re
from typing import IO, Final

from batchreset.sheet.package import SPREADSHEET, TooMuch, feed
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell

MAX_TEXTS: Final = 3_000_000
"""One for each cell that is read at most (`worksheet.MAX_CELLS`)."""

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ITEM: Final = frozenset(f"{space} si" for space in SPREADSHEET)
_TEXT: Final = frozenset(f"{space} t" for space in SPREADSHEET)
_PHONETIC: Final = frozenset(f"{space} rPh" for space in SPREADSHEET)
"""How a text is pronounced, in Japanese workbooks; it is no part of the text."""


def unescaped(text: str) -> str:
    """Characters that XML can't hold are written `_x0001_`, and such a sequence itself `_x005F_x0001_`."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def text_cell(text: str, *, formula: bool = False) -> RawCell:
    """The cell that holds a text as the file writes it; an empty one is blank."""
    return RawCell(CellKind.TEXT, unescaped(text), formula) if text else BLANK_CELL


def shared_cells(part: IO[bytes]) -> list[RawCell]:
    """The cell for each shared text, in order: cells refer to them by place. Raises `ExpatError`."""
    cells: list[RawCell] = []
    runs: list[str] = []
    pieces: list[str] = []
    spoken = False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal spoken
        if name in _TEXT:
            pieces.clear()
        elif name in _ITEM:
            runs.clear()
        elif name in _PHONETIC:
            spoken = True

    def end(name: str) -> None:
        nonlocal spoken
        if name in _TEXT and not spoken:
            runs.extend(pieces)
        elif name in _ITEM:
            cells.append(text_cell("".join(runs)))
            if len(cells) > MAX_TEXTS:
                raise TooMuch
        elif name in _PHONETIC:
            spoken = False

    feed(part, start=start, end=end, text=pieces.append)
    return cells


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))
