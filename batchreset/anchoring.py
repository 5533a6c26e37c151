"""Gets the service's time before anything is stamped with it: before a plan, and before a run's first claim.

What asks for it is a `HEAD /` without a token, of which nothing but the `Date` is wanted: a login's
signature carries a time and is refused if that is wrong, with a ready token there is no login, and a
`Date` that this machine's clock contradicts needs a second one (`clock.Reckoning`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from batchreset.clock import ServiceClock, ledger_ahead
from batchreset.dispatch.ports import Tokens
from batchreset.errors import LedgerError, ServiceError
from batchreset.reach import reach
from batchreset.service.auth import unreachable
from batchreset.service.token import FETCH_BACKOFF_S, FETCH_TRIES, as_error
from batchreset.service.transport import Transport
from batchreset.service.wire import Answer, NoReply, time_request
from batchreset.settings import Settings
from batchreset.text.messages import msg

ASK_TIMEOUT_S: Final = 5.0


def learn_time(settings: Settings, clock: ServiceClock) -> None:
    """Ask the service for the time, once for each clock: for a plan that is about to be sent.

    Where it can't be had the plan is made by this machine's clock, and the run asks again.
    """
    if settings.clock == "local" or clock.asked:
        return
    clock.asked = True
    asyncio.run(ask_once(settings, clock))


def certain_time(settings: Settings, clock: ServiceClock) -> datetime:
    """The time by which attempts may be given up for ever: never this machine's while the service's counts.

    Raises:
        ServiceError: the service can't tell it.
    """
    if settings.clock == "local":
        return clock.wall()
    answer = asyncio.run(ask_once(settings, clock))
    if not clock.anchored:
        raise time_unknown(clock, answer)
    return clock.now()


async def ask_once(settings: Settings, clock: ServiceClock) -> Answer | None:
    """As `learn_time`, in a running loop and whether asked before or not; the last answer."""
    async with reach(settings, connections=1, clock=clock) as transport:
        return await ask_time(transport, clock)


async def ask_time(transport: Transport, clock: ServiceClock) -> Answer | None:
    """Ask until the time is certain, contradicted, or not to be had; the last answer, None if not asked."""
    answer = None
    while not clock.anchored and not clock.contradicted:
        before = clock.contradictions
        answer = await transport.ask(time_request(), within_s=ASK_TIMEOUT_S)
        if clock.contradictions == before:
            break
    return answer


def time_in_force(settings: Settings, clock: ServiceClock) -> datetime | None:
    """The time attempts are counted by; None while that is not known."""
    if settings.clock == "local":
        return clock.wall()
    return clock.now() if clock.anchored else None


def ahead_of(settings: Settings, clock: ServiceClock, latest: datetime | None) -> LedgerError | None:
    """Why a ledger with this latest attempt can't be used; None where it can, or the time isn't known yet."""
    now = time_in_force(settings, clock)
    return None if now is None else ledger_ahead(latest, now)


class TimedTokens:
    """Hands out tokens, none of them before it is certain that calls may be stamped.

    Asking for a token is the first step of every call, so that nothing is claimed without a time, nor
    with one that the ledger contradicts. `latest_at` is the ledger's latest attempt; `transport` None
    leaves the service's time alone, for runs that go by this machine's (the setting `clock`).
    """

    def __init__(
        self,
        tokens: Tokens,
        *,
        transport: Transport | None,
        clock: ServiceClock,
        latest_at: Callable[[], datetime | None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._tokens: Final = tokens
        self._transport: Final = transport
        self._clock: Final = clock
        self._latest_at: Final = latest_at
        self._sleep: Final = sleep
        self._lock: Final = asyncio.Lock()
        self._checked = False

    async def get(self, refused: str | None = None) -> str:
        """A token to send with; `refused` names one the service has just refused.

        Raises:
            ServiceError: as of a login; or the service's time can't be told.
            LedgerError: the ledger is ahead of it.
        """
        if not self._checked:
            async with self._lock:
                if not self._checked:
                    await self._check()
                    self._checked = True
        return await self._tokens.get(refused)

    async def _check(self) -> None:
        if self._transport is not None:
            await self._anchor(self._transport)
        ahead = ledger_ahead(self._latest_at(), self._clock.now())
        if ahead is not None:
            raise ahead

    async def _anchor(self, transport: Transport) -> None:
        await ask_time(transport, self._clock)  # first, for the time in the login's signature
        await self._tokens.get()  # where this logs in, its answer has a `Date` too
        answer = await ask_time(transport, self._clock)
        for tried in range(1, FETCH_TRIES):
            if isinstance(answer, NoReply):
                await self._sleep(FETCH_BACKOFF_S * 2 ** (tried - 1))
                answer = await ask_time(transport, self._clock)
        if not self._clock.anchored:
            raise time_unknown(self._clock, answer)


def time_unknown(clock: ServiceClock, answer: Answer | None) -> ServiceError:
    """Why a clock isn't anchored; `answer` is the last one to the question for the time."""
    doubt = clock.doubt()
    if doubt is not None:
        return doubt
    if isinstance(answer, NoReply):
        return as_error(unreachable(answer))
    return ServiceError(
        "service-no-date",
        msg("The service's answers have no Date: the quota's 24 hours can't be counted by its clock."),
        msg(
            "A proxy may take it out: have it left in, or set BATCHRESET_CLOCK=local where this machine's"
            " clock is sure to be right."
        ),
    )
