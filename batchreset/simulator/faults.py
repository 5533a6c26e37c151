"""Faults as values: what goes wrong, for which calls, how often; and the choice for one call. Pure.

Why a share is drawn from (seed, fault, SN, how many calls of that SN) and not from running dice: the
same calls are hit in whatever order a concurrent client happens to send them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from fnmatch import translate
from typing import Final

from batchreset.errors import UsageError
from batchreset.simulator.api import Endpoint
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.kinds import KINDS, Act, Kind
from batchreset.simulator.replies import Reply, Why, refuse
from batchreset.text.messages import Message, msg

OPTIONS: Final = ("status", "code", "text", "seconds", "retry_after", "location", "processed")
"""Fields of a fault that only some kinds take."""
_DEFAULT_SECONDS: Final = {"slow": 1.0, "late": 1.0, "drip": 0.2, "wrong-date": 90_000.0}
_HOLD_S: Final = 120.0
_SECONDS_MAX: Final = 10 * 86_400
_DATE_AHEAD: Final = re.compile(r"date([+-]\d+)?")
_PAGE: Final = (
    b"<!doctype html><html><head><title>Sign in</title></head><body>Sign in to the network</body></html>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    It applies to calls of `on` (an `Endpoint`'s value) whose SN fits the pattern `sn` (`*`, `?`,
    `[…]`; case is ignored), to a `share` of these (0 to 1), at most `times` per SN, and only from call
    number `after` + 1 to call number `until` of that endpoint. The rest are options of the kind
    (`KINDS`): `status`; `code` and `text` of the answer; `seconds` to wait, or that a date is wrong by;
    `retry_after` sent as it stands, or `date+30` for the date in 30 seconds; `location` of a redirect;
    `processed`.
    """

    kind: str
    sn: str = "*"
    share: float = 1.0
    times: int | None = None
    after: int = 0
    until: int | None = None
    on: str = Endpoint.RESET.value
    status: int | None = None
    code: str | None = None
    text: str | None = None
    seconds: float | None = None
    retry_after: str | None = None
    location: str | None = None
    processed: bool | None = None

    @property
    def what(self) -> Kind:
        return KINDS[self.kind]

    @property
    def span_s(self) -> float:
        """Its `seconds`: what is set, else what suits the kind (a wait that outlasts any caller, mostly)."""
        return _DEFAULT_SECONDS.get(self.kind, _HOLD_S) if self.seconds is None else self.seconds

    @property
    def lets_process(self) -> bool:
        """Whether the service carries the call out before the fault shows."""
        return bool(self.what.processed) if self.processed is None else self.processed


def problem(fault: Fault) -> Message | None:
    """What is wrong with a fault, or `None`."""
    if fault.kind not in KINDS:
        return msg("There is no kind of fault {kind}.", kind=repr(fault.kind))
    if fault.on not in set(Endpoint):
        return msg("`on` must be one of: {names}.", names=", ".join(Endpoint))
    for name in OPTIONS:
        if getattr(fault, name) is not None and name not in fault.what.options:
            return msg("A fault of kind {kind} takes no `{name}`.", kind=fault.kind, name=name)
    return _out_of_range(fault)


def _out_of_range(fault: Fault) -> Message | None:
    if not 0 <= fault.share <= 1:
        return msg("`share` must be from 0 to 1.")
    if fault.times is not None and fault.times < 1:
        return msg("`times` must be 1 or more.")
    if fault.after < 0 or (fault.until is not None and fault.until <= fault.after):
        return msg("`after` must be 0 or more, and `until` beyond it.")
    least_s = -_SECONDS_MAX if fault.what.act is Act.DATED else 0
    if fault.seconds is not None and not least_s <= fault.seconds <= _SECONDS_MAX:
        return msg("`seconds` must be from {least} to {most}.", least=least_s, most=_SECONDS_MAX)
    if fault.status is not None and not 200 <= fault.status <= 599:
        return msg("`status` must be from 200 to 599.")
    return None


class FaultPlan:
    """All faults in force, and how often each has struck. The first that fits a call is taken."""

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        """`UsageError` names the first fault that can't be."""
        for number, fault in enumerate(faults, 1):
            if wrong := problem(fault):
                raise UsageError(
                    "fault",
                    msg("Fault {number}: {problem}", number=number, problem=wrong),
                    msg("`batchreset simulator --list-faults` lists the kinds and what they take."),
                )
        self.faults: Final = tuple(faults)
        self._seed: Final = seed
        self._patterns: Final = [re.compile(translate(fault.sn.casefold())) for fault in faults]
        self._received: Final[Counter[str]] = Counter()
        self._seen: Final[Counter[tuple[str, str]]] = Counter()
        self._struck: Final[Counter[tuple[int, str]]] = Counter()

    def pick(self, endpoint: Endpoint, sn: str) -> Fault | None:
        """The fault for this call, if one applies; counts the call."""
        if not self.faults:
            return None
        key = sn.casefold()
        self._received[endpoint] += 1
        self._seen[endpoint, key] += 1
        for index, fault in enumerate(self.faults):
            if fault.on == endpoint and self._applies(index, fault, key):
                self._struck[index, key] += 1
                return fault
        return None

    def struck(self) -> list[int]:
        """How often each fault has struck, in their order."""
        counts = Counter[int]()
        for (index, _), times in self._struck.items():
            counts[index] += times
        return [counts[index] for index in range(len(self.faults))]

    def _applies(self, index: int, fault: Fault, key: str) -> bool:
        received = self._received[fault.on]
        if received <= fault.after or (fault.until is not None and received > fault.until):
            return False
        if not self._patterns[index].match(key):
            return False
        if fault.times is not None and self._struck[index, key] >= fault.times:
            return False
        return fault.share >= 1 or self._draw(index, fault.on, key) < fault.share

    def _draw(self, index: int, on: str, key: str) -> float:
        word = f"{self._seed}:{index}:{on}:{key}:{self._seen[on, key]}"
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest()) / 2**64


def answer(fault: Fault, assumptions: Assumptions, path: str, now: datetime) -> Reply:
    """The answer a fault of `Act.ANSWER` gives in place of the service's own; `path` is the call's."""
    if fault.what.why is not None:
        return refuse(fault.what.why, assumptions)
    if fault.kind == "throttle":
        return _reworded(
            fault, refuse(Why.THROTTLED, assumptions, "limit:100,time:1 second", _wait(fault, now))
        )
    if fault.kind in {"gateway", "gateway-timeout"}:
        why = Why.BACKEND_UNAVAILABLE if fault.kind == "gateway" else Why.BACKEND_TIMEOUT
        return _reworded(fault, refuse(why, assumptions), status=503 if fault.kind == "gateway" else 504)
    if fault.kind == "redirect":
        return Reply(fault.status or 307, headers=(("Location", fault.location or path),))
    if fault.kind == "html":
        return Reply(200, raw=_PAGE, content_type="text/html; charset=utf-8")
    if fault.kind == "broken-json":
        return Reply(200, raw=b'{"returnCode":0,"returnDe')
    if fault.kind == "error-json":
        return _reworded(fault, refuse(Why.INVALID_PARAMETER, assumptions, "sn"), status=200)
    if fault.kind == "return-code":
        return Reply(200, data={"returnCode": fault.code or 1, "returnDesc": fault.text or "FAIL"})
    return _reworded(fault, refuse(Why.INTERNAL, assumptions))


def _reworded(fault: Fault, reply: Reply, status: int | None = None) -> Reply:
    """The reply with what the fault sets; a `code` of "" makes a body that is no error object."""
    text = fault.text
    return Reply(
        fault.status or status or reply.status,
        code=reply.code if fault.code is None else fault.code,
        zh=reply.zh if text is None else text,
        en=reply.en if text is None else text,
        headers=reply.headers,
    )


def _wait(fault: Fault, now: datetime) -> tuple[tuple[str, str], ...]:
    value = fault.retry_after
    if value is None:
        return ()
    if date := _DATE_AHEAD.fullmatch(value):
        value = format_datetime(now + timedelta(seconds=int(date[1] or 0)), usegmt=True)
    return (("Retry-After", value),)


def dated(fault: Fault, reply: Reply, now: datetime) -> Reply:
    """The reply with the wrong `Date` of a fault of `Act.DATED`."""
    date = format_datetime(now + timedelta(seconds=fault.span_s), usegmt=True)
    return replace(reply, headers=(*reply.headers, ("Date", date)))


_HEAD: Final = b"HTTP/1.1 200 OK\r\nServer: api-gateway\r\nContent-Type: application/json;charset=UTF-8\r\n"
_BYTES: Final = {
    "cut": _HEAD + b'Content-Length: 143\r\n\r\n{"returnCode":0,',
    "garbage": b"\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n\x00\xff",
    "huge-header": _HEAD + b"X-Trace: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "bad-chunk": _HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
}
DRIPPED: Final = _HEAD + b"X-Padding: " + b"a" * 8000
"""What a fault of `Act.DRIP` sends, a byte at a time."""


def wire_bytes(fault: Fault) -> bytes:
    """What a fault of `Act.BYTES` puts on the wire."""
    return _BYTES[fault.kind]
