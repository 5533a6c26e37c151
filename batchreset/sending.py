"""Joins the dispatcher to its edges: transport, token, ledger, clock and signals."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from batchreset.anchoring import TimedTokens, ahead_of
from batchreset.dispatch.pace import Pace
from batchreset.dispatch.pool import Dispatcher, Errand, Policy
from batchreset.dispatch.ports import Event, Observer, Ports
from batchreset.dispatch.stops import as_stop
from batchreset.errors import INTERRUPTED
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.login import Credentials, log_out, make_tokens
from batchreset.model import Stop
from batchreset.prepare import Prepared
from batchreset.reach import reach
from batchreset.service.client import ResetClient
from batchreset.service.token import ReadyToken, TokenKeeper
from batchreset.service.transport import Transport
from batchreset.signals import Interrupts
from batchreset.text.messages import counted, msg
from batchreset.world import World


async def dispatch(
    prepared: Prepared,
    run: str,
    ledger: SqliteLedger,
    credentials: Credentials,
    world: World,
    signals: Interrupts,
    observers: Sequence[Observer],
) -> Stop | None:
    """Send a plan's rows over the network; why it ended early, if it did. Signals drain it, then abort it."""
    settings = prepared.settings
    errands = [
        Errand(planned.row, planned.row.contact, planned.contact)
        for planned in prepared.plan.to_send
        if planned.row.contact is not None
    ]
    if not errands:
        # no token is asked for then, which would tell of a ledger that is ahead
        ahead = ahead_of(settings, world.clock, ledger.latest_at())
        return _cut_short(prepared) if ahead is None else as_stop(ahead)

    def observe(event: Event) -> None:
        doubt = world.clock.doubt()
        if doubt is not None:
            dispatcher.drain(as_stop(doubt))
        for observer in observers:
            with suppress(OSError, ValueError):  # a full disk or a closed terminal of who only watches
                observer(event)

    clock = world.clock if settings.clock == "service" else None
    async with reach(settings, connections=settings.concurrency + 1, clock=clock) as transport:
        keeper = make_tokens(credentials, transport.ask, prepared.codes, settings.lang, world)
        dispatcher = Dispatcher(
            _ports(prepared, ledger, keeper, world, transport), _policy(prepared, run), observe
        )

        def hear(signal: int) -> None:
            dispatcher.drain(_INTERRUPTED)
            if signal > 1:
                dispatcher.abort()

        with signals.heard_by(hear):
            stop = await dispatcher.run(errands)
            await log_out(keeper, settings)
    if stop is _INTERRUPTED and dispatcher.gave_up:
        stop = _GAVE_UP
    return stop or _cut_short(prepared)


_INTERRUPTED: Final = Stop(
    "interrupted",
    INTERRUPTED,
    msg("It was interrupted; calls in flight were waited for."),
    msg("Run `batchreset rerun` for what is left."),
)


_GAVE_UP: Final = Stop(
    "interrupted",
    INTERRUPTED,
    msg("It was interrupted twice; calls in flight were given up, and those that had left are unknown."),
    msg("Ask whether their codes arrived (todo.xlsx, `batchreset resolve`), then run `batchreset rerun`."),
)


def _cut_short(prepared: Prepared) -> Stop | None:
    if not prepared.plan.left_out:
        return None
    return Stop(
        "only-first",
        1,
        counted(
            "Only {rows} row was to be sent in this run.",
            "Only {rows} rows were to be sent in this run.",
            rows=len(prepared.plan.to_send),
        ),
        msg("Run `batchreset rerun` for the rest."),
    )


def _policy(prepared: Prepared, run: str) -> Policy:
    return Policy(
        job=prepared.job.id,
        run=run,
        wishes=prepared.order.wishes,
        job_at=prepared.job.created_at,
        concurrency=prepared.settings.concurrency,
        timeout_s=prepared.settings.timeout,
        rate=prepared.settings.rate,
        max_failures=prepared.order.max_failures,
    )


def _ports(
    prepared: Prepared,
    ledger: SqliteLedger,
    keeper: TokenKeeper | ReadyToken,
    world: World,
    transport: Transport,
) -> Ports:
    settings = prepared.settings
    client = ResetClient(
        transport.post,
        table=prepared.codes,
        rules=settings.rules(),
        now=world.now,
        lang=settings.lang,
    )
    tokens = TimedTokens(
        keeper,
        transport=transport if settings.clock == "service" else None,
        clock=world.clock,
        latest_at=ledger.latest_at,
        sleep=world.sleep,
    )
    pace = Pace(settings.rate)
    return Ports(
        claim=ledger.claim,
        settle=ledger.settle,
        send=client.send,
        tokens=tokens,
        pace=pace.claiming,
        depart=pace.leaving,
        tune=pace.tune,
        now=world.now,
        monotonic=world.monotonic,
        sleep=world.sleep,
        new_id=world.new_id,
    )
