"""Seeds: run, and told of when one finds something."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.invariants import told
from tests.simulation.machine import MachineLoop
from tests.simulation.month import Month, Outcome

_TMPFS: Final = Path("/dev/shm")  # noqa: S108  # where it exists: a file that costs no waiting to sync
_LINES_MAX: Final = 60


def simulate(seed: int) -> Outcome:
    """One seed; it comes to the same every time."""
    outcome = Outcome(seed)
    folder = Path(tempfile.mkdtemp(prefix="batchreset-", dir=_TMPFS if _TMPFS.is_dir() else None))
    try:
        with asyncio.Runner(loop_factory=MachineLoop) as runner:
            runner.run(_simulate(outcome, folder))
    finally:
        shutil.rmtree(folder)
    return outcome


async def _simulate(outcome: Outcome, folder: Path) -> None:
    month = Month(outcome, folder)
    with month.in_place():
        await month.work()
        await month.rest()
    month.judge()


def explained(outcome: Outcome, *, whole: bool = False) -> str:
    """What a seed found, with what happened to the terminals it is about, and how to see it again."""
    lines = outcome.trace if whole else _about(outcome)
    if not whole and len(lines) > _LINES_MAX:
        lines = [f"… {len(lines) - _LINES_MAX} lines before", *lines[-_LINES_MAX:]]
    again = f"seed {outcome.seed}: python -m tests.simulation --seed {outcome.seed}"
    return "\n".join([*lines, told(outcome.violations), again])


def _about(outcome: Outcome) -> list[str]:
    """The lines of a trace about the terminals in question, and of the processes that touched them."""
    sns = {violation.sn for violation in outcome.violations if violation.sn}
    if not sns:
        return outcome.trace
    own = [line for line in outcome.trace if any(sn in line.casefold() for sn in sns)]
    processes = {match[0] for line in own if (match := re.search(r"\bp\d+\b", line))}
    return [
        line
        for line in outcome.trace
        if line in own or "VIOLATION" in line
        or (not re.search(r"\d{10}QPD|2102310", line) and any(re.search(rf"\b{p}\b", line) for p in processes))
    ]
