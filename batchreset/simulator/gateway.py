"""The gateway before the service: its rate, its headers, its latency (facts.md §2, §5, §7). Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from batchreset.simulator.api import Endpoint
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.replies import Reply, Why, refuse

MAX_BODY: Final = 12 * 1024 * 1024
"""Bytes of a request's body the gateway takes (facts.md §5)."""
_TP99_SIGMAS: Final = 2.3263
_SPAN_S: Final = {"second": 1, "minute": 60}


class Throttle:
    """So many calls to one API in a span of the clock (second or minute), as API gateways count them."""

    def __init__(self, assumptions: Assumptions) -> None:
        self._assumptions: Final = assumptions
        self._span_s: Final = _SPAN_S[assumptions.rate_per]
        self._counts: Final[dict[Endpoint, tuple[int, int]]] = {}

    def refuse(self, endpoint: Endpoint, now: datetime) -> Reply | None:
        """The 429 for this call, or `None`. A throttled call counts for nothing."""
        limit = self._limit(endpoint)
        if not limit:
            return None
        seconds = now.timestamp()
        span = int(seconds // self._span_s)
        since, count = self._counts.get(endpoint, (span, 0))
        count = count if since == span else 0
        if count < limit:
            self._counts[endpoint] = (span, count + 1)
            return None
        wait_s = max(1, math.ceil((span + 1) * self._span_s - seconds))
        headers = (("Retry-After", str(wait_s)),) if self._assumptions.rate_retry_after else ()
        detail = f"limit:{limit},time:1 {self._assumptions.rate_per}" if self._assumptions.rate_words else ""
        return refuse(Why.THROTTLED, self._assumptions, detail, headers)

    def header(self, endpoint: Endpoint) -> tuple[tuple[str, str], ...]:
        """`X-APIG-Ratelimit-Api` as in the documented sample (facts.md §5); none without a rate to tell."""
        limit = self._limit(endpoint)
        if not limit or not self._assumptions.rate_headers:
            return ()
        used = self._counts.get(endpoint, (0, 0))[1]
        value = f"remain:{max(0, limit - used)},limit:{limit},time:1 {self._assumptions.rate_per}"
        return (("X-APIG-Ratelimit-Api", value),)

    def _limit(self, endpoint: Endpoint) -> int:
        """Calls of this API in a span; 0 for any number."""
        if endpoint is Endpoint.AUTH and not self._assumptions.rate_covers_login:
            return 0
        return self._assumptions.rate_calls


def too_large(headers: Iterable[tuple[bytes, bytes]], assumptions: Assumptions) -> bool:
    """Whether a request's headers are longer than the gateway is assumed to take."""
    most = assumptions.header_max_bytes
    return bool(most) and sum(len(name) + len(value) + 4 for name, value in headers) > most


def response_headers(reply: Reply, request_id: str, now: datetime) -> dict[str, str]:
    """The headers every documented answer carries, and the reply's own."""
    headers = {
        "Date": format_datetime(now, usegmt=True),
        "Content-Type": reply.content_type,
        "Server": "api-gateway",
        "X-Request-Id": request_id,
        "Pragma": "No-cache",
        "Cache-Control": "no-cache",
    }
    headers.update(reply.headers)
    return headers


def latency_s(assumptions: Assumptions, dice: random.Random) -> float:
    """Seconds until an answer, lognormal through the assumed median and 99th percentile."""
    median, tp99 = assumptions.latency_median_s, assumptions.latency_tp99_s
    if median <= 0:
        return 0.0
    sigma = max(0.0, math.log(max(tp99, median) / median) / _TP99_SIGMAS)
    return dice.lognormvariate(math.log(median), sigma)
