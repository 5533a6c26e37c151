"""Rows judged: data or not, usable or not, repeated or not."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchreset.rows import Contact, Row
from batchreset.sheet.check import Checked, check
from batchreset.sheet.criteria import HiddenRows
from batchreset.sheet.header import find
from batchreset.sheet.raw import RawSheet
from tests.unit.sheet.build import (
    CRITERIA,
    EMAIL,
    FORMULA,
    HEADER,
    MOBILE,
    SN,
    Content,
    any_cell,
    checked,
    country,
    english,
    kinds,
    sheet,
)

UK = country("UK")
GOOD = (SN, MOBILE, "chinaPR", EMAIL)


def numbers(judged: Checked) -> tuple[list[int], list[int]]:
    """Row numbers of data, and of what was ignored."""
    return [row.number for row in judged.rows], list(judged.ignored)


def test_row_when_good_then_it_is_usable_as_written() -> None:
    (row,) = checked(GOOD).rows

    assert row == Row(2, SN, Contact("+8613800138000", "chinaPR", EMAIL), SN)
    assert row.usable


@pytest.mark.parametrize(
    ("mobile", "email", "contact"),
    [
        (MOBILE, None, Contact("+8613800138000", "chinaPR")),
        (None, EMAIL, Contact(email=EMAIL)),
        (MOBILE, EMAIL, Contact("+8613800138000", "chinaPR", EMAIL)),
    ],
)
def test_row_when_it_has_one_contact_or_both_then_it_is_usable(
    mobile: Content, email: Content, contact: Contact
) -> None:
    (row,) = checked((SN, mobile, None, email)).rows

    assert (row.usable, row.contact) == (True, contact)


def test_row_when_it_has_no_mobile_then_its_country_does_not_matter() -> None:
    (row,) = checked((SN, None, "Atlantis", EMAIL)).rows

    assert row.contact == Contact(email=EMAIL)


def test_row_when_it_has_no_contact_then_the_cell_to_fill_is_named() -> None:
    (row,) = checked((SN, None, "chinaPR")).rows
    (other,) = checked((SN, "x"), header=("SN", "Room", "E-mail")).rows

    assert [(problem.kind, problem.cell) for problem in row.problems] == [("contact-missing", "T!B2")]
    assert [(problem.kind, problem.cell) for problem in other.problems] == [("contact-missing", "T!C2")]


def test_row_when_several_cells_are_bad_then_all_problems_are_told_in_the_order_of_their_cells() -> None:
    (row,) = checked((12345, "abc", "xyz", "no-address")).rows

    assert kinds(row) == ["sn-number", "mobile-characters", "country-unknown", "email-invalid"]
    assert (row.sn, row.contact, row.shown_sn) == ("", None, "12345")


def test_row_when_one_contact_is_bad_then_the_other_does_not_save_it() -> None:
    (row,) = checked((SN, "abc", None, EMAIL)).rows

    assert (kinds(row), row.contact) == (["mobile-characters"], None)


def test_row_when_only_its_sn_is_bad_then_the_contact_is_kept() -> None:
    (row,) = checked((12345, None, None, EMAIL)).rows

    assert (row.usable, row.contact) == (False, Contact(email=EMAIL))


def test_rows_when_blank_ones_stand_between_then_numbers_are_those_of_the_sheet() -> None:
    judged = checked(GOOD, (), (" ", "\u200b"), ("SN2", MOBILE))

    assert numbers(judged) == ([2, 5], [])


@pytest.mark.parametrize(
    "row",
    [
        ("合计", 60),
        ("总计：", None, None, "60"),
        ("小计 (台)", FORMULA),
        ("Total", 3),
        ("SUBTOTAL:", MOBILE),
        ("Grand total",),
        (None, "合计", None, "60"),
        ("制表人：张三",),
        ("制表人：张三", None, "审核：李四"),
        ("制表：张三", "审核："),
        ("制表人", "张三", "日期", "2026-11-23"),
        ("Prepared by", "Li Na"),
        ("日期", 20261123),
        ("共 60 台",),
        ("合计：60台", None, None, "60"),
        ("Total: 60 terminals",),
        ("三楼会议室",),
        (None, None, "Date: 2026-11-23"),
        (None, None, "see the other sheet"),
        (None, None, 7),
        ("SN", "Mobile"),
        ("序列号", "手机", None, "x"),
    ],
)
def test_row_when_it_is_a_total_a_signature_or_the_header_again_then_it_is_ignored(
    row: tuple[Content, ...],
) -> None:
    whole = checked(GOOD, row, header=("SN", "Mobile", "Country", "E-mail"))
    moved = checked((None, *GOOD), (None, *row), header=("Site", "SN", "Mobile", "Country", "E-mail"))

    assert numbers(whole) == ([2], [3])
    assert numbers(moved) == ([2], [3])


def test_row_when_a_label_holds_an_sn_then_it_is_data() -> None:
    (row,) = checked(("SN：2102310QPD10F3001263",)).rows

    assert kinds(row) == ["sn-characters", "contact-missing"]


@pytest.mark.parametrize(
    "row",
    [
        ("备注", SN, MOBILE),
        ("Note", SN, None),
        ("三楼", SN, None),
        (None, "三楼", MOBILE),
        (None, "3楼", None),
        (None, "TE-40", None),
        ("合计60台", SN, MOBILE),
    ],
)
def test_row_when_it_only_begins_like_a_total_a_signature_or_a_remark_then_it_is_data(
    row: tuple[Content, ...],
) -> None:
    header = ("Site", "SN", "Mobile")

    assert numbers(checked(("A", "SN0001", MOBILE), row, header=header)) == ([2, 3], [])


def test_row_when_the_whole_header_comes_again_on_the_next_page_then_it_is_ignored() -> None:
    header = ("SN", "Mobile", "Country", "E-mail")
    judged = checked(*((f"SN{number}", MOBILE) for number in range(20)), header, (SN, MOBILE), header=header)

    assert judged.ignored == (22,)
    assert len(judged.rows) == 21


def test_row_when_a_total_stands_left_of_a_count_then_it_is_ignored() -> None:
    header = ("Site", "SN", "Mobile")

    for count in (60, "60", FORMULA, None):
        assert numbers(checked(("A", SN, MOBILE), ("合计", count), header=header)) == ([2], [3])
    assert numbers(checked(("A", SN, MOBILE), ("合计", 60, 60), header=header)) == ([2], [3])


def test_row_when_a_site_is_called_total_then_the_terminal_counts() -> None:
    judged = checked(("Total", SN, MOBILE), header=("Site", "SN", "Mobile"))

    assert [row.usable for row in judged.rows] == [True]


@pytest.mark.parametrize(
    "row",
    [
        (None, MOBILE),
        (None, None, None, EMAIL),
        (None, None, "x", None, "y"),
        (None, "Total", None, EMAIL, "x"),
    ],
)
def test_row_when_it_has_data_but_no_sn_then_it_is_invalid(row: tuple[Content, ...]) -> None:
    judged = checked(GOOD, row)

    if row[1] == "Total":
        assert numbers(judged) == ([2], [3])
    else:
        assert kinds(judged.rows[1])[0] == "sn-missing"


def test_row_when_its_sn_is_an_uncalculated_formula_then_it_is_data() -> None:
    (row,) = checked((FORMULA,)).rows

    assert kinds(row) == ["sn-formula", "contact-missing"]


def test_row_when_the_sn_column_has_no_header_then_signs_only_are_still_judged() -> None:
    (row,) = checked(("***", MOBILE)).rows

    assert kinds(row) == ["sn-characters"]


def test_repeat_when_sn_and_contact_are_the_same_then_the_first_speaks() -> None:
    first, second, third = checked(GOOD, (SN.lower(), "138 0013 8000", None, EMAIL), GOOD).rows

    assert first.usable
    assert (second.duplicate_of, third.duplicate_of) == (2, 2)
    assert not second.usable
    assert second.problems == ()


@pytest.mark.parametrize(
    "other",
    [(SN, "13900139000"), (SN.lower(), MOBILE), (SN, None, None, EMAIL), (SN, "abc"), (SN,)],
)
def test_repeat_when_the_contact_is_another_then_all_are_invalid_and_name_each_other(
    other: tuple[Content, ...],
) -> None:
    rows = checked(GOOD, GOOD, other).rows

    assert [row.usable for row in rows] == [False, False, False]
    assert {row.duplicate_of for row in rows} == {None}
    assert [kinds(row)[-1] for row in rows] == ["sn-repeated"] * 3
    assert "T!A3, T!A4" in english(rows[0].problems[-1].message)
    assert "T!A2, T!A3" in english(rows[2].problems[-1].message)


def test_repeat_when_the_first_row_is_bad_then_all_are_invalid() -> None:
    rows = checked((SN, "abc"), (SN, "abc")).rows

    assert [kinds(row) for row in rows] == [["mobile-characters", "sn-repeated"]] * 2


def test_repeat_when_there_are_very_many_then_ten_are_named() -> None:
    rows = checked(*(("TBD", f"1380013{number:04d}") for number in range(40))).rows

    message = english(rows[0].problems[0].message)
    assert message.count("T!A") == 10
    assert "…" in message


contents = st.sampled_from(
    [
        None,
        SN,
        SN.lower(),
        "SN2",
        "2.1E+19",
        "合计",
        "SN",
        MOBILE,
        "13900139000",
        EMAIL,
        "x@y",
        "chinaPR",
        "GB",
        1,
        True,
    ]
) | st.text(max_size=6)
sheet_rows = st.lists(st.tuples(*[contents | any_cell] * 5), max_size=7)


@settings(deadline=None)  # the first example pays for loading the libraries
@given(sheet_rows)
def test_rows_when_they_hold_anything_then_each_is_exactly_one_of_usable_invalid_and_duplicate(
    rows: list[tuple[Content, ...]],
) -> None:
    judged = checked(*rows)

    for row in judged.rows:
        assert [row.usable, bool(row.problems), row.duplicate_of is not None].count(True) == 1
    assert len({row.number for row in judged.rows} | set(judged.ignored)) == len(judged.rows) + len(
        judged.ignored
    )


@settings(deadline=None)  # the first example pays for loading the libraries
@given(sheet_rows, st.randoms(use_true_random=False))
def test_rows_when_their_order_changes_then_the_judgement_of_each_does_not(
    rows: list[tuple[Content, ...]], random: Random
) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    straight = judgements(checked(*rows))
    shuffled = judgements(checked(*(rows[index] for index in order)))

    assert {index: straight.get(index + 2) for index in order} == {
        index: shuffled.get(place + 2) for place, index in enumerate(order)
    }


def judgements(judged: Checked) -> dict[int, object]:
    """By row number: what is said of a row, apart from which of several equal ones speaks."""
    said: dict[int, object] = dict.fromkeys(judged.ignored, "ignored")
    for row in judged.rows:
        usable = row.usable or row.duplicate_of is not None
        said[row.number] = (usable, row.sn, row.contact, row.shown_sn, sorted(kinds(row)))
    return said


def test_duplicates_when_rows_are_shuffled_then_exactly_the_first_speaks() -> None:
    rows = checked(*[GOOD] * 4).rows

    assert [row.duplicate_of for row in rows] == [None, 2, 2, 2]


def test_sheet_when_its_name_needs_quotes_then_cells_are_named_so() -> None:
    whole = sheet(HEADER, (SN,), name="Site A")
    (row,) = check(whole, find(whole, {}), CRITERIA).rows

    assert row.problems[0].cell == "'Site A'!B2"


def judged_with_merges(*areas: str) -> list[list[str]]:
    whole = sheet(HEADER, GOOD, (), ("SN2", None, None, EMAIL), (None, MOBILE, "UK"), merged=areas)
    return [kinds(row) for row in check(whole, find(whole, {}), CRITERIA).rows]


@pytest.mark.parametrize(
    ("areas", "judged"),
    [
        ([], [[], [], ["sn-missing", "mobile-invalid"]]),
        (["B2:B4"], [[], ["mobile-merged"], ["sn-missing", "mobile-invalid"]]),
        (["B3:B4"], [[], [], ["sn-missing", "mobile-invalid"]]),
        (["B2:B3"], [[], [], ["sn-missing", "mobile-invalid"]]),
        (["A4:A5"], [[], [], ["sn-merged", "mobile-invalid"]]),
        (["C2:C4"], [[], [], ["sn-missing", "mobile-invalid"]]),
        (["C2:D2"], [[], [], ["sn-missing", "mobile-invalid"]]),
        (["D2:D5"], [[], [], ["sn-missing", "mobile-invalid", "email-merged"]]),
        (["B2:C4"], [[], ["mobile-merged"], ["sn-missing", "mobile-invalid"]]),
    ],
)
def test_row_when_a_cell_only_looks_filled_then_it_is_invalid(
    areas: list[str], judged: list[list[str]]
) -> None:
    assert judged_with_merges(*areas) == judged


def test_row_when_a_cell_is_merged_with_one_above_then_that_one_is_named() -> None:
    whole = sheet(HEADER, GOOD, ("SN2",), merged=["B2:D3"])
    _, row = check(whole, find(whole, {}), CRITERIA).rows

    assert [problem.cell for problem in row.problems] == ["T!B3", "T!D3"]
    assert "merged with B2" in english(row.problems[0].message)


def test_row_when_its_country_is_merged_then_it_matters_only_for_a_number() -> None:
    whole = sheet(HEADER, GOOD, ("SN2", "13900139000"), ("SN3", None, None, EMAIL), merged=["C2:C4"])

    assert [kinds(row) for row in check(whole, find(whole, {}), CRITERIA).rows] == [
        [],
        ["country-merged"],
        [],
    ]


def hidden_sheet() -> RawSheet:
    whole = sheet(HEADER, GOOD, (SN, "13900139000"), ("SN3", MOBILE), ["合计", 3])
    return replace(whole, rows=tuple(replace(row, hidden=row.number in {3, 5}) for row in whole.rows))


@pytest.mark.parametrize(
    ("choice", "judged", "hidden", "skipped"),
    [
        (None, [["sn-repeated"], ["sn-repeated"], []], (3,), ()),
        ("include", [["sn-repeated"], ["sn-repeated"], []], (3,), ()),
        ("skip", [[], []], (3,), (3,)),
    ],
)
def test_hidden_rows_when_skipped_then_they_are_as_good_as_not_there(
    choice: HiddenRows | None, judged: list[list[str]], hidden: tuple[int, ...], skipped: tuple[int, ...]
) -> None:
    whole = hidden_sheet()
    done = check(whole, find(whole, {}), replace(CRITERIA, hidden_rows=choice))

    assert [kinds(row) for row in done.rows] == judged
    assert (done.hidden, done.skipped, done.ignored) == (hidden, skipped, (5,))


def test_row_when_contacts_are_outside_of_the_lists_then_each_has_a_kind_of_its_own() -> None:
    lists = replace(CRITERIA, allow_domains=frozenset({"corp.example"}), allow_countries=frozenset({UK}))

    (row,) = checked(GOOD, criteria=lists).rows

    assert kinds(row) == ["mobile-not-allowed", "email-not-allowed"]
    assert not row.usable
