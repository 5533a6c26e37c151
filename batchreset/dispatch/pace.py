"""The rate: how many calls a second leave, over all terminals. Never in a burst.

`AsyncLimiter(rate, 1)` would let twice the rate through in its first second (LEDGER.md §1.8), and a
bucket of exactly one call loses the lateness of every timer: 3.6 % at 200 a second. A bucket of 1.2
calls never lets two go at once, makes up for a late timer, and no second holds more than rate + 1.

A call passes two of these: one before its claim, so that no claim waits for the rate, and one just
before it leaves, because a commit that took a few milliseconds longer would bring calls together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiolimiter import AsyncLimiter

BUCKET_CALLS: Final = 1.2


def make_pace(per_second: float) -> Callable[[], Awaitable[None]]:
    """A function that returns when the next call may leave; 0 means no pacing."""
    if per_second <= 0:
        return _at_once
    return AsyncLimiter(BUCKET_CALLS, BUCKET_CALLS / per_second).acquire


async def _at_once() -> None:
    return
