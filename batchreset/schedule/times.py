"""When a schedule runs, as cron means it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from batchreset.errors import UsageError
from batchreset.text.messages import msg

WEEKDAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_MINUTES: Final = 24 * 60
_HOUR_MINUTES: Final = 60

Field = tuple[int, ...] | None
"""The values of a field; None: every one."""


@dataclass(frozen=True, slots=True)
class Times:
    """Cron's five fields; `weekdays` count from Sunday, 0. Of both kinds of days either will do.

    `every_minutes` is set where it is so many minutes apart all day, `daily` where it is once a day.
    """

    minutes: Field
    hours: Field
    days: Field = None
    months: Field = None
    weekdays: Field = None
    every_minutes: int | None = None
    daily: bool = False


def every(text: str) -> Times:
    """`30m` or `2h`.

    Raises:
        UsageError: it is no time that divides an hour or a day evenly: no scheduler could keep to it.
    """
    match = re.fullmatch(r"(\d{1,4})\s*(m|min|h)", text.strip())
    minutes = int(match[1]) * (_HOUR_MINUTES if match[2] == "h" else 1) if match else 0
    if 0 < minutes < _HOUR_MINUTES and _HOUR_MINUTES % minutes == 0:
        return Times(tuple(range(0, _HOUR_MINUTES, minutes)), None, every_minutes=minutes)
    hours, odd = divmod(minutes, _HOUR_MINUTES)
    if minutes and not odd and _DAY_MINUTES % minutes == 0:
        return Times((0,), tuple(range(0, 24, hours)), every_minutes=minutes)
    raise UsageError(
        "every-option",
        msg("--every {text} does not divide an hour or a day evenly.", text=text),
        msg("Write e.g. --every 30m, --every 1h or --every 6h."),
    )


def daily(text: str) -> Times:
    """`08:30`.

    Raises:
        UsageError: it is no time of a day.
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if match is None or int(match[1]) not in range(24) or int(match[2]) not in range(60):
        raise UsageError(
            "at-option", msg("--at {text} is no time of a day.", text=text), msg("Write e.g. --at 08:30.")
        )
    return Times((int(match[2]),), (int(match[1]),), daily=True)


def by_cron(expression: str) -> Times:
    """Cron's five fields.

    Raises:
        UsageError: they can't be read.
    """
    try:
        minute, hour, day, month, weekday = expression.split()
        days = _field(weekday, 0, 7, tuple(name.lower() for name in WEEKDAYS))
        return Times(
            _field(minute, 0, 59),
            _field(hour, 0, 23),
            _field(day, 1, 31),
            _field(month, 1, 12, ("", *_MONTHS)),
            None if days is None else tuple(sorted({number % 7 for number in days})),
        )
    except ValueError:
        raise UsageError(
            "cron-expression",
            msg("“{expression}” can't be read as a cron expression.", expression=expression),
            msg('Write five fields: minute, hour, day, month, weekday, e.g. --cron "*/30 8-17 * * 1-5".'),
        ) from None


def _field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> Field:
    """The values of one field. Raises ValueError."""

    def value(word: str) -> int:
        number = names.index(word) if word in names and word else int(word)
        if not low <= number <= high:
            raise ValueError(word)
        return number

    if text == "*":
        return None
    found: set[int] = set()
    for item in text.lower().split(","):
        span, slash, step = item.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            begin, end = low, min(high, 6) if names and low == 0 else high
        else:
            begin = value(first)
            end = value(last) if dash else (high if slash else begin)
        if end < begin or (slash and int(step) < 1):
            raise ValueError(item)
        found |= set(range(begin, end + 1, int(step) if slash else 1))
    return tuple(sorted(found))
