"""An .xlsx or .xlsm as sheets: which there are, and what their cells refer to in other parts."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from typing import IO, TYPE_CHECKING, Final

from batchreset.sheet.package import Damaged, Package, attribute, children
from batchreset.sheet.raw import Area, RawSheet, area_of
from batchreset.sheet.strings import shared_cells
from batchreset.sheet.styles import cell_styles
from batchreset.sheet.worksheet import Surroundings, read_worksheet
from batchreset.text.messages import Message

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TRUE: Final = frozenset(("1", "true"))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A worksheet as the workbook lists it."""

    name: str
    hidden: bool
    part: str


class XlsxBook:
    """An open workbook (`reader.Source`)."""

    notes: Final[tuple[Message, ...]] = ()

    def __init__(self, file: IO[bytes]) -> None:
        self._package: Final = Package(zipfile.ZipFile(file))
        main = self._package.only("", "officeDocument")
        if main is None:
            raise Damaged
        self._main: Final = main
        self._root: Final = self._package.xml(main)

    def heads(self, last_row: int) -> tuple[RawSheet, ...]:
        """All worksheets, hidden ones too, down to this row."""
        return tuple(self._read(entry, last_row) for entry in self._entries.values())

    def whole(self, name: str) -> RawSheet:
        """One worksheet."""
        entry = self._entries[name]
        sheet = self._read(entry, None)
        return replace(sheet, filtered=(*sheet.filtered, *self._filtered_tables(entry)))

    @cached_property
    def _entries(self) -> dict[str, _Entry]:
        """The worksheets by name; sheets of charts, dialogs and old macros are none."""
        relations = self._package.relations(self._main)
        entries: dict[str, _Entry] = {}
        for sheets in children(self._root, "sheets"):
            for sheet in children(sheets, "sheet"):
                relation = relations.get(attribute(sheet, "id") or "")
                name = sheet.get("name")
                if relation is None or name is None or name in entries:
                    raise Damaged(name)
                if relation.kind == "worksheet":
                    hidden = sheet.get("state", "visible") != "visible"
                    entries[name] = _Entry(name, hidden, relation.target)
        return entries

    def _read(self, entry: _Entry, last_row: int | None) -> RawSheet:
        with self._package.open(entry.part) as part:
            return read_worksheet(
                part, entry.name, hidden=entry.hidden, around=self._surroundings, last_row=last_row
            )

    @cached_property
    def _surroundings(self) -> Surroundings:
        package, main = self._package, self._main
        texts, styles = package.only(main, "sharedStrings"), package.only(main, "styles")
        around = Surroundings(since_1904=self._since_1904())
        if texts is not None:
            with package.open(texts) as part:
                around = replace(around, texts=shared_cells(part))
        if styles is not None:
            with package.open(styles) as part:
                around = replace(around, styles=cell_styles(part))
        return around

    def _since_1904(self) -> bool:
        return any(entry.get("date1904") in _TRUE for entry in children(self._root, "workbookPr"))

    def _filtered_tables(self, entry: _Entry) -> list[Area]:
        """The areas of the sheet's tables whose filter has a condition: a table is a part of its own."""
        areas = []
        for kind, target in self._package.relations(entry.part).values():
            if kind == "table":
                area = _filtered_area(self._package.xml(target))
                if area is not None:
                    areas.append(area)
        return areas


def _filtered_area(table: Element) -> Area | None:
    for found in children(table, "autoFilter"):
        if any(len(column) for column in children(found, "filterColumn")):
            return area_of(found.get("ref", ""))
    return None
