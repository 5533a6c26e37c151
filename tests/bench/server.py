"""A raw loopback server for benchmarks: answers at once, notes when each call arrived. Own process.

`python -m tests.bench.server` prints its port. `GET /times` gives the arrivals (seconds) and clears them.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Final

_TOKEN: Final = json.dumps({"accessToken": "t", "validPeriod": 50000, "user": {"adminType": 0}}).encode()
_EMPTY: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Request-Id: 0\r\n\r\n"
TIMES: Final[list[float]] = []


def reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


class Answering(asyncio.Protocol):
    """Just enough HTTP: whole requests in, fixed answers out."""

    def __init__(self) -> None:
        self.seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.seen += data
        while (end := self.seen.find(b"\r\n\r\n")) >= 0:
            head = self.seen[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.seen) < end + 4 + length:
                return
            self.seen = self.seen[end + 4 + length :]
            self.transport.write(self.answer(head))

    def answer(self, head: bytes) -> bytes:
        if b"/activecode " in head:
            TIMES.append(time.monotonic())
            return _EMPTY
        if head.startswith(b"GET /times"):
            body = json.dumps(TIMES).encode()
            TIMES.clear()
            return reply(body)
        return reply(_TOKEN)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
