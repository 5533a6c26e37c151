"""Writes what check found into a copy of the user's own workbook, in which nothing else is changed.

Each row with findings gets them in one column, and its bad cells a mark. What an earlier check wrote is
known by the workbook's custom properties and written anew: a copy that was mended and is checked again
keeps no finding that no longer holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from batchreset.annotated.findings import HEADING, Findings, by_row
from batchreset.annotated.kept import OWN, column_in, own, properties
from batchreset.annotated.marks import COLOURS, Marks
from batchreset.annotated.sidecar import WIDTH_OF_FINDINGS, write_sidecar
from batchreset.ooxml.edit import Cells, NewRow, SheetEdit
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import column_looks, cut
from batchreset.ooxml.markup import Source, prefix_of
from batchreset.ooxml.properties import set_properties
from batchreset.ooxml.refs import Area, cell_ref
from batchreset.ooxml.rows import cells_of, row_style
from batchreset.ooxml.safety import refuse_harm
from batchreset.ooxml.spots import NO_STYLE, RowSpot
from batchreset.ooxml.styles import Look
from batchreset.report.fitting import editing, fit_columns, lacks_row, write_copy
from batchreset.report.layout import Spread, View, is_taken, spread
from batchreset.report.looks import INK
from batchreset.report.opened import OpenedSheet
from batchreset.report.painted import Painter
from batchreset.rows import Table
from batchreset.text import Text

_STYLE: Final = re.compile(rb"\ss=[\"']([0-9]+)[\"']")


@dataclass(frozen=True, slots=True)
class Annotated:
    """How writing went: in how many rows anything stands, and why the workbook could not be copied."""

    rows: int
    refusal: UneditableError | None = None


def write_annotated(table: Table, text: Text, source: Path, target: Path) -> Annotated:
    """Copy `source`, of which `table` was read, to `target` with a finding beside each row that has any.

    Raises OSError when `target` can't be written; a source that can't be edited is no error (`Annotated`).
    """
    found = by_row(table)
    refusal = None
    try:
        with editing(source, table, partial(_known, table.sheet)) as sheet:
            _write(found, text, sheet, target)
    except UneditableError as error:
        refusal = error
    if refusal is not None:
        write_sidecar(table, found, text, source, target)
    return Annotated(len(found), refusal)


def _known(sheet: str, view: View, header_row: int, said: Mapping[str, str]) -> dict[int, int]:
    """Our column, where an earlier check has written one and nobody has made another use of it."""
    column = column_in(said, sheet, header_row, view.row(header_row))
    return {} if column is None or is_taken(view, header_row, (column,)) else {0: column}


def _write(found: Mapping[int, Findings], text: Text, sheet: OpenedSheet, target: Path) -> None:
    refuse_harm(sheet.package, sheet.frame, sheet.entry.name)
    header_row, title = sheet.table.header_row, _title(text, sheet)
    where = spread(sheet.view, sheet.known, header_row, [title], sn=sheet.table.columns.sn.index)
    column = where.columns[0]
    rows = [header_row or 1, *found]
    fit_columns(
        sheet, where, {column: title}, {column: WIDTH_OF_FINDINGS}, Area(column, min(rows), column, max(rows))
    )
    filler = _Filler(found, text, sheet, column, title)
    styles, marks = _marks(found, sheet, where)
    said = own(sheet.said) | properties(sheet.entry.name, title, column, header_row) | marks
    set_properties(sheet.parts, OWN, said)
    missing = lacks_row(sheet.scanned.spots, header_row)
    new_row = NewRow(header_row, filler.heading(NO_STYLE)) if missing else None
    write_copy(sheet, SheetEdit(where.columns, filler.cells, *cut(sheet.frame), new_row, styles), target)


def _title(text: Text, sheet: OpenedSheet) -> str:
    """Our heading, which no other column of the sheet has: a table's must differ."""
    ours = set(sheet.known.values())
    headers = sheet.view.row(sheet.table.header_row)
    taken = {shown.casefold() for column, shown in headers.items() if column not in ours}
    title, number = text(HEADING), 1
    while title.casefold() in taken:
        number += 1
        title = f"{text(HEADING)} {number}"
    return title


class _Filler:
    """Knows for every row of the sheet what stands in our column."""

    def __init__(
        self, found: Mapping[int, Findings], text: Text, sheet: OpenedSheet, column: int, title: str
    ) -> None:
        self._found: Final = found
        self._text: Final = text
        self._header_row: Final = sheet.table.header_row
        self._column: Final = column
        self._title: Final = title
        prefix = prefix_of(sheet.scanned.data_tag).decode()
        self._painter: Final = Painter(sheet.values.styles, prefix, (column,))

    def cells(self, spot: RowSpot) -> Cells | None:
        if spot.number == self._header_row:
            return self.heading(spot.style)
        findings = self._found.get(spot.number)
        if findings is None:
            return {} if spot.filled and spot.number > self._header_row else None
        ref = cell_ref(self._column, spot.number)
        look = Look(ink=INK, fill=f"{COLOURS[findings.weight]:06X}")
        return {self._column: self._painter.text(ref, findings.text(self._text), spot.style, look)}

    def heading(self, model: int) -> Cells:
        ref = cell_ref(self._column, self._header_row)
        return {self._column: self._painter.heading(ref, self._title, model)}


def _marks(
    found: Mapping[int, Findings], sheet: OpenedSheet, where: Spread
) -> tuple[dict[int, dict[int, int]], dict[str, str]]:
    """Cells that get a mark or lose one, as row → column → style; and the properties that tell of marks."""
    if sheet.values.styles is None:
        return {}, {}
    marks = Marks(sheet.values.styles, sheet.said)
    last = max((column for findings in found.values() for column in findings.marks), default=0)
    usual = column_looks(sheet.frame, last)
    changed: dict[int, dict[int, int]] = {}
    for number, row in _rows(sheet, found, marks.marked):
        wanted = found[number].marks if number in found else {}
        old = {cell.column: cell.raw.style for cell in cells_of(row) if cell.column not in where.columns}
        of_row = row_style(row)
        # an empty cell that is not there looks like its row or its column
        of_cell = {
            column: of_row if of_row is not None else usual[column].style if column in usual else 0
            for column in wanted
        } | old
        new = {
            column: marks.on(style, wanted[column]) if column in wanted else marks.bare(style)
            for column, style in of_cell.items()
        }
        styles = {column: style for column, style in new.items() if style != of_cell[column]}
        if styles:
            changed[number] = styles
    return changed, marks.said()


def _rows(
    sheet: OpenedSheet, found: Mapping[int, Findings], marked: frozenset[int]
) -> Iterator[tuple[int, bytes]]:
    """The rows below the header with findings now, and those with marks of an earlier check: their bytes."""
    with sheet.package.open(sheet.entry.part) as part:
        source = Source(part)
        for spot in sheet.scanned.spots:
            if spot.number <= sheet.table.header_row or not (marked or spot.number in found):
                continue
            source.skip(spot.start)
            row = source.take(spot.close)
            if spot.number in found or not marked.isdisjoint(map(int, _STYLE.findall(row))):
                yield spot.number, row
