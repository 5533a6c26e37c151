"""`batchreset simulator`: serves until Ctrl-C or SIGTERM, and says how to use it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from batchreset.cli.output import Output
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.run import Simulator
from batchreset.simulator.scenario import Scenario, load_scenario
from batchreset.text import msg


def serve(out: Output, *, port: int, faults: Path | None, seed: int) -> None:
    """Serve on loopback; ends with the first signal.

    Raises:
        UsageError: the port is taken, or the file of faults can't be used.
    """
    scenario = load_scenario(faults) if faults is not None else Scenario((), Assumptions())
    config = SimulatorConfig(assumptions=scenario.assumptions, faults=scenario.faults, seed=seed, port=port)
    try:
        asyncio.run(_serve(out, config))
    except KeyboardInterrupt:
        out.say(msg("The simulator has ended."))


async def _serve(out: Output, config: SimulatorConfig) -> None:
    async with Simulator(config) as simulator:
        out.tell(msg("The simulator serves on {url}; Ctrl-C ends it. Settings to paste:", url=simulator.url))
        for name, value in (
            ("ENDPOINT", simulator.url),
            ("APP_ID", simulator.app_id),
            ("APP_KEY", simulator.app_key),
        ):
            out.tell(msg("export BATCHRESET_{name}={value}", name=name, value=value))
        out.tell(
            msg("Log, outbox and terminals: {url}/_simulator/log …/outbox …/terminals", url=simulator.url)
        )
        await asyncio.Event().wait()
