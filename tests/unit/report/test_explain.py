"""Every verdict has a reason and a next step, and the report is worked out from sheet and ledger alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Actor, Advice, Attempt, AttemptState, Job, Resolution, Status, Stop
from batchreset.report.explain import Ending
from batchreset.report.facts import Grounds, make_report
from batchreset.reported import JobReport
from batchreset.rows import Column, Columns, Contact, Problem, Row, Table
from batchreset.service.codes import load_table
from batchreset.text import Text, msg
from tests.unit.build import NOW, RULES, ago, attempt, row

ENGLISH = Text("en-US")
BAD = Problem("email", "S!D4", msg("The e-mail address has no @."), msg("Type it again."))
STOP = Stop("unreachable", 6, msg("The service is away."), msg("Check the network."))


def digest(contact: Contact | None) -> str:
    return "" if contact is None else "digest"


def reported(
    rows: Sequence[Row],
    history: Mapping[str, tuple[Attempt, ...]] | None = None,
    ending: Ending | None = None,
) -> JobReport:
    job = Job("job", NOW, Path("/in.xlsx"), "00", "S", Path("/out"), "en-US", False, "https://x", "me")
    table = Table(Path("/in.xlsx"), "S", 1, Columns(Column(1, "A", "SN")), tuple(rows))
    grounds = Grounds(job, history or {}, ending or Ending(), (), RULES, load_table(), digest, {})
    return make_report(table, grounds, NOW)


def words(
    history: Sequence[Attempt] = (), ending: Ending | None = None, of: Row | None = None
) -> tuple[Status, str, str]:
    (result,) = reported([of or row()], {"a1": tuple(history)}, ending).results
    return result.status, ENGLISH(result.reason), ENGLISH(result.next_step)


def test_row_confirmed_tells_what_to_do_with_the_code() -> None:
    status, reason, step = words([attempt(AttemptState.SUCCEEDED)])
    assert (status, "confirmed" in reason, "10 days" in step) == (Status.SUCCEEDED, True, True)


def test_row_confirmed_whose_contact_changed_since_says_who_got_the_code() -> None:
    status, reason, step = words([attempt(AttemptState.SUCCEEDED, contact="another")])
    assert status is Status.SUCCEEDED
    assert "the contact the row had" in reason
    assert "--again" in step


def test_row_invalid_names_the_cell_and_the_mend() -> None:
    _, reason, step = words(of=row(contact=None, problems=(BAD, BAD)))
    assert reason.count("S!D4: The e-mail address has no @.") == 2
    assert step == "Type it again. Type it again."


def test_row_unknown_names_the_time_and_what_was_heard() -> None:
    _, reason, step = words([attempt(AttemptState.UNKNOWN, error_message="cut off")])
    assert "cut off" in reason
    assert "2026-11-23" in reason
    assert "batchreset resolve job --arrived A1" in step
    _, reason, _ = words([attempt(AttemptState.UNKNOWN, http_status=500, error_code="USG.000000002")])
    assert "HTTP 500 USG.000000002" in reason


def test_row_unknown_that_arrived_is_succeeded_by_a_persons_word() -> None:
    lost = attempt(AttemptState.UNKNOWN, ago(hours=1), resolved=Resolution.ARRIVED)
    status, reason, step = words([lost])
    assert status is Status.SUCCEEDED
    assert "a person found that the code arrived" in reason
    assert "Enter the new code" in step


def test_row_unknown_that_did_not_arrive_is_to_be_sent_whatever_stopped_the_run() -> None:
    lost = attempt(AttemptState.UNKNOWN, ago(hours=1), resolved=Resolution.NOT_ARRIVED)
    status, reason, step = words([lost], Ending(STOP))
    assert status is Status.NOT_SENT
    assert "No code arrived" in reason
    assert "rerun" in step


def test_row_failed_says_the_services_reason_in_plain_words_and_its_own() -> None:
    refused = attempt(
        AttemptState.REFUSED,
        advice=Advice.ROW,
        http_status=400,
        error_code="USG.201050022",
        error_message="nope",
    )
    status, reason, step = words([refused])
    assert status is Status.FAILED
    assert '"nope"' in reason
    assert step


def test_row_failed_with_a_code_nobody_knows_shows_all_of_the_answer() -> None:
    refused = attempt(
        AttemptState.REFUSED,
        advice=Advice.ROW,
        http_status=400,
        error_code="USG.299999999",
        error_message="odd",
    )
    _, reason, _ = words([refused])
    assert all(part in reason for part in ("400", "USG.299999999", "odd"))


def test_row_waiting_says_until_when() -> None:
    used = [
        attempt(AttemptState.REFUSED, ago(hours=h), job="other", advice=Advice.ROW) for h in (5, 4, 3, 2, 1)
    ]
    status, reason, step = words(used)
    assert (status, "5 calls in 24 h" in reason, "rerun" in step) == (Status.WAITING, True, True)


def test_row_recent_names_the_job_and_how_long_its_code_lives() -> None:
    status, reason, step = words([attempt(AttemptState.SUCCEEDED, ago(days=2), job="other")])
    assert status is Status.RECENT
    assert "other" in reason
    assert "--again" in step


@pytest.mark.parametrize(
    ("history", "ending", "expected"),
    [
        ((), Ending(), "Not sent yet."),
        ((), Ending(ended=False), "without finishing"),
        ((), Ending(STOP), "The service is away."),
        (
            (attempt(AttemptState.UNPROCESSED, error_message="refused"),),
            Ending(),
            "could not be reached: refused",
        ),
        (
            (attempt(AttemptState.UNPROCESSED, http_status=429, error_code="APIG.0308"),),
            Ending(),
            "Not processed",
        ),
    ],
)
def test_row_not_sent_says_why(history: Sequence[Attempt], ending: Ending, expected: str) -> None:
    status, reason, _ = words(history, ending)
    assert status is Status.NOT_SENT
    assert expected in reason


def test_report_counts_add_up_and_attempts_are_the_jobs_own() -> None:
    rows = [row(2), row(3, duplicate_of=2), row(4, "B"), row(5, "C", contact=None, problems=(BAD,))]
    mine = attempt(AttemptState.UNPROCESSED, ago(minutes=5)), attempt(AttemptState.SUCCEEDED, ago(minutes=4))
    other = attempt(AttemptState.SUCCEEDED, ago(days=1), sn="B", job="other")
    stray = attempt(AttemptState.SUCCEEDED, ago(minutes=3), sn="Z")
    report = reported(rows, {"a1": mine, "b": (other,), "z": (stray,)})
    assert sum(report.counts.values()) == 4
    assert [r.attempts for r in report.results] == [2, 0, 0, 0]
    assert report.results[2].request_id == other.id
    assert (report.attempts, report.strays) == (3, ("Z",))
    assert (report.started_at, report.ended_at) == (ago(minutes=5), ago(minutes=3))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(AttemptState)),
            st.sampled_from(list(Advice)),
            st.sampled_from(["job", "other"]),
            st.sampled_from([None, 200, 307, 400, 401, 403, 404, 429, 500]),
            st.none() | st.text(max_size=20),
            st.floats(0, 300),
        ),
        max_size=7,
    ),
    st.sampled_from([Ending(), Ending(STOP), Ending(ended=False), Ending(again=True)]),
)
def test_report_of_any_history_gives_each_row_one_status_with_words_in_both_languages(
    steps: list[tuple[AttemptState, Advice, str, int | None, str | None, float]], ending: Ending
) -> None:
    history = tuple(
        attempt(
            state,
            ago(hours=hours),
            job=job,
            advice=advice,
            http_status=status,
            error_message=text,
            not_before=NOW + timedelta(hours=1) if advice is Advice.LATER else None,
        )
        for state, advice, job, status, text, hours in sorted(steps, key=lambda step: -step[5])
    )
    report = reported([row(2), row(3, "B"), row(4, duplicate_of=2)], {"a1": history}, ending)
    assert len(report.results) == 3
    assert sum(report.counts.values()) == 3
    for result in report.results:
        for lang in (ENGLISH, Text("zh-CN")):
            assert lang(result.reason).strip()
            assert lang(result.next_step).strip()


def test_time_at_sending_when_runs_lay_apart_then_the_pauses_between_them_do_not_count() -> None:
    def called(run: str, begun: int, ended: int) -> Attempt:
        made = attempt(AttemptState.SUCCEEDED, ago(seconds=begun))
        return replace(made, run=run, settled_at=ago(seconds=ended))

    history = {
        "a1": (called("first", 9000, 8990), called("second", 100, 95)),
        "b1": (called("first", 9005, 9004), called("second", 99, 80)),
    }
    assert reported([row()], history).sending_s == (9005 - 8990) + (100 - 80)
    assert reported([row()]).sending_s == 0


@pytest.mark.parametrize(
    ("history", "ending", "actor"),
    [
        ((), Ending(), Actor.NEXT_RUN),
        ((), Ending(ended=False), Actor.NEXT_RUN),
        ((attempt(AttemptState.UNPROCESSED, http_status=503),), Ending(), Actor.NEXT_RUN),
        ((), Ending(replace(STOP, code="only-first")), Actor.NEXT_RUN),
        ((), Ending(replace(STOP, code="interrupted")), Actor.NEXT_RUN),
        ((), Ending(replace(STOP, code="auth-refused")), Actor.ADMINISTRATOR),
        ((), Ending(replace(STOP, code="redirected")), Actor.OPERATOR),
    ],
)
def test_row_not_sent_is_a_persons_only_where_something_must_be_put_right_first(
    history: tuple[Attempt, ...], ending: Ending, actor: Actor
) -> None:
    (result,) = reported([row()], {"a1": history}, ending).results
    assert (result.status, result.actor) == (Status.NOT_SENT, actor)


def test_row_waiting_is_for_the_next_run() -> None:
    used = tuple(
        attempt(AttemptState.REFUSED, ago(hours=h), job="other", advice=Advice.ROW) for h in range(1, 6)
    )
    (result,) = reported([row()], {"a1": tuple(reversed(used))}).results
    assert (result.status, result.actor) == (Status.WAITING, Actor.NEXT_RUN)


def test_row_failed_with_an_unlisted_code_ends_its_sentence_once() -> None:
    refused = attempt(
        AttemptState.REFUSED,
        advice=Advice.ROW,
        http_status=400,
        error_code="USG.299999999",
        error_message="Odd.",
    )
    _, reason, _ = words([refused])
    assert reason.endswith("Odd).")
