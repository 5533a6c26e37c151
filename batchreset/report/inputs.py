"""What a job read, for workbooks of our own: cell by cell from the input as it is now, or as it was read.

A workbook that can be taken apart is; a file of another kind (.csv, .xls, …) comes through the loader's
own reader; and where the input is gone or damaged the rows stand in as the report knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batchreset.annotated.kept import column_in
from batchreset.errors import BatchresetError
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import ColumnLook, column_looks
from batchreset.ooxml.markup import Source
from batchreset.ooxml.rows import cells_of
from batchreset.report.layout import (
    SEARCHED_BELOW,
    View,
    located,
    merged_header,
    own_columns,
    result_columns,
)
from batchreset.report.opened import OpenedSheet, open_sheet
from batchreset.report.places import Places, place, text_key
from batchreset.report.values import Held, number_of
from batchreset.reported import JobReport
from batchreset.rows import Columns, Row, Table
from batchreset.sheet.container import DAMAGE
from batchreset.sheet.raw import CellKind, RawCell, RawSheet
from batchreset.sheet.reader import open_book

_WIDTH: Final = 26
"""Of the columns of a workbook that is made of the rows as they were read."""

HeldRow = Mapping[int, Held]
"""A row's cells: column → what it holds."""


@dataclass(frozen=True, slots=True)
class Input:
    """A sheet as an input for workbooks of our own.

    `table` says where its columns are now, `columns` are its own, without those of an earlier report.
    `numbers` are the rows that hold anything. `fetch` makes ready some rows and returns how to get each.
    `model` gives the looks of a header cell as parts of a style sheet.
    """

    table: Table
    places: Places
    columns: tuple[int, ...]
    headers: Mapping[int, str]
    numbers: tuple[int, ...]
    fetch: Callable[[Collection[int]], Callable[[int], HeldRow]]
    looks: Mapping[int, ColumnLook]
    model: Callable[[int], Mapping[str, bytes]]
    copied: bool = True
    """The cells are the input's own; else they are what was read of them."""


@contextmanager
def open_input(report: JobReport, path: Path) -> Iterator[Input]:
    """The best there is to be had of a job's input; never an error."""
    with ExitStack() as stack:
        yield _best_of(report, path, stack)


def _best_of(report: JobReport, path: Path, stack: ExitStack) -> Input:
    with suppress(UneditableError, *DAMAGE):
        return _of_workbook(report, stack.enter_context(open_sheet(path, report.table)))
    return loaded(report, path) or as_read(report)


def loaded(report: JobReport, path: Path) -> Input | None:
    """The input through the loader's reader, for files that are no workbook; `None` if it can't be read."""
    with suppress(BatchresetError, *DAMAGE), open_book(path) as book:
        if any(sheet.name == report.table.sheet for sheet in book.heads(report.table.header_row)):
            return _of_sheet(report, book.whole(report.table.sheet))
    return None


def as_read(report: JobReport) -> Input:
    """The rows as the report knows them: SN and contact, at their own numbers and under their own headers."""
    table = report.table
    headers = headers_of(table.columns)
    rows = {row.number: known_cells(table.columns, row) for row in table.rows}
    return Input(
        table=table,
        places=Places(tuple((result.row.number, result) for result in report.results), ()),
        columns=tuple(range(1, max(headers) + 1)),
        headers=headers,
        numbers=tuple(rows),
        fetch=lambda _: lambda number: rows.get(number, {}),
        looks=dict.fromkeys(headers, ColumnLook(_WIDTH, hidden=False)),
        model=lambda _: {},
        copied=False,
    )


def known_cells(columns: Columns, row: Row) -> HeldRow:
    """What is known of a row without its sheet."""
    contact = row.contact
    known = {columns.sn.index: row.shown_sn or row.sn}
    if contact:
        pairs = (
            (columns.mobile, contact.mobile),
            (columns.country, contact.country),
            (columns.email, contact.email),
        )
        known |= {column.index: value for column, value in pairs if column and value}
    return {index: Held(value) for index, value in known.items()}


def headers_of(columns: Columns) -> dict[int, str]:
    """Column index → header; one our loader knows where the sheet has none."""
    named = (
        (columns.sn, "SN"),
        (columns.mobile, "Mobile"),
        (columns.country, "Country"),
        (columns.email, "E-mail"),
    )
    return {column.index: column.header or word for column, word in named if column}


def _of_workbook(report: JobReport, sheet: OpenedSheet) -> Input:
    table, view = sheet.table, sheet.view
    # what an earlier check said of a row, and of its place in another file, is no part of the list
    checks = column_in(sheet.said, sheet.entry.name, table.header_row, view.row(table.header_row))
    columns = own_columns(view, sheet.known, table.header_row)
    columns = tuple(column for column in columns if column != checks)
    sheet.values.learn()  # here, where texts that can't be read are no harm yet

    def model(column: int) -> Mapping[str, bytes]:
        cell = sheet.scanned.cells.get((table.header_row, column))
        return sheet.values.styles.parts(cell.style) if cell and sheet.values.styles else {}

    return Input(
        table=table,
        places=place(report.results, sheet.sn_readings()),
        columns=columns,
        headers=_headers(view, table, columns),
        numbers=tuple(spot.number for spot in sheet.rows()),
        fetch=lambda numbers: _fetched(sheet, numbers),
        looks=column_looks(sheet.frame, max(columns, default=0)),
        model=model,
    )


def _fetched(sheet: OpenedSheet, numbers: Collection[int]) -> Callable[[int], HeldRow]:
    """The bytes of some rows, each taken apart when it is asked for: as cells they need far more memory."""
    rows: dict[int, bytes] = {}
    with sheet.package.open(sheet.entry.part) as part:
        source = Source(part)
        for spot in sheet.scanned.spots:
            if spot.number in numbers:
                source.skip(spot.start)
                rows[spot.number] = source.take(spot.close)

    def cells(number: int) -> HeldRow:
        found = cells_of(rows[number]) if number in rows else []
        return {cell.column: sheet.values.held(cell.raw) for cell in found}

    return cells


def _of_sheet(report: JobReport, sheet: RawSheet) -> Input:
    rows = {row.number: row for row in sheet.rows}
    texts = {
        (row.number, column): cell.text
        for row in sheet.rows
        if row.number <= report.table.header_row + SEARCHED_BELOW
        for column, cell in enumerate(row.cells, start=1)
        if cell.text
    }
    view = View(texts, width=max((len(row.cells) for row in sheet.rows), default=0))
    table = located(report.table, view)
    columns = own_columns(view, result_columns(view, table.header_row), table.header_row)
    sn = table.columns.sn.index
    sns = {
        number: (text_key(row.cell(sn).text),) for number, row in rows.items() if number > table.header_row
    }

    def cells(number: int) -> HeldRow:
        found = enumerate(rows[number].cells, start=1) if number in rows else ()
        return {column: held_of(cell) for column, cell in found}

    return Input(
        table=table,
        places=place(report.results, sns),
        columns=columns,
        headers=_headers(view, table, columns),
        numbers=tuple(rows),
        fetch=lambda _: cells,
        looks={},
        model=lambda _: {},
    )


def held_of(cell: RawCell) -> Held:
    """What a cell holds, as the reader tells it."""
    if cell.kind in {CellKind.BLANK, CellKind.FORMULA}:
        return Held(None)
    if cell.kind is CellKind.NUMBER:
        return Held(number_of(cell.text))
    if cell.kind is CellKind.BOOLEAN:
        return Held(cell.text == "TRUE")
    return Held(cell.text, is_error=cell.kind is CellKind.ERROR)


def _headers(view: View, table: Table, columns: Collection[int]) -> dict[int, str]:
    known = headers_of(table.columns)
    row = table.header_row
    return {
        column: view.texts.get((row, column)) or known.get(column) or merged_header(view, row, column)
        for column in columns
    }
