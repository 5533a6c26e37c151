"""The checker's own reading of files: it sees what the program wrote, and what somebody changed in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from batchreset.ledger.forget import Forgetting
from batchreset.ledger.port import Claim, Resolved, Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, AttemptState, Job, Outcome, Resolution, Status, Stop
from batchreset.plan.terminal import Asking
from batchreset.text import msg
from tests.invariants.reading import read_ledger, read_results, read_texts, rows_of, sheet_rows
from tests.unit.build import NOW, RULES
from tests.unit.report.build import result

SAID = Outcome(AttemptState.SUCCEEDED, http_status=200)
LOST = Outcome(AttemptState.UNKNOWN)


def begin(ledger: SqliteLedger, name: str = "one", *, days: int = 0) -> None:
    at = NOW + timedelta(days=days)
    ledger.add_job(
        Job(f"job-{name}", at, Path("/终端.xlsx"), "00", "终端", Path("/o"), "zh-CN", False, "u", "me")
    )
    run = Run(f"run-{name}", f"job-{name}", at, "host", 1, "0", Path("/终端.xlsx"), again=True)
    ledger.begin_run(run)


async def sent(
    ledger: SqliteLedger, sn: str, outcome: Outcome | None, name: str = "one", *, days: int = 0
) -> str:
    at = NOW + timedelta(days=days)
    claimed = await ledger.claim(Claim(f"id-{sn}", sn, Asking(f"job-{name}", "d", f"run-{name}"), at, at))
    assert isinstance(claimed, Attempt)
    if outcome is not None:
        await ledger.settle(claimed, outcome, at)
    return claimed.id


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger(tmp_path / "ledger.sqlite3", rules=RULES, simulated=False) as made:
        begin(made)
        yield made


async def test_read_ledger_sees_attempts_runs_and_what_people_said(ledger: SqliteLedger) -> None:
    await sent(ledger, "Ab1", SAID)
    lost = await sent(ledger, "Ab2", LOST)
    await sent(ledger, "Ab3", None)
    assert ledger.resolve([Resolved(lost, Resolution.NOT_ARRIVED, NOW, "me", "asked")]) == [True]
    stop = Stop("ledger-full", 5, msg("full"), msg("free some"))
    ledger.end_run("run-one", at=NOW, stop=stop, counts={})
    seen = read_ledger(ledger.path)
    assert [(a.sn, a.state, a.resolved) for a in seen.attempts] == [
        ("Ab1", "succeeded", None),
        ("Ab2", "unknown", "not_arrived"),
        ("Ab3", "open", None),
    ]
    assert {a.opened_at_s for a in seen.attempts} == {NOW.timestamp()}
    (run,) = seen.runs.values()
    assert (run.again, run.retry_unknown, run.ended, run.stop, run.exit_code) == (
        True,
        False,
        True,
        "ledger-full",
        5,
    )
    ((said,), later) = seen.resolutions, seen.attempts[-1].seq
    assert (said.attempt, said.said, said.seq > later) == (lost, "not_arrived", True)
    assert seen.broken == []


async def test_read_ledger_when_jobs_were_forgotten_misses_nothing(ledger: SqliteLedger) -> None:
    await sent(ledger, "A1", SAID)
    begin(ledger, "two", days=40)
    await sent(ledger, "A2", SAID, "two", days=40)
    late = NOW + timedelta(days=40)
    assert ledger.forget(Forgetting(late, late - timedelta(days=30), "me")).jobs == 1
    seen = read_ledger(ledger.path)
    assert ([a.sn for a in seen.attempts], seen.broken) == (["A2"], [])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE attempt SET http_status = 201", "attempt"),
        ("UPDATE run SET again = 0", "run"),
        ("UPDATE attempt SET seal = randomblob(16)", "attempt"),
        ("DELETE FROM attempt", "is gone"),
        ("UPDATE chain SET kind = 'job' WHERE seq = 2", "entry 2 of the chain"),
        ("DELETE FROM chain WHERE seq = 2", "of the chain"),
    ],
)
async def test_read_ledger_when_somebody_changed_it_names_the_record(
    ledger: SqliteLedger, change: str, named: str
) -> None:
    await sent(ledger, "A1", SAID)
    with closing(sqlite3.connect(ledger.path)) as other:
        for (trigger,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {trigger}")
        other.execute("PRAGMA ignore_check_constraints = ON")
        assert other.execute(change).rowcount == 1
        other.commit()
    broken = read_ledger(ledger.path).broken
    assert broken
    assert named in broken[0]


def test_read_results_finds_the_rows_below_the_header_in_either_language(tmp_path: Path) -> None:
    wanted = [("Result", "Attempts", "Request ID", "succeeded"), ("结果", "尝试次数", "请求 ID", "成功")]
    for status, attempts, request_id, said in wanted:
        book = Workbook()
        page = book.worksheets[0]
        page.append(["List of the site"])
        page.append(["Room", "SN", status, attempts, request_id])
        page.append(["R1", "A1", said, 2, "id-1"])
        page.append(["R2", 17, said, None, None])
        page.append(["total", None, None, None, None])
        book.save(tmp_path / "results.xlsx")
        first, second = read_results(tmp_path / "results.xlsx")
        assert (first.number, first.sn, first.status, first.attempts, first.request_id) == (
            3,
            "A1",
            "succeeded",
            2,
            "id-1",
        )
        assert (second.number, second.sn, second.attempts, second.request_id) == (4, "17", 0, None)
        assert sheet_rows(tmp_path / "results.xlsx", header_row=2) == [(3, "A1"), (4, "17")]


def test_rows_of_a_report_that_is_still_a_value() -> None:
    (made,) = rows_of([result(7, "A1", Status.FAILED, attempts=3, request_id="id-1")])
    assert (made.number, made.sn, made.status, made.attempts, made.request_id) == (
        7,
        "A1",
        "failed",
        3,
        "id-1",
    )


def test_read_texts_reads_what_is_no_text_too(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_bytes(b"secret \xff here")
    assert read_texts([log]) == {str(log): "secret \\xff here"}
