"""Where things are in the sheet as it is now, where the result columns go, and what must know about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.table import Table as SheetTable
from openpyxl.worksheet.table import TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import Column, Columns, Table
from batchreset.report.columns import HEADINGS, TODO_COLUMNS, heading_positions
from batchreset.report.excel import cells_of, copy_style
from batchreset.report.places import text_key

LAST_COLUMN: Final = 16384
_SEARCHED_BELOW: Final = 20
"""How far a header is looked for below where it was."""


def located(table: Table, sheet: Worksheet) -> Table:
    """`table` with its header row and columns where their headers stand now.

    Someone may have put a title above or a column between since the sheet was read. Headers that are
    gone or stand twice are taken to be where they were.
    """
    sn, last = table.columns.sn, table.header_row + _SEARCHED_BELOW
    at = [(_bottom(sheet, row, column), column) for row, column in _with_text(sheet, sn.header, 1, last)]
    stays = any(column == sn.index and table.header_row - 1 <= row <= table.header_row for row, column in at)
    if stays or len(at) != 1:
        return table
    row = at[0][0]

    def moved(old: Column) -> Column:
        found = {column for _, column in _with_text(sheet, old.header, row - 1, row + 1)}
        index = found.pop() if len(found) == 1 else old.index
        return replace(old, index=index, letter=get_column_letter(index))

    old = table.columns
    columns = Columns(
        sn=moved(sn),
        mobile=moved(old.mobile) if old.mobile else None,
        country=moved(old.country) if old.country else None,
        email=moved(old.email) if old.email else None,
    )
    return replace(table, header_row=row, columns=columns)


def _with_text(sheet: Worksheet, text: str, first: int, last: int) -> list[tuple[int, int]]:
    """(row, column) of the cells with this text in the rows `first` to `last`."""
    key = text_key(text)
    return [
        at
        for at, cell in cells_of(sheet).items()
        if key and first <= at[0] <= last and cell.value is not None and text_key(str(cell.value)) == key
    ]


def _bottom(sheet: Worksheet, row: int, column: int) -> int:
    """The last row of the merged range that begins in a cell, or the cell's own."""
    for area in sheet.merged_cells.ranges:
        if (area.min_row, area.min_col) == (row, column):
            return area.max_row or row
    return row


def result_columns(sheet: Worksheet, header_row: int) -> dict[int, int]:
    """Columns an earlier report wrote: place among the nine → column index.

    At least the first three stand side by side; a lone `Result` column is the user's own.
    """
    known = heading_positions()
    shown = {
        column: known.get(str(cell.value).strip().casefold())
        for (row, column), cell in cells_of(sheet).items()
        if row == header_row and cell.value is not None
    }
    for first in sorted(column for column, at in shown.items() if at == 0):
        block = {0: first}
        while shown.get(first + len(block)) == len(block):
            block[len(block)] = first + len(block)
        if len(block) >= TODO_COLUMNS and not _merged(sheet, header_row, block.values()):
            return block
    return {}


def _merged(sheet: Worksheet, header_row: int, columns: Iterable[int]) -> bool:
    """A range merged below the headings would swallow the results of the rows under it."""
    below = [area for area in sheet.merged_cells.ranges if (area.max_row or 0) > header_row]
    return any((area.min_col or 0) <= column <= (area.max_col or 0) for area in below for column in columns)


def all_columns(sheet: Worksheet, known: Mapping[int, int]) -> tuple[int, ...]:
    """The nine column indexes: those of an earlier report, the rest right of everything used."""
    free = used_width(sheet) + 1
    columns = dict(known)
    for at in range(len(HEADINGS)):
        if at not in columns:
            columns[at] = free
            free += 1
    if max(columns.values()) > LAST_COLUMN:
        raise ValueError("no room for nine columns at the right")
    return tuple(columns[at] for at in range(len(HEADINGS)))


def used_width(sheet: Worksheet) -> int:
    """The rightmost column with a value, a merged range or a table; styled empty cells don't count."""
    values = (column for (_, column), cell in cells_of(sheet).items() if cell.value not in (None, ""))
    merged = (area.max_col or 0 for area in sheet.merged_cells.ranges)
    tables = (_edges(table.ref)[2] for table in sheet.tables.values())
    return max((*values, *merged, *tables), default=0)


def column_looks(sheet: Worksheet) -> dict[int, tuple[float, bool]]:
    """Column index → (width in characters, hidden), ranges of columns spelled out as far as cells go."""
    looks: dict[int, tuple[float, bool]] = {}
    for dimension in list(sheet.column_dimensions.values()):
        dimension.reindex()
        for index in range(dimension.min or 1, min(dimension.max or 1, sheet.max_column) + 1):
            looks[index] = (dimension.width, dimension.hidden)
    return looks


def free_columns(sheet: Worksheet, first: int, last: int) -> None:
    """Take columns out of wider column ranges, so that they can have widths of their own.

    Many writers describe all columns to the end of the sheet at once; a second description of one of
    them would make Excel offer a repair.
    """
    for letter, dimension in list(sheet.column_dimensions.items()):
        dimension.reindex()
        low, high = dimension.min or 1, dimension.max or 1
        if high < first or low > last:
            continue
        if high > last:
            rest = sheet.column_dimensions[get_column_letter(last + 1)]
            rest.min, rest.max = last + 1, high
            rest.width, rest.hidden = dimension.width, dimension.hidden
            rest.outlineLevel = dimension.outlineLevel
            copy_style(rest, dimension)
        if low < first:
            dimension.max = first - 1
        else:
            del sheet.column_dimensions[letter]


def extend_filter(sheet: Worksheet, header_row: int, last: int) -> None:
    """Sorting by the sheet's filter must move the results along with their rows."""
    if not sheet.auto_filter.ref:
        return
    low, top, high, bottom = _edges(sheet.auto_filter.ref)
    if top <= header_row <= bottom and high < last:
        sheet.auto_filter.ref = _ref(low, top, last, bottom)


def extend_tables(sheet: Worksheet, header_row: int, columns: Sequence[int], titles: Sequence[str]) -> None:
    """The same for tables (ListObjects): one takes in columns at its right edge, and knows every heading."""
    for table in sheet.tables.values():
        if _edges(table.ref)[1] == header_row and table.headerRowCount:
            _name_columns(table, dict(zip(columns, titles, strict=True)))
            _extend_table(table, dict(zip(columns, titles, strict=True)))


def _name_columns(table: SheetTable, titles: Mapping[int, str]) -> None:
    low, _, high, _ = _edges(table.ref)
    for column, title in titles.items():
        if low <= column <= high:
            table.tableColumns[column - low].name = title


def _extend_table(table: SheetTable, titles: Mapping[int, str]) -> None:
    low, top, high, bottom = _edges(table.ref)
    added = {column: title for column, title in titles.items() if column > high}
    taken = {str(column.name).casefold() for column in table.tableColumns}
    if not added or min(added) != high + 1 or taken & {title.casefold() for title in added.values()}:
        return
    free = max(column.id for column in table.tableColumns) + 1
    for offset, title in enumerate(added.values()):
        table.tableColumns.append(TableColumn(id=free + offset, name=title))
    table.ref = _ref(low, top, max(added), bottom)
    if table.autoFilter:
        table.autoFilter.ref = table.ref


def _edges(ref: str) -> tuple[int, int, int, int]:
    """First column, first row, last column, last row; 0 where a reference leaves one open."""
    low, top, high, bottom = range_boundaries(ref)
    return low or 0, top or 0, high or 0, bottom or 0


def _ref(low: int, top: int, high: int, bottom: int) -> str:
    return f"{get_column_letter(low)}{top}:{get_column_letter(high)}{bottom}"
