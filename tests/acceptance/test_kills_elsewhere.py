"""Killed where no call is in flight: at start-up, while reports are written, and in `resolve`.

Each kill waits for something that can be seen from outside, and what follows must find all in order.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.acceptance.cli import Bench, faulty, kill, sheet, until
from tests.acceptance.witnesses import as_left, judge, write_reports
from tests.invariants.reading import read_results

SNS = [f"2102310QPD11K{n:07d}" for n in range(18)]
Running = subprocess.Popen[str]
_MOST_TRIES = 40


def records(ledger: Path, table: str) -> int:
    """How many records a ledger's table holds; 0 while there is no such table."""
    try:
        with as_left(ledger) as connection:
            ((count,),) = connection.execute(f"SELECT count(*) FROM {table}")
            return int(count)
    except sqlite3.DatabaseError:
        return 0


def killed_when(process: Running, seen: Callable[[Running], bool]) -> bool:
    """Kill a process once something is seen; False where it was over before that."""
    until(lambda: seen(process) or process.poll() is not None)
    over = process.poll() is not None
    kill(process)
    return not over


def kill_when(start: Callable[[], Running], seen: Callable[[Running], bool]) -> None:
    """The same for a moment that may be missed: begin again until it is met."""
    assert any(killed_when(start(), seen) for _ in range(_MOST_TRIES)), "the moment was always missed"


def has_open(process: Running, path: Path) -> bool:
    """Whether a process has a file open now."""
    with suppress(OSError):  # it ends, or closes another file, as we look
        return any(os.path.realpath(file) == str(path) for file in Path(f"/proc/{process.pid}/fd").iterdir())
    return False


def test_kills_at_start_up_leave_nothing_in_the_way_and_nothing_sent(bench: Bench) -> None:
    held = [{"kind": "late", "on": on, "wait_s": 0.3} for on in ("other", "login")]
    with faulty(bench, held, ledger=str(bench.ledger)) as service:
        site = sheet(bench.folder, SNS)
        key = bench.ledger.with_name(bench.ledger.name + ".key")
        to_make: list[Callable[[], int]] = [
            key.parent.exists,
            key.exists,
            bench.ledger.exists,
            lambda: records(bench.ledger, "meta"),
        ]
        to_begin: list[Callable[[], int]] = [
            lambda: len(service.log()),
            lambda: records(bench.ledger, "job"),
            lambda: records(bench.ledger, "run"),
            lambda: sum(call.endpoint == "login" for call in service.log()),
        ]
        for place, far in enumerate([*to_make, *to_begin]):
            if far in to_make:
                shutil.rmtree(key.parent, ignore_errors=True)
            before = far()
            process = bench.start("run", site, "--yes")
            assert killed_when(process, lambda _: far() > before), f"moment {place} was missed"  # noqa: B023  # called here
        assert service.resets() == []
        service.faults()
        assert bench.run("rerun", "--yes").code == 0
        write_reports(bench)
        evidence = judge(bench, service, faultless=True)
    assert len(evidence.reports) > 2, "runs were killed that had begun"
    assert len(evidence.calls) == len(SNS)


def test_kills_while_reports_are_written_leave_each_file_whole_and_a_report_writes_them_again(
    bench: Bench,
) -> None:
    def being_written(name: str) -> Callable[[Running], bool]:
        """A file that is only then put in its place; an earlier kill has left its own lying."""
        pattern = f"output/*/.{name}.*.tmp*"
        before = {*bench.folder.glob(pattern)}
        return lambda _: not before.issuperset(bench.folder.glob(pattern))

    with faulty(bench, ledger=str(bench.ledger)) as service:
        site = sheet(bench.folder, SNS)
        kill_when(lambda: bench.start("run", site, "--again", "--yes"), being_written("results"))
        known = bench.run("jobs", "--json").object["jobs"]
        assert known[0]["counts"]["succeeded"] == len(SNS), "the ledger has it before the files"
        write_reports(bench)
        job = known[0]["job"]
        for name in ("results", "handoff", "summary"):
            kill_when(lambda: bench.start("report", job), being_written(name))
            assert len(read_results(bench.job_folder(job) / "results.xlsx")) == len(SNS)
        write_reports(bench)
        judge(bench, service, faultless=True)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc for what a process has open")
def test_kills_in_resolve_keep_what_was_said_wholly_or_not_at_all(bench: Bench) -> None:
    with faulty(bench, [{"kind": "reset", "processed": True}], ledger=str(bench.ledger)) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
        assert done.object["counts"]["unknown"] == len(SNS)
        job = done.object["job"]
        arrived = [word for sn in SNS for word in ("--arrived", sn)]

        def begins() -> Running:
            return bench.start("resolve", job, *arrived, "--reason", "rang them")

        kill_when(begins, lambda process: has_open(process, bench.ledger))
        assert records(bench.ledger, "resolution") in (0, len(SNS))
        kill_when(begins, lambda _: records(bench.ledger, "resolution") > 0)
        assert records(bench.ledger, "resolution") == len(SNS)
        kill_when(begins, lambda _: any(bench.job_folder(job).glob(".*.tmp*")))
        again = bench.run("resolve", job, *arrived, "--json")
        assert (again.code, again.object["resolved"]) == (0, 0), again.err
        assert again.object["counts"]["succeeded"] == len(SNS)
        assert records(bench.ledger, "resolution") == len(SNS), "said once is kept once"
        judge(bench, service)
    assert bench.run("verify", "--simulate").code == 0
