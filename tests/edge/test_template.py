"""The empty list: our own reader takes it as it is, and it keeps what is typed into it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from batchreset.annotated.workbook import write_annotated
from batchreset.errors import SheetError
from batchreset.model import Rules
from batchreset.rows import Table
from batchreset.service import countries
from batchreset.sheet.header import has_sn
from batchreset.sheet.load import load
from batchreset.template import COLUMNS, write_template
from batchreset.text import LANGS, Lang, Text
from tests.edge.reading import read_workbook


def load_plainly(path: Path) -> Table:
    """As a run without any option reads it."""
    return load(path, rules=Rules())


@pytest.fixture(params=LANGS)
def lang(request: pytest.FixtureRequest) -> Lang:
    made: Lang = request.param
    return made


@pytest.fixture
def template(tmp_path: Path, lang: Lang) -> Path:
    path = tmp_path / "terminals.xlsx"
    write_template(Text(lang), path)
    return path


def fill(template: Path, rows: list[list[Any]]) -> Path:
    """The list with rows, as a program or a person puts them in."""
    book = load_workbook(template)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            if value is not None:
                cell = book.worksheets[0].cell(number, column)
                cell.value = value
                cell.data_type = "s"
    book.save(template.with_name("filled.xlsx"))
    return template.with_name("filled.xlsx")


def sheets(template: Path) -> list[Any]:
    """Its sheets, as openpyxl reads them."""
    return list(load_workbook(template).worksheets)


def test_template_when_empty_then_nothing_in_it_can_be_sent(template: Path) -> None:
    with pytest.raises(SheetError) as raised:
        load_plainly(template)
    assert raised.value.code == "no-rows"


def test_template_when_read_then_only_its_first_sheet_has_sns(template: Path) -> None:
    assert [has_sn(sheet, {}) for sheet in read_workbook(template)] == [True, False, False]
    assert [sheet.hidden for sheet in read_workbook(template)] == [False, False, False]


def test_template_when_filled_in_then_every_column_is_found_without_options(template: Path) -> None:
    table = load_plainly(fill(template, [["0012", "13800138000", "chinaPR", "lee@example.com", "East"]]))
    columns = table.columns
    found = [columns.sn, columns.mobile, columns.country, columns.email]
    assert [column and (column.index, column.header) for column in found] == [
        (at, column.header) for at, column in enumerate(COLUMNS[:4], start=1)
    ]
    assert [(row.sn, row.usable, row.notes) for row in table.rows] == [("0012", True, ())]


SNS = st.from_regex(r"[0-9A-Z_]{1,30}", fullmatch=True).filter(lambda sn: any(map(str.isdigit, sn)))
"""What can be a serial number. A word alone is a heading or a sum where it reads like one: `SN`, `TOTAL`."""


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sns=st.lists(SNS, min_size=1, max_size=5))
def test_template_when_any_sns_are_filled_in_then_read_as_they_stand(tmp_path: Path, sns: list[str]) -> None:
    template = tmp_path / "terminals.xlsx"
    write_template(Text(), template)
    table = load_plainly(
        fill(template, [[sn, None, None, f"u{at}@example.com"] for at, sn in enumerate(sns)])
    )
    assert [row.sn for row in table.rows] == sns


def test_template_when_opened_then_what_is_typed_is_text_and_the_header_stays_in_view(template: Path) -> None:
    page = sheets(template)[0]
    assert page.freeze_panes == "A2"
    for column in "ABCDEFG":
        assert page.column_dimensions[column].number_format == "@"
        assert page.column_dimensions[column].width >= 20
        assert page[f"{column}1"].comment is not None
    assert page.max_row == 1
    assert page.print_title_rows == "$1:$1"


def test_template_when_a_country_is_chosen_then_each_value_of_the_service_is_there_and_understood(
    template: Path,
) -> None:
    page, _, lands = sheets(template)
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    listed = rules["C2:C1048576"]
    assert (listed.type, listed.errorStyle, listed.showErrorMessage) == ("list", "warning", True)
    last = lands.max_row
    assert listed.formula1 == f"'{lands.title}'!$A$2:$A${last}"
    values = [lands.cell(row, 1).value for row in range(2, last + 1)]
    assert values == [one.value for one in countries.all_countries()]
    for row in range(2, last + 1):
        one, english, chinese, dial = (str(lands.cell(row, column).value) for column in range(1, 5))
        country = countries.find(one)
        assert country is not None
        assert country.dial_code == dial
        assert {countries.named(english), countries.named(chinese)} == {country}
    assert rules["A2:A1048576"].formula1 == "ISTEXT(A2)"


def test_template_when_made_in_a_language_then_its_help_is(template: Path, lang: Lang) -> None:
    page, how, lands = sheets(template)
    told = " ".join(str(cell.value) for row in how.iter_rows() for cell in row if cell.value)
    notes = " ".join(str(cell.comment.text) for cell in page[1] if cell.comment)
    for words in (told, notes):
        assert ("按终端上" in words) == (lang == "zh-CN")
        assert ("serial number as it stands" in words) == (lang == "en-US")
    assert all(column.header in told for column in COLUMNS)
    assert lands.title == {"en-US": "Countries and regions", "zh-CN": "国家和地区"}[lang]


def test_template_when_looked_into_then_there_is_no_formula_and_no_sign_of_the_maker(template: Path) -> None:
    with zipfile.ZipFile(template) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                assert b"<f>" not in package.read(name)
        assert b"openpyxl" not in package.read("docProps/core.xml")


def test_template_when_annotated_then_its_notes_and_lists_stay(template: Path) -> None:
    filled = fill(template, [["0012", "138", "chinaPR"], ["0013", "13800138000", "UK"]])
    copy = template.with_name("copy.xlsx")
    made = write_annotated(load_plainly(filled), Text(), filled, copy)
    assert (made.rows, made.refusal) == (2, None)
    page, *others = sheets(copy)
    assert len(page.data_validations.dataValidation) == 2
    assert page["A1"].comment is not None
    assert page["H1"].value == "Finding"
    assert [sheet.title for sheet in others] == [sheet.title for sheet in sheets(filled)[1:]]
