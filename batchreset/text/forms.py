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
from babel.numbers import format_decimal
from babel.units import format_unit

from batchreset.text.catalogue import Lang

_LOCALES: Final[dict[Lang, str]] = {"en-US": "en_US", "zh-CN": "zh_Hans_CN"}
_UNIT_LENGTHS: Final[dict[Lang, Literal["short", "long"]]] = {"en-US": "long", "zh-CN": "short"}
"""In Chinese CLDR has the long names inherit from the short ones, which Babel does not follow."""
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_MOST_UNITS: Final = 2


class Forms:
    """How a language writes numbers and times. Times are local; the clock has 24 hours in both languages."""

    def __init__(self, lang: Lang) -> None:
        self._locale: Final = Locale.parse(_LOCALES[lang])
        self._units: Final = _UNIT_LENGTHS[lang]

    def number(self, value: float) -> str:
        """`12,345`"""
        return format_decimal(value, locale=self._locale)

    def moment(self, at: datetime) -> str:
        """An instant to the minute: `Nov 24, 2026, 14:32`, `2026年11月24日 14:32`."""
        return self._joined(at.astimezone(), "yMMMd")

    def clock(self, at: datetime, seen_from: datetime) -> str:
        """An instant to the minute with as much of its date as somebody needs who reads it at `seen_from`."""
        local, there = at.astimezone(), seen_from.astimezone()
        if local.date() == there.date():
            return self._skeleton(local, "Hm")
        return self._joined(local, "MMMd" if local.year == there.year else "yMMMd")

    def span(self, length: timedelta) -> str:
        """A length of time in its two largest units: `2 days, 3 hours`, `45 seconds`, `3天2小时`."""
        left = round(length.total_seconds())
        parts: list[str] = []
        for unit, seconds in _UNITS:
            count, left = divmod(left, seconds)
            if count:
                parts.append(self._unit(count, unit))
            if len(parts) == _MOST_UNITS or (parts and not count):
                break
        return format_list(parts or [self._unit(0, "second")], "unit", self._locale)

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
