"""What a run asks of its ledger is found by index: it costs no more in one that is eight times as large."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.ledger import file, sqlite
from batchreset.ledger.file import connect
from batchreset.model import Resolution, Wishes
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import GOOD, LOST, begin, claimed, end, opened, settled, word
from tests.makers.ledger import Size, make_ledger, sn_of
from tests.unit.build import NOW

SNS: Final = [sn_of(n) for n in range(0, 100, 5)]
Watch = Callable[[sqlite3.Connection], None]


def watch(monkeypatch: pytest.MonkeyPatch, begin_watching: Watch) -> None:
    """Have every connection that a ledger opens watched."""

    def watched(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        begin_watching(connection)
        return connection

    for module in (file, sqlite):
        monkeypatch.setattr(module, "connect", watched)


def large(path: Path, attempts: int) -> Path:
    """As many attempts of each terminal, however many there are in all."""
    make_ledger(
        path, Size(attempts, attempts_of_a_job=100, terminals=attempts // 10, until=NOW - timedelta(days=11))
    )
    return path


async def one_run(path: Path) -> None:
    """All that a run, a re-run and `resolve` ask, for a sheet of twenty rows."""
    with opened(path, simulated=True) as ledger:
        ledger.check_kind(simulated=True)
        ledger.recover(NOW)
        ledger.latest_at()
        ledger.history(SNS, of_job="job")
        ledger.jobs(newest=5)
        begin(ledger)
        ledger.job("job")
        await asyncio.gather(*(settled(ledger, sn, GOOD) for sn in SNS))
        lost = await settled(ledger, "lost", LOST)
        end(ledger)
        begin(ledger, "rerun", new_job=False)
        ledger.history(SNS, of_job="job")
        asking = Asking("job", "d", "rerun", Wishes(retry_unknown=True))
        await claimed(ledger, "lost", asking=asking)
        ledger.resolve([word(lost, Resolution.ARRIVED)])
        ledger.resolved([lost.id])
        ledger.states_of("job")
    with opened(path, simulated=True) as ledger:
        assert ledger.recover(NOW) == 1


def steps_of_a_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many instructions SQLite carries out, triggers and keys included."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with monkeypatch.context() as patch:
        watch(patch, lambda connection: connection.set_progress_handler(step, 1))
        asyncio.run(one_run(path))
    return steps


def test_run_in_a_ledger_eight_times_as_large_takes_no_more_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = steps_of_a_run(large(tmp_path / "small", 2_000), monkeypatch)
    assert steps_of_a_run(large(tmp_path / "large", 16_000), monkeypatch) < 1.1 * small


def test_no_statement_of_a_run_looks_through_a_whole_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, statements = large(tmp_path / "l", 2_000), set[str]()
    watch(monkeypatch, lambda connection: connection.set_trace_callback(statements.add))
    asyncio.run(one_run(path))
    monkeypatch.undo()
    looked_at = [sql for sql in statements if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql)]
    assert len(looked_at) > 20
    with closing(sqlite3.connect(path)) as connection:
        bad = {sql: plan for sql in looked_at if (plan := scans(connection, sql))}
    assert bad == {}


def scans(connection: sqlite3.Connection, sql: str) -> list[str]:
    """Where a statement's plan goes through all of a table or an index that grows with the ledger."""
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    if "ORDER BY seq DESC LIMIT" in sql:
        return []  # from the end, and no further than the limit
    found = [detail for detail in plan if re.match(r"SCAN (attempt|chain|run|job|resolution)\b", detail)]
    return [detail for detail in found if "attempt_open_once" not in detail]  # holds calls in flight only
