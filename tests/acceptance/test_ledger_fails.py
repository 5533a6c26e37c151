"""The ledger can't be written, or is gone: nothing more is sent, nothing is lost, and it says what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import PROGRAM, Bench, Done, ended, faulty, sheet, until
from tests.acceptance.disks import full, read_only, resize, small_disk
from tests.acceptance.witnesses import is_stopping, judge
from tests.faultserver.process import ServedFaults

SNS = [f"2102310QPD15K{n:07d}" for n in range(60)]
HELD = [{"kind": "natural", "wait_s": 0.3}]


def running(bench: Bench, service: ServedFaults, rows: int = len(SNS)) -> subprocess.Popen[str]:
    """A run with calls in flight."""
    site = sheet(bench.folder, SNS[:rows])
    process = bench.start("run", site, "--yes", "--json", "--concurrency", "4")
    service.wait_for(lambda _: len(service.resets()) >= 6)
    return process


def failed(done: Done, code: str) -> dict[str, Any]:
    """What is printed when the ledger can't be used: exit 5, and a reason with what to do."""
    found = done.object
    assert (done.code, found["exit_code"], found["error"]["code"]) == (5, 5, code), done.err
    assert found["error"]["message"]
    assert found["error"]["hint"]
    return found


def stopped(service: ServedFaults, done: Done, code: str) -> int:
    """Of a run that the ledger has stopped: every row has its status; of how many the answer was lost."""
    found = failed(done, code)
    assert Path(found["files"]["results"]).is_file()
    counts = {status: rows for status, rows in found["counts"].items() if rows}
    calls = len(service.resets())
    assert set(counts) <= {"succeeded", "unknown", "not_sent"}
    assert counts["succeeded"] + counts.get("unknown", 0) == calls, (
        "each call is a row that may have been reset"
    )
    assert counts["not_sent"] > 0, "it stopped"
    return int(counts.get("unknown", 0))


def finishes(bench: Bench, service: ServedFaults, *, unknown: int = 0) -> None:
    """Once the cause is gone a rerun does the rest."""
    service.faults()
    done = bench.run("rerun", "--yes", "--json")
    counts = done.object["counts"]
    assert (done.code, counts["unknown"]) == (1 if unknown else 0, unknown), done.err
    assert counts["succeeded"] == done.object["rows"] - unknown
    judge(bench, service, faultless=True)


# no room


def test_disk_that_fills_up_in_mid_run_stops_it_and_every_answer_is_kept(bench: Bench) -> None:
    with small_disk(bench.folder / "disk", megabytes=12) as disk:
        bench.env["BATCHRESET_LEDGER"] = str(disk / "l.sqlite3")
        bench.env["BATCHRESET_OUTPUT"] = str(disk / "output")
        with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
            process = running(bench, service)
            with full(disk):
                done = ended(process)
                assert stopped(service, done, "ledger-full") == 0, "room was kept for the answers"
                judge(bench, service)
            finishes(bench, service)


def test_disk_without_room_for_a_run_begins_none(bench: Bench) -> None:
    with small_disk(bench.folder / "disk", megabytes=4) as disk, faulty(bench) as service:
        bench.env["BATCHRESET_LEDGER"] = str(disk / "l.sqlite3")
        failed(bench.run("run", sheet(bench.folder, SNS), "--yes", "--json"), "ledger-no-room")
        assert service.resets() == []
        resize(disk, megabytes=16)
        finishes(bench, service)


def limited(folder: Path, kilobytes: int) -> Bench:
    """A bench whose programs can write no file beyond this size."""
    return Bench(folder, ("bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "bash", *PROGRAM))


def test_file_size_limit_below_what_a_run_needs_begins_none(tmp_path: Path) -> None:
    bench = limited(tmp_path, kilobytes=1024)
    with faulty(bench) as service:
        failed(bench.run("run", sheet(bench.folder, SNS), "--yes", "--json"), "ledger-no-room")
        assert service.resets() == []
        bench.program = PROGRAM
        finishes(bench, service)


def test_file_size_limit_met_in_mid_run_stops_it_and_what_cannot_be_kept_is_unknown(tmp_path: Path) -> None:
    """A reader who does not end keeps the write-ahead log from being begun anew: it grows to the limit."""
    bench = limited(tmp_path, kilobytes=9000)
    site = sheet(tmp_path, [f"2102310QPD16K{n:07d}" for n in range(1500)])
    with faulty(bench, ledger=str(bench.ledger)) as service:
        process = bench.start("run", site, "--yes", "--json", "--concurrency", "1")
        service.wait_for(lambda _: len(service.resets()) > 0)
        with closing(sqlite3.connect(bench.ledger, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM attempt").fetchall()
            done = ended(process)
            lost = stopped(service, done, "ledger-failed")
        assert lost <= 1, "no more than was in flight"
        bench.program = PROGRAM
        finishes(bench, service, unknown=lost)


# no way to write


def test_ledger_that_can_only_be_read_is_told_and_nothing_is_sent(bench: Bench) -> None:
    with small_disk(bench.folder / "disk", megabytes=16) as disk, faulty(bench) as service:
        bench.env["BATCHRESET_LEDGER"] = str(disk / "l.sqlite3")
        assert bench.run("run", sheet(bench.folder, SNS[:1], "first.xlsx"), "--yes").code == 0
        with read_only(disk):
            failed(bench.run("run", sheet(bench.folder, SNS), "--yes", "--json"), "ledger-not-writable")
            failed(bench.run("rerun", "--yes", "--json"), "ledger-not-writable")
            failed(bench.run("jobs", "--json"), "ledger-not-writable")
        assert len(service.resets()) == 1
        assert bench.run("run", sheet(bench.folder, SNS), "--yes").code == 0
        judge(bench, service, faultless=True)


IMPATIENT = """
import batchreset.ledger.file
batchreset.ledger.file.BUSY_TIMEOUT_S = 0.3
from batchreset.cli import main
main()
"""
"""The program as it is, but for how long it waits for a lock."""


@contextmanager
def locked(ledger: Path) -> Iterator[sqlite3.Connection]:
    """Another program is at it, and does not end."""
    with closing(sqlite3.connect(ledger, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other


def test_ledger_locked_by_another_program_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, (sys.executable, "-W", "error", "-c", IMPATIENT))
    with faulty(bench) as service:
        assert bench.run("run", sheet(bench.folder, SNS[:1], "first.xlsx"), "--yes").code == 0
        site = sheet(bench.folder, SNS)
        with locked(bench.ledger):
            failed(bench.run("run", site, "--yes", "--json"), "ledger-locked")
            failed(bench.run("rerun", "--yes", "--json"), "ledger-locked")
        assert len(service.resets()) == 1
        assert bench.run("run", site, "--yes").code == 0
        judge(bench, service, faultless=True)


@pytest.mark.parametrize("until_it_stops", [True, False])
def test_ledger_locked_in_mid_run_stops_it_and_what_cannot_be_kept_is_unknown(
    tmp_path: Path, until_it_stops: bool
) -> None:
    bench = Bench(tmp_path, (sys.executable, "-W", "error", "-c", IMPATIENT))
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        process = running(bench, service)
        with locked(bench.ledger) as other:
            if until_it_stops:
                until(lambda: is_stopping(bench))
                other.execute("ROLLBACK")
            done = ended(process)
        lost = stopped(service, done, "ledger-locked")
        assert lost == 0 if until_it_stops else 0 < lost <= 4
        finishes(bench, service, unknown=lost)


# gone


@pytest.mark.parametrize("what", ["moved away", "replaced"])
def test_ledger_that_is_gone_in_mid_run_stops_it_and_can_be_put_back(bench: Bench, what: str) -> None:
    with faulty(bench, HELD) as service:
        process = running(bench, service)
        kept = bench.ledger.with_name("kept")
        if what == "moved away":
            bench.ledger.rename(kept)
        else:
            os.link(bench.ledger, kept)
            stranger = bench.ledger.with_name("stranger")
            shutil.copyfile(bench.ledger, stranger)
            stranger.replace(bench.ledger)
        done = ended(process)
        kept.replace(bench.ledger)
        lost = stopped(service, done, "ledger-gone")
        assert lost <= 4, "no more than was in flight"
        finishes(bench, service, unknown=lost)


# the reports


def test_full_disk_of_the_reports_costs_the_files_and_not_the_record(bench: Bench) -> None:
    with small_disk(bench.folder / "output", megabytes=16) as disk, faulty(bench, HELD) as service:
        process = running(bench, service)
        with full(disk):
            done = ended(process)
            found = done.object
            assert (done.code, found["error"]["code"]) == (2, "output-not-writable"), done.err
            assert (found["files"], found["counts"]["succeeded"]) == ({}, len(SNS))
            assert found["job"] in found["error"]["hint"]
        again = bench.run("report", found["job"], "--json")
        assert (again.code, again.object["counts"]["succeeded"]) == (0, len(SNS)), again.err
        judge(bench, service, faultless=True)
