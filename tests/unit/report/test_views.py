"""What the page's parts say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Actor, Status
from batchreset.report.groups import Tally
from batchreset.report.lines import Lines
from batchreset.report.views import FEW_LISTED, MAX_LISTED, MAX_SLOTS, Views
from batchreset.reported import Changes, JobReport, RowResult, Stuck, count_statuses
from batchreset.text import Text, msg
from batchreset.text.forms import Forms
from tests.unit.report.build import NOW, of_each_status, report, result

ENGLISH = Text("en-US")


def views(made: JobReport) -> Views:
    forms = Forms("en-US")
    return Views(made, ENGLISH, forms, Lines(made, ENGLISH, forms))


def many(status: Status, count: int, **more: Any) -> list[RowResult]:
    return [result(n, f"{status}{n}", status, **more) for n in range(2, 2 + count)]


def percent(shown: str) -> float:
    return float(shown.removesuffix("%"))


@given(st.lists(st.integers(0, 100_000), min_size=8, max_size=8).filter(any))
def test_bar_when_of_any_counts_then_it_is_filled_and_every_status_is_seen(counts: list[int]) -> None:
    tally = Tally(dict(zip(Status, counts, strict=True)))
    bar = views(report([])).bar(tally)
    assert {one.status for one in bar} == {status for status in Status if tally.counts[status]}
    assert percent(bar[0].left) == 0
    assert abs(percent(bar[-1].left) + percent(bar[-1].width) - 100) < 0.01
    assert all(percent(one.left) + percent(one.width) < percent(next_.left) for one, next_ in pairwise(bar))
    assert all(percent(one.width) > 0.5 for one in bar)


def test_bar_when_there_are_no_rows_then_none() -> None:
    assert views(report([])).bar(Tally(count_statuses([]))) == ()


def test_tasks_when_several_must_act_then_by_whom_and_most_rows_first() -> None:
    rows = [
        *many(Status.UNKNOWN, 2, actor=Actor.SITE),
        *many(Status.FAILED, 1, actor=Actor.SUPPORT),
        *many(Status.FAILED, 1, actor=Actor.OPERATOR, reason=msg("Unknown SN.")),
        *many(Status.FAILED, 3, actor=Actor.OPERATOR, reason=msg("No such country.")),
        *many(Status.WAITING, 4, actor=Actor.NEXT_RUN),
        *many(Status.SUCCEEDED, 9, actor=Actor.SITE),
    ]
    tasks = views(report(rows)).tasks()
    assert [(task.actor, task.rows) for task in tasks] == [
        (Actor.OPERATOR, "4"),
        (Actor.SITE, "2"),
        (Actor.SUPPORT, "1"),
        (Actor.NEXT_RUN, "4"),
    ]
    said = [(cause.count, cause.reason) for cause in tasks[0].causes]
    assert said == [("3", "No such country."), ("1", "Unknown SN.")]


def test_tasks_when_nothing_is_open_then_none() -> None:
    assert views(report(many(Status.SUCCEEDED, 2))).tasks() == ()


def test_cause_when_many_rows_share_it_then_few_are_named_and_the_rest_counted() -> None:
    for count, named, more in ((MAX_LISTED, MAX_LISTED, ""), (1200 + FEW_LISTED, FEW_LISTED, "1,200")):
        (task,) = views(report(many(Status.NOT_SENT, count))).tasks()
        (cause,) = task.causes
        assert (len(cause.listed), cause.more) == (named, more)


def test_changes_when_rows_are_stuck_then_by_status_with_the_longest_of_each() -> None:
    rows = of_each_status()
    stuck = (Stuck(rows[1], NOW - timedelta(hours=50)), Stuck(rows[4], NOW - timedelta(hours=3)))
    made = replace(report(rows), changes=Changes(NOW - timedelta(days=1), (rows[0],), stuck))
    found = views(made).changes()
    assert found is not None
    assert (found.newly_done, found.new, found.new_more, found.still_open) == ("1", ("SN0002",), "", "2")
    assert [(one.count, one.word, one.longest) for one in found.stuck] == [
        ("1", "failed", "2 days, 2 hours"),
        ("1", "waiting", "3 hours"),
    ]


def test_changes_when_there_was_no_run_before_then_none() -> None:
    assert views(report(of_each_status())).changes() is None


def test_forecast_when_quotas_free_at_many_times_then_few_are_named_and_the_rest_counted() -> None:
    rows = [
        *many(Status.NOT_SENT, 7),
        *(result(n, f"S{n}", Status.WAITING, not_before=NOW + timedelta(hours=n)) for n in range(1, 9)),
    ]
    found = views(replace(report(rows), rate=0.5)).forecast()
    assert found is not None
    assert (found.ready, found.sending, found.rate) == ("7", "14 seconds", "0.5")
    assert [slot.count for slot in found.slots] == ["1"] * MAX_SLOTS
    assert found.later == str(8 - MAX_SLOTS)


def test_forecast_when_sending_takes_no_time_to_speak_of_then_a_second() -> None:
    found = views(replace(report(many(Status.NOT_SENT, 1)), rate=40)).forecast()
    assert found is not None
    assert found.sending == "1 second"


def test_forecast_when_only_persons_can_help_then_none() -> None:
    assert views(report(many(Status.FAILED, 3))).forecast() is None
