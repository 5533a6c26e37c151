"""May a terminal be called now, and if not, why: every rule of the contract, and their order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Advice, Attempt, AttemptState, Reason, Resolution, Status, Verdict, Wishes
from batchreset.plan.terminal import Asking, judge_row, judge_terminal
from batchreset.rows import Contact, Problem
from batchreset.text import msg
from tests.unit.build import NOW, RULES, ago, attempt, row

ASKING = Asking("job", "digest", "now")
S, R, F, U = (
    AttemptState.SUCCEEDED,
    AttemptState.REFUSED,
    AttemptState.UNPROCESSED,
    AttemptState.UNKNOWN,
)


def judged(*history: Attempt, asking: Asking = ASKING) -> Verdict:
    return judge_terminal(history, asking, NOW, RULES)


def wishing(**wishes: bool) -> Asking:
    return Asking("job", "digest", "now", Wishes(**wishes))


def test_terminal_never_called_is_sendable() -> None:
    verdict = judged()
    assert verdict.sendable
    assert verdict.status is Status.NOT_SENT


def test_terminal_with_an_open_attempt_is_unknown_and_never_sendable() -> None:
    for asking in (ASKING, wishing(again=True, retry_unknown=True)):
        verdict = judged(attempt(AttemptState.OPEN, ago(days=30), run="other"), asking=asking)
        assert (verdict.status, verdict.reason) == (Status.UNKNOWN, Reason.IN_FLIGHT)


def test_terminal_confirmed_by_this_job_stays_succeeded_whatever_is_wished() -> None:
    verdict = judged(attempt(S, ago(days=90)), asking=wishing(again=True, retry_unknown=True))
    assert (verdict.status, verdict.reason) == (Status.SUCCEEDED, Reason.CONFIRMED)


def test_terminal_confirmed_by_this_job_stays_so_while_another_is_at_it() -> None:
    other = attempt(AttemptState.OPEN, ago(minutes=1), job="other")
    assert judged(attempt(S, ago(days=1)), other).reason is Reason.CONFIRMED


def test_terminal_confirmed_by_another_job_is_recent_for_a_codes_life() -> None:
    assert judged(attempt(S, ago(days=9), job="other")).status is Status.RECENT
    assert judged(attempt(S, ago(days=10), job="other")).sendable
    assert judged(attempt(S, ago(days=9), job="other"), asking=wishing(again=True)).sendable


def test_terminal_recent_when_the_job_was_made_stays_recent_for_that_job() -> None:
    confirmed = attempt(AttemptState.SUCCEEDED, ago(days=19), job="other")
    made = Asking("job", "digest", job_at=ago(days=12))
    assert judged(confirmed, asking=made).status is Status.RECENT, "a schedule must not reset it one day"
    assert judged(confirmed, asking=Asking("job", "digest", job_at=NOW)).sendable


def test_terminal_retried_after_a_lost_answer_is_not_recent_for_an_older_success() -> None:
    history = attempt(S, ago(days=3), job="other"), attempt(U, ago(hours=1))
    assert judged(*history).status is Status.UNKNOWN
    assert judged(*history, asking=wishing(retry_unknown=True)).sendable


def test_terminal_refused_after_a_success_still_has_its_code() -> None:
    history = attempt(S, ago(days=3), job="other"), attempt(R, ago(hours=1), job="third", advice=Advice.ROW)
    assert judged(*history).status is Status.RECENT


def test_terminal_whose_answer_was_lost_is_unknown_for_every_job_until_its_code_would_be_dead() -> None:
    for job in ("job", "other"):
        lost = attempt(U, ago(days=9), job=job)
        assert judged(lost).status is Status.UNKNOWN
        assert judged(lost, asking=wishing(again=True)).status is Status.UNKNOWN
        assert judged(lost, asking=wishing(retry_unknown=True)).sendable
        assert judged(attempt(U, ago(days=10), job=job)).sendable


def test_terminal_left_unknown_by_the_same_run_is_not_retried_in_it_even_if_wished() -> None:
    lost = attempt(U, run="now")
    assert judged(lost, asking=wishing(retry_unknown=True)).reason is Reason.ANSWER_LOST


def test_terminal_unknown_then_confirmed_elsewhere_is_recent() -> None:
    assert judged(attempt(U, ago(hours=5)), attempt(S, ago(hours=1), job="other")).status is Status.RECENT


@pytest.mark.parametrize("state", [S, R])
def test_terminal_whose_answer_this_job_lost_is_not_sent_again_by_it_for_what_others_did(
    state: AttemptState,
) -> None:
    lost, other = attempt(U, ago(days=3)), attempt(state, ago(days=2), job="other")
    verdict = judged(lost, other, asking=wishing(again=True))
    assert (verdict.status, verdict.attempt) == (Status.UNKNOWN, lost)
    assert judged(lost, other, asking=wishing(again=True, retry_unknown=True)).sendable
    settled = attempt(U, ago(days=3), resolved=Resolution.NOT_ARRIVED)
    assert judged(settled, other, asking=wishing(again=True)).sendable
    assert judged(attempt(U, ago(days=11)), other, asking=wishing(again=True)).sendable


def test_terminal_confirmed_elsewhere_then_unknown_is_unknown() -> None:
    verdict = judged(attempt(S, ago(hours=5), job="other"), attempt(U, ago(hours=1), job="other"))
    assert verdict.status is Status.UNKNOWN


def test_terminal_unknown_then_unprocessed_is_still_unknown() -> None:
    assert judged(attempt(U, ago(hours=5)), attempt(F, ago(hours=1))).status is Status.UNKNOWN


def test_row_refused_in_this_job_stays_failed_until_its_contact_changes() -> None:
    refused = attempt(R, ago(hours=1), advice=Advice.ROW)
    assert judged(refused).status is Status.FAILED
    assert judged(refused, asking=Asking("job", "another", "now")).sendable
    assert judged(refused, asking=Asking("next job", "digest", "now")).sendable


def test_row_refused_for_a_reason_outside_it_may_be_sent_by_a_later_run() -> None:
    refused = attempt(R, ago(hours=1), advice=Advice.STOP)
    assert judged(refused).sendable
    assert judged(attempt(R, advice=Advice.STOP, run="now")).status is Status.FAILED


def test_terminal_the_service_said_later_of_waits_for_every_job() -> None:
    later = attempt(R, ago(hours=1), advice=Advice.LATER, job="other", not_before=NOW + timedelta(hours=2))
    verdict = judged(later)
    assert (verdict.status, verdict.not_before) == (Status.WAITING, NOW + timedelta(hours=2))
    served = attempt(R, ago(hours=1), advice=Advice.LATER, not_before=NOW)
    assert judged(served).sendable


def test_terminal_with_its_quota_used_up_waits() -> None:
    history = [attempt(R, ago(hours=h), advice=Advice.ROW, job="other") for h in (5, 4, 3, 2, 1)]
    verdict = judged(*history)
    assert (verdict.status, verdict.reason) == (Status.WAITING, Reason.QUOTA)
    assert verdict.not_before == ago(hours=5) + RULES.quota_window + RULES.quota_margin


def test_wishes_never_lift_the_quota() -> None:
    history = [attempt(U, ago(hours=h), job="other") for h in (5, 4, 3, 2, 1)]
    assert judged(*history, asking=wishing(again=True, retry_unknown=True)).reason is Reason.QUOTA


BAD = Problem("email", "S!B2", msg("bad"), msg("mend"))


def test_row_that_cannot_be_used_is_invalid() -> None:
    verdict = judge_row(row(contact=None, problems=(BAD,)), (), ASKING, NOW, RULES)
    assert verdict.status is Status.INVALID


def test_row_spoken_for_is_duplicate() -> None:
    verdict = judge_row(row(duplicate_of=2), (attempt(S),), ASKING, NOW, RULES)
    assert verdict.status is Status.DUPLICATE


@pytest.mark.parametrize(("state", "status"), [(S, Status.SUCCEEDED), (U, Status.UNKNOWN)])
def test_row_spoiled_after_it_was_sent_keeps_what_it_came_to(state: AttemptState, status: Status) -> None:
    spoiled = row(contact=None, problems=(BAD,))
    assert judge_row(spoiled, (attempt(state),), ASKING, NOW, RULES).status is status
    conflicting = row(problems=(BAD,))
    theirs = (attempt(state, contact="another"),)
    assert judge_row(conflicting, (attempt(state),), ASKING, NOW, RULES).status is status
    assert judge_row(conflicting, theirs, ASKING, NOW, RULES).status is Status.INVALID
    assert judge_row(spoiled, (attempt(state, job="other"),), ASKING, NOW, RULES).status is Status.INVALID


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((), Status.NOT_SENT),
        ((attempt(S, contact="registered"),), Status.SUCCEEDED),
        ((attempt(R, contact="registered", advice=Advice.ROW),), Status.FAILED),
        ((attempt(F, contact="registered"),), Status.NOT_SENT),
        ((attempt(S, job="other"),), Status.RECENT),
    ],
)
def test_row_that_awaits_its_registered_contact_stands_as_with_the_one_it_had(
    history: tuple[Attempt, ...], status: Status
) -> None:
    awaiting = row(contact=None, awaits_contact=True)
    asking = Asking("job", "")
    assert judge_row(awaiting, history, asking, NOW, RULES).status is status
    unfit = row(contact=None, awaits_contact=True, problems=(BAD,))
    assert judge_row(unfit, (), asking, NOW, RULES).status is Status.INVALID


attempts = st.lists(
    st.builds(
        lambda state, hours, job, run, contact, advice, wait: attempt(
            state,
            ago(hours=hours),
            job=job,
            run=run,
            contact=contact,
            advice=advice,
            not_before=None if wait is None else NOW + timedelta(hours=wait),
        ),
        st.sampled_from([S, R, F, U]),
        st.floats(0, 400),
        st.sampled_from(["job", "other"]),
        st.sampled_from(["now", "earlier"]),
        st.sampled_from(["digest", "another"]),
        st.sampled_from(list(Advice)),
        st.none() | st.floats(-5, 5),
    ),
    max_size=12,
)


@given(attempts, st.booleans(), st.booleans(), st.sampled_from([None, Contact(email="a@b.cn")]))
def test_row_with_any_history_gets_exactly_one_status_that_fits_its_reason(
    history: list[Attempt], again: bool, retry_unknown: bool, contact: Contact | None
) -> None:
    history.sort(key=lambda a: a.opened_at)
    asking = wishing(again=again, retry_unknown=retry_unknown)
    verdict = judge_row(row(contact=contact), history, asking, NOW, RULES)
    assert verdict.status in Status
    assert (verdict.status is Status.NOT_SENT) == verdict.sendable
    assert (verdict.status is Status.WAITING) == (verdict.not_before is not None)
    if verdict.sendable:
        counted = [a for a in history if a.state is not F and a.counts_from > ago(hours=24)]
        assert len(counted) < RULES.quota_calls
        assert not any(a.state is S and a.job == "job" for a in history)
    if contact is None:
        assert not verdict.sendable


def test_unknown_that_arrived_is_as_good_as_confirmed() -> None:
    arrived = attempt(U, ago(days=1), resolved=Resolution.ARRIVED)
    assert judged(arrived).status is Status.SUCCEEDED
    others = attempt(U, ago(days=1), resolved=Resolution.ARRIVED, job="other")
    assert judged(others).status is Status.RECENT
    assert judged(others, asking=wishing(again=True)).sendable
    assert judged(attempt(U, ago(days=10), resolved=Resolution.ARRIVED, job="other")).sendable


def test_unknown_that_did_not_arrive_may_be_sent_and_still_counts() -> None:
    lost = [attempt(U, ago(hours=h), resolved=Resolution.NOT_ARRIVED) for h in (5, 4, 3, 2)]
    assert judged(*lost).sendable
    assert judged(*lost, attempt(U, ago(hours=1), resolved=Resolution.NOT_ARRIVED)).reason is Reason.QUOTA


def test_unknown_that_was_only_sent_again_is_as_unknown_as_before() -> None:
    retried = attempt(U, ago(days=1), resolved=Resolution.RETRIED)
    never_left = attempt(F, ago(hours=1))
    assert judged(retried, never_left).reason is Reason.ANSWER_LOST
    assert judged(retried, never_left, asking=wishing(retry_unknown=True)).sendable


def test_late_answer_says_more_than_what_a_person_said() -> None:
    assert judged(attempt(R, advice=Advice.ROW, resolved=Resolution.ARRIVED)).reason is Reason.REFUSED
