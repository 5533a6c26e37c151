"""What `doctor` finds out: the login, the token's role and life, and how far our clock is off."""

from __future__ import annotations

from dataclasses import dataclass, replace

from batchreset.anchoring import ask_time, time_unknown
from batchreset.clock import ServiceClock
from batchreset.errors import ServiceError
from batchreset.login import Credentials, make_tokens
from batchreset.reach import reach
from batchreset.service.auth import AuthFailure, read_token
from batchreset.service.codes import load_table
from batchreset.service.transport import Transport
from batchreset.service.wire import Answer, NoReply, Request, Token
from batchreset.settings import Settings
from batchreset.world import World


@dataclass(frozen=True, slots=True)
class Login:
    """What a login told. `failure` is why there was none, `timeless` why the service's time isn't known.

    `token` is None for a ready token, of which nothing can be learned without spending a call.
    """

    token: Token | None
    failure: ServiceError | None = None
    timeless: ServiceError | None = None


class _Listener:
    """Passes calls on and keeps the last answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.answer: Answer | None = None

    async def post(self, request: Request) -> Answer:
        self.answer = await self._transport.ask(request)
        return self.answer


async def log_in(settings: Settings, credentials: Credentials, world: World) -> Login:
    """Log in once and look at the answer; `world.clock` learns the time. No reset is sent."""
    table, clock = load_table(settings.codes), world.clock
    if settings.clock == "local":  # log in as a run would
        world = replace(world, clock=ServiceClock(clock.wall, clock.steady))
    failure = None
    async with reach(settings, connections=1, clock=clock) as transport:
        asked = await ask_time(transport, clock)
        listener = _Listener(transport)
        try:
            await make_tokens(credentials, listener.post, table, settings.lang, world).get()
        except ServiceError as error:
            failure = error
        asked = await ask_time(transport, clock) or asked
    needed = settings.clock == "service" and not (failure and isinstance(asked, NoReply))
    timeless = time_unknown(clock, asked) if needed and not clock.anchored else None
    token = None
    if listener.answer is not None:
        read = read_token(listener.answer, table, world.now())
        token = None if isinstance(read, AuthFailure) else read
    return Login(token, failure, timeless)
