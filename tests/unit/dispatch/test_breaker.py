"""When a whole run is given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.dispatch.breaker import FAILED_IN_WINDOW, WINDOW, Breaker, MaxFailures
from batchreset.model import Advice, AttemptState, Outcome

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200)
UNREACHED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
LOST = Outcome(AttemptState.UNKNOWN)
FORBIDDEN = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=403)
NOT_FOUND = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=404)
NOT_LOGGED_IN = Outcome(AttemptState.UNPROCESSED, Advice.AUTH, http_status=401)
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=400)
GATEWAY = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=503)
THROTTLED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=429)


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
        (GATEWAY, 30, "service-down"),
        (THROTTLED, 100, "throttled"),
        (BAD_ROW, 200, None),
        (GOOD, 200, None),
    ],
)
def test_breaker_when_one_kind_comes_in_a_row_stops_at_its_limit(
    outcome: Outcome, calls: int, code: str | None
) -> None:
    assert calls_until_stop(outcome) == (calls, code)


def test_breaker_when_a_good_answer_comes_between_goes_on() -> None:
    assert calls_until_stop(*[UNREACHED] * 9, *[GOOD] * 10) == (200, None)
    assert calls_until_stop(*[FORBIDDEN] * 4, *[BAD_ROW] * 5) == (200, None)


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


@pytest.mark.parametrize(
    ("outcomes", "calls"),
    [
        pytest.param([*[UNREACHED] * 6, *[GOOD] * 4], 83, id="six of ten"),
        pytest.param([FORBIDDEN, GOOD, LOST, UNREACHED, BAD_ROW, GATEWAY], 76, id="of several kinds"),
        pytest.param([*[UNREACHED] * 9, FORBIDDEN], 51, id="all, of two kinds"),
        pytest.param([UNREACHED, GOOD], 1000, id="half"),
        pytest.param([*[FORBIDDEN] * 3, *[GOOD] * 4], 1000, id="three of seven"),
        pytest.param([*[THROTTLED] * 9, GOOD], 1000, id="throttled"),
        pytest.param([*[NOT_FOUND] * 9, GOOD], 1000, id="terminals not found"),
        pytest.param([*[NOT_LOGGED_IN] * 90, *[GOOD] * 10], 1000, id="tokens that expire"),
    ],
)
def test_breaker_when_most_of_the_last_calls_fail_on_and_off_stops(
    outcomes: list[Outcome], calls: int
) -> None:
    stopped = "unsteady" if calls < 1000 else None
    assert calls_until_stop(*outcomes, most=1000) == (calls, stopped)


def test_breaker_forgets_what_failed_more_than_a_window_ago() -> None:
    half = [UNREACHED, GOOD] * FAILED_IN_WINDOW
    assert calls_until_stop(*half, *[GOOD] * 4, *half, most=304) == (304, None)
    assert calls_until_stop(*half, UNREACHED, UNREACHED)[1] == "unsteady"


def test_breaker_when_rows_end_without_login_on_and_off_stops() -> None:
    breaker, stop, rows = Breaker(MaxFailures()), None, 0
    while stop is None and rows < 200:
        outcome = (NOT_LOGGED_IN, NOT_LOGGED_IN, GOOD)[rows % 3]
        rows += 1
        for _ in range(2 if outcome is NOT_LOGGED_IN else 1):  # the second time with a new token
            breaker, stop = breaker.after_call(outcome)
            assert stop is None
        breaker, stop = breaker.after_row(outcome)
    assert stop is not None
    assert (stop.code, stop.exit_code) == ("unsteady", 6)
    assert rows == 76, "the 51st that ended so, of two in three"


OUTSIDE = (UNREACHED, LOST, FORBIDDEN, GATEWAY)


@given(st.lists(st.sampled_from([*OUTSIDE, GOOD, BAD_ROW, NOT_FOUND, THROTTLED]), max_size=400))
def test_breaker_stops_as_unsteady_exactly_when_most_of_the_last_window_lies_outside_the_rows(
    outcomes: list[Outcome],
) -> None:
    breaker, stop = Breaker(MaxFailures()), None
    for number, outcome in enumerate(outcomes, 1):
        breaker, stop = breaker.after_call(outcome)
        failed = sum(earlier in OUTSIDE for earlier in outcomes[max(0, number - WINDOW) : number])
        assert breaker.recent.bit_count() == failed
        if stop is None:
            assert failed <= FAILED_IN_WINDOW
        elif stop.code == "unsteady":
            assert failed == FAILED_IN_WINDOW + 1
        if stop is not None:
            break
