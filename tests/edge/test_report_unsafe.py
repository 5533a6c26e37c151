"""Workbooks that can't take their results safely: a workbook of its own, and a sentence that says why."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.model import Status
from batchreset.ooxml.archive import write_archive
from batchreset.report import fitting, sidecar
from batchreset.report.files import write_all
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.rows import Column, Columns
from batchreset.sheet.raw import CellKind, RawCell, RawRow, RawSheet
from batchreset.sheet.reader import Book
from batchreset.text import Text
from tests.makers.books import raw_book, rewrite
from tests.makers.rich import rich_books
from tests.unit.report.build import make_input, of_each_status, opened, report, result, values

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")
SHEET = "xl/worksheets/sheet1.xml"
RELS = "xl/_rels/workbook.xml.rels"
REVISIONS = (
    b'<Relationship Id="rIdRevisions" Target="revisions/revisionHeaders.xml" Type="http://schemas.openxml'
    b'formats.org/officeDocument/2006/relationships/revisionHeaders"/></Relationships>'
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results.xlsx"


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def protected(source: Path) -> dict[str, bytes | None]:
    return {SHEET: part(source, SHEET).replace(b"</sheetData>", b'</sheetData><sheetProtection sheet="1"/>')}


def signed(source: Path) -> dict[str, bytes | None]:
    del source
    return {"_xmlsignatures/sig1.xml": b"<Signature/>"}


def shared(source: Path) -> dict[str, bytes | None]:
    return {
        RELS: part(source, RELS).replace(b"</Relationships>", REVISIONS),
        "xl/revisions/revisionHeaders.xml": b"<headers/>",
    }


def no_room(source: Path) -> dict[str, bytes | None]:
    return {SHEET: part(source, SHEET).replace(b"</row>", b'<c r="XFD1"><v>1</v></c></row>', 1)}


def out_of_order(source: Path) -> dict[str, bytes | None]:
    return {SHEET: part(source, SHEET).replace(b'<row r="3"', b'<row r="2"', 1)}


def with_document_type(source: Path) -> dict[str, bytes | None]:
    return {SHEET: b'<!DOCTYPE a [<!ENTITY e "x">]>' + part(source, SHEET)}


CASES: dict[str, tuple[Callable[[Path], dict[str, bytes | None]], str]] = {
    "protected": (protected, "the sheet Terminals is protected"),
    "signed": (signed, "carries a digital signature"),
    "shared": (shared, "keeps a record of all changes"),
    "no room": (no_room, "no room for more columns"),
    "out of order": (out_of_order, "its rows or cells are not in order"),
    "document type": (with_document_type, "its XML has a document type"),
}


@pytest.mark.parametrize("case", CASES)
def test_write_all_when_results_can_not_be_added_safely_then_beside_the_input_and_said_why(
    source: Path, tmp_path: Path, case: str
) -> None:
    change, why = CASES[case]
    odd = rewrite(source, tmp_path / "odd.xlsx", change(source))
    before = odd.read_bytes()
    files = write_all(
        report(of_each_status(), odd), ENGLISH, odd, tmp_path / "job", exit_code=1, in_place_of=odd
    )
    (note,) = files.notes
    assert why in ENGLISH(note)
    assert "odd.xlsx" in ENGLISH(note)
    assert "results.xlsx" in ENGLISH(note)
    assert (odd.read_bytes(), files.in_place, files.backup) == (before, None, None)
    shown = values(opened(files.results))
    assert shown[0][1:5] == ("SN", "Mobile", "E-mail", "Result")
    assert shown[0][-1] == "Row"
    assert [(row[1], row[4], row[-1]) for row in shown[1:3]] == [
        ("SN0002", "succeeded", 2), ("SN0003", "failed", 3),
    ]  # fmt: skip
    assert len(shown) == 9


def test_write_results_when_the_sheet_is_protected_then_the_list_still_has_its_own_cells(
    source: Path, tmp_path: Path
) -> None:
    odd = rewrite(source, tmp_path / "odd.xlsx", protected(source))
    write_todo(report(of_each_status(), odd), ENGLISH, odd, tmp_path / "todo.xlsx")
    assert [row[0] for row in values(opened(tmp_path / "todo.xlsx"))][1] == "Site 7"


def test_write_results_when_a_password_protects_a_member_then_beside_it(source: Path, target: Path) -> None:
    raw = bytearray(source.read_bytes())
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    source.write_bytes(raw)
    refusal = write_results(report(of_each_status(), source), ENGLISH, source, target).refusal
    assert refusal is not None
    assert "password" in ENGLISH(refusal.why)


def test_write_results_when_two_parts_have_one_name_then_beside_it(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("XL/workbook.xml", b"<other/>")
    refusal = write_results(report(of_each_status(), source), ENGLISH, source, target).refusal
    assert refusal is not None
    assert "same name" in ENGLISH(refusal.why)


def tamper(change: Callable[[Path, Path], None]) -> Callable[..., None]:
    """`write_archive`, and then something goes wrong with what it wrote."""

    def write(source: zipfile.ZipFile, target: Path, *args: object) -> None:
        write_archive(source, target, *args)  # type: ignore[arg-type] # passed on as it came
        raw = target.with_name("raw.zip")
        target.rename(raw)
        change(raw, target)

    return write


def in_the_sheet(old: bytes, new: bytes) -> Callable[[Path, Path], None]:
    def change(raw: Path, target: Path) -> None:
        xml = part(raw, SHEET)
        assert old in xml
        rewrite_packed(raw, target, {SHEET: xml.replace(old, new, 1)})

    return change


def rewrite_packed(raw: Path, target: Path, parts: dict[str, bytes | None]) -> None:
    """Change members and copy the others as they are packed."""
    with zipfile.ZipFile(raw) as archive:
        left = {name: content for name, content in parts.items() if content is not None}
        write_archive(archive, target, {name: (content,) for name, content in left.items()}, {})


def no_zip(raw: Path, target: Path) -> None:
    target.write_bytes(raw.read_bytes()[:100])


DAMAGE: dict[str, Callable[[Path, Path], None]] = {
    "an old cell": in_the_sheet(b"SN0003", b"SN0033"),
    "an old style": in_the_sheet(b'<c r="D3" s="3"', b'<c r="D3" s="2"'),
    "an old cell gone": in_the_sheet(b'<c r="B3" t="inlineStr"><is><t>SN0003</t></is></c>', b""),
    "a result": in_the_sheet(b">failed<", b">succeeded<"),
    "a result of another row": in_the_sheet(b'<c r="F4"', b'<c r="F5"'),
    "a result gone": in_the_sheet(b">failed</t></is></c>", b"></t></is></c>"),
    "a comment": in_the_sheet(b"</row>", b"</row><!-- c -->"),
    "a row more": in_the_sheet(b"</sheetData>", b'<row r="99"/></sheetData>'),
    "what is behind": in_the_sheet(b"<pageMargins", b"<pageMarginx"),
    "what is before": in_the_sheet(b"<sheetFormatPr", b"<sheetFormatPx"),
    "no XML": in_the_sheet(b"</worksheet>", b""),
    "another part": lambda raw, target: rewrite_packed(raw, target, {"xl/theme/theme1.xml": b"<theme/>"}),
    "its looks": lambda raw, target: rewrite_packed(raw, target, {"xl/styles.xml": b"<styles/>"}),
    "a part more": lambda raw, target: rewrite_packed(raw, target, {"xl/more.xml": b"<more/>"}),
    "the same, packed anew": lambda raw, target: rewrite_packed(
        raw, target, {"xl/worksheets/sheet2.xml": part(raw, "xl/worksheets/sheet2.xml") + b" "}
    ),
    "no zip": no_zip,
}


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_write_results_when_the_copy_does_not_read_back_then_it_is_not_used(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, damage: str, again: bool
) -> None:
    if again:  # the columns are there already
        write_results(report(of_each_status(), source), CHINESE, source, target)
        target.replace(source)
    monkeypatch.setattr(fitting, "write_archive", tamper(DAMAGE[damage]))
    written = write_results(report(of_each_status(), source), ENGLISH, source, target)
    assert written.refusal is not None
    assert opened(target)["E2"].value == "succeeded"
    assert opened(target)["N2"].value == 2


ODD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>SN</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>SN2</t></is></c><c r="M2" s="0"/><!-- {} --><extLst/></row>'
)


@pytest.mark.parametrize(
    "change",
    [("SN2", "SN3"), ("M2", "N2"), ("{}", "!"), ("<extLst/>", ""), (">succeeded<", ">failed<"), ("", "")],
)
def test_write_results_when_a_copied_row_is_odd_then_it_is_read_back_all_the_same(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]
) -> None:
    source = raw_book(tmp_path / "odd.xlsx", ODD)
    old, new = change
    monkeypatch.setattr(fitting, "write_archive", tamper(in_the_sheet(old.encode(), new.encode())))
    job = report([result(2, "SN2")], source, columns=Columns(Column(1, "A", "SN")))
    assert write_results(job, ENGLISH, source, target).copied == (old == new)


def test_write_results_when_nothing_goes_wrong_then_the_copy_is_used(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "write_archive", tamper(lambda raw, target: rewrite_packed(raw, target, {})))
    assert write_results(report(of_each_status(), source), ENGLISH, source, target).copied


def test_write_results_when_the_disk_is_too_full_for_the_copy_then_the_results_alone_are_written(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fitting, "write_archive", full)
    written = write_results(report(of_each_status(), source), ENGLISH, source, target)
    assert written.refusal is not None
    assert ENGLISH(written.refusal.why) == "it can't be copied: No space left on device"
    assert opened(target)["E2"].value == "succeeded"


@contextmanager
def of_another_kind(path: Path) -> Iterator[Book]:
    """What a reader of other formats would find."""
    yield Book(path, _Listed())


class _Listed:
    notes = ()

    def heads(self, last_row: int) -> tuple[RawSheet, ...]:
        del last_row
        return _sheets()

    def whole(self, name: str) -> RawSheet:
        del name
        return _sheets()[0]


def _sheets() -> tuple[RawSheet, ...]:
    texts = [
        ["Site 7 of the north"],
        [],
        ["Site", "SN", "E-mail", "Age", "Due"],
        ["A", "00012", "a@b.cn", "7"],
    ]
    rows = [
        RawRow(number, tuple(RawCell(CellKind.TEXT, text) for text in row))
        for number, row in enumerate(texts, start=1)
        if row
    ]
    odd = (
        RawCell(CellKind.BLANK), RawCell(CellKind.TEXT, "=1+1"), RawCell(CellKind.ERROR, "#N/A"),
        RawCell(CellKind.NUMBER, "13.5"), RawCell(CellKind.BOOLEAN, "TRUE"), RawCell(CellKind.FORMULA),
        RawCell(CellKind.DATE, "2026-01-02"), RawCell(CellKind.NUMBER, "-7"),
    )  # fmt: skip
    return (RawSheet("Terminals", False, (*rows, RawRow(9, odd))),)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_write_results_when_the_input_is_of_another_kind_then_a_workbook_with_all_its_rows(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch, text: Text
) -> None:
    from batchreset.report import inputs

    monkeypatch.setattr(inputs, "open_book", of_another_kind)
    source = tmp_path / "terminals.csv"
    source.write_text("whatever")
    rows = [result(4, "00012"), result(9, "", Status.INVALID, shown="=1+1"), result(30, "GONE")]
    job = report(rows, source, header_row=3)
    written = write_results(job, text, source, target)
    assert written.refusal is not None
    assert written.refusal.other_kind
    assert [one.row.sn for one in written.strangers] == ["GONE"]
    shown = values(opened(target))
    assert shown[0][0] == "Site 7 of the north"
    assert shown[2][:5] == ("Site", "SN", "E-mail", "Age", "Due")
    assert shown[3][:4] == ("A", "00012", "a@b.cn", "7")
    assert shown[8][1:8] == ("=1+1", "#N/A", 13.5, True, None, "2026-01-02", -7)
    assert (shown[2][8], shown[3][8]) == (("Result", "succeeded"), ("结果", "成功"))[text is CHINESE]
    assert opened(target)["B9"].data_type == "s"
    again = target.with_name("again.xlsx")
    assert write_results(job, text, target, again).copied
    assert values(opened(again))[2] == shown[2]


def test_write_results_when_a_simulated_job_can_not_be_copied_then_said_so_too(
    source: Path, target: Path
) -> None:
    source.unlink()
    write_results(report(of_each_status(), source, simulated=True), ENGLISH, source, target)
    assert "REHEARSAL" in str(values(opened(target))[0][-1])


def test_write_sidecar_when_there_are_many_rows_then_each_stands_at_its_number(tmp_path: Path) -> None:
    source = tmp_path / "gone.xlsx"
    rows = [result(number, f"SN{number}") for number in range(2, 2000, 7)]
    written = write_results(report(rows, source), ENGLISH, source, tmp_path / "results.xlsx")
    assert isinstance(written, sidecar.Written)
    sheet = opened(tmp_path / "results.xlsx")
    assert [sheet.cell(number, 2).value for number in (2, 3, 9)] == ["SN2", None, "SN9"]
    assert sheet.cell(sheet.max_row, sheet.max_column).value == sheet.max_row


@pytest.mark.parametrize("suffix", [".xlsm", ".xlsx", ".xltm"])
def test_write_all_when_there_are_macros_then_the_copys_name_says_so(tmp_path: Path, suffix: str) -> None:
    source = rich_books()["macros"](tmp_path / "m.xlsx")
    source = source.rename(source.with_suffix(suffix))
    if suffix == ".xltm":
        types = part(source, "[Content_Types].xml")
        kind = types.replace(b"sheet.macroEnabled.main", b"template.macroEnabled.main")
        source = rewrite(source, tmp_path / "t.xltm", {"[Content_Types].xml": kind})
    files = write_all(report(of_each_status(), source), ENGLISH, source, tmp_path / "job", exit_code=1)
    assert files.results.name == "results.xlsm"
    assert b"sheet.macroEnabled.main" in part(files.results, "[Content_Types].xml")
    assert part(files.results, "xl/vbaProject.bin") == part(source, "xl/vbaProject.bin")


def test_write_results_when_the_input_is_a_template_then_the_copy_is_a_workbook(
    tmp_path: Path, target: Path
) -> None:
    made = make_input(tmp_path / "made.xlsx", ["A"])
    types = part(made, "[Content_Types].xml").replace(b"sheet.main+xml", b"template.main+xml")
    source = rewrite(made, tmp_path / "form.xltx", {"[Content_Types].xml": types})
    assert write_results(report([result(2, "A")], source), ENGLISH, source, target).copied
    assert part(target, "[Content_Types].xml").count(b"sheet.main+xml") == 1
    sheet = load_workbook(target).worksheets[0]
    assert isinstance(sheet, Worksheet)
    assert sheet["F2"].value == "succeeded"


def test_write_results_when_a_workbook_with_macros_is_protected_then_its_stand_in_opens_as_such(
    tmp_path: Path,
) -> None:
    """Excel refuses an .xlsm whose content type is that of an .xlsx."""
    source = rich_books()["macros"](tmp_path / "macros.xlsm")
    with zipfile.ZipFile(source) as package:
        xml = package.read(SHEET)
    locked = xml.replace(b"</sheetData>", b'</sheetData><sheetProtection sheet="1"/>')
    source = rewrite(source, tmp_path / "locked.xlsm", {SHEET: locked})
    for suffix, kind in ((".xlsm", b"macroEnabled.main+xml"), (".xlsx", b"spreadsheetml.sheet.main+xml")):
        target = tmp_path / f"results{suffix}"
        assert not write_results(report(of_each_status(), source), ENGLISH, source, target).copied
        with zipfile.ZipFile(target) as package:
            assert kind in package.read("[Content_Types].xml")
