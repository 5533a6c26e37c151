"""Writes each row's outcome into a copy of the user's own workbook; the one seam where that happens.

openpyxl keeps values, formats, filters and panes, but not every part of every workbook, and formulas
lose their last values until Excel calculates them (WORKBOOK.md, finding 3). A lossless edit of the one
sheet part can replace this file without the rest of the program noticing.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import Final

from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import JobReport, RowResult, Status
from batchreset.report.columns import HEADINGS, REHEARSAL, Cell, cells, headings, properties
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
    said_before,
    set_properties,
    style_heading,
    write_from,
)
from batchreset.report.layout import (
    all_columns,
    extend_filter,
    extend_tables,
    free_columns,
    located,
    result_columns,
)
from batchreset.report.places import place
from batchreset.text import Text

WIDTHS: Final = (18, 56, 56, 27, 11, 27, 13, 20, 38)
"""Of the nine columns, in Excel's characters."""

_AUTHOR: Final = "batchreset"
_FIRST: Final = "batchreset.first-column"
"""Property of a sheet without headers: the index of its first result column."""


def write_results(report: JobReport, text: Text, source: Path, target: Path) -> Written:
    """Copy `source` to `target` with the nine result columns filled in.

    Columns of an earlier report, in either language, are filled anew rather than added again.
    Raises OSError when `target` can't be written; a source that can't be read is no error (`Written`).
    """
    return write_from(report, source, target, lambda book: _filled(report, text, book))


def _filled(report: JobReport, text: Text, book: Book) -> tuple[bytes, tuple[RowResult, ...]]:
    sheet, table = book.sheet, located(report.table, book.sheet)
    places = place(report.results, book.sn_readings(table.header_row, table.columns.sn.index))
    known = result_columns(sheet, table.header_row) or _remembered(book, table.header_row)
    columns = all_columns(sheet, known)
    titles = headings(text)
    _make_room(sheet, table.header_row, columns[len(known) :], WIDTHS[len(known) :])
    if table.header_row:
        for column, title in zip(columns, titles, strict=True):
            put_text(sheet.cell(table.header_row, column), title)
        mark_rehearsal(sheet.cell(table.header_row, columns[0]), report, text)
    _empty(sheet, table.header_row, frozenset(known.values()))
    brush = Brush(sheet, columns[0] - 1)
    for row, result in places.found:
        for at, (column, value) in enumerate(zip(columns, cells(result, text), strict=True)):
            cell = sheet.cell(row, column)
            brush.paint(cell, at, result.status)
            put(cell, value)
    extend_filter(sheet, table.header_row, max(columns))
    extend_tables(sheet, table.header_row, columns, titles)
    said = properties(report, "results")
    set_properties(book.workbook, said if table.header_row else {**said, _FIRST: str(columns[0])})
    return packed(book.workbook), places.strangers


def _remembered(book: Book, header_row: int) -> dict[int, int]:
    """The columns of an earlier report in a sheet without headers, where nothing else tells them."""
    first = said_before(book.workbook, _FIRST)
    if header_row or not first.isdecimal():
        return {}
    return {at: int(first) + at for at in range(len(HEADINGS))}


def _make_room(sheet: Worksheet, header_row: int, new: Sequence[int], widths: Sequence[int]) -> None:
    """Widths for columns that are new, and headings styled like their neighbour."""
    if not new:
        return
    free_columns(sheet, new[0], new[-1])
    for column, width in zip(new, widths, strict=True):
        sheet.column_dimensions[get_column_letter(column)].width = width
        if header_row:
            neighbour = sheet.cell(header_row, new[0] - 1) if new[0] > 1 else None
            style_heading(sheet.cell(header_row, column), neighbour)


def _empty(sheet: Worksheet, header_row: int, columns: frozenset[int]) -> None:
    """What an earlier report said of a row that is no longer in this one must not stay."""
    for (row, column), cell in cells_of(sheet).items():
        if column in columns and row > header_row and not isinstance(cell, MergedCell):
            cell.value = None
            copy_style(cell, _plain(sheet))


def _plain(sheet: Worksheet) -> SheetCell:
    """A cell of no sheet, to carry a style."""
    return SheetCell(sheet, row=1, column=1)


def mark_rehearsal(heading: AnyCell, report: JobReport, text: Text) -> None:
    """A note on the first heading of a rehearsal; that of an earlier one goes."""
    if isinstance(heading, MergedCell):
        return
    if report.job.rehearsal:
        heading.comment = Comment(text(REHEARSAL), _AUTHOR)
    elif heading.comment is not None and heading.comment.author == _AUTHOR:
        heading.comment = None


def put(cell: AnyCell, value: Cell) -> None:
    """Write a result cell: text as text, a number as a number."""
    if isinstance(value, str):
        put_text(cell, value)
    elif not isinstance(cell, MergedCell):
        cell.value = value


class Brush:
    """Styles result cells to go with their row: its font, borders and alignment, our ink, the status's fill.

    Nothing is wrapped in the user's own sheet: its rows keep their heights. A style is mixed once for
    each kind of cell and copied from then on.
    """

    def __init__(self, sheet: Worksheet, neighbour: int, *, wrap: bool = False) -> None:
        self._sheet = sheet
        self._neighbour = neighbour
        self._wrap = wrap
        self._mixed: dict[object, SheetCell] = {}

    def paint(self, cell: AnyCell, at: int, status: Status) -> None:
        """Style the cell at place `at` of the nine, before its value is put."""
        beside = cells_of(self._sheet).get((cell.row or 0, self._neighbour))
        kind = (beside.style_id if beside else 0, status if at == 0 else None)
        if kind not in self._mixed:
            self._mixed[kind] = self._mix(beside, status if at == 0 else None)
        copy_style(cell, self._mixed[kind])

    def _mix(self, beside: AnyCell | None, status: Status | None) -> SheetCell:
        sample = _plain(self._sheet)
        model = beside or sample
        sample.font = Font(name=model.font.name, size=model.font.size, color=INK)
        sample.alignment = Alignment("left", model.alignment.vertical, wrap_text=self._wrap)
        setattr(sample, "border", copy(model.border))  # noqa: B010 - a stub's proxy is no Border
        if status:
            sample.fill = fill(status)
        return sample
