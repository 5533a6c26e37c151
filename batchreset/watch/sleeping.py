"""Sleeping by a wall clock that may jump, on a machine that may be suspended, with an ear for signals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

NAP_S: Final = 0.5
"""A signal is heard, and a clock that was set forward noticed, so soon."""


def sleep_until(
    until: datetime,
    *,
    now: Callable[[], datetime],
    steady_s: Callable[[], float],
    nap: Callable[[float], None],
    halted: Callable[[], bool],
) -> None:
    """Return at `until` by the wall clock, or once so long has passed as it was until then, or when halted.

    The second is for a clock that is set back: who sleeps must ask again what to do, not sleep a day more.
    """
    began_s, span_s = steady_s(), (until - now()).total_seconds()
    while not halted():
        left_s = min((until - now()).total_seconds(), began_s + span_s - steady_s())
        if left_s <= 0:
            return
        nap(min(left_s, NAP_S))
