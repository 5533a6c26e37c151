"""The server: reads calls, logs them, lets the service judge, and says what the faults make of it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.faultserver import control
from tests.faultserver.faults import Endpoint, Fault, FaultPlan, Shape
from tests.faultserver.line import Line
from tests.faultserver.lookout import Lookout
from tests.faultserver.record import Call, Record
from tests.faultserver.service import Service, Settings, Verdict, route
from tests.faultserver.speech import End, Occasion, Speech, error_body, faulty, natural
from tests.faultserver.wire import HEAD_MAX, Answer, MalformedError, Request, read_request

_BACKLOG: Final = 1024


class Clock:
    """The service's clock: the machine's as it was at the start, steady since, and off by `offset_s`."""

    def __init__(self) -> None:
        self.offset_s = 0.0
        self._start_s: Final = time.time() - time.monotonic()

    def now_s(self) -> float:
        """Seconds since 1970, UTC."""
        return self._start_s + time.monotonic() + self.offset_s


class FaultServer:
    """One server on loopback. Use as an async context manager; `url` is its address.

    `log` is the file its log is written to, besides `record`; `port` 0 takes a free one.
    """

    def __init__(
        self,
        faults: Sequence[Fault] = (),
        settings: Settings | None = None,
        *,
        log: Path | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock: Final = Clock()
        self.plan = FaultPlan(faults)
        self.service: Final = Service(settings or Settings())
        self.record: Final = Record(log)
        self.lookout: Final = Lookout(self.service.settings.ledger)
        self.url = ""
        self._port: Final = port
        self._tls: Final = tls
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._failed: Final[list[Exception]] = []

    @property
    def calls(self) -> list[Call]:
        """Everything received so far."""
        return self.record.calls

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Put other faults in force, counted from here; none clears them."""
        self.plan = FaultPlan(faults)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", self._port, limit=HEAD_MAX, backlog=_BACKLOG, ssl=self._tls
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.record.close()
        if self._failed and error is None:
            raise ExceptionGroup("the witness itself failed", [*self._failed])

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._converse(Line(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, Exception):
            self._failed.append(failure)

    async def _converse(self, line: Line) -> None:
        end = End.RST
        try:
            end = await self._calls_of(line)
        except TimeoutError:  # idle for too long
            end = End.FIN
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client broke off between its calls, or within one: nobody is left to answer
        finally:
            line.close(end)

    async def _calls_of(self, line: Line) -> End:
        """Everything on one connection; how it is to end."""
        fault = self.plan.pick(Endpoint.CONNECTION, "")
        connection = self.record.connected(fault)
        if fault is not None:
            await line.hold(fault.waits_s)
            speech = faulty(fault, None, Occasion(self.clock.now_s(), ""))
            await line.say(speech)
            return speech.end
        while True:
            try:
                async with asyncio.timeout(self.service.settings.idle_s):
                    request = await read_request(line.reader)
            except MalformedError as wrong:
                await self._turn_away(line, connection, wrong)
                return End.FIN
            if request is None:
                return End.FIN
            if request.path.startswith(control.PREFIX):
                speech = natural(control.answer(self, request), self._occasion(request, 0))
                await line.say(speech)
            else:
                speech = await self._meet(line, connection, request)
            if speech.end is not End.KEEP or line.gone:
                return speech.end

    async def _meet(self, line: Line, connection: int, request: Request) -> Speech:
        """One call: logged, judged or not, and told what the fault in its way makes of it."""
        endpoint, sn = route(request)
        throttled = self.service.throttled(time.monotonic()) if endpoint is Endpoint.RESET else None
        fault = None if throttled else self.plan.pick(endpoint, sn)
        call = self._received(endpoint, sn, request, fault, connection)
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.waits_s)  # not cut short by a caller who goes: the service can't know
        now_s = self.clock.now_s()
        verdict = throttled or self._judge(endpoint, sn, request, fault, now_s)
        self.record.decided(call, processed=verdict.processed, counted=verdict.counted, at_s=now_s)
        if fault is not None:
            await line.hold(0.0 if fault.kind in ("late", "drip") else fault.waits_s)
        occasion = self._occasion(request, call.seq)
        speech = _speech(verdict, fault, occasion)
        await self._say(line, call, speech)
        return speech

    def _judge(
        self, endpoint: Endpoint, sn: str, request: Request, fault: Fault | None, now_s: float
    ) -> Verdict:
        if fault is not None and fault.kind == "expire-tokens":
            self.service.expire_tokens()
        if fault is None or fault.what.shape is Shape.OWN or fault.lets_process:
            return self.service.judge(endpoint, sn, request, now_s)
        if fault.counted:
            self.service.count(sn, now_s)
        return Verdict(counted=fault.counted)

    async def _turn_away(self, line: Line, connection: int, wrong: MalformedError) -> None:
        """What is no request is logged too: a caller of ours that sends such has a defect."""
        request = Request("", wrong.raw[:200].decode("latin-1"), {}, (), keep_alive=False)
        call = self._received(Endpoint.OTHER, "", request, None, connection)
        self.record.decided(call, processed=False, counted=False, at_s=self.clock.now_s())
        answer = Answer(wrong.status, error_body("APIG.0201", "Bad request"))
        await self._say(line, call, natural(answer, self._occasion(request, call.seq)))

    def _received(
        self, endpoint: Endpoint, sn: str, request: Request, fault: Fault | None, connection: int
    ) -> Call:
        now_s = self.clock.now_s()
        asked = endpoint is Endpoint.RESET
        return self.record.received(
            endpoint,
            sn,
            request,
            fault,
            connection=connection,
            at_s=now_s,
            intent_seen=self.lookout.sees(request.headers.get("x-request-id", "")) if asked else None,
        )

    async def _say(self, line: Line, call: Call, speech: Speech) -> None:
        complete = await line.say(speech)
        status = None if line.gone and not complete else speech.status
        self.record.ended(call, status=status, complete=complete, client_gone=line.gone)

    def _occasion(self, request: Request, seq: int) -> Occasion:
        return Occasion(
            now_s=self.clock.now_s(),
            request_id=f"{seq:032x}",
            target=request.target,
            keep_alive=request.keep_alive,
            head_only=request.method == "HEAD",
        )


def _speech(verdict: Verdict, fault: Fault | None, occasion: Occasion) -> Speech:
    if fault is not None:
        return faulty(fault, verdict.answer, occasion)
    assert verdict.answer is not None  # without a fault the service has judged
    return natural(verdict.answer, occasion)
