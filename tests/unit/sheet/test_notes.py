"""What is said of a sheet as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchreset.rows import Column, Field
from batchreset.sheet.again import parted
from batchreset.sheet.check import check
from batchreset.sheet.criteria import HiddenRows
from batchreset.sheet.header import find
from batchreset.sheet.notes import notes_on, two_lists
from batchreset.sheet.ranges import row_list
from batchreset.sheet.raw import Area, CellKind, RawCell, RawSheet
from tests.unit.sheet.build import CRITERIA, HEADER, MOBILE, SN, english, sheet


def notes(raw: RawSheet, hidden_rows: HiddenRows | None = None) -> list[str]:
    header = find(raw, {})
    checked = check(raw, header, replace(CRITERIA, hidden_rows=hidden_rows))
    return [english(note) for note in notes_on(raw, header, checked, hidden_rows)]


def with_hidden(*hidden: int) -> RawSheet:
    raw = sheet(HEADER, *[(f"{SN}{number}", MOBILE) for number in range(6)], ["合计", 6])
    return replace(raw, rows=tuple(replace(row, hidden=row.number in hidden) for row in raw.rows))


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([5], "5"),
        ([5, 6, 7, 9, 11, 12], "5-7, 9, 11-12"),
        (range(2, 40, 2), "2, 4, 6, 8, 10, 12, 14, 16, 18, 20, …"),
    ],
)
def test_row_list_when_rows_follow_each_other_then_they_are_a_range(numbers: list[int], text: str) -> None:
    assert ", ".join(row_list(numbers)) == text


def test_notes_when_all_is_seen_then_none() -> None:
    assert notes(with_hidden()) == []


def test_notes_when_the_header_stands_again_then_its_rows_are_told() -> None:
    raw = sheet(
        HEADER, (f"{SN}1", MOBILE), HEADER, (f"{SN}2", MOBILE), ("Old terminals",), HEADER, (SN, MOBILE)
    )
    header = find(raw, {}, 1)

    (note,) = (english(note) for note in notes_on(raw, header, check(raw, header, CRITERIA), None))

    assert note == (
        "The header stands again in rows 3, 6; what stands below is read as rows of the same list."
    )


def apart(raw: RawSheet, *named: Field) -> tuple[Column, Column] | None:
    return parted(raw, find(raw, {}), named)


def test_parted_when_an_empty_column_lies_between_sns_and_contacts_then_two_lists_are_thought_of() -> None:
    raw = sheet(("SN", "Model", None, "Name", "Mobile"), (SN, "TE20", None, "Li", MOBILE))

    (note,) = map(english, two_lists(apart(raw)))

    assert note.startswith("An empty column lies between the SNs (A) and the contacts (E)")
    assert two_lists(apart(raw, "mobile")) == (), "whoever names the column has looked at it"
    assert two_lists(apart(raw, "email")) != ()


@pytest.mark.parametrize(
    "rows",
    [
        ([("SN", "Model", "Mobile"), (SN, None, MOBILE)]),
        ([("SN", None, "Mobile"), (SN, "TE20", MOBILE)]),
        ([(None, "Mobile", "SN"), (None, MOBILE, SN)]),
    ],
)
def test_parted_when_no_column_between_is_quite_empty_then_none(rows: list[tuple[str | None, ...]]) -> None:
    assert apart(sheet(*rows)) is None


def test_parted_when_the_gap_is_merged_with_a_header_then_none() -> None:
    raw = sheet(("SN", None, "Mobile"), (SN, None, MOBILE))

    assert apart(raw) is not None
    assert apart(replace(raw, merged=(Area(1, 1, 1, 2),))) is None


def test_notes_when_no_data_row_is_hidden_then_none() -> None:
    assert notes(with_hidden(1, 8)) == []


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (None, "a run needs --hidden-rows include or --hidden-rows skip"),
        ("include", "are included, as asked"),
        ("skip", "are left out, as asked"),
    ],
)
def test_notes_when_rows_are_hidden_then_which_and_what_becomes_of_them(
    choice: HiddenRows | None, said: str
) -> None:
    (note,) = notes(with_hidden(3, 4), choice)

    assert "3-4 by hand" in note
    assert said in note


def test_notes_when_a_filter_hides_rows_then_it_is_told_from_the_hand() -> None:
    raw = replace(with_hidden(3, 6), filtered=(Area(1, 1, 4, 4),))

    assert ["3 by a filter" in note for note in notes(raw)] == [True, False]
    assert ["6 by hand" in note for note in notes(raw)] == [False, True]


def test_notes_when_a_used_column_is_hidden_then_it_is_named() -> None:
    raw = replace(with_hidden(), hidden_columns=frozenset({2, 9}))

    assert notes(raw) == ["Column B (mobile number) is hidden in the sheet, and is used."]


def test_notes_when_formulas_make_sns_then_their_rows_are_named() -> None:
    made = RawCell(CellKind.TEXT, SN, formula=True)

    assert notes(sheet(HEADER, [made, MOBILE], ["SN2", MOBILE], [f"{SN}3", MOBILE])) == [
        "The SN of row 2 comes from a formula; it is read as Excel last calculated it."
    ]
