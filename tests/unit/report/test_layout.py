from __future__ import annotations

import pytest

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.refs import LAST_COLUMN, Area
from batchreset.ooxml.tables import ListObject
from batchreset.report.columns import REHEARSAL, headings
from batchreset.report.layout import (
    View,
    located,
    merged_header,
    own_columns,
    result_columns,
    spread,
)
from batchreset.rows import Column, Columns
from batchreset.text import Text
from tests.unit.report.build import report

TITLES = headings(Text("en-US"))
CHINESE = headings(Text("zh-CN"))


def row(number: int, *texts: str) -> dict[tuple[int, int], str]:
    return {(number, column): text for column, text in enumerate(texts, start=1) if text}


def table(ref: str, *, names: int = 0, fixed: bool = False) -> ListObject:
    area = Area.parse(ref)
    assert area is not None
    columns = tuple(f"Column {n}" for n in range(names or area.right - area.left + 1))
    return ListObject("t.xml", "Devices", area, columns, has_header=True, fixed=fixed)


def test_spread_when_nothing_is_known_then_right_of_all_that_is_used() -> None:
    assert spread(View({}, width=5), {}, 1, TITLES, sn=2).columns == tuple(range(6, 15))
    merged = View({}, merged=(Area(1, 1, 9, 2),), width=5)
    assert spread(merged, {}, 1, TITLES, sn=2).columns == tuple(range(10, 19))
    assert spread(View({}), {}, 1, TITLES, sn=2).columns == tuple(range(1, 10))


def test_spread_when_some_are_known_then_the_rest_is_right_of_all() -> None:
    found = spread(View({}, width=9), {0: 6, 1: 7, 2: 8}, 1, TITLES, sn=2)
    assert found.columns == (6, 7, 8, 10, 11, 12, 13, 14, 15)
    assert found.new == {3: 10, 4: 11, 5: 12, 6: 13, 7: 14, 8: 15}


def test_spread_when_a_table_ends_there_then_it_takes_them_in() -> None:
    own = table("A1:E9")
    found = spread(View({}, tables=(own,), width=5), {}, 1, TITLES, sn=2)
    assert (found.columns[0], found.taking, found.beside) == (6, (own,), ())


@pytest.mark.parametrize(
    "own",
    [
        table("A1:E9", fixed=True),
        table("A4:E9"),
        ListObject(
            "t.xml", "T", Area(1, 1, 5, 9), ("a", "b", "c", "d", "RESULT"), has_header=True, fixed=False
        ),
    ],
)
def test_spread_when_a_table_ends_there_and_can_not_then_one_column_apart(own: ListObject) -> None:
    found = spread(View({}, tables=(own,), width=5), {}, 1, TITLES, sn=2)
    assert (found.columns[0], found.taking) == (7, ())
    assert found.beside == ((own,) if own.area.top == 1 else ())


@pytest.mark.parametrize(("sn", "first"), [(1, 9), (4, 9), (5, 8), (6, 8), (7, 8)])
def test_spread_when_the_table_that_ends_there_is_about_something_else_then_it_is_left_alone(
    sn: int, first: int
) -> None:
    other = table("E1:G3")
    found = spread(View({}, tables=(other,), width=7), {}, 1, TITLES, sn=sn)
    assert found.columns[0] == first
    assert (found.taking, found.beside) == ((other,) if first == 8 else (), ())


def test_spread_when_something_stands_between_then_the_table_is_told_of() -> None:
    own = table("A1:E9")
    found = spread(View({}, tables=(own,), width=7), {}, 1, TITLES, sn=2)
    assert (found.columns[0], found.taking, found.beside) == (8, (), (own,))


def test_spread_when_all_are_known_inside_a_table_then_nothing_is_to_do() -> None:
    own = table("A1:N9")
    known = {at: 6 + at for at in range(9)}
    found = spread(View({}, tables=(own,), width=5), known, 1, TITLES, sn=2)
    assert (found.columns, found.new, found.taking, found.beside) == (tuple(range(6, 15)), {}, (), ())


def test_spread_when_whole_rows_are_merged_for_a_title_then_there_is_room_below() -> None:
    title = Area(1, 1, LAST_COLUMN, 2)
    assert spread(View({}, merged=(title,), width=6), {}, 3, TITLES, sn=2).columns[0] == 7
    for merged in (title._replace(bottom=3), title._replace(top=40, bottom=40)):
        with pytest.raises(UneditableError):
            spread(View({}, merged=(merged,), width=6), {}, 3, TITLES, sn=2)


def test_spread_when_there_is_no_room_then_refused() -> None:
    assert spread(View({}, width=LAST_COLUMN - 9), {}, 1, TITLES, sn=2).columns[-1] == LAST_COLUMN
    with pytest.raises(UneditableError):
        spread(View({}, width=LAST_COLUMN - 8), {}, 1, TITLES, sn=2)


def test_result_columns_when_written_by_us_then_found_in_either_language() -> None:
    for titles in (TITLES, CHINESE, tuple(title.upper() for title in TITLES)):
        view = View(row(3, "Site", "SN", *titles))
        assert result_columns(view, 3) == {at: 3 + at for at in range(9)}
        assert result_columns(view, 2) == {}


def test_result_columns_when_a_column_of_the_users_is_between_then_both_parts() -> None:
    view = View(row(1, "SN", *TITLES[:3], "Remark", *TITLES[3:]))
    assert result_columns(view, 1) == {0: 2, 1: 3, 2: 4, 3: 6, 4: 7, 5: 8, 6: 9, 7: 10, 8: 11}
    own = View(row(1, "SN", *TITLES[:3], "Remark", TITLES[4]))  # counted by the user
    assert result_columns(own, 1) == {0: 2, 1: 3, 2: 4}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([*TITLES[:3], "Remark", *TITLES[3:8]], {0: 2, 1: 3, 2: 4, 3: 6, 4: 7, 5: 8, 6: 9, 7: 10}),
        ([*TITLES[:2], "Note", *TITLES[2:]], {0: 2, 1: 3, **{at: 3 + at for at in range(2, 9)}}),
        (
            ["Attempts", "Remark", TITLES[0], "Note", *TITLES[1:4], *TITLES[5:]],
            {
                0: 4,
                1: 6,
                2: 7,
                3: 8,
                5: 9,
                6: 10,
                7: 11,
                8: 12,
            },
        ),
        ([TITLES[0], *TITLES[2:]], {0: 2, **{at: 1 + at for at in range(2, 9)}}),
        # what was missing came in at the right, and is known there
        (
            [*TITLES[:3], *TITLES[4:], TITLES[3]],
            {0: 2, 1: 3, 2: 4, 3: 10, **{at: 1 + at for at in range(4, 9)}},
        ),
        ([TITLES[4], *TITLES[:4], *TITLES[5:]], {0: 3, 1: 4, 2: 5, 3: 6, 5: 7, 6: 8, 7: 9, 8: 10}),
        (["Result", "Reason", "Site", *TITLES], {at: 5 + at for at in range(9)}),
        ([TITLES[at] for at in (0, 3, 4, 7)], {}),
    ],
)
def test_result_columns_when_people_put_columns_between_or_took_some_out_then_the_others_are_still_ours(
    headers: list[str], found: dict[int, int]
) -> None:
    assert result_columns(View(row(1, "SN", *headers)), 1) == found


def test_result_columns_when_the_user_has_put_a_formula_into_one_then_the_others_are_still_ours() -> None:
    view = View(row(1, "SN", *TITLES), formulas=frozenset({10}))
    assert result_columns(view, 1) == {at: 2 + at for at in range(8)}


@pytest.mark.parametrize(
    "view",
    [
        View(row(1, "SN", "Result", "Reason")),
        View(row(1, "SN", "Result", "Next step", "Reason")),
        View(row(1, "SN", *TITLES), merged=(Area(2, 3, 10, 4),)),
        View(row(1, "SN", *TITLES[:3]), formulas=frozenset({3})),
    ],
)
def test_result_columns_when_they_are_the_users_own_then_none(view: View) -> None:
    assert result_columns(view, 1) == {}


def test_result_columns_when_only_the_heading_is_merged_then_they_are_ours() -> None:
    view = View(row(2, "SN", *TITLES), merged=(Area(2, 1, 4, 1),))
    assert len(result_columns(view, 2)) == 9


def test_own_columns_when_there_are_results_and_a_note_then_without_them() -> None:
    note = Text("zh-CN")(REHEARSAL)
    view = View(row(1, "Site", "SN", *TITLES, note, "Remark"), width=13)
    assert own_columns(view, result_columns(view, 1), 1) == (1, 2, 13)


def test_located_when_the_header_moved_then_all_its_columns_did() -> None:
    old = report([]).table
    now = located(old, View(row(3, "", "", "SN", "Mobile", "E-mail")))
    assert (now.header_row, now.columns.sn) == (3, Column(3, "C", "SN"))
    assert (now.columns.mobile, now.columns.email) == (Column(4, "D", "Mobile"), Column(5, "E", "E-mail"))


@pytest.mark.parametrize("texts", [{}, row(3, "SN", "SN"), row(1, "", "SN"), row(40, "SN")])
def test_located_when_it_can_not_be_told_then_where_it_was(texts: dict[tuple[int, int], str]) -> None:
    old = report([]).table
    assert located(old, View(texts)) == old


def test_located_when_the_header_has_no_text_then_where_it_was() -> None:
    bare = report([], header_row=0, columns=Columns(Column(2, "B", ""))).table
    assert located(bare, View(row(1, "", "x"))) == bare


def test_merged_header_when_over_two_rows_then_the_text_of_the_upper() -> None:
    view = View(row(1, "Place", "Wide"), merged=(Area(1, 1, 1, 2), Area(2, 1, 3, 2)))
    assert [merged_header(view, 2, column) for column in (1, 2, 3)] == ["Place", "", ""]
