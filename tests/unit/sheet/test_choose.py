"""Which of a workbook's sheets is the list."""

from __future__ import annotations

import pytest

from batchreset.errors import SheetError
from batchreset.sheet.load import choose_sheet
from batchreset.sheet.raw import RawSheet
from tests.unit.sheet.build import HEADER, english, sheet

LIST = sheet(HEADER, name="Terminals")
OTHER = sheet(HEADER, name="Spare")
NOTES = sheet(["Notes"], name="Notes")
HIDDEN = sheet(HEADER, name="Old", hidden=True)


def refused(*sheets: RawSheet, wanted: str | None = None) -> SheetError:
    with pytest.raises(SheetError) as caught:
        choose_sheet(sheets, wanted, {})
    return caught.value


def test_sheet_when_one_visible_has_an_sn_column_then_it_is_taken() -> None:
    assert choose_sheet([NOTES, HIDDEN, LIST], None, {}) is LIST


def test_sheet_when_it_is_the_only_visible_one_then_it_is_taken_whatever_it_holds() -> None:
    assert choose_sheet([NOTES, HIDDEN], None, {}) is NOTES


def test_sheet_when_several_have_an_sn_column_then_they_and_the_option_are_named() -> None:
    error = refused(LIST, NOTES, OTHER)

    assert error.code == "sheets-several"
    assert english(error.message).endswith("Terminals, Spare.")
    assert english(error.hint) == 'Say which one: --sheet "Terminals".'


def test_sheet_when_none_has_an_sn_column_then_all_visible_are_named() -> None:
    error = refused(NOTES, sheet(["Room"], name="Rooms"))

    assert error.code == "no-sn-column"
    assert "Notes, Rooms" in english(error.message)


def test_sheet_when_only_a_hidden_one_fits_then_it_is_named_and_not_taken() -> None:
    error = refused(NOTES, sheet(["Room"], name="Rooms"), HIDDEN)

    assert error.code == "sheet-hidden"
    assert '--sheet "Old"' in english(error.hint)


@pytest.mark.parametrize("wanted", ["Old", "old", " OLD "])
def test_sheet_when_named_then_it_is_taken_even_hidden(wanted: str) -> None:
    assert choose_sheet([LIST, HIDDEN], wanted, {}) is HIDDEN


def test_sheet_when_two_names_differ_by_case_then_the_exact_one_is_taken() -> None:
    upper, lower = sheet(name="A"), sheet(name="a")

    assert choose_sheet([upper, lower], "a", {}) is lower


def test_sheet_when_the_name_is_unknown_then_the_names_there_are_told() -> None:
    error = refused(LIST, NOTES, wanted="Terminal")

    assert error.code == "sheet-not-found"
    assert english(error.message) == "There is no sheet Terminal; the workbook has Terminals, Notes."


def test_sheet_when_the_sn_column_is_named_then_it_decides() -> None:
    named = sheet(["Kennung", "Mobile"], name="Geräte")

    assert choose_sheet([LIST, named], None, {"sn": "Kennung"}) is named
