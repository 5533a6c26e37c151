"""The pace that finds the service's own: how many calls a second may leave now. A pure decision.

The service publishes no rate (facts.md §5), so ours starts at the configured one and learns: a 429
halves it, what the gateway says of its own rate bounds it, and success lets it climb back slowly by
the same amount each second. Why halve what really left rather than the rate in force: where calls are
slow or few, the rate in force was never reached, and halving it would change nothing.

Why only a call that left after the last cut cuts again: the 429s of calls that were in flight together
tell one and the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from batchreset.model import Allowance, AttemptState, Outcome

LEAST_PER_SECOND: Final = 0.2
"""A call in 5 s: the longest pause Huawei advises after a 429 (facts.md §5)."""
RECOVERY_S: Final = 120.0
"""So long the way from nothing back to the configured rate takes, if nothing goes wrong on it."""
BELOW_TOLD: Final = 0.9
"""Share of a rate the service tells that we use: it counts by its own clock, and we come unevenly."""
SPENT_PAUSE_MAX_S: Final = 5.0
"""The longest pause when the service says that nothing remains: its span may end at any moment."""
_CREDIT_S: Final = 1.0
"""The most time one success counts for: a silence before it proves nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate in force and what it rests on. Times are seconds of one steady clock.

    `told` is the service's own rate in calls a second. `second`, `left` and `left_before` count the
    calls that left in this second of the clock and the one before.
    """

    configured: float
    per_second: float
    told: float | None = None
    cut_at_s: float = float("-inf")
    grown_at_s: float = float("-inf")
    second: int = 0
    left: int = 0
    left_before: int = 0

    @property
    def ceiling(self) -> float:
        """What it may climb to."""
        return self.configured if self.told is None else min(self.configured, self.told * BELOW_TOLD)

    def departed(self, now_s: float) -> Rate:
        """After one more call left."""
        second = int(now_s)
        if second == self.second:
            return replace(self, left=self.left + 1)
        return replace(self, second=second, left=1, left_before=self.left if second == self.second + 1 else 0)

    def answered(self, outcome: Outcome, *, left_at_s: float, now_s: float) -> Change:
        """After an answer to a call that left at `left_at_s`."""
        if not self.configured:  # unpaced, for a simulator on this machine
            return Change(self, fresh=True)
        heard = self._heard(outcome.allowance)
        if outcome.http_status == 429:
            return _cut(heard, left_at_s, now_s)
        pause_s = _spent_s(outcome.allowance)
        if outcome.state is not AttemptState.SUCCEEDED:
            return Change(heard, pause_s=pause_s)
        return Change(_grown(heard, now_s), pause_s=pause_s)

    def _heard(self, allowance: Allowance | None) -> Rate:
        """With what the service tells of its own rate, which replaces what it told before."""
        if allowance is None:
            return self
        heard = replace(self, told=allowance.per_second)
        return replace(heard, per_second=min(self.per_second, max(heard.ceiling, self.least)))

    @property
    def least(self) -> float:
        """What it never falls below."""
        return min(LEAST_PER_SECOND, self.configured)


@dataclass(frozen=True, slots=True)
class Change:
    """The rate after an answer; all hold for `pause_s`. `fresh`: the answer says something new."""

    rate: Rate
    pause_s: float = 0.0
    fresh: bool = True


def starting(per_second: float) -> Rate:
    """The rate at a run's start: the configured one; 0 paces nothing."""
    return Rate(per_second, per_second)


def _cut(rate: Rate, left_at_s: float, now_s: float) -> Change:
    if left_at_s <= rate.cut_at_s:
        return Change(rate, fresh=False)
    measured = max(rate.left, rate.left_before, 1)
    slower = max(min(rate.per_second, measured) / 2, rate.least)
    slower = min(slower, rate.per_second)  # what the service told may lie below the least
    return Change(replace(rate, per_second=slower, cut_at_s=now_s, grown_at_s=now_s))


def _grown(rate: Rate, now_s: float) -> Rate:
    credit_s = min(now_s - rate.grown_at_s, _CREDIT_S)
    faster = rate.per_second + rate.configured / RECOVERY_S * credit_s
    return replace(rate, per_second=max(min(faster, rate.ceiling), rate.least), grown_at_s=now_s)


def _spent_s(allowance: Allowance | None) -> float:
    if allowance is None or allowance.remaining != 0:
        return 0.0
    return min(allowance.span_s, SPENT_PAUSE_MAX_S)
