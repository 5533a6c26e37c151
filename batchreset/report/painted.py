"""Result cells as markup, each with the style that suits its row, its status and what it holds."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.styles import Look, Styles
from batchreset.ooxml.texts import escaped, fit
from batchreset.report.columns import Cell
from batchreset.report.looks import INK, TEXT_FORMAT_MAX, looks_like_formula

_REMEMBERED: Final = 4096
"""Texts kept as markup: most rows say the same few sentences."""


class _Kind(IntEnum):
    EMPTY = 0
    NUMBER = 1
    TEXT = 2
    FORMULA_LIKE = 3
    LONG = 4


class Painter:
    """Makes cells for one workbook. Text is always text, whatever it begins with (WORKBOOK.md, finding 7)."""

    def __init__(self, styles: Styles | None, prefix: str) -> None:
        self._styles: Final = styles
        self._prefix: Final = prefix
        self._empty: Final = (_Kind.EMPTY, "/>")
        self._numbers: Final[dict[tuple[int, str | None, _Kind], int]] = {}
        self._texts: Final[dict[str, tuple[_Kind, str]]] = {}

    def cell(self, ref: str, value: Cell, model: int, fill: str | None = None) -> bytes:
        """A result cell in a row whose own cells have the style `model`; b"" when there is nothing to see."""
        kind, rest = self._content(value)
        style = self._style(model, fill, kind)
        if kind is _Kind.EMPTY and style == NO_STYLE:
            return b""
        return self._markup(ref, style, rest)

    def heading(self, ref: str, title: str, model: int) -> bytes:
        """The heading of a column beside one of the style `model`."""
        style = self._styles.number(model, Look(text=True, heading=True)) if self._styles else NO_STYLE
        return self._markup(ref, style, self._text(title))

    def _style(self, model: int, fill: str | None, kind: _Kind) -> int:
        key = (model, fill, kind)
        if key not in self._numbers:
            self._numbers[key] = self._mixed(model, fill, kind)
        return self._numbers[key]

    def _mixed(self, model: int, fill: str | None, kind: _Kind) -> int:
        if self._styles is None or (kind is _Kind.EMPTY and not self._styles.has_border(model)):
            return NO_STYLE
        quoted = kind is _Kind.FORMULA_LIKE
        look = Look(text=kind is _Kind.TEXT or quoted, quoted=quoted, ink=INK, fill=fill)
        return self._styles.number(model, look)

    def _markup(self, ref: str, style: int, rest: str) -> bytes:
        styled = "" if style == NO_STYLE else f' s="{style}"'
        return f'<{self._prefix}c r="{ref}"{styled}{rest}'.encode()

    def _content(self, value: Cell) -> tuple[_Kind, str]:
        """What a cell holds, and all of its markup that follows its style."""
        if value is None:
            return self._empty
        if isinstance(value, int):
            return _Kind.NUMBER, f"><{self._prefix}v>{value}</{self._prefix}v></{self._prefix}c>"
        known = self._texts.get(value)
        if known is None:
            known = _kind(value), self._text(value)
            if len(self._texts) < _REMEMBERED:
                self._texts[value] = known
        return known

    def _text(self, value: str) -> str:
        p = self._prefix
        # blanks at an end, and line ends, are lost without it
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        return f' t="inlineStr"><{p}is><{p}t{space}>{escaped(fit(value))}</{p}t></{p}is></{p}c>'


def _kind(text: str) -> _Kind:
    if looks_like_formula(text):
        return _Kind.FORMULA_LIKE
    return _Kind.TEXT if len(text) <= TEXT_FORMAT_MAX else _Kind.LONG
