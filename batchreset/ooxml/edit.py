"""Puts cells into a sheet's XML while it streams by; what is not changed passes as it is.

`scan.py` has told where each row stands. A row gets its new cells behind its last one, or in the place
of those of an earlier edit; only rows that are not so simple are taken apart (`rows.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Final, NamedTuple

from batchreset.ooxml.markup import CHUNK_BYTES, Source, open_tag, opened, prefix_of
from batchreset.ooxml.rows import changed, with_spans
from batchreset.ooxml.spots import RowSpot, Scanned

Cells = Mapping[int, bytes]
"""New cells of a row: column → markup, from left to right."""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row the sheet does not have yet, no lower than the rows that were all looked at."""

    number: int
    cells: Cells


@dataclass(frozen=True, slots=True)
class SheetEdit:
    """What to do to a sheet.

    `cells` is asked about each row told of; `None` leaves it as it is. Else what stands in `columns`
    (ours, from left to right) and in those of the answer goes, and the answer comes in its place; empty
    markup leaves a place empty. `head` and `tail` are what goes before and behind the rows.
    """

    columns: tuple[int, ...]
    cells: Callable[[RowSpot], Cells | None]
    head: bytes
    tail: bytes
    new_row: NewRow | None = None


class RowWritten(NamedTuple):
    """What was put into a row, for reading it again: how many bytes, and their hash.

    `columns` are those in which anything was put or left out. `whole`: what was put in is in one piece,
    and nothing else of the row was changed but its `spans`.
    """

    length: int
    digest: int
    columns: frozenset[int]
    whole: bool


class SheetEditor:
    """Makes one edit of one sheet; `written` says afterwards what was put where, by row number."""

    def __init__(self, scanned: Scanned, edit: SheetEdit) -> None:
        self.written: Final[dict[int, RowWritten]] = {}
        self._scanned: Final = scanned
        self._edit: Final = edit
        self._prefix: Final = prefix_of(scanned.data_tag)
        self._columns: Final = frozenset(edit.columns)
        first, last = edit.columns[0], edit.columns[-1]
        self._in_one_piece: Final = last - first + 1 == len(edit.columns) and not scanned.implicit
        self._watched: Final = (scanned.focus.first, scanned.focus.last) == (first, last)

    def stream(self, part: IO[bytes]) -> Iterator[bytes]:
        """The sheet's part as it is to be, in pieces of some size. Raises UneditableError."""
        held: list[bytes] = []
        size = 0
        for piece in self._pieces(Source(part)):
            held.append(piece)
            size += len(piece)
            if size >= CHUNK_BYTES:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)

    def _pieces(self, source: Source) -> Iterator[bytes]:
        scanned, new_row = self._scanned, self._edit.new_row
        source.take(scanned.body)
        first, last = scanned.data_tag, b""
        if new_row and open_tag(first)[2]:
            first, last = opened(first)
        yield self._edit.head + first
        above = _row_above(new_row, scanned.spots)
        if new_row and not above:
            yield self._row_of(new_row)
        for spot in scanned.spots:
            new = self._edit.cells(spot)
            if new is not None:
                yield source.take(spot.start)
                yield self._changed(source.take(spot.close), spot, new)
            if new_row and spot.number == above:
                yield source.take(spot.close) + self._end_tag(source) + self._row_of(new_row)
        yield source.take(scanned.body_end)
        yield last + self._edit.tail

    def _changed(self, row: bytes, spot: RowSpot, new: Cells) -> bytes:
        """A row with its new cells in the columns that are ours."""
        ours = b"".join(new.values())
        tag = open_tag(row)
        columns = self._columns if self._columns.issuperset(new) else self._columns.union(new)
        appends = spot.last < self._edit.columns[0]
        simple = self._in_one_piece and columns is self._columns and spot.number not in self._scanned.odd
        whole = simple and (appends or self._watched)
        self.written[spot.number] = RowWritten(len(ours), hash(ours), columns, whole)
        if not whole or tag[2]:
            return changed(row, spot.number, new, columns)
        cut, resume = spot.cut - spot.start, spot.resume - spot.start
        if appends:
            cut = resume = len(row)
        return with_spans(tag[0], new) + row[tag.end() : cut] + ours + row[resume:]

    def _row_of(self, new: NewRow) -> bytes:
        ours = b"".join(new.cells.values())
        self.written[new.number] = RowWritten(len(ours), hash(ours), frozenset(new.cells), whole=True)
        return b'<%brow r="%d">%b</%brow>' % (self._prefix, new.number, ours, self._prefix)

    def _end_tag(self, source: Source) -> bytes:
        """The end tag of the row just taken; nothing after an empty element."""
        return source.take_tag(b"</%brow" % self._prefix)


def _row_above(new: NewRow | None, spots: Sequence[RowSpot]) -> int:
    """The row behind which a new one goes, 0 for none."""
    return max((spot.number for spot in spots if new and spot.number < new.number), default=0)
