"""The preflight of a sheet: asks the service what it has registered, and compares (`plan.preflight`)."""

from __future__ import annotations

import asyncio

from batchreset.login import Credentials
from batchreset.model import Table
from batchreset.plan.preflight import Inspected, compare
from batchreset.reading import reader
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
    return compare(table, known, codeless, fill=fill)
