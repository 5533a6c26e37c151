"""Where the result columns go in sheets of all shapes, and what of the sheet must know about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.table import Table as SheetTable

from batchreset.model import Status
from batchreset.report.columns import headings
from batchreset.report.workbook import write_results
from batchreset.rows import Column, Columns
from batchreset.text import Text
from tests.unit.report.build import (
    make_input,
    of_each_status,
    opened,
    report,
    result,
    sheet_xml,
    values,
)

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
HEADINGS = headings(ENGLISH)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results.xlsx"


def test_write_results_when_only_the_first_three_are_there_then_the_rest_is_added_at_the_right(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "todo-like.xlsx", ["A"])
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    for column, heading in enumerate(HEADINGS[:3], start=6):
        sheet.cell(1, column, heading)
    sheet["I1"] = "Remark of mine"
    workbook.save(source)
    write_results(report([result(2, "A")], source), ENGLISH, source, target)
    assert [cell.value for cell in opened(target)[1][5:]] == [
        *HEADINGS[:3], "Remark of mine", *HEADINGS[3:],
    ]  # fmt: skip


def test_write_results_when_the_user_has_a_result_column_then_it_is_left_alone(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "mine.xlsx", ["A"])
    workbook = load_workbook(source)
    workbook["Terminals"]["F1"] = "Result"
    workbook["Terminals"]["F2"] = "installed"
    workbook.save(source)
    write_results(report([result(2, "A")], source), ENGLISH, source, target)
    assert [cell.value for cell in opened(target)[1][5:]] == ["Result", *HEADINGS]
    assert opened(target)["F2"].value == "installed"


def test_write_results_when_there_are_title_rows_then_written_beside_the_header(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "title.xlsx", ["A", "B"], header_row=4)
    workbook = load_workbook(source)
    workbook["Terminals"]["A1"] = "Terminals of site 7"
    workbook["Terminals"].merge_cells("A1:G2")
    workbook.save(source)
    write_results(report([result(5, "A"), result(6, "B")], source, header_row=4), ENGLISH, source, target)
    new = opened(target)
    assert new["H4"].value == "Result"
    assert [new["H5"].value, new["H6"].value] == ["succeeded", "succeeded"]
    assert [str(area) for area in new.merged_cells.ranges] == ["A1:G2"]


def test_write_results_when_all_columns_have_one_width_then_ours_have_their_own(
    source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    wide = sheet.column_dimensions["D"]
    wide.min, wide.max, wide.width, wide.hidden = 4, 16384, 12.5, False
    workbook.save(source)
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    xml = sheet_xml(target)
    spans = [
        tuple(int(part.split('"')[1]) for part in tag.split() if part.startswith(("min=", "max=")))
        for tag in xml.split("<cols>")[1].split("</cols>")[0].split("<col ")[1:]
    ]
    taken = [column for low, high in map(sorted, spans) for column in range(low, high + 1)]
    assert len(taken) == len(set(taken))
    assert taken[-1] == 16384
    assert opened(target).column_dimensions["G"].width == 56


def test_write_results_when_in_a_table_then_the_table_takes_the_columns_in(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "table.xlsx", ["A", "B"])
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet.auto_filter.ref = None
    sheet.add_table(SheetTable(displayName="Devices", ref="A1:E3"))
    workbook.save(source)
    rows = [result(2, "A"), result(3, "B")]
    write_results(report(rows, source), ENGLISH, source, target)
    table = opened(target).tables["Devices"]
    assert table.ref == table.autoFilter.ref == "A1:N3"
    assert [column.name for column in table.tableColumns][5:] == list(HEADINGS)
    write_results(report(rows, source), CHINESE, target, tmp_path / "again.xlsx")
    table = opened(tmp_path / "again.xlsx").tables["Devices"]
    assert table.ref == "A1:N3"
    assert [column.name for column in table.tableColumns][5:] == list(headings(CHINESE))
    assert len({column.id for column in table.tableColumns}) == 14


def test_write_results_when_a_table_of_something_else_stands_beside_the_rows_then_it_stays_as_it_was(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "table.xlsx", ["A", "B"])
    workbook = load_workbook(source)
    for column, header in zip("HI", ("Model", "Price"), strict=True):
        workbook["Terminals"][f"{column}1"] = header
    workbook["Terminals"].add_table(SheetTable(displayName="Prices", ref="H1:I2"))
    workbook.save(source)
    written = write_results(report([result(2, "A"), result(3, "B")], source), ENGLISH, source, target)
    assert opened(target).tables["Prices"].ref == "H1:I2"
    assert [opened(target).cell(1, column).value for column in (10, 11)] == [None, "Result"]
    assert written.notes == ()


def test_write_results_when_the_table_has_our_heading_already_then_it_is_not_extended(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "table.xlsx", ["A"])
    workbook = load_workbook(source)
    workbook["Terminals"]["A1"] = "result"
    workbook["Terminals"].add_table(SheetTable(displayName="Devices", ref="A1:E2"))
    workbook.save(source)
    write_results(report([result(2, "A")], source), ENGLISH, source, target)
    assert opened(target).tables["Devices"].ref == "A1:E2"


def test_write_results_when_the_user_filters_and_validates_then_kept(source: Path, target: Path) -> None:
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet.auto_filter.add_filter_column(0, ["Site 2"])
    sheet.row_dimensions[4].hidden = True
    sheet.conditional_formatting.add("B2:B9", duplicates())
    workbook.save(source)
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    new = opened(target)
    assert new.auto_filter.filterColumn[0].colId == 0
    assert new.row_dimensions[4].hidden
    assert len(new.conditional_formatting) == 1


def test_write_results_when_rows_and_columns_were_put_in_then_all_is_found_by_its_header(
    tmp_path: Path, source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet.insert_rows(1, 2)
    sheet.insert_cols(1)
    sheet["A1"] = "A title"
    workbook.save(source)
    rows = [result(3, "SN0003", Status.FAILED), result(9, "SN0009")]
    assert write_results(report(rows, source), ENGLISH, source, target).strangers == ()
    new = opened(target)
    assert new["G3"].value == "Result"
    assert [(new.cell(row, 3).value, new.cell(row, 7).value) for row in (5, 11)] == [
        ("SN0003", "failed"), ("SN0009", "succeeded"),
    ]  # fmt: skip


def test_write_results_when_the_sn_stands_right_of_old_results_then_the_rows_are_found(
    source: Path, target: Path, tmp_path: Path
) -> None:
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    workbook = load_workbook(target)
    sheet = workbook["Terminals"]
    for row in range(1, 10):
        sheet.cell(row, 16, sheet.cell(row, 2).value)
        for column in range(1, 6):
            sheet.cell(row, column).value = None
    workbook.save(target)
    columns = Columns(sn=Column(16, "P", "SN"))
    job = report([result(5, "SN0003"), result(9, "SN0009")], target, columns=columns)
    written = write_results(job, ENGLISH, target, tmp_path / "again.xlsx")
    assert (written.copied, written.strangers) == (True, ())
    shown = [opened(tmp_path / "again.xlsx").cell(row, 6).value for row in range(1, 10)]
    assert shown == ["Result", None, "succeeded", *[None] * 5, "succeeded"]


def test_write_results_when_the_header_stands_twice_then_taken_to_be_where_it_was(
    source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    workbook["Terminals"]["B1"], workbook["Terminals"]["F1"], workbook["Terminals"]["G1"] = None, "SN", "sn"
    workbook.save(source)
    write_results(report([result(2, "SN0002")], source), ENGLISH, source, target)
    assert (opened(target)["H1"].value, opened(target)["H2"].value) == ("Result", "succeeded")


def test_write_results_when_the_sheet_has_no_header_then_results_without_one_and_in_place_again(
    tmp_path: Path, target: Path
) -> None:
    source = tmp_path / "bare.xlsx"
    workbook = Workbook()
    workbook.worksheets[0].title = "Terminals"
    workbook.worksheets[0]["B1"] = "A1"
    workbook.save(source)
    bare: Any = {"header_row": 0, "columns": Columns(Column(2, "B", ""))}
    write_results(report([result(1, "A1", Status.FAILED)], source, **bare), ENGLISH, source, target)
    assert values(opened(target))[0][:4] == (None, "A1", "failed", "The service confirmed the reset.")
    write_results(report([result(1, "A1")], target, **bare), ENGLISH, target, tmp_path / "again.xlsx")
    assert values(opened(tmp_path / "again.xlsx"))[0][1:3] == ("A1", "succeeded")
    assert opened(tmp_path / "again.xlsx").max_column <= 11
    source.unlink()
    assert not write_results(report([result(1, "A1")], source, **bare), ENGLISH, source, target).copied
    assert values(opened(target))[0][1:3] == ("A1", "succeeded")


def test_write_results_when_the_user_merged_cells_over_old_results_then_new_columns_are_added(
    source: Path, target: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.xlsx"
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    workbook = load_workbook(target)
    workbook["Terminals"].merge_cells("F2:H3")
    workbook.save(target)
    written = write_results(report(of_each_status(), target), ENGLISH, target, again)
    assert written.copied
    assert opened(again)["O1"].value == "Result"
    assert opened(again)["O3"].value == "failed"


def test_write_results_when_the_filter_stands_elsewhere_then_left_alone(source: Path, target: Path) -> None:
    workbook = load_workbook(source)
    workbook["Terminals"].auto_filter.ref = "A3:B9"
    workbook.save(source)
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    assert opened(target).auto_filter.ref == "A3:B9"


def test_write_results_when_the_free_columns_were_hidden_then_ours_are_seen(
    source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    hidden = workbook["Terminals"].column_dimensions["G"]
    hidden.min, hidden.max, hidden.hidden = 7, 9, True
    workbook.save(source)
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    shown = opened(target).column_dimensions
    assert [shown[letter].hidden for letter in "FGHIJ"] == [False] * 5


def test_write_results_when_the_header_is_merged_over_two_rows_then_headings_stand_in_the_lower(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "merged.xlsx", ["A", "B"], header_row=2)
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet["B1"], sheet["B2"] = "SN", None
    sheet.merge_cells("B1:B2")
    workbook.save(source)
    write_results(report([result(3, "A"), result(4, "B")], source, header_row=2), ENGLISH, source, target)
    assert [opened(target).cell(row, 6).value for row in (1, 2, 3)] == [None, "Result", "succeeded"]
    sheet.insert_rows(1)
    sheet.unmerge_cells("B1:B2")
    sheet["B2"] = "SN"
    sheet.merge_cells("B2:B3")
    workbook.save(source)
    write_results(report([result(3, "A"), result(4, "B")], source, header_row=2), ENGLISH, source, target)
    assert [opened(target).cell(row, 6).value for row in (2, 3, 4)] == [None, "Result", "succeeded"]


def duplicates() -> Any:
    from openpyxl.formatting.rule import Rule

    return Rule(type="duplicateValues", stopIfTrue=True)
