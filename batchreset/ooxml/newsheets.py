"""Puts sheets of our own into a workbook, or in the place of those that an earlier edit put there.

A sheet of ours is known again by a hidden name that leads to it, whatever it was renamed to and wherever it
was moved. It then keeps its name, its place and its part; what hung on the old part and on nothing else (its
drawing, its charts) goes. Of the workbook's own parts only those change that must know of a sheet:
`workbook.xml`, its relations, and the list of content types. `docProps/app.xml` is left as it is: what it
says of the sheets is for show, and the next program that saves the workbook writes it anew.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from batchreset.ooxml.charts import chart_xml, drawing_xml
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import DECLARED, attributes_of, open_tag
from batchreset.ooxml.names import FILTER, DefinedNames
from batchreset.ooxml.outline import outline
from batchreset.ooxml.package import CONTENT_TYPES, Package, Parts, SheetEntry, relations_part
from batchreset.ooxml.pages import LINKS, MAIN, Page, absolute, page_xml, quoted_name
from batchreset.ooxml.styles import Styles
from batchreset.ooxml.texts import escaped, unescaped
from batchreset.text.messages import msg

MAX_NAME: Final = 31
"""Characters of a sheet's name."""
_TYPES: Final = "application/vnd.openxmlformats-officedocument"
SHEET_TYPE: Final = f"{_TYPES}.spreadsheetml.worksheet+xml"
_DRAWING_TYPE: Final = f"{_TYPES}.drawing+xml"
_CHART_TYPE: Final = f"{_TYPES}.drawingml.chart+xml"
_RELATIONS_TYPE: Final = "application/vnd.openxmlformats-package.relationships+xml"
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT_LINKS: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_IN_STRICT: Final = {
    MAIN.encode(): b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    LINKS.encode(): _STRICT_LINKS.encode(),
    b"http://schemas.openxmlformats.org/drawingml/2006/": b"http://purl.oclc.org/ooxml/drawingml/",
}
_TRUE: Final = frozenset({"1", "true", "on"})


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a sheet of ours goes: the hidden name it is known by, its name, and its entry if it is there."""

    mark: str
    name: str
    there: SheetEntry | None


def slots(package: Package, wanted: Mapping[str, str]) -> list[Slot]:
    """Where sheets go: mark → the name wanted, which gets a number where another sheet has it.

    Raises UneditableError when the workbook's structure is protected.
    """
    root = outline(package.read(package.main))
    if any(one.attributes.get("lockStructure", "0") in _TRUE for one in root.all("workbookProtection")):
        raise UneditableError(msg("its structure is protected"))
    listed = package.sheets()
    marked = {
        one.attributes.get("name", ""): _sheet_named(one.text)
        for names in root.all("definedNames")
        for one in names.all("definedName")
    }
    found: list[Slot] = []
    taken = {sheet.name.casefold() for sheet in listed}
    for mark, name in wanted.items():
        there = next(
            (
                one
                for one in listed
                if mark in marked and one.name == marked[mark] and one.kind == "worksheet"
            ),
            None,
        )
        free = there.name if there else next(one for one in _numbered(name) if one.casefold() not in taken)
        taken.add(free.casefold())
        found.append(Slot(mark, free, there))
    return found


def put_pages(
    parts: Parts, styles: Styles | None, names: DefinedNames, pages: Iterable[tuple[Slot, Page]]
) -> None:
    """Put each page into its slot, new ones in their order behind all other sheets."""
    placed = list(pages)
    for part in _only_of(parts.package, [slot.there.part for slot, _ in placed if slot.there]):
        parts.drop(part)
    book = _Book(parts, names)
    for slot, page in placed:
        book.put(slot, page, styles)
    types = parts.draft(CONTENT_TYPES)
    for one in types.root.all("Override"):
        if one.attributes.get("PartName", "").lstrip("/") in parts.gone:
            types.remove(one)


class _Book:
    """The workbook's own parts while sheets come in."""

    def __init__(self, parts: Parts, names: DefinedNames) -> None:
        self._parts: Final = parts
        self._names: Final = names
        self._strict: Final = parts.package.is_strict
        self._main: Final = parts.draft(parts.package.main)
        listed = self._main.root.first("sheets")
        if listed is None or not listed.children:
            raise UneditableError(msg("its XML is damaged"))
        self._sheets: Final = listed
        numbers = [one.attributes.get("sheetId", "") for one in listed.all("sheet")]
        self._number = max((int(one) for one in numbers if one.isdecimal()), default=0)
        self._place = len(numbers)
        self._links: Final = {one.id for one in parts.package.relations(parts.package.main)}
        self._taken: Final[set[str]] = set()

    def put(self, slot: Slot, page: Page, styles: Styles | None) -> None:
        folder = posixpath.dirname(self._parts.package.main)
        if slot.there:
            part, place = slot.there.part, slot.there.place
        else:
            part, place = self._free(f"{folder}/worksheets/sheet"), self._place
            self._place += 1
            self._enlist(part, slot.name)
        self._write(part, page_xml(page, styles, "rId1" if page.charts else None), SHEET_TYPE)
        if page.charts:
            self._draw(folder, part, page)
        self._name(slot, place, page)

    def _draw(self, folder: str, part: str, page: Page) -> None:
        drawing = self._free(f"{folder}/drawings/drawing")
        charts = [self._free(f"{folder}/charts/chart") for _ in page.charts]
        for chart, its_part in zip(page.charts, charts, strict=True):
            self._write(its_part, chart_xml(chart), _CHART_TYPE)
        self._write(drawing, drawing_xml(page.charts), _DRAWING_TYPE)
        self._relate(part, "drawing", [drawing])
        self._relate(drawing, "chart", charts)

    def _name(self, slot: Slot, place: int, page: Page) -> None:
        sheet = quoted_name(slot.name)
        self._names.set(slot.mark, f"{sheet}!$A$1", hidden=True)
        if page.filtered:
            self._names.set(FILTER, f"{sheet}!{absolute(page.filtered)}", sheet=place, hidden=True)

    def _free(self, stem: str) -> str:
        """The first name of its kind that no part has which stays."""
        package = self._parts.package
        for name in (f"{stem}{number}.xml" for number in count(1)):
            there = package.has(name) and package.member(name).filename not in self._parts.gone
            if not there and name.casefold() not in self._taken:
                break
        self._taken.add(name.casefold())
        return name

    def _write(self, part: str, xml: bytes, kind: str) -> None:
        if self._strict:
            for usual, other in _IN_STRICT.items():
                xml = xml.replace(usual, other)
        self._parts.put(part, xml)
        self._parts.declare(part, kind)

    def _relate(self, part: str, kind: str, targets: Sequence[str]) -> None:
        """The relations of a part of ours, which has no others."""
        listed = "".join(
            f'<Relationship Id="rId{number}" Type="{self._kind(kind)}" Target="/{target}"/>'
            for number, target in enumerate(targets, start=1)
        )
        xml = f'{DECLARED}<Relationships xmlns="{_RELATIONS}">{listed}</Relationships>'
        self._parts.put(relations_part(part), xml.encode())
        self._parts.declare(relations_part(part), _RELATIONS_TYPE)  # LibreOffice declared each on its own

    def _kind(self, kind: str) -> str:
        """The type of a relation."""
        return f"{_STRICT_LINKS if self._strict else LINKS}/{kind}"

    def _enlist(self, part: str, name: str) -> None:
        """The workbook's entry for a new sheet."""
        draft = self._parts.draft(relations_part(self._parts.package.main))
        link = next(one for one in (f"rId{number}" for number in count(1)) if one not in self._links)
        self._links.add(link)
        values = {"Id": link, "Type": self._kind("worksheet"), "Target": f"/{part}"}
        draft.append(draft.root, draft.tag("Relationship", values))
        self._number += 1
        entry = {"name": escaped(name), "sheetId": self._number, **self._link(link)}
        self._main.append(self._sheets, self._main.tag("sheet", entry))

    def _link(self, link: str) -> dict[str, str]:
        """The attribute that names a relation, with the prefix that the other sheets' have."""
        raw = open_tag(self._main.raw(self._sheets.children[0]))[0]
        names = (name.decode() for name, _ in attributes_of(raw))
        prefix = next((name[:-3] for name in names if name.endswith(":id")), "r")
        root = open_tag(self._main.raw(self._main.root))[0]
        known = any(name == b"xmlns:%b" % prefix.encode() for name, _ in attributes_of(root))
        space = _STRICT_LINKS if self._strict else LINKS
        return {**({} if known else {f"xmlns:{prefix}": space}), f"{prefix}:id": link}


def _only_of(package: Package, parts: Sequence[str]) -> set[str]:
    """What hangs on these parts and on nothing else, with the lists of relations of all that."""
    kept = _reached(package, [""], frozenset(parts))
    lost = _reached(package, parts, kept) - kept - set(parts)
    lists = (relations_part(part) for part in (*parts, *lost))
    return lost | {one for one in lists if package.has(one)}


def _reached(package: Package, begin: Iterable[str], end: Collection[str]) -> set[str]:
    """The parts to which relations lead from some, without going on from those where it is to end."""
    found, left = set(), list(begin)
    while left:
        for one in package.relations(left.pop()):
            if one.target not in found and package.has(one.target):
                found.add(one.target)
                if one.target not in end:
                    left.append(one.target)
    return found


def _sheet_named(formula: str) -> str:
    """The sheet to which a formula leads: `'Site A'!$A$1` as `Site A`."""
    name = unescaped(formula).rpartition("!")[0]
    if len(name) > 1 and name.startswith("'") and name.endswith("'"):
        return name[1:-1].replace("''", "'")
    return name


def _numbered(name: str) -> Iterator[str]:
    """A sheet's name, and others should a sheet of the user's have it."""
    yield name[:MAX_NAME]
    for number in count(2):
        end = f" ({number})"
        yield f"{name[: MAX_NAME - len(end)]}{end}"
