"""HTTP/1.1 as this server reads and writes it. Pure but for `read_request`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

JSON_TYPE: Final = "application/json;charset=UTF-8"
HEAD_MAX: Final = 64 * 1024
BODY_MAX: Final = 12 * 1024 * 1024
"""The gateway's own maximum (facts.md §5)."""


class MalformedError(Exception):
    """What came is no HTTP/1.1 request this server reads; `status` is the answer to it."""

    def __init__(self, status: int, raw: bytes) -> None:
        super().__init__(status)
        self.status: Final = status
        self.raw: Final = raw


@dataclass(frozen=True, slots=True)
class Request:
    """One whole request. `names` are the header names as they came, lower case, repeats included."""

    method: str
    target: str
    headers: Mapping[str, str]
    names: tuple[str, ...]
    body: bytes = b""
    keep_alive: bool = True

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `headers` come after the usual ones and replace none of them."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE

    @property
    def closes(self) -> bool:
        return any(
            name.lower() == "connection" and value.lower() == "close" for name, value in self.headers.items()
        )


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection, None at its orderly end.

    Raises:
        MalformedError: what came can't be answered as a request; the connection is then to be closed.
        ConnectionError, asyncio.IncompleteReadError: the client broke off within a request.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as cause:
        raise MalformedError(431, b"") from cause
    except asyncio.IncompleteReadError as cut:
        if not cut.partial:
            return None
        raise
    line, *fields = head[:-4].decode("latin-1").split("\r\n")
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedError(400, head)
    headers: dict[str, str] = {}
    names = []
    for text in fields:
        name, colon, value = text.partition(":")
        if not colon:
            raise MalformedError(400, head)
        name = name.lower()
        names.append(name)
        headers.setdefault(name, value.strip())
    body = await reader.readexactly(_length(headers, head))
    close = headers.get("connection", "").lower() == "close" or parts[2] == "HTTP/1.0"
    return Request(parts[0], parts[1], headers, tuple(names), body, not close)


def _length(headers: Mapping[str, str], head: bytes) -> int:
    if "transfer-encoding" in headers:
        raise MalformedError(411, head)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise MalformedError(400, head)
    if int(length) > BODY_MAX:
        raise MalformedError(413, head)
    return int(length)


def http_date(at_s: float) -> str:
    """An instant (seconds since 1970, UTC) as headers write it."""
    return formatdate(at_s, usegmt=True)


def opening(status: int, request_id: str, date: str | None, content_type: str = JSON_TYPE) -> bytes:
    """Status line and the headers every answer has, without length and blank line. `date` None: no Date."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    dated = "" if date is None else f"Date: {date}\r\n"
    text = (
        f"HTTP/1.1 {status} {phrase}\r\n{dated}Content-Type: {content_type}\r\nServer: api-gateway\r\n"
        f"X-Request-Id: {request_id}\r\nPragma: No-cache\r\nCache-Control: no-cache\r\n"
    )
    return text.encode("latin-1")


def whole(answer: Answer, request_id: str, date: str | None, *, head_only: bool = False) -> bytes:
    """All bytes of an answer; with `head_only` those a HEAD gets."""
    more = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    more += f"Content-Length: {len(answer.body)}\r\n\r\n"
    start = opening(answer.status, request_id, date, answer.content_type) + more.encode("latin-1")
    return start if head_only else start + answer.body


def parsed(body: bytes) -> object:
    """The body as JSON, None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
