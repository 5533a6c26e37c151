"""`handoff.xlsx`: what is in it, and what must not be."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from batchreset.errors import SheetError
from batchreset.model import Actor, Rules, Status
from batchreset.report.columns import left_open
from batchreset.report.handoff_book import write_handoff
from batchreset.reported import JobReport
from batchreset.rows import Contact, Grouping
from batchreset.sheet.load import load
from batchreset.sheet.origin import read_origin
from batchreset.text import Text, msg
from tests.sound import assert_sound, bounds
from tests.unit.report.build import of_each_status, report, result, said

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")


def job(*, simulated: bool = False, many: int = 3) -> JobReport:
    rows = [
        replace(one, row=replace(one.row, number=2 + 8 * turn + at, sn=one.row.sn and f"SN{turn}-{at}"))
        for turn in range(many)
        for at, one in enumerate(of_each_status())
    ]
    made = report(rows, simulated=simulated)
    labels = {one.row.number: f"Site {one.row.number % 3}" for one in rows}
    return replace(made, table=replace(made.table, grouping=Grouping("Site", labels)))


def written(made: JobReport, folder: Path, text: Text = ENGLISH) -> Any:
    write_handoff(made, text, folder / "handoff.xlsx")
    assert_sound(folder / "handoff.xlsx")
    return load_workbook(folder / "handoff.xlsx")


def test_handoff_when_written_then_it_holds_summary_open_rows_and_all_rows(tmp_path: Path) -> None:
    made = job()
    book = written(made, tmp_path)
    assert book.sheetnames == ["Summary", "Open rows", "All rows"]
    assert book.active.title == "Summary"
    assert len(book["Summary"]._charts) == 2
    every, opened = list(book["All rows"].values), list(book["Open rows"].values)
    assert sorted(line[0] for line in every[1:]) == [one.row.number for one in made.results]
    assert {line[2] for line in opened[1:]} == {one.row.number for one in left_open(made.results)}
    assert opened[0][:6] == ("Who must act", "Next step", "Row", "Terminal", "Site", "Contact")
    assert said(tmp_path / "handoff.xlsx") == {"batchreset.job": made.job.id, "batchreset.kind": "handoff"}


def test_handoff_when_rows_are_open_then_it_says_of_each_who_must_act(tmp_path: Path) -> None:
    rows = [result(2 + at, f"S{at}", Status.FAILED, actor=actor) for at, actor in enumerate(Actor)]
    book = written(report(rows), tmp_path)
    words = ["operator", "site contact", "administrator", "Huawei support", "next run", "nobody"]
    assert sorted(line[0] for line in list(book["Open rows"].values)[1:]) == sorted(words)
    assert set(words) <= {cell.value for cell in book["Summary"]["H"]}


@pytest.mark.parametrize("simulated", [False, True])
def test_handoff_when_a_number_is_clicked_then_just_its_rows_are_there(
    tmp_path: Path, simulated: bool
) -> None:
    book = written(job(simulated=simulated), tmp_path)
    page = book["Summary"]
    linked = [cell for row in page.iter_rows() for cell in row if cell.hyperlink]
    header = 2 if simulated else 1
    assert len(linked) == 8 + 8 + 24
    header = 2 if simulated else 1
    sites = next(row[0].row for row in page.iter_rows() if row[0].value == "By Site")
    for cell in linked:
        sheet, _, place = cell.hyperlink.location.rpartition("!")
        area, lines = bounds(place), list(book[sheet.strip("'")].values)
        headings, listed = lines[header - 1], lines[area.top - 1 : area.bottom]
        assert len(listed) == cell.value
        by_site = cell.row > sites
        wanted = page.cell(sites + 1, cell.column).value if by_site else page.cell(cell.row, 1).value
        assert {line[headings.index("Result")] for line in listed} == {wanted}
        if by_site:
            assert {line[headings.index("Site")] for line in listed} == {page.cell(cell.row, 1).value}


@pytest.mark.parametrize("simulated", [False, True])
def test_handoff_when_a_rehearsal_then_every_sheet_says_so(tmp_path: Path, simulated: bool) -> None:
    book = written(job(simulated=simulated), tmp_path)
    for page in book.worksheets:
        assert (
            any("REHEARSAL" in str(cell.value) for row in page.iter_rows(max_row=2) for cell in row)
            is simulated
        )
    header = 2 if simulated else 1
    for page in book.worksheets[1:]:
        assert page.freeze_panes == f"A{header + 1}"
        assert page.auto_filter.ref.startswith(f"A{header}:")
        assert page.print_title_rows == f"$1:${header}"
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_handoff_when_written_then_no_contact_is_in_it_and_every_sn_is_whole(
    tmp_path: Path, text: Text
) -> None:
    contact = Contact("+8613912345678", "chinaPR", "kim.lee@example.com")
    rows = [
        result(
            2,
            "13912345678",
            Status.FAILED,
            reason=msg("{who} said no", who="kim.lee@example.com"),
            contact=contact,
        ),
        result(3, "SN3", next_step=msg("Ring {who}.", who="+8613912345678"), contact=contact),
    ]
    made = report(rows)
    made = replace(
        made, table=replace(made.table, grouping=Grouping("Owner", {2: "kim.lee@example.com", 3: ""}))
    )
    written(made, tmp_path, text)
    with zipfile.ZipFile(tmp_path / "handoff.xlsx") as archive:
        xml = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "kim.lee@" not in xml
    assert "k***@example.com" in xml
    assert not re.search(r"\+8613912345678", xml)
    assert "13912345678" in xml


def test_handoff_when_texts_begin_like_formulas_then_they_stay_texts(tmp_path: Path) -> None:
    made = report([result(2, "=1+1", Status.FAILED, reason=msg("{x}", x="@SUM(A1)"))])
    made = replace(made, table=replace(made.table, grouping=Grouping("=2", {2: "-3"})))
    book = written(made, tmp_path)
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    odd = [cell for cell in cells if str(cell.value).startswith(("=", "@", "-3"))]
    assert {cell.value for cell in odd} >= {"=1+1", "@SUM(A1)", "=2", "-3"}


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_handoff_when_given_as_a_sheet_then_it_is_no_list_of_terminals(tmp_path: Path, text: Text) -> None:
    written(job(), tmp_path, text)
    assert read_origin(tmp_path / "handoff.xlsx") is None
    with pytest.raises(SheetError, match="no-sn-column"):
        load(tmp_path / "handoff.xlsx", rules=Rules())


def test_handoff_when_nothing_is_open_then_the_list_of_it_is_empty(tmp_path: Path) -> None:
    book = written(report([result(2, "S")]), tmp_path)
    assert [len(list(book[name].values)) for name in ("Open rows", "All rows")] == [1, 2]
