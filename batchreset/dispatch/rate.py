"""The pace that finds the service's own: how many calls a second may leave now. A pure decision.

The service publishes no rate (facts.md §5), so ours starts at the configured one and learns: a 429
halves it, what the gateway says of its own rate bounds it, and success lets it climb back by the same
amount each second: soon to a little below where the 429 came, and from there on slowly, because every
429 costs a pause. Why halve what really left rather than the rate in force: where calls are slow or
few, the rate in force was never reached, and halving it would change nothing.

Why only a call that left after the last cut and its pause cuts again: the 429s of calls that were in
flight together tell one and the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from batchreset.model import Allowance, AttemptState, Outcome

LEAST_PER_SECOND: Final = 0.2
"""A call in 5 s: the longest pause Huawei advises after a 429 (facts.md §5)."""
RECOVERY_S: Final = 300.0
"""So long the way from nothing back to the configured rate takes, if nothing goes wrong on it."""
BELOW_TOLD: Final = 0.9
"""Share of a rate the service tells that we use: it counts by its own clock, and we come unevenly."""
SPENT_PAUSE_MAX_S: Final = 5.0
"""The longest pause when the service says that nothing remains: its span may end at any moment."""
SOON: Final = 0.8
"""Share of the rate that met a 429 to which the way back is short; from there on it is slow."""
SOON_S: Final = 10.0
"""So long the way from nothing to there takes."""
_WINDOW_S: Final = 1.0
_CREDIT_S: Final = 1.0
"""The most time one success counts for: a silence before it proves nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate in force and what it rests on. Times are seconds of one steady clock.

    `told` is the service's own rate in calls a second. Calls that left until `heard_until_s` are of the
    time before the last cut. `left` calls left since `since_s`; `reached` is what really left a second in
    the last whole window since the last cut, None before there is one.
    Up to `soon` the way back is short: a streak of 429s with nothing between them says only once that
    the pace was too high, and then that the service's span is not over. `through`: something got through.
    """

    configured: float
    per_second: float
    told: float | None = None
    heard_until_s: float = float("-inf")
    grown_at_s: float = float("-inf")
    soon: float = 0.0
    through: bool = True
    since_s: float = float("-inf")
    left: int = 0
    reached: float | None = None

    @property
    def ceiling(self) -> float:
        """What it may climb to."""
        return self.configured if self.told is None else min(self.configured, self.told * BELOW_TOLD)

    def departed(self, now_s: float) -> Rate:
        """After one more call left. One that leaves in a pause measures nothing."""
        if now_s <= self.heard_until_s:
            return self
        elapsed_s = now_s - self.since_s
        if elapsed_s < _WINDOW_S:
            return replace(self, left=self.left + 1)
        reached = self.left / elapsed_s if self.left else None
        return replace(self, since_s=now_s, left=1, reached=reached)

    def answered(self, outcome: Outcome, *, left_at_s: float, now_s: float) -> Change:
        """After an answer to a call that left at `left_at_s`."""
        if not self.configured:  # unpaced, for a simulator on this machine
            return Change(self, fresh=True)
        heard = self._heard(outcome.allowance)
        if outcome.http_status == 429:
            return _cut(heard, left_at_s, now_s, pause_s=outcome.wait_s or 0.0)
        pause_s = _spent_s(outcome.allowance)
        if outcome.state is not AttemptState.SUCCEEDED:
            return Change(heard, pause_s=pause_s)
        late = left_at_s <= self.heard_until_s  # what left at the pace before says nothing of this one
        return Change(heard if late else _grown(heard, now_s), pause_s=pause_s)

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


def _cut(rate: Rate, left_at_s: float, now_s: float, *, pause_s: float) -> Change:
    if left_at_s <= rate.heard_until_s:
        return Change(rate, fresh=False)
    reached = rate.per_second if rate.reached is None else min(rate.per_second, rate.reached)
    slower = max(reached / 2, rate.least)
    slower = min(slower, rate.per_second)  # what the service told may lie below the least
    return Change(
        replace(
            rate,
            per_second=slower,
            heard_until_s=now_s + pause_s,  # what leaves in the pause was claimed before it
            grown_at_s=now_s,
            soon=min(reached * SOON, rate.per_second) if rate.through else rate.soon,
            through=False,
            since_s=float("-inf"),
            left=0,
            reached=None,
        )
    )


def _grown(rate: Rate, now_s: float) -> Rate:
    credit_s = min(now_s - rate.grown_at_s, _CREDIT_S)
    faster = rate.per_second + rate.configured / RECOVERY_S * credit_s
    if rate.per_second < rate.soon:
        faster = max(faster, min(rate.per_second + rate.soon / SOON_S * credit_s, rate.soon))
    reached = max(min(faster, rate.ceiling), rate.least)
    return replace(rate, per_second=reached, grown_at_s=now_s, through=True)


def _spent_s(allowance: Allowance | None) -> float:
    if allowance is None or allowance.remaining != 0:
        return 0.0
    return min(allowance.span_s, SPENT_PAUSE_MAX_S)
