"""Everything that is drawn by lot for one seed: what the office is like, and what happens when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from tests.simulation.machine import Blow, Strike
from tests.simulation.service import CALM, Fate, Weather

MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S


class Pace(StrEnum):
    """How often somebody does something."""

    PRESSED = "pressed"
    """A few terminals are reset over and over, again the moment their quota lets them."""
    HECTIC = "hectic"
    """Every few minutes or hours."""
    USUAL = "usual"
    SLOW = "slow"
    """Every few days: what blocks a terminal runs out."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What one seed's office is like. `days` is how long it works before it comes to rest.

    `new_jobs`, `again` and `retry_unknown` are how likely a command is for one, and asks for that.
    """

    pace: Pace
    days: float
    blows: Sequence[int]
    """Of `_SHARES`."""
    new_jobs: float
    again: float
    retry_unknown: float
    terminals: tuple[str, ...]
    unknown: frozenset[str]
    """Terminals that the service does not know, casefolded."""
    sheets: int
    rate: float
    concurrency: int
    timeout_s: float
    strict: bool
    """`--quota-counting strict`."""
    service_keeps_quota: bool


def draw_scenario(dice: Random) -> Scenario:
    pace = dice.choice((*Pace,))
    pressed = pace is Pace.PRESSED
    count = dice.choice((1, 2) if pressed else (2, 5, 12, 25))
    terminals = tuple(f"2102310QPD10K{n:04d}" for n in range(count))
    return Scenario(
        pace=pace,
        days=dice.uniform(*_DAYS[pace]),
        blows=dice.choice(_SHARES),
        new_jobs=0.8 if pressed else 0.4,
        again=1.0 if pressed else dice.choice((0.05, 0.2, 0.8)),
        retry_unknown=0.8 if pressed else dice.choice((0.05, 0.2, 0.8)),
        terminals=terminals,
        unknown=frozenset(sn.casefold() for sn in terminals if dice.random() < 0.1),
        sheets=3 if pressed else dice.randint(2, 4),
        rate=dice.choice((0.5, 1.0, 2.0, 5.0, 20.0)),
        concurrency=dice.randint(1, 8),
        timeout_s=dice.uniform(2, 30),
        strict=dice.random() < 0.2,
        service_keeps_quota=dice.random() < 0.5,
    )


_SECONDS: Final = (0.0, 5.0)
_MINUTES: Final = (5.0, 1800.0)
_HOURS: Final = (0.5 * HOUR_S, 8 * HOUR_S)
_DAYS: Final = {
    Pace.PRESSED: (1.5, 4.0),
    Pace.HECTIC: (0.3, 1.0),
    Pace.USUAL: (4.0, 15.0),
    Pace.SLOW: (20.0, 45.0),
}
_GAPS: Final = {
    Pace.PRESSED: (_SECONDS, _MINUTES, _HOURS),
    Pace.HECTIC: (_SECONDS, _MINUTES, _HOURS),
    Pace.USUAL: (_SECONDS, _MINUTES, _HOURS, (8 * HOUR_S, 30 * HOUR_S), (DAY_S, 5 * DAY_S)),
    Pace.SLOW: (_SECONDS, (20 * HOUR_S, 3 * DAY_S), (DAY_S, 12 * DAY_S)),
}


def draw_gap_s(dice: Random, pace: Pace) -> float:
    """How long until somebody does something again."""
    return dice.uniform(*dice.choice(_GAPS[pace]))


def draw_skew_s(dice: Random) -> float:
    """How far this machine's clock is ahead of the service's."""
    if dice.random() < 0.5:
        return dice.uniform(-2, 2)
    if dice.random() < 0.3:
        return dice.uniform(-300, 300)
    return dice.randint(-30, 30) * HOUR_S + dice.uniform(-100, 100)


_FLAKY: Final = (
    Fate.NEVER_LEFT,
    Fate.LOST_ON_THE_WAY,
    Fate.LOST_BEFORE,
    Fate.LOST_AFTER,
    Fate.BROKEN_AFTER,
    Fate.LATE,
    Fate.ERROR_BEFORE,
    Fate.ERROR_AFTER,
    Fate.GATEWAY,
    Fate.PROXY,
    Fate.THROTTLED,
    Fate.LOGGED_OUT,
    Fate.PAGE_BEFORE,
    Fate.CUT_AFTER,
    Fate.REFUSED_AS_JSON,
)


def draw_weather(dice: Random) -> Weather:
    kind = dice.choice(("calm", "calm", "flaky", "flaky", "storm", "one", "one", "outage", "wrong", "clocks"))
    match kind:
        case "calm":
            return CALM
        case "flaky":
            return Weather(kind, {fate: 0.25 / len(_FLAKY) for fate in _FLAKY}, login_fails=0.1)
        case "storm":
            return Weather(kind, {fate: 0.8 / len(_FLAKY) for fate in _FLAKY}, login_fails=0.3)
        case "one":
            return Weather(kind, {dice.choice(_FLAKY): dice.uniform(0.2, 0.9)})
        case "outage":
            return Weather(kind, {dice.choice((Fate.NEVER_LEFT, Fate.LOST_ON_THE_WAY)): 1.0})
        case "wrong":
            return Weather(kind, {dice.choice((Fate.FORBIDDEN, Fate.REDIRECT)): dice.uniform(0.1, 1)})
        case _:
            shares = dice.uniform(0, 0.3), dice.uniform(0, 0.5)
            return Weather(kind, wrong_date=shares[0], no_date=shares[1], far_off=dice.random() < 0.5)


_STEPS_OF_A_RUN: Final = 12
_STEPS_OF_A_ROW: Final = 9
_BLOWS: Final = (
    (),
    (Strike.KILL,),
    (Strike.STOP,),
    (Strike.STOP, Strike.KILL),
    (Strike.INTERRUPT,),
    (Strike.INTERRUPT, Strike.INTERRUPT),
    (Strike.DISK_FULL,),
)
_SHARES: Final = ((45, 28, 8, 5, 6, 3, 5), (20, 60, 5, 5, 5, 5, 0), (25, 5, 40, 25, 2, 3, 0))
"""How often each strikes a process: of all a little, mostly kills, mostly stops."""


def draw_blows(dice: Random, shares: Sequence[int], rows: int) -> dict[int, Blow]:
    """What strikes one process, by the number of its step; with so many rows at the most to send."""
    step = dice.randint(1, _STEPS_OF_A_RUN + _STEPS_OF_A_ROW * rows)
    blows = {}
    for strike in dice.choices(_BLOWS, shares)[0]:
        blows[step] = Blow(strike, _stop_s(dice))
        step += dice.randint(1, 5)
    return blows


def _stop_s(dice: Random) -> float:
    return dice.choice((dice.uniform(0.1, 90), dice.uniform(60, HOUR_S), dice.uniform(HOUR_S, 40 * HOUR_S)))
