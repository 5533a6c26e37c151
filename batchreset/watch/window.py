"""When sending is wanted: a daily window of a time zone, on all days or weekdays only. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from batchreset.errors import UsageError
from batchreset.text.messages import msg

_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_LOOKED_AHEAD_DAYS: Final = 8


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens` to `closes` by the clocks of `zone`; over midnight where it closes first.

    A window over midnight belongs to the day on which it opens: Friday's ends on Saturday morning.
    """

    opens: time
    closes: time
    zone: tzinfo
    weekdays: bool = False

    def at_or_after(self, now: datetime) -> tuple[datetime, datetime]:
        """The window that is open at `now`, else the next: from when to when, in UTC."""
        today = now.astimezone(self.zone).date()
        for days in range(-1, _LOOKED_AHEAD_DAYS):
            day = today + days * _DAY
            if self.weekdays and day.weekday() >= _SATURDAY:
                continue
            last = day if self.opens < self.closes else day + _DAY
            opens = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
            closes = datetime.combine(last, self.closes, self.zone).astimezone(UTC)
            if now < closes and opens < closes:  # a change of clocks may swallow a short one
                return opens, closes
        raise AssertionError("a week without a window")


def parse_window(text: str, zone: tzinfo, *, weekdays: bool) -> Window:
    """`08:00-18:00` as a window.

    Raises:
        UsageError: it is none.
    """
    span = _span(text)
    if span is None:
        raise UsageError(
            "window-option",
            msg("--window {text} is no span of a day.", text=text),
            msg("Write e.g. --window 08:00-18:00, or 22:00-06:00 for one over midnight."),
        )
    return Window(*span, zone, weekdays)


def _span(text: str) -> tuple[time, time] | None:
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, last_hour, last_minute = map(int, match.groups())
    to_midnight = (last_hour, last_minute) == (24, 0)
    try:
        opens, closes = time(hour, minute), time(0) if to_midnight else time(last_hour, last_minute)
    except ValueError:
        return None
    return None if opens == closes and not to_midnight else (opens, closes)
