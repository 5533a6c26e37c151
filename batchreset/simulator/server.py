"""The simulator's HTTP edge: reads calls, asks the pure parts, answers, and misbehaves where a fault says so.

Why aiohttp's low-level server and not an application: paths and methods that do not exist must be
answered as the gateway does, and a reset must cost little (it is what load tests measure against).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from batchreset.service.countries import all_countries
from batchreset.simulator import gateway, pages
from batchreset.simulator.api import Api, Call, Endpoint, route
from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.faults import Fault, FaultPlan, answer, dated
from batchreset.simulator.kinds import OWN_ANSWER, Act
from batchreset.simulator.misbehave import send_undated, wait, withhold
from batchreset.simulator.replies import Reply, Why, refuse
from batchreset.simulator.state import Received, State

_HEADER_MAX: Final = 1 << 20


class Service:
    """One simulated service: its state, its faults, its clock. `handle` answers every request."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config: Final = config
        self.assumptions: Final = config.assumptions
        countries = {country.value: country.dial_code for country in all_countries()}
        # Not seeded: a second simulator with the same seed must not know the first one's tokens.
        self.state: Final[State] = State(
            config.assumptions, config.known_terminals(), countries, random.SystemRandom(), seed=config.seed
        )
        self.plan = FaultPlan(config.faults, config.seed)
        self.stopping: Final = asyncio.Event()
        self._api: Final = Api(self.state, config.account())
        self._throttle: Final = gateway.Throttle(config.assumptions)
        self._dice: Final = random.Random(f"gateway:{config.seed}")

    def now(self) -> datetime:
        """The service's time: its clock, and what it was set ahead by."""
        return self.config.clock() + self.state.ahead

    def advance(self, by: timedelta) -> None:
        """Set the service's clock ahead, to see quotas and tokens run out.

        Raises:
            OverflowError: there is no such time.
        """
        now = self.now()
        self.state.advance(now + by - now)

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Put other faults in force, counted from here; none clears them. `UsageError` for a wrong one."""
        self.plan = FaultPlan(faults, self.config.seed)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, whatever it asks for."""
        path, _, query = request.raw_path.partition("?")
        if path.startswith(pages.PREFIX):
            asked = pages.Asked(
                request.method, path, dict(parse_qsl(query)), request.headers, await request.read()
            )
            return pages.respond(self, asked)
        if gateway.too_large(request.raw_headers, self.assumptions):
            return self._respond(request, refuse(Why.HEADERS_TOO_LARGE, self.assumptions))
        found = route(request.method, path)
        if found is None:
            return self._respond(request, refuse(Why.NO_SUCH_API, self.assumptions))
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return self._respond(request, refuse(Why.TOO_LARGE, self.assumptions))
        endpoint, sn = found
        call = Call(sn, request.headers, dict(parse_qsl(query)), body)
        return await self._meet(request, endpoint, call)

    async def _meet(self, request: web.BaseRequest, endpoint: Endpoint, call: Call) -> web.StreamResponse:
        now = self.now()
        entry = None
        if endpoint is Endpoint.RESET:
            entry = self.state.receive(call.sn, call.headers.get("X-Request-Id", ""), now)
        reply = self._throttle.refuse(endpoint, now)
        fault = None if reply else self.plan.pick(endpoint, call.sn)
        if fault is not None:
            return await self._fail(request, endpoint, call, entry, fault)
        reply = reply or self._api.reply(endpoint, call, now)
        self._settle(entry, reply, processed=reply.processed)
        if delay_s := gateway.latency_s(self.assumptions, self._dice):
            await wait(self.stopping, delay_s)
        return self._respond(request, reply, self._throttle.header(endpoint))

    async def _fail(
        self, request: web.BaseRequest, endpoint: Endpoint, call: Call, entry: Received | None, fault: Fault
    ) -> web.StreamResponse:
        """Apply a fault. The log has its entry before the first byte, or the silence, reaches the caller."""
        if fault.what.act is Act.LATE:
            await wait(self.stopping, fault.span_s)
        if fault.kind == "expire-tokens":
            self.state.tokens.expire_all()
        if fault.kind == "quota-used":
            self.state.use_up_quota(call.sn, self.now())
        own = None
        if fault.what.act in OWN_ANSWER or fault.lets_process:
            own = self._api.reply(endpoint, call, self.now())
        processed = own is not None and own.processed
        if reply := self._faulty(request, fault, own):
            self._settle(entry, reply, processed=processed, fault=fault.kind)
            return await self._hand_over(request, reply, fault)
        self._settle(entry, None, processed=processed, fault=fault.kind)
        if request.transport is not None:
            await withhold(request.transport, fault, self.stopping)
        return web.Response()

    def _faulty(self, request: web.BaseRequest, fault: Fault, own: Reply | None) -> Reply | None:
        """The answer a fault lets out; `None` where it lets out none that can be read."""
        if fault.what.act is Act.ANSWER:
            return answer(fault, self.assumptions, request.raw_path, self.now())
        if own is None or fault.what.act not in OWN_ANSWER:
            return None
        return dated(fault, own, self.now()) if fault.what.act is Act.DATED else own

    async def _hand_over(self, request: web.BaseRequest, reply: Reply, fault: Fault) -> web.StreamResponse:
        if fault.what.act is Act.SLOW:
            await wait(self.stopping, fault.span_s)
        response = self._respond(request, reply)
        if fault.what.act is Act.UNDATED and request.transport is not None:
            body = response.body if isinstance(response.body, bytes) else b""
            send_undated(request.transport, reply.status, response.headers, body)
        return response

    def _settle(
        self, entry: Received | None, reply: Reply | None, *, processed: bool, fault: str = ""
    ) -> None:
        if entry is not None:
            self.state.settle(entry, reply, self.now(), processed=processed, fault=fault)

    def _respond(
        self, request: web.BaseRequest, reply: Reply, more: tuple[tuple[str, str], ...] = ()
    ) -> web.Response:
        headers: Mapping[str, str] = request.headers
        request_id = f"{self._dice.getrandbits(128):032x}"
        if self.assumptions.echo_request_id:
            request_id = headers.get("X-Request-Id") or request_id
        english = headers.get("Accept-Language", "").lower().startswith("en")
        own = gateway.response_headers(reply, request_id, self.now())
        own.update(more)
        return web.Response(
            status=reply.status, body=reply.body(english=english, request_id=request_id), headers=own
        )


def make_server(service: Service) -> web.Server:
    """aiohttp's server around a service. To be called in the loop that serves it."""
    loop = asyncio.get_running_loop()

    def make_request(
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> web.BaseRequest:
        return web.BaseRequest(
            message, payload, protocol, writer, task, loop, client_max_size=gateway.MAX_BODY
        )

    return web.Server(
        service.handle,
        request_factory=make_request,
        access_log=None,
        keepalive_timeout=service.config.keepalive_s,
        max_field_size=_HEADER_MAX,  # beyond the gateway's own bound, which the service decides
    )
