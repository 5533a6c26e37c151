"""Builds JobReport values, and the workbooks they were read from, for tests."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import Job, Status, Stop
from batchreset.reported import JobReport, RowResult, count_statuses
from batchreset.rows import Column, Columns, Contact, Row, Table
from batchreset.text import Message, msg

NOW = datetime(2026, 11, 23, 6, 30, 5, tzinfo=UTC)
COLUMNS = Columns(sn=Column(2, "B", "SN"), mobile=Column(3, "C", "Mobile"), email=Column(4, "D", "E-mail"))
CONTACT = Contact(mobile="+8613800138000", country="chinaPR", email="lee@example.com")
DONE_REASON = msg("The service confirmed the reset.")
NOTHING = msg("Nothing to do.")


def row(number: int, sn: str, *, shown: str | None = None, contact: Contact | None = CONTACT) -> Row:
    return Row(number, sn, contact, shown_sn=sn if shown is None else shown)


def result(
    number: int,
    sn: str,
    status: Status = Status.SUCCEEDED,
    *,
    reason: Message = DONE_REASON,
    next_step: Message = NOTHING,
    shown: str | None = None,
    contact: Contact | None = CONTACT,
    **more: Any,
) -> RowResult:
    """A row's result; `more` are fields of RowResult."""
    return RowResult(row(number, sn, shown=shown, contact=contact), status, reason, next_step, **more)


def report(
    results: Iterable[RowResult],
    path: Path = Path("terminals.xlsx"),
    *,
    sheet: str = "Terminals",
    header_row: int = 1,
    columns: Columns = COLUMNS,
    simulated: bool = False,
    stop: Stop | None = None,
    operator: str = "lee",
    settings: dict[str, str] | None = None,
    strays: Sequence[str] = (),
) -> JobReport:
    kept = tuple(results)
    job = Job(
        id="20261123-7k2m",
        created_at=NOW - timedelta(minutes=9),
        input_path=path,
        input_sha256="0" * 64,
        sheet=sheet,
        output_dir=path.parent / "output",
        lang="en-US",
        simulated=simulated,
        endpoint="https://api.meeting.huaweicloud.com",
        operator=operator,
    )
    table = Table(path, sheet, header_row, columns, tuple(one.row for one in kept))
    return JobReport(
        job=job,
        table=table,
        results=kept,
        made_at=NOW,
        counts=count_statuses(kept),
        attempts=sum(one.attempts for one in kept),
        started_at=NOW - timedelta(minutes=8),
        ended_at=NOW - timedelta(minutes=1),
        runs=1,
        stop=stop,
        settings=settings if settings is not None else {"rate": "10", "concurrency": "8"},
        strays=tuple(strays),
    )


def of_each_status() -> list[RowResult]:
    """One row of each status, rows 2 to 9, as a real job would have them."""
    later = NOW + timedelta(hours=5, minutes=2)
    asked = msg("Ask the contact.")
    return [
        result(2, "SN0002", attempts=1, last_attempt_at=NOW, http_status=200, request_id="r-2"),
        result(
            3, "SN0003", Status.FAILED, reason=msg("Unknown SN."), http_status=400, error_code="206010039"
        ),
        result(4, "SN0004", Status.UNKNOWN, reason=msg("The answer was lost."), next_step=asked),
        result(5, "SN0005", Status.NOT_SENT, reason=msg("Not reached.")),
        result(6, "SN0006", Status.WAITING, reason=msg("The quota is used up."), not_before=later),
        result(7, "", Status.INVALID, reason=msg("No SN."), contact=None),
        result(8, "SN0002", Status.DUPLICATE, reason=msg("Same as row {row}.", row=2)),
        result(9, "SN0009", Status.RECENT, reason=msg("Confirmed earlier.")),
    ]


def make_input(path: Path, sns: Sequence[str | float | None], *, header_row: int = 1) -> Path:
    """A workbook with some looks: styled header, widths, filter, frozen panes, a second sheet."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Terminals"
    for column, header in enumerate(("Site", "SN", "Mobile", "E-mail", "Installed"), start=1):
        cell = sheet.cell(header_row, column, header)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="224466")
    for number, sn in enumerate(sns, start=header_row + 1):
        sheet.cell(number, 1, f"Site {number}")
        sheet.cell(number, 2, sn)
        sheet.cell(number, 3, "13800138000").alignment = Alignment(horizontal="right")
        sheet.cell(number, 4, "lee@example.com").font = Font(name="Arial", size=9, italic=True)
        last = sheet.cell(number, 5, datetime(2025, 1, number % 28 + 1))  # noqa: DTZ001 - Excel's dates have no zone
        last.number_format = "yyyy-mm-dd"
        last.border = Border(bottom=Side("thin"))
    sheet.column_dimensions["B"].width = 31
    sheet.freeze_panes = f"C{header_row + 1}"
    sheet.auto_filter.ref = f"A{header_row}:E{header_row + len(sns)}"
    other = workbook.create_sheet("Notes")
    other["A1"] = "keep me"
    other["A2"] = "=1+1"
    workbook.save(path)
    return path


def opened(path: Path, sheet: str = "Terminals") -> Worksheet:
    loaded = load_workbook(path)[sheet]
    assert isinstance(loaded, Worksheet)
    return loaded


def values(sheet: Worksheet) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def said(path: Path) -> dict[str, str]:
    """The custom document properties of a workbook."""
    properties: Any = load_workbook(path).custom_doc_props  # type: ignore[attr-defined] # types-openpyxl lacks it
    return {one.name: one.value for one in properties.props}


def plain(html: str) -> str:
    """A page's text, roughly: tags and styles gone."""
    without_style = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without_style))


def sheet_xml(path: Path) -> str:
    """The first sheet as it is in the file."""
    with zipfile.ZipFile(path) as package:
        return package.read("xl/worksheets/sheet1.xml").decode()
