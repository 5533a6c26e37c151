"""The network edge: one POST, and whether a byte of it left. It knows nothing of meaning or retries.

"Did a byte leave?" is told by aiohttp's `on_request_headers_sent` hook, which fires before the first
byte is handed to the socket: never by the class of an exception, which can't tell (LEDGER.md §2.4).
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType
from typing import Final, Self

import aiohttp

from batchreset import __version__
from batchreset.service.endpoint import is_loopback
from batchreset.service.wire import Answer, NoReply, Reply, Request

BODY_MAX: Final = 1 << 20
"""An answer longer than this is not the API's (it documents an empty one) and is not read to its end."""
CONNECT_TIMEOUT_S: Final = 10.0
KEEPALIVE_S: Final = 2.0
"""Below any server's idle time-out: posting into a connection the server just closed makes false
`unknown` rows (LEDGER.md §2.4: 0.9 % against 0)."""


@dataclass(slots=True)
class _Departure:
    """Whether the request's first bytes were handed to the socket."""

    begun: bool = False


async def _on_headers_sent(_session: object, context: SimpleNamespace, _params: object) -> None:
    departure = context.trace_request_ctx
    if isinstance(departure, _Departure):
        departure.begun = True


class Transport:
    """Posts requests to one checked endpoint. Use as an async context manager."""

    def __init__(
        self, endpoint: str, *, timeout_s: float, connections: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self._endpoint: Final = endpoint
        self._timeout: Final = aiohttp.ClientTimeout(
            total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s)
        )
        self._connections: Final = connections
        self._tls: Final = tls

    async def __aenter__(self) -> Self:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_on_headers_sent)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=KEEPALIVE_S, ssl=self._tls or True
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            trace_configs=[trace],
            trust_env=not is_loopback(self._endpoint),  # a proxy of the site; never for this machine
            headers={"User-Agent": f"batchreset/{__version__}"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, request: Request) -> Answer:
        """Send it once. A failure of any kind is a value; a cancelled call is one that got no answer."""
        departure = _Departure()
        status: int | None = None
        try:
            async with self._session.post(
                self._endpoint + request.path,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                trace_request_ctx=departure,
            ) as response:
                status = response.status
                body = await _whole_body(response)
                headers = {name.lower(): value for name, value in response.headers.items()}
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # ValueError: what aiohttp raises on some unreadable answers (a bad Content-Encoding, a bad
            # Location); the hook, not the class, says whether the call may have been processed
            return NoReply(departure.begun, _describe(error), status)
        except asyncio.CancelledError:
            # the caller stops at once and still needs to know what to write down: a value, not a raise
            return NoReply(departure.begun, "cancelled", status)
        if body is None:
            return NoReply(departure.begun, f"answer longer than {BODY_MAX} bytes", status)
        return Reply(status, headers, body)


async def _whole_body(response: aiohttp.ClientResponse) -> bytes | None:
    """The body, or None where it is longer than any answer of the API can be."""
    read = bytearray()
    async for chunk in response.content.iter_any():
        read += chunk
        if len(read) > BODY_MAX:
            response.close()
            return None
    return bytes(read)


def _describe(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    return f"{type(error).__name__}: {text}" if text != type(error).__name__ else text
