"""XML at the level of its bytes: reading it without risk, and changing one tag without touching the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Final, NoReturn, Protocol
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from batchreset.ooxml.errors import UneditableError
from batchreset.text.messages import msg

CHUNK_BYTES: Final = 1 << 18
DECLARED: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
"""What a part begins with."""
SPREADSHEET: Final = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
"""The namespace of sheets, styles and tables: the usual one, and that of ISO Strict."""

OPEN_TAG: Final = re.compile(rb"<([^\s<>/]+)(?:[^<>\"'/]++|\"[^\"]*+\"|'[^']*+'|/(?!>))*+(/?)>")
_ATTRIBUTE: Final = re.compile(rb"\s+([^\s=<>/]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_TAG_BYTES: Final = 256
"""No end tag is longer."""
_UTF8: Final = frozenset({"utf-8", "utf8"})


def new_parser(*, namespaces: bool = True) -> XMLParserType:
    """A parser that refuses document types (entity bombs need one) and encodings other than UTF-8.

    With `namespaces` names come as `"namespace name"`, else as they are written.
    """
    parser = ParserCreate(None, " " if namespaces else None)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.XmlDeclHandler = _refuse_encoding
    return parser


def _refuse_document_type(*_: object) -> NoReturn:
    raise UneditableError(msg("its XML has a document type"))


def _refuse_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.casefold() not in _UTF8:
        raise UneditableError(msg("its XML is not in UTF-8"))


@contextmanager
def reading() -> Iterator[None]:
    """XML that can't be parsed is told as UneditableError."""
    try:
        yield
    except ExpatError as error:
        raise UneditableError(msg("its XML is damaged")) from error


class Readable(Protocol):
    """What a part is read from."""

    def read(self, size: int, /) -> bytes:
        """So many bytes or fewer, none at the end."""
        ...


def parse(parser: XMLParserType, part: Readable, *, until: Callable[[], bool] | None = None) -> None:
    """Parse a part, chunk by chunk, to its end or `until` there is no need for more.

    Raises UneditableError.
    """
    with reading():
        first = True
        while chunk := part.read(CHUNK_BYTES):
            if first and chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise UneditableError(msg("its XML is not in UTF-8"))
            first = False
            parser.Parse(chunk, False)
            if until is not None and until():
                return
        parser.Parse(b"", True)


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def open_tag(xml: bytes, at: int = 0) -> re.Match[bytes]:
    """The open tag that begins at an offset; group 1 is its name, group 2 the `/` of an empty element."""
    match = OPEN_TAG.match(xml, at)
    if match is None:
        raise UneditableError(msg("its XML is damaged"))
    return match


def attributes_of(tag: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values of an open tag as they are written, the quotes gone."""
    return ((match[1], match[2][1:-1]) for match in _ATTRIBUTE.finditer(tag))


def with_attributes(tag: bytes, values: dict[str, str]) -> bytes:
    """An open tag with attributes set anew, the others as they were. Values are escaped already."""
    for name, value in values.items():
        new = b' %b="%b"' % (name.encode(), value.encode())
        old = next((m for m in _ATTRIBUTE.finditer(tag) if m[1] == name.encode()), None)
        if old is not None:
            tag = tag[: old.start()] + new + tag[old.end() :]
        else:
            at = open_tag(tag).end(1)
            tag = tag[:at] + new + tag[at:]
    return tag


def without_attribute(tag: bytes, name: str) -> bytes:
    """An open tag without one of its attributes."""
    old = next((m for m in _ATTRIBUTE.finditer(tag) if m[1] == name.encode()), None)
    return tag if old is None else tag[: old.start()] + tag[old.end() :]


def opened(tag: bytes) -> tuple[bytes, bytes]:
    """The tag of an empty element as open and end tag: `<row r="5"/>` as `<row r="5">` and `</row>`."""
    match = open_tag(tag)
    return tag[: match.start(2)].rstrip() + b">", b"</%b>" % match[1]


def prefix_of(tag: bytes) -> bytes:
    """The namespace prefix of a tag with its colon, b"" for none."""
    name = open_tag(tag)[1]
    return name[: name.rfind(b":") + 1]


class Source:
    """Reads a part from front to back, up to one byte after another; a parser, if there is one, reads it too.

    Raises UneditableError when the part ends too soon or is not XML.
    """

    def __init__(self, part: IO[bytes], parser: XMLParserType | None = None) -> None:
        self._part: Final = part
        self._parser: Final = parser
        self._held = b""
        self._begin = 0
        """Where in the part `_held` begins."""
        self.at = 0
        """What was taken last ended here."""

    def take(self, to: int) -> bytes:
        """The bytes from where the last call ended up to `to`."""
        if to > self._begin + len(self._held):
            self._fill(to)
        taken = self._held[self.at - self._begin : to - self._begin]
        self.at = to
        return taken

    def skip(self, to: int) -> None:
        """Go on to `to` without holding what lies between."""
        while self.at < to:
            self.take(min(to, self.at + CHUNK_BYTES))

    def take_tag(self, begins: bytes) -> bytes:
        """The tag that comes next if it begins so, else nothing."""
        self._fill(self.at + _TAG_BYTES, needed=False)
        at = self.at - self._begin
        ahead = self._held[at : at + _TAG_BYTES]
        return self.take(self.at + ahead.index(b">") + 1) if ahead.startswith(begins) else b""

    def rest(self) -> bytes:
        """All that is left."""
        held = [self._held[self.at - self._begin :]]
        while chunk := self._read(CHUNK_BYTES):
            held.append(chunk)
        if self._parser is not None:
            with reading():
                self._parser.Parse(b"", True)
        return b"".join(held)

    def _read(self, size: int) -> bytes:
        chunk = self._part.read(size)
        if self._parser is not None and chunk:
            with reading():
                self._parser.Parse(chunk, False)
        return chunk

    def _fill(self, to: int, *, needed: bool = True) -> None:
        if to <= self._begin + len(self._held):
            return
        pieces = [self._held[self.at - self._begin :]]
        self._begin = self.at
        missing = to - self.at - len(pieces[0])
        while missing > 0 and (chunk := self._read(max(CHUNK_BYTES, missing))):
            pieces.append(chunk)
            missing -= len(chunk)
        self._held = b"".join(pieces)
        if missing > 0 and needed:
            raise UneditableError(msg("it changed while it was read"))
