"""Letters, numbers and names of cells."""

from __future__ import annotations

import pytest

from batchreset.sheet.raw import BLANK_CELL, RawRow, index_of, letter, place
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
