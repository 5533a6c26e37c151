"""The worksheet of a job, opened for its results: looked through once, and what was found in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from batchreset.ooxml.frame import frame_of, merged_areas, table_relations
from batchreset.ooxml.outline import Draft
from batchreset.ooxml.package import Package, Parts, SheetEntry, open_package
from batchreset.ooxml.properties import read_properties
from batchreset.ooxml.scan import scan, scan_head
from batchreset.ooxml.spots import NO_STYLE, Focus, Raw, RowSpot, Scanned
from batchreset.ooxml.tables import ListObject, read_table
from batchreset.report.columns import HEADINGS
from batchreset.report.layout import SEARCHED_BELOW, View, located, result_columns
from batchreset.report.values import Values
from batchreset.rows import Table

FIRST_PROPERTY: Final = "batchreset.first-column"
"""Property of a sheet without headers: the index of its first result column."""


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A job's sheet as it is now. `table` says where its columns stand now, `known` where those of ours
    do that an earlier edit added (place among them → column), `said` are the workbook's custom
    properties; `parts` gathers changes to small parts."""

    package: Package
    entry: SheetEntry
    parts: Parts
    values: Values
    scanned: Scanned
    frame: Draft
    view: View
    table: Table
    known: Mapping[int, int]
    said: Mapping[str, str]

    def rows(self) -> Iterator[RowSpot]:
        """The rows that hold anything besides results."""
        for spot in self.scanned.spots:
            if spot.style != NO_STYLE or (spot.key and spot.key.text is not None):
                yield spot

    def sn_readings(self) -> dict[int, Collection[str]]:
        """For each such row below the header, the ways to read its SN."""
        self.values.learn(spot.key for spot in self.scanned.spots)
        return {
            spot.number: self.values.readings(spot.key)
            for spot in self.rows()
            if spot.number > self.table.header_row
        }


Find = Callable[[View, int, Mapping[str, str]], Mapping[int, int]]
"""Tells which columns are ours, from a view, its header row and the workbook's custom properties."""


def of_report(view: View, header_row: int, said: Mapping[str, str]) -> dict[int, int]:
    """The columns of an earlier report."""
    first = said.get(FIRST_PROPERTY, "")
    if not header_row and first.isdecimal():
        return {at: int(first) + at for at in range(len(HEADINGS))}
    return result_columns(view, header_row)


@contextmanager
def open_sheet(path: Path, table: Table, find: Find = of_report) -> Iterator[OpenedSheet]:
    """Open the workbook and look through the sheet of `table`. Raises UneditableError or of `DAMAGE`."""
    with open_package(path) as package:
        yield _looked_through(package, table, find)


class _Decision(NamedTuple):
    """Where the table and the columns that are ours are, and so what to look at."""

    table: Table
    known: Mapping[int, int]
    focus: Focus


def _looked_through(package: Package, table: Table, find: Find) -> OpenedSheet:
    """Where things are decides what to look at, and is known for sure only when all was looked at: it is
    guessed from the first rows, and the sheet is looked through again where the guess was wrong."""
    entry, values = package.sheet(table.sheet), Values(package)
    said = read_properties(package)
    with package.open(entry.part) as part:
        head = scan_head(part, table.header_row + SEARCHED_BELOW)
    guess = _decide(View(_texts(values, head)), table, find, said)
    scanned = _scan(package, entry, guess.focus)
    frame, parts = frame_of(scanned), Parts(package)
    view = View(
        texts=_texts(values, scanned.cells),
        merged=merged_areas(frame),
        tables=_tables(parts, entry, frame),
        width=scanned.width,
        formulas=scanned.formulas,
    )
    made = _decide(view, table, find, said)
    if made.focus != guess.focus:
        scanned = _scan(package, entry, made.focus)
        view = replace(view, texts=_texts(values, scanned.cells), width=scanned.width)
    return OpenedSheet(package, entry, parts, values, scanned, frame, view, made.table, made.known, said)


def _decide(view: View, table: Table, find: Find, said: Mapping[str, str]) -> _Decision:
    now = located(table, view)
    known = find(view, now.header_row, said)
    focus = Focus(table.header_row + SEARCHED_BELOW, now.columns.sn.index)
    if known:
        focus = replace(focus, first=min(known.values()), last=max(known.values()))
    return _Decision(now, known, focus)


def _scan(package: Package, entry: SheetEntry, focus: Focus) -> Scanned:
    with package.open(entry.part) as part:
        return scan(part, focus)


def _texts(values: Values, cells: Mapping[tuple[int, int], Raw]) -> dict[tuple[int, int], str]:
    values.learn(cells.values())
    return {at: values.text(raw) for at, raw in cells.items()}


def _tables(parts: Parts, entry: SheetEntry, frame: Draft) -> tuple[ListObject, ...]:
    links = {link.id: link.target for link in parts.package.relations(entry.part)}
    found = (links.get(id_) for id_ in table_relations(frame))
    tables = (read_table(part, parts.draft(part)) for part in found if part)
    return tuple(table for table in tables if table)
