"""Send this row again in this run, or be done with it? A pure decision.

Only a call that is proven unprocessed is ever repeated by the machine: anything else has used up one
of the terminal's five, and may have sent a code (CONTRACT.md). Bounded by count and by time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from batchreset.model import Advice, AttemptState, Outcome

UNREACHED_MAX: Final = 3
"""Repeats of a call that could not leave, or that a gateway answered for its backend (502, 503)."""
THROTTLED_MAX: Final = 120
"""Repeats after a 429: so many that only time ends them, while the pace finds the service's rate."""
RENEWALS_MAX: Final = 1
"""Repeats with a new token after a 401."""
TOTAL_WAIT_MAX_S: Final = 600.0
"""No row waits longer than this in one run."""
UNREACHED_BACKOFF_S: Final = 0.5
THROTTLED_BACKOFF_S: Final = 2.0
"""Huawei's advice for APIG.0308 is to wait 2 to 5 s (facts.md §5)."""
BACKOFF_MAX_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Tries:
    """What a row has gone through in this run."""

    unreached: int = 0
    throttled: int = 0
    renewals: int = 0
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more for this row in this run."""


@dataclass(frozen=True, slots=True)
class Again:
    """Send it again after `wait_s`; `tries` then holds. After `Advice.AUTH` with a new token."""

    wait_s: float
    tries: Tries


def decide(outcome: Outcome, tries: Tries) -> Done | Again:
    """What follows an outcome, after `tries`."""
    if outcome.state is not AttemptState.UNPROCESSED:
        return Done()
    match outcome.advice:
        case Advice.AUTH:
            return _bounded(0.0, tries.renewals < RENEWALS_MAX, replace(tries, renewals=tries.renewals + 1))
        case Advice.RETRY if outcome.http_status == 429:
            wait_s = _wait(outcome, THROTTLED_BACKOFF_S, tries.throttled)
            return _bounded(
                wait_s, tries.throttled < THROTTLED_MAX, replace(tries, throttled=tries.throttled + 1)
            )
        case Advice.RETRY:
            wait_s = _wait(outcome, UNREACHED_BACKOFF_S, tries.unreached)
            return _bounded(
                wait_s, tries.unreached < UNREACHED_MAX, replace(tries, unreached=tries.unreached + 1)
            )
        case _:
            return Done()


def pause_s(outcome: Outcome, tries: Tries) -> float:
    """For how long an answer makes all workers hold: the service throttles, or names a time."""
    if outcome.advice is not Advice.RETRY:
        return 0.0
    if outcome.http_status == 429:
        return _wait(outcome, THROTTLED_BACKOFF_S, tries.throttled)
    return outcome.wait_s or 0.0


def _wait(outcome: Outcome, first_s: float, before: int) -> float:
    if outcome.wait_s is not None:
        return outcome.wait_s
    return min(first_s * 2.0**before, BACKOFF_MAX_S)


def _bounded(wait_s: float, allowed: bool, tries: Tries) -> Done | Again:
    waited_s = tries.waited_s + wait_s
    if not allowed or waited_s > TOTAL_WAIT_MAX_S:
        return Done()
    return Again(wait_s, replace(tries, waited_s=waited_s))
