"""What a fault puts on the wire in place of the service's answer, as bytes. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.faultserver.faults import Fault, Shape
from tests.faultserver.wire import Answer, http_date, opening, whole

_OFF_BY: Final = re.compile(r"[+-]\d+(\.\d+)?")
_DATE_AHEAD: Final = re.compile(r"date([+-]\d+)")
PADDING: Final = b"X-Padding: " + b"a" * 20_000 + b"\r\n"
"""A header beyond what clients take (aiohttp: 8,190 bytes)."""


class End(StrEnum):
    """What becomes of the connection."""

    KEEP = "keep"
    FIN = "fin"
    RST = "rst"


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said to one call.

    `status` is what the status line says, None where there is none to read. `whole`: the bytes are all
    of an answer, however useless.
    """

    raw: bytes
    status: int | None
    whole: bool
    end: End
    drip_s: float = 0.0
    """Pause after each byte; 0 says it all at once."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an answer's bytes depend on besides the answer: the service's time, and the request's own."""

    now_s: float
    request_id: str
    target: str = "/"
    keep_alive: bool = True
    head_only: bool = False


def natural(answer: Answer, at: Occasion, date: str | None = None) -> Speech:
    """A whole answer, told as HTTP wants it. `date` as in `Fault`."""
    end = End.KEEP if at.keep_alive and not answer.closes else End.FIN
    if end is End.FIN and not answer.closes:
        answer = Answer(
            answer.status, answer.body, {**answer.headers, "Connection": "close"}, answer.content_type
        )
    raw = whole(answer, at.request_id, dated(date, at.now_s), head_only=at.head_only)
    return Speech(raw, answer.status, True, end)


def faulty(fault: Fault, own: Answer | None, at: Occasion) -> Speech:
    """What a fault says. `own` is the service's answer, for the faults that give it."""
    match fault.what.shape:
        case Shape.OWN:
            if own is None:
                raise ValueError(f"{fault.kind} needs the service's own answer")
            answer = Answer(own.status, own.body, {**own.headers, **fault.headers}, own.content_type)
            return natural(answer, at, fault.date)
        case Shape.BROKEN:
            raw = _broken(fault.kind, opening(200, at.request_id, http_date(at.now_s)))
            status = None if fault.kind == "garbage" else 200
            end = End.RST if fault.rst or fault.kind == "drip" else End.FIN
            drip_s = fault.waits_s if fault.kind == "drip" else 0.0
            return Speech(raw, status, fault.kind == "huge-header", end, drip_s)
        case Shape.SILENT:
            return Speech(b"", None, False, End.FIN if fault.kind == "close" else End.RST)
        case Shape.OTHER:
            return natural(_other(fault, at), at, fault.date)


def dated(date: str | None, now_s: float) -> str | None:
    """The text of a Date header; None for none."""
    if date is None:
        return http_date(now_s)
    if _OFF_BY.fullmatch(date):
        return http_date(now_s + float(date))
    return date or None


def error_body(code: str, text: str) -> bytes:
    """An error object as the service and its gateway write it (facts.md §4.1)."""
    return json.dumps({"error_code": code, "error_msg": text}).encode()


def _other(fault: Fault, at: Occasion) -> Answer:
    preset = fault.what
    headers = dict(fault.headers)
    if fault.retry_after is not None:
        ahead = _DATE_AHEAD.fullmatch(fault.retry_after)
        headers["Retry-After"] = http_date(at.now_s + int(ahead[1])) if ahead else fault.retry_after
    if fault.kind == "redirect" or fault.location is not None:
        headers["Location"] = at.target if fault.location is None else fault.location
    return Answer(fault.status or preset.status, _content(fault), headers, preset.content_type)


def _content(fault: Fault) -> bytes:
    preset = fault.what
    if fault.body is not None:
        return fault.body.encode()
    if preset.body is not None and fault.code is None:
        return preset.body.encode()
    code = fault.code
    if code is None:
        code = preset.code or _usual_code(fault.status or preset.status)
    return error_body(code, fault.text or "injected") if code else b""


def _usual_code(status: int) -> str:
    """The service's own code that goes with a status (facts.md §4.3)."""
    if status == 401:
        return "USG.000000004"
    return "USG.000000002" if status >= 500 else "USG.000000003"


def _broken(kind: str, start: bytes) -> bytes:
    chunked = start + b"Transfer-Encoding: chunked\r\n\r\n"
    return {
        "cut": start + b'Content-Length: 143\r\n\r\n{"returnCode":0,',
        "cut-head": start + b"Content-Len",
        "cut-chunk": chunked + b'10\r\n{"returnCode":0,\r\n20\r\n"returnDesc":',
        "bad-chunk": chunked + b'10\r\n{"returnCode":0,\r\nzz\r\n"returnDesc":""}\r\n0\r\n\r\n',
        "garbage": b"\x16\x03\x01 HTPT/1.l 2OO this is no answer\r\n\r\n",
        "huge-header": start + PADDING + b"Content-Length: 2\r\n\r\n{}",
        "drip": start + PADDING,
    }[kind]
