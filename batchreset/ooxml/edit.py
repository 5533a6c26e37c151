"""Puts cells into a sheet's XML while it streams by; what is not changed passes as it is.

`scan.py` has told where each row stands. A row gets its new cells behind its last one, or in the place
of those of an earlier edit; only rows that are not so simple are taken apart (`rows.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final, NamedTuple

from batchreset.ooxml.markup import CHUNK_BYTES, Source, open_tag, opened, prefix_of
from batchreset.ooxml.rows import changed, restyled, with_spans
from batchreset.ooxml.spots import RowSpot, Scanned

Cells = Mapping[int, str]
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
    markup leaves a place empty. `head` and `tail` are what goes before and behind the rows. `styles` are
    other looks for cells that stay, row → column → number of the style; where there is no cell, an empty
    one comes in.
    """

    columns: tuple[int, ...]
    cells: Callable[[RowSpot], Cells | None]
    head: bytes
    tail: bytes
    new_row: NewRow | None = None
    styles: Mapping[int, Mapping[int, int]] = field(default_factory=dict)


class RowWritten(NamedTuple):
    """How a row was written, for reading it again: its size in bytes, and of what was put in size and hash.

    `at` is where that stands in the row, which else differs by its `spans` only; `None` when the row was
    put together anew. `columns` are those in which anything was put or left out.
    """

    size: int
    length: int
    digest: int
    at: int | None
    columns: frozenset[int]


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
        above = row_above(new_row, scanned.spots)
        if new_row and above is None:
            yield self._row_of(new_row)
        for spot in scanned.spots:
            new, styles = self._edit.cells(spot), self._edit.styles.get(spot.number)
            if new is not None or styles:
                gap = spot.start - source.at
                taken = source.take(spot.close)  # at once: taking is a good part of all
                yield taken[:gap]
                yield self._changed(taken[gap:], spot, new, styles)
            if new_row and spot is above:
                yield source.take(spot.close) + self._end_tag(source) + self._row_of(new_row)
        yield source.take(scanned.body_end)
        yield last + self._edit.tail

    def _changed(
        self, row: bytes, spot: RowSpot, new: Cells | None, styles: Mapping[int, int] | None
    ) -> bytes:
        """A row with its new cells in the columns that are ours, and with other looks."""
        columns = self._columns
        if new is None:
            new, columns = {}, frozenset()
        elif not columns.issuperset(new):
            columns = columns.union(new)
        ours = "".join(new.values()).encode()
        if styles:
            row = restyled(row, spot.number, styles)
        tag = open_tag(row)
        # what stands where is known of the row as it was
        appends = (max(spot.last, *styles) if styles else spot.last) < self._edit.columns[0]
        simple = self._in_one_piece and columns is self._columns and spot.number not in self._scanned.odd
        if not simple or tag[2] or not (appends or (self._watched and not styles)):
            made = {column: markup.encode() for column, markup in new.items()}
            result, at = changed(row, spot.number, made, columns), None
        else:
            cut, resume = spot.cut - spot.start, spot.resume - spot.start
            if appends:
                cut = resume = len(row)
            before = with_spans(tag[0], new) + row[tag.end() : cut]
            result, at = before + ours + row[resume:], len(before)
        self.written[spot.number] = RowWritten(len(result), len(ours), hash(ours), at, columns)
        return result

    def _row_of(self, new: NewRow) -> bytes:
        ours = "".join(new.cells.values()).encode()
        result = b'<%brow r="%d">%b</%brow>' % (self._prefix, new.number, ours, self._prefix)
        columns = frozenset(new.cells)
        self.written[new.number] = RowWritten(len(result), len(ours), hash(ours), None, columns)
        return result

    def _end_tag(self, source: Source) -> bytes:
        """The end tag of the row just taken; nothing after an empty element."""
        return source.take_tag(b"</%brow" % self._prefix)


def row_above(new: NewRow | None, spots: Sequence[RowSpot]) -> RowSpot | None:
    """The row behind which a new one goes."""
    return max((spot for spot in spots if new and spot.number < new.number), default=None)
