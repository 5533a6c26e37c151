"""The service's time: what a `Date` tells, what anchors it, and what can't lead it astray."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.clock import (
    AHEAD_MAX,
    CONTRADICTIONS_MAX,
    GRANULARITY,
    SLOWEST_S,
    TOLERANCE,
    Reckoning,
    ServiceClock,
    Sight,
    ledger_ahead,
    sight_of,
)
from batchreset.model import Rules
from tests.unit.build import NOW

SECOND = timedelta(seconds=1)
WRONG = timedelta(hours=25)


@dataclass
class Times:
    """A service and a machine on one time line that a test moves. `off` is the machine's error."""

    off: timedelta = timedelta()
    steady_s: float = 1000.0
    ppm: float = 0.0
    """By how much the machine's steady clock is slow."""
    clock: ServiceClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = ServiceClock(lambda: self.true + self.off, lambda: self.steady_s)

    @property
    def true(self) -> datetime:
        return NOW + timedelta(seconds=(self.steady_s - 1000.0) * (1 + self.ppm / 1e6))

    def pass_s(self, seconds: float) -> None:
        self.steady_s += seconds

    def answer(
        self, *, there_s: float = 0.0, back_s: float = 0.0, off: timedelta = timedelta(), **headers: str
    ) -> None:
        """An answer of the service arrives, whose `Date` is `off`."""
        sent_s = self.steady_s
        self.pass_s(there_s)
        date = format_datetime((self.true + off).replace(microsecond=0), usegmt=True)
        self.pass_s(back_s)
        self.clock.observe({"date": date, **headers}, sent_s)


def test_now_before_any_answer_is_this_machines() -> None:
    times = Times(off=WRONG)
    assert times.clock.now() == NOW + WRONG
    assert not times.clock.anchored
    assert times.clock.skew_s is None
    assert times.clock.doubt() is None


def test_observe_when_this_machines_clock_agrees_is_anchored_by_one_answer() -> None:
    times = Times(off=timedelta(seconds=30))
    times.answer(there_s=0.25, back_s=0.25)
    assert times.clock.anchored
    assert times.true <= times.clock.now() <= times.true + GRANULARITY + timedelta(seconds=0.5)
    assert times.clock.skew_s == pytest.approx(30, abs=1)


@pytest.mark.parametrize("off", [WRONG, timedelta(hours=-30), TOLERANCE + 2 * SECOND])
def test_observe_when_this_machines_clock_is_wrong_is_anchored_by_a_second_answer(off: timedelta) -> None:
    times = Times(off=off)
    times.answer()
    assert not times.clock.anchored
    doubt = times.clock.doubt()
    assert doubt is not None, "a run can't go by one unconfirmed answer"
    assert (doubt.code, doubt.exit_code) == ("service-clock", 6)
    times.pass_s(5)
    times.answer()
    assert times.clock.doubt() is None
    assert times.true <= times.clock.now() <= times.true + GRANULARITY
    assert times.clock.skew_s == pytest.approx(off.total_seconds(), abs=1)


@pytest.mark.parametrize("local", [timedelta(), timedelta(hours=-30)])
def test_observe_when_the_first_date_is_wrong_is_anchored_by_the_right_ones(local: timedelta) -> None:
    times = Times(off=local)
    times.answer(off=WRONG)
    times.answer()
    times.answer()
    assert times.true <= times.clock.now() <= times.true + GRANULARITY


def test_observe_when_no_two_answers_agree_is_in_doubt_for_good() -> None:
    times = Times(off=timedelta(hours=-1))
    for hours in range(1, CONTRADICTIONS_MAX + 1):
        assert not times.clock.contradicted
        times.answer(off=timedelta(hours=hours))
    assert times.clock.contradicted
    assert times.clock.doubt() is not None


def test_now_whatever_this_machines_clock_does_goes_on_with_the_steady_one() -> None:
    times = Times()
    times.answer()
    for off in (WRONG, timedelta(hours=-30), timedelta(), timedelta(days=4000)):
        times.off = off
        times.pass_s(3600)
        assert times.true <= times.clock.now() <= times.true + GRANULARITY


@pytest.mark.parametrize("off", [WRONG, -WRONG, TOLERANCE + 2 * SECOND])
def test_observe_of_a_single_wrong_date_changes_nothing(off: timedelta) -> None:
    times = Times()
    times.answer()
    for _ in range(100):
        times.answer(off=off)
        times.answer()
        assert times.clock.doubt() is None
        assert times.true <= times.clock.now() <= times.true + GRANULARITY


def test_observe_of_one_contradiction_after_the_other_is_in_doubt() -> None:
    times = Times()
    times.answer()
    for _ in range(CONTRADICTIONS_MAX):
        assert times.clock.doubt() is None
        times.pass_s(60)
        times.answer(off=WRONG)
    doubt = times.clock.doubt()
    assert doubt is not None
    told = dict(doubt.message.params)
    assert told == {"told": times.true + WRONG + GRANULARITY, "known": times.clock.now()}
    assert times.clock.now() <= times.true + GRANULARITY, "and nothing is guessed meanwhile"


def test_observe_of_contradictions_of_several_clocks_goes_on_by_the_anchor() -> None:
    times = Times()
    times.answer()
    for hours in range(1, 50):
        times.answer(off=timedelta(hours=hours))
    assert times.clock.doubt() is None


def test_observe_of_a_creeping_date_is_not_led_away() -> None:
    times = Times()
    times.answer()
    for minutes in range(200):
        times.answer(off=timedelta(minutes=minutes))
    assert times.clock.now() <= times.true + GRANULARITY
    assert times.clock.doubt() is not None


def test_observe_of_a_quicker_answer_narrows_and_now_never_steps_back() -> None:
    times = Times()
    times.answer(there_s=29, back_s=0.5)
    before = times.clock.now()
    assert before >= times.true + 29 * SECOND
    times.answer()
    assert times.clock.now() == before
    times.pass_s(31)
    assert times.true <= times.clock.now() <= times.true + GRANULARITY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": ""},
        {"date": "yesterday"},
        {"date": "Thu, 01 Jan 1970 00:00:12 GMT"},
        {"date": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"date": "Fri, 31 Dec 9999 23:59:59 -1200"},
        {"date": format_datetime(NOW, usegmt=True), "age": "17"},
    ],
)
def test_observe_of_no_date_or_none_to_go_by_learns_nothing(headers: dict[str, str]) -> None:
    clock = ServiceClock(lambda: NOW, lambda: 0.0)
    clock.observe(headers, 0.0)
    assert not clock.anchored
    assert clock.contradictions == 0


def test_sight_of_an_answer_too_long_under_way_is_none() -> None:
    assert sight_of(NOW, sent_s=1.0, answered_s=1.0 + SLOWEST_S) is not None
    assert sight_of(NOW, sent_s=1.0, answered_s=1.1 + SLOWEST_S) is None
    assert sight_of(NOW, sent_s=2.0, answered_s=1.0) is None, "no steady clock does that"


def test_sight_agrees_up_to_the_tolerance_between_the_nearest_ends() -> None:
    sight = Sight(NOW, NOW + SECOND)
    near, far = NOW + SECOND + TOLERANCE, NOW + SECOND + TOLERANCE + timedelta(microseconds=1)
    assert sight.agrees(Sight(near, near + WRONG))
    assert Sight(near, near).agrees(sight)
    assert not sight.agrees(Sight(far, far + WRONG))
    assert not Sight(far, far).agrees(sight)


def test_sight_narrowed_by_one_that_shares_nothing_stays() -> None:
    sight = Sight(NOW, NOW + SECOND)
    assert sight.narrowed(Sight(NOW + 2 * SECOND, NOW + 3 * SECOND)) == sight
    assert sight.narrowed(Sight(NOW - SECOND, NOW)) == Sight(NOW, NOW)


def test_tolerance_twice_and_the_slowest_answer_lie_within_the_margin() -> None:
    assert 2 * TOLERANCE + timedelta(seconds=SLOWEST_S) + GRANULARITY <= Rules().quota_margin


def test_ledger_ahead_up_to_the_most_allowed_is_none() -> None:
    assert ledger_ahead(None, NOW) is None
    assert ledger_ahead(NOW + AHEAD_MAX, NOW) is None
    error = ledger_ahead(NOW + AHEAD_MAX + SECOND, NOW)
    assert error is not None
    assert (error.code, error.exit_code) == ("ledger-ahead", 5)
    assert dict(error.message.params) == {"latest": NOW + AHEAD_MAX + SECOND, "now": NOW}


# what must always hold

_SPANS_S = st.floats(0, 7200, width=32)
_TRAVEL_S = st.floats(0, 20, width=32)
_ERRORS = st.timedeltas(timedelta(days=-400), timedelta(days=400))
EPSILON = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Step:
    """Time passes, this machine's clock is set anew, and an answer comes whose `Date` may be wrong."""

    waited_s: float
    local: timedelta
    there_s: float
    back_s: float
    wrong: bool
    late: bool


@given(
    steps=st.lists(
        st.builds(Step, _SPANS_S, _ERRORS, _TRAVEL_S, _TRAVEL_S, st.booleans(), st.booleans()),
        min_size=3,
        max_size=40,
    ),
    ppm=st.floats(-100, 100),
)
def test_now_is_never_too_early_nor_steps_back_and_a_single_wrong_date_never_fools_it(
    steps: list[Step], ppm: float
) -> None:
    times, told, rights, was_wrong = Times(ppm=ppm), None, 0, False
    for number, step in enumerate(steps, 1):
        times.off = step.local
        times.pass_s(step.waited_s)
        # each wrong one is of a clock of its own, and alone: the answer after it is right
        off = timedelta(days=500 + number) if step.wrong and not was_wrong else timedelta()
        was_wrong = bool(off)
        rights += not was_wrong
        times.answer(there_s=step.there_s, back_s=step.back_s, off=-off if step.late else off)
        assert times.clock.anchored or rights < 2
        if not times.clock.anchored:
            continue
        now = times.clock.now()
        drift = timedelta(seconds=abs(ppm) / 1e6 * (times.steady_s - 1000.0)) + EPSILON
        assert times.true - drift <= now
        assert now <= times.true + GRANULARITY + timedelta(seconds=40) + drift
        assert told is None or now >= told
        assert times.clock.doubt() is None
        told = now


@given(sights=st.lists(st.tuples(_ERRORS, _TRAVEL_S), max_size=60), local=_ERRORS)
def test_reckoning_once_anchored_stays_within_its_first_anchor(
    sights: list[tuple[timedelta, float]], local: timedelta
) -> None:
    first = Sight(NOW, NOW + SECOND)
    reckoning = Reckoning(first)
    for off, width_s in sights:
        at = datetime(2026, 11, 23, 8, tzinfo=UTC) + off / 5000
        reckoning = reckoning.after(Sight(at, at + timedelta(seconds=width_s)), NOW + local)
        assert reckoning.anchor is not None
        assert first.earliest <= reckoning.anchor.earliest <= reckoning.anchor.latest <= first.latest
