"""`watch` from outside: what falls due is sent, nothing twice, and a signal ends it well."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import pytest

from tests.acceptance.cli import PROGRAM, Bench, ended, results, sheet, simulator, until
from tests.acceptance.test_notify import receiver

SNS = [f"21023113374{n:09d}" for n in range(4)]
SHORT = {
    "BATCHRESET_QUOTA_CALLS": "1",
    "BATCHRESET_QUOTA_WINDOW_HOURS": "0.0125",
    "BATCHRESET_QUOTA_MARGIN_MINUTES": "0.02",
}
"""One call in about 46 seconds: enough for two commands on a busy machine."""


@contextmanager
def watching(bench: Bench, *args: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A watch whose talk goes into a file; it is ended if a test has not."""
    log = bench.folder / "watch.log"
    with log.open("w") as talk:
        process = started(bench, talk, *args)
        try:
            yield process, log
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()


def started(bench: Bench, talk: IO[str], *args: str) -> subprocess.Popen[str]:
    """Its stderr is a file: a watch talks for long, and nobody reads a pipe meanwhile."""
    return subprocess.Popen(
        [*PROGRAM, "watch", *args],
        cwd=bench.folder,
        env=bench.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=talk,
        text=True,
    )


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[int, str]:
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_watch_sends_what_falls_due_once_and_a_signal_ends_it_with_130(bench: Bench) -> None:
    with simulator(bench) as service:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "2").object["job"]
        with watching(bench, "--yes", "--json", "--every", "1", "--pause", "0.2") as (process, log):
            until(lambda: len(service.log()) == 4)
            until(lambda: "Sleeping until" in log.read_text() and "4 succeeded" in log.read_text())
            code, out = stop(process)
        assert code == 130
        assert f'"job": "{job}"' in out
        assert "Stopped watching." in log.read_text()
        assert "Traceback" not in log.read_text()
        assert sorted(call["sn"] for call in service.log()) == SNS
        assert {row["Result"] for row in results(bench, job).values()} == {"succeeded"}


def test_watch_waits_until_the_quota_frees_and_then_sends(bench: Bench) -> None:
    bench.env.update(SHORT, BATCHRESET_FRESHNESS_DAYS="0")
    with simulator(bench) as service:
        assert bench.run("run", sheet(bench.folder, SNS), "--yes").code == 0
        done = bench.run("run", sheet(bench.folder, SNS, "again.xlsx"), "--yes", "--json")
        assert done.object["counts"]["waiting"] == 4, done.err
        assert re.search(r"^Waiting   4 rows, (until|from) ", done.err, re.MULTILINE)
        with watching(bench, "--yes", "--every", "600", "--pause", "0.2") as (process, log):
            until(lambda: len(service.log()) == 8)
            until(lambda: "4 succeeded" in log.read_text())
            assert "the next rows fall due then" in log.read_text()
            assert stop(process, signal.SIGINT)[0] == 130
        assert {row["Result"] for row in results(bench, done.object["job"]).values()} == {"succeeded"}


def test_watch_tries_again_when_the_service_is_back(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "status-before"\non = "auth"\nstatus = 401\n') as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
        assert done.code == 6, done.err
        args = ("--yes", "--every", "600", "--pause", "1")
        with watching(bench, *args) as (process, log):
            until(lambda: "the last try got nowhere" in log.read_text())
            service.post("faults", "")
            until(lambda: "4 succeeded" in log.read_text())
            assert stop(process)[0] == 130
        assert {row["Result"] for row in results(bench, done.object["job"]).values()} == {"succeeded"}


def test_watch_that_gets_nowhere_notifies_once_and_names_all_files(bench: Bench) -> None:
    with simulator(bench, f'[[fault]]\nkind = "gateway"\nsn = "{SNS[0]}"\n') as service, receiver() as hook:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json").object["job"]
        with watching(bench, "--yes", "--pause", "0.1", "--notify", hook.url) as (process, log):
            until(lambda: log.read_text().count("the last try got nowhere") >= 2)
            service.post("faults", "")
            until(lambda: "4 succeeded" in log.read_text())
            code, out = stop(process)
    assert code == 130
    assert [json.loads(body)["counts"]["succeeded"] for _, _, body in hook.got] == [3, 4]
    named = {Path(line.strip()).name for line in out.splitlines() if f"output/{job}/" in line}
    assert named == {"results.xlsx", "todo.xlsx", "handoff.html", "handoff.xlsx", "summary.json"}


def test_watch_interrupted_in_mid_run_drains_and_writes_the_reports(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "slow"\nseconds = 0.5\n') as service:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "1").object["job"]
        with watching(bench, "--yes", "--pause", "0.1", "--concurrency", "1") as (process, _):
            until(lambda: len(service.log()) == 2)
            assert stop(process, signal.SIGINT)[0] == 130
        told = [row["Result"] for row in results(bench, job).values()]
        assert told.count("succeeded") == len(service.log())
        assert told.count("unknown") == 0


def test_second_watch_is_told_who_holds_the_ledger_and_ends_with_5(bench: Bench) -> None:
    with simulator(bench), watching(bench, "--yes") as (process, log):
        until(lambda: "Sleeping until" in log.read_text())
        done = bench.run("watch", "--yes", "--json")
        assert (done.code, done.object["error"]["code"]) == (5, "watch-held")
        assert str(process.pid) in done.object["error"]["message"]
        process.kill()
        process.wait()
        with watching(bench, "--yes") as (after, _):
            until(lambda: "Sleeping until" in log.read_text())
            assert stop(after)[0] == 130


def test_watch_sends_nothing_outside_its_window(bench: Bench) -> None:
    with simulator(bench) as service:
        bench.run("run", sheet(bench.folder, SNS), "--yes", "--only-first", "1")
        hour = (datetime.now(UTC).hour + 12) % 24
        span = f"{hour:02}:00-{hour:02}:59"
        with watching(bench, "--yes", "--every", "1", "--window", span, "--tz", "UTC") as (process, log):
            until(lambda: "the send window opens then" in log.read_text())
            assert stop(process)[0] == 130
        assert len(service.log()) == 1


def test_watch_that_nobody_confirmed_ends_with_4_and_one_at_a_terminal_is_asked_once(bench: Bench) -> None:
    with simulator(bench) as service:
        bench.run("run", sheet(bench.folder, SNS), "--yes", "--only-first", "1")
        assert bench.run("watch").code == 4
        parent, child = pty.openpty()
        os.write(parent, b"watch\n")
        process = bench.start("watch", "--pause", "0.1", stdin=child)
        service.wait_for(lambda log: len(log) == 4)
        process.send_signal(signal.SIGINT)
        done = ended(process)
        os.close(parent)
        os.close(child)
        assert done.code == 130
        assert done.err.count("Type watch") == 1


@pytest.mark.parametrize(
    ("option", "code"),
    [
        (("--window", "8-18"), "window-option"),
        (("--window", "08:00-25:00"), "window-option"),
        (("--tz", "Mars/Olympus"), "tz-option"),
        (("--cron", "every day"), "cron-expression"),
        (("--cron", "0 0 30 2 *"), "cron-expression"),
    ],
)
def test_watch_with_an_option_that_cannot_be_read_ends_with_2(
    bench: Bench, option: tuple[str, ...], code: str
) -> None:
    done = bench.run("watch", "--yes", "--json", *option)
    assert (done.code, done.object["error"]["code"]) == (2, code), done.err
    assert "unpack" not in done.err, "what Python says of it is no word for an operator"
