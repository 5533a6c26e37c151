"""Results in feature-rich workbooks: what was in them is in the copy, byte by byte, and cell by cell for
readers that are not ours (openpyxl, calamine; LibreOffice in tests/acceptance/test_libreoffice.py)."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from batchreset.report.columns import headings
from batchreset.report.workbook import write_results
from batchreset.text import Text
from tests.makers.rich import COLUMNS, rich_books
from tests.unit.report.build import of_each_status, report

ENGLISH = Text("en-US")
SHEET = "xl/worksheets/sheet1.xml"
OURS = {
    *(SHEET, "xl/styles.xml", "docProps/custom.xml", "[Content_Types].xml", "_rels/.rels"),
    *("xl/workbook.xml", "xl/_rels/workbook.xml.rels"),
}
"""The sheet, its looks, what says of which job the file is, and what lists the sheets of the summary."""
TOLD = {"table": {"xl/tables/table1.xml"}, "slicers": {"xl/tables/table1.xml"}}
"""Other parts that must know of the new columns: a table that takes them in."""
NEW = [
    r"xl/charts/chart\d+\.xml",
    r"xl/drawings/_rels/drawing\d+\.xml\.rels",
    r"xl/drawings/drawing\d+\.xml",
    r"xl/worksheets/_rels/sheet\d+\.xml\.rels",
    r"xl/worksheets/sheet\d+\.xml",
    r"xl/worksheets/sheet\d+\.xml",
]
"""What is new: the sheets of the summary and the chart of one of them."""
ADDED = ["Summary", "Summary rows"]
STATUSES = ["succeeded", "failed", "unknown", "not_sent", "waiting", "invalid", "duplicate", "recent"]
BOOKS = rich_books()


@pytest.fixture(params=sorted(BOOKS))
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, Path]:
    """The name of a workbook, the workbook, and its copy with results."""
    name = str(request.param)
    source = BOOKS[name](tmp_path / f"{name}.xlsx")
    target = tmp_path / f"results{source.suffix}"
    written = write_results(report(of_each_status(), source), ENGLISH, source, target)
    assert written.refusal is None
    assert written.strangers == ()
    return name, source, target


def test_write_results_when_the_workbook_is_rich_then_all_other_members_are_the_same_bytes(
    pair: tuple[str, Path, Path],
) -> None:
    name, source, target = pair
    allowed = OURS | TOLD.get(name, set())
    old, new = dict(packed(source)), dict(packed(target))
    added = sorted(set(new) - set(old) - {"docProps/custom.xml"})
    assert len(added) == len(NEW)
    assert all(re.fullmatch(kind, name) for kind, name in zip(NEW, added, strict=True))
    assert not set(old) - set(new)
    assert {member for member in old if old[member] != new[member]} <= allowed
    assert len(old) > len(allowed)


def test_write_results_when_the_workbook_is_rich_then_calamine_finds_every_old_cell_and_the_results(
    pair: tuple[str, Path, Path],
) -> None:
    _, source, target = pair
    old, new = CalamineWorkbook.from_path(source), CalamineWorkbook.from_path(target)
    assert new.sheet_names == [*old.sheet_names, *ADDED]
    for sheet in old.sheet_names:
        before, after = cells(old, sheet), cells(new, sheet)
        assert before or sheet == "Overview"  # a chart sheet
        assert {at: after.get(at) for at in before} == before
        added = after.keys() - before.keys()
        assert not added or sheet == "Terminals"
    shown = cells(new, "Terminals")
    first = next(column for (row, column), value in shown.items() if (row, value) == (0, "Result"))
    assert [shown[0, first + at] for at in range(9)] == list(headings(ENGLISH))
    assert [shown[row, first] for row in range(1, 9)] == STATUSES
    assert (
        len(shown) - len(cells(old, "Terminals")) == 9 + 8 * 4 + 6
    )  # headings; four of all rows, six of some


@pytest.mark.parametrize("name", ["filter", "strict", "prefixed"])
def test_write_results_when_the_sheet_has_a_filter_then_its_range_and_the_name_that_repeats_it_are_wider(
    tmp_path: Path, name: str
) -> None:
    source, target = BOOKS[name](tmp_path / "source.xlsx"), tmp_path / "results.xlsx"
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target) as new:
        assert b'ref="A1:O9"' in new.read(SHEET)
        before, after = (
            re.split(b"<(?:x:)?(?=definedName )", book.read("xl/workbook.xml")) for book in (old, new)
        )
    assert len(before) == 4  # three names
    assert [name.partition(b"</")[0] for name in after[1:4]] == [
        name.partition(b"</")[0].replace(b"Terminals!$A$1:$F$9", b"Terminals!$A$1:$O$9")
        if b"_FilterDatabase" in name
        else name.partition(b"</")[0]
        for name in before[1:4]
    ]
    ours = [name for name in after[4:] if b"batchreset." in name]
    assert (len(after), len(ours)) == (7, 2)


def test_write_results_when_rows_have_no_results_then_their_empty_cells_keep_their_looks(
    tmp_path: Path,
) -> None:
    source, target = BOOKS["layout"](tmp_path / "source.xlsx"), tmp_path / "results.xlsx"
    for path in (source, target):
        write_results(report(of_each_status(), path), ENGLISH, path, target.with_name("next.xlsx"))
        target.with_name("next.xlsx").replace(target)
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target) as new:
            row = old.read(SHEET)[old.read(SHEET).index(b'<row r="21"') :].partition(b"</row>")[0]
            assert row.count(b"<c ") == 12
            assert row in new.read(SHEET)


@pytest.mark.parametrize("name", ["table", "slicers"])
def test_write_results_when_the_rows_are_a_table_then_it_takes_the_results_in(
    tmp_path: Path, name: str
) -> None:
    source, target = BOOKS[name](tmp_path / "source.xlsx"), tmp_path / "results.xlsx"
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    with zipfile.ZipFile(target) as new:
        xml = new.read("xl/tables/table1.xml").decode()
    assert xml.count('ref="A1:O9"') == 2
    assert '<tableColumns count="15">' in xml
    assert xml.count("<tableColumn ") == 15


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")  # of parts it would not keep
@pytest.mark.parametrize("values", [True, False])
def test_write_results_when_the_workbook_is_rich_then_openpyxl_finds_every_old_cell_as_it_looked(
    pair: tuple[str, Path, Path], values: bool
) -> None:
    name, source, target = pair
    if name == "strict":
        pytest.skip("openpyxl finds no sheets in ISO Strict")
    old, new = (
        load_workbook(path, data_only=values, rich_text=True, keep_vba=True) for path in (source, target)
    )
    assert new.sheetnames == [*old.sheetnames, *ADDED]
    for name in ADDED:
        del new[name]
    for sheet in old.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    assert look(new[sheet.title][cell.coordinate]) == look(cell)
    assert formula_values(new) == formula_values(old)


def test_write_results_when_written_again_then_nothing_more_is_added(pair: tuple[str, Path, Path]) -> None:
    _, source, target = pair
    again = target.with_name(f"again{source.suffix}")
    written = write_results(report(of_each_status(), source), ENGLISH, target, again)
    assert written.refusal is None
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(again) as new:
        assert sorted(old.namelist()) == sorted(new.namelist())
        assert {name for name in old.namelist() if old.read(name) != new.read(name)} == set()


def cells(book: CalamineWorkbook, sheet: str) -> dict[tuple[int, int], Any]:
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return {
        (row, column): value
        for row, line in enumerate(rows)
        for column, value in enumerate(line)
        if value != ""
    }


def look(cell: Any) -> tuple[object, ...]:
    """What a cell holds and how it looks; its style's number may differ."""
    looks = (cell.number_format, cell.font, cell.fill, cell.border, cell.alignment, cell.protection)
    value = getattr(cell.value, "text", cell.value)  # of an array formula
    return (str(value), cell.data_type, *map(repr, looks), cell.hyperlink and cell.hyperlink.target)


def formula_values(book: Any) -> int:
    """How many cells hold anything, in all sheets."""
    return sum(
        cell.value is not None
        for sheet in book.worksheets
        for row in sheet.iter_rows(max_col=COLUMNS)
        for cell in row
    )


def packed(path: Path) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """Each member's name, its packing, and its bytes as they are packed."""
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name, extra = struct.unpack_from("<HH", raw, member.header_offset + 26)
            begin = member.header_offset + 30 + name + extra
            yield member.filename, (member.compress_type, raw[begin : begin + member.compress_size])
