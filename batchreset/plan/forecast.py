"""How long the rest of a job takes under the quota and the rate: pure arithmetic over due times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

TOGETHER: Final = timedelta(minutes=30)
"""How far apart times may be that are told as one: quotas used up in one run free one by one."""


@dataclass(frozen=True, slots=True)
class Slot:
    """So many rows that may be sent again from about the same time on: the first `at`, the last `until`."""

    at: datetime
    until: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest of a job can be sent, if each call succeeds and something runs when it is due.

    `ready` rows may be sent now, which takes `sending` at the rate (None: no pacing, so no figure).
    `slots` are the times when quotas free, soonest first. `ends_at` is the earliest end of all of it.
    """

    ready: int
    slots: tuple[Slot, ...]
    sending: timedelta | None
    ends_at: datetime

    @property
    def waiting(self) -> int:
        return sum(slot.rows for slot in self.slots)


def foretell(ready: int, due: Iterable[datetime], now: datetime, *, per_second: float) -> Forecast | None:
    """What is ahead of `ready` rows and of those due at these times; None where there are neither.

    Times are told by the minute, rounded up: a slot says "not before". At a rate of 0 calls take no time.
    """
    times = sorted(due)
    if not ready and not times:
        return None
    step = timedelta(seconds=1 / per_second) if per_second else timedelta(0)
    return Forecast(
        ready=ready,
        slots=_slots([full_minute(at) for at in times]),
        sending=step * ready if per_second else None,
        ends_at=full_minute(_end(ready, times, now, step)),
    )


def _slots(times: Sequence[datetime]) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for at in times:
        if slots and at - slots[-1].at <= TOGETHER:
            slots[-1] = Slot(slots[-1].at, at, slots[-1].rows + 1)
        else:
            slots.append(Slot(at, at, 1))
    return tuple(slots)


def _end(ready: int, times: Sequence[datetime], now: datetime, step: timedelta) -> datetime:
    end = now + step * ready
    for at in times:
        end = max(end, at) + step
    return end


def full_minute(at: datetime) -> datetime:
    """The instant as people are told it who may not come before."""
    return (at + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)
