"""What the reader makes of workbooks: kinds of cells, numbers of rows, and sizes not to be believed."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.errors import SheetError
from batchreset.sheet import worksheet
from batchreset.sheet.raw import BLANK_CELL, Area, CellKind, RawCell, RawRow, RawSheet
from batchreset.sheet.reader import open_book
from batchreset.sheet.worksheet import MAX_COLUMNS, MAX_ROWS
from tests.edge.reading import read_workbook
from tests.makers.books import raw_book, rewrite
from tests.makers.formats import write_excel, write_prefixed, write_strict

FORMULA = RawCell(CellKind.FORMULA, formula=True)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def first_sheet(workbook: Workbook) -> Worksheet:
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    return sheet


def only(path: Path) -> RawSheet:
    (sheet,) = read_workbook(path)
    return sheet


def read_back(path: Path, value: object, number_format: str = "") -> RawCell:
    """What the reader says of one cell that openpyxl has written."""
    workbook = Workbook()
    cell = first_sheet(workbook)["A1"]
    cell.value = value
    if number_format:
        cell.number_format = number_format
    workbook.save(path)
    return only(path).rows[0].cell(1)


def raw_cell(path: Path, xml: str) -> RawCell:
    """What the reader says of one cell given as XML."""
    rows = only(raw_book(path, f'<row r="1">{xml}<c r="B1" t="inlineStr"><is><t>x</t></is></c></row>')).rows
    return rows[0].cell(1)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("2102310QPD", CellKind.TEXT, "2102310QPD"),
        ("00012345", CellKind.TEXT, "00012345"),
        (" A\u200b\n", CellKind.TEXT, " A\u200b\n"),
        ("NA", CellKind.TEXT, "NA"),
        ("null", CellKind.TEXT, "null"),
        (12345, CellKind.NUMBER, "12345"),
        (13800138000.0, CellKind.NUMBER, "13800138000"),
        (1.5, CellKind.NUMBER, "1.5"),
        (-3, CellKind.NUMBER, "-3"),
        (210235123456789, CellKind.NUMBER, "210235123456789"),
        (2.10235123456789e19, CellKind.NUMBER, "2.10235123456789e+19"),
        (0.1, CellKind.NUMBER, "0.1"),
        (dt.datetime(2021, 2, 10), CellKind.DATE, "2021-02-10"),  # noqa: DTZ001  # cells have no zone
        (dt.datetime(2021, 2, 10, 8, 30), CellKind.DATE, "2021-02-10 08:30:00"),  # noqa: DTZ001  # as above
        (dt.time(8, 30), CellKind.DATE, "08:30:00"),
        (dt.timedelta(hours=30), CellKind.DATE, "1900-01-01 06:00:00"),
        (True, CellKind.BOOLEAN, "TRUE"),
        (False, CellKind.BOOLEAN, "FALSE"),
        ("#N/A", CellKind.ERROR, "#N/A"),
    ],
)
def test_cell_when_read_back_then_its_kind_is_kept(
    book: Path, value: object, kind: CellKind, text: str
) -> None:
    assert read_back(book, value) == RawCell(kind, text)


def test_cell_when_no_program_has_calculated_it_then_that_is_told(book: Path) -> None:
    assert read_back(book, "=A2&A3") == FORMULA


def test_cell_when_a_number_is_formatted_with_zeros_then_it_stays_a_number(book: Path) -> None:
    assert read_back(book, 12345, "0" * 20) == RawCell(CellKind.NUMBER, "12345")


def test_cell_when_a_text_looks_like_an_error_then_it_is_text(book: Path) -> None:
    assert raw_cell(book, '<c r="A1" t="inlineStr"><is><t>#N/A</t></is></c>') == RawCell(
        CellKind.TEXT, "#N/A"
    )


@pytest.mark.parametrize(
    ("xml", "cell"),
    [
        ('<c r="A1"><v>21023512345678901248</v></c>', RawCell(CellKind.NUMBER, "21023512345678901248")),
        ('<c r="A1"><v>1E999</v></c>', RawCell(CellKind.NUMBER, "1E999")),
        ('<c r="A1"><v> 1.38E+10 </v></c>', RawCell(CellKind.NUMBER, "1.38E+10")),
        ('<c r="A1" t="n"><v>-.5</v></c>', RawCell(CellKind.NUMBER, "-.5")),
        ('<c r="a1"><v>7</v></c>', RawCell(CellKind.NUMBER, "7")),
        ('<c r="A1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', RawCell(CellKind.TEXT, "ab", formula=True)),
        ('<c r="A1" t="str"><v>ab</v></c>', RawCell(CellKind.TEXT, "ab")),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', RawCell(CellKind.NUMBER, "2", formula=True)),
        ('<c r="A1" t="b"><f>1=1</f><v>1</v></c>', RawCell(CellKind.BOOLEAN, "TRUE", formula=True)),
        ('<c r="A1" t="b"><v>0</v></c>', RawCell(CellKind.BOOLEAN, "FALSE")),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', RawCell(CellKind.ERROR, "#DIV/0!", formula=True)),
        ('<c r="A1" t="d"><v>2021-02-10</v></c>', RawCell(CellKind.DATE, "2021-02-10")),
        ('<c r="A1"><f>1+1</f></c>', FORMULA),
        ('<c r="A1"><f>1+1</f><v/></c>', FORMULA),
        ('<c r="A1"><f>1+1</f><v></v></c>', FORMULA),
        ('<c r="A1"><f t="shared" si="0"/></c>', FORMULA),
        ('<c r="A1" t="str"><f>A2</f></c>', FORMULA),
        (
            '<c r="A1" t="inlineStr"><is><r><t>21</t></r><r><t>02</t></r></is></c>',
            RawCell(CellKind.TEXT, "2102"),
        ),
        (
            '<c r="A1" t="inlineStr"><is><t>杭州</t><rPh sb="0" eb="2"><t>こう</t></rPh></is></c>',
            RawCell(CellKind.TEXT, "杭州"),
        ),
        (
            '<c r="A1" t="inlineStr"><is><t>a_x0041__x005F_x0041__x41_</t></is></c>',
            RawCell(CellKind.TEXT, "aA_x0041__x41_"),
        ),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', BLANK_CELL),
        ('<c r="A1" s="1"/>', BLANK_CELL),
        ('<c r="A1" s="1"><v>44237</v></c>', RawCell(CellKind.DATE, "2021-02-10")),
        # Outside of what a date can be: Excel shows ####
        ('<c r="A1" s="1"><v>13800138000</v></c>', RawCell(CellKind.DATE, "13800138000")),
        ('<c r="A1" s="1"><v>1E999</v></c>', RawCell(CellKind.DATE, "1E999")),
    ],
)
def test_cell_when_written_by_excel_then_its_cached_value_counts(book: Path, xml: str, cell: RawCell) -> None:
    assert raw_cell(book, xml) == cell


def test_cell_when_its_text_has_several_fonts_then_it_is_one_text(book: Path) -> None:
    assert read_back(book, CellRichText("21", TextBlock(InlineFont(b=True), "02"))) == RawCell(
        CellKind.TEXT, "2102"
    )


def test_cell_when_its_text_is_shared_as_excel_does_then_it_is_read(book: Path) -> None:
    cells = "".join(f'<c r="{letter}1" t="s"><v>{index}</v></c>' for index, letter in enumerate("ABC"))
    rich = "<r><t>21</t></r><r><rPr><b/></rPr><t>02</t></r>"
    spoken = '<t>杭州</t><rPh sb="0" eb="2"><t>こうしゅう</t></rPh>'

    sheet = only(raw_book(book, f'<row r="1">{cells}</row>', texts=["2102310QPD", rich, spoken]))

    assert [cell.text for cell in sheet.rows[0].cells] == ["2102310QPD", "2102", "杭州"]


def test_rows_when_blank_ones_stand_between_then_they_are_left_out_and_numbers_kept(book: Path) -> None:
    workbook = Workbook()
    sheet = first_sheet(workbook)
    sheet["B3"], sheet["A7"] = "x", "y"
    sheet["D7"].number_format = "@"
    workbook.save(book)

    assert only(book).rows == (
        RawRow(3, (BLANK_CELL, RawCell(CellKind.TEXT, "x"))),
        RawRow(7, (RawCell(CellKind.TEXT, "y"),)),
    )


def rows_of(count: int) -> str:
    return "".join(
        f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in range(1, count + 1)
    )


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:XFD1048576", "Z99"])
def test_rows_when_the_dimension_lies_then_all_are_read(book: Path, dimension: str) -> None:
    sheet = only(raw_book(book, rows_of(101), before=f'<dimension ref="{dimension}"/>'))

    assert [row.number for row in sheet.rows] == list(range(1, 102))
    assert {len(row.cells) for row in sheet.rows} == {1}


def test_rows_when_they_carry_no_numbers_then_they_are_counted(book: Path) -> None:
    sheet = only(raw_book(book, "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"))

    assert [(row.number, len(row.cells)) for row in sheet.rows] == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("number", "column", "cut_at"),
    [
        (MAX_ROWS, "A", None),
        (MAX_ROWS + 1, "A", MAX_ROWS + 1),
        (1048576, "A", 1048576),
        (1048576, "XFD", None),
    ],
)
def test_rows_when_something_stands_far_below_then_it_is_told_without_counting_there(
    book: Path, number: int, column: str, cut_at: int | None
) -> None:
    far = f'<row r="{number}"><c r="{column}{number}"><v>1</v></c></row>'
    sheet = only(raw_book(book, rows_of(1) + far))

    assert sheet.cut_at == cut_at


@pytest.mark.parametrize(
    "xml",
    [
        '<row r="99999999999999"><c r="A99999999999999"><v>1</v></c></row>',
        '<row r="0"/>',
        '<row r="two"/>',
        '<row r="2"/><row r="2"/>',
        '<row r="3"/><row r="2"/>',
        '<row r="2"><c r="A3"><v>1</v></c></row>',
        '<row r="2"><c r="A12"><v>1</v></c></row>',
        '<row r="2"><c r="2"><v>1</v></c></row>',
        '<row r="2"><c r="ZZZZ2"><v>1</v></c></row>',
        '<row r="2"><c r="XFE2"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="A2"><v>one</v></c></row>',
        '<row r="2"><c r="A2"><v>1_0</v></c></row>',
        '<row r="2"><c r="A2"><v>nan</v></c></row>',
        '<row r="2"><c r="A2"><v>１２</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>0</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        '<row r="2"><c r="A2" t="x"><v>1</v></c></row>',
    ],
)
def test_rows_when_they_say_what_no_sheet_can_then_the_workbook_is_damaged(book: Path, xml: str) -> None:
    with pytest.raises(SheetError) as caught:
        only(raw_book(book, rows_of(1) + xml))

    assert caught.value.code == "sheet-damaged"


def test_columns_when_very_far_right_then_they_are_not_read(book: Path) -> None:
    workbook = Workbook()
    sheet = first_sheet(workbook)
    sheet.cell(1, MAX_COLUMNS, "last")
    sheet.cell(1, MAX_COLUMNS + 1, "beyond")
    workbook.save(book)

    assert len(only(book).rows[0].cells) == MAX_COLUMNS


def test_sheets_when_some_are_hidden_then_all_are_read_and_told_apart(book: Path) -> None:
    workbook = Workbook()
    first_sheet(workbook).title = "List"
    workbook.create_sheet("Old").sheet_state = "hidden"
    workbook.create_sheet("Secret").sheet_state = "veryHidden"
    workbook.create_chartsheet("Chart").add_chart(BarChart())
    workbook.save(book)

    assert [(sheet.name, sheet.hidden) for sheet in read_workbook(book)] == [
        ("List", False),
        ("Old", True),
        ("Secret", True),
    ]


def test_workbook_when_its_name_says_otherwise_then_its_content_counts(tmp_path: Path) -> None:
    book = tmp_path / "terminals.xls"
    Workbook().save(tmp_path / "terminals.xlsx")
    (tmp_path / "terminals.xlsx").rename(book)

    assert only(book).name == "Sheet"


def test_workbook_when_it_has_no_worksheet_then_refused(book: Path, tmp_path: Path) -> None:
    Workbook().save(book)
    xml = b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/></workbook>'
    empty = rewrite(book, tmp_path / "empty.xlsx", {"xl/workbook.xml": xml})

    with pytest.raises(SheetError) as caught:
        read_workbook(empty)

    assert caught.value.code == "no-sheets"


def test_import_when_the_stage_is_only_loaded_then_no_heavy_library_is() -> None:
    heavy = "openpyxl phonenumbers email_validator babel defusedxml pandas aiohttp"
    program = (
        "import sys, batchreset.sheet.load, batchreset.sheet.origin; "
        f"print(*set({heavy!r}.split()) & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def text_row(number: int, *texts: str, attributes: str = "") -> str:
    cells = "".join(
        f'<c r="{column}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in zip("ABCD", texts, strict=False)
    )
    return f'<row r="{number}"{attributes}>{cells}</row>'


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        ("", False),
        (' hidden="1"', True),
        (' hidden="true"', True),
        (' hidden="0"', False),
        (' ht="0" customHeight="1"', True),
        (' ht="15"', False),
        (' outlineLevel="1" hidden="1"', True),
    ],
)
def test_row_when_nobody_sees_it_then_it_is_hidden(book: Path, attributes: str, *, hidden: bool) -> None:
    assert only(raw_book(book, text_row(1, "x", attributes=attributes))).rows[0].hidden == hidden


def whole_sheet(book: Path, *, before: str = "", after: str = "") -> RawSheet:
    """A sheet with this XML around its rows."""
    path = raw_book(book, text_row(1, "x"), before=before)
    with zipfile.ZipFile(path) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml")
    changed = xml.replace(b"</sheetData>", b"</sheetData>" + after.encode())
    return only(rewrite(path, book.with_name("whole.xlsx"), {"xl/worksheets/sheet1.xml": changed}))


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        ('<col min="2" max="3" hidden="1"/>', {2, 3}),
        ('<col min="2" max="2" width="0"/>', {2}),
        (
            '<col min="2" max="2" width="9"/><col min="4" max="16384" hidden="true"/>',
            set(range(4, MAX_COLUMNS + 1)),
        ),
        ('<col min="2" max="1" hidden="1"/>', set()),
    ],
)
def test_columns_when_nobody_sees_them_then_they_are_hidden(
    book: Path, columns: str, hidden: set[int]
) -> None:
    assert whole_sheet(book, before=f"<cols>{columns}</cols>").hidden_columns == hidden


def test_cells_when_merged_then_the_areas_are_known(book: Path) -> None:
    sheet = whole_sheet(
        book, after='<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="XFD9:XFD12"/></mergeCells>'
    )

    assert sheet.merged == (Area(1, 1, 2, 2), Area(9, 16384, 12, 16384))


@pytest.mark.parametrize("reference", ["", "A1:", "#REF!"])
def test_cells_when_merged_over_no_area_then_the_workbook_is_damaged(book: Path, reference: str) -> None:
    with pytest.raises(SheetError) as caught:
        whole_sheet(book, after=f'<mergeCells><mergeCell ref="{reference}"/></mergeCells>')

    assert caught.value.code == "sheet-damaged"


VALUES = '<filterColumn colId="0"><filters><filter val="x"/></filters></filterColumn>'
FILTER = f'<autoFilter ref="A1:D5">{VALUES}</autoFilter>'


@pytest.mark.parametrize(
    ("after", "filtered"),
    [
        (FILTER, [Area(1, 1, 5, 4)]),
        (f'<autoFilter ref="A1:D5">{VALUES}{VALUES}</autoFilter>', [Area(1, 1, 5, 4)]),
        (
            '<autoFilter ref="A1:D5"><filterColumn colId="0"><top10 val="3"/></filterColumn></autoFilter>',
            [Area(1, 1, 5, 4)],
        ),
        ('<autoFilter ref="A1:D5"/>', []),
        ('<autoFilter ref="A1:D5"><filterColumn colId="0" hiddenButton="1"/></autoFilter>', []),
        (
            f"<customSheetViews><customSheetView>{FILTER}</customSheetView></customSheetViews>",
            [],
        ),
    ],
)
def test_filter_when_it_has_a_condition_then_its_area_is_known(
    book: Path, after: str, filtered: list[Area]
) -> None:
    assert list(whole_sheet(book, after=after).filtered) == filtered


@pytest.mark.parametrize("condition", [None, "x == 1"])
def test_filter_when_it_is_a_tables_then_its_area_is_known(book: Path, condition: str | None) -> None:
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet("Terminals")
        sheet.write_url("A9", "mailto:li@example.com")
        sheet.add_table(
            "B2:C5", {"data": [[1, 2], [3, 4], [5, 6]], "columns": [{"header": "x"}, {"header": "y"}]}
        )
    with zipfile.ZipFile(book) as archive:
        table = archive.read("xl/tables/table1.xml")
    if condition:
        table = table.replace(
            b'<autoFilter ref="B2:C5"/>', f'<autoFilter ref="B2:C5">{VALUES}</autoFilter>'.encode()
        )

    path = rewrite(book, book.with_name("table.xlsx"), {"xl/tables/table1.xml": table})

    assert only(path).filtered == ((Area(2, 2, 5, 3),) if condition else ())


def test_date_when_the_workbook_counts_from_1904_then_it_is_the_day_people_see(book: Path) -> None:
    with xlsxwriter.Workbook(book, {"date_1904": True}) as workbook:
        day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        workbook.add_worksheet().write_datetime(0, 0, dt.datetime(2021, 2, 10), day)  # noqa: DTZ001  # no zones

    assert only(book).rows[0].cell(1) == RawCell(CellKind.DATE, "2021-02-10")


def test_cells_when_there_are_more_than_fit_into_memory_then_reading_ends(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worksheet, "MAX_CELLS", 10)

    assert len(only(raw_book(book, rows_of(10))).rows) == 10
    with pytest.raises(SheetError) as caught:
        only(raw_book(book, f'{rows_of(1)}<row r="2"><c r="J2"><v>1</v></c></row>'))
    assert caught.value.code == "sheet-too-large"


def test_heads_when_read_then_only_the_first_rows_of_each_sheet_are(book: Path) -> None:
    path = raw_book(book, rows_of(30) + "<row r='31'><c r='A31'><v>damaged</v></c></row>")

    with open_book(path) as opened:
        assert [row.number for row in opened.heads(20)[0].rows] == list(range(1, 21))
        with pytest.raises(SheetError):
            opened.whole("Terminals")


def test_text_when_a_token_of_it_never_ends_then_reading_does(book: Path) -> None:
    # Not one long text but one long tag, which the parser would look at from its beginning every time.
    endless = "<row r='1' x='" + "y" * (17 << 20)

    with pytest.raises(SheetError) as caught:
        only(raw_book(book, endless))
    assert caught.value.code == "sheet-damaged"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_texts_when_they_are_anything_at_all_then_they_come_back_as_they_were(
    tmp_path: Path, texts: list[str]
) -> None:
    # No file can hold half a surrogate pair, and XML knows no \\r and no two non-characters.
    kept = ["".join(char for char in text if char not in "\r\ufffe\uffff") for text in texts]
    for write in (write_excel, write_strict, write_prefixed):
        path = write(tmp_path / "texts", "Terminals", [[text, "end"] for text in kept])

        assert [row.cell(1).text for row in only(path).rows] == kept
