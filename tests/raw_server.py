"""A raw TCP server for answers no honest server gives. Imports nothing from the package."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """What arrived: the heads of the requests, and how many connections there were."""

    url: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0


async def read_request(reader: asyncio.StreamReader, seen: Seen) -> None:
    """Read one whole request and note it."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = next(
        (
            int(line.split(":")[1])
            for line in head.split("\r\n")
            if line.lower().startswith("content-length:")
        ),
        0,
    )
    seen.heads.append(head)
    seen.bodies.append(await reader.readexactly(length))


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection with a RST."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def serving(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]],
    *,
    read: bool = True,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Seen]:
    """Serve `answer` after each request (or, with `read` False, as soon as a client connects)."""
    seen = Seen()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            if read:
                await read_request(reader, seen)
            await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    seen.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()


def saying(
    raw: bytes, *, then: Callable[[asyncio.StreamWriter], None] | None = None
) -> Callable[..., Awaitable[None]]:
    """An answer of exactly these bytes, then the connection is closed (or `then` done to it)."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if then is not None:
            then(writer)

    return answer


async def silent(writer: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.sleep(30)
