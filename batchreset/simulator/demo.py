"""What goes wrong in `batchreset demo`: a small, fixed set that shows every kind of result. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from batchreset.simulator.faults import Fault

_BURST: Final = 2
"""Neighbouring rows that are throttled together."""
_LEAST_HEALTHY: Final = 4
"""One fault for so many terminals at most, so that most rows succeed on a small site too."""

_SINGLE: Final = (
    Fault("unknown-terminal"),
    Fault("reset-after", times=1),
    Fault("quota-used", times=1),
    Fault("gateway", times=1),
    Fault("expire-tokens", times=1),
    Fault("unknown-terminal"),
    Fault("reset-after", times=1),
    Fault("html", times=1),
    Fault("reset-before", times=1),
    Fault("gateway", times=1),
)
"""By importance: a small site gets the first ones."""


def demo_faults(sns: Sequence[str], seed: int = 0) -> tuple[Fault, ...]:
    """Faults for the terminals of a demo, in the order of `sns`; the same for the same list and seed.

    With 200 terminals: two 429 together with `Retry-After: 1`, two 503 of the gateway, all tokens
    lost once, two terminals the enterprise does not have, one whose quota is used up at the service,
    two answers lost after processing and one call lost before it (a client can't tell these apart),
    and one page of HTML. Everything but the unknown terminals happens once.
    """
    dice = random.Random(f"demo:{seed}")
    allowed = len(sns) // _LEAST_HEALTHY
    room_for_burst = allowed >= len(_SINGLE) + _BURST
    burst = _burst(len(sns), dice) if room_for_burst else range(0)
    places = [place for place in range(len(sns)) if place not in burst]
    singles = _SINGLE[: min(allowed, len(_SINGLE))]
    chosen = dice.sample(places, len(singles))
    faults = [_at(sns[place], fault) for place, fault in zip(chosen, singles, strict=True)]
    faults += [_at(sns[place], Fault("throttle", times=1, retry_after="1")) for place in burst]
    return tuple(faults)


def _burst(count: int, dice: random.Random) -> range:
    start = dice.randrange(count // 3, count // 2)
    return range(start, start + _BURST)


def _at(sn: str, fault: Fault) -> Fault:
    return Fault(fault.kind, sn, times=fault.times, retry_after=fault.retry_after)
