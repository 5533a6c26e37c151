"""What a watch does now: look and run, or sleep until when and why. Pure.

A watch *looks* (plans every open job) and sends what is due in one go. Between two rounds lies a pause
that doubles with each round that got nowhere, because a service that is away, a wrong key or a full
disk is not mended by asking more often; it is also what gathers rows whose quota frees one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from batchreset.watch.window import Window

DOUBLINGS_MAX: Final = 5
"""With a first pause of a minute the longest is about half an hour."""


class Why(StrEnum):
    """Why a watch sleeps."""

    IDLE = "idle"
    """Nothing waits; it looks again for jobs that are new."""
    DUE = "due"
    """Rows fall due then."""
    PAUSE = "pause"
    """A round has just ended."""
    TROUBLE = "trouble"
    """The last rounds got nowhere."""
    WINDOW = "window"
    """Sending is not wanted before."""
    CRON = "cron"
    """The expression says so."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the operator asked for. `next_tick` gives the first instant of a cron expression after one."""

    look_every: timedelta
    pause: timedelta
    window: Window | None = None
    next_tick: Callable[[datetime], datetime] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a watch knows. `began_at`: of the watch; `looked_at`: the last look.

    `next_due` is when the first waiting row of all jobs may be sent, as of that look. `ended_at`: the
    last round that sent anything or failed; `fruitless`: rounds in a row, up to it, that got nowhere.
    """

    began_at: datetime
    looked_at: datetime | None = None
    next_due: datetime | None = None
    ended_at: datetime | None = None
    fruitless: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Look now, and run what is due. `until`: when the window closes."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleep until then."""

    until: datetime
    why: Why


def decide(now: datetime, seen: Seen, habits: Habits) -> Look | Sleep:
    """What to do now."""
    at, why = _wanted(now, seen, habits)
    closes = None
    if habits.window is not None:
        opens, closes = habits.window.at_or_after(max(now, at))
        if opens > max(now, at):
            at, why = opens, Why.WINDOW
    return Sleep(at, why) if at > now else Look(closes)


def _wanted(now: datetime, seen: Seen, habits: Habits) -> tuple[datetime, Why]:
    """The next look, windows aside. By a clock that was set back none is further ahead than asked for."""
    if habits.next_tick is not None:
        return habits.next_tick(min(now, seen.looked_at or seen.began_at)), Why.CRON
    if seen.looked_at is None or seen.looked_at > now:
        return now, Why.IDLE
    at, why = seen.looked_at + habits.look_every, Why.IDLE
    if seen.next_due is not None and seen.next_due < at:
        at, why = max(seen.next_due, seen.looked_at), Why.DUE
    if seen.ended_at is not None and seen.ended_at <= now:
        free = seen.ended_at + pause_after(seen.fruitless, habits.pause)
        if free > at or seen.fruitless:
            at, why = free, Why.TROUBLE if seen.fruitless else Why.PAUSE
    return at, why


def pause_after(fruitless: int, pause: timedelta) -> timedelta:
    """How long nothing is tried after so many rounds in a row that got nowhere."""
    doublings: int = 2 ** min(fruitless, DOUBLINGS_MAX)
    return pause * doublings


def rows_in_time(jobs: Sequence[tuple[int, float]], left_s: float) -> list[int]:
    """How many rows of each job can be sent in `left_s`, one job after the other.

    `jobs` are their rows and rates (per second; 0: unpaced, which takes no time).
    """
    fit: list[int] = []
    for rows, rate in jobs:
        fit.append(min(rows, max(0, int(left_s * rate))) if rate else rows)
        left_s -= fit[-1] / rate if rate else 0.0
    return fit
