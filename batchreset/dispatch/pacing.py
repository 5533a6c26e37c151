"""The pace of one run while it runs: what answers teach of it, and the pauses that all workers keep.

What an answer means for the rate is decided in `dispatch.rate`; here it is kept, passed on and told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from batchreset.dispatch.ports import Event, Paced, Paused, Ports
from batchreset.dispatch.rate import starting
from batchreset.model import Outcome

_TOLD_STEP: Final = 1.1
"""The rate's way back up is told whenever it has grown by a tenth."""


class Pacing:
    """Holds the rate in force (calls a second, 0 for no pacing) and the pause in force."""

    def __init__(self, ports: Ports, per_second: float, tell: Callable[[Event], None]) -> None:
        self._ports: Final = ports
        self._configured: Final = per_second
        self._tell: Final = tell
        self._rate = starting(per_second)
        self._told_per_second = per_second
        self._hold_until_s = 0.0

    def departed(self, at_s: float) -> None:
        """One more call has left, at `at_s` (`monotonic`)."""
        self._rate = self._rate.departed(at_s)

    def learn(self, outcome: Outcome, left_at_s: float) -> bool:
        """Let the pace learn from an answer; whether it told something new of the service."""
        change = self._rate.answered(outcome, left_at_s=left_at_s, now_s=self._ports.monotonic())
        if change.rate.per_second != self._rate.per_second:
            self._ports.tune(change.rate.per_second)
        self._rate = change.rate
        self.hold(change.pause_s, outcome.http_status)
        self._tell_rate(change.rate.per_second)
        return change.fresh

    def held_s(self) -> float:
        """So long no call may leave yet, in seconds; 0 or less when one may."""
        return self._hold_until_s - self._ports.monotonic()

    def hold(self, seconds: float, http_status: int | None) -> None:
        """Let no call leave for so long, because of an answer of this status."""
        now_s = self._ports.monotonic()
        if now_s + seconds <= self._hold_until_s or seconds <= 0:
            return
        if self._hold_until_s <= now_s:  # a pause that only grows is told once
            self._tell(Paused(seconds, http_status))
        self._hold_until_s = now_s + seconds

    def _tell_rate(self, per_second: float) -> None:
        """Cuts are told at once, the way back in steps."""
        back = per_second == self._configured
        told = self._told_per_second
        if per_second < told or per_second >= told * _TOLD_STEP or back:
            if per_second != told:
                self._tell(Paced(per_second))
            self._told_per_second = per_second
