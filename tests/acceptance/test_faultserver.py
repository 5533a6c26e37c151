"""The real program against the fault server: its report is held against the log of an outside witness."""

from __future__ import annotations

from typing import Any

from tests.acceptance.cli import Bench, faulty, sheet
from tests.acceptance.witnesses import judge

SNS = [f"2102310QPD10K{n:07d}" for n in range(500)]
FREE = {401, 429, 503}
"""Statuses injected here that prove a call unprocessed."""


def faults() -> list[dict[str, Any]]:
    """Each kind for 12 in 1000 calls, so that every third goes wrong, and all tokens out in mid-run."""
    lost: list[dict[str, Any]] = [
        *(
            {"kind": kind, "processed": done}
            for kind in ("stall", "reset", "close")
            for done in (False, True)
        ),
        *(
            {"kind": kind}
            for kind in ("cut", "cut-chunk", "bad-chunk", "garbage", "huge-header", "broken-json")
        ),
        *({"kind": "status", "status": status, "processed": True} for status in (408, 500, 504)),
        {"kind": "html"},
    ]
    plain: list[dict[str, Any]] = [
        *({"kind": "status", "status": status} for status in (400, 404, 409)),
        {"kind": "error-json"},
        {"kind": "gateway"},
        *({"kind": "natural", "date": date} for date in ("+90000", "-108000", "", "yesterday")),
    ]
    shares = [{**fault, "share": 0.012, "seed": seed} for seed, fault in enumerate([*lost, *plain])]
    out = {"kind": "expire-tokens", "first": 100, "every": 100}
    return [out, {"kind": "throttle", "first": 50, "times": 2, "retry_after": "1"}, *shares]


def test_run_against_every_fault_reports_what_the_service_knows_and_sends_nothing_twice(bench: Bench) -> None:
    with faulty(bench, faults(), unknown=["*17"], ledger=str(bench.ledger)) as service:
        options = ("--yes", "--json", "--timeout", "1", "--concurrency", "16")
        done = bench.run("run", sheet(bench.folder, SNS), *options)
        assert done.code == 1, done.err
        evidence = judge(bench, service)
        calls, others = service.resets(), {call.method for call in service.log() if call.endpoint == "other"}

    (report,) = evidence.reports
    last = {call.sn: call.request_id for call in calls}
    assert {row.sn: row.request_id for row in report.rows} == last, "the last call is not the one reported"
    for sn in SNS:
        before = [call.status for call in calls if call.sn == sn][:-1]
        assert {*before} <= FREE, "sent again after a call that may have counted"
    assert others <= {"HEAD"}, "something else was asked for"
    met = {call.fault for call in calls}
    assert met == {"", *(fault["kind"] for fault in faults())}, "a kind of fault was not met"
    assert {row.status for row in report.rows} >= {"succeeded", "failed", "unknown"}
