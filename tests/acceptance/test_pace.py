"""The pace, as the service sees it: its own log judges, not a clock of ours."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from tests.acceptance.cli import Bench, ended, faulty, heard_until, results, sheet, simulator
from tests.acceptance.witnesses import judge

HIDDEN = """
[assumptions]
rate_calls = 25
rate_per = "second"
rate_headers = false
rate_words = false
"""


def times(log: Sequence[dict[str, Any]]) -> list[float]:
    return [datetime.fromisoformat(call["at"]).timestamp() for call in log]


def test_run_when_the_service_hides_a_lower_rate_then_finds_it_and_sends_every_row(bench: Bench) -> None:
    bench.env["BATCHRESET_RATE"] = "200"
    sns = [f"SN{n:04d}" for n in range(250)]
    with simulator(bench, HIDDEN) as service:
        done = bench.run("run", sheet(bench.folder, sns), "--yes", "--json", "--accept", "more-rows")
        log = service.log()
    assert done.code == 0, done.err
    assert done.object["counts"]["succeeded"] == 250
    assert {row["Result"] for row in results(bench, done.object["job"]).values()} == {"succeeded"}
    at = times(log)
    later = [call["status"] == 429 for call, when in zip(log, at, strict=True) if when > at[0] + 3]
    assert sum(later) <= len(later) / 10
    assert sum(call["status"] == 429 for call in log) > 0, "the rate was never met"
    assert "at most" in done.err


def test_run_when_the_service_tells_its_rate_then_it_is_kept_without_a_single_429(bench: Bench) -> None:
    bench.env |= {"BATCHRESET_RATE": "100", "BATCHRESET_CONCURRENCY": "4"}
    with simulator(bench, "[assumptions]\nrate_calls = 20\nrate_per = 'second'\n") as service:
        done = bench.run("run", sheet(bench.folder, [f"SN{n}" for n in range(60)]), "--yes", "--json")
        log = service.log()
    assert done.code == 0, done.err
    assert [call["status"] for call in log] == [200] * 60


def test_run_at_a_steady_rate_no_second_has_more_than_rate_and_one(bench: Bench) -> None:
    bench.env["BATCHRESET_RATE"] = "40"
    with faulty(bench) as service:
        done = bench.run("run", sheet(bench.folder, [f"SN{n}" for n in range(120)]), "--yes", "--json")
        judge(bench, service, rate=40)
        at = [call.received_monotonic_s for call in service.resets()]
    assert done.code == 0, done.err
    assert max(sum(first <= other < first + 1 for other in at) for first in at) <= 41


def throttled_once(retry_after: str) -> list[dict[str, Any]]:
    return [{"kind": "throttle", "times": 1, "retry_after": retry_after}]


@pytest.mark.parametrize(("retry_after", "least_s"), [("2", 2), ("date+3", 2)])  # a date is in whole seconds
def test_run_when_a_429_names_a_time_then_nobody_calls_before_it(
    bench: Bench, retry_after: str, least_s: float
) -> None:
    with faulty(bench, throttled_once(retry_after)) as service:
        done = bench.run(
            "run", sheet(bench.folder, ["SN1", "SN2", "SN3"]), "--yes", "--json", "--concurrency", "1"
        )
        at = [call.received_monotonic_s for call in service.resets()]
    assert done.code == 0, done.err
    assert len(at) == 4
    assert at[1] - at[0] >= least_s - 0.2
    assert "HTTP 429" in done.err


@pytest.mark.parametrize("retry_after", ["99999999", "date+9999999"])
def test_run_when_a_429_names_an_absurd_time_then_the_pause_is_five_minutes(
    bench: Bench, retry_after: str
) -> None:
    with faulty(bench, throttled_once(retry_after)) as service:
        process = bench.start("run", sheet(bench.folder, ["SN1"]), "--yes")
        heard_until(process, "asks for a pause of 5 min")
        process.send_signal(signal.SIGINT)
        done = ended(process)
        assert len(service.resets()) == 1
    assert done.code == 130
