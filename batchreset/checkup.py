"""What `doctor` finds out: the login, the token's role and life, and how far our clock is off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from batchreset.errors import ServiceError
from batchreset.sending import Credentials, make_tokens
from batchreset.service.auth import AuthFailure, read_token
from batchreset.service.codes import load_table
from batchreset.service.transport import Transport
from batchreset.service.trust import tls_for
from batchreset.service.wire import Answer, Reply, Request, Token
from batchreset.settings import Settings
from batchreset.world import World


@dataclass(frozen=True, slots=True)
class Login:
    """What a login told. `skew_s` is our clock minus the service's `Date`, in seconds; None without one.

    `token` is None for a ready token, of which nothing can be learned without spending a call.
    """

    token: Token | None
    skew_s: float | None
    failure: ServiceError | None = None


class _Listener:
    """Passes calls on and keeps the last answer with its time."""

    def __init__(self, transport: Transport, world: World) -> None:
        self._transport = transport
        self._world = world
        self.answer: Answer | None = None
        self.answered_at: datetime | None = None

    async def post(self, request: Request) -> Answer:
        self.answer = await self._transport.ask(request)
        self.answered_at = self._world.now()
        return self.answer


async def log_in(settings: Settings, credentials: Credentials, world: World) -> Login:
    """Log in once and look at the answer; no reset is sent."""
    table = load_table(settings.codes)
    tls = tls_for(settings.endpoint, settings.ca_file)
    async with Transport(settings.endpoint, timeout_s=settings.timeout, connections=1, tls=tls) as transport:
        listener = _Listener(transport, world)
        failure = None
        try:
            await make_tokens(credentials, listener.post, table, settings.lang, world).get()
        except ServiceError as error:
            failure = error
    token = None
    if listener.answer is not None and listener.answered_at is not None:
        read = read_token(listener.answer, table, listener.answered_at)
        token = None if isinstance(read, AuthFailure) else read
    return Login(token, skew_s(listener.answer, listener.answered_at), failure)


def skew_s(answer: Answer | None, at: datetime | None) -> float | None:
    """Our clock minus the answer's `Date`, in seconds (exact to one); None where it tells none."""
    if not isinstance(answer, Reply) or at is None:
        return None
    try:
        return (at - parsedate_to_datetime(answer.headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, an unreadable or absurd one, one without a zone
        return None
