"""A run that is paused (SIGSTOP) lives and keeps its calls; one that is killed does not."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import Any

from tests.acceptance.cli import Bench, ended, faulty, kill, sheet
from tests.acceptance.witnesses import judge, lost_in_kills, open_attempts, write_reports
from tests.faultserver.process import ServedFaults

SNS = [f"2102310QPD13K{n:07d}" for n in range(9)]
IN_FLIGHT = 3
HELD = [{"kind": "natural", "wait_s": 0.4, "times": IN_FLIGHT}]


def paused(bench: Bench, service: ServedFaults, *options: str) -> subprocess.Popen[str]:
    """A run that was paused with calls in flight, which have been answered meanwhile."""
    run = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", "--concurrency", "3", *options)
    service.wait_for(lambda _: len(service.resets()) == IN_FLIGHT)
    run.send_signal(signal.SIGSTOP)
    service.wait_for(lambda _: all(call.ended for call in service.resets()))
    return run


def so_far(bench: Bench) -> dict[str, int]:
    """What the calls of the first job have come to, as `jobs` tells it, which looks for dead runs first."""
    job: dict[str, Any] = bench.run("jobs", "--json").object["jobs"][0]
    return dict(job["so_far"])


def state_of(bench: Bench, sn: str) -> str:
    (attempt,) = bench.run("history", sn, "--json").object["attempts"]
    return str(attempt["state"])


def test_paused_run_keeps_its_calls_from_others_and_takes_their_late_answers(bench: Bench) -> None:
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        run = paused(bench, service)
        assert so_far(bench) == {"open": IN_FLIGHT}
        assert state_of(bench, SNS[0]) == "open"
        other = bench.run("run", sheet(bench.folder, [SNS[0], SNS[8]], "other.xlsx"), "--yes", "--json")
        assert other.object["counts"] == {**other.object["counts"], "unknown": 1, "succeeded": 1}
        assert len(open_attempts(bench.ledger, in_use=True)) == IN_FLIGHT

        run.send_signal(signal.SIGCONT)
        done = ended(run)
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 8), done.err
        assert done.object["counts"]["recent"] == 1, "the other operator has reset it meanwhile"
        write_reports(bench)
        evidence = judge(bench, service, faultless=True)
    assert {attempt.state for attempt in evidence.ledger.attempts} == {"succeeded"}
    assert len(evidence.calls) == len(SNS)


def test_run_paused_for_longer_than_its_time_out_keeps_them_too_and_reads_what_has_come(bench: Bench) -> None:
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        run = paused(bench, service, "--timeout", "1")
        out_s = max(call.received_monotonic_s for call in service.resets()) + 1
        time.sleep(max(0.0, out_s - time.monotonic()))  # what is waited for is the time itself
        assert so_far(bench) == {"open": IN_FLIGHT}

        run.send_signal(signal.SIGCONT)
        done = ended(run)
        assert (done.code, done.object["counts"]["succeeded"]) == (0, len(SNS)), done.err
        evidence = judge(bench, service, faultless=True)
    assert len(evidence.calls) == len(SNS)


def test_killed_run_loses_its_calls_at_once_and_its_sheet_is_free(bench: Bench) -> None:
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        kill(paused(bench, service))
        left = set(open_attempts(bench.ledger))
        assert len(left) == IN_FLIGHT
        assert so_far(bench) == {"unknown": IN_FLIGHT}
        assert state_of(bench, SNS[0]) == "unknown"
        assert lost_in_kills(bench.ledger) == left
        done = bench.run("rerun", "--yes", "--json")
        assert done.code == 1, done.err
        assert done.object["counts"]["unknown"] == IN_FLIGHT
        assert done.object["counts"]["succeeded"] == len(SNS) - IN_FLIGHT
        judge(bench, service, faultless=True)
