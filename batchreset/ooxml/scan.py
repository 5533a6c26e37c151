"""One pass over a sheet's XML: which rows hold what, and at which byte each of them stands.

The parser is expat, which knows prefixes, comments, CDATA and entities and tells the byte of each tag;
so the edit (`edit.py`) needs no parser of its own and copies what lies between. `<dimension>` is not
believed. Memory grows with the rows that hold anything, not with the cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Final
from xml.parsers.expat import XMLParserType

from batchreset.ooxml.alike import Forms
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import CHUNK_BYTES, SPREADSHEET, new_parser, open_tag, prefix_of, reading
from batchreset.ooxml.refs import LAST_COLUMN, LAST_ROW
from batchreset.ooxml.spots import NO_STYLE, Focus, Raw, RowSpot, Scanned, style_of
from batchreset.sheet.raw import index_of
from batchreset.text.messages import msg

_DATA: Final = b"sheetData"


def scan(part: IO[bytes], focus: Focus) -> Scanned:
    """Look through a sheet's part. Raises UneditableError for one that can't be told apart safely."""
    scanner = _Scanner(focus)
    held, begin = bytearray(), 0
    with reading():
        while chunk := part.read(CHUNK_BYTES):
            held += chunk
            scanner.go_on(bytes(held), begin)
            # a tag is told of when all of it is there, which may be several chunks after its first byte
            needed = scanner.reached
            del held[: needed - begin]
            begin = needed
        scanner.parser.Parse(b"", True)
    return scanner.result(bytes(held))


def scan_head(part: IO[bytes], rows: int) -> dict[tuple[int, int], Raw]:
    """The cells of the first rows that hold anything, and no more of the part. Raises UneditableError."""
    scanner = _Scanner(Focus(rows, 0))
    with reading():
        while not scanner.is_beyond(rows) and (chunk := part.read(CHUNK_BYTES)):
            scanner.feed(chunk)
    return scanner.cells


class _Scanner:
    """The parser's handlers. `_start` is called millions of times and does the least it can."""

    def __init__(self, focus: Focus) -> None:
        self.parser: Final[XMLParserType] = new_parser()
        self.parser.StartElementHandler = self._outer_start
        self.parser.EndElementHandler = self._outer_end
        self.head: Final = bytearray()
        self.body: int | None = None
        self._prefix = self._row_begin = self._row_end = b""
        self.body_end: int | None = None
        self._data_at = 0
        self._depth = 0
        self._focus: Final = focus
        # an attribute of an attribute costs a tenth of all
        self._head_rows: Final = focus.head_rows
        self._key_column: Final = focus.key_column
        self._first: Final = focus.first
        self._last: Final = focus.last
        self._spots: Final[list[RowSpot]] = []
        self.cells: Final[dict[tuple[int, int], Raw]] = {}
        self._width = 0
        self._formulas: Final[set[int]] = set()
        self._odd: Final[set[int]] = set()
        self._implicit = False
        self._columns: Final[dict[str, int]] = {}
        self._names("")
        self._in_row = False
        self._number = self._length = self._started = 0
        self._column = self._cut = self._resume = 0
        self._ref: str | None = None
        self._cell: Mapping[str, str] = {}
        self._styled: Mapping[str, str] | None = None
        self._holds = self._filled = False
        self._key: Raw | None = None
        self._pieces: list[str] | None = None
        self._taking = self._valued = False
        self._hints = 0
        self._seen = self._skipped = 0
        self._closed_at = -1
        self._ended: tuple[RowSpot, bool] | None = None
        self._forms: Final = Forms(focus)

    def feed(self, chunk: bytes) -> None:
        if self.body is None:
            self.head.extend(chunk)
        self._seen += len(chunk)
        self.parser.Parse(chunk, False)

    def go_on(self, held: bytes, begin: int) -> None:
        """Look through what is not seen yet of these bytes, which begin at `begin`.

        The parser gets row after row, as long as it is not known what comes behind one; of rows that are
        alike it gets none.
        """
        at = self._seen - begin
        while at < len(held):
            if self._closed_at + len(self._row_end) == begin + at:
                self._learn(held, begin, at)
                at = self._skip(held, begin, at)
            to = self._next(held, at + 1)
            self.feed(held[at:to])
            at = to

    def _next(self, held: bytes, at: int) -> int:
        """Up to where the parser is to look before it is asked again; all that is left may be half a row."""
        if self.body is not None:
            found = held.find(self._row_begin, at)
        else:
            data = held.find(_DATA, at)
            found = held.find(b"<", data) if data >= 0 else -1
        return len(held) if found < 0 else found

    def _learn(self, held: bytes, begin: int, at: int) -> None:
        """Learn the form of the row that has just ended at `at`."""
        if self._ended is not None and self._number > self._head_rows:
            spot, kept = self._ended
            if spot.start >= begin and spot.number not in self._odd:
                self._forms.learn(held[spot.start - begin : at], spot, self._prefix, kept=kept)
        self._ended = None

    def _skip(self, held: bytes, begin: int, at: int) -> int:
        """Tell of all rows of known forms that come next; where they end."""
        number, first = self._number, at
        while (found := self._forms.known(held, at)) is not None:
            form, match = found
            said = int(match[1])
            spot = form.told(match, said, begin) if number < said <= LAST_ROW else None
            if spot is None:
                break
            if form.kept:
                self._spots.append(spot)
            number, at = said, match.end()
            self._started = spot.start
        self._number = number
        self._skipped += at - first
        self._seen += at - first
        return at

    @property
    def reached(self) -> int:
        """A byte behind the last row or before it; from there on the end of the rows is yet to come."""
        return self._started if self.body_end is None else self.body_end

    def is_beyond(self, rows: int) -> bool:
        """Whether the first rows are through."""
        return self._number > rows or self.body_end is not None

    def result(self, tail: bytes) -> Scanned:
        if self.body is None or self.body_end is None:
            raise UneditableError(msg("its XML is damaged"))
        return Scanned(
            focus=self._focus,
            spots=tuple(self._spots),
            cells=self.cells,
            width=self._width,
            formulas=frozenset(self._formulas),
            odd=frozenset(self._odd),
            implicit=self._implicit,
            head=bytes(self.head[: self._data_at]),
            data_tag=bytes(self.head[self._data_at : self.body]),
            tail=tail,
            body=self.body,
            body_end=self.body_end,
            space=self._data.rpartition(" ")[0],
        )

    def _names(self, space: str) -> None:
        """The names looked for, in the namespace of the sheet."""
        self._data, self._row, self._c, self._v, self._is, self._f, self._t, self._hint = (
            f"{space} {name}" for name in ("sheetData", "row", "c", "v", "is", "f", "t", "rPh")
        )
        self._contents = frozenset({self._v, self._is, self._f})

    def _outer_start(self, name: str, _attributes: object) -> None:
        if self._depth == 0:
            space, _, root = name.rpartition(" ")
            if root != "worksheet" or space not in SPREADSHEET:
                raise UneditableError(msg("it is a file of another kind"))
            self._names(space)
        elif self._depth == 1 and name == self._data:
            self._data_at = self.parser.CurrentByteIndex
            self.body = open_tag(bytes(self.head[self._data_at :])).end() + self._data_at
            self._prefix = prefix_of(bytes(self.head[self._data_at :]))
            self._row_begin, self._row_end = b"<%brow" % self._prefix, b"</%brow>" % self._prefix
            self.parser.StartElementHandler = self._start
            self.parser.EndElementHandler = self._end
        self._depth += 1

    def _outer_end(self, _name: str) -> None:
        self._depth -= 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            ref = attributes.get("r")
            column = self._columns.get(ref[: -self._length]) if ref else None
            if column is None:
                column = self._column_of(ref)
            if column <= self._column:
                raise _out_of_order()
            self._column = column
            self._ref = ref
            self._cell = attributes
            if column >= self._first:
                self._watch(column)
            if column == self._key_column or self._number <= self._head_rows:
                self._begin_taking()
        elif name in self._contents:
            self._see_content(name)
        elif name == self._row:
            self._see_row(attributes.get("r"))
        elif name == self._t:
            self._taking = self._pieces is not None and not self._hints
        elif name == self._hint:
            self._hints += 1
        else:
            # what is neither a cell nor in one; what inline texts are made of does no harm here
            self._odd.add(self._number)

    def _watch(self, column: int) -> None:
        if not self._cut:
            self._cut = self.parser.CurrentByteIndex + self._skipped
        if column > self._last and not self._resume:
            self._resume = self.parser.CurrentByteIndex + self._skipped

    def _begin_taking(self) -> None:
        self._pieces = []
        self._taking = self._valued = False
        self._hints = 0
        self.parser.CharacterDataHandler = self._take

    def _see_content(self, name: str) -> None:
        """A value, an inline text or a formula: the cell holds something."""
        column = self._column
        self._holds = True
        if column < self._first:
            self._styled = self._cell
        elif column <= self._last:
            self._filled = True
        if column > self._width and not self._first <= column <= self._last:
            self._width = column
        if name == self._f:
            self._formulas.add(column)
        elif self._pieces is not None:
            self._valued = True
            self._taking = name == self._v

    def _see_row(self, number: str | None) -> None:
        if number is None:
            self._implicit = True
        at = self._number + 1 if number is None else int(number) if number.isdecimal() else 0
        if self._in_row or not self._number < at <= LAST_ROW:
            raise _out_of_order()
        self._in_row = True
        self._number = at
        self._length = len(str(at))
        self._started = self.parser.CurrentByteIndex + self._skipped
        self._column = self._cut = self._resume = 0
        self._ref = self._styled = self._key = None
        self._holds = self._filled = False

    def _column_of(self, ref: str | None) -> int:
        """The column of a cell; one that does not say stands right of the one before."""
        if ref is None:
            self._implicit = True
            return self._column + 1
        letters = ref[: -self._length]
        column = index_of(letters)
        if column is None or column > LAST_COLUMN or ref != f"{letters}{self._number}":
            raise _out_of_order()
        self._columns[letters] = column
        return column

    def _take(self, piece: str) -> None:
        if self._taking and self._pieces is not None:
            self._pieces.append(piece)

    def _end(self, name: str) -> None:
        if self._pieces is not None:
            if name == self._c:
                self._end_cell(self._pieces)
            elif name in (self._v, self._t):
                self._taking = False
            elif name == self._hint:
                self._hints -= 1
        elif name == self._row:
            self._end_row()
        elif name == self._data:
            self.body_end = self.parser.CurrentByteIndex + self._skipped
            self.parser.StartElementHandler = None
            self.parser.EndElementHandler = None

    def _end_cell(self, pieces: list[str]) -> None:
        text = "".join(pieces) if self._valued else None
        raw = Raw(self._cell.get("t", "n"), text, style_of(self._cell))
        self._pieces = None
        self.parser.CharacterDataHandler = None
        if self._column == self._key_column:
            self._key = raw
        if self._number <= self._head_rows and text is not None:
            self.cells[self._number, self._column] = raw

    def _end_row(self) -> None:
        self._in_row = False
        if self._ref is not None and not self._ref.endswith(str(self._number)):
            raise _out_of_order()
        close = self.parser.CurrentByteIndex + self._skipped
        cut, resume = self._cut or close, self._resume or close
        style = NO_STYLE if self._styled is None else style_of(self._styled)
        where = (self._number, self._started, close, cut, resume, self._column)
        spot, kept = RowSpot(*where, style, self._filled, self._key), self._holds
        if kept or self._number <= self._head_rows:
            self._spots.append(spot)
        self._ended, self._closed_at = (spot, kept), close


def _out_of_order() -> UneditableError:
    return UneditableError(msg("its rows or cells are not in order"))
