from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from batchreset.model import Status
from batchreset.report.columns import headings
from batchreset.report.looks import FILLS
from batchreset.report.workbook import write_results
from batchreset.rows import Column, Columns
from batchreset.text import Text, msg
from tests.makers.books import raw_book
from tests.unit.report.build import (
    NOW,
    make_input,
    of_each_status,
    opened,
    report,
    result,
    said,
    sheet_xml,
    values,
)

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
HEADINGS = headings(ENGLISH)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results.xlsx"


def test_write_results_when_read_back_then_all_old_cells_are_equal(source: Path, target: Path) -> None:
    written = write_results(report(of_each_status(), source), ENGLISH, source, target)
    assert written.copied
    assert written.strangers == ()
    old, new = opened(source), opened(target)
    for row in old.iter_rows():
        for cell in row:
            copy = new[cell.coordinate]
            assert (copy.value, copy.data_type) == (cell.value, cell.data_type)
            for look in ("number_format", "font", "fill", "border", "alignment"):
                assert repr(getattr(copy, look)) == repr(getattr(cell, look))
    assert new.freeze_panes == old.freeze_panes == "C2"
    assert new.column_dimensions["B"].width == 31
    assert values(opened(target, "Notes")) == values(opened(source, "Notes"))


def test_write_results_when_read_back_then_the_rows_have_their_results(source: Path, target: Path) -> None:
    write_results(report(of_each_status(), source), ENGLISH, source, target)
    new = opened(target)
    assert [cell.value for cell in new[1][5:]] == list(HEADINGS)
    assert repr(new["F1"].font) == repr(new["E1"].font)
    assert repr(new["F1"].fill) == repr(new["E1"].fill)
    assert [new.cell(row, 6).value for row in range(2, 10)] == [
        "succeeded", "failed", "unknown", "not_sent", "waiting", "invalid", "duplicate", "recent",
    ]  # fmt: skip
    assert new["F3"].fill.start_color.rgb == f"FF{FILLS[Status.FAILED]}"
    assert repr(new["F3"].border) == repr(new["E3"].border)
    assert [cell.value for cell in new[2][6:]] == [
        "The service confirmed the reset.", "Nothing to do.", None, 1, new["K2"].value, 200, None, "r-2",
    ]  # fmt: skip
    assert new["J2"].data_type == "n"
    assert new["J2"].number_format == "General"
    assert new.auto_filter.ref == "A1:N9"


def test_write_results_when_a_text_that_is_no_sn_has_a_reading_then_the_sns_behind_it_are_still_read(
    tmp_path: Path, target: Path
) -> None:
    mute = '<t>{}</t><phoneticPr fontId="1" type="noConversion"/>'  # as a Chinese Excel writes every text
    # in a row further down than headers are looked for, of which only the SN is asked for
    texts = ["SN", *(f"SN{row:04}" for row in range(2, 42))]
    shared = [mute.format(text) for text in texts]
    shared.insert(30, '<t>三楼</t><rPh sb="0" eb="2"><t>san lou</t></rPh>')
    place = {text: shared.index(mute.format(text)) for text in texts}
    where = '<c r="A30" t="s"><v>30</v></c>'
    rows = "".join(
        f'<row r="{row}">{where if row == 30 else ""}<c r="B{row}" t="s"><v>{place[text]}</v></c></row>'
        for row, text in enumerate(texts, start=1)
    )
    source = raw_book(tmp_path / "terminals.xlsx", rows, texts=shared)
    results = [result(row, text) for row, text in enumerate(texts[1:], start=2)]
    assert write_results(report(results, source), ENGLISH, source, target).strangers == ()
    assert [cell.value for cell in opened(target)["C"]] == ["Result", *["succeeded"] * 40]


def test_write_results_when_the_service_says_a_formula_then_it_stays_text(source: Path, target: Path) -> None:
    evil = "=cmd|' /C calc'!A0"
    row = result(
        2, "SN0002", Status.FAILED, reason=msg("{x}", x=evil), next_step=msg("@x"), error_code="+1",
        request_id="-1", not_before=NOW,
    )  # fmt: skip
    write_results(report([row], source), ENGLISH, source, target)
    cells = [cell for cell in opened(target)[2][5:] if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [bool(cell.quotePrefix) for cell in cells] == [False, True, True, False, True, True]
    assert "<f>" not in sheet_xml(target)


def test_write_results_when_an_sn_is_formula_like_text_then_it_stays_text(
    tmp_path: Path, target: Path
) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Terminals"
    sheet["B1"] = "SN"
    for number, sn in enumerate(("=1+1", "00012345", "1E5"), start=2):
        sheet.cell(number, 2, sn).data_type = "s"
    source = tmp_path / "odd.xlsx"
    workbook.save(source)
    rows = [result(2, "", Status.INVALID, shown="=1+1"), result(3, "00012345"), result(4, "1E5")]
    assert write_results(report(rows, source), ENGLISH, source, target).strangers == ()
    shown = [(cell.value, cell.data_type) for cell in opened(target)["B"][1:]]
    assert shown == [("=1+1", "s"), ("00012345", "s"), ("1E5", "s")]


def test_write_results_when_sorted_after_reading_then_found_by_sn(tmp_path: Path, target: Path) -> None:
    source = make_input(tmp_path / "sorted.xlsx", ["C", "B", "A"])
    rows = [result(2, "A", Status.FAILED), result(3, "B"), result(4, "c", Status.UNKNOWN)]
    assert write_results(report(rows, source), ENGLISH, source, target).strangers == ()
    shown = [(row[1], row[5]) for row in values(opened(target))[1:]]
    assert shown == [("C", "unknown"), ("B", "succeeded"), ("A", "failed")]


def test_write_results_when_a_row_is_ambiguous_or_gone_then_returned(tmp_path: Path, target: Path) -> None:
    source = make_input(tmp_path / "changed.xlsx", ["X", "A", "A", "B"])
    rows = [result(2, "A"), result(5, "B"), result(6, "gone", Status.FAILED)]
    written = write_results(report(rows, source), ENGLISH, source, target)
    assert [one.row.number for one in written.strangers] == [2, 6]
    assert [row[5] for row in values(opened(target))[1:]] == [None, None, None, "succeeded"]


@pytest.mark.parametrize(("first", "second"), [(ENGLISH, CHINESE), (CHINESE, ENGLISH), (ENGLISH, ENGLISH)])
def test_write_results_when_written_again_then_the_same_columns(
    source: Path, target: Path, tmp_path: Path, first: Text, second: Text
) -> None:
    again = tmp_path / "again.xlsx"
    write_results(report(of_each_status(), source, simulated=True), first, source, target)
    before = opened(target)
    later = [result(2, "SN0002", Status.RECENT), result(3, "SN0003")]
    write_results(report(later, target), second, target, again)
    new = opened(again)
    assert [cell.value for cell in new[1][5:]] == list(headings(second))
    assert new.max_column == before.max_column - 1 == 14
    words = {ENGLISH: ["recent", "succeeded"], CHINESE: ["近期已重置", "成功"]}[second]
    assert [new.cell(row, 6).value for row in range(2, 10)] == [*words, *[None] * 6]
    assert new["F4"].fill.fill_type is None
    assert new["F2"].fill.start_color.rgb == f"FF{FILLS[Status.RECENT]}"
    assert new.auto_filter.ref == "A1:N9"
    assert "batchreset.simulated" not in said(again)
    assert new["O1"].value is None


def test_write_results_when_chinese_then_headers_and_words_are(source: Path, target: Path) -> None:
    write_results(report(of_each_status(), source), CHINESE, source, target)
    new = opened(target)
    assert [cell.value for cell in new[1][5:]] == list(headings(CHINESE))
    assert new["F2"].value == "成功"


def test_write_results_when_simulated_then_marked(source: Path, target: Path) -> None:
    write_results(report(of_each_status(), source, simulated=True), ENGLISH, source, target)
    shown = [cell.value for cell in opened(target)[1][5:]]
    assert shown[:9] == list(HEADINGS)
    assert "REHEARSAL / 演练" in str(shown[9])
    assert said(target) == {
        "batchreset.job": "20261123-7k2m",
        "batchreset.kind": "results",
        "batchreset.simulated": "true",
    }


def test_write_results_when_sns_are_rich_text_numbers_or_formulas_then_found(
    tmp_path: Path, target: Path
) -> None:
    source = make_input(tmp_path / "kinds.xlsx", ["x", 12345, "x"])
    workbook = load_workbook(source)
    sheet = workbook["Terminals"]
    sheet["B2"] = CellRichText("SN", TextBlock(InlineFont(b=True), "0002"))
    sheet["B4"] = '="SN"&"0004"'
    workbook.save(source)
    give_value(source, "B4", "SN0004")
    rows = [result(2, "SN0002"), result(3, "", Status.INVALID, shown="12345"), result(4, "SN0004")]
    assert write_results(report(rows, source), ENGLISH, source, target).strangers == ()
    assert [row[5] for row in values(opened(target))[1:]] == ["succeeded", "invalid", "succeeded"]
    rich = load_workbook(target, rich_text=True)["Terminals"]["B2"].value
    assert isinstance(rich, CellRichText)
    assert opened(target)["B4"].value == '="SN"&"0004"'


@pytest.mark.parametrize("damage", ["gone", "no workbook", "other sheet", "chart sheet", "no room"])
def test_write_results_when_the_input_cannot_be_copied_then_the_rows_are_written_as_read(
    tmp_path: Path, source: Path, target: Path, damage: str
) -> None:
    ruin(source, damage)
    rows = [result(3, "A", Status.FAILED), result(4, "", Status.INVALID, shown="=bad", contact=None)]
    columns = Columns(sn=Column(2, "B", "SN"), email=Column(4, "D", "E-mail"))
    written = write_results(report(rows, source, columns=columns, header_row=2), ENGLISH, source, target)
    assert not written.copied
    assert written.refusal is not None
    assert written.strangers == ()
    shown = [row[1:6] for row in values(opened(target))[1:]]
    assert shown == [
        ("SN", None, "E-mail", "Result", "Reason"),
        ("A", None, "lee@example.com", "failed", "The service confirmed the reset."),
        ("=bad", None, None, "invalid", "The service confirmed the reset."),
    ]
    assert opened(target)["B4"].data_type == "s"


def test_write_results_when_the_sheet_was_no_excel_name_then_named_all_the_same(
    tmp_path: Path, target: Path
) -> None:
    missing = tmp_path / "gone.csv"
    write_results(report([result(2, "A")], missing, sheet="a/b:c"), ENGLISH, missing, target)
    assert load_workbook(target).sheetnames == ["a b c", "Summary", "Summary rows"]


def test_write_results_when_there_are_macros_then_kept(tmp_path: Path) -> None:
    plain, source, target = tmp_path / "plain.xlsx", tmp_path / "macros.xlsm", tmp_path / "results.xlsm"
    make_input(plain, ["A"])
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(
                    b"officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
                ).replace(b"vnd.openxmlformats-ms", b"vnd.ms")
            new.writestr(name, content)
        new.writestr("xl/vbaProject.bin", b"macros")
    written = write_results(report([result(2, "A")], source), ENGLISH, source, target)
    assert written.copied
    with zipfile.ZipFile(target) as package:
        assert package.read("xl/vbaProject.bin") == b"macros"
        assert b"macroEnabled" in package.read("[Content_Types].xml")


@given(reason=st.text(st.characters()), code=st.text(st.characters(), max_size=20))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_write_results_when_the_reason_is_any_text_then_it_survives_cleaned(
    source: Path, target: Path, reason: str, code: str
) -> None:
    row = result(2, "SN0002", Status.FAILED, reason=msg("{x}", x=reason), error_code=code)
    assert write_results(report([row], source), ENGLISH, source, target).copied
    cell = opened(target)["G2"]
    assert cell.value is None or cell.data_type == "s"


def give_value(path: Path, cell: str, value: str) -> None:
    """Put a calculated text into a formula cell, as Excel would (openpyxl can't)."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    xml = parts["xl/worksheets/sheet1.xml"].decode()
    at = xml.index(f'<c r="{cell}"')
    end = xml.index("</c>", at)
    formula = xml[xml.index("<f>", at) : xml.index("</f>", at) + 4]
    new = f'<c r="{cell}" t="str">{formula}<v>{value}</v>'
    parts["xl/worksheets/sheet1.xml"] = (xml[:at] + new + xml[end:]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    path.write_bytes(buffer.getvalue())


def ruin(source: Path, damage: str) -> None:
    if damage == "gone":
        source.unlink()
    elif damage == "no workbook":
        source.write_bytes(b"<html>not a workbook</html>")
    else:
        workbook = load_workbook(source)
        if damage == "no room":
            workbook["Terminals"]["XFD1"] = "last"
        else:
            workbook["Terminals"].title = "Renamed"
        if damage == "chart sheet":
            workbook.create_chartsheet("Terminals")
        workbook.save(source)
