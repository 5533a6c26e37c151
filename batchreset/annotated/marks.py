"""The colour on a cell with a finding, and how the cell gets its own back when the finding is gone.

A copy is mended in Excel, WPS or LibreOffice and checked again, so a mark must be told from the user's own
colours after any of them has saved the file. What survives that is the colour itself and the workbook's
custom properties; numbers of styles don't. So each fill that is covered by a mark has a shade of its own,
and a property says which: the shades differ by so little that nobody sees it. Marks are no more than a
help: what was found, and in which cell, stands in words beside the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from batchreset.annotated.findings import Weight
from batchreset.annotated.kept import OWN
from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.styles import Styles, solid_fill

COLOURS: Final = {Weight.ERROR: 0xF8CBC0, Weight.NOTE: 0xFFF1C0}
"""The first shade of each kind."""
_SHADES: Final = 64
_STEP: Final = 16
"""Shades that differ in blue only; the next ones differ in green, too."""
MARK: Final = f"{OWN}mark-"
"""What the property of a shade is called, before its colour."""
_NONE: Final = "none"
_MAX_PROPERTY: Final = 255
"""Characters of a property that Excel keeps."""


class Marks:
    """The styles of one workbook with their marks. `said` are its custom properties."""

    def __init__(self, styles: Styles, said: Mapping[str, str]) -> None:
        self._styles: Final = styles
        self._covers: Final = {
            name.removeprefix(MARK): "" if fill == _NONE else fill
            for name, fill in said.items()
            if name.startswith(MARK)
        }
        shown = styles.solids()
        self._taken: Final = {*shown.values(), *self._covers}
        self._under: Final = {
            number: self._covers[colour] for number, colour in shown.items() if colour in self._covers
        }
        self._shades: Final[dict[tuple[Weight, str], str]] = {}
        for colour, fill in self._covers.items():
            weight = _weight_of(colour)
            if weight is not None:
                self._shades.setdefault((weight, fill), colour)

    @property
    def marked(self) -> frozenset[int]:
        """The styles of cells that an earlier check has marked."""
        return frozenset(self._under)

    def bare(self, style: int) -> int:
        """A cell's style without a mark."""
        if style not in self._under:
            return style
        new = self._styles.refilled(style, self._under[style])
        return style if new == NO_STYLE else new

    def on(self, style: int, weight: Weight) -> int:
        """The style of a cell with a mark on it; the cell's own where there is no room for one."""
        shade = self._shade(weight, self._under[style] if style in self._under else self._styles.fill(style))
        new = NO_STYLE if shade is None else self._styles.refilled(style, solid_fill(shade))
        return style if new == NO_STYLE else new

    def said(self) -> dict[str, str]:
        """The properties by which all of this is known again."""
        return {f"{MARK}{colour}": fill or _NONE for colour, fill in self._covers.items()}

    def _shade(self, weight: Weight, fill: str) -> str | None:
        if (weight, fill) not in self._shades:
            free = next((colour for colour in _shades(weight) if colour not in self._taken), None)
            if free is None or len(fill) > _MAX_PROPERTY:
                return None
            self._shades[weight, fill] = free
            self._covers[free] = fill
            self._taken.add(free)
        return self._shades[weight, fill]


def plain_marks() -> dict[str, str]:
    """The properties of marks over no fill, for workbooks of our own: the first shade of each kind."""
    return {f"{MARK}{colour:06X}": _NONE for colour in COLOURS.values()}


def _shades(weight: Weight) -> Iterator[str]:
    for number in range(_SHADES):
        green, blue = divmod(number, _STEP)
        yield f"{COLOURS[weight] + (green << 8) + blue:06X}"


def _weight_of(colour: str) -> Weight | None:
    return next((weight for weight in Weight if colour in _shades(weight)), None)
