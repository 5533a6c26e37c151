from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.report.places import Places, place, readings
from tests.unit.report.build import result


def sheet(sns: Mapping[int, object]) -> dict[int, frozenset[str]]:
    return {number: readings(sn) for number, sn in sns.items()}


def numbers(places: Places) -> tuple[dict[int, int], list[int]]:
    """Row number read → row number now; and the numbers of the strangers."""
    found = {result.row.number: row for row, result in places.found}
    return found, [result.row.number for result in places.strangers]


def test_place_when_nothing_moved_then_every_row_stays() -> None:
    rows = [result(2, "A"), result(3, "B"), result(5, "A")]
    assert numbers(place(rows, sheet({2: "A", 3: "B", 5: "A"}))) == ({2: 2, 3: 3, 5: 5}, [])


def test_place_when_sorted_then_found_by_sn() -> None:
    rows = [result(2, "C"), result(3, "a"), result(4, "B")]
    assert numbers(place(rows, sheet({2: "A", 3: "B", 4: "C"}))) == ({2: 4, 3: 2, 4: 3}, [])


def test_place_when_two_rows_have_the_sn_then_not_guessed() -> None:
    assert numbers(place([result(2, "A")], sheet({2: "B", 3: "A", 4: "A"}))) == ({}, [2])


def test_place_when_the_sn_is_gone_then_a_stranger() -> None:
    assert numbers(place([result(2, "A"), result(3, "B")], sheet({2: "X", 3: "B"}))) == ({3: 3}, [2])


def test_place_when_another_result_stands_there_then_not_overwritten() -> None:
    assert numbers(place([result(2, "A"), result(3, "A")], sheet({2: "A", 3: "B"}))) == ({2: 2}, [3])


def test_place_when_two_results_want_one_row_then_neither_has_it() -> None:
    assert numbers(place([result(2, "A"), result(3, "A")], sheet({2: "x", 3: "y", 4: "A"}))) == ({}, [2, 3])


def test_place_when_a_row_without_sn_stays_then_found_but_never_searched() -> None:
    rows = [result(2, ""), result(3, "")]
    assert numbers(place(rows, sheet({2: None, 3: "A", 4: None}))) == ({2: 2}, [3])
    assert numbers(place(rows, {})) == ({}, [2, 3])


def test_place_when_a_row_came_in_above_then_no_row_without_sn_is_taken_for_another() -> None:
    rows = [result(2, ""), result(3, "A"), result(4, ""), result(5, "B")]
    assert numbers(place(rows, sheet({2: None, 3: None, 4: "A", 5: None, 6: "B"}))) == ({3: 4, 5: 6}, [4, 2])
    assert numbers(place(rows, sheet({2: None, 3: "A", 4: None, 5: None, 6: "B"}))) == (
        {2: 2, 3: 3, 5: 6},
        [4],
    )


def test_place_when_sorted_then_no_row_of_an_sn_that_stands_twice_is_taken_for_the_other() -> None:
    rows = [result(2, "A"), result(3, "B"), result(4, "A"), result(5, "C")]
    assert numbers(place(rows, sheet({2: "A", 3: "A", 4: "B", 5: "C"}))) == ({3: 4, 5: 5}, [4, 2])


def test_place_when_an_sn_was_corrected_where_it_is_then_the_rows_beside_it_stay() -> None:
    rows = [result(2, ""), result(3, "A"), result(4, ""), result(5, "B")]
    assert numbers(place(rows, sheet({2: None, 3: "X", 4: None, 5: "B"}))) == ({2: 2, 4: 4, 5: 5}, [3])


def test_place_when_the_cell_is_shown_otherwise_than_the_sn_then_the_shown_text_counts() -> None:
    odd = result(2, "AB1", shown=" a‹U+200B›b1 ")
    assert numbers(place([odd], sheet({2: "ab\u200b1"}))) == ({2: 2}, [])
    assert numbers(place([odd], sheet({7: "ＡＢ１"}))) == ({2: 7}, [])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345, "12345"),
        (12345.0, "12345"),
        (2.5, "2.5"),
        (2.10235123456789e19, "2.10235123456789E+19"),
        (float("nan"), "nan"),
        (float("inf"), "INF"),
        (True, "TRUE"),
        (dt.datetime(2026, 11, 23), "2026-11-23"),  # noqa: DTZ001 - Excel's dates have no zone
        (dt.date(2026, 11, 23), "2026-11-23"),
        ("#N/A", "#N/A"),
        (None, ""),
        ("  A1\xa0", "A1"),
    ],
)
def test_readings_when_no_plain_text_then_read_as_a_person_sees_it(value: object, shown: str) -> None:
    assert numbers(place([result(2, "", shown=shown)], {2: readings(value)})) == ({2: 2}, [])


def test_readings_when_zeros_come_from_the_format_then_both_are_known() -> None:
    assert {"00012345", "12345"} <= readings(12345, "00000000")


@given(st.permutations(range(2, 12)), st.sets(st.integers(2, 11)))
def test_place_when_shuffled_and_rows_deleted_then_never_a_wrong_row(
    order: list[int], gone: set[int]
) -> None:
    rows = [result(number, f"SN{number}") for number in range(2, 12)]
    now = {row: f"SN{number}" for row, number in enumerate(order, start=2) if number not in gone}
    places = place(rows, sheet(now))
    assert {now[row] for row, _ in places.found} == {one.row.sn for _, one in places.found}
    assert all(now[row] == one.row.sn for row, one in places.found)
    assert {one.row.number for one in places.strangers} == gone
