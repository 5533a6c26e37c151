"""Which lost call a person is asked about."""

from __future__ import annotations

from batchreset.model import Attempt, AttemptState, Resolution
from batchreset.resolving import _lost
from tests.unit.build import ago, attempt

S, U, F = AttemptState.SUCCEEDED, AttemptState.UNKNOWN, AttemptState.UNPROCESSED
OWN, OTHER = attempt(U, ago(days=3)), attempt(U, ago(days=2), job="other")
OWN_SETTLED = attempt(U, ago(days=3), resolved=Resolution.NOT_ARRIVED)


def asked_of(*history: Attempt) -> Attempt | None:
    lost = _lost(history, "job")
    return None if lost is None else lost.attempt


def test_lost_is_the_terminals_last_call_whoever_made_it() -> None:
    assert asked_of(OTHER) == OTHER
    assert asked_of(OWN, OTHER) == OTHER
    assert asked_of(OTHER, attempt(F)) == OTHER


def test_lost_is_the_jobs_own_where_others_came_to_an_end_since() -> None:
    assert asked_of(OWN, attempt(S, ago(days=1), job="other")) == OWN
    assert asked_of(OTHER, attempt(S, ago(days=1), job="third")) is None


def test_lost_that_is_settled_stands_back_behind_one_that_is_not() -> None:
    other = attempt(U, ago(days=2), job="other", resolved=Resolution.ARRIVED)
    assert asked_of(OWN, other) == OWN
    assert asked_of(OWN_SETTLED, other) == other, "a word may be taken back"


def test_lost_where_nothing_is_lost_is_none() -> None:
    assert asked_of() is None
    assert asked_of(attempt(S)) is None
    assert asked_of(attempt(F)) is None
