"""From a workbook file to a judged table, with the samples and the options."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.errors import SheetError, UsageError
from batchreset.model import Rules
from batchreset.rows import Contact, Row, Table
from batchreset.sheet.load import load
from batchreset.sheet.origin import JOB_PROPERTY, KIND_PROPERTY, Origin, read_origin
from batchreset.sheet.worksheet import MAX_ROWS
from tests.makers import dirty, samples
from tests.makers.books import raw_book, rewrite

SN = "2102310QPD10F3001263"


def written(path: Path, *rows: list[object]) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Terminals"
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def code_of(path: Path, **options: Any) -> str:
    with pytest.raises((SheetError, UsageError)) as caught:
        load(path, rules=Rules(), **options)
    return caught.value.code


def said(row: Row) -> str:
    """What the sample's column `Expected` says of a row."""
    if row.duplicate_of:
        return "duplicate"
    kinds = " ".join(problem.kind for problem in row.problems or row.notes)
    return ("usable" if row.usable else "invalid") + (f": {kinds}" if kinds else "")


def test_samples_when_made_again_then_they_say_the_same() -> None:
    assert samples.stale() == [], "run python -m tests.makers.samples"


def test_samples_check_when_one_is_stale_then_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(samples.SAMPLES, tmp_path / "samples")
    monkeypatch.setattr(samples, "stale", lambda made=samples.stale: made(folder))
    assert samples.main(["--check"]) == 0

    shutil.copy(folder / "dirty.xlsx", folder / "site-hangzhou.xlsx")

    assert samples.main(["--check"]) == 1
    assert capsys.readouterr().out == "stale: samples/site-hangzhou.xlsx\n"


def test_samples_when_written_twice_then_the_bytes_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "SAMPLES", tmp_path)
    samples.main([])
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    samples.main([])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


@pytest.mark.parametrize(
    ("name", "sheet", "header_row", "count", "ignored", "letters"),
    [
        ("site-hangzhou.xlsx", "Terminals", 1, 200, (), "GIJK"),
        ("site-shenzhen-zh.xlsx", "终端台账", 3, 60, (64, 66), "GIJK"),
    ],
)
def test_sample_when_clean_then_every_row_is_usable_without_a_note(
    name: str, sheet: str, header_row: int, count: int, ignored: tuple[int, ...], letters: str
) -> None:
    table = load(samples.SAMPLES / name, rules=Rules())

    assert (table.sheet, table.header_row, table.ignored) == (sheet, header_row, ignored)
    assert [row.number for row in table.rows] == list(range(header_row + 1, header_row + 1 + count))
    assert all(row.usable and not row.notes for row in table.rows)
    columns = (table.columns.sn, table.columns.mobile, table.columns.country, table.columns.email)
    assert "".join(column.letter for column in columns if column) == letters


@pytest.fixture(scope="module")
def dirty_table() -> Table:
    return load(samples.SAMPLES / "dirty.xlsx", rules=Rules())


def test_dirty_sample_when_loaded_then_rows_are_judged_as_its_own_column_expects(dirty_table: Table) -> None:
    sheet = load_workbook(samples.SAMPLES / "dirty.xlsx")["Terminals"]
    expected = {cell.row: cell.value for cell in sheet["H"][3:] if cell.value}
    judged = {row.number: said(row) for row in dirty_table.rows}

    assert judged == {number: text for number, text in expected.items() if text != "ignored"}
    assert dirty_table.ignored == (
        *(row for row, text in expected.items() if text == "ignored"),
        sheet.max_row,
    )


def test_dirty_sample_when_complete_then_every_kind_of_problem_is_in_it(dirty_table: Table) -> None:
    in_sample = {problem.kind for row in dirty_table.rows for problem in (*row.problems, *row.notes)}
    in_program = {
        f"{field}-{kind}"
        for field in ("sn", "mobile", "country", "email")
        for kind in ("number", "date", "boolean", "error", "formula")
        if (field, kind) != ("country", "number")
    } | {
        *("sn-missing", "sn-scientific", "sn-characters", "sn-length", "sn-repeated", "sn-zeros"),
        *("mobile-characters", "mobile-several", "mobile-invalid", "mobile-type", "mobile-country"),
        *("country-unknown", "country-missing", "country-unserved", "country-spelling"),
        *("email-invalid", "email-several", "contact-missing", "mended", "sn-look-alike"),
        *("sn-word", "sn-like-mobile", "mobile-zeros", "mobile-zero", "mobile-abroad"),
        *("sn-struck", "mobile-struck", "email-struck"),
    }

    assert in_sample == in_program


def test_dirty_sample_when_every_row_has_something_then_it_says_so_in_its_own_words() -> None:
    assert len({wrong for *_, wrong, _ in dirty.ROWS}) == len(dirty.ROWS)


def test_load_when_good_then_the_table_says_where_all_comes_from(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["Title"], ["SN", "E-mail"], [SN, "li@example.com"], [], ["Total", 1])

    table = load(path, rules=Rules())

    assert (table.path, table.sheet, table.header_row, table.ignored) == (path, "Terminals", 2, (5,))
    assert table.rows == (Row(3, SN, Contact(email="li@example.com"), SN),)


def test_load_when_no_row_is_usable_then_it_is_no_error(tmp_path: Path) -> None:
    table = load(written(tmp_path / "a.xlsx", ["SN", "Mobile"], [12345, "x"]), rules=Rules())

    assert [row.usable for row in table.rows] == [False]


@pytest.mark.parametrize("rows", [[["SN", "Mobile"]], [["SN", "Mobile"], ["合计", 0]]])
def test_load_when_there_are_no_data_rows_then_refused(tmp_path: Path, rows: list[list[object]]) -> None:
    assert code_of(written(tmp_path / "a.xlsx", *rows)) == "no-rows"


def test_load_when_no_column_holds_contacts_then_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["SN", "Handy"], [SN, "13800138000"])

    assert code_of(path) == "no-contact-column"
    assert load(path, rules=Rules(), columns={"phone": "Handy"}).rows[0].usable


def test_load_when_rows_lie_beyond_what_is_read_then_refused(tmp_path: Path) -> None:
    far = MAX_ROWS + 5
    text = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    header = f'<row r="1">{text.format("A1", "SN")}{text.format("B1", "Mobile")}</row>'
    path = raw_book(tmp_path / "a.xlsx", f'{header}<row r="{far}">{text.format(f"A{far}", SN)}</row>')

    assert code_of(path) == "too-many-rows"


def test_load_when_options_name_sheet_columns_and_country_then_they_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["Kennung", "Handy"], [SN, "07400 123456"])

    table = load(
        path,
        rules=Rules(),
        sheet="terminals",
        columns={"sn": "Kennung", "mobile": "B"},
        default_country="uk",
    )

    assert table.rows[0].contact == Contact("+447400123456", "UK")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"columns": {"serial": "A"}}, "column-field"),
        ({"columns": {"sn": ""}}, "column-header"),
        ({"columns": {"email": "Post"}}, "column-not-found"),
        ({"default_country": "CN"}, "default-country"),
        ({"sheet": "Other"}, "sheet-not-found"),
    ],
)
def test_load_when_an_option_makes_no_sense_then_it_is_named(
    tmp_path: Path, options: dict[str, Any], code: str
) -> None:
    path = written(tmp_path / "a.xlsx", ["SN", "Mobile"], [SN, "13800138000"])

    assert code_of(path, **options) == code


def test_load_when_an_sn_may_be_shorter_then_the_rules_decide(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xlsx", ["SN", "Mobile"], [SN, "13800138000"])

    (row,) = load(path, rules=Rules(sn_max_length=19)).rows

    assert [problem.kind for problem in row.problems] == ["sn-length"]


@pytest.mark.parametrize(
    ("properties", "origin"),
    [
        (
            {JOB_PROPERTY: "20261123-0915-ab12", KIND_PROPERTY: "results"},
            Origin("20261123-0915-ab12", "results"),
        ),
        ({JOB_PROPERTY: "j", KIND_PROPERTY: "todo", "Owner": "Li"}, Origin("j", "todo")),
        ({JOB_PROPERTY: "j", KIND_PROPERTY: "handoff"}, None),
        ({JOB_PROPERTY: "j"}, None),
        ({KIND_PROPERTY: "results"}, None),
        ({"Owner": "Li"}, None),
        ({}, None),
    ],
)
def test_origin_when_a_workbook_carries_our_properties_then_its_job_is_known(
    tmp_path: Path, properties: dict[str, str], origin: Origin | None
) -> None:
    workbook: Any = Workbook()  # types-openpyxl knows no custom properties
    for name, value in properties.items():
        workbook.custom_doc_props.append(StringProperty(name=name, value=value))
    workbook.save(tmp_path / "a.xlsx")

    assert read_origin(tmp_path / "a.xlsx") == origin


def test_origin_when_the_file_is_no_workbook_then_the_error_is_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("SN,Mobile\n")
    with pytest.raises(SheetError) as caught:
        read_origin(path)
    assert caught.value.code == "sheet-text"

    workbook: Any = Workbook()  # types-openpyxl knows no custom properties
    workbook.custom_doc_props.append(StringProperty(name=JOB_PROPERTY, value="j"))
    workbook.save(path)
    with pytest.raises(SheetError) as caught:
        read_origin(rewrite(path, tmp_path / "b.xlsx", {"docProps/custom.xml": b"<cut"}))
    assert caught.value.code == "sheet-damaged"
