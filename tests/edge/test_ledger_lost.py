"""Calls without an answer: recovered from dead runs, settled by hand, or answered late after all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, AttemptState, Outcome, Reason, Resolution, Verdict, Wishes
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    BAD_ROW,
    CALL_TIMEOUT,
    FREE,
    GOOD,
    LOST,
    begin,
    claim,
    claimed,
    made,
    opened,
    rows,
    settled,
    word,
)
from tests.unit.build import NOW

ARRIVED, NOT_ARRIVED = Resolution.ARRIVED, Resolution.NOT_ARRIVED
LATER = NOW + timedelta(hours=1)
RETRYING = Asking("job", "d", "again", Wishes(retry_unknown=True))


def only(ledger: SqliteLedger, sn: str = "A1") -> Attempt:
    (attempt,) = ledger.history([sn])[sn.casefold()]
    return attempt


async def recovered(path: Path) -> tuple[SqliteLedger, Attempt]:
    """A ledger whose run was taken for dead by another, and its call, which is unknown since."""
    ledger = opened(path)
    begin(ledger)
    attempt = await claimed(ledger, "A1")
    ledger.locks.release()  # as a dead process does
    with opened(path) as other:
        assert other.recover(NOW) == 1
    return ledger, attempt


async def test_recover_when_the_run_died_makes_its_open_attempts_unknown(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        await claimed(ledger, "A1")
        await settled(ledger, "A2", GOOD)
    with opened(path) as ledger:
        assert ledger.recover(NOW) == 1
        assert ledger.recover(NOW) == 0
        lost = only(ledger)
        assert (lost.state, lost.counts_from) == (AttemptState.UNKNOWN, NOW + CALL_TIMEOUT)
        assert only(ledger, "A2").state is AttemptState.SUCCEEDED


async def test_recover_when_several_runs_died_takes_only_theirs(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as living:
        for number in range(2):
            with opened(path) as dead:
                begin(dead, f"dead-{number}", f"dead-{number}")
                await claimed(dead, f"D{number}", asking=Asking(f"dead-{number}", "d", f"dead-{number}"))
        begin(living)
        await claimed(living, "A1")
        assert living.recover(NOW) == 2
        assert only(living).state is AttemptState.OPEN


async def test_recover_while_the_run_lives_leaves_its_attempts_alone(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as living, opened(path) as other:
        begin(living)
        attempt = await claimed(living, "A1")
        assert other.recover(NOW) == 0
        await living.settle(attempt, GOOD, NOW)
        assert only(other).state is AttemptState.SUCCEEDED


@pytest.mark.parametrize("late", [GOOD, BAD_ROW, FREE, LOST], ids=lambda late: late.state)
async def test_late_answer_after_recovery_is_better_evidence_and_is_kept(
    tmp_path: Path, late: Outcome
) -> None:
    ledger, attempt = await recovered(tmp_path / "l")
    with ledger:
        await ledger.settle(attempt, late, LATER)
        assert (only(ledger).state, only(ledger).settled_at) == (late.state, LATER)
        assert ledger.verify().broken is None


async def test_late_answer_of_an_attempt_that_has_an_answer_already_is_refused(ledger: SqliteLedger) -> None:
    attempt = await claimed(ledger, "A1")
    await ledger.settle(attempt, BAD_ROW, NOW)
    with pytest.raises(LedgerError) as caught:
        await ledger.settle(attempt, GOOD, LATER)
    assert caught.value.code == "ledger-changed"
    assert only(ledger).state is AttemptState.REFUSED


async def test_settling_the_same_again_changes_nothing(ledger: SqliteLedger) -> None:
    attempt = await claimed(ledger, "A1")
    await ledger.settle(attempt, GOOD, NOW)
    before = only(ledger)
    await ledger.settle(attempt, GOOD, NOW)
    assert only(ledger) == before
    assert ledger.verify().broken is None


async def test_resolve_as_arrived_confirms_and_what_was_said_is_kept(ledger: SqliteLedger) -> None:
    lost = await settled(ledger, "A1", LOST)
    said = word(lost, ARRIVED)
    assert ledger.resolve([said]) == [True]
    assert only(ledger).confirmed
    assert ledger.resolved([lost.id]) == [said]
    answer = await ledger.claim(claim("A1", LATER, RETRYING))
    assert isinstance(answer, Verdict)
    assert answer.reason is Reason.CONFIRMED


async def test_resolve_as_not_arrived_lets_the_next_run_send_and_the_call_still_counts(
    ledger: SqliteLedger,
) -> None:
    lost = await settled(ledger, "A1", LOST)
    begin(ledger, "later", new_job=False)
    before = await ledger.claim(claim("A1", LATER, Asking("job", "d", "later")))
    assert isinstance(before, Verdict)
    assert before.reason is Reason.ANSWER_LOST
    assert ledger.resolve([word(lost, NOT_ARRIVED)]) == [True]
    for number in range(4):
        await settled(ledger, "A1", LOST, LATER, Asking("job", "d", "later"))
        ledger.resolve([word(ledger.history(["A1"])["a1"][-1], NOT_ARRIVED)])
        assert len(ledger.history(["A1"])["a1"]) == number + 2
    sixth = await made(ledger, "A1", GOOD, LATER, Asking("job", "d", "later"))
    assert isinstance(sixth, Verdict)
    assert sixth.reason is Reason.QUOTA


async def test_resolve_said_again_the_last_word_counts_and_all_are_kept(ledger: SqliteLedger) -> None:
    lost = await settled(ledger, "A1", LOST)
    words = [word(lost, resolution) for resolution in (ARRIVED, NOT_ARRIVED, NOT_ARRIVED, ARRIVED)]
    assert ledger.resolve(words[:2]) == [True, True]
    assert only(ledger).resolved is NOT_ARRIVED
    assert ledger.resolve(words[2:]) == [True, True]
    assert only(ledger).resolved is ARRIVED
    assert ledger.resolved([lost.id]) == words
    assert ledger.verify().broken is None


@pytest.mark.parametrize("outcome", [None, GOOD, BAD_ROW, FREE], ids=["open", "good", "refused", "free"])
async def test_resolve_of_an_attempt_that_is_not_unknown_keeps_nothing(
    ledger: SqliteLedger, outcome: Outcome | None
) -> None:
    attempt = await claimed(ledger, "A1")
    if outcome is not None:
        await ledger.settle(attempt, outcome, NOW)
    assert ledger.resolve([word(attempt, ARRIVED), word("nobody", ARRIVED)]) == [False, False]
    assert only(ledger).resolved is None
    assert rows(ledger.path, "SELECT count(*) FROM resolution") == [(0,)]


@pytest.mark.parametrize("first_word", [None, NOT_ARRIVED], ids=["retried", "not arrived"])
@pytest.mark.parametrize("second", [None, GOOD, LOST], ids=["open", "good", "lost"])
async def test_resolve_of_an_attempt_that_was_sent_again_is_about_the_later_one(
    ledger: SqliteLedger, first_word: Resolution | None, second: Outcome | None
) -> None:
    lost = await settled(ledger, "A1", LOST)
    if first_word is not None:
        ledger.resolve([word(lost, first_word)])
    begin(ledger, "again", new_job=False)
    again = await claimed(ledger, "A1", LATER, RETRYING)
    if second is not None:
        await ledger.settle(again, second, LATER)
    for resolution in (ARRIVED, NOT_ARRIVED):
        assert ledger.resolve([word(lost, resolution)]) == [False]
    assert ledger.history(["A1"])["a1"][0].resolved is (first_word or Resolution.RETRIED)
    await claimed(ledger, "A2")  # and nothing was stopped by it


@pytest.mark.parametrize("second", [BAD_ROW, FREE], ids=["refused", "free"])
async def test_resolve_of_an_attempt_whose_second_was_not_processed_is_kept(
    ledger: SqliteLedger, second: Outcome
) -> None:
    lost = await settled(ledger, "A1", LOST)
    begin(ledger, "again", new_job=False)
    await settled(ledger, "A1", second, LATER, RETRYING)
    assert ledger.resolve([word(lost, ARRIVED)]) == [True]
    assert ledger.history(["A1"])["a1"][0].confirmed


@pytest.mark.parametrize("resolution", [ARRIVED, NOT_ARRIVED])
@pytest.mark.parametrize("late", [GOOD, BAD_ROW, FREE], ids=lambda late: late.state)
async def test_late_answer_after_a_persons_word_goes_before_it(
    tmp_path: Path, resolution: Resolution, late: Outcome
) -> None:
    ledger, attempt = await recovered(tmp_path / "l")
    with ledger:
        assert ledger.resolve([word(attempt, resolution)]) == [True]
        await ledger.settle(attempt, late, LATER)
        assert only(ledger).state is late.state
        assert only(ledger).confirmed is (late is GOOD)
        assert ledger.resolved([attempt.id])[0].resolution is resolution
        assert ledger.resolve([word(attempt, resolution)]) == [False]
        assert ledger.verify().broken is None


@pytest.mark.parametrize("late", [GOOD, BAD_ROW, FREE], ids=lambda late: late.state)
async def test_late_answer_after_it_was_sent_again_is_kept_beside_the_second(
    tmp_path: Path, late: Outcome
) -> None:
    ledger, attempt = await recovered(tmp_path / "l")
    with ledger, opened(ledger.path) as other:
        begin(other, "again", new_job=False)
        await settled(other, "A1", GOOD, LATER, RETRYING)
        await ledger.settle(attempt, late, LATER)
        states = [a.state for a in other.history(["A1"])["a1"]]
        assert states == [late.state, AttemptState.SUCCEEDED]
        assert other.verify().broken is None
