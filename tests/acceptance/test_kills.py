"""Killed again and again, on the service's progress: nothing sent twice, nothing lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.acceptance.cli import Bench, results, sheet, simulator

KILLS = 25
SNS = [f"2102310QPD10K{n:07d}" for n in range(400)]


def more_than(calls: int) -> Callable[[list[dict[str, Any]]], bool]:
    return lambda log: len(log) > calls


def test_kills_on_the_services_progress_then_a_rerun_leave_every_row_accounted_for(bench: Bench) -> None:
    open_after = 0
    with simulator(bench, '[[fault]]\nkind = "slow"\nseconds = 0.15\n') as service:
        site = sheet(bench.folder, SNS)
        command: list[str | Path] = ["run", site, "--yes", "--concurrency", "6"]
        for kill in range(KILLS):
            before = len(service.log())
            process = bench.start(*command)
            service.wait_for(more_than(before + 2 + kill % 5))
            process.kill()
            process.communicate()
            (job,) = bench.run("jobs", "--json").object["jobs"]
            assert job["counts"] is None
            command = ["rerun", str(job["job"]), "--yes", "--concurrency", "6"]
        service.post("faults", "")
        done = bench.run("rerun", "--yes", "--json")
        log = service.log()

    calls = Counter(call["sn"] for call in log)
    processed = Counter(call["sn"] for call in log if call["processed"])
    rows = results(bench, done.object["job"])
    assert set(rows) == set(SNS), "a row was lost"
    assert max(processed.values()) == 1, "a terminal was reset twice"
    assert max(calls.values()) == 1, "a terminal was called twice"
    for sn, row in rows.items():
        assert row["Result"] in ("succeeded", "unknown")
        if row["Result"] == "succeeded":
            assert processed[sn] == 1
        else:
            open_after += 1
    ids = {call["request_id"] for call in log}
    known = {row["Request ID"] for row in rows.values()}
    assert ids <= known, "a call was received that the ledger does not know"
    assert KILLS * 0.9 <= open_after <= KILLS * 6, "kills must have hit calls in flight"
