"""`python -m tests.bench big-ledger`: what a ledger of two million calls costs at the start of a run.

It is measured cold, its file out of the system's cache, and again warm:

1. the command line as a process, from its start to the service's first call, for a sheet of 200 rows;
2. within it: opening, recovering, planning, beginning the run, and the first durable claim;
3. `verify`: its time and memory.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from batchreset.ledger.port import Claim, Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, Job, Rules, Wishes
from batchreset.plan.build import make_plan
from batchreset.plan.terminal import Asking
from batchreset.sheet.load import load
from tests.faultserver.process import fault_server
from tests.makers.ledger import Size, make_ledger, sn_of

ATTEMPTS: Final = 2_000_000
ROWS: Final = 200
WANTED_S: Final = 3.0


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ledger, sheet = folder / "ledger.sqlite3", _sheet(folder / "site.xlsx")
        with _lap(f"making {ATTEMPTS:,} attempts"):
            _make(ledger)
        size = ledger.stat().st_size
        print(f"file: {size / 1e6:,.0f} MB, {size / ATTEMPTS:.0f} bytes an attempt")
        for heat in ("cold", "warm"):
            if heat == "cold":
                _forget_pages(ledger)
            _steps(ledger, sheet, heat)
        for heat in ("cold", "warm"):
            if heat == "cold":
                _forget_pages(ledger)
            _command_line(folder, ledger, sheet, heat)
        _verify(folder, ledger)


def _make(ledger: Path) -> None:
    """In another process: its memory would be taken for that of every process this one starts."""
    maker = get_context("spawn").Process(target=make_ledger, args=(ledger, Size(ATTEMPTS)))
    maker.start()
    maker.join()
    assert maker.exitcode == 0


def _steps(path: Path, sheet: Path, heat: str) -> None:
    """What lies between the start and the first call, step by step."""
    rules, now, name = Rules(), datetime.now(UTC), f"bench-{heat}"
    began = time.perf_counter()
    with _lap(f"{heat}: open"):
        ledger = SqliteLedger(path, rules=rules, simulated=True)
    with ledger:
        with _lap(f"{heat}: recover"):
            ledger.recover(now)
        with _lap(f"{heat}: newest jobs and latest time"):
            ledger.jobs(newest=1000)
            ledger.latest_at()
        with _lap(f"{heat}: read the sheet and plan {ROWS} rows"):
            rows = load(sheet, rules=rules).rows
            history = ledger.history(row.sn for row in rows)
            plan = make_plan(
                rows, history, job=name, wishes=Wishes(), digest=ledger.digest, now=now, rules=rules
            )
            assert len(plan.to_send) == ROWS
        with _lap(f"{heat}: begin the run"):
            ledger.add_job(Job(name, now, sheet, "", "s", path.parent, "en-US", True, "x", "bench"))
            ledger.begin_run(Run(name, name, now, "host", 1, "0", sheet))
        with _lap(f"{heat}: first durable claim"):
            attempt = asyncio.run(_claim(ledger, f"another-{heat}", name, now))
            assert isinstance(attempt, Attempt)
    print(f"{heat}: all of these {time.perf_counter() - began:.2f} s")


async def _claim(ledger: SqliteLedger, sn: str, name: str, now: datetime) -> object:
    return await ledger.claim(Claim(name, sn, Asking(name, "", name), now, now + timedelta(seconds=30)))


def _command_line(folder: Path, ledger: Path, sheet: Path, heat: str) -> None:
    calls_to = folder / f"service-{heat}"
    calls_to.mkdir()
    with fault_server(calls_to) as service:
        env = {
            **os.environ,
            **service.env,
            "XDG_STATE_HOME": str(folder),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        options = ["--yes", "--again", "--rate", "0", "--ledger", str(ledger), "--output", str(folder / heat)]
        command = [sys.executable, "-m", "batchreset", "run", str(sheet), *options]
        began = time.monotonic()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        took = time.monotonic() - began
        calls = service.resets()
    assert calls, done.stderr
    first_s = calls[0].received_monotonic_s - began
    print(
        f"{heat}: `run` of {ROWS} rows, its first call after {first_s:.2f} s (at most {WANTED_S:.0f} wanted),"
        f" {len(calls)} calls and the reports after {took:.2f} s, exit code {done.returncode}"
    )


def _verify(folder: Path, ledger: Path) -> None:
    env = {**os.environ, "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-m", "batchreset", "verify", "--simulate", "--ledger", str(ledger)]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    began = time.perf_counter()
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0
    process.returncode = status
    print(f"verify: {time.perf_counter() - began:.1f} s, at most {used.ru_maxrss / 1024:.0f} MB")


def _sheet(path: Path) -> Path:
    """Half of its terminals have some twenty calls each in the ledger, half have none."""
    book = Workbook(write_only=True)
    page = book.create_sheet("Terminals")
    page.append(["SN", "Mobile"])
    for number in range(ROWS):
        page.append([sn_of(number * 1000), f"+86138{number:08d}"])
    book.save(path)
    return path


def _forget_pages(path: Path) -> None:
    """Take a file out of the system's cache, where the system lets us."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


@contextmanager
def _lap(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:.3f} s")
