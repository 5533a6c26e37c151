"""What the gateway says of its own rate, in headers and in the words of its 429 (facts.md §5). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from batchreset.model import Allowance

_HEADER: Final = "x-apig-ratelimit-"
"""One for each policy in force: `…-api`, `…-api-allenv`, `…-user`, `…-app`."""
_TOLD: Final = re.compile(
    r"limit\s*:\s*(\d{1,9})\s*,\s*time\s*:\s*(\d{1,6})\s*(second|minute|hour|day)", re.IGNORECASE
)
_REMAIN: Final = re.compile(r"remain\s*:\s*(\d{1,9})", re.IGNORECASE)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def allowance_of(headers: Mapping[str, str], http_status: int, message: str | None) -> Allowance | None:
    """The tightest rate an answer tells, None where it tells none. Header names are lower case.

    A 429's own words name the policy that was broken, whatever else stands in the headers. What nobody
    can mean (no call at all, in no time) is not believed.
    """
    spoken = _read(message or "") if http_status == 429 else None
    if spoken is not None:
        return spoken
    told = [*_in_headers(headers)]
    return min(told, key=lambda one: (one.remaining != 0, one.per_second), default=None)


def _in_headers(headers: Mapping[str, str]) -> Iterator[Allowance]:
    for name, value in headers.items():
        read = _read(value) if name.startswith(_HEADER) else None
        if read is not None:
            yield read


def _read(text: str) -> Allowance | None:
    told = _TOLD.search(text)
    if told is None or not int(told[1]) or not int(told[2]):
        return None
    remain = _REMAIN.search(text)
    span_s = int(told[2]) * _SECONDS[told[3].lower()]
    return Allowance(int(told[1]), span_s, None if remain is None else int(remain[1]))
