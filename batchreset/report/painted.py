"""Result cells as markup, each with the style that suits its row, its status and what it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from batchreset.model import Status
from batchreset.ooxml.refs import cell_ref
from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.styles import Look, Styles
from batchreset.ooxml.texts import escaped
from batchreset.report.columns import Cell, clean
from batchreset.report.looks import BOLD, FILLS, INK, TEXT_FORMAT_MAX, looks_like_formula
from batchreset.sheet.raw import letter

_REMEMBERED: Final = 4096
"""What is kept as markup: most rows say the same few sentences."""
_PLAIN: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z .,:;()+-]{0,253}[0-9A-Za-z.)])?")
"""Text that stands in a cell as it is: times, request IDs and most sentences."""


class _Kind(IntEnum):
    EMPTY = 0
    NUMBER = 1
    TEXT = 2
    FORMULA_LIKE = 3
    LONG = 4


_KINDS: Final = len(_Kind)


class Painter:
    """Makes the cells of the nine columns of one workbook; they may stand in any order.

    Text is always text, whatever it begins with (WORKBOOK.md, finding 7).
    """

    def __init__(self, styles: Styles | None, prefix: str, columns: Sequence[int]) -> None:
        self._styles: Final = styles
        self._prefix: Final = prefix
        order = sorted((column, at) for at, column in enumerate(columns))
        self._begins: Final = [(column, f'<{prefix}c r="{letter(column)}', at) for column, at in order]
        self._empty: Final = (_Kind.EMPTY, "/>")
        self._styles_of: Final[dict[tuple[int, Status], list[str | None]]] = {}
        self._texts: Final[dict[str | int, tuple[_Kind, str]]] = {}

    def row(self, number: int, values: Sequence[Cell], model: int, status: Status) -> dict[int, str]:
        """The result cells of a row whose own cells have the style `model`: column → markup.

        `values` are those of `columns.outcome`; what a cell can't hold of them is left out, and so is a cell
        in which there would be nothing to see. All is in one place: it is done for each of a million cells.
        """
        made, known, empty = {}, self._texts, self._empty
        styles = self._styles_of.setdefault((model, status), [None] * (2 * _KINDS))
        for column, begins, at in self._begins:
            value = values[at]
            kind, rest = empty if value is None else known.get(value) or self._content(value)
            slot = kind if at else kind + _KINDS  # the status itself has a colour
            style = styles[slot]
            if style is None:
                style = styles[slot] = self._styled(model, None if at else status, kind)
            if kind or style:
                made[column] = f'{begins}{number}"{style}{rest}'
        return made

    def headings(self, number: int, titles: Sequence[str], model: int) -> dict[int, str]:
        """The headings beside one of the style `model`."""
        return {
            column: self.heading(cell_ref(column, number), titles[at], model)
            for column, _, at in self._begins
        }

    def heading(self, ref: str, title: str, model: int) -> str:
        """A single heading."""
        return self.text(ref, title, model, Look(text=True, heading=True))

    def text(self, ref: str, value: str, model: int, look: Look) -> str:
        """A single cell of text with a look of its own."""
        style = self._styles.number(model, look) if self._styles else NO_STYLE
        return f'<{self._prefix}c r="{ref}"{_attribute(style)}{self._text(value)}'

    def _styled(self, model: int, status: Status | None, kind: _Kind) -> str:
        """The attribute that gives a cell its style, that of a status where it is its word; "" for none."""
        if self._styles is None or (kind is _Kind.EMPTY and not self._styles.has_border(model)):
            return ""
        quoted = kind is _Kind.FORMULA_LIKE
        text, fill = kind is _Kind.TEXT or quoted, FILLS[status] if status else None
        look = Look(text=text, quoted=quoted, bold=status in BOLD, ink=INK, fill=fill)
        return _attribute(self._styles.number(model, look))

    def _content(self, value: str | int) -> tuple[_Kind, str]:
        """What a cell holds, and all of its markup that follows its style."""
        p = self._prefix
        if isinstance(value, int):
            made = _Kind.NUMBER, f"><{p}v>{value}</{p}v></{p}c>"
        elif _PLAIN.fullmatch(value):
            made = _Kind.TEXT, f' t="inlineStr"><{p}is><{p}t>{value}</{p}t></{p}is></{p}c>'
        else:
            held = clean(value)
            made = (_kind(held), self._text(held)) if held else self._empty
        if len(self._texts) == _REMEMBERED:
            self._texts.clear()
        self._texts[value] = made
        return made

    def _text(self, value: str) -> str:
        p = self._prefix
        # blanks at an end, and line ends, are lost without it
        space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
        return f' t="inlineStr"><{p}is><{p}t{space}>{escaped(value)}</{p}t></{p}is></{p}c>'


def _attribute(style: int) -> str:
    return "" if style == NO_STYLE else f' s="{style}"'


def _kind(text: str) -> _Kind:
    if looks_like_formula(text):
        return _Kind.FORMULA_LIKE
    return _Kind.TEXT if len(text) <= TEXT_FORMAT_MAX else _Kind.LONG
