"""When a whole run is given up."""

from __future__ import annotations

import pytest

from batchreset.dispatch.breaker import Breaker, MaxFailures
from batchreset.model import Advice, AttemptState, Outcome

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200)
UNREACHED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
LOST = Outcome(AttemptState.UNKNOWN)
FORBIDDEN = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=403)
NOT_FOUND = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=404)
NOT_LOGGED_IN = Outcome(AttemptState.UNPROCESSED, Advice.AUTH, http_status=401)
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=400)


def calls_until_stop(*outcomes: Outcome, most: int = 200) -> tuple[int, str | None]:
    breaker = Breaker(MaxFailures())
    for number in range(most):
        breaker, stop = breaker.after_call(outcomes[number % len(outcomes)])
        if stop is not None:
            assert stop.exit_code == 6
            return number + 1, stop.code
    return most, None


@pytest.mark.parametrize(
    ("outcome", "calls", "code"),
    [
        (UNREACHED, 10, "unreachable"),
        (LOST, 20, "answers-lost"),
        (FORBIDDEN, 5, "forbidden"),
        (NOT_FOUND, 10, "not-found"),
        (NOT_LOGGED_IN, 200, None),
        (Outcome(AttemptState.UNKNOWN, Advice.STOP, http_status=307), 1, "redirected"),
        (Outcome(AttemptState.REFUSED, Advice.STOP, http_status=404), 1, "refused-by-service"),
        (Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=503), 30, "service-down"),
        (Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=429), 100, "throttled"),
        (BAD_ROW, 200, None),
        (GOOD, 200, None),
    ],
)
def test_breaker_when_one_kind_comes_in_a_row_stops_at_its_limit(
    outcome: Outcome, calls: int, code: str | None
) -> None:
    assert calls_until_stop(outcome) == (calls, code)


def test_breaker_when_a_good_answer_comes_between_goes_on() -> None:
    assert calls_until_stop(*[UNREACHED] * 9, GOOD) == (200, None)
    assert calls_until_stop(*[FORBIDDEN] * 4, BAD_ROW) == (200, None)


def test_breaker_when_rows_end_without_login_three_times_in_a_row_stops() -> None:
    breaker, stops = Breaker(MaxFailures()), []
    for outcome in (NOT_LOGGED_IN, NOT_LOGGED_IN, GOOD, NOT_LOGGED_IN, NOT_LOGGED_IN, NOT_LOGGED_IN):
        breaker, stop = breaker.after_row(outcome)
        stops.append(stop.code if stop else None)
    assert stops == [None, None, None, None, None, "auth-refused"]


@pytest.mark.parametrize(
    ("limit", "good_first", "rows"),
    [(MaxFailures(rows=3), 0, 4), (MaxFailures(rows=0), 5, 6), (MaxFailures(share=0.1), 18, 21)],
)
def test_breaker_when_max_failures_is_exceeded_stops(limit: MaxFailures, good_first: int, rows: int) -> None:
    breaker, stop, ended = Breaker(limit), None, 0
    while stop is None and ended < 100:
        outcome = GOOD if ended < good_first else BAD_ROW
        breaker, stop = breaker.after_row(outcome)
        ended += 1
    assert stop is not None
    assert stop.code == "too-many-failures"
    assert ended == rows


def test_max_failures_as_a_share_waits_for_a_sample() -> None:
    assert not MaxFailures(share=0.1).exceeded(10, 19)
    assert MaxFailures(share=0.1).exceeded(10, 20)
    assert not MaxFailures().exceeded(10_000, 10_000)
