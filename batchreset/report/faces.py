"""How cells of sheets of our own look: titles, headings, numbers, links, the words of the statuses. Pure."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

from batchreset.model import Status
from batchreset.ooxml.styles import Face
from batchreset.report.looks import BOLD, FILLS, HEAD_FILL, INK, looks_like_formula

_LINK_INK: Final = "0B5394"
_COUNT: Final = 3
"""The built-in number format `#,##0`."""
_PERCENT: Final = 9

TITLE: Final = Face(size=16, bold=True, ink=INK, vertical="center")
ANSWER: Final = Face(size=13, bold=True, ink=INK, vertical="center")
TEXT: Final = Face(ink=INK, vertical="center", wrapped=True)
SECTION: Final = Face(size=12, bold=True, ink=INK, vertical="center")
FIELD: Final = Face(ink=INK, ruled=True, vertical="center", wrapped=True, indent=1)
NUMBER: Final = replace(FIELD, horizontal="right", wrapped=False, number_format=_COUNT)
LINKED: Final = replace(NUMBER, ink=_LINK_INK, underlined=True)
SHARE: Final = replace(NUMBER, number_format=_PERCENT)
HEAD: Final = replace(FIELD, bold=True, fill=HEAD_FILL)
NUMBERS: Final = replace(HEAD, horizontal="right")
TOTAL: Final = replace(FIELD, bold=True)
TOTAL_NUMBER: Final = replace(NUMBER, bold=True)
WARNING: Final = Face(bold=True, ink=INK, fill="FFE08A", vertical="center", wrapped=True)


def written(value: str, face: Face) -> Face:
    """How a text looks in a cell: one that begins like a formula stays text when it is typed in again."""
    return replace(face, quoted=True) if looks_like_formula(value) else face


@cache
def status_face(status: Status, face: Face = FIELD) -> Face:
    """The looks of a status's word: its colour, and bold where a person must act."""
    return replace(face, fill=FILLS[status], bold=status in BOLD)
