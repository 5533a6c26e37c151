"""Again or done: only what is proven unprocessed, bounded by count and time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.dispatch.retry import TOTAL_WAIT_MAX_S, Again, Done, Tries, decide, pause_s
from batchreset.model import Advice, AttemptState, Outcome

FREE = AttemptState.UNPROCESSED
UNREACHED = Outcome(FREE, Advice.RETRY)
THROTTLED = Outcome(FREE, Advice.RETRY, http_status=429)
NOT_LOGGED_IN = Outcome(FREE, Advice.AUTH, http_status=401)


@pytest.mark.parametrize("advice", list(Advice))
@pytest.mark.parametrize("state", [s for s in AttemptState if s is not FREE])
def test_decide_when_it_may_have_been_processed_is_done(state: AttemptState, advice: Advice) -> None:
    assert decide(Outcome(state, advice), Tries()) == Done()


@pytest.mark.parametrize(
    ("outcome", "most"),
    [(UNREACHED, 3), (THROTTLED, 23), (NOT_LOGGED_IN, 1), (Outcome(FREE, Advice.STOP), 0)],
)
def test_decide_repeats_each_kind_only_so_often(outcome: Outcome, most: int) -> None:
    tries, repeats = Tries(), 0
    while isinstance(step := decide(outcome, tries), Again):
        tries, repeats = step.tries, repeats + 1
    assert repeats == most


def test_decide_when_unreached_backs_off_doubling() -> None:
    tries, waits = Tries(), []
    while isinstance(step := decide(UNREACHED, tries), Again):
        tries = step.tries
        waits.append(step.wait_s)
    assert waits == [0.5, 1.0, 2.0]


def test_decide_when_the_service_names_a_time_waits_that_long() -> None:
    step = decide(Outcome(FREE, Advice.RETRY, http_status=429, wait_s=17), Tries())
    assert isinstance(step, Again)
    assert step.wait_s == 17


def test_decide_when_waits_add_up_ends() -> None:
    step = decide(
        Outcome(FREE, Advice.RETRY, http_status=429, wait_s=300), Tries(waited_s=TOTAL_WAIT_MAX_S - 1)
    )
    assert step == Done()


def test_pause_when_throttled_holds_everyone_and_when_one_call_failed_nobody() -> None:
    assert pause_s(THROTTLED, Tries()) == 2.0
    assert pause_s(THROTTLED, Tries(throttled=2)) == 8.0
    assert pause_s(UNREACHED, Tries()) == 0
    assert pause_s(Outcome(FREE, Advice.RETRY, http_status=503, wait_s=9), Tries()) == 9
    assert pause_s(NOT_LOGGED_IN, Tries()) == 0


@given(
    st.builds(
        Outcome,
        st.sampled_from(list(AttemptState)),
        st.sampled_from(list(Advice)),
        st.sampled_from([None, 401, 429, 502, 503]),
        wait_s=st.none() | st.floats(0, 300),
    )
)
def test_decide_for_any_outcome_ends_within_time(outcome: Outcome) -> None:
    tries, waited_s = Tries(), 0.0
    for _ in range(200):
        step = decide(outcome, tries)
        if isinstance(step, Done):
            break
        tries, waited_s = step.tries, waited_s + step.wait_s
    else:
        pytest.fail("it never ends")
    assert waited_s <= TOTAL_WAIT_MAX_S
