"""The preflight of a sheet: asks the service what it has registered, and compares (`plan.preflight`)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from batchreset.asking import reader
from batchreset.login import Credentials
from batchreset.model import sn_key
from batchreset.plan.preflight import Inspected, Kept, compare
from batchreset.reported import Activation
from batchreset.rows import Table
from batchreset.settings import Settings
from batchreset.world import World


def inspect(
    table: Table, settings: Settings, credentials: Credentials, world: World, *, fill: bool
) -> Inspected:
    """The table by what the service has registered; no reset is sent.

    Raises:
        ServiceError: the service can't be reached, or does not show its terminals.
    """
    return asyncio.run(_inspect(table, settings, credentials, world, fill=fill))


async def _inspect(
    table: Table, settings: Settings, credentials: Credentials, world: World, *, fill: bool
) -> Inspected:
    async with reader(settings, credentials, world) as read:
        known = await read.terminals(row.sn for row in table.rows if row.sn)
        codeless = await read.codeless()
        inspected = compare(table, known, codeless, fill=fill)
        numbers = inspected.kept.numbers
        told = await read.alive([*numbers.values()])
    alive = frozenset(key for key, number in numbers.items() if told.get(number))
    return replace(inspected, kept=replace(inspected.kept, alive=alive))


def ask_alive(
    sns: Iterable[str], kept: Kept, settings: Settings, credentials: Credentials, world: World
) -> Activation:
    """Which of these terminals are alive now. Their numbers are known from the preflight, or asked for.

    Raises:
        ServiceError: the service can't be reached, or does not show its terminals.
    """
    return asyncio.run(_ask_alive([*sns], kept, settings, credentials, world))


async def _ask_alive(
    sns: Sequence[str], kept: Kept, settings: Settings, credentials: Credentials, world: World
) -> Activation:
    numbers = {sn_key(sn): kept.numbers[sn_key(sn)] for sn in sns if sn_key(sn) in kept.numbers}
    async with reader(settings, credentials, world) as read:
        found = await read.terminals(sn for sn in sns if sn_key(sn) not in numbers)
        numbers |= {key: one.number for key, one in found.items() if one.number}
        told = await read.alive([*numbers.values()])
    return Activation(
        asked_at=world.now(),
        told=frozenset(key for key, number in numbers.items() if number in told),
        alive=frozenset(key for key, number in numbers.items() if told.get(number)),
        before=kept.alive,
    )
