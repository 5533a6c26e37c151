"""Lengths of time in words.

CLDR's own, which Babel has, would be `15 hr, 44 min` and `15小时44分钟`: unlike the symbols of the units
that are in the texts already, and a hundredth of a second of start-up for it.
"""

from __future__ import annotations

from datetime import timedelta

from batchreset.text.messages import Count, Message, msg

_MINUTE_S = 60
_HOUR_S = 3_600
_DAY_S = 86_400
_DAYS_FROM_S = 2 * _DAY_S
"""Up to here hours say more: the quota is of 24 h, and 36 h are no day and a half."""


def span(length: timedelta) -> Message:
    """A length of time, not negative, in its two largest units, rounded to the smaller one.

    E.g. `2 days 3 h`, `15 h 44 min`, `24 h`, `1 min 30 s`, `0.5 s`.
    """
    seconds = length.total_seconds()
    if seconds < _MINUTE_S:
        return msg("{n} s", n=float(seconds))
    if seconds < _HOUR_S:
        seconds = round(seconds)
    elif seconds < _DAYS_FROM_S:
        seconds = round(seconds / _MINUTE_S) * _MINUTE_S
    else:
        seconds = round(seconds / _HOUR_S) * _HOUR_S
    return _split(int(seconds))


def _split(seconds: int) -> Message:
    days, rest = divmod(seconds, _DAY_S) if seconds >= _DAYS_FROM_S else (0, seconds)
    hours, rest = divmod(rest, _HOUR_S)
    minutes, rest = divmod(rest, _MINUTE_S)
    parts = [
        sentence
        for number, sentence in (
            (days, msg("{n} days", n=Count(days))),
            (hours, msg("{n} h", n=Count(hours))),
            (minutes, msg("{n} min", n=Count(minutes))),
            (rest, msg("{n} s", n=Count(rest))),
        )
        if number
    ]
    if len(parts) == 1:
        return parts[0]
    larger, smaller = parts
    return msg("{larger} {smaller}", larger=larger, smaller=smaller)
