"""Asks the service what it knows: paced like resets, and repeated freely, because reading changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, Protocol

from batchreset.anchoring import ask_time
from batchreset.dispatch.pace import Pace
from batchreset.errors import ServiceError
from batchreset.login import Credentials, log_out, make_tokens
from batchreset.model import sn_key
from batchreset.reach import reach
from batchreset.service import registered
from batchreset.service.auth import unreachable
from batchreset.service.codes import CodeTable, load_table
from batchreset.service.registered import Page, Registered
from batchreset.service.replies import RETRY_AFTER_CAP_S, cited, read_error, retry_after_s
from batchreset.service.token import ReadyToken, TokenKeeper, as_error
from batchreset.service.transport import Transport
from batchreset.service.wire import Answer, NoReply, Reply, Request
from batchreset.settings import Settings
from batchreset.text.messages import msg
from batchreset.world import World

TRIES: Final = 6
BACKOFF_S: Final = 1.0
BACKOFF_MAX_S: Final = 10.0
_ABSENT: Final = frozenset({400, 404})
"""The statuses of "no such terminal": which code goes with them is not public (facts.md §13.1)."""

_REFUSED: Final = frozenset({400})
"""What a page larger than the service gives may be answered with."""


class _Ask(Protocol):
    """One of the requests of `service.registered`, but for what every call carries."""

    def __call__(self, *, token: str, request_id: str, lang: str) -> Request: ...


class Reader:
    """Reads from the service, logged in. Made by `reader`."""

    def __init__(
        self,
        transport: Transport,
        keeper: TokenKeeper | ReadyToken,
        settings: Settings,
        world: World,
        codes: CodeTable,
    ) -> None:
        self._transport: Final = transport
        self._keeper: Final = keeper
        self._lang: Final = settings.lang
        self._world: Final = world
        self._codes: Final = codes
        self._pace: Final = Pace(settings.rate)
        self._page_sizes: Final = [*registered.PAGE_SIZES]
        self._at_once: Final = asyncio.Semaphore(settings.concurrency)

    async def terminals(self, sns: Iterable[str]) -> dict[str, Registered]:
        """What is registered of these SNs, by `sn_key`; those that aren't there are left out.

        Pages through all terminals, or asks for each SN, whichever is fewer calls. An SN that no page
        holds is asked for all the same before anybody is told that it isn't there.
        """
        wanted = {sn_key(sn): sn for sn in sns}
        found: dict[str, Registered] = {}
        if len(wanted) > 1:
            found = await self._paged(wanted)
        missing = [sn for key, sn in wanted.items() if key not in found]
        asked = await asyncio.gather(*map(self._detail, missing))
        return found | {sn_key(one.sn): one for one in asked if one is not None}

    async def codeless(self) -> frozenset[str]:
        """Models without activation codes; none where the service doesn't tell."""
        return registered.read_codeless(await self._read(registered.models_request)) or frozenset()

    async def alive(self, numbers: Sequence[str]) -> dict[str, bool]:
        """Whether terminals are registered, by number; those the service doesn't tell of are left out."""
        told: dict[str, bool] = {}
        for start in range(0, len(numbers), registered.STATUS_MOST):
            told |= await self._alive(numbers[start : start + registered.STATUS_MOST])
        return told

    async def _alive(self, numbers: Sequence[str]) -> dict[str, bool]:
        """One that is no longer the enterprise's refuses the whole call (facts.md §3): then in halves."""
        reply = await self._read(partial(registered.status_request, numbers), {400, 403, 404})
        told = registered.read_alive(reply)
        if told is not None:
            return told
        if len(numbers) == 1:
            return {}
        half = len(numbers) // 2
        return await self._alive(numbers[:half]) | await self._alive(numbers[half:])

    async def _paged(self, wanted: Mapping[str, str]) -> dict[str, Registered]:
        found: dict[str, Registered] = {}
        seen: set[str] = set()
        offset = 0
        while True:
            page = await self._page(offset)
            new = {sn_key(one.sn): one for one in page.terminals} if page else {}
            if page is None or seen.issuperset(new):
                return found  # past the end the last page comes again
            seen.update(new)
            found |= {key: one for key, one in new.items() if key in wanted}
            offset += len(page.terminals)
            pages_left = -(-(page.count - offset) // max(page.limit, 1))
            if offset >= page.count or pages_left > len(wanted) - len(found):
                return found

    async def _page(self, offset: int) -> Page | None:
        while True:
            size, *smaller = self._page_sizes
            asked = partial(registered.search_request, offset, size)
            reply = await self._read(asked, _REFUSED if smaller else ())
            if reply.status == 200:
                return registered.read_page(reply)
            self._page_sizes[:] = smaller

    async def _detail(self, sn: str) -> Registered | None:
        async with self._at_once:
            return registered.read_terminal(await self._read(partial(registered.detail_request, sn), _ABSENT))

    async def _read(self, ask: _Ask, allowed: Iterable[int] = ()) -> Reply:
        """The answer: a 200, or one of the statuses allowed.

        Raises:
            ServiceError: anything else, after it was asked for often enough.
        """
        refused: str | None = None
        for left in reversed(range(TRIES)):
            token = await self._keeper.get(refused)
            await self._pace.claiming()
            request = ask(token=token, request_id=self._world.new_id(), lang=self._lang)
            answer = await self._transport.ask(request)
            if isinstance(answer, Reply) and (answer.status == 200 or answer.status in {*allowed}):
                return answer
            if left == 0 or not _may_pass(answer):
                raise self._failed(answer)
            unauthorized = isinstance(answer, Reply) and answer.status == 401
            refused = token if unauthorized else None
            if not unauthorized:
                await self._world.sleep(self._wait_s(answer, TRIES - 1 - left))
        raise AssertionError  # the loop above returns or raises in its last turn

    def _wait_s(self, answer: Answer, tried: int) -> float:
        asked = None
        if isinstance(answer, Reply):
            asked = retry_after_s(answer.headers, self._world.now(), RETRY_AFTER_CAP_S)
        return min(BACKOFF_S * 2**tried, BACKOFF_MAX_S) if asked is None else asked

    def _failed(self, answer: Answer) -> ServiceError:
        if isinstance(answer, NoReply):
            return as_error(unreachable(answer))
        code, text = read_error(answer)
        entry = self._codes.lookup(code, answer.status, text or "")
        return ServiceError(
            "reading-refused",
            msg(
                "The service does not show its terminals: {reason} ({answer})",
                reason=entry.reason,
                answer=cited(answer, code),
            ),
            entry.next_step,
        )


def _may_pass(answer: Answer) -> bool:
    return isinstance(answer, NoReply) or answer.status in {401, 408, 429} or answer.status >= 500


@asynccontextmanager
async def reader(settings: Settings, credentials: Credentials, world: World) -> AsyncIterator[Reader]:
    """A reader for a while; logs out afterwards where that is set."""
    clock = world.clock if settings.clock == "service" else None
    codes = load_table(settings.codes)
    async with reach(settings, connections=settings.concurrency + 1, clock=clock) as transport:
        if clock is not None:
            await ask_time(transport, clock)  # a login's signature carries it
        keeper = make_tokens(credentials, transport.ask, codes, settings.lang, world)
        try:
            yield Reader(transport, keeper, settings, world, codes)
        finally:
            await log_out(keeper, settings)
