"""A client that sees what a server really does: every byte, and how the connection ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

NATURAL_END, BROKEN = "end", "reset"
PATIENCE_S: Final = 30.0


class Seen(NamedTuple):
    """What came back: all bytes, and how the connection ended (a FIN, or a RST)."""

    raw: bytes
    end: str

    @property
    def status(self) -> int:
        return int(self.raw.split(b" ", 2)[1])

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        """The value of the first header of this name."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            key, _, value = line.partition(": ")
            if key.lower() == name.lower():
                return value
        return None


def call(
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    *,
    keep: bool = False,
) -> bytes:
    """The bytes of a request; `body` as JSON. Unless `keep`, its connection is to be closed after it."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        f"Connection: {'keep-alive' if keep else 'close'}",
        f"Content-Length: {len(content)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a server."""
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def exchange(url: str, request: bytes) -> Seen:
    """Send one request and read until the connection ends."""
    reader, writer = await connect(url)
    writer.write(request)
    raw = bytearray()
    try:
        while piece := await reader.read(65536):
            raw += piece
    except ConnectionResetError:
        return Seen(bytes(raw), BROKEN)
    finally:
        writer.transport.abort()
    return Seen(bytes(raw), NATURAL_END)


async def until(happened: Callable[[], bool]) -> None:
    """Let the loop go round until something has happened on the server's side."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if happened():
                return
            await asyncio.sleep(0.001)
