"""The parts of a workbook, found as the format says: through relations, never by their usual names."""

from __future__ import annotations

import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import Draft, Element, outline
from batchreset.sheet.archive import MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_MATTERS_BYTES
from batchreset.sheet.container import DAMAGE
from batchreset.text.messages import msg

CONTENT_TYPES: Final = "[Content_Types].xml"
MACROS: Final = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
OF_TEMPLATES: Final = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": SHEET,
    "application/vnd.ms-excel.template.macroEnabled.main+xml": MACROS,
}
"""Content types of templates, with those of the workbooks made from them."""
_MAIN_TYPES: Final = frozenset({SHEET, MACROS, *OF_TEMPLATES})
_STRICT: Final = "purl.oclc.org"
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Relation:
    """A link from one part to another; `kind` is the last word of its type, the same in ISO Strict."""

    id: str
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; `place` counts from 0."""

    name: str
    place: int
    kind: str
    part: str


class Package:
    """A workbook's zip with its parts by name. Everything it raises is UneditableError or `DAMAGE`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive: Final = archive
        self._names: Final = {name.casefold(): name for name in archive.namelist()}

    def has(self, part: str) -> bool:
        return part.casefold() in self._names

    def member(self, part: str) -> zipfile.ZipInfo:
        """The zip member of a part; names of parts ignore case."""
        try:
            return self.archive.getinfo(self._names[part.casefold()])
        except KeyError as error:
            raise UneditableError(msg("a part of it is missing: {part}", part=part)) from error

    def open(self, part: str) -> IO[bytes]:
        return self.archive.open(self.member(part))

    def read(self, part: str) -> bytes:
        return self.archive.read(self.member(part))

    def relations(self, part: str = "") -> list[Relation]:
        """The relations of a part inside the package, of the package itself by default."""
        name = relations_part(part)
        if not self.has(name):
            return []
        return [
            Relation(
                element.attributes.get("Id", ""),
                element.attributes.get("Type", "").rpartition("/")[2],
                self._target(part, element.attributes.get("Target", "")),
            )
            for element in outline(self.read(name)).all("Relationship")
            if element.attributes.get("TargetMode") != "External"
        ]

    def related(self, part: str, *kinds: str) -> str | None:
        """The part to which the first relation of one of these kinds leads."""
        return next((one.target for one in self.relations(part) if one.kind in kinds), None)

    @cached_property
    def main(self) -> str:
        """The workbook's own part."""
        part = self.related("", "officeDocument")
        if part is None or self.content_type(part) not in _MAIN_TYPES:
            raise UneditableError(msg("it is a file of another kind"), other_kind=True)
        return part

    @property
    def is_strict(self) -> bool:
        """Whether it is written in the namespaces of ISO Strict."""
        return _STRICT in outline(self.read(self.main)).space

    @cached_property
    def types(self) -> Element:
        """The list of content types."""
        return outline(self.read(CONTENT_TYPES))

    def type_element(self, part: str) -> Element | None:
        """What gives a part its content type: an entry for it, else one for its extension."""
        name, extension = f"/{part}".casefold(), posixpath.splitext(part)[1].lstrip(".").casefold()
        own = (one for one in self.types.all("Override") if _said(one, "PartName") == name)
        common = (one for one in self.types.all("Default") if _said(one, "Extension") == extension)
        return next(own, None) or next(common, None)

    def content_type(self, part: str) -> str:
        """The content type of a part, "" when none is given."""
        element = self.type_element(part)
        return element.attributes.get("ContentType", "") if element else ""

    def sheets(self) -> list[SheetEntry]:
        """All sheets in the workbook's order, chart sheets too."""
        listed = outline(self.read(self.main)).first("sheets")
        links = {one.id: one for one in self.relations(self.main)}
        found = []
        for place, element in enumerate(listed.all("sheet") if listed else ()):
            link = links.get(element.attribute("id") or "")
            if link is not None:
                found.append(SheetEntry(element.attributes.get("name", ""), place, link.kind, link.target))
        return found

    def sheet(self, name: str) -> SheetEntry:
        """The worksheet of this name. Raises UneditableError."""
        for sheet in self.sheets():
            if sheet.name == name and sheet.kind == "worksheet":
                return sheet
        raise UneditableError(msg("it has no worksheet {sheet}", sheet=name))

    def _target(self, part: str, target: str) -> str:
        path = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
        return path if self.has(path) else unquote(path)


class Parts:
    """Changes to the small parts of a package, gathered from all who make them."""

    def __init__(self, package: Package) -> None:
        self.package: Final = package
        self._drafts: Final[dict[str, Draft]] = {}
        self._new: Final[dict[str, bytes]] = {}
        self.gone: Final[set[str]] = set()
        """Members that are to be left out."""

    def draft(self, part: str) -> Draft:
        """A part to be changed, the same draft for all."""
        name = self.package.member(part).filename
        if name not in self._drafts:
            self._drafts[name] = Draft(self.package.read(name))
        return self._drafts[name]

    def put(self, part: str, content: bytes) -> None:
        """A part that is new, or all new."""
        self._new[part] = content
        self.gone.discard(part)

    def declare(self, part: str, kind: str) -> None:
        """Give a part its content type: as all of its extension have it, or by the one entry of its own."""
        if self.package.content_type(part) == kind:
            return
        types, name = self.draft(CONTENT_TYPES), f"/{part}"
        own = (one for one in types.root.all("Override") if _said(one, "PartName") == name.casefold())
        there = next(own, None)
        if there is None:
            types.append(types.root, types.tag("Override", {"PartName": name, "ContentType": kind}))
        else:
            types.set(there, ContentType=kind)

    def drop(self, part: str) -> None:
        """Leave a part out, unless it is put in anew."""
        self.gone.add(self.package.member(part).filename)

    def done(self) -> dict[str, bytes]:
        """The parts that differ from the package's own, by name."""
        drafts = {name: (draft.done(), draft.xml) for name, draft in self._drafts.items()}
        return {name: new for name, (new, old) in drafts.items() if new != old} | self._new


def _said(element: Element, attribute: str) -> str:
    return element.attributes.get(attribute, "").casefold()


def relations_part(part: str) -> str:
    """Where the relations of a part are kept.

    >>> relations_part("xl/workbook.xml"), relations_part("")
    ('xl/_rels/workbook.xml.rels', '_rels/.rels')
    """
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """A workbook's package, weighed before anything of it is unpacked.

    Raises UneditableError, and OSError when the file can't be read.
    """
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise UneditableError(msg("it is a file of another kind"), other_kind=True)
        with zipfile.ZipFile(file) as archive:
            _refuse_odd(archive)
            yield Package(archive)


def _refuse_odd(archive: zipfile.ZipFile) -> None:
    """Refuse what programs read differently, what is encrypted, and what would unpack to too much."""
    members = archive.infolist()
    if any(count > 1 for count in Counter(one.filename.casefold() for one in members).values()):
        raise UneditableError(msg("two parts of it have the same name"))
    if any(one.flag_bits & _ENCRYPTED for one in members):
        raise UneditableError(msg("it is protected with a password"))
    heavy = [one for one in members if one.file_size > RATIO_MATTERS_BYTES]
    if sum(one.file_size for one in members) > MAX_UNPACKED_BYTES or any(
        one.file_size > MAX_RATIO * one.compress_size for one in heavy
    ):
        raise UneditableError(msg("it would unpack to far more than a list of terminals needs"))


def is_macro_workbook(path: Path) -> bool:
    """Whether a file is a workbook or template with macros, by what is in it; False if that can't be told."""
    try:
        with open_package(path) as package:
            kind = package.content_type(package.main)
    except (UneditableError, *DAMAGE):
        return False
    return OF_TEMPLATES.get(kind, kind) == MACROS
