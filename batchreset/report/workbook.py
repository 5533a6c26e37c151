"""Writes each row's outcome into a copy of the user's own workbook; the one seam where that happens.

openpyxl keeps values, formats, filters and panes, but not every part of every workbook, and formulas
lose their last values until Excel calculates them (WORKBOOK.md, finding 3). A lossless edit of the one
sheet part can replace this file without the rest of the program noticing.
"""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Final

from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import JobReport, RowResult, Status
from batchreset.report.columns import Cell, cells, headings
from batchreset.report.excel import (
    INK,
    AnyCell,
    Book,
    Written,
    cells_of,
    copy_style,
    fill,
    packed,
    put_text,
    set_properties,
    style_heading,
    write_from,
)
from batchreset.report.layout import all_columns, extend_filter, extend_tables, free_columns, result_columns
from batchreset.report.places import place
from batchreset.text import Text

WIDTHS: Final = (18, 46, 46, 27, 11, 27, 13, 20, 38)
"""Of the nine columns, in Excel's characters."""
WRAPPED: Final = frozenset({1, 2})
"""Places of the sentences, which are wrapped; the rest is short."""


def write_results(report: JobReport, text: Text, source: Path, target: Path) -> Written:
    """Copy `source` to `target` with the nine result columns filled in.

    Columns of an earlier report, in either language, are filled anew rather than added again.
    Raises OSError when `target` can't be written; a source that can't be read is no error (`Written`).
    """
    return write_from(report, source, target, lambda book: _filled(report, text, book))


def _filled(report: JobReport, text: Text, book: Book) -> tuple[bytes, tuple[RowResult, ...]]:
    sheet, header_row = book.sheet, report.table.header_row
    places = place(report.results, book.sn_readings(header_row, report.table.columns.sn.index))
    known = result_columns(sheet, header_row)
    columns = all_columns(sheet, known)
    titles = headings(text, simulated=report.job.simulated)
    _write_headings(sheet, header_row, columns, titles, added=len(columns) - len(known))
    _empty(sheet, header_row, frozenset(known.values()))
    brush = Brush(sheet, columns[0] - 1)
    for row, result in places.found:
        for at, (column, value) in enumerate(zip(columns, cells(result, text), strict=True)):
            cell = sheet.cell(row, column)
            brush.paint(cell, at, result.status)
            put(cell, value)
    extend_filter(sheet, header_row, max(columns))
    extend_tables(sheet, header_row, columns, titles)
    set_properties(book.workbook, report, "results")
    return packed(book.workbook), places.strangers


def _write_headings(
    sheet: Worksheet, row: int, columns: tuple[int, ...], titles: tuple[str, ...], added: int
) -> None:
    """Titles on all nine columns; the last `added` of them are new and get a style and a width as well."""
    new = columns[len(columns) - added :]
    if new:
        free_columns(sheet, new[0], new[-1])
        neighbour = sheet.cell(row, new[0] - 1) if new[0] > 1 else None
        for column in new:
            style_heading(sheet.cell(row, column), neighbour)
            sheet.column_dimensions[get_column_letter(column)].width = WIDTHS[columns.index(column)]
    for column, title in zip(columns, titles, strict=True):
        put_text(sheet.cell(row, column), title)


def _empty(sheet: Worksheet, header_row: int, columns: frozenset[int]) -> None:
    """What an earlier report said of a row that is no longer in this one must not stay."""
    for (row, column), cell in cells_of(sheet).items():
        if column in columns and row > header_row and not isinstance(cell, MergedCell):
            cell.value = None
            copy_style(cell, _plain(sheet))


def _plain(sheet: Worksheet) -> SheetCell:
    """A cell of no sheet, to carry a style."""
    return SheetCell(sheet, row=1, column=1)


def put(cell: AnyCell, value: Cell) -> None:
    """Write a result cell: text as text, a number as a number."""
    if isinstance(value, str):
        put_text(cell, value)
    elif not isinstance(cell, MergedCell):
        cell.value = value


class Brush:
    """Styles result cells to go with their row: its font and borders, our ink, the status's fill.

    A style is mixed once for each kind of cell and copied from then on.
    """

    def __init__(self, sheet: Worksheet, neighbour: int) -> None:
        self._sheet = sheet
        self._neighbour = neighbour
        self._mixed: dict[object, SheetCell] = {}

    def paint(self, cell: AnyCell, at: int, status: Status) -> None:
        """Style the cell at place `at` of the nine, before its value is put."""
        beside = cells_of(self._sheet).get((cell.row or 0, self._neighbour))
        kind = (beside.style_id if beside else 0, status if at == 0 else None, at in WRAPPED)
        if kind not in self._mixed:
            self._mixed[kind] = self._mix(beside, status if at == 0 else None, wrap=at in WRAPPED)
        copy_style(cell, self._mixed[kind])

    def _mix(self, beside: AnyCell | None, status: Status | None, *, wrap: bool) -> SheetCell:
        sample = _plain(self._sheet)
        font = (beside or sample).font
        sample.font = Font(name=font.name, size=font.size, color=INK)
        if beside:
            setattr(sample, "border", copy(beside.border))  # noqa: B010 - a stub's proxy is no Border
        sample.alignment = Alignment(vertical="top", wrap_text=wrap)
        if status:
            sample.fill = fill(status)
        return sample
