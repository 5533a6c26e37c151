"""Letters, numbers and names of cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.sheet.raw import BLANK_CELL, Area, RawRow, area_of, index_of, letter, number_shown, place
from tests.unit.sheet.build import cell


@pytest.mark.parametrize(
    ("index", "letters"),
    [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")],
)
def test_letter_when_turned_back_then_it_is_the_same_column(index: int, letters: str) -> None:
    assert letter(index) == letters
    assert index_of(letters) == index
    assert index_of(letters.lower()) == index


@pytest.mark.parametrize("text", ["", "ABCD", "A1", "Ä", "序"])
def test_column_when_the_text_is_no_letter_then_none(text: str) -> None:
    assert index_of(text) is None


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("Terminals", "Terminals!B17"),
        ("终端台账", "终端台账!B17"),
        ("Site A", "'Site A'!B17"),
        ("2026", "'2026'!B17"),
        ("Li's", "'Li''s'!B17"),
    ],
)
def test_place_when_the_sheet_needs_quotes_then_it_reads_as_in_excel(sheet: str, name: str) -> None:
    assert place(sheet, "B", 17) == name


def test_cell_when_right_of_the_last_then_it_is_blank() -> None:
    row = RawRow(3, (cell("A"),))

    assert row.cell(1) == cell("A")
    assert row.cell(2) is BLANK_CELL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("13800138000", "13800138000"),
        ("13800138000.0", "13800138000"),
        ("1.38001380E+10", "13800138000"),
        ("1.38001380e10", "13800138000"),
        ("-3", "-3"),
        ("1.50", "1.5"),
        ("0.30000000000000004", "0.3"),
        ("2.10235123456789E+19", "2.10235123456789E+19"),
        ("21023512345678901248", "21023512345678901248"),
        ("1E999", "INF"),
    ],
)
def test_number_when_shown_then_it_is_as_in_a_wide_cell(text: str, shown: str) -> None:
    assert number_shown(text) == shown


@given(st.integers(0, 10**15 - 1))
def test_number_when_whole_then_it_is_shown_as_its_digits_however_it_is_written(number: int) -> None:
    assert {
        number_shown(text) for text in (str(number), f"{number}.0", f"{number:.14E}", repr(float(number)))
    } == {str(number)}


@pytest.mark.parametrize(
    ("reference", "area"),
    [
        ("B2", Area(2, 2, 2, 2)),
        ("B2:C5", Area(2, 2, 5, 3)),
        ("C5:B2", Area(2, 2, 5, 3)),
        ("$A$1:$XFD$1048576", Area(1, 1, 1048576, 16384)),
        ("b2", Area(2, 2, 2, 2)),
        ("", None),
        ("2", None),
        ("B", None),
        ("B2:", None),
        ("ABCD1", None),
        ("A12345678", None),
        ("A1 B2", None),
        ("#REF!", None),
    ],
)
def test_area_when_named_then_its_edges_are_known(reference: str, area: Area | None) -> None:
    assert area_of(reference) == area
