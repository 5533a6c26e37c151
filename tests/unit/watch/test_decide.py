"""What a watch does now: a function of plain values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.watch.cron import cron_ticks
from batchreset.watch.decide import Habits, Look, Seen, Sleep, Why, decide, pause_after, rows_in_time
from batchreset.watch.window import Window, parse_window

MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
HABITS = Habits(look_every=5 * MINUTE, pause=MINUTE)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # made aware


def test_decide_at_the_beginning_looks() -> None:
    assert decide(NOW, Seen(NOW), HABITS) == Look()


def test_decide_when_nothing_waits_looks_again_after_a_time() -> None:
    seen = Seen(NOW, looked_at=NOW)
    assert decide(NOW + MINUTE, seen, HABITS) == Sleep(NOW + 5 * MINUTE, Why.IDLE)
    assert decide(NOW + 5 * MINUTE, seen, HABITS) == Look()


def test_decide_when_rows_fall_due_sooner_looks_then() -> None:
    seen = Seen(NOW, looked_at=NOW, next_due=NOW + 2 * MINUTE)
    assert decide(NOW + MINUTE, seen, HABITS) == Sleep(NOW + 2 * MINUTE, Why.DUE)
    assert decide(NOW + 2 * MINUTE, seen, HABITS) == Look()


def test_decide_when_they_fall_due_later_than_the_next_look_looks_before() -> None:
    seen = Seen(NOW, looked_at=NOW, next_due=NOW + 60 * MINUTE)
    assert decide(NOW, seen, HABITS) == Sleep(NOW + 5 * MINUTE, Why.IDLE)


def test_decide_after_a_round_keeps_the_pause_even_if_rows_are_due() -> None:
    seen = Seen(NOW, looked_at=NOW, next_due=NOW, ended_at=NOW)
    assert decide(NOW, seen, HABITS) == Sleep(NOW + MINUTE, Why.PAUSE)


@pytest.mark.parametrize(("fruitless", "minutes"), [(1, 2), (2, 4), (5, 32), (50, 32)])
def test_decide_after_rounds_that_got_nowhere_waits_ever_longer_up_to_a_bound(
    fruitless: int, minutes: int
) -> None:
    seen = Seen(NOW, looked_at=NOW, next_due=NOW, ended_at=NOW, fruitless=fruitless)
    assert decide(NOW, seen, HABITS) == Sleep(NOW + minutes * MINUTE, Why.TROUBLE)
    assert pause_after(fruitless, MINUTE) == minutes * MINUTE


def test_decide_outside_the_window_sleeps_until_it_opens_and_inside_says_when_it_closes() -> None:
    window = parse_window("13:00-14:00", UTC, weekdays=True)
    habits = Habits(5 * MINUTE, MINUTE, window)
    assert decide(NOW, Seen(NOW), habits) == Sleep(NOW + 60 * MINUTE, Why.WINDOW)
    at = NOW + 70 * MINUTE
    assert decide(at, Seen(NOW), habits) == Look(NOW + 120 * MINUTE)
    seen = Seen(NOW, looked_at=at, next_due=NOW + 180 * MINUTE, ended_at=at, fruitless=5)
    assert decide(NOW + 100 * MINUTE, seen, habits) == Sleep(NOW + 102 * MINUTE, Why.TROUBLE)
    late = Seen(NOW, looked_at=NOW + 119 * MINUTE)
    assert decide(NOW + 119 * MINUTE, late, habits) == Sleep(NOW + timedelta(days=1, hours=1), Why.WINDOW)


def test_decide_by_cron_looks_at_each_tick_once_and_at_one_that_was_slept_through() -> None:
    habits = Habits(5 * MINUTE, MINUTE, next_tick=cron_ticks("*/30 * * * *", UTC, NOW))
    assert decide(NOW, Seen(NOW), habits) == Sleep(NOW + 30 * MINUTE, Why.CRON)
    assert decide(NOW + 31 * MINUTE, Seen(NOW), habits) == Look()
    looked = Seen(NOW, looked_at=NOW + 31 * MINUTE, next_due=NOW)
    assert decide(NOW + 31 * MINUTE, looked, habits) == Sleep(NOW + 60 * MINUTE, Why.CRON)


@given(
    instants,
    st.integers(-3000, 3000),
    st.none() | st.integers(-3000, 3000),
    st.none() | st.integers(-3000, 3000),
    st.integers(0, 9),
)
def test_decide_never_sleeps_longer_than_the_longest_pause_whatever_the_clock_did(
    now: datetime, looked: int, due: int | None, ended: int | None, fruitless: int
) -> None:
    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else now + minutes * MINUTE

    seen = Seen(now, at(looked), at(due), at(ended), fruitless)
    match decide(now, seen, HABITS):
        case Sleep(until, _):
            assert now < until <= now + 32 * MINUTE
        case Look(until):
            assert until is None


@given(instants, st.integers(0, 23), st.integers(0, 23), st.booleans())
def test_window_is_open_or_lies_ahead_and_never_on_a_weekend_if_so_asked(
    now: datetime, first: int, last: int, weekdays: bool
) -> None:
    if first == last:
        return
    window = parse_window(f"{first:02}:00-{last:02}:00", UTC, weekdays=weekdays)
    opens, closes = window.at_or_after(now)
    assert now < closes
    assert timedelta() < closes - opens < timedelta(days=1)
    assert not (weekdays and opens.weekday() > 4)
    if opens > now:
        assert isinstance(decide(now, Seen(now), Habits(MINUTE, MINUTE, window)), Sleep)


def test_window_over_midnight_is_of_the_day_it_opens_on() -> None:
    window = parse_window("22:00-06:00", UTC, weekdays=True)
    saturday = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
    assert window.at_or_after(saturday)[0] == datetime(2026, 11, 27, 22, 0, tzinfo=UTC)
    assert window.at_or_after(saturday.replace(hour=7))[0] == datetime(2026, 11, 30, 22, 0, tzinfo=UTC)


def test_window_of_a_whole_day_is_always_open() -> None:
    window = parse_window("00:00-24:00", UTC, weekdays=False)
    assert isinstance(window, Window)
    assert window.at_or_after(NOW) == (NOW.replace(hour=0), NOW.replace(day=24, hour=0))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 8 * * 1-5", datetime(2026, 11, 24, 8, 30, tzinfo=UTC)),  # Tuesday
        ("0 9 * * 0", datetime(2026, 11, 29, 9, 0, tzinfo=UTC)),  # cron's Sunday
        ("0 9 * * 7", datetime(2026, 11, 29, 9, 0, tzinfo=UTC)),
        ("0 9 * * 5-7", datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
        ("0 9 * * sat,sun", datetime(2026, 11, 28, 9, 0, tzinfo=UTC)),
        ("0 9 * * */2", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),  # Sunday, Tuesday, …
        ("0 9 1 * 3", datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),  # the 1st or a Wednesday
        ("0 9 29 2 *", datetime(2028, 2, 29, 9, 0, tzinfo=UTC)),
    ],
)
def test_cron_reads_weekdays_as_cron_does(expression: str, expected: datetime) -> None:
    assert cron_ticks(expression, UTC, NOW)(NOW) == expected


def test_rows_in_time_when_several_jobs_are_due_then_each_has_what_those_before_it_leave() -> None:
    assert rows_in_time([(30, 5.0), (100, 5.0), (7, 5.0)], 10.0) == [30, 20, 0]
    assert rows_in_time([(3, 5.0), (9, 0.0)], 0.1) == [0, 9]
    assert rows_in_time([(3, 5.0)], -1.0) == [0]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0.2, 50))),
    st.floats(-10, 100),
)
def test_rows_in_time_never_take_longer_than_there_is(jobs: list[tuple[int, float]], left_s: float) -> None:
    fit = rows_in_time(jobs, left_s)
    assert all(0 <= some <= rows for some, (rows, _) in zip(fit, jobs, strict=True))
    takes_s = sum(rows / rate for rows, (_, rate) in zip(fit, jobs, strict=True))
    assert takes_s <= max(left_s, 0.0) + 1e-6
