"""One row's XML: its cells and where they stand, and the row with some of them put in, replaced or left out.

A row comes as its bytes from `<row` up to its end tag, or whole when it is an empty element.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import (
    attributes_of,
    new_parser,
    open_tag,
    opened,
    prefix_of,
    reading,
    with_attributes,
    without_attribute,
)
from batchreset.ooxml.refs import cell_ref
from batchreset.ooxml.spots import Raw, style_of
from batchreset.sheet.raw import index_of
from batchreset.text.messages import msg

_STYLE_OR_PLACE: Final = re.compile(
    rb"(<(?:[^\s<>/:]+:)?c(?=[\s/>])(?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)\s+[rs]\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)
_EMPTY_CELL: Final = re.compile(rb"<(?:[^\s<>/:]+:)?c\s*/>")
_SPANS: Final = re.compile(rb'\sspans="([0-9]+):([0-9]+)"')
_ANY_SPANS: Final = re.compile(rb'\sspans="[^"]*"')
"""Excel writes several where cells stand far apart: `1:2 2000:2000`."""


class CellSpot(NamedTuple):
    """A cell, its bytes in the row from `start` to `end`, and what it holds."""

    column: int
    start: int
    end: int
    raw: Raw


def cells_of(row: bytes) -> list[CellSpot]:
    """The cells of a row from left to right. Raises UneditableError."""
    tag = open_tag(row)
    if tag[2]:
        return []
    reader = _RowReader(row)
    with reading():
        reader.parser.Parse(row + b"</%b>" % tag[1], True)
    reader.parser.StartElementHandler = reader.parser.EndElementHandler = None
    reader.parser.CharacterDataHandler = None  # a ring of references would stay until it is collected
    return reader.cells


class _RowReader:
    """Names are compared as written, without their prefix: a row's bytes alone declare no namespaces."""

    def __init__(self, row: bytes) -> None:
        self.cells: Final[list[CellSpot]] = []
        self.parser: Final = new_parser(namespaces=False)
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._take
        self._row: Final = row
        self._depth = 0
        self._column = self._start = 0
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        self._valued = self._taking = False
        self._hints = 0

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        tag = name.rpartition(":")[2]
        if self._depth == 2 and tag == "c":
            ref = attributes.get("r")
            column = self._column + 1 if ref is None else index_of(ref.rstrip("0123456789")) or 0
            if column <= self._column:
                raise UneditableError(msg("its rows or cells are not in order"))
            self._column, self._start = column, self.parser.CurrentByteIndex
            self._attributes, self._pieces, self._valued = attributes, [], False
        elif self._depth == 3 and tag in {"v", "is"}:
            self._valued = True
            self._taking = tag == "v"
        elif tag == "t":
            self._taking = not self._hints
        elif tag == "rPh":
            self._hints += 1

    def _take(self, piece: str) -> None:
        if self._taking:
            self._pieces.append(piece)

    def _close(self, name: str) -> None:
        self._depth -= 1
        tag = name.rpartition(":")[2]
        if self._depth == 1 and tag == "c":
            at = self.parser.CurrentByteIndex
            # the end of an empty element is told behind it, of any other before its end tag
            if not open_tag(self._row, self._start)[2]:
                at = self._row.index(b">", at) + 1
            text = "".join(self._pieces) if self._valued else None
            raw = Raw(self._attributes.get("t", "n"), text, style_of(self._attributes))
            self.cells.append(CellSpot(self._column, self._start, at, raw))
        elif tag in {"v", "t"}:
            self._taking = False
        elif tag == "rPh":
            self._hints -= 1


def changed(row: bytes, number: int, new: Mapping[int, bytes], columns: Collection[int]) -> bytes:
    """The row with the cells `new` in their columns and without other cells of `columns`.

    A cell that does not say where it stands is made to say it, for what is put before it would shift it.
    """
    tag = open_tag(row)
    waiting = sorted(new.items(), reverse=True)
    pieces, at = [], tag.end()
    for cell in cells_of(row):
        pieces.append(row[at : cell.start])
        while waiting and waiting[-1][0] <= cell.column:
            pieces.append(waiting.pop()[1])
        if cell.column not in columns:
            pieces.append(_placed(row[cell.start : cell.end], cell.column, number))
        at = cell.end
    cells = b"".join([*pieces, *(markup for _, markup in reversed(waiting))])
    if tag[2]:
        first, last = opened(with_spans(tag[0], new))
        return first + cells + last
    return with_spans(tag[0], new) + cells + row[at:]


def restyled(row: bytes, number: int, styles: Mapping[int, int]) -> bytes:
    """The row whose cells in these columns have these styles; an empty cell where there was none.

    A row without any cell stays as it is.
    """
    tag = open_tag(row)
    if tag[2]:
        return row
    empty = b'<%bc r="%%b" s="%%d"/>' % prefix_of(tag[0])
    waiting = sorted(styles.items(), reverse=True)
    pieces, at = [], tag.end()
    for cell in cells_of(row):
        pieces.append(row[at : cell.start])
        while waiting and waiting[-1][0] < cell.column:
            column, style = waiting.pop()
            pieces.append(empty % (cell_ref(column, number).encode(), style))
        own = _placed(row[cell.start : cell.end], cell.column, number)
        if waiting and waiting[-1][0] == cell.column:
            begins = open_tag(own)
            own = with_attributes(begins[0], {"s": str(waiting.pop()[1])}) + own[begins.end() :]
        pieces.append(own)
        at = cell.end
    behind = [empty % (cell_ref(column, number).encode(), style) for column, style in reversed(waiting)]
    return with_spans(tag[0], styles) + b"".join([*pieces, *behind]) + row[at:]


def row_style(row: bytes) -> int | None:
    """The style of a row's cells that are not there; `None` when they look like their columns."""
    said = dict(attributes_of(open_tag(row)[0]))
    if said.get(b"customFormat", b"0") not in {b"1", b"true"} or not said.get(b"s", b"").isdigit():
        return None
    return int(said[b"s"])


def unstyled(row: bytes) -> bytes:
    """A row's cells without styles, references and empty ones, for comparing.

    Not by `cells_of`, from which `restyled` knows what to change: one mistake must not hide another.
    """
    cells = row[open_tag(row).end() :]
    for _ in range(2):  # one attribute of each cell goes at a time
        cells = _STYLE_OR_PLACE.sub(rb"\1", cells)
    return _EMPTY_CELL.sub(b"", cells)


def remaining(row: bytes, columns: Collection[int]) -> list[tuple[int, bytes]]:
    """All of a row that is not in `columns`, for comparing: its cells by column, and what is between them."""
    found: list[tuple[int, bytes]] = []
    between, at = b"", open_tag(row).end()
    for cell in cells_of(row):
        between += row[at : cell.start]
        at = cell.end
        if cell.column not in columns:
            tag = open_tag(row, cell.start)
            found.append((cell.column, without_attribute(tag[0], "r") + row[tag.end() : cell.end]))
    return [*found, (0, between + row[at:])]


def with_spans(tag: bytes, columns: Collection[int]) -> bytes:
    """A row's tag whose `spans`, if it has one, take in these columns."""
    if b"spans" not in tag or not columns:
        return tag
    plain = _SPANS.search(tag)
    if plain is not None and b"'" not in tag:  # nearly all; and a quote in a value can't be told so simply
        spans = _widened(plain[1], plain[2], min(columns), max(columns))
        return b"".join((tag[: plain.start()], spans, tag[plain.end() :]))
    known = next((value for name, value in attributes_of(tag) if name == b"spans"), None)
    if known is None:
        return tag
    edges = [int(edge) for edge in known.replace(b":", b" ").split() if edge.isdigit()]
    return with_attributes(tag, {"spans": f"{min([*edges, *columns])}:{max([*edges, *columns])}"})


@lru_cache  # most rows of a list say the same
def _widened(low: bytes, high: bytes, first: int, last: int) -> bytes:
    return b' spans="%d:%d"' % (min(int(low), first), max(int(high), last))


def same_but_spans(one: bytes, other: bytes) -> bool:
    """Whether the tags of two rows differ in nothing that an edit may not change."""
    return one == other or _without_spans(one) == _without_spans(other)


def _without_spans(tag: bytes) -> bytes:
    bare = _ANY_SPANS.sub(b"", tag, 1) if b"'" not in tag else without_attribute(tag, "spans")
    return bare.rstrip(b"/> ")  # an empty element may have been opened


def _placed(cell: bytes, column: int, number: int) -> bytes:
    tag = open_tag(cell)
    if any(name == b"r" for name, _ in attributes_of(tag[0])):
        return cell
    return with_attributes(tag[0], {"r": cell_ref(column, number)}) + cell[tag.end() :]
