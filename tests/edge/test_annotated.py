"""Findings in real workbooks: what was in them stays, what is mended goes, and nothing becomes a formula."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from batchreset.annotated.findings import Weight
from batchreset.annotated.marks import COLOURS
from batchreset.annotated.workbook import Annotated, write_annotated
from batchreset.model import Rules
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.rows import Table
from batchreset.sheet.load import load
from batchreset.text import Text
from tests.edge.test_lossless import OURS, TOLD, cells, packed
from tests.makers.rich import rich_books
from tests.unit.report.build import of_each_status, report, said

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
BOOKS = rich_books()
BAND = PatternFill("solid", start_color="FFDDEBF7", end_color="FFDDEBF7")


def checked(path: Path, **options: Any) -> Table:
    return load(path, rules=Rules(), **options)


def annotate(path: Path, target: Path, text: Text = ENGLISH, **options: Any) -> Annotated:
    return write_annotated(checked(path, **options), text, path, target)


def site(path: Path, rows: list[list[object]], header: list[object] | None = None) -> Path:
    """A plain list: No., SN, mobile, e-mail, and a column behind."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "终端"
    sheet.append(header or ["No.", "SN", "Mobile", "E-mail", "Remark"])
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


GOOD = [1, "2102310QPD10F3001263", "13800138000", None, "fine"]


def page(path: Path) -> Worksheet:
    return load_workbook(path).worksheets[0]


def colour(sheet: Worksheet, cell: str) -> str | None:
    fill = sheet[cell].fill
    return str(fill.start_color.rgb)[-6:] if fill.fill_type == "solid" else None


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Row 2 is good, 3 has two errors, 4 a note, 5 lacks a contact, 6 repeats row 2."""
    return site(
        tmp_path / "site.xlsx",
        [
            GOOD,
            [2, 210235123456789, "12", None, "bad"],
            [3, " 2102310QPD10F3001264", None, "lee@example.com", "blank before"],
            [4, "2102310QPD10F3001265", None, None, "nobody"],
            [5, "2102310qpd10f3001263", "+8613800138000", None, "again"],
        ],
    )


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "site.annotated.xlsx"


def test_annotate_when_rows_are_bad_then_told_beside_them_and_their_cells_marked(
    source: Path, target: Path
) -> None:
    assert annotate(source, target).rows == 4
    sheet = page(target)
    told = [sheet.cell(row, 6).value for row in range(1, 7)]
    assert told[:2] == ["Finding", None]
    assert [str(one)[:17] for one in told[2:]] == [
        "(1) Error in B3: ", "Note on B4: Full-", "Error in C5: The ", "Note on B6: Same ",
    ]  # fmt: skip
    error, note = (f"{COLOURS[weight]:06X}" for weight in (Weight.ERROR, Weight.NOTE))
    marked = {cell.coordinate: colour(sheet, cell.coordinate) for row in sheet.iter_rows() for cell in row}
    assert {at: shown for at, shown in marked.items() if shown} == {
        "B3": error, "C3": error, "F3": error, "B4": note, "F4": note, "C5": error, "F5": error,
        "B6": note, "F6": note,
    }  # fmt: skip
    assert [sheet.cell(3, 2).value, sheet.cell(3, 2).data_type] == [210235123456789, "n"]


def test_annotate_when_everything_is_mended_then_no_finding_is_left_and_each_cell_looks_as_before(
    source: Path, target: Path
) -> None:
    book = load_workbook(source)
    book.worksheets[0]["B3"].fill = BAND
    book.save(source)
    annotate(source, target)
    mended = load_workbook(target)
    sheet = mended.worksheets[0]
    sheet["B3"], sheet["C3"], sheet["B4"], sheet["C5"] = "X1", "13800138001", "X2", "13800138002"
    sheet.delete_rows(6)
    mended.save(target)  # openpyxl numbers the styles anew
    assert annotate(target, target.with_name("again.xlsx")).rows == 0
    again = page(target.with_name("again.xlsx"))
    assert [again.cell(row, 6).value for row in range(1, 6)] == ["Finding", None, None, None, None]
    shown = {cell.coordinate: colour(again, cell.coordinate) for row in again.iter_rows() for cell in row}
    assert {at: rgb for at, rgb in shown.items() if rgb} == {"B3": "DDEBF7"}


def test_annotate_when_the_copy_is_checked_again_then_updated_in_place_byte_for_byte(
    source: Path, target: Path
) -> None:
    annotate(source, target)
    before = dict(packed(target))
    annotate(target, target.with_name("again.xlsx"))
    assert dict(packed(target.with_name("again.xlsx"))) == before
    annotate(target, target.with_name("zh.xlsx"), CHINESE)
    sheet = page(target.with_name("zh.xlsx"))
    assert sheet.max_column == 6
    assert sheet["F1"].value == "检查发现"
    assert str(sheet["F5"].value).startswith("C5 有误：")


def test_annotate_when_a_column_of_the_users_is_called_so_then_ours_stands_beside_it(tmp_path: Path) -> None:
    header: list[object] = ["No.", "SN", "Mobile", "E-mail", "Finding"]
    source = site(tmp_path / "own.xlsx", [GOOD, [2, 7, "12", None, "by the auditor"]], header)
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    annotate(source, first)
    annotate(first, second)
    sheet = page(second)
    assert [sheet.cell(1, column).value for column in (5, 6, 7)] == ["Finding", "Finding 2", None]
    assert sheet["E3"].value == "by the auditor"
    assert str(sheet["F3"].value).startswith("(1) Error in B3: ")


def test_write_todo_when_the_input_is_an_annotated_copy_then_its_findings_are_left_behind(
    tmp_path: Path, source: Path, target: Path
) -> None:
    """They name cells of another file, and may be mended by now."""
    annotate(source, target)
    job = report(of_each_status()[:2], target, sheet="终端")
    write_todo(job, ENGLISH, target, tmp_path / "todo.xlsx")
    header = [cell.value for cell in page(tmp_path / "todo.xlsx")[1]]
    assert header == ["No.", "SN", "Mobile", "E-mail", "Remark", "Result", "Reason", "Next step"]


def test_annotate_when_another_sheet_is_then_checked_then_each_keeps_its_own_column(
    tmp_path: Path, source: Path
) -> None:
    book = load_workbook(source)
    other = book.create_sheet("Other")
    for row in (["SN", "Mobile", "Finding"], ["A 1", "13800138000", "by the auditor"]):
        other.append(row)
    book.save(source)
    first, second, third = (tmp_path / f"{name}.xlsx" for name in ("first", "second", "third"))
    annotate(source, first, sheet="终端")
    annotate(first, second, sheet="Other")
    annotate(second, third, sheet="终端")
    assert dict(packed(second)) == dict(packed(third))
    one, two = load_workbook(third).worksheets
    assert [one.cell(1, column).value for column in (6, 7)] == ["Finding", None]
    assert [two.cell(1, column).value for column in (3, 4, 5)] == ["Finding", "Finding 2", None]
    assert two["C2"].value == "by the auditor"


def test_annotate_when_somebody_calculates_in_our_column_then_a_new_one_is_added(
    source: Path, target: Path
) -> None:
    annotate(source, target)
    book = load_workbook(target)
    book.worksheets[0]["F2"] = "=COUNTA(F3:F9)"
    book.save(target)
    annotate(target, target.with_name("again.xlsx"))
    sheet = page(target.with_name("again.xlsx"))
    assert [sheet.cell(1, column).value for column in (6, 7)] == ["Finding", "Finding 2"]
    assert sheet["F2"].value == "=COUNTA(F3:F9)"


def test_annotate_when_results_come_after_it_then_both_keep_their_columns(
    tmp_path: Path, source: Path
) -> None:
    first, second, third = (tmp_path / f"{name}.xlsx" for name in ("first", "second", "third"))
    annotate(source, first)
    job = report(of_each_status()[:2], first, sheet="终端")
    write_results(job, ENGLISH, first, second)
    annotate(second, third)
    sheet = page(third)
    assert [sheet.cell(1, column).value for column in (6, 7, 15, 16)] == [
        "Finding", "Result", "Request ID", None,
    ]  # fmt: skip
    assert said(third)["batchreset.job"] == job.job.id  # still results of the job
    assert colour(page(third), "B3") == f"{COLOURS[Weight.ERROR]:06X}"


def test_annotate_when_a_cell_looks_like_a_formula_then_nothing_becomes_one(
    tmp_path: Path, target: Path
) -> None:
    source = site(tmp_path / "evil.xlsx", [GOOD, [2, "x", "=cmd|'/C calc'!A0", None, None]])
    book = load_workbook(source)
    for cell, text in (("B3", "=1+1"), ("C3", "@SUM(A1)")):
        book.worksheets[0][cell].value = text
        book.worksheets[0][cell].data_type = "s"
    book.save(source)
    annotate(source, target)
    with zipfile.ZipFile(target) as package:
        assert b"<f" not in package.read("xl/worksheets/sheet1.xml")
    assert [page(target)[cell].data_type for cell in ("B3", "C3", "F3")] == ["s", "s", "s"]


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_annotate_when_the_workbook_is_rich_then_all_else_is_the_same_and_again_after_mending(
    tmp_path: Path, name: str
) -> None:
    source = BOOKS[name](tmp_path / f"{name}.xlsx")
    target = tmp_path / f"copy{source.suffix}"
    made = annotate(source, target, sheet="Terminals")
    assert made.refusal is None
    assert made.rows >= 2
    old, new = dict(packed(source)), dict(packed(target))
    assert {member for member in old if old[member] != new.get(member)} <= OURS | TOLD.get(name, set())
    before, after = CalamineWorkbook.from_path(source), CalamineWorkbook.from_path(target)
    for sheet in before.sheet_names:
        was, now = cells(before, sheet), cells(after, sheet)
        assert {at: now.get(at) for at in was} == was
        assert len(now) - len(was) == (made.rows + 1 if sheet == "Terminals" else 0)
    again = tmp_path / f"again{source.suffix}"
    annotate(target, again, sheet="Terminals")
    assert dict(packed(again)) == dict(packed(target))


@pytest.mark.parametrize("suffix", [".csv", ".xlsm"])
def test_annotate_when_the_workbook_can_take_nothing_then_a_new_one_has_its_rows_and_findings(
    tmp_path: Path, source: Path, suffix: str
) -> None:
    odd = tmp_path / f"odd{suffix}"
    if suffix == ".csv":
        odd.write_text("No.,SN,Mobile\n1,2102310QPD10F3001263,13800138000\n2,00-1,=1+1\n", "utf-8")
    else:
        odd = BOOKS["macros"](odd)
        with zipfile.ZipFile(odd) as package:
            xml = package.read("xl/worksheets/sheet1.xml")
        locked = xml.replace(b"</sheetData>", b'</sheetData><sheetProtection sheet="1"/>')
        parts = {**dict(packed_contents(odd)), "xl/worksheets/sheet1.xml": locked}
        with zipfile.ZipFile(odd, "w") as package:
            for name, content in parts.items():
                package.writestr(name, content)
    target = tmp_path / f"copy{'.xlsx' if suffix == '.csv' else suffix}"
    made = annotate(odd, target)
    assert made.refusal is not None
    table = checked(target)
    again = tmp_path / "again.xlsx"
    assert annotate(target, again).refusal is None
    assert len(table.rows) == len(checked(odd).rows)
    sheet = page(target)
    header = [cell.value for cell in sheet[1]]
    assert header.count("Finding") == [cell.value for cell in page(again)[1]].count("Finding") == 1
    if suffix == ".csv":
        assert [sheet.cell(3, column).value for column in (1, 2, 3)] == ["2", "00-1", "=1+1"]
        assert sheet["C3"].data_type == "s"
        assert colour(sheet, "B3") == f"{COLOURS[Weight.ERROR]:06X}"
    else:
        with zipfile.ZipFile(target) as package:
            assert b"macroEnabled.main+xml" in package.read("[Content_Types].xml")


def packed_contents(path: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as package:
        return [(name, package.read(name)) for name in package.namelist()]


SNS = st.one_of(
    st.none(), st.integers(1, 10**15), st.text("A0 Ａ=+-@_", max_size=6), st.just("A1"), st.just("B2")
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(SNS, min_size=1, max_size=6), second=st.lists(SNS, min_size=1, max_size=6))
def test_annotate_when_any_cells_change_then_the_copy_says_what_a_fresh_check_says(
    tmp_path: Path, first: list[object], second: list[object]
) -> None:
    """Checked, mended, checked: the same findings and marks as if it had never been checked before."""

    def rows(sns: list[object]) -> list[list[object]]:
        return [[number, sn, "13800138000", None, "x"] for number, sn in enumerate(sns, 1)]

    source, copy, mended = (tmp_path / f"{name}.xlsx" for name in ("source", "copy", "mended"))
    annotate(site(source, rows(first)), copy)
    book = load_workbook(copy)
    for number in range(max(len(first), len(second))):
        sn = second[number] if number < len(second) else None
        cells = [number + 1, sn, "13800138000", None, "x"] if number < len(second) else [None] * 5
        for column, value in enumerate(cells, 1):
            cell = book.worksheets[0].cell(number + 2, column)
            cell.value = value  # type: ignore[assignment]  # what a list of objects holds
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(copy)
    annotate(copy, mended)
    fresh = site(tmp_path / "fresh.xlsx", rows(second))
    book = load_workbook(fresh)
    for row, sn in enumerate(second, 2):
        if isinstance(sn, str):
            book.worksheets[0].cell(row, 2).data_type = "s"
    book.save(fresh)
    annotate(fresh, tmp_path / "wanted.xlsx")
    found, wanted = page(mended), page(tmp_path / "wanted.xlsx")
    for row in range(1, max(len(first), len(second)) + 2):
        assert found.cell(row, 6).value == wanted.cell(row, 6).value
        assert colour(found, f"B{row}") == colour(wanted, f"B{row}")
