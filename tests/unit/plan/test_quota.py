"""The quota's arithmetic: 5 in any rolling 24 h, counted from the latest possible processing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Attempt, AttemptState, Outcome
from batchreset.plan.quota import binds_for, calls_left, counts_from, free_at
from tests.unit.build import NOW, RULES, ago, attempt

SPAN = RULES.quota_window + RULES.quota_margin


def test_free_at_with_four_calls_is_now() -> None:
    history = [attempt(AttemptState.SUCCEEDED, ago(hours=h)) for h in (1, 2, 3, 4)]
    assert free_at(history, NOW, RULES) is None
    assert calls_left(history, NOW, RULES) == 1


def test_free_at_with_five_calls_is_when_the_oldest_leaves_the_window() -> None:
    history = [attempt(AttemptState.REFUSED, ago(hours=h)) for h in (5, 1, 4, 2, 3)]
    assert free_at(history, NOW, RULES) == ago(hours=5) + SPAN
    assert calls_left(history, NOW, RULES) == 0


def test_free_at_with_more_than_five_calls_waits_for_the_fifth_newest() -> None:
    history = [attempt(AttemptState.UNKNOWN, ago(hours=h)) for h in (9, 8, 5, 4, 3, 2, 1)]
    assert free_at(history, NOW, RULES) == ago(hours=5) + SPAN


def test_counting_when_unprocessed_uses_nothing_and_open_or_unknown_does() -> None:
    free = [attempt(AttemptState.UNPROCESSED, ago(hours=1)) for _ in range(9)]
    used = [attempt(AttemptState.OPEN, ago(hours=1)), attempt(AttemptState.UNKNOWN, ago(hours=1))]
    assert calls_left(free + used, NOW, RULES) == 3


def test_counting_runs_from_the_latest_possible_processing_not_from_sending() -> None:
    late = attempt(AttemptState.UNKNOWN, ago(hours=24, minutes=30), counts_from=ago(hours=23))
    assert calls_left([late], NOW, RULES) == 4


@pytest.mark.parametrize(
    ("state", "given_up_s", "counts_s"),
    [
        (AttemptState.SUCCEEDED, 2, 2),
        (AttemptState.REFUSED, 2, 2),
        (AttemptState.UNKNOWN, 2, 30),
        (AttemptState.UNKNOWN, 3600, 3600),
    ],
)
def test_counts_from_when_settled_is_the_latest_instant_of_processing(
    state: AttemptState, given_up_s: float, counts_s: float
) -> None:
    claimed = attempt(AttemptState.OPEN, NOW, counts_from=NOW + timedelta(seconds=30))
    at = NOW + timedelta(seconds=given_up_s)
    assert counts_from(claimed, Outcome(state), at) == NOW + timedelta(seconds=counts_s)


def test_counting_at_the_edge_of_the_window_ends_with_it() -> None:
    at_edge = attempt(AttemptState.SUCCEEDED, NOW - SPAN)
    inside = attempt(AttemptState.SUCCEEDED, NOW - SPAN + timedelta(microseconds=1))
    assert calls_left([at_edge], NOW, RULES) == 5
    assert calls_left([inside], NOW, RULES) == 4


@given(st.lists(st.floats(0, 200_000), min_size=1, max_size=60))
def test_free_at_when_obeyed_never_lets_six_calls_into_any_window(waits_s: list[float]) -> None:
    now: datetime = NOW
    history: list[Attempt] = []
    for wait_s in waits_s:
        now += timedelta(seconds=wait_s)
        until = free_at(history, now, RULES)
        assert until is None or until > now
        if until is not None and wait_s > 100_000:
            now = until  # an operator who comes back exactly when told
            assert free_at(history, now, RULES) is None
        if free_at(history, now, RULES) is None:
            history.append(attempt(AttemptState.SUCCEEDED, now))
    for first in history:
        window = [
            a for a in history if timedelta(0) <= a.counts_from - first.counts_from < RULES.quota_window
        ]
        assert len(window) <= RULES.quota_calls


def test_counting_strictly_counts_what_was_answered_and_never_what_did_not_leave() -> None:
    strict = replace(RULES, quota_counts_unprocessed=True)
    throttled = attempt(AttemptState.UNPROCESSED, ago(hours=1), http_status=429)
    unreached = attempt(AttemptState.UNPROCESSED, ago(hours=1))
    assert calls_left([throttled, unreached], NOW, strict) == 4
    assert calls_left([throttled, unreached], NOW, RULES) == 5


def test_binds_for_is_the_longer_of_quota_and_freshness() -> None:
    assert binds_for(RULES) == RULES.freshness
    assert binds_for(replace(RULES, freshness=timedelta(0))) == SPAN
