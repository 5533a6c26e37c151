from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import DONE, FOR_A_PERSON, LATER, Status
from batchreset.report.groups import (
    DONE_FIRST,
    Tally,
    by_label,
    by_reason,
    done_equation,
    equation,
    shown_label,
    tally_of,
)
from batchreset.reported import JobReport, RowResult, count_statuses
from batchreset.rows import Grouping, Problem
from batchreset.text import Text, msg
from tests.unit.report.build import NOW, of_each_status, report, result

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")


def grouped(results: list[RowResult], labels: dict[int, str]) -> JobReport:
    made = report(results)
    return replace(made, table=replace(made.table, grouping=Grouping("Site", labels)))


def test_statuses_when_sorted_into_done_later_and_person_then_each_is_in_one_of_them() -> None:
    assert sorted([*DONE, *LATER, *FOR_A_PERSON]) == sorted(Status) == sorted(DONE_FIRST)


def test_equation_when_every_status_is_there_then_it_adds_up_in_both_languages() -> None:
    tally = tally_of(report(of_each_status()))
    assert equation(tally, ENGLISH) == (
        "1 succeeded + 1 recent + 1 duplicate + 1 waiting + 1 not_sent + 1 unknown + 1 failed + 1 invalid"
        " = 8 rows"
    )
    assert equation(tally, CHINESE).startswith("1 成功 + 1 近期已重置 + ")
    assert done_equation(tally, ENGLISH) == "3 done + 2 for a later run + 3 for a person = 8"


@pytest.mark.parametrize(("rows", "said"), [(0, "0 = 0 rows"), (1, "1 succeeded = 1 row")])
def test_equation_when_there_are_few_rows_then_still_one(rows: int, said: str) -> None:
    results = [result(2 + at, f"S{at}") for at in range(rows)]
    assert equation(tally_of(report(results)), ENGLISH) == said


@pytest.mark.parametrize(
    ("done", "of", "percent"),
    [(0, 0, 100), (0, 3, 0), (29, 100, 29), (33, 40, 82), (199, 200, 99), (7, 7, 100)],
)
def test_percent_when_not_all_is_done_then_only_full_ones_count(done: int, of: int, percent: int) -> None:
    statuses = [Status.SUCCEEDED] * done + [Status.FAILED] * (of - done)
    assert Tally(count_statuses([result(2, "S", status) for status in statuses])).percent == percent


@given(st.lists(st.tuples(st.sampled_from(Status), st.sampled_from(["A", "B", "", "c@d.example"]))))
def test_groups_when_of_any_rows_then_their_counts_add_up_to_the_job(
    rows: list[tuple[Status, str]],
) -> None:
    results = [result(at, f"S{at}", status) for at, (status, _) in enumerate(rows, 2)]
    made = grouped(results, {at: label for at, (_, label) in enumerate(rows, 2)})
    total = tally_of(made)
    assert total.done + total.later + total.for_a_person == total.rows == len(rows)
    groups = by_label(made)
    for status in Status:
        assert sum(group.tally.counts[status] for group in groups) == total.counts[status]
        assert (
            sum(len(one.results) for one in by_reason(results) if one.status is status)
            == (total.counts[status])
        )
    assert [group.tally.left for group in groups] == sorted(
        (group.tally.left for group in groups), reverse=True
    )
    assert all("c@" not in group.label for group in groups)


def test_by_label_when_sites_are_named_then_the_one_with_most_left_is_first() -> None:
    results = [result(2, "S2"), result(3, "S3", Status.FAILED), result(4, "S4", Status.WAITING)]
    groups = by_label(grouped(results, {2: "Ningbo", 3: "Hangzhou", 4: ""}))
    assert [shown_label(group, ENGLISH) for group in groups] == ["(empty)", "Hangzhou", "Ningbo"]
    assert [group.tally.percent for group in groups] == [0, 0, 100]
    assert [one.row.number for one in groups[1].results] == [3]


def test_by_label_when_no_column_offers_itself_then_there_are_no_groups() -> None:
    assert by_label(report(of_each_status())) == ()


def test_by_reason_when_rows_have_mistakes_then_their_cells_are_left_out() -> None:
    def wrong(number: int) -> RowResult:
        made = result(number, "", Status.INVALID, reason=msg("{cell}: {problem}", cell="B2", problem="x"))
        problem = Problem("sn", f"B{number}", msg("No SN."), msg("Fill it in."))
        return replace(made, row=replace(made.row, problems=(problem,)))

    (group,) = by_reason([wrong(2), wrong(3)])
    assert ENGLISH(group.reason) == "No SN."
    assert ENGLISH(group.next_step) == "Nothing to do."


def test_by_reason_when_only_times_differ_then_the_first_and_the_last_are_named() -> None:
    def lost(number: int, minutes: int) -> RowResult:
        at = NOW + timedelta(minutes=minutes)
        return result(number, "S", Status.UNKNOWN, reason=msg("The call of {at} was lost.", at=at))

    (group,) = by_reason([lost(2, 5), lost(3, 0), lost(4, 9)])
    assert group.reason == msg(
        "The call of {at} was lost.",
        at=msg("{first} to {last}", first=NOW, last=NOW + timedelta(minutes=9)),
    )


def test_by_reason_when_next_steps_are_of_several_kinds_then_each_row_says_its_own() -> None:
    rows = [
        result(at, "S", Status.FAILED, reason=msg("No."), next_step=step)
        for at, step in ((2, msg("Mend it.")), (3, msg("Wait.")))
    ]
    assert ENGLISH(by_reason(rows)[0].next_step) == "See each row."
