"""What the last run changed, from the ledger's attempts and runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from batchreset.ledger.port import Resolved, Run
from batchreset.model import DONE, Advice, Attempt, AttemptState, Job, Resolution
from batchreset.report.explain import Ending
from batchreset.report.facts import Grounds, make_report
from batchreset.reported import Changes, JobReport
from batchreset.rows import Column, Columns, Contact, Row, Table
from batchreset.service.codes import load_table
from tests.unit.build import NOW, RULES, ago, attempt, row

FIRST = replace(Run("first", "job", ago(hours=30), "host", 1, "0", Path("in.xlsx")), ended_at=ago(hours=29))
SECOND = Run("second", "job", ago(hours=1), "host", 1, "0", Path("in.xlsx"))
BOTH = (FIRST, SECOND)
STATES = [state for state in AttemptState if state is not AttemptState.OPEN]


def digest(contact: Contact | None) -> str:
    return "digest" if contact else ""


def reported(
    attempts: Sequence[Attempt],
    runs: Sequence[Run] = BOTH,
    said: Sequence[Resolved] = (),
    rows: Sequence[Row] | None = None,
) -> JobReport:
    job = Job("job", ago(hours=30), Path("/in"), "00", "S", Path("/out"), "en-US", False, "https://x", "me")
    table = Table(Path("/in.xlsx"), "S", 1, Columns(Column(1, "A", "SN")), tuple(rows or [row()]))
    history: dict[str, tuple[Attempt, ...]] = {}
    for one in attempts:
        history[one.sn.casefold()] = (*history.get(one.sn.casefold(), ()), one)
    grounds = Grounds(job, history, Ending(), runs, RULES, load_table(), digest, {}, said=said)
    return make_report(table, grounds, NOW)


def changed(attempts: Sequence[Attempt], said: Sequence[Resolved] = ()) -> Changes:
    found = reported(attempts, said=said).changes
    assert found is not None
    return found


def refused(hours: float, run: str, code: str = "USG.000000003") -> Attempt:
    return attempt(
        AttemptState.REFUSED,
        ago(hours=hours),
        run=run,
        advice=Advice.ROW,
        http_status=400,
        error_code=code,
        contact="digest",
    )


def test_changes_when_the_job_had_one_run_or_none_then_there_are_none() -> None:
    assert reported([], runs=[SECOND]).changes is None
    assert reported([], runs=[]).changes is None


def test_changes_when_the_last_run_confirmed_a_row_then_it_is_newly_done() -> None:
    found = changed([refused(29.5, "first"), attempt(AttemptState.SUCCEEDED, ago(hours=0.9), run="second")])
    assert found.before == ago(hours=29)
    assert [one.row.number for one in found.newly_done] == [2]
    assert found.stuck == ()


def test_changes_when_the_first_run_had_confirmed_a_row_then_it_is_no_change() -> None:
    found = changed([attempt(AttemptState.SUCCEEDED, ago(hours=29.5), run="first")])
    assert (found.newly_done, found.stuck) == ((), ())


def test_changes_when_the_run_before_was_killed_then_what_it_left_open_was_not_done() -> None:
    killed = replace(FIRST, ended_at=None)
    settled_later = attempt(AttemptState.SUCCEEDED, ago(hours=29.5), settled_at=ago(minutes=50), run="first")
    found = reported([settled_later], runs=(killed, SECOND)).changes
    assert found is not None
    assert found.before == SECOND.started_at
    assert len(found.newly_done) == 1


def test_changes_when_a_person_said_since_that_the_code_arrived_then_it_is_newly_done() -> None:
    lost = attempt(AttemptState.UNKNOWN, ago(hours=29.5), run="first", resolved=Resolution.ARRIVED, id="lost")
    early = Resolved("lost", Resolution.ARRIVED, ago(hours=29.2), "me", "")
    late = replace(early, at=ago(hours=2))
    assert len(changed([lost], said=[late]).newly_done) == 1
    assert changed([lost], said=[early]).newly_done == ()


def test_stuck_when_a_row_fails_in_the_same_way_then_since_the_first_time() -> None:
    (one,) = changed([refused(29.5, "first"), refused(0.9, "second")]).stuck
    assert one.since == ago(hours=29.5)


def test_stuck_when_a_row_fails_in_another_way_now_then_since_that() -> None:
    (one,) = changed([refused(29.5, "first"), refused(0.9, "second", "USG.000000004")]).stuck
    assert one.since == ago(hours=0.9)


def test_stuck_when_no_call_was_processed_then_since_the_first_run() -> None:
    unreached = attempt(AttemptState.UNPROCESSED, ago(hours=0.9), run="second")
    for attempts in ([], [unreached]):
        (one,) = changed(attempts).stuck
        assert one.since == FIRST.started_at


def test_stuck_when_others_called_the_terminal_then_their_calls_say_nothing_of_this_job() -> None:
    other = attempt(AttemptState.UNKNOWN, ago(hours=40), job="other", run="other")
    (one,) = changed([other]).stuck
    assert one.since == FIRST.started_at


def test_stuck_when_there_are_several_then_the_longest_first() -> None:
    rows = [row(2, "A1"), row(3, "B")]
    attempts = [refused(20, "first"), replace(refused(29, "first"), sn="B")]
    found = reported(attempts, rows=rows).changes
    assert found is not None
    assert [one.result.row.number for one in found.stuck] == [3, 2]


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sampled_from(["first", "second"]), st.integers(0, 59)),
        max_size=6,
    )
)
def test_changes_when_any_history_then_done_before_newly_done_and_stuck_are_all_rows(
    steps: list[tuple[AttemptState, str, int]],
) -> None:
    begins = {"first": FIRST.started_at, "second": SECOND.started_at}
    attempts = sorted(
        (attempt(state, begins[run] + timedelta(minutes=at), run=run) for state, run, at in steps),
        key=lambda one: one.opened_at,
    )
    rows = [row(2), row(3, "B"), row(4, duplicate_of=2)]
    report = reported(attempts, rows=rows)
    found = report.changes
    assert found is not None
    new = {one.row.number for one in found.newly_done}
    stuck = {one.result.row.number for one in found.stuck}
    open_now = {one.row.number for one in report.results if one.status not in DONE}
    assert stuck == open_now, "nothing that was done comes undone"
    assert not new & open_now
    assert all(FIRST.started_at <= one.since <= NOW for one in found.stuck)
