"""Numbers, instants and spans in a language's own form (Babel's CLDR data), for pages that people read.

Workbooks and logs keep one form for all languages (`text.catalogue.local_time`): there, they are sorted
and searched.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from babel import Locale
from babel.dates import format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from batchreset.text.catalogue import Lang

_LOCALES: Final[dict[Lang, str]] = {"en-US": "en_US", "zh-CN": "zh_Hans_CN"}
_UNIT_LENGTHS: Final[dict[Lang, Literal["short", "long"]]] = {"en-US": "long", "zh-CN": "short"}
"""In Chinese CLDR has the long names inherit from the short ones, which Babel does not follow."""
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


class Forms:
    """How a language writes numbers and times. Times are local; the clock has 24 hours in both languages."""

    def __init__(self, lang: Lang) -> None:
        self._locale: Final = Locale.parse(_LOCALES[lang])
        self._units: Final = _UNIT_LENGTHS[lang]

    def number(self, value: float) -> str:
        """`12,345`"""
        return format_decimal(value, locale=self._locale)

    def percent(self, percent: int) -> str:
        """`99%`"""
        return format_percent(percent / 100, locale=self._locale)

    def moment(self, at: datetime) -> str:
        """An instant to the minute: `Nov 24, 2026, 14:32`, `2026年11月24日 14:32`."""
        return self._joined(at.astimezone(), "yMMMd")

    def clock(self, at: datetime, seen_from: datetime) -> str:
        """An instant to the minute with as much of its date as somebody needs who reads it at `seen_from`."""
        local, there = at.astimezone(), seen_from.astimezone()
        if local.date() == there.date():
            return self._skeleton(local, "Hm")
        return self._joined(local, "MMMd" if local.year == there.year else "yMMMd")

    def span(self, length: timedelta, *, units: int = 2) -> str:
        """A length of time in its largest units, rounded: `2 days, 3 hours`, `45 seconds`, `3天2小时`."""
        seconds = length.total_seconds()
        first = next((at for at, (_, size) in enumerate(_UNITS) if seconds >= size), len(_UNITS) - 1)
        last = min(first + units, len(_UNITS)) - 1
        left = round(seconds / _UNITS[last][1]) * _UNITS[last][1]
        parts = []
        for unit, size in _UNITS[: last + 1]:
            count, left = divmod(left, size)
            if count:
                parts.append(self._unit(count, unit))
        return format_list(parts[:units] or [self._unit(0, _UNITS[-1][0])], "unit", self._locale)

    def offset(self, at: datetime) -> str:
        """The local offset from UTC at an instant: `UTC+08:00`."""
        return f"UTC{at.astimezone().isoformat()[-6:]}"

    def _unit(self, count: int, unit: str) -> str:
        return format_unit(count, f"duration-{unit}", self._units, locale=self._locale)

    def _joined(self, local: datetime, date: str) -> str:
        form = str(self._locale.datetime_formats["medium"])
        return form.format(self._skeleton(local, "Hm"), self._skeleton(local, date))

    def _skeleton(self, local: datetime, skeleton: str) -> str:
        return format_skeleton(skeleton, local, locale=self._locale)
