"""`python -m tests.bench`: the figures that decide, measured here and now, as ratios of paired runs.

1. Resets a second with the durable ledger, beside a bare aiohttp loop that keeps nothing.
2. The pace as the server sees it at 10, 50 and 200 a second.
3. Time and memory of `plan` for 10,000 rows.
4. Start-up time of `--help`.

`python -m tests.bench big-ledger` and `python -m tests.bench sheets` measure other things
(`tests/bench/big_ledger.py`, `tests/bench/sheets.py`).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from openpyxl import Workbook

from batchreset.dispatch.pace import Pace
from batchreset.dispatch.pool import Dispatcher, Errand, Policy
from batchreset.dispatch.ports import Event, Ports
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import AttemptState, Job, Rules, Wishes
from batchreset.rows import Contact, Row
from batchreset.service.client import ResetClient
from batchreset.service.codes import load_table
from batchreset.service.transport import Transport
from batchreset.service.wire import reset_request
from batchreset.world import Ids
from tests.bench import big_ledger, sheets

CONTACT = Contact("+8613800138000", "chinaPR", "someone@example.com")
CONCURRENCY = 32


def utc() -> datetime:
    return datetime.now(UTC)


@contextmanager
def server() -> Iterator[str]:
    """The raw server in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def arrivals(url: str) -> list[float]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/times") as answer:
        return [float(at) for at in await answer.json()]


async def bare(url: str, calls: int) -> float:
    """The yardstick: the same requests by a plain aiohttp loop that keeps nothing; seconds."""
    numbers = iter(range(calls))
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number in numbers:
                request = reset_request(f"SN{number}", CONTACT, token="t", request_id="x", lang="en-US")
                async with session.post(
                    url + request.path, data=request.body, headers=request.headers
                ) as answer:
                    await answer.read()

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
        return time.perf_counter() - began


async def ours(url: str, calls: int, rate: float = 0, concurrency: int = CONCURRENCY) -> float:
    """The dispatcher with durable ledger, transport and classification; seconds."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.sqlite3", rules=Rules(), simulated=True)
        job = Job("job", utc(), Path("/x"), "", "s", Path("/y"), "en-US", True, url, "bench")
        with ledger:
            ledger.add_job(job)
            ledger.begin_run(Run("run", "job", utc(), "host", 1, "0", Path("/x")))
            async with Transport(url, timeout_s=30, connections=concurrency) as transport:
                client = ResetClient(transport.post, table=load_table(), rules=Rules(), now=utc, lang="en-US")
                pace = Pace(rate)
                ports = Ports(
                    claim=ledger.claim,
                    settle=ledger.settle,
                    send=client.send,
                    tokens=Given(),
                    pace=pace.claiming,
                    depart=pace.leaving,
                    tune=pace.tune,
                    now=utc,
                    monotonic=time.monotonic,
                    sleep=asyncio.sleep,
                    new_id=Ids().next,
                )
                policy = Policy("job", "run", Wishes(), utc(), concurrency, 30, rate=rate)
                errands = [Errand(Row(n, f"SN{n}", CONTACT), CONTACT, "d") for n in range(calls)]
                began = time.perf_counter()
                stop = await Dispatcher(ports, policy, ignore).run(errands)
                took = time.perf_counter() - began
            assert stop is None
            kept = [a.state for (a,) in ledger.history().values()]
            assert kept.count(AttemptState.SUCCEEDED) == calls
    return took


class Given:
    """A token that costs no call."""

    async def get(self, refused: str | None = None) -> str:
        del refused
        return "t"


def ignore(event: Event) -> None:
    del event


def throughput(url: str, calls: int = 4000, rounds: int = 5) -> None:
    ratios, rates = [], []
    for _ in range(rounds):
        one, other = asyncio.run(bare(url, calls)), asyncio.run(ours(url, calls))
        ratios.append(one / other)
        rates.append((calls / one, calls / other))
    bare_rate, our_rate = (statistics.median(column) for column in zip(*rates, strict=True))
    print(
        f"resets/s, {rounds} pairs of {calls} calls, {CONCURRENCY} at a time:"
        f" bare aiohttp {bare_rate:,.0f}, durable ledger {our_rate:,.0f};"
        f" ratio median {statistics.median(ratios):.2f}, worst {min(ratios):.2f}"
    )


def pace(url: str, rate: int, seconds: int) -> None:
    asyncio.run(arrivals(url))
    asyncio.run(ours(url, rate * seconds + 1, rate=rate, concurrency=16))
    times = asyncio.run(arrivals(url))
    average = (len(times) - 1) / (times[-1] - times[0])
    worst = max(bisect_left(times, at + 1) - place for place, at in enumerate(times))
    print(
        f"pace {rate}/s for {seconds} s, seen by the server: average {average:.2f}/s"
        f" ({average / rate - 1:+.2%}), worst second {worst} (at most {rate + 1} wanted)"
    )


def sheet_of(rows: int, folder: Path) -> Path:
    book = Workbook(write_only=True)
    page = book.create_sheet("Terminals")
    page.append(["Site", "Room", "SN", "Mobile", "E-mail", "Model", "Department", "Remarks"])
    for n in range(rows):
        mobile = f"+86138{n:08d}"
        page.append(["Site", f"R{n}", f"2102310QPD{n:09d}A", mobile, f"u{n}@example.com", "TE20", "IT", ""])
    path = folder / "big.xlsx"
    book.save(path)
    return path


def plan(rows: int = 10_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = sheet_of(rows, Path(folder))
        env = {**os.environ, "XDG_STATE_HOME": folder}
        command = [sys.executable, "-m", "batchreset", "plan", str(path), "--simulate", "--json"]
        began = time.perf_counter()
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        took = time.perf_counter() - began
        assert json.loads(done.stdout)["to_send"] == rows
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"plan of {rows:,} rows x 8 columns: {took:.1f} s, at most {peak:.0f} MB")


def start_up(times: int = 7) -> None:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "batchreset", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - began)
    print(f"--help: median {statistics.median(took):.2f} s of {times} (0.30 s at most wanted)")


def main() -> None:
    if sys.argv[1:] == ["big-ledger"]:
        big_ledger.main()
        return
    if sys.argv[1:] == ["sheets"]:
        sheets.main()
        return
    plan()  # first: its memory is read as the largest child's so far
    start_up()
    with server() as url:
        throughput(url)
        for rate, seconds in ((10, 20), (50, 10), (200, 10)):
            pace(url, rate, seconds)


if __name__ == "__main__":
    main()
