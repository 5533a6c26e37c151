"""What the results and the to-do list both need of openpyxl: opening the input, text that stays text.

The input may be gone or unreadable by the time results are written, and openpyxl fails on some
workbooks that Excel opens (WORKBOOK.md). Results are never lost for that: `stand_in` makes a workbook
with the rows as they were read.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import Columns, JobReport, Row, RowResult, Status
from batchreset.report.places import readings

if TYPE_CHECKING:
    from openpyxl.cell import _CellGetValue

TEXT_FORMAT: Final = "@"
TEXT_FORMAT_MAX: Final = 255
"""Excel shows longer text in a cell of format `@` as `####`."""
INK: Final = "1F2933"
"""Colour of our own text: readable on every fill below."""
FILLS: Final = {
    Status.SUCCEEDED: "E2F0D9",
    Status.RECENT: "EAF4E4",
    Status.DUPLICATE: "EDEDED",
    Status.WAITING: "DDEBF7",
    Status.NOT_SENT: "E4E4EE",
    Status.UNKNOWN: "FFF2CC",
    Status.FAILED: "F8D7DA",
    Status.INVALID: "FCE4D6",
}
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

AnyCell = Cell | MergedCell


@dataclass(frozen=True)
class Book:
    """An opened input: its workbook and the sheet of the job. `raw` is the file, empty for a stand-in."""

    workbook: Workbook
    sheet: Worksheet
    raw: bytes = b""

    @cached_property
    def values(self) -> dict[tuple[int, int], AnyCell]:
        """(row, column) → cell, formulas replaced by the value last calculated (none where nobody did)."""
        cells = cells_of(self.sheet)
        if not self.raw or not any(cell.data_type == "f" for cell in cells.values()):
            return cells
        return cells_of(_load(self.raw, self.sheet.title, data_only=True, keep_vba=False).sheet)

    def value(self, row: int, column: int) -> _CellGetValue | None:
        """What a cell holds, a formula as its value."""
        cell = self.values.get((row, column))
        return cell.value if cell is not None else None

    def sn_readings(self, header_row: int, column: int) -> dict[int, frozenset[str]]:
        """For each row below the header that holds anything, the ways to read its SN cell."""
        found: dict[int, frozenset[str]] = {}
        for (row, at), cell in self.values.items():
            if row <= header_row or cell.value is None:
                continue
            if at == column:
                found[row] = readings(cell.value, cell.number_format)
            else:
                found.setdefault(row, readings(None))
        return found


@dataclass(frozen=True, slots=True)
class Written:
    """How writing went.

    `strangers` are results whose row could not be told in the sheet as it is now. `copied` is False
    when the input could not be read or copied and the file was made of the rows as they were read;
    `why` then names the error's class.
    """

    strangers: tuple[RowResult, ...] = ()
    copied: bool = True
    why: str = ""


def write_from(
    report: JobReport, source: Path, target: Path, make: Callable[[Book], tuple[bytes, tuple[RowResult, ...]]]
) -> Written:
    """Write to `target` what `make` makes of the input, or of the stand-in when it fails with the input.

    Raises OSError when `target` can't be written.
    """
    try:
        content, strangers = make(_open_input(report, source))
    except Exception as error:  # noqa: BLE001 - openpyxl fails in many ways; results must not be lost for one
        content, strangers = make(stand_in(report))
        written = Written(strangers, copied=False, why=type(error).__name__)
    else:
        written = Written(strangers)
    target.write_bytes(content)
    return written


def cells_of(sheet: Worksheet) -> dict[tuple[int, int], AnyCell]:
    """The cells that exist, by (row, column). `iter_rows` would create all the empty ones between them."""
    return sheet._cells  # noqa: SLF001 - openpyxl has no public way to see only the cells that exist


def copy_style(target: Any, source: Any) -> None:
    """Give a cell or a column all of another's style; both are of one workbook."""
    # one array instead of six look-ups in the workbook's style lists: 9 cells a row add up
    target._style = copy(source._style)  # noqa: SLF001 - the only way to have it whole


def _open_input(report: JobReport, source: Path) -> Book:
    keep_vba = source.suffix.lower() == ".xlsm"
    return _load(source.read_bytes(), report.table.sheet, data_only=False, keep_vba=keep_vba)


def _load(raw: bytes, title: str, *, data_only: bool, keep_vba: bool) -> Book:
    with quiet():
        workbook = load_workbook(io.BytesIO(raw), keep_vba=keep_vba, data_only=data_only, rich_text=True)
    workbook.template = False
    sheet = workbook[title]
    if not isinstance(sheet, Worksheet):
        raise TypeError(title)
    return Book(workbook, sheet, raw)


def packed(workbook: Workbook) -> bytes:
    """The workbook as a file's bytes, so that what fails on the disk is not mistaken for a bad workbook."""
    buffer = io.BytesIO()
    with quiet():
        workbook.save(buffer)
    return buffer.getvalue()


@contextmanager
def quiet() -> Iterator[None]:
    """openpyxl warns of parts it will not keep; that is known (WORKBOOK.md) and no news for a user."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        yield


def stand_in(report: JobReport) -> Book:
    """A workbook made of the rows as they were read, at their row numbers and under their own headers."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = sheet_title(report)
    for column, header in headers(report.table.columns).items():
        if report.table.header_row:
            put_text(sheet.cell(report.table.header_row, column), header)
        sheet.column_dimensions[get_column_letter(column)].width = 26
    for row in report.table.rows:
        for index, value in row_values(report, row).items():
            put_text(sheet.cell(row.number, index), value)
    return Book(workbook, sheet)


def headers(columns: Columns) -> dict[int, str]:
    """Column index → header; one our loader knows where the sheet has none."""
    named = (
        (columns.sn, "SN"),
        (columns.mobile, "Mobile"),
        (columns.country, "Country"),
        (columns.email, "E-mail"),
    )
    return {column.index: column.header or word for column, word in named if column}


def sheet_title(report: JobReport) -> str:
    """The input sheet's name, or what Excel allows of it when the input was no workbook."""
    return re.sub(r"[\[\]:*?/\\]", " ", report.table.sheet)[:31].strip() or "Sheet"


def row_values(report: JobReport, row: Row) -> dict[int, str]:
    """What is known of a row without its sheet: column index → text of the SN and the contact."""
    columns, contact = report.table.columns, row.contact
    known = {columns.sn.index: row.shown_sn or row.sn}
    if contact:
        pairs = (
            (columns.mobile, contact.mobile),
            (columns.country, contact.country),
            (columns.email, contact.email),
        )
        known |= {column.index: value for column, value in pairs if column and value}
    return known


def put_text(cell: AnyCell, value: str) -> None:
    """Write text that stays text, whatever it begins with (WORKBOOK.md, finding 7).

    A cell hidden under a merged one can hold nothing and is left alone.
    """
    if isinstance(cell, MergedCell):
        return
    cell.value = value
    cell.data_type = "s"
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = True
    if cell.number_format == "General" and len(value) <= TEXT_FORMAT_MAX:
        cell.number_format = TEXT_FORMAT


def fill(status: Status) -> PatternFill:
    """The calm colour of a status; the word stands in the cell, so nobody depends on the colour."""
    return PatternFill("solid", start_color=FILLS[status], end_color=FILLS[status])


def style_heading(cell: AnyCell, model: AnyCell | None) -> None:
    """Style a heading like the one beside it; bold when that has no style."""
    if model is not None and model.has_style:
        for part in ("font", "fill", "border", "alignment"):
            setattr(cell, part, copy(getattr(model, part)))
    else:
        cell.font = Font(bold=True)


def set_properties(workbook: Workbook, said: Mapping[str, str]) -> None:
    """Say in the custom document properties whose file this is; what an earlier run said is gone."""
    known = _properties(workbook)
    for name in [name for name in known.names if name.startswith("batchreset.")]:
        del known[name]
    for name, value in said.items():
        known.append(StringProperty(name=name, value=value))


def said_before(workbook: Workbook, name: str) -> str:
    """A custom document property, "" for none."""
    return next((str(one.value) for one in _properties(workbook) if one.name == name), "")


def _properties(workbook: Workbook) -> Any:
    return workbook.custom_doc_props  # type: ignore[attr-defined] # types-openpyxl lacks it
