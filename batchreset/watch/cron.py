"""Cron expressions, read as cron reads them and worked out by APScheduler.

Two things its `CronTrigger` reads otherwise are put right here: its numbers of weekdays begin with Monday
(cron's with Sunday), and where both days of the month and of the week are given it wants both (cron: one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from batchreset.errors import UsageError
from batchreset.text.messages import Message, msg

_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def cron_ticks(expression: str, zone: tzinfo, now: datetime) -> Callable[[datetime], datetime]:
    """A function that gives the first instant of an expression after one, in UTC.

    Raises:
        UsageError: it is no expression of five fields, or one that never comes after `now`.
    """
    from apscheduler.triggers.cron import CronTrigger

    try:
        minute, hour, day, month, weekday = expression.split()
        fixed = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
        named = ",".join(_weekdays(weekday))
        days = [{"day": day, "day_of_week": named}]
        if not day.startswith("*") and not weekday.startswith("*"):
            days = [{"day": day}, {"day_of_week": named}]
        triggers = [CronTrigger(**fixed, **one) for one in days]
    except (ValueError, TypeError):  # its text is for programmers, and in English
        raise _refused(
            msg("“{expression}” can't be read as a cron expression.", expression=expression)
        ) from None

    def after(instant: datetime) -> datetime:
        since = instant + timedelta(microseconds=1)
        found = [trigger.get_next_fire_time(None, since) for trigger in triggers]
        there: list[datetime] = [one.astimezone(UTC) for one in found if one is not None]
        if not there:
            raise _refused(
                msg("The cron expression “{expression}” names no time to come.", expression=expression)
            )
        return min(there)

    after(now)  # one that never comes is told at once
    return after


def _weekdays(field: str) -> Iterator[str]:
    """The weekdays of a field by name: `1-5`, `mon-fri`, `0,6`, `*/2`."""
    for item in field.lower().split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        low = 0 if span == "*" else _number(first)
        high = 6 if span == "*" else _number(last) if last else (6 if step else low)
        if high < low or (step and int(step) < 1):
            raise ValueError(item)
        yield from (_DAYS[number % 7] for number in range(low, high + 1, int(step or 1)))


def _number(day: str) -> int:
    if day in _DAYS:
        return _DAYS.index(day)
    number = int(day)
    if number not in range(8):
        raise ValueError(day)
    return number


def _refused(why: Message) -> UsageError:
    return UsageError(
        "cron-expression",
        why,
        msg('Write five fields: minute, hour, day, month, weekday, e.g. --cron "*/30 8-17 * * 1-5".'),
    )
