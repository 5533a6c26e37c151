"""One seed, run."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

from tests.simulation.diary import Diary
from tests.simulation.machine import MachineLoop
from tests.simulation.month import Month

_TMPFS: Final = Path("/dev/shm")  # noqa: S108  # where there is one: a file there costs no waiting to sync


def simulate(seed: int) -> Diary:
    """What happened in a seed; it comes to the same every time."""
    diary = Diary(seed)
    folder = Path(tempfile.mkdtemp(prefix="batchreset-", dir=_TMPFS if _TMPFS.is_dir() else None))
    try:
        with asyncio.Runner(loop_factory=MachineLoop) as runner:
            runner.run(_simulate(diary, folder))
    finally:
        shutil.rmtree(folder)
    return diary


async def _simulate(diary: Diary, folder: Path) -> None:
    month = Month(diary, folder)
    with month.in_place():
        await month.work()
        await month.rest()
    month.judge()
