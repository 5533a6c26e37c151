"""A written workbook, read again and held against the one it was made from, before it replaces anything.

What is in the file is unpacked and parsed anew: it must be XML. Then old and new sheet go side by side.
All bytes of the old one must be there in their order; in a row that was written, what else is there must
be what was meant for it, in one and the same row, and no other bytes may be there. So no old cell can be
lost, changed or moved without being seen, and no result can stand in another row.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from batchreset.ooxml.archive import copied_unchanged
from batchreset.ooxml.edit import RowWritten, SheetEdit, row_above
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import (
    CHUNK_BYTES,
    Source,
    attributes_of,
    new_parser,
    open_tag,
    opened,
    parse,
    prefix_of,
)
from batchreset.ooxml.rows import cells_of, remaining, restyled, same_but_spans, unstyled
from batchreset.ooxml.spots import RowSpot, Scanned
from batchreset.text.messages import msg


def verify(
    source: zipfile.ZipFile,
    target: Path,
    sheet: str,
    scanned: Scanned,
    edit: SheetEdit,
    written: Mapping[int, RowWritten],
    parts: Mapping[str, bytes],
    gone: Collection[str] = (),
) -> None:
    """Raise UneditableError unless `target` holds what `source` holds and what was added, and nothing else.

    `sheet` is the member that was edited, `parts` are the small ones that were written anew, `gone` those
    that were left out.
    """
    with zipfile.ZipFile(target) as copy:
        verify_parts(source, copy, parts, {sheet}, gone)
        with source.open(sheet) as old, copy.open(sheet) as new:
            _Comparison(Source(old), Source(new, new_parser()), scanned, edit, written).run()


def verify_parts(
    source: zipfile.ZipFile,
    copy: zipfile.ZipFile,
    parts: Mapping[str, bytes],
    edited: Collection[str] = (),
    gone: Collection[str] = (),
) -> None:
    """Raise UneditableError unless `copy` holds `parts` and of `source` all else but `edited` and `gone`."""
    _demand(copied_unchanged(source, copy, {*edited, *parts, *gone}))
    _demand(not set(gone) & set(copy.namelist()))
    for name, content in parts.items():
        _demand(copy.read(name) == content)
        parse(new_parser(), io.BytesIO(content))


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
        prefix = prefix_of(scanned.data_tag)
        self._begins: Final = b"<%brow" % prefix
        self._ends: Final = b"</%brow" % prefix

    def run(self) -> None:
        scanned, new_row = self._scanned, self._edit.new_row
        first, last = scanned.data_tag, b""
        if new_row and open_tag(first)[2]:
            first, last = opened(first)
        head = self._edit.head + first
        self._old.take(scanned.body)
        _demand(self._new.take(len(head)) == head)
        above = row_above(new_row, scanned.spots)
        if new_row and above is None:
            self._inserted(new_row.number)
        for spot in scanned.spots:
            written = self._written.get(spot.number)
            if written is not None:
                self._row(spot, written)
            if new_row and spot is above:
                self._alike(spot.close)
                _demand(self._old.take_tag(self._ends) == self._new.take_tag(self._ends))
                self._inserted(new_row.number)
        self._alike(scanned.body_end)
        _demand(self._new.rest() == last + self._edit.tail)

    def _alike(self, to: int) -> None:
        """The same bytes in both, up to a byte of the old one."""
        while self._old.at < to:
            step = min(to - self._old.at, CHUNK_BYTES)
            _demand(self._old.take(self._old.at + step) == self._new.take(self._new.at + step))

    def _inserted(self, number: int) -> None:
        written = self._written[number]
        row = self._new.take(self._new.at + written.size)
        _demand(row.endswith(self._ends + b">"))
        self._is_row(row.removesuffix(self._ends + b">"), number)
        _demand(hash(row[open_tag(row).end() : -len(self._ends) - 1]) == written.digest)

    def _row(self, spot: RowSpot, written: RowWritten) -> None:
        gap = spot.start - self._old.at
        if gap > CHUNK_BYTES:
            self._alike(spot.start)
            gap = 0
        old = self._old.take(spot.close)  # with what is before it: taking is a good part of all
        new = self._new.take(self._new.at + gap + written.size)
        _demand(old[:gap] == new[:gap])
        self._written_row(old[gap:], new[gap:], spot, written)

    def _written_row(self, old: bytes, new: bytes, spot: RowSpot, written: RowWritten) -> None:
        styles = self._edit.styles.get(spot.number)
        if styles:
            looks = restyled(old, spot.number, styles)
            _demand(unstyled(looks) == unstyled(old))
            old = looks
        old_tag = open_tag(old)
        if old_tag[2]:  # an empty element was opened, and brings its own end tag
            _demand(new.endswith(self._ends + b">"))
            new = new.removesuffix(self._ends + b">")
        self._is_row(new, spot.number)
        new_tag = open_tag(new)
        _demand(same_but_spans(old_tag[0], new_tag[0]))
        if written.at is None:
            _demand(remaining(old, written.columns) == remaining(new, written.columns))
            spots = (cell for cell in cells_of(new) if cell.column in written.columns)
            _demand(hash(b"".join(new[cell.start : cell.end] for cell in spots)) == written.digest)
            return
        behind = written.at + written.length
        cut, resume = spot.cut - spot.start, spot.resume - spot.start
        if spot.last < self._edit.columns[0]:
            cut = resume = len(old)
        _demand(hash(new[written.at : behind]) == written.digest)
        _demand(new[new_tag.end() : written.at] == old[old_tag.end() : cut])
        _demand(new[behind:] == old[resume:])

    def _is_row(self, row: bytes, number: int) -> None:
        """These bytes are one row from its begin to its end, and it is this one.

        A `<` stands nowhere in XML but where markup begins, so a tag that is not in a comment or the like
        is one; where there are such, the row is parsed.
        """
        _demand(row.startswith(self._begins))
        if not row.startswith(b'%b r="%d"' % (self._begins, number)):
            said = next((value for name, value in attributes_of(open_tag(row)[0]) if name == b"r"), None)
            _demand(said in (None, b"%d" % number))
        if (b"!" in row and b"<!" in row) or (b"?" in row and b"<?" in row):  # a single byte is found at once
            cells_of(row)
        elif row.find(b"row", len(self._begins)) >= 0:
            _demand(row.find(self._begins, 1) < 0 and self._ends not in row)


def _demand(true: bool) -> None:
    if not true:
        raise UneditableError(msg("the copy did not read back as it was written"))
