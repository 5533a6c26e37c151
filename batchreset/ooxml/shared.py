"""The shared texts of a workbook, by the numbers that cells name.

A long list is hundreds of thousands of them, nearly all as plain as can be: runs of such are told by one
pattern, everything else by the parser, which sees the part without them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import IO, Final
from xml.sax.saxutils import unescape

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import new_parser, parse
from batchreset.text.messages import msg

_END: Final = b"</si>"
_PLAIN: Final = (
    rb'<si><t(?: xml:space="preserve")?>([^<>&\r]*+(?:&(?:amp|lt|gt|quot|apos);[^<>&\r]*+)*+)</t></si>'
)
_TEXT: Final = re.compile(_PLAIN)
_RUN: Final = re.compile(b"(?:%b)*+" % _PLAIN.replace(b">([", b">(?:["))
_ENTITIES: Final = {"&quot;": '"', "&apos;": "'"}
"""Besides those that `unescape` knows."""


def shared_texts(part: IO[bytes], wanted: Collection[int] | None = None) -> dict[int, str]:
    """The texts of `sharedStrings.xml` by their index, all or those wanted; escapes are as written.

    Nothing is read behind the last one wanted. Raises UneditableError.
    """
    taker = _TextTaker(wanted)
    parse(taker.parser, _Skimmed(part, taker), until=taker.is_done)
    return taker.found


def _decoded(text: bytes) -> str:
    try:
        plain = text.decode()
    except UnicodeDecodeError as error:
        raise UneditableError(msg("its XML is damaged")) from error
    return unescape(plain, _ENTITIES) if "&" in plain else plain


class _Skimmed:
    """A part without the runs of plain texts in it, which `taker` gets as they are.

    A run can begin only right behind a text that the parser has just seen end: so it stands neither in a
    comment nor in another text. The bytes tell an end tag from an empty element, of which the parser says
    that it ends where it is over.
    """

    def __init__(self, part: IO[bytes], taker: _TextTaker) -> None:
        self._part: Final = part
        self._taker: Final = taker
        self._held = b""
        self._at = 0
        self._told = 0
        """So many bytes the parser got."""
        self._ended = False
        """Whether they end with an end tag."""

    def read(self, size: int) -> bytes:
        """What the parser gets next, up to the end of a text; nothing at the end of the part."""
        if self._ended and self._taker.ended_at + len(_END) == self._told:
            self._skim(size)
        if self._at == len(self._held):
            self._held, self._at = self._part.read(size), 0
        found = self._held.find(_END, self._at)
        to = len(self._held) if found < 0 else found + len(_END)
        piece, self._at = self._held[self._at : to], to
        self._told += len(piece)
        self._ended = found >= 0
        return piece

    def _skim(self, size: int) -> None:
        """Hand over plain texts up to one of another kind, one that is very long, or the end of all."""
        chunk = b"..."
        while chunk:
            run = _RUN.match(self._held, self._at)
            end = run.end() if run else self._at
            self._taker.take(_TEXT.findall(self._held, self._at, end))
            rest, self._at = self._held[end:], 0
            more = _END not in rest and len(rest) < size and not self._taker.is_done()
            chunk = self._part.read(size) if more else b""
            self._held = rest + chunk


class _TextTaker:
    """Collects the wanted texts while the parser runs; phonetic hints are no part of a text."""

    def __init__(self, wanted: Collection[int] | None) -> None:
        self.found: dict[int, str] = {}
        self.ended_at = -len(_END)
        """Where in what the parser got the last text ended."""
        self.parser: Final = new_parser()
        self.parser.StartElementHandler = self._root
        self._wanted: Final = wanted
        self._last: Final = max(wanted, default=-1) if wanted is not None else None
        self._names("")
        self._index = -1
        self._pieces: list[str] | None = None
        self._hints = 0

    def is_done(self) -> bool:
        """Whether all that was wanted is found."""
        return self._last is not None and self._index > self._last

    def take(self, texts: Sequence[bytes]) -> None:
        """Texts that come next, as they are written."""
        first, wanted = self._index + 1, self._wanted
        self._index += len(texts)
        for index, text in enumerate(texts, start=first):
            if wanted is None or index in wanted:
                self.found[index] = _decoded(text)

    def _names(self, space: str) -> None:
        self._si, self._t, self._hint = (f"{space} {name}" for name in ("si", "t", "rPh"))

    def _root(self, name: str, _attributes: object) -> None:
        self._names(name.rpartition(" ")[0])
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, _attributes: object) -> None:
        if name == self._si:
            self._index += 1
            self._pieces = [] if self._wanted is None or self._index in self._wanted else None
        elif self._pieces is None:
            return
        elif name == self._t and not self._hints:
            self.parser.CharacterDataHandler = self._pieces.append
        elif name == self._hint:
            self._hints += 1

    def _end(self, name: str) -> None:
        if name == self._si:
            self.ended_at = self.parser.CurrentByteIndex
            if self._pieces is not None:
                self.found[self._index] = "".join(self._pieces)
                self._pieces = None
        elif self._pieces is None:
            return  # as at the start: what is not counted there must not be here
        elif name == self._t:
            self.parser.CharacterDataHandler = None
        elif name == self._hint:
            self._hints -= 1
