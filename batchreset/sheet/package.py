"""The parts of a workbook's package, found as the format says: by relations, never by a usual name.

ISO Strict names everything by other namespaces than Excel's everyday format (Transitional); parts and
relations are told apart by the ends of these names, which both share. A DOCTYPE is refused: no honest
part has one, and entities are how a few bytes of XML grow to gigabytes.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from batchreset.sheet.archive import part_name

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from xml.parsers.expat import XMLParserType

SPREADSHEET: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
"""The namespace of cells, rows and sheets: Transitional and Strict."""
MAX_PART_BYTES: Final = 256 * 1024 * 1024
"""Of one part that is read; 200,000 rows of 15 columns have about half of it."""

MAX_TREE_BYTES: Final = 16 * 1024 * 1024
"""Of one part that is taken into memory as a tree, which has many times the size."""

_CHUNK_BYTES: Final = 1 << 18
_MAX_TOKEN_BYTES: Final = 1 << 24
"""A tag or comment of that size is none: the parser would look at its beginning again and again."""


class Damaged(ValueError):  # noqa: N818  # a state of the file, told to people by `container`
    """The package or one of its parts is not as the format says."""


class TooMuch(MemoryError):  # noqa: N818  # as above
    """More than is taken into memory."""


class Relation(NamedTuple):
    """What a part refers to: `kind` is the last word of its type (`worksheet`, `styles`)."""

    kind: str
    target: str


class Package:
    """The parts of an open workbook by their names, which compare ignoring case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive: Final = archive
        self._members: Final = {part_name(member): member for member in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str, most_bytes: int = MAX_PART_BYTES) -> IO[bytes]:
        """The unpacked content of a part. Raises `Damaged` where there is none, or far too much."""
        member = self._members.get(name)
        if member is None or member.file_size > most_bytes:
            raise Damaged(name)
        return self._archive.open(member)

    def xml(self, name: str) -> Element:
        """The root of a small part."""
        from defusedxml.ElementTree import parse

        with self.open(name, MAX_TREE_BYTES) as part:
            root = parse(part, forbid_dtd=True).getroot()
        if root is None:
            raise Damaged(name)
        return root

    def relations(self, name: str) -> dict[str, Relation]:
        """What the part `name` refers to inside of the package, by relation id; "" is the package itself.

        In a stream: every e-mail address that Excel made a link of is one more relation of its sheet.
        """
        folder, base = posixpath.split(name)
        listed = posixpath.join(folder, "_rels", f"{base}.rels")
        found: dict[str, Relation] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag.endswith(" Relationship") and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = Relation(
                    kind, _resolved(folder, attributes.get("Target", ""))
                )

        if listed in self:
            with self.open(listed) as part:
                feed(part, start=start)
        return found

    def only(self, name: str, kind: str) -> str | None:
        """The part of this kind that `name` refers to, `None` for none; Excel writes no second one."""
        return next((target for known, target in self.relations(name).values() if known == kind), None)


def local_name(element: Element) -> str:
    """An element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> Iterator[Element]:
    """The children of that name, in either namespace."""
    return (child for child in element if local_name(child) == name)


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its name without namespace (`r:id` differs between Transitional and Strict)."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), None)


def feed(
    part: IO[bytes],
    *,
    start: Callable[[str, dict[str, str]], Any],
    end: Callable[[str], Any] | None = None,
    text: Callable[[str], Any] | None = None,
) -> None:
    """Parse a large part in a stream, names as `namespace local`. Raises `Damaged` and `ExpatError`."""
    from xml.parsers import expat

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    _parse_all(parser, part)


def _parse_all(parser: XMLParserType, part: IO[bytes]) -> None:
    fed = 0
    while chunk := part.read(_CHUNK_BYTES):
        parser.Parse(chunk, False)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > _MAX_TOKEN_BYTES:
            raise Damaged
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise Damaged("DOCTYPE")


def _resolved(folder: str, target: str) -> str:
    """A relation's target as the name of a part: relative to its folder, or from the root."""
    path = unquote(target).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/").lower()
