"""Ctrl-C and SIGTERM, as a terminal, a service manager and a shutdown send them.

No test measures time: a stalled service keeps a call for 300 s, longer than any of them waits.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.cli import Bench, Done, ended, faulty, sheet, until
from tests.acceptance.witnesses import is_stopping, jobs_of, judge
from tests.invariants.values import Evidence

SNS = [f"2102310QPD14K{n:07d}" for n in range(40)]
SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
STALL = {"kind": "stall", "wait_s": 300}
FILES = {"results", "todo", "handoff", "summary"}


def states(evidence: Evidence) -> dict[str, int]:
    """The ledger's attempts by state."""
    return dict(Counter(attempt.state for attempt in evidence.ledger.attempts))


def interrupted(done: Done) -> dict[str, Any]:
    """What a run says that a signal has stopped: exit 130, and every file written, which all agree."""
    found = done.object
    assert (done.code, found["exit_code"], found["error"]["code"]) == (130, 130, "interrupted"), done.err
    assert {name for name, path in found["files"].items() if Path(path).is_file()} == FILES
    summary = json.loads(Path(found["files"]["summary"]).read_text("utf-8"))
    assert (summary["exit_code"], summary["counts"]) == (130, found["counts"])
    return {status: rows for status, rows in found["counts"].items() if rows}


@SIGNALS
def test_first_signal_takes_the_answers_in_flight_and_waits_for_none_beyond_the_time_out(
    bench: Bench, number: signal.Signals
) -> None:
    faults = [{**STALL, "times": 2}, {"kind": "natural", "wait_s": 1.5, "times": 2}]
    with faulty(bench, faults, ledger=str(bench.ledger)) as service:
        options = ("--concurrency", "4", "--timeout", "3")
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", *options)
        service.wait_for(lambda _: len(service.resets()) == 4)
        process.send_signal(number)
        done = ended(process)
        counts = interrupted(done)
        assert "calls in flight were waited for" in done.object["error"]["message"]
        assert counts == {"succeeded": 2, "unknown": 2, "not_sent": 36}
        evidence = judge(bench, service)
        assert len(evidence.calls) == 4, "no call left after the signal"


def test_second_signal_gives_the_calls_up_and_further_ones_leave_the_reports_alone(bench: Bench) -> None:
    with faulty(bench, [STALL], ledger=str(bench.ledger)) as service:
        options = ("--concurrency", "4", "--timeout", "250")
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", *options)
        service.wait_for(lambda _: len(service.resets()) == 4)
        process.send_signal(signal.SIGINT)
        until(lambda: is_stopping(bench))
        assert process.poll() is None, "the first one waits for the calls in flight"
        process.send_signal(signal.SIGTERM)
        until(lambda: any(bench.folder.glob("output/*/.results.*")) or process.poll() is not None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            process.send_signal(number)
        done = ended(process)
        assert interrupted(done) == {"unknown": 4, "not_sent": 36}
        assert "given up" in done.object["error"]["message"]
        assert states(judge(bench, service)) == {"unknown": 4}

        service.faults()
        done = bench.run("rerun", "--yes", "--json")
        assert (done.code, done.object["counts"]["succeeded"]) == (1, 36), done.err
        judge(bench, service, faultless=True)


@pytest.mark.parametrize(
    ("fault", "seen", "number"),
    [
        ({**STALL, "on": "login"}, "login", signal.SIGINT),
        ({"kind": "throttle", "retry_after": "250"}, "reset", signal.SIGTERM),
        ({"kind": "gateway", "headers": {"Retry-After": "250"}}, "reset", signal.SIGINT),
    ],
    ids=["during the login", "while the service throttles", "before a repeat"],
)
def test_signal_ends_every_other_wait_at_once(
    bench: Bench, fault: dict[str, Any], seen: str, number: signal.Signals
) -> None:
    with faulty(bench, [fault], ledger=str(bench.ledger)) as service:
        options = ("--concurrency", "2", "--timeout", "250")
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", *options)
        service.wait_for(lambda log: any(call.endpoint == seen for call in log))
        process.send_signal(number)
        assert interrupted(ended(process)) == {"not_sent": 40}
        assert set(states(judge(bench, service))) <= {"unprocessed"}


@SIGNALS
def test_signal_before_the_run_begins_ends_it_with_nothing_kept(bench: Bench, number: signal.Signals) -> None:
    with faulty(bench, [{**STALL, "on": "other"}], ledger=str(bench.ledger)) as service:
        site = sheet(bench.folder, SNS)
        process = bench.start("run", site, "--yes", "--json")
        service.wait_for(lambda log: len(log) > 0)  # the plan asks for the time
        process.send_signal(number)
        nothing_begun(bench, ended(process))

        service.faults()
        typing, terminal = pty.openpty()
        process = bench.start("run", site, "--json", stdin=terminal)
        wait_for_prompt(process)
        process.send_signal(number)
        done = ended(process)
        os.close(typing)
        os.close(terminal)
        nothing_begun(bench, done)
        assert service.resets() == []


STRUCK = """
import sys
sys.argv[1:] = ["jobs", "--json"]
import batchreset.cli, batchreset.cli.app as app
app.app = lambda **_: exec("import os; os.kill(os.getpid(), 2); [0 for _ in range(1000)]")
batchreset.cli.main()
"""


def test_signal_inside_of_an_exec_ends_with_the_documented_code_too(bench: Bench) -> None:
    """As named tuples are made, when modules are loaded: Python would end itself by the signal."""
    (bench.folder / "struck.py").write_text(STRUCK)
    bench.program = (sys.executable, "-m", "struck")
    done = bench.run()
    assert (done.code, done.object["error"]["code"]) == (130, "interrupted"), done.err


def nothing_begun(bench: Bench, done: Done) -> None:
    assert (done.code, done.object["exit_code"], done.object["error"]["code"]) == (130, 130, "interrupted")
    assert jobs_of(bench.ledger) == []


def wait_for_prompt(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    said = ""
    while "Type the number" not in said:
        part = process.stderr.read(1)
        assert part, said
        said += part
