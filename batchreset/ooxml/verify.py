"""A written workbook, read again and held against the one it was made from, before it replaces anything.

The sheet is parsed anew from what is in the file. Where the parser finds a row and our cells in it, all
that is not ours must be the old row's bytes, and ours must be what was meant for that row. So nothing
that was in a cell can be lost or moved without being seen, whatever was assumed when it was written.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, Final, NamedTuple

from batchreset.ooxml.archive import copied_unchanged
from batchreset.ooxml.edit import RowWritten, SheetEdit
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import (
    CHUNK_BYTES,
    Source,
    new_parser,
    open_tag,
    opened,
    parse,
    prefix_of,
    without_attribute,
)
from batchreset.ooxml.refs import cell_ref
from batchreset.ooxml.rows import cells_of, remaining
from batchreset.ooxml.spots import RowSpot, Scanned
from batchreset.text.messages import msg


class _Found(NamedTuple):
    """A row as the parser met it: where it begins, where our first cell does, where its end tag does."""

    number: int
    start: int
    ours: int
    close: int


def verify(
    source: zipfile.ZipFile,
    target: Path,
    sheet: str,
    scanned: Scanned,
    edit: SheetEdit,
    written: Mapping[int, RowWritten],
    parts: Mapping[str, bytes],
) -> None:
    """Raise UneditableError unless `target` holds what `source` holds and what was added, and nothing else.

    `sheet` is the member that was edited, `parts` are the small ones that were written anew.
    """
    with zipfile.ZipFile(target) as copy:
        _demand(copied_unchanged(source, copy, {sheet, *parts}))
        for name, content in parts.items():
            _demand(copy.read(name) == content)
            parse(new_parser(), io.BytesIO(content))
        with copy.open(sheet) as part:
            found = _find(part, scanned.space, edit.columns[0], written)
        with source.open(sheet) as old, copy.open(sheet) as new:
            _Comparison(Source(old), Source(new), scanned, edit, written).run(found)


def _find(part: IO[bytes], space: str, column: int, written: Mapping[int, RowWritten]) -> list[_Found]:
    finder = _Finder(space, column, written)
    parse(finder.parser, part)
    _demand([row.number for row in finder.found] == sorted(written))
    return finder.found


class _Finder:
    """Notes where the rows stand that were written.

    Behind our first cell in a row nothing is asked of the parser but the row's end: that saves a third
    of the time.
    """

    def __init__(self, space: str, column: int, written: Mapping[int, RowWritten]) -> None:
        self.found: Final[list[_Found]] = []
        self.parser: Final = new_parser()
        self.parser.StartElementHandler = self._start
        self._cell: Final = f"{space} c"
        self._row: Final = f"{space} row"
        self._column: Final = column
        self._written: Final = written
        self._wanted = ""
        self._number = self._began = self._ours = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._cell:
            if attributes.get("r") == self._wanted:
                self._to_the_end()
        elif name == self._row:
            self._number = int(attributes.get("r", self._number + 1))
            self._began = self.parser.CurrentByteIndex
            self._wanted = ""
            known = self._written.get(self._number)
            if known is not None and known.whole and known.length:
                self._wanted = cell_ref(self._column, self._number)
            elif known is not None:
                self._to_the_end()

    def _to_the_end(self) -> None:
        self._ours = self.parser.CurrentByteIndex
        self.parser.StartElementHandler = None
        self.parser.EndElementHandler = self._end

    def _end(self, name: str) -> None:
        if name == self._row:
            self.found.append(_Found(self._number, self._began, self._ours, self.parser.CurrentByteIndex))
            self.parser.EndElementHandler = None
            self.parser.StartElementHandler = self._start


class _Comparison:
    """Old and new sheet side by side, from front to back."""

    def __init__(
        self, old: Source, new: Source, scanned: Scanned, edit: SheetEdit, written: Mapping[int, RowWritten]
    ) -> None:
        self._old: Final = old
        self._new: Final = new
        self._scanned: Final = scanned
        self._edit: Final = edit
        self._written: Final = written
        self._end_tag: Final = b"</%brow>" % prefix_of(scanned.data_tag)

    def run(self, found: Collection[_Found]) -> None:
        first, last = self._scanned.data_tag, b""
        if self._edit.new_row and open_tag(first)[2]:
            first, last = opened(first)
        head = self._edit.head + first
        self._old.take(self._scanned.body)
        _demand(self._new.take(len(head)) == head)
        spots = {spot.number: spot for spot in self._scanned.spots if spot.number in self._written}
        for row in found:
            spot = spots.get(row.number)
            if spot is None:
                self._inserted(row)
            else:
                self._row(row, spot)
        self._alike(self._scanned.body_end - self._old.at)
        _demand(self._new.rest() == last + self._edit.tail)

    def _alike(self, length: int) -> None:
        """The next bytes are the same in both."""
        _demand(length >= 0)
        while length > 0:
            step = min(length, CHUNK_BYTES)
            _demand(self._old.take(self._old.at + step) == self._new.take(self._new.at + step))
            length -= step

    def _inserted(self, row: _Found) -> None:
        self._alike(row.start - self._new.at)
        new = self._new.take(row.close)
        ours = new[open_tag(new).end() :]
        _demand(hash(ours) == self._written[row.number].digest)
        _demand(self._new.take_tag(self._end_tag) == self._end_tag)

    def _row(self, row: _Found, spot: RowSpot) -> None:
        self._alike(spot.start - self._old.at)
        _demand(self._new.at == row.start)
        old, new = self._old.take(spot.close), self._new.take(row.close)
        old_tag, new_tag = open_tag(old), open_tag(new)
        _demand(old_tag[0] == new_tag[0] or _plain(old_tag[0]) == _plain(new_tag[0]))
        if self._written[row.number].whole:
            self._whole(row, spot, old, new)
        else:
            self._by_cells(row, old, new)
        if old_tag[2]:
            _demand(self._new.take_tag(self._end_tag) == self._end_tag)

    def _whole(self, row: _Found, spot: RowSpot, old: bytes, new: bytes) -> None:
        written = self._written[row.number]
        begin, from_old = open_tag(new).end(), open_tag(old).end()
        at = row.ours - row.start if written.length else begin
        cut, resume = spot.cut - spot.start, spot.resume - spot.start
        if spot.last < self._edit.columns[0]:
            cut = resume = len(old)
        behind = at + written.length
        _demand(hash(new[at:behind]) == written.digest)
        _demand(new[begin:at] + new[behind:] == old[from_old:cut] + old[resume:])

    def _by_cells(self, row: _Found, old: bytes, new: bytes) -> None:
        columns = self._written[row.number].columns
        _demand(remaining(old, columns) == remaining(new, columns))
        ours = b"".join(new[cell.start : cell.end] for cell in cells_of(new) if cell.column in columns)
        _demand(hash(ours) == self._written[row.number].digest)


def _plain(tag: bytes) -> bytes:
    """A row's tag without what an edit may change of it."""
    return without_attribute(tag, "spans").rstrip(b"/> ")


def _demand(true: bool) -> None:
    if not true:
        raise UneditableError(msg("the copy did not read back as it was written"))
