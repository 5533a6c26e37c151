"""The pace that finds the service's own: what cuts it, what lets it grow, and what never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.dispatch.rate import LEAST_PER_SECOND, Rate, starting
from batchreset.model import Advice, Allowance, AttemptState, Outcome

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200)
THROTTLED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=429)
LOST = Outcome(AttemptState.UNKNOWN)
UNREACHED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=400)
FAILED = (THROTTLED, LOST, UNREACHED, BAD_ROW)


def told(limit: int, span_s: float = 1, remaining: int | None = 9, *, by: Outcome = GOOD) -> Outcome:
    return Outcome(by.state, by.advice, by.http_status, allowance=Allowance(limit, span_s, remaining))


def busy(per_second: float, at_s: float = 100.0) -> Rate:
    """A rate that was really reached."""
    return Rate(
        200.0, per_second, heard_until_s=0.0, grown_at_s=at_s, since_s=at_s, left=1, reached=per_second
    )


def test_rate_at_the_start_is_the_configured_one() -> None:
    assert starting(5).per_second == 5


def test_throttled_when_it_left_at_the_pace_in_force_then_at_most_half() -> None:
    after = busy(40).answered(THROTTLED, left_at_s=100.1, now_s=100.2)
    assert (after.rate.per_second, after.fresh) == (20, True)


def test_throttled_when_the_pace_was_never_reached_then_half_of_what_left() -> None:
    rate = starting(200)
    for n in range(45):
        rate = rate.departed(7 + n / 30)
    assert rate.answered(THROTTLED, left_at_s=8.5, now_s=8.6).rate.per_second == 15


def test_throttled_when_no_whole_second_was_seen_then_half_of_the_pace_in_force() -> None:
    rate = starting(40).departed(7.3).departed(7.95)
    assert rate.answered(THROTTLED, left_at_s=7.95, now_s=8.0).rate.per_second == 20


def test_throttled_when_it_was_in_flight_at_the_last_cut_then_nothing_new() -> None:
    once = busy(40).answered(THROTTLED, left_at_s=100.1, now_s=100.2).rate
    again = once.answered(THROTTLED, left_at_s=100.15, now_s=100.3)
    assert (again.rate, again.fresh) == (once, False)
    assert once.answered(THROTTLED, left_at_s=105.0, now_s=105.1).rate.per_second < once.per_second


def test_throttled_when_it_left_in_the_pause_then_nothing_new() -> None:
    asked = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=429, wait_s=5.0)
    once = busy(40).answered(asked, left_at_s=100.1, now_s=100.2).rate
    assert not once.answered(asked, left_at_s=103.0, now_s=103.1).fresh
    assert once.answered(asked, left_at_s=105.3, now_s=105.4).fresh


def test_throttled_when_slow_already_then_never_below_the_least() -> None:
    rate = busy(0.3).answered(THROTTLED, left_at_s=100.1, now_s=100.2).rate
    assert rate.per_second == LEAST_PER_SECOND
    slow = starting(0.1)
    assert slow.answered(THROTTLED, left_at_s=1, now_s=2).rate.per_second == 0.1


def test_success_when_it_goes_on_then_the_rate_comes_back_in_five_minutes_and_no_further() -> None:
    rate, seconds = busy(0.2, at_s=0.0), 0
    while rate.per_second < 200:
        seconds += 1
        rate = rate.answered(GOOD, left_at_s=seconds, now_s=float(seconds)).rate
    assert 290 <= seconds <= 300
    assert rate.answered(GOOD, left_at_s=999, now_s=999.0).rate.per_second == 200


def test_throttled_in_a_streak_then_most_of_where_it_began_is_back_soon_and_the_rest_is_not() -> None:
    rate = busy(100)
    for n in range(1, 7):
        rate = rate.answered(THROTTLED, left_at_s=100.0 + n, now_s=100.5 + n).rate
    assert rate.per_second < 2
    seconds = 0
    while rate.per_second < 80:
        seconds += 1
        rate = rate.answered(GOOD, left_at_s=107.0 + seconds, now_s=107.0 + seconds).rate
    assert seconds <= 11
    after = rate.answered(GOOD, left_at_s=120.0, now_s=108.0 + seconds).rate
    assert after.per_second - rate.per_second <= 200 / 300 + 1e-9


def test_success_that_left_before_the_cut_does_not_undo_it() -> None:
    cut = busy(40).answered(THROTTLED, left_at_s=100.1, now_s=100.2).rate
    assert cut.answered(GOOD, left_at_s=100.15, now_s=100.9).rate == cut


def test_success_after_a_silence_counts_for_one_second_only() -> None:
    grown = busy(10).answered(GOOD, left_at_s=900, now_s=1000.0).rate.per_second
    assert grown == pytest.approx(10 + 200 / 300)


def test_success_when_many_come_in_one_second_then_no_more_than_that_seconds_worth() -> None:
    rate = busy(10)
    for n in range(1, 101):
        rate = rate.answered(GOOD, left_at_s=100, now_s=100 + n / 100).rate
    assert rate.per_second == pytest.approx(10 + 200 / 300)


def test_told_when_it_is_slower_than_ours_then_kept_below_it_before_any_429() -> None:
    rate = starting(200).answered(told(100, 60), left_at_s=1, now_s=1.1).rate
    assert rate.per_second == pytest.approx(100 / 60 * 0.9)
    assert rate.answered(told(100, 60), left_at_s=50, now_s=60).rate.per_second == rate.per_second


def test_told_when_it_is_faster_than_ours_then_ours() -> None:
    assert starting(5).answered(told(100), left_at_s=1, now_s=1.1).rate.per_second == 5


def test_told_when_it_is_raised_then_the_way_up_is_as_slow_as_ever() -> None:
    rate = starting(200).answered(told(20), left_at_s=1, now_s=1.0).rate
    after = rate.answered(told(100), left_at_s=2, now_s=2.0).rate
    assert rate.per_second < after.per_second <= rate.per_second + 200 / 300


@pytest.mark.parametrize(("span_s", "pause_s"), [(1, 1), (60, 5)])
def test_told_when_nothing_remains_then_all_hold(span_s: float, pause_s: float) -> None:
    change = starting(200).answered(told(25, span_s, 0), left_at_s=1, now_s=1.1)
    assert change.pause_s == pause_s
    assert starting(200).answered(told(25, span_s, 1), left_at_s=1, now_s=1.1).pause_s == 0


def test_unpaced_stays_unpaced() -> None:
    rate = starting(0)
    assert rate.answered(THROTTLED, left_at_s=1, now_s=1.1).rate == rate
    assert rate.answered(told(25), left_at_s=1, now_s=1.1).rate == rate


OUTCOMES = st.sampled_from([GOOD, *FAILED, told(25), told(1000, 1, 0), told(7, 60, None, by=THROTTLED)])


@given(st.floats(0.05, 1000), st.lists(st.tuples(OUTCOMES, st.floats(0, 10))))
def test_rate_for_any_answers_stays_in_its_bounds_and_no_error_speeds_it_up(
    configured: float, answers: list[tuple[Outcome, float]]
) -> None:
    rate, now_s = starting(configured), 1.0
    for outcome, after_s in answers:
        rate, now_s = rate.departed(now_s), now_s + after_s
        before = rate.per_second
        rate = rate.answered(outcome, left_at_s=now_s - after_s, now_s=now_s).rate
        assert min(LEAST_PER_SECOND, configured) <= rate.per_second <= configured
        if outcome.state is not AttemptState.SUCCEEDED:
            assert rate.per_second <= before
