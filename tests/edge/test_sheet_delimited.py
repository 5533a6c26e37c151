"""Text files: which encoding, which separator, and values that stay as they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchreset.errors import SheetError
from batchreset.sheet import delimited
from batchreset.sheet.raw import RawSheet
from batchreset.sheet.reader import open_book
from batchreset.sheet.worksheet import MAX_COLUMNS, MAX_ROWS
from batchreset.text import Text

LIST = "序列号,手机号\n00012345,13800138000\n"


def read(path: Path, content: bytes) -> tuple[RawSheet, str]:
    """The sheet, and what is said of how it was read."""
    path.write_bytes(content)
    with open_book(path) as book:
        ((sheet,), (note,)) = book.heads(20), book.notes
    return sheet, Text()(note)


def texts(sheet: RawSheet) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in sheet.rows]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
    ],
)
def test_encoding_when_found_then_it_is_told(tmp_path: Path, encoding: str, said: str) -> None:
    sheet, note = read(tmp_path / "site.csv", LIST.encode(encoding))

    assert sheet.name == "site"
    assert texts(sheet) == [["序列号", "手机号"], ["00012345", "13800138000"]]
    assert note == f"Text file: read as {said}, its columns separated by commas."


def test_encoding_when_big_endian_with_a_mark_then_it_is_read(tmp_path: Path) -> None:
    sheet, _ = read(tmp_path / "site.txt", "\ufeffSN\tMobile\n".encode("utf-16-be"))

    assert texts(sheet) == [["SN", "Mobile"]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SN,Mobile;Handy,E-mail\n", "commas"),
        ("SN;Mobile;Name\nx;y;Li, Na\nx;y;Wang, Wei, Dr\n", "semicolons"),
        ("SN\tMobile, private\n", "tabs"),
        ("SN|Mobile|Room\n1|2|a,b,c,d\n", "vertical bars"),
        ('"SN, old";"Mobile"\n"1,2,3";"4"\n', "semicolons"),
        ("SN\n1\n", "commas"),
        ("sep=;\nKennung;Handy\n", "semicolons"),
        ("sep=#\nKennung#Handy\n", "#"),
    ],
)
def test_separator_when_found_by_the_headers_then_it_is_told(tmp_path: Path, text: str, said: str) -> None:
    _, note = read(tmp_path / "site.csv", text.encode())

    assert note.endswith(f"separated by {said}.")


def test_excels_own_first_line_when_there_then_it_is_no_row(tmp_path: Path) -> None:
    sheet, _ = read(tmp_path / "site.csv", b"sep=;\r\nSN;Mobile\r\n")

    assert [row.number for row in sheet.rows] == [1]


@pytest.mark.parametrize(
    "value", ["NA", "null", "None", "nan", "", "TRUE", "1E5", "00012", "13800138000.0", " x "]
)
def test_value_when_a_program_would_guess_then_it_stays_text(tmp_path: Path, value: str) -> None:
    sheet, _ = read(tmp_path / "site.csv", f"SN,Mobile\n{value},x\n".encode())

    assert sheet.rows[1].cell(1).text == value


def test_rows_when_lines_are_blank_short_or_long_then_numbers_are_those_excel_shows(tmp_path: Path) -> None:
    content = b'Title\r\n\r\nSN,Mobile,\r\n"a\nb",1,2,3\r\nx\r\n,,\r\nlast,1\r\n'
    sheet, _ = read(tmp_path / "site.csv", content)

    assert [(row.number, [cell.text for cell in row.cells]) for row in sheet.rows] == [
        (1, ["Title"]),
        (3, ["SN", "Mobile"]),
        (4, ["a\nb", "1", "2", "3"]),
        (5, ["x"]),
        (7, ["last", "1"]),
    ]


def test_file_when_it_holds_nothing_but_line_breaks_then_it_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path / "site.csv", b"\r\n\n")[0].rows == ()


def test_rows_when_there_are_more_than_are_read_then_the_first_of_them_is_told(tmp_path: Path) -> None:
    sheet, _ = read(tmp_path / "site.csv", b"SN,Mobile\n" + b"1,2\n" * (MAX_ROWS + 3))

    assert (len(sheet.rows), sheet.cut_at) == (MAX_ROWS, MAX_ROWS + 1)


def test_columns_when_very_many_then_the_rest_is_not_read(tmp_path: Path) -> None:
    sheet, _ = read(tmp_path / "site.csv", b"SN," + b"x," * (MAX_COLUMNS + 50) + b"y\n")

    assert len(sheet.rows[0].cells) == MAX_COLUMNS


def test_file_when_too_large_then_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_BYTES", 5)

    with pytest.raises(SheetError) as caught:
        read(tmp_path / "site.csv", b"SN,Mobile\n")
    assert caught.value.code == "sheet-too-large"


def test_cells_when_there_are_more_than_fit_into_memory_then_reading_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "MAX_CELLS", 3)

    with pytest.raises(SheetError) as caught:
        read(tmp_path / "site.csv", b"SN,Mobile\n1,2\n")
    assert caught.value.code == "sheet-too-large"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_values_when_they_are_anything_at_all_then_they_come_back_as_they_were(
    tmp_path: Path, rows: list[list[str]], encoding: str
) -> None:
    # A line break is one character, NUL is none, and a mark at the beginning is no text.
    kept = [[cell.replace("\r", "").replace("\0", "") for cell in row] for row in rows]
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows([["SN", "Mobile", "E-mail"], *kept])
    sheet, _ = read(tmp_path / "any.csv", written.getvalue().encode(encoding))
    cells = {row.number: [cell.text for cell in row.cells] for row in sheet.rows}

    for number, row in enumerate(kept, 2):
        found = cells.get(number, [])
        assert [*found, *[""] * (len(row) - len(found))] == row
