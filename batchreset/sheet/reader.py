"""The one place where a workbook is read: from a file to `RawSheet` values, with openpyxl.

openpyxl's stream reader is used for its speed, with two of its habits undone: it believes the sheet's
own `<dimension>` (and then silently reads 1 row of 101), and a formula without a cached value looks
like a blank cell, so a file with such formulas is read a second time for them.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Protocol, cast

from batchreset.errors import SheetError
from batchreset.sheet.container import open_workbook_file
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell, RawRow, RawSheet
from batchreset.text.messages import msg

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_COLUMNS: Final = 512
"""Columns right of it are not looked at: no header of ours stands there, a stray value may."""
MAX_ROWS: Final = 200_000
"""Rows below it are not read; a sheet that holds anything there says so (`RawSheet.cut_at`)."""

_LAST_ROW: Final = 1_048_576
"""Of the format itself; a damaged row number must not be counted up to."""
_UNCALCULATED: Final = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
"""The end of a cell that holds a formula and no value."""
_CHUNK_BYTES: Final = 1 << 20
_OVERLAP_BYTES: Final = 512


class _Cell(Protocol):
    """What is used of openpyxl's read-only and empty cells."""

    @property
    def value(self) -> object: ...
    @property
    def data_type(self) -> str: ...


class _Sheet(Protocol):
    """What is used of openpyxl's read-only worksheet."""

    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self, *, max_row: int, max_col: int) -> Iterator[tuple[_Cell, ...]]: ...


def read_workbook(path: Path) -> tuple[RawSheet, ...]:
    """All worksheets of the workbook, in its order, hidden ones too.

    Raises `SheetError` with one code for each way in which a file can't be read (`container`).
    """
    with open_workbook_file(path) as (file, archive), warnings.catch_warnings():
        # openpyxl warns of parts it leaves out (validations, extensions); nothing is written from them.
        warnings.simplefilter("ignore")
        values = _sheets(file, data_only=True)
        formulas = _sheets(file, data_only=False) if _has_uncalculated(archive) else []
        sheets = tuple(_raw_sheet(sheet, other) for sheet, other in zip_longest(values, formulas))
    if not sheets:
        raise SheetError(
            "no-sheets",
            msg("{path} has no worksheet in it.", path=path),
            msg("Check that it is the right workbook; charts and macro sheets hold no rows."),
        )
    return sheets


def _sheets(file: IO[bytes], *, data_only: bool) -> list[_Sheet]:
    import openpyxl

    workbook: Workbook = openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
    return cast("list[_Sheet]", workbook.worksheets)


def _has_uncalculated(archive: zipfile.ZipFile) -> bool:
    return any(
        _finds(archive, part.filename) for part in archive.infolist() if part.filename.endswith(".xml")
    )


def _finds(archive: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with archive.open(name) as part:
        while chunk := part.read(_CHUNK_BYTES):
            if _UNCALCULATED.search(tail + chunk):
                return True
            tail = chunk[-_OVERLAP_BYTES:]
    return False


def _raw_sheet(sheet: _Sheet, formulas: _Sheet | None) -> RawSheet:
    rows: list[RawRow] = []
    cut_at = None
    last: tuple[_Cell, ...] = ()
    for number, (cells, marks) in enumerate(zip_longest(_rows(sheet), _rows(formulas), fillvalue=()), 1):
        if cells is last:  # openpyxl fills a gap of rows with one and the same tuple
            continue
        last = cells
        row = _raw_row(number, cells, marks)
        if not row.cells:
            continue
        if number > MAX_ROWS:
            cut_at = number
            break
        rows.append(row)
    return RawSheet(sheet.title, sheet.sheet_state != "visible", tuple(rows), cut_at)


def _rows(sheet: _Sheet | None) -> Iterable[tuple[_Cell, ...]]:
    if sheet is None:
        return ()
    sheet.reset_dimensions()
    return sheet.iter_rows(max_row=_LAST_ROW, max_col=MAX_COLUMNS)


def _raw_row(number: int, cells: tuple[_Cell, ...], marks: tuple[_Cell, ...]) -> RawRow:
    found = {index: _raw_cell(cell) for index, cell in enumerate(cells) if cell.value not in {None, ""}}
    for index, mark in enumerate(marks):
        # An uncalculated formula has neither value nor type; one that came to "" has the type of a text.
        if mark.data_type == "f" and index not in found and cells[index].data_type == "n":
            found[index] = RawCell(CellKind.FORMULA)
    width = max(found, default=-1) + 1
    return RawRow(number, tuple(found.get(index, BLANK_CELL) for index in range(width)))


def _raw_cell(cell: _Cell) -> RawCell:
    value = cell.value
    if cell.data_type == "e":
        return RawCell(CellKind.ERROR, str(value))
    if isinstance(value, bool):
        return RawCell(CellKind.BOOLEAN, str(value).upper())
    if isinstance(value, int | float):
        return RawCell(CellKind.NUMBER, _number(value))
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return RawCell(CellKind.DATE, str(value).removesuffix(" 00:00:00"))
    return RawCell(CellKind.TEXT, str(value))


def _number(value: float) -> str:
    """A number as a person sees it in a wide cell: no `.0`, 15 digits at most for a broken one."""
    if isinstance(value, int) or (math.isfinite(value) and value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.15g}".upper()
