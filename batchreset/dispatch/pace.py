"""Holds calls to the rate in force: how many a second leave, over all terminals. Never in a burst.

`AsyncLimiter(rate, 1)` would let twice the rate through in its first second (LEDGER.md §1.8), and a
bucket of exactly one call loses the lateness of every timer: 3.6 % at 200 a second. A bucket of 1.2
calls never lets two go at once, makes up for a late timer, and no second holds more than rate + 1 (of a
rate with a fraction: than rate + 1.2).

A call passes two of these: one before its claim, so that no claim waits for the rate, and one just
before it leaves, because a commit that took a few milliseconds longer would bring calls together.

The bucket always leaks at the configured rate; at a lower one (`dispatch.rate`) a call costs more of
it. So a change of rate makes no new bucket, whose emptiness would be a burst.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiolimiter import AsyncLimiter

BUCKET_CALLS: Final = 1.2


class Pace:
    """The two gates of a run and the rate they keep. `configured` 0 means no pacing."""

    def __init__(self, configured: float) -> None:
        self._gates: Final = (_Gate(configured), _Gate(configured))

    def tune(self, per_second: float) -> None:
        """Keep this rate from the next call on: above 0, at most the configured one."""
        for gate in self._gates:
            gate.per_second = per_second

    async def claiming(self) -> None:
        """Returns when the next call may be claimed."""
        await self._gates[0].passed()

    async def leaving(self) -> None:
        """Returns when a claimed call may leave."""
        await self._gates[1].passed()


class _Gate:
    """Lets one call through at a time."""

    def __init__(self, configured: float) -> None:
        self.per_second = configured
        self._configured: Final = configured
        self._turn: Final = asyncio.Lock()
        self._bucket: Final = (
            AsyncLimiter(BUCKET_CALLS, BUCKET_CALLS / configured) if configured > 0 else None
        )

    async def passed(self) -> None:
        if self._bucket is None:
            return
        async with self._turn:
            cost = self._configured / self.per_second
            while cost > 0:
                await self._bucket.acquire(min(cost, 1.0))
                cost -= 1.0
