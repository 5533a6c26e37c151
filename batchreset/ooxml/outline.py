"""A small XML part as a tree that knows where each element stands in the bytes, and edits by these places.

What is not edited keeps its bytes: prefixes, order of attributes, blanks, unknown elements.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers.expat import XMLParserType

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import (
    local,
    new_parser,
    open_tag,
    opened,
    parse,
    prefix_of,
    with_attributes,
)
from batchreset.text.messages import msg


@dataclass(slots=True, eq=False)
class Element:
    """An element with the bytes of its markup: `<a>` from `start` to `inner`, `</a>` from `close` to `end`.

    An empty element (`<a/>`) has `inner`, `close` and `end` in one place.
    """

    name: str
    """Without namespace."""
    space: str
    attributes: dict[str, str]
    """By name; one of another namespace as `"namespace name"`."""
    start: int
    inner: int
    close: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """What stands directly in it."""

    @property
    def is_empty(self) -> bool:
        return self.inner == self.end

    def all(self, name: str) -> Iterator[Element]:
        """The children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        """The first child of a name."""
        return next(self.all(name), None)

    def attribute(self, name: str) -> str | None:
        """An attribute of whatever namespace, such as the `r:id` of a relation."""
        return next((value for key, value in self.attributes.items() if local(key) == name), None)


def outline(xml: bytes) -> Element:
    """The tree of a part. Raises UneditableError."""
    builder = _Builder(xml)
    parse(builder.parser, io.BytesIO(xml))
    if builder.root is None:
        raise UneditableError(msg("its XML is damaged"))
    return builder.root


class _Builder:
    def __init__(self, xml: bytes) -> None:
        self.root: Element | None = None
        self._xml: Final = xml
        self._open: Final[list[Element]] = []
        self.parser: Final[XMLParserType] = new_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        at = self.parser.CurrentByteIndex
        space, _, tag = name.rpartition(" ")
        element = Element(tag, space, attributes, at, open_tag(self._xml, at).end())
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.close = element.end = self.parser.CurrentByteIndex
        if self._xml[element.inner - 2 : element.inner] != b"/>":
            element.end = self._xml.index(b">", element.close) + 1

    def _text(self, piece: str) -> None:
        if self._open:
            self._open[-1].text += piece


class Draft:
    """A part with changes to it, gathered first and put in at the end; all name places of it as it was.

    Raises UneditableError.
    """

    def __init__(self, xml: bytes) -> None:
        self.xml: Final = xml
        self.root: Final = outline(xml)
        self.prefix: Final = prefix_of(xml[self.root.start : self.root.inner])
        self._tags: Final[dict[int, tuple[Element, bytes]]] = {}
        self._added: Final[dict[int, list[bytes]]] = {}
        self._pieces: Final[list[tuple[int, int, bytes]]] = []

    def set(self, element: Element, **values: str) -> None:
        """Set attributes; the values are escaped already."""
        self._tags[element.start] = (element, with_attributes(self._tag(element), values))

    def append(self, element: Element, new: bytes) -> None:
        """Put an element in as the last child of another."""
        self._tags.setdefault(element.start, (element, self._tag(element)))
        self._added.setdefault(element.start, []).append(new)

    def insert(self, at: int, new: bytes, *, first: bool = False) -> None:
        """Put bytes in between two elements, `first` before what else was put there."""
        self._pieces.insert(0 if first else len(self._pieces), (at, at, new))

    def replace(self, start: int, end: int, new: bytes) -> None:
        """Put bytes in the place of others, which no other edit touches."""
        self._pieces.append((start, end, new))

    def raw(self, element: Element) -> bytes:
        """An element as it was, with all that is in it."""
        return self.xml[element.start : element.end]

    def tag(self, name: str, values: Mapping[str, object], inner: bytes = b"") -> bytes:
        """A new element in the part's own namespace, for one of the other changes. Values are escaped."""
        full = f"{self.prefix.decode()}{name}"
        open_ = full + "".join(f' {key}="{value}"' for key, value in values.items())
        if not inner:
            return f"<{open_}/>".encode()
        return f"<{open_}>".encode() + inner + f"</{full}>".encode()

    def remove(self, element: Element) -> None:
        """Leave an element out, which no other edit touches."""
        self.replace(element.start, element.end, b"")

    def done(self) -> bytes:
        """The part with all changes; the same bytes when there are none."""
        pieces = list(self._pieces)
        for start, (element, tag) in self._tags.items():
            added = b"".join(self._added.get(start, ()))
            if added and element.is_empty:
                first, last = opened(tag)
                pieces.append((start, element.inner, first + added + last))
                continue
            pieces.append((start, element.inner, tag))
            if added:
                pieces.append((element.close, element.close, added))
        result, at = [], 0
        for start, end, new in sorted(pieces, key=lambda piece: piece[:2]):
            result += [self.xml[at:start], new]
            at = end
        return b"".join([*result, self.xml[at:]])

    def _tag(self, element: Element) -> bytes:
        known = self._tags.get(element.start)
        return known[1] if known else self.xml[element.start : element.inner]
