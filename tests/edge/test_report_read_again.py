"""Our own loader reads what we write: results like the sheet they came from, a to-do list as a sheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from batchreset.model import Rules, Status
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.reported import JobReport, RowResult
from batchreset.rows import Row, Table
from batchreset.sheet.load import load
from batchreset.text import Lang, Text, msg
from tests.unit.report.build import make_input, report

SNS: list[str | float | None] = [
    "SN0002",
    "00012345",
    210235123456,
    None,
    "SN\u200b0006 ",
    "=1+1",
    1.5,
    "SN0002",
    "2.1E+19",
]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    source = make_input(tmp_path / "terminals.xlsx", SNS)
    workbook = load_workbook(source)
    workbook["Terminals"]["B7"].data_type = "s"
    workbook["Terminals"]["B10"] = True
    workbook.save(source)
    return load(source, rules=Rules())


def judged(table: Table) -> JobReport:
    """A report in which what can't be used is invalid and what can has failed."""
    results = [
        RowResult(row, Status.FAILED if row.usable else Status.INVALID, msg("why"), msg("what"))
        for row in table.rows
    ]
    return replace(report(results, table.path), table=table)


def meant(rows: tuple[Row, ...]) -> list[tuple[str, str, object]]:
    return sorted((row.sn, row.shown_sn, repr(row.contact)) for row in rows)


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_write_results_when_loaded_again_then_the_same_rows(table: Table, tmp_path: Path, lang: Lang) -> None:
    target = tmp_path / "results.xlsx"
    written = write_results(judged(table), Text(lang), table.path, target)
    assert written.copied
    assert written.strangers == ()
    again = load(target, rules=Rules())
    assert again.rows == table.rows
    assert again.columns == table.columns


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_write_todo_when_loaded_again_then_the_same_rows_in_another_order(
    table: Table, tmp_path: Path, lang: Lang
) -> None:
    target = tmp_path / "todo.xlsx"
    assert write_todo(judged(table), Text(lang), table.path, target) == ()
    again = load(target, rules=Rules())
    assert again.header_row == 1
    assert meant(again.rows) == meant(table.rows)
