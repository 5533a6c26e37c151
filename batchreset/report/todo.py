"""Writes what is left of a job in the input's own layout: mend the rows, then run the file.

A fresh workbook, because the sheet that is left must be small and clean: no hidden rows, no totals, the
header on row 1. Values keep their types: a text of digits stays text, or the next run would lose it.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import DONE, JobReport, RowResult
from batchreset.report.columns import TODO_COLUMNS, Cell, cells, headings, left_open, properties
from batchreset.report.excel import (
    AnyCell,
    Book,
    Written,
    cells_of,
    headers,
    packed,
    put_text,
    row_values,
    set_properties,
    sheet_title,
    style_heading,
    write_from,
)
from batchreset.report.layout import column_looks, located, result_columns, used_width
from batchreset.report.places import place
from batchreset.report.workbook import WIDTHS, Brush, mark_rehearsal, put
from batchreset.text import Text, msg

_TOP: Final = Alignment(vertical="top")
_LINE_POINTS: Final = 15
_MAX_POINTS: Final = 409
"""Excel's highest row."""


def write_todo(report: JobReport, text: Text, source: Path, target: Path) -> Written:
    """Write the rows that still need something, what a person must do first; only a header when none is left.

    A row that can't be told in the sheet any more is written from what was read of it (`strangers`).
    Raises OSError when `target` can't be written; a source that can't be read is no error (`Written`).
    """
    return write_from(report, source, target, lambda book: _todo(report, text, book))


def _todo(report: JobReport, text: Text, book: Book) -> tuple[bytes, tuple[RowResult, ...]]:
    report = replace(report, table=located(report.table, book.sheet))
    header_row = report.table.header_row
    columns = _own_columns(book.sheet, header_row)
    places = place(report.results, book.sn_readings(header_row, report.table.columns.sn.index))
    rows = {id(result): row for row, result in places.found}
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = sheet_title(report)
    _write_header(report, text, book, sheet, columns)
    brush = Brush(sheet, len(columns), wrap=True)
    left = left_open(report.results)
    for number, result in enumerate(left, start=2):
        row, known = rows.get(id(result)), row_values(report, result.row)
        for index, column in enumerate(columns, start=1):
            source = known.get(column) if row is None else book.values.get((row, column))
            _copy(source, sheet.cell(number, index))
            sheet.cell(number, index).alignment = _TOP
        outcome = cells(_told_elsewhere(result, report), text)[:TODO_COLUMNS]
        for at, value in enumerate(outcome):
            cell = sheet.cell(number, len(columns) + 1 + at)
            brush.paint(cell, at, result.status)
            put(cell, value)
        sheet.row_dimensions[number].height = _height(outcome)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns) + TODO_COLUMNS)}{len(left) + 1}"
    set_properties(workbook, properties(report, "todo"))
    return packed(workbook), tuple(result for result in places.strangers if result.status not in DONE)


def _told_elsewhere(result: RowResult, report: JobReport) -> RowResult:
    """The result for a list whose rows stand elsewhere: a cell that a sentence names is the input's."""
    if not result.row.problems:
        return result
    reason = msg("In {file}: {reason}", file=report.table.path.name, reason=result.reason)
    return replace(result, reason=reason)


def _own_columns(sheet: Worksheet, header_row: int) -> list[int]:
    """The input's columns without those a report of ours has added."""
    ours = frozenset(result_columns(sheet, header_row).values())
    return [column for column in range(1, used_width(sheet) + 1) if column not in ours]


def _write_header(report: JobReport, text: Text, book: Book, sheet: Worksheet, columns: list[int]) -> None:
    row = report.table.header_row
    looks = column_looks(book.sheet)
    for index, column in enumerate(columns, start=1):
        cell = sheet.cell(1, index)
        style_heading(cell, cells_of(book.sheet).get((row, column)))
        put_text(cell, _header(report, book, column))
        if column in looks:
            dimension = sheet.column_dimensions[get_column_letter(index)]
            dimension.width, dimension.hidden = looks[column]
    titles = headings(text)[:TODO_COLUMNS]
    for index, title in enumerate(titles, start=len(columns) + 1):
        cell = sheet.cell(1, index)
        style_heading(cell, sheet.cell(1, len(columns)))
        put_text(cell, title)
        sheet.column_dimensions[get_column_letter(index)].width = WIDTHS[index - len(columns) - 1]
    mark_rehearsal(sheet.cell(1, len(columns) + 1), report, text)


def _header(report: JobReport, book: Book, column: int) -> str:
    """A column's header; one merged over several rows stands in the first of them."""
    value = book.value(report.table.header_row, column)
    if value is not None:
        return str(value)
    known = headers(report.table.columns)
    if column in known:
        return known[column]
    for area in book.sheet.merged_cells.ranges:
        if area.min_col == column == area.max_col and area.max_row == report.table.header_row:
            return str(book.value(area.min_row or 1, column) or "")
    return ""


def _copy(source: AnyCell | str | None, cell: AnyCell) -> None:
    """Copy a value with its type and number format; text stays text."""
    if isinstance(source, str):
        put_text(cell, source)
    elif source is not None and source.value is not None and not isinstance(cell, MergedCell):
        cell.number_format = source.number_format
        if source.data_type == "s":
            put_text(cell, str(source.value))
        else:
            cell.value = source.value


def _height(outcome: tuple[Cell, ...]) -> float:
    """Points a row needs for its wrapped sentences: not every program works it out when it opens a file."""
    lines = 1
    for value, width in zip(outcome, WIDTHS, strict=False):
        places = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in str(value or ""))
        lines = max(lines, math.ceil(places / (width - 4)))
    return min(_LINE_POINTS * lines, _MAX_POINTS)
