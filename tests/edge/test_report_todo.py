from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font

from batchreset.model import Resolution, Rules, Status
from batchreset.report.answers import Answer
from batchreset.report.answers import said as said_in
from batchreset.report.columns import headings
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.reported import RowResult
from batchreset.rows import Column, Columns, Problem
from batchreset.sheet.load import load
from batchreset.text import Text, msg
from tests.unit.report.build import make_input, of_each_status, opened, report, result, said, values

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
OWN = ("Site", "SN", "Mobile", "E-mail", "Installed")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "todo.xlsx"


def test_write_todo_when_rows_are_left_then_only_those_in_the_inputs_layout(
    source: Path, target: Path
) -> None:
    assert write_todo(report(of_each_status(), source), ENGLISH, source, target) == ()
    sheet = opened(target)
    shown = values(sheet)
    assert shown[0] == (*OWN, "Result", "Reason", "Next step")
    assert [(row[0], row[5]) for row in shown[1:]] == [
        ("Site 7", "invalid"), ("Site 3", "failed"), ("Site 4", "unknown"), ("Site 5", "not_sent"),
        ("Site 6", "waiting"),
    ]  # fmt: skip
    assert load_workbook(target).sheetnames == ["Terminals"]
    assert sheet.column_dimensions["B"].width == 31
    assert repr(sheet["B1"].font) == repr(opened(source)["B1"].font)
    assert sheet["B3"].number_format == sheet["C3"].number_format == "@"
    assert sheet["E3"].value == dt.datetime(2025, 1, 4)  # noqa: DTZ001 - Excel's dates have no zone
    assert sheet["E3"].number_format == "yyyy-mm-dd"
    assert said(target) == {"batchreset.job": "20261123-7k2m", "batchreset.kind": "todo"}
    assert sheet.sheet_properties.pageSetUpPr is not None
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.print_title_rows) == (True, "$1:$1")


def test_write_todo_when_a_reason_names_a_cell_then_it_says_of_which_file(source: Path, target: Path) -> None:
    bad = result(7, "SN0002", Status.INVALID)
    problem = Problem("email", "Terminals!D7", msg("no @"), msg("Type it again."))
    bad = replace(bad, row=replace(bad.row, problems=(problem,)), reason=msg("Terminals!D7: no @"))
    write_todo(report([bad], source), ENGLISH, source, target)
    assert values(opened(target))[1][6] == "In terminals.xlsx: Terminals!D7: no @"


@pytest.mark.parametrize(("text", "words"), [(ENGLISH, '"unknown,arrived,not arrived"'), (CHINESE, None)])
def test_write_todo_when_answers_were_lost_then_their_cells_offer_what_resolve_takes(
    source: Path, target: Path, text: Text, words: str | None
) -> None:
    rows = [*of_each_status(), result(10, "SN0010", Status.UNKNOWN)]
    write_todo(report(rows, source), text, source, target)
    (choice,) = opened(target).data_validations.dataValidation
    assert str(choice.sqref) == "F4:F5"
    assert not choice.showErrorMessage
    offered = choice.formula1.strip('"').split(",")
    assert words in (None, choice.formula1)
    assert [opened(target)[f"F{row}"].value for row in (4, 5)] == [offered[0]] * 2
    answers = said_in([Answer("F4", f"SN{at}", word) for at, word in enumerate(offered)])
    assert answers == {"SN1": Resolution.ARRIVED, "SN2": Resolution.NOT_ARRIVED}


def test_write_todo_when_no_answer_was_lost_then_nothing_is_offered(source: Path, target: Path) -> None:
    write_todo(report([result(2, "SN0002", Status.FAILED)], source), ENGLISH, source, target)
    assert not opened(target).data_validations.dataValidation


def test_write_todo_when_nothing_is_left_then_only_a_header(source: Path, target: Path) -> None:
    write_todo(report([result(2, "SN0002")], source), ENGLISH, source, target)
    assert values(opened(target)) == [(*OWN, "Result", "Reason", "Next step")]


def test_write_todo_when_cells_have_kinds_then_each_keeps_its_own(tmp_path: Path, target: Path) -> None:
    source = make_input(tmp_path / "kinds.xlsx", ["00012345", 12345, "=1+1"])
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet["B3"].number_format = "00000000"
    sheet["B4"].data_type = "s"
    sheet["A2"], sheet["A3"], sheet["A4"] = 2.5, True, "#N/A"
    sheet["C2"], sheet["C3"] = "=1+1", "x" * 300
    workbook.save(source)
    rows = [
        result(2, "00012345", Status.FAILED),
        result(3, "", Status.FAILED, shown="12345"),
        result(4, "", Status.FAILED, shown="=1+1"),
    ]
    assert write_todo(report(rows, source), ENGLISH, source, target) == ()
    new = opened(target)
    assert [(cell.value, cell.data_type, cell.number_format) for cell in new["B"][1:]] == [
        ("00012345", "s", "@"), (12345, "n", "00000000"), ("=1+1", "s", "@"),
    ]  # fmt: skip
    assert [(cell.value, cell.data_type) for cell in new["A"][1:]] == [(2.5, "n"), (True, "b"), ("#N/A", "e")]
    assert new["C2"].value is None  # nobody has calculated that formula
    assert (len(str(new["C3"].value)), new["C3"].number_format) == (300, "General")


def test_write_todo_when_cells_are_wrong_beyond_their_text_then_a_run_of_the_list_sends_none_of_them(
    tmp_path: Path, target: Path
) -> None:
    """A list is "fix, then run it" (CONTRACT.md): what was not fixed must not go to the other contact."""
    source, book = tmp_path / "list.xlsx", Workbook()
    sheet = book.worksheets[0]
    sheet.append(["SN", "Mobile", "Country", "E-mail"])
    sheet.append(["SN0000000001", "+8613800138001", None, '=LOWER("A@EXAMPLE.COM")'])
    sheet.append(["SN0000000002", "13800138002", '="Germany"', None])
    sheet.append(["SN0000000003", "+8613800138003", None, "c@example.com"])
    sheet.append(["SN0000000004", "+8613800138004", None, None])
    sheet.append(["SN0000000005", "+8613800138005", None, "e@example.com"])
    sheet.append(['="SN0000000006"', "+8613800138006", None, "f@example.com"])
    sheet.merge_cells("D4:D5")
    sheet["D6"].font = Font(strike=True)
    book.save(source)
    table = load(source, rules=Rules())
    bad = [row for row in table.rows if not row.usable]
    assert [row.number for row in bad] == [2, 3, 5, 6, 7]
    results = [RowResult(row, Status.INVALID, msg("bad"), msg("mend")) for row in bad]
    write_todo(report(results, source, sheet="Sheet", columns=table.columns), ENGLISH, source, target)
    again = load(target, rules=Rules())
    assert [[problem.kind for problem in row.problems] for row in again.rows] == [
        ["email-error"], ["country-error"], ["email-error"], ["email-struck"], ["sn-error"],
    ]  # fmt: skip


def test_write_todo_when_reasons_look_like_formulas_then_text(source: Path, target: Path) -> None:
    row = result(3, "SN0003", Status.FAILED, reason=msg("=HYPERLINK()"), next_step=msg("+1"))
    write_todo(report([row], source), ENGLISH, source, target)
    assert {cell.data_type for cell in opened(target)[2][5:]} == {"s"}


def test_write_todo_when_the_input_holds_results_then_they_are_not_carried_along(
    source: Path, target: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.xlsx"
    write_results(report(of_each_status(), source), ENGLISH, source, tmp_path / "results.xlsx")
    write_todo(report(of_each_status(), source), CHINESE, tmp_path / "results.xlsx", target)
    assert values(opened(target))[0] == (*OWN, *headings(CHINESE)[:3])
    left = [result(2, "", Status.INVALID), result(3, "SN0003", Status.FAILED)]
    write_todo(report(left, target), ENGLISH, target, again)
    assert values(opened(again))[0] == (*OWN, "Result", "Reason", "Next step")


def test_write_todo_when_a_row_is_gone_then_written_as_it_was_read(source: Path, target: Path) -> None:
    rows = [result(2, "SN0002"), result(3, "=gone", Status.FAILED), result(30, "done")]
    strangers = write_todo(report(rows, source), ENGLISH, source, target)
    assert [one.row.number for one in strangers] == [3]
    assert values(opened(target))[1][:6] == (
        None, "=gone", "+8613800138000", "lee@example.com", None, "failed",
    )  # fmt: skip


def test_write_todo_when_the_input_is_gone_then_the_rows_are_written_as_read(
    source: Path, target: Path
) -> None:
    source.unlink()
    assert write_todo(report(of_each_status(), source), ENGLISH, source, target) == ()
    assert [row[1] for row in values(opened(target))] == ["SN", None, "SN0003", "SN0004", "SN0005", "SN0006"]


def test_write_todo_when_the_header_has_two_rows_then_one_is_made_of_them(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "two.xlsx", ["A"], header_row=2)
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet["A1"], sheet["A2"], sheet["C2"] = "Place", None, None
    sheet.merge_cells("A1:A2")
    sheet["C1"], sheet["D1"] = "Phone", "Ways to reach"
    sheet["A2"].alignment = Alignment(horizontal="center")
    sheet.column_dimensions["E"].hidden = True
    workbook.save(source)
    columns = Columns(Column(2, "B", "SN"), mobile=Column(3, "C", "Phone"), email=Column(4, "D", "E-mail"))
    rows = [result(3, "A", Status.FAILED)]
    write_todo(report(rows, source, header_row=2, columns=columns), ENGLISH, source, target)
    assert values(opened(target))[0][:5] == ("Place", "SN", "Phone", "E-mail", "Installed")
    assert opened(target).column_dimensions["E"].hidden


def test_write_todo_when_simulated_then_marked(source: Path, target: Path) -> None:
    write_todo(report(of_each_status(), source, simulated=True), ENGLISH, source, target)
    shown = [cell.value for cell in opened(target)[1][5:]]
    assert shown[:3] == list(headings(ENGLISH)[:3])
    assert "REHEARSAL / 演练" in str(shown[3])
    assert said(target)["batchreset.simulated"] == "true"


def test_write_todo_when_the_sheet_has_no_header_then_one_is_made_that_our_loader_knows(
    tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "bare.xlsx"
    workbook = Workbook()
    workbook.worksheets[0].title = "Terminals"
    workbook.worksheets[0].append(["a site", "A1", "lee@example.com"])
    workbook.save(source)
    columns = Columns(Column(2, "B", ""), email=Column(3, "C", ""))
    rows = [result(1, "A1", Status.FAILED)]
    write_todo(report(rows, source, header_row=0, columns=columns), ENGLISH, source, target)
    assert [row[:4] for row in values(opened(target))] == [
        (None, "SN", "E-mail", "Result"), ("a site", "A1", "lee@example.com", "failed"),
    ]  # fmt: skip


def test_write_todo_when_columns_were_put_in_then_a_lost_row_is_written_under_the_right_headers(
    source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    workbook["Terminals"].insert_cols(1)
    workbook["Terminals"].insert_rows(1)
    workbook.save(source)
    write_todo(report([result(3, "GONE", Status.FAILED)], source), ENGLISH, source, target)
    shown = dict(zip(*values(opened(target)), strict=True))
    assert (shown["SN"], shown["Mobile"], shown["E-mail"]) == ("GONE", "+8613800138000", "lee@example.com")


def test_write_todo_when_a_reason_is_long_then_its_row_is_high_enough(source: Path, target: Path) -> None:
    rows = [
        result(3, "SN0003", Status.FAILED, reason=msg("word " * 30)),
        result(4, "SN0004", Status.FAILED, reason=msg("字" * 999)),
        result(5, "SN0005", Status.FAILED),
    ]
    write_todo(report(rows, source), ENGLISH, source, target)
    heights = [opened(target).row_dimensions[row].height for row in (2, 3, 4)]
    assert heights == [45, 409, 15]
