"""A server that keeps every request whole, secrets and all: for comparing what two clients send."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.faultserver.wire import Answer, Request, http_date, read_request, whole


@dataclass
class Recorded:
    """What came in, in order."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)


@asynccontextmanager
async def recording(answer: Callable[[Request], Answer], tls: ssl.SSLContext) -> AsyncIterator[Recorded]:
    """Serve over TLS on this machine; each connection is closed after its one answer."""
    recorded = Recorded()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await read_request(reader)
            if request is not None:
                recorded.requests.append(request)
                head_only = request.method == "HEAD"
                writer.write(whole(answer(request), "0" * 32, http_date(time.time()), head_only=head_only))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone: what it sent is kept
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    recorded.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield recorded
    finally:
        server.close()
