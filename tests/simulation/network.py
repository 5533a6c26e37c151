"""The way between a process and the service: latency, lost bytes, time-outs. In place of `Transport`.

What has left goes on without the process: it is received and carried out however dead its sender is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextvars import Context
from types import TracebackType
from typing import Final, Self, TypeVarTuple, Unpack

from batchreset.clock import ServiceClock
from batchreset.service.wire import AUTH_PATH, Answer, NoReply, Reply, Request
from tests.simulation.machine import Process
from tests.simulation.service import Fate, Logged, Said, Service

Ts = TypeVarTuple("Ts")
LATENCY_S: Final = (0.01, 0.8)
"""One way."""
LATE_S: Final = (1.0, 60.0)
"""How long a late call waits within the service: longer than time-outs, but within the quota's margin."""
_STALLED: Final = frozenset({Fate.LOST_ON_THE_WAY, Fate.LOST_BEFORE, Fate.LOST_AFTER})
"""Fates of which the client learns by its time-out, or by a broken connection before."""


class Network:
    """`Transport`'s place in one process; `clock` learns from every answer as it does there."""

    def __init__(
        self, process: Process, service: Service, *, timeout_s: float, clock: ServiceClock | None
    ) -> None:
        self._process: Final = process
        self._service: Final = service
        self._timeout_s: Final = timeout_s
        self._clock: Final = clock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""

    async def post(self, request: Request) -> Answer:
        """See `Transport.post`: cancelled, it is a call that got no answer."""
        self._process.must_live()
        exchange = _Exchange(self._process, self._service, request)
        try:
            return await self._exchange(exchange, self._timeout_s)
        except asyncio.CancelledError:
            self._process.must_live()
            return NoReply(exchange.left, "cancelled")

    async def ask(self, request: Request, *, within_s: float | None = None) -> Answer:
        """See `Transport.ask`."""
        self._process.must_live()
        exchange = _Exchange(self._process, self._service, request)
        return await self._exchange(exchange, min(within_s or self._timeout_s, self._timeout_s))

    async def _exchange(self, exchange: _Exchange, within_s: float) -> Answer:
        steady = None if self._clock is None else self._clock.steady
        sent_s = steady() if steady else 0.0
        try:
            async with asyncio.timeout(within_s):
                said = await exchange.answered()
        except (TimeoutError, ConnectionError) as error:
            return NoReply(exchange.left, type(error).__name__)
        if self._clock is not None:
            self._clock.observe(said.headers, sent_s)
        self._process.step("has an answer")
        return Reply(said.status, said.headers, said.body)


class _Exchange:
    """One request on its way and back."""

    def __init__(self, process: Process, service: Service, request: Request) -> None:
        self.left = False
        self._process: Final = process
        self._service: Final = service
        self._request: Final = request
        self._is_reset: Final = request.path.endswith("/activecode")
        self._fate: Final = service.fate()
        self._answer: Final[asyncio.Future[Said]] = asyncio.get_running_loop().create_future()

    async def answered(self) -> Said:
        """The answer; ConnectionError where the connection broke. It may as well never come."""
        self._process.step("connects")
        # connections are kept alive: else the way to the service would undo what the pace has evened out
        await asyncio.sleep(self._latency_s() if self._fate is Fate.NEVER_LEFT else 0.0)
        if self._fate is Fate.NEVER_LEFT:
            raise ConnectionRefusedError
        self._process.must_live()
        self.left = True
        if self._fate is not Fate.LOST_ON_THE_WAY:
            self._later(self._latency_s(), self._arrive, asyncio.get_running_loop().time())
        self._process.step("has sent")
        if self._fate in _STALLED and self._process.dice.random() < 0.5:
            self._later(self._process.dice.uniform(*LATENCY_S) * 4, self._break)
        return await self._answer

    def _arrive(self, left_s: float) -> None:
        request, service = self._request, self._service
        if self._is_reset:
            sn = request.path.split("/")[-2]
            call = service.receive(sn, request.headers["X-Request-Id"], left_s)
            wait_s = self._process.dice.uniform(*LATE_S) if self._fate is Fate.LATE else self._latency_s()
            self._later(wait_s, self._judge, call)
        elif request.path == AUTH_PATH:
            self._come_back(service.log_in(json.loads(request.body)))
        else:
            self._come_back(service.other())

    def _judge(self, call: Logged) -> None:
        said = self._service.judge(call, self._request.headers["X-Access-Token"], self._fate)
        if said is not None:
            self._come_back(said)
        elif self._fate is Fate.BROKEN_AFTER:
            self._break()

    def _come_back(self, said: Said) -> None:
        self._later(self._latency_s(), self._give, said)

    def _give(self, said: Said) -> None:
        if not self._answer.done():
            self._answer.set_result(said)

    def _break(self) -> None:
        if not self._answer.done():
            self._answer.set_exception(ConnectionResetError())
            self._answer.exception()  # seen: the client may have given up meanwhile

    def _latency_s(self) -> float:
        return self._process.dice.uniform(*LATENCY_S)

    def _later(self, seconds: float, act: Callable[[Unpack[Ts]], None], *args: *Ts) -> None:
        # in a context of nobody: the network goes on whatever becomes of the process
        asyncio.get_running_loop().call_later(seconds, act, *args, context=Context())
