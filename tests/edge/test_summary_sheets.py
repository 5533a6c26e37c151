"""The sheets of the summary in the user's own workbook: sound, found again, and true to the rows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from openpyxl import Workbook, load_workbook

from batchreset.model import FOR_A_PERSON, Rules, Status, Stop
from batchreset.ooxml.newsheets import slots
from batchreset.ooxml.package import open_package
from batchreset.report.behind import rows_page
from batchreset.report.groups import by_label, tally_of
from batchreset.report.listing import lists_of
from batchreset.report.looks import FILLS
from batchreset.report.overview import summary_page
from batchreset.report.sidecar import Written
from batchreset.report.workbook import write_results
from batchreset.reported import JobReport
from batchreset.rows import Grouping
from batchreset.sheet.load import load
from batchreset.text import LANGS, Text, msg
from tests.makers.rich import rich_books
from tests.sound import assert_sound, bounds
from tests.unit.report.build import make_input, of_each_status, opened, report, result

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
BOOKS = rich_books()
SITES = {row: "=cmd|' /C calc'!A0" if row % 3 == 0 else f"Site {row % 2}" for row in range(2, 10)}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results.xlsx"


def grouped(source: Path, labels: dict[int, str] | None = None, **more: Any) -> JobReport:
    made = report(of_each_status(), source, **more)
    return replace(made, table=replace(made.table, grouping=Grouping("Site", labels or SITES)))


def write(made: JobReport, source: Path, target: Path, text: Text = ENGLISH) -> Written:
    written = write_results(made, text, source, target)
    assert written.refusal is None
    return written


def changed(path: Path, change: Callable[[str], str], part: str = "xl/workbook.xml") -> None:
    """Change a part of a workbook, as another program would have."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    before = held[part].decode()
    held[part] = change(before).encode()
    assert held[part] != before.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in held.items():
            archive.writestr(name, content)


def parts_of(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


@pytest.mark.parametrize("name", sorted(BOOKS))
def test_summary_when_the_workbook_is_rich_then_the_package_is_sound_the_first_and_the_second_time(
    name: str, tmp_path: Path
) -> None:
    source = BOOKS[name](tmp_path / "rich.xlsx")
    first, second = (tmp_path / f"{word}{source.suffix}" for word in ("first", "second"))
    write(grouped(source), source, first)
    assert_sound(first)
    fewer = {row: "One" if row < 6 else "Two" for row in range(2, 10)}
    write(grouped(source, fewer), first, second, CHINESE)
    assert_sound(second)
    assert parts_of(second) == parts_of(first)


def test_summary_when_the_workbook_is_strict_then_its_parts_are_too(tmp_path: Path, target: Path) -> None:
    source = BOOKS["strict"](tmp_path / "strict.xlsx")
    write(grouped(source), source, target)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target) as new:
        added = set(new.namelist()) - set(old.namelist())
        assert len(added) == 8
        spaces = {found for name in added for found in re.findall(rb'"(http[^"]*)"', new.read(name))}
    assert {space for space in spaces if b"purl.oclc.org/ooxml/" not in space} == {
        b"http://schemas.openxmlformats.org/package/2006/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    } & spaces


def test_summary_when_written_then_numbers_words_and_rows_agree_with_the_job(
    source: Path, target: Path
) -> None:
    made = grouped(source)
    write(made, source, target)
    page = opened(target, "Summary")
    cells = {str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None}
    assert "3 of 8 done (37 %)" in cells
    assert "3 done + 2 for a later run + 3 for a person = 8" in cells
    assert (
        "1 succeeded + 1 recent + 1 duplicate + 1 waiting + 1 not_sent + 1 unknown + 1 failed + 1 invalid"
        " = 8 rows" in cells
    )
    top = row_of(page, "By result")
    table = {page.cell(row, 1).value: page.cell(row, 2).value for row in range(top + 2, top + 11)}
    assert table == {**{status.value: 1 for status in Status}, "Together": 8}
    at = row_of(page, "By Site")
    headings = [page.cell(at + 1, column).value for column in range(1, 12)]
    for row, group in enumerate(by_label(made), start=at + 2):
        line = [page.cell(row, column).value for column in range(1, 12)]
        assert line[:2] == [group.label, group.tally.rows]
        said = dict(zip(headings[3:], line[3:], strict=True))
        assert said == {status.value: count for status, count in group.tally.counts.items()}
    assert {"Operator", "lee", "First attempt", "rate", "10"} <= cells


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("many", [1, 40])
def test_summary_when_a_number_is_clicked_then_just_its_rows_are_there(
    tmp_path: Path, lang: str, many: int
) -> None:
    text = Text("zh-CN") if lang == "zh-CN" else ENGLISH
    rows = [
        replace(one, row=replace(one.row, number=2 + 8 * turn + at, sn=f"S{turn}-{at}"))
        for turn in range(many)
        for at, one in enumerate(of_each_status())
    ]
    source = make_input(tmp_path / "source.xlsx", [one.row.sn for one in rows])
    made = report(rows, source)
    labels = {one.row.number: f"Site {one.row.number % 3}" for one in rows}
    made = replace(made, table=replace(made.table, grouping=Grouping("Site", labels)))
    write(made, source, tmp_path / "results.xlsx", text)
    book: Any = load_workbook(tmp_path / "results.xlsx")
    page, behind = book.worksheets[-2:]
    leading = [cell for row in page.iter_rows() for cell in row if cell.hyperlink]
    assert len(leading) >= len(Status)
    top = row_of(page, text(msg("By Site")) if lang == "en-US" else "按 Site")
    for cell in leading:
        left, first, right, last = bounds(cell.hyperlink.location.rpartition("!")[2])
        assert cell.hyperlink.location.startswith(f"'{behind.title}'!")
        listed = [
            [behind.cell(row, column).value for column in range(left, right + 1)]
            for row in range(first, last + 1)
        ]
        assert len(listed) == cell.value
        wanted = page.cell(top + 1, cell.column).value if cell.row > top else page.cell(cell.row, 1).value
        assert {line[3] for line in listed} == {wanted}
        if cell.row > top:
            assert {line[2] for line in listed} == {page.cell(cell.row, 1).value}
    for cell in (cell for row in behind.iter_rows(min_row=3) for cell in row if cell.hyperlink):
        sheet, _, place = cell.hyperlink.location.rpartition("!")
        assert sheet == "'Terminals'"
        row = bounds(place).top
        assert (book["Terminals"].cell(row, 2).value or None) == behind.cell(cell.row, 2).value
    assert behind["A1"].hyperlink.location == f"'{page.title}'!A1"
    filtered = bounds(behind.auto_filter.ref)
    assert filtered.bottom - filtered.top == len(rows)


def test_summary_when_charted_then_its_cells_hold_what_its_charts_show(source: Path, target: Path) -> None:
    made = grouped(source)
    write(made, source, target)
    book: Any = load_workbook(target)
    charts = [name for name in parts_of(target) if name.startswith("xl/charts/")]
    assert len(charts) == 2
    with zipfile.ZipFile(target) as archive:
        for name in charts:
            held = [
                one
                for one in fromstring(archive.read(name)).iter()
                if one.tag.endswith(("}strRef", "}numRef"))
            ]
            assert len(held) >= 3
            for one in held:
                formula = next(part.text for part in one if part.tag.endswith("}f"))
                shown = [value.text for value in one.iter() if value.tag.endswith("}v")]
                assert shown == [str(value) for value in at(book, str(formula))]
    first = book["Summary"]._charts
    assert [type(one).__name__ for one in first] == ["BarChart", "BarChart"]


def at(book: Any, formula: str) -> list[Any]:
    sheet, _, place = formula.rpartition("!")
    left, top, right, bottom = bounds(place)
    page = book[sheet.strip("'")]
    return [
        page.cell(row, column).value for row in range(top, bottom + 1) for column in range(left, right + 1)
    ]


def test_summary_when_there_are_too_many_groups_then_they_are_listed_and_not_charted(
    tmp_path: Path, target: Path
) -> None:
    rows = [result(at, f"S{at}") for at in range(2, 34)]
    source = make_input(tmp_path / "source.xlsx", [one.row.sn for one in rows])
    made = report(rows, source)
    labels = {at: f"Site {at // 2}" for at in range(2, 34)}
    write(replace(made, table=replace(made.table, grouping=Grouping("Site", labels))), source, target)
    assert sum(name.startswith("xl/charts/") for name in parts_of(target)) == 1
    page = opened(target, "Summary")
    assert row_of(page, "Site 16")


@pytest.mark.parametrize("own", ["Summary", "SUMMARY", "summary "])
def test_summary_when_the_user_has_such_a_sheet_then_ours_gets_a_number_and_keeps_it(
    source: Path, target: Path, own: str
) -> None:
    workbook = load_workbook(source)
    workbook.create_sheet(own)["A1"] = "mine"
    workbook.save(source)
    write(grouped(source), source, target)
    wanted = "Summary (2)" if own.strip() == own else "Summary"
    for _ in range(2):
        book = load_workbook(target)
        assert book.sheetnames == ["Terminals", "Notes", own, wanted, "Summary rows"]
        assert book[own]["A1"].value == "mine"
        write(grouped(source), target, target.with_name("next.xlsx"))
        target.with_name("next.xlsx").replace(target)


def test_slots_when_two_sheets_want_one_name_then_the_second_gets_a_number(source: Path) -> None:
    with open_package(source) as package:
        found = slots(package, {"a": "Notes", "b": "X" * 40, "c": "x" * 31})
    assert [one.name for one in found] == ["Notes (2)", "X" * 31, "x" * 27 + " (2)"]


def test_summary_when_it_was_renamed_and_moved_then_it_is_replaced_where_it_is(
    source: Path, target: Path
) -> None:
    write(grouped(source), source, target)

    def moved(xml: str) -> str:
        entry = re.search(r'<sheet name="Summary"[^>]*/>', xml)
        assert entry
        xml = xml.replace(entry[0], "").replace("<sheets>", f"<sheets>{entry[0]}")
        xml = re.sub(r'localSheetId="([01])"', lambda found: f'localSheetId="{int(found[1]) + 1}"', xml)
        return xml.replace('"Summary"', '"Lee&apos;s page"').replace("'Summary'!", "'Lee''s page'!")

    changed(target, moved)
    again = target.with_name("again.xlsx")
    written = write(grouped(source, dict.fromkeys(range(2, 10), "All")), target, again)
    assert written.notes == ()
    assert_sound(again)
    assert load_workbook(again).sheetnames == ["Lee's page", "Terminals", "Notes", "Summary rows"]
    page = opened(again, "Lee's page")
    assert row_of(page, "All")
    back = opened(again, "Summary rows")["A1"]
    assert back.hyperlink is not None
    assert back.hyperlink.location == "'Lee''s page'!A1"


def test_summary_when_the_user_has_deleted_it_then_it_comes_again(source: Path, target: Path) -> None:
    write(grouped(source), source, target)
    workbook = load_workbook(target)
    del workbook["Summary"]
    workbook.save(target)
    again = target.with_name("again.xlsx")
    write(grouped(source), target, again)
    assert_sound(again)
    assert load_workbook(again).sheetnames == ["Terminals", "Notes", "Summary rows", "Summary"]


def test_summary_when_openpyxl_saved_it_in_between_then_nothing_piles_up(source: Path, target: Path) -> None:
    write(grouped(source), source, target)
    load_workbook(target).save(target)
    between = parts_of(target)
    again = target.with_name("again.xlsx")
    write(grouped(source), target, again)
    assert_sound(again)
    assert load_workbook(again).sheetnames == ["Terminals", "Notes", "Summary", "Summary rows"]
    assert parts_of(again) == between


def test_summary_when_other_parts_hang_on_the_old_one_then_they_go_and_what_others_use_stays(
    source: Path, target: Path
) -> None:
    write(grouped(source), source, target)
    notes = '<c:comments xmlns:c="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/comments7.xml", notes)
        archive.writestr("xl/media/used-twice.xml", "<a/>")
        link = f'<Relationship Id="rId7" Type="{kind}/image" Target="/xl/media/used-twice.xml"/>'
        relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        archive.writestr("xl/worksheets/_rels/sheet2.xml.rels", f"{relations}{link}</Relationships>")
    more = f'{link}<Relationship Id="rId8" Type="{kind}/comments" Target="../comments7.xml"/></Relationships>'
    changed(target, lambda xml: xml.replace("</Relationships>", more), "xl/worksheets/_rels/sheet3.xml.rels")
    entry = '<Override PartName="/xl/comments7.xml" ContentType="x"/></Types>'
    changed(target, lambda xml: xml.replace("</Types>", entry), "[Content_Types].xml")
    again = target.with_name("again.xlsx")
    write(grouped(source), target, again)
    assert_sound(again)
    assert "xl/comments7.xml" not in parts_of(again)
    assert "xl/media/used-twice.xml" in parts_of(again)


@pytest.mark.parametrize(
    "lock", ['<workbookProtection lockStructure="1"/>', '<workbookProtection lockStructure="true"/>']
)
def test_summary_when_the_structure_is_protected_then_results_come_without_it_and_that_is_told(
    source: Path, target: Path, lock: str
) -> None:
    changed(source, lambda xml: re.sub("<workbookProtection[^>]*/>", lock, xml))
    written = write(grouped(source), source, target)
    assert [ENGLISH(note) for note in written.notes] == [
        "The results have no Summary sheet (its structure is protected): it is in handoff.xlsx."
    ]
    assert load_workbook(target).sheetnames == ["Terminals", "Notes"]
    assert opened(target)["F2"].value == "succeeded"


def test_summary_when_the_workbook_can_take_no_results_then_it_stands_in_the_sidecar(
    source: Path, target: Path
) -> None:
    workbook = load_workbook(source)
    workbook["Terminals"].protection.enable()
    workbook.save(source)
    made = grouped(source)
    written = write_results(made, ENGLISH, source, target)
    assert written.refusal is not None
    assert_sound(target)
    book: Any = load_workbook(target)
    assert book.sheetnames == ["Terminals", "Summary", "Summary rows"]
    page = book["Terminals"]
    assert (page.auto_filter.ref, page.freeze_panes) == ("A1:M9", "A2")
    behind = book["Summary rows"]
    row = next(cell for cell in behind["B"] if cell.value == "SN0003").row
    assert behind.cell(row, 1).hyperlink.location == "'Terminals'!A3:M3"


def test_summary_when_texts_begin_like_formulas_then_they_stay_texts(source: Path, target: Path) -> None:
    write(grouped(source, operator="=1+1"), source, target)
    for sheet in ("Summary", "Summary rows"):
        for row in opened(target, sheet).iter_rows():
            assert not [cell.coordinate for cell in row if cell.data_type == "f"]
    quoted = [
        cell
        for row in opened(target, "Summary").iter_rows()
        for cell in row
        if str(cell.value).startswith("=")
    ]
    assert {cell.value for cell in quoted} == {"=cmd|' /C calc'!A0", "=1+1"}
    assert all(cell.quotePrefix for cell in quoted)


def test_summary_when_a_reason_or_a_site_holds_a_contact_then_it_is_masked(
    source: Path, target: Path
) -> None:
    rows = [result(2, "SN0002", Status.FAILED, reason=msg("{who} is wrong", who="kim@example.com"))]
    stop = Stop("x", 6, msg("Refused for {who}.", who="13800138000"), msg("Ask."))
    made = report(rows, source, stop=stop)
    write(
        replace(made, table=replace(made.table, grouping=Grouping("Site", {2: "kim@example.com"}))),
        source,
        target,
    )
    with zipfile.ZipFile(target) as archive:
        for name in ("xl/worksheets/sheet3.xml", "xl/worksheets/sheet4.xml"):
            xml = archive.read(name).decode()
            assert "k***@example.com" in xml
            assert "kim@" not in xml
            assert "13800138000" not in xml


def test_results_when_read_again_without_a_word_then_their_summary_is_no_list_of_terminals(
    source: Path, target: Path
) -> None:
    for text in (ENGLISH, CHINESE):
        write(grouped(source), source, target, text)
        assert load(target, rules=Rules()).sheet == "Terminals"


def plain_input(path: Path, header_row: int = 1) -> Path:
    workbook = Workbook()
    sheet: Any = workbook.worksheets[0]
    sheet.title = "Terminals"
    for column, header in enumerate(("Site", "SN", "Mobile", "E-mail"), start=1):
        sheet.cell(header_row, column, header)
    for row in range(2, 10):
        sheet.cell(header_row - 1 + row, 2, "SN0002" if row == 8 else f"SN{row:04}")
    workbook.save(path)
    return path


@pytest.mark.parametrize("header_row", [1, 3])
def test_results_when_the_sheet_has_no_filter_and_no_frozen_header_then_it_gets_them(
    tmp_path: Path, target: Path, header_row: int
) -> None:
    source = plain_input(tmp_path / "plain.xlsx", header_row)
    rows = [
        replace(one, row=replace(one.row, number=one.row.number - 1 + header_row)) for one in of_each_status()
    ]
    write(report(rows, source, header_row=header_row), source, target)
    assert_sound(target)
    sheet: Any = opened(target)
    assert sheet.auto_filter.ref == f"A{header_row}:M{header_row + 8}"
    assert sheet.freeze_panes == f"A{header_row + 1}"
    with zipfile.ZipFile(target) as archive:
        name = re.search(rb"<definedName[^>]*_FilterDatabase[^>]*>([^<]*)<", archive.read("xl/workbook.xml"))
    assert name
    assert name[1].decode() == f"'Terminals'!$A${header_row}:$M${header_row + 8}"


def test_results_when_the_sheet_has_its_own_filter_and_panes_then_they_are_kept(
    source: Path, target: Path
) -> None:
    write(report(of_each_status(), source), source, target)
    sheet: Any = opened(target)
    assert (sheet.auto_filter.ref, sheet.freeze_panes) == ("A1:N9", "C2")


@pytest.mark.parametrize(
    ("view", "kept"),
    [
        ('<sheetView workbookViewId="0" view="pageLayout"/>', True),
        ('<sheetView workbookViewId="0"><pane xSplit="3000" activePane="topRight"/></sheetView>', True),
        (
            '<sheetView workbookViewId="0" topLeftCell="B40"><selection sqref="C3"/></sheetView>',
            False,
        ),
        ('<sheetView workbookViewId="0"/>', False),
    ],
)
def test_results_when_the_sheet_is_shown_otherwise_then_what_can_be_frozen_is(
    tmp_path: Path, target: Path, view: str, kept: bool
) -> None:
    source = plain_input(tmp_path / "plain.xlsx")
    part = "xl/worksheets/sheet1.xml"
    changed(source, lambda xml: re.sub("<sheetView .*?</sheetView>", view, xml), part)
    write(report(of_each_status(), source), source, target)
    assert_sound(target)
    with zipfile.ZipFile(target) as archive:
        xml = archive.read(part).decode()
    assert (view in xml) is kept
    assert ('ySplit="1"' in xml) is not kept
    assert "B40" not in xml


def test_results_when_a_table_stands_in_the_filters_way_then_the_sheet_gets_none(
    target: Path, tmp_path: Path
) -> None:
    source = BOOKS["table"](tmp_path / "table.xlsx")
    write(report(of_each_status(), source), source, target)
    assert opened(target).auto_filter.ref is None


def test_results_when_a_person_must_act_then_the_word_is_bold_and_not_only_coloured(
    source: Path, target: Path
) -> None:
    write(report(of_each_status(), source), source, target)
    cells = [row[5] for row in opened(target).iter_rows(min_row=2, max_row=9)]
    bold = {cell.value for cell in cells if cell.font.b}
    assert bold == {status.value for status in FOR_A_PERSON}
    for cell in cells:
        assert str(cell.fill.start_color.rgb) == f"FF{FILLS[Status(str(cell.value))]}"


def row_of(page: Any, title: str) -> int:
    """The first row that begins with a text."""
    return next(int(row[0].row) for row in page.iter_rows() if row[0].value == title)


def test_summary_of_nothing_when_written_then_it_says_so(tmp_path: Path, target: Path) -> None:
    source = plain_input(tmp_path / "plain.xlsx")
    made = report([], source)
    assert tally_of(made).rows == 0
    write(made, source, target)
    assert_sound(target)
    assert not [name for name in parts_of(target) if "chart" in name]


@pytest.mark.parametrize(("sites", "listed"), [(1, 5000), (600, 250 * 10)])
def test_rows_behind_when_there_are_very_many_then_some_of_each_number_are_listed_and_the_rest_is_told(
    sites: int, listed: int
) -> None:
    rows = [result(at, f"S{at}") for at in range(2, 6002)]
    made = report(rows)
    labels = {at: f"Site {at % sites:03}" for at in range(2, 6002)}
    made = replace(made, table=replace(made.table, grouping=Grouping("Site", labels)))
    lists = lists_of(made)
    page, places = rows_page(made, ENGLISH, "Behind", "Summary", lists, lambda one: f"'T'!A{one.row.number}")
    assert len(page.links) == 1 + listed
    told = [cell.value for cell in page.cells.values() if str(cell.value).startswith("… and")]
    assert told == (["… and 1000 more: filter them in the sheet Terminals."] if sites == 1 else [])
    assert len(places.groups) == min(sites, 250)
    assert len(summary_page(made, ENGLISH, "Summary", lists, places).cells) < 5000
