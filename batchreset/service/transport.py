"""The network edge: one call, and whether a byte of it left. It knows nothing of meaning or retries.

"Did a byte leave?" is told by aiohttp's `on_request_headers_sent` hook, which fires before the first
byte is handed to the socket: never by the class of an exception, which can't tell (LEDGER.md §2.4).
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import math
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType
from typing import Final, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

from batchreset import __version__
from batchreset.clock import ServiceClock
from batchreset.service.endpoint import is_loopback
from batchreset.service.wire import Answer, NoReply, Reply, Request

BODY_MAX: Final = 1 << 20
"""An answer longer than this is not the API's (it documents an empty one) and is not read to its end."""
CONNECT_TIMEOUT_S: Final = 10.0
READ_GRACE_S: Final = 0.05
"""How long a call that is out of time is given to read what has come already."""
TLS_CLOSE_S: Final = 0.05
"""So long the loop may go on for connections that the other side ended: aiohttp waits for its own only."""
KEEPALIVE_S: Final = 2.0
"""Below any server's idle time-out: posting into a connection the server just closed makes false
`unknown` rows (LEDGER.md §2.4: 0.9 % against 0)."""


def proxy_for(endpoint: str) -> str | None:
    """The site's proxy for an endpoint, as environment or system say; never one for this machine."""
    parts = urlsplit(endpoint)
    if is_loopback(endpoint) or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get(parts.scheme)


def _socket_here(to: aiohttp.AddrInfoType) -> socket.socket:
    """A socket to this machine. A rehearsal opens no other, wherever a name like `localhost` may lead."""
    family, kind, protocol, _, address = to
    if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise OSError(errno.EPERM, f"{address[0]} is not this machine")
    return socket.socket(family, kind, protocol)


@dataclass(slots=True)
class _Departure:
    """Whether the request's first bytes were handed to the socket."""

    begun: bool = False


async def _on_headers_sent(_session: object, context: SimpleNamespace, _params: object) -> None:
    departure = context.trace_request_ctx
    if isinstance(departure, _Departure):
        departure.begun = True


class Transport:
    """Sends requests to one checked endpoint. Use as an async context manager.

    `clock` learns from every answer, whatever it says, what time it is for the service.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        timeout_s: float,
        connections: int,
        tls: ssl.SSLContext | None = None,
        clock: ServiceClock | None = None,
    ) -> None:
        self._endpoint: Final = endpoint
        self._clock: Final = clock
        self._timeout_s: Final = timeout_s
        self._connections: Final = connections
        self._tls: Final = tls
        self._proxy: Final = proxy_for(endpoint)

    async def __aenter__(self) -> Self:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_on_headers_sent)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                keepalive_timeout=KEEPALIVE_S,
                ssl=self._tls or True,
                socket_factory=_socket_here if is_loopback(self._endpoint) else None,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
            trust_env=False,  # it would also read ~/.netrc, and send a password from there to the service
            headers={"User-Agent": f"batchreset/{__version__}"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        if self._endpoint.startswith("https:"):
            await asyncio.sleep(TLS_CLOSE_S)

    async def post(self, request: Request) -> Answer:
        """Send it once. A failure of any kind is a value; a cancelled call is one that got no answer."""
        departure = _Departure()
        try:
            return await self._exchange(request, departure, self._timeout_s)
        except asyncio.CancelledError:
            # the caller stops at once and still needs to know what to write down: a value, not a raise
            return NoReply(departure.begun, "cancelled")

    async def ask(self, request: Request, *, within_s: float = math.inf) -> Answer:
        """`post` for what changes nothing (a login): cancelled, it is over, and raises CancelledError.

        `within_s` is for one that may not take as long as others.
        """
        return await self._exchange(request, _Departure(), min(within_s, self._timeout_s))

    async def _exchange(self, request: Request, departure: _Departure, within_s: float) -> Answer:
        unfit = [name for name, value in request.headers.items() if not value.isprintable()]
        if unfit:  # aiohttp would refuse it too, but only after its hook has fired
            return NoReply(False, f"the header {unfit[0]} can't be sent")
        status: int | None = None
        sent_s = 0.0 if self._clock is None else self._clock.steady()
        try:
            async with (
                _within(within_s),
                self._session.request(
                    request.method,
                    self._endpoint + request.path,
                    data=request.body or None,
                    headers=request.headers,
                    allow_redirects=False,
                    proxy=self._proxy,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
                    trace_request_ctx=departure,
                ) as response,
            ):
                status = response.status
                headers = {name.lower(): value for name, value in response.headers.items()}
                if self._clock is not None:
                    self._clock.observe(headers, sent_s)
                body = await _whole_body(response)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # ValueError: what aiohttp raises on some unreadable answers (a bad Content-Encoding, a bad
            # Location); the hook, not the class, says whether the call may have been processed
            return NoReply(departure.begun, _describe(error), status)
        if body is None:
            return NoReply(departure.begun, f"answer longer than {BODY_MAX} bytes", status)
        return Reply(status, headers, body)


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """`asyncio.timeout`, but for an answer that lies ready when the time is over: it is still read.

    After a pause (a stopped process, a suspended machine) every time-out is due before the loop has
    looked at a socket; aiohttp's own would throw the answers away and leave rows nobody knows about.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as timeout:
        timer = loop.call_later(seconds, lambda: timeout.reschedule(loop.time() + READ_GRACE_S))
        try:
            yield
        finally:
            timer.cancel()


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
