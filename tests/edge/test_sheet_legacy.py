"""Workbooks that python-calamine reads, in a process of its own whose end is only a bad file."""

from __future__ import annotations

from pathlib import Path

import pytest

from batchreset.errors import SheetError
from batchreset.sheet import calamine_child, legacy
from batchreset.sheet.raw import BLANK_CELL, Area, CellKind, RawCell, RawRow
from batchreset.sheet.reader import open_book
from batchreset.sheet.worksheet import MAX_COLUMNS, MAX_ROWS
from batchreset.text import Text
from tests.edge.reading import read_workbook
from tests.makers.formats import Grid, Write, ods, write_ods, write_xls, write_xlsb
from tests.makers.golden.sheet import DAY

GRID: Grid = [[], [None, "SN", 13800138000, 2.10235123456789e19, 1.5, True], [], ["NA", " x "]]
TEXT, NUMBER = CellKind.TEXT, CellKind.NUMBER


@pytest.mark.parametrize("write", [write_xls, write_xlsb, write_ods])
def test_workbook_when_of_an_older_or_other_format_then_cells_keep_kind_and_place(
    tmp_path: Path, write: Write
) -> None:
    (sheet,) = read_workbook(write(tmp_path / "a", "终端", GRID))

    assert (sheet.name, sheet.hidden, sheet.cut_at) == ("终端", False, None)
    assert sheet.rows == (
        RawRow(
            2,
            (
                BLANK_CELL,
                RawCell(TEXT, "SN"),
                RawCell(NUMBER, "13800138000"),
                RawCell(NUMBER, "2.10235123456789e+19"),
                RawCell(NUMBER, "1.5"),
                RawCell(CellKind.BOOLEAN, "TRUE"),
            ),
        ),
        RawRow(4, (RawCell(TEXT, "NA"), RawCell(TEXT, " x "))),
    )


@pytest.mark.parametrize("write", [write_xls, write_ods])
def test_date_when_in_another_format_then_it_is_one(tmp_path: Path, write: Write) -> None:
    (sheet,) = read_workbook(write(tmp_path / "a", "List", [[DAY]]))

    assert sheet.rows[0].cell(1) == RawCell(CellKind.DATE, "2021-02-10")


def test_workbook_when_its_name_says_otherwise_then_its_content_counts(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a", "List", GRID).rename(tmp_path / "a.xlsx")

    assert read_workbook(path)[0].name == "List"


def test_workbook_when_the_format_tells_less_then_a_note_says_so(tmp_path: Path) -> None:
    with open_book(write_ods(tmp_path / "a", "List", GRID)) as book:
        (note,) = book.notes

    assert Text()(note).startswith("An .ods file: hidden rows, error cells and formulas without a value")


def test_sheets_when_hidden_then_they_are_told_apart(tmp_path: Path) -> None:
    hidden = '<table:table table:name="Old" table:style-name="h"><table:table-row/></table:table>'
    path = ods(tmp_path / "a.ods", f'<table:table table:name="List"/>{hidden}')

    assert [(sheet.name, sheet.rows) for sheet in read_workbook(path)] == [("List", ()), ("Old", ())]


def repeated(rows: int, columns: int) -> str:
    cell = '<table:table-cell office:value-type="float" office:value="1"'
    return (
        '<table:table table:name="List">'
        f'<table:table-row table:number-rows-repeated="{rows}">'
        f'{cell} table:number-columns-repeated="{columns}"/></table:table-row></table:table>'
    )


def test_columns_when_very_far_right_then_they_are_not_read(tmp_path: Path) -> None:
    (sheet,) = read_workbook(ods(tmp_path / "a.ods", repeated(1, MAX_COLUMNS + 9)))

    assert len(sheet.rows[0].cells) == MAX_COLUMNS


def test_rows_when_there_are_more_than_are_read_then_the_first_of_them_is_told(tmp_path: Path) -> None:
    (sheet,) = read_workbook(ods(tmp_path / "a.ods", repeated(MAX_ROWS + 5, 1)))

    assert (len(sheet.rows), sheet.cut_at) == (MAX_ROWS, MAX_ROWS + 1)


@pytest.mark.parametrize(("rows", "columns"), [(1_048_576, 16_384), (100_000, 400)])
def test_workbook_when_it_unfolds_to_gigabytes_then_it_is_refused(
    tmp_path: Path, rows: int, columns: int
) -> None:
    path = ods(tmp_path / "a.ods", repeated(rows, columns))

    with pytest.raises(SheetError) as caught:
        read_workbook(path)
    assert caught.value.code in {"sheet-too-large", "sheet-damaged"}


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import os; os.abort()", "sheet-damaged"),
        ("raise SystemExit(3)", "sheet-damaged"),
        ("1 / 0", "sheet-damaged"),
        ("", "sheet-damaged"),
        ("print('[1, \"Tx\"]')", "sheet-damaged"),
        ("print('{}')", "sheet-damaged"),
        ("print('no JSON')", "sheet-damaged"),
        ('print(\'{"refused": "password"}\')', "sheet-encrypted"),
        ('print(\'{"refused": "memory"}\')', "sheet-too-large"),
        ("import time; time.sleep(60)", "sheet-slow"),
    ],
)
def test_child_when_it_ends_badly_then_the_file_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, code: str
) -> None:
    path = write_xls(tmp_path / "a", "List", GRID)
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(calamine_child, "__file__", str(child))
    if code == "sheet-slow":
        monkeypatch.setattr(legacy, "TIMEOUT_S", 0.2)

    with pytest.raises(SheetError) as caught:
        read_workbook(path)

    assert (caught.value.code, caught.value.exit_code) == (code, 3)
    assert "a.xls" in Text()(caught.value.message)


def test_merged_cells_when_the_library_tells_them_then_the_areas_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        'print(\'{"sheet": "List", "hidden": true, "merged": [[1, 1, 2, 1]]}\\n[1, "Tx"]\\n"end"\')'
    )
    monkeypatch.setattr(calamine_child, "__file__", str(child))
    (sheet,) = read_workbook(write_xls(tmp_path / "a", "List", GRID))

    assert (sheet.hidden, sheet.merged) == (True, (Area(1, 1, 2, 1),))
