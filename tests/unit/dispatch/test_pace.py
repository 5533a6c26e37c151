"""The gates in virtual time: no second with more than rate + 1 calls, and no burst at a change of rate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchreset.dispatch.pace import BUCKET_CALLS, Pace
from tests.virtual import run_virtually


def most_in_a_second(times: Sequence[float]) -> int:
    return max(sum(first <= other < first + 1 for other in times) for first in times)


def departures(
    configured: float, calls: int, *, workers: int = 8, tunes: Sequence[tuple[float, float]] = ()
) -> list[float]:
    """When calls pass both gates; `tunes` are (at second, to rate)."""

    async def main() -> list[float]:
        loop, pace = asyncio.get_running_loop(), Pace(configured)
        left: list[float] = []

        async def work() -> None:
            while len(left) < calls:
                await pace.claiming()
                await pace.leaving()
                left.append(loop.time())

        for at_s, per_second in tunes:
            loop.call_at(at_s, pace.tune, per_second)
        await asyncio.gather(*(work() for _ in range(workers)))
        return left

    return run_virtually(main())


@pytest.mark.parametrize("rate", [0.5, 1, 5, 25, 200, 1000])
def test_pace_when_steady_no_second_has_more_than_rate_and_one(rate: float) -> None:
    times = departures(rate, int(rate * 4) + 8)
    assert most_in_a_second(times) <= rate + 1
    assert (len(times) - 1) / (times[-1] - times[0]) == pytest.approx(rate, rel=0.05, abs=0.2)


@pytest.mark.parametrize("workers", [1, 64])
def test_pace_when_cut_and_raised_no_burst_at_either_change(workers: int) -> None:
    times = departures(50, 200, workers=workers, tunes=((1.0, 5.0), (4.0, 20.0), (7.0, 50.0)))
    assert min(b - a for a, b in pairwise(times)) >= 0.8 / 50 - 1e-4
    for since, until, rate in ((1.3, 4.0, 5), (4.3, 7.0, 20), (7.3, 99.0, 50)):
        assert most_in_a_second([at for at in times if since <= at < until]) <= rate + 1


def test_pace_when_unpaced_nothing_waits() -> None:
    assert departures(0, 100)[-1] < 0.01


def test_pace_when_a_waiter_is_cancelled_the_others_go_on() -> None:
    async def main() -> None:
        pace = Pace(10)
        pace.tune(1)
        first, second = (asyncio.ensure_future(pace.leaving()) for _ in range(2))
        await asyncio.sleep(0.5)
        first.cancel()
        await second

    run_virtually(main())


@settings(max_examples=30)
@given(st.floats(1, 100), st.lists(st.tuples(st.floats(0, 5), st.floats(0.01, 1)), max_size=5))
def test_pace_for_any_changes_no_second_has_more_than_the_configured_rate_and_a_bucket(
    configured: float, changes: list[tuple[float, float]]
) -> None:
    tunes = [(at_s, max(share * configured, 0.2)) for at_s, share in changes]
    assert most_in_a_second(departures(configured, 40, tunes=tunes)) <= configured + BUCKET_CALLS
