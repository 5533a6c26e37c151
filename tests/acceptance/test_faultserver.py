"""The real program against the fault server: its report is held against the log of an outside witness."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.acceptance.cli import Bench, faulty, results, sheet

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
    with faulty(bench, faults(), unknown=["*17"]) as service:
        options = ("--yes", "--json", "--timeout", "1", "--concurrency", "16")
        done = bench.run("run", sheet(bench.folder, SNS), *options)
        calls = service.resets()
        others = [call for call in service.log() if call.endpoint == "other"]

    assert done.code == 1, done.err
    rows = results(bench, done.object["job"])
    assert set(rows) == set(SNS), "a row was lost"
    processed = Counter(call.sn for call in calls if call.processed)
    assert set(processed.values()) == {1}, "a terminal was reset twice"
    for sn, row in rows.items():
        statuses = [call.status for call in calls if call.sn == sn]
        if row["Result"] == "succeeded":
            assert processed[sn] == 1, row
        if row["Result"] in ("failed", "waiting", "not_sent"):
            assert processed[sn] == 0, row
        if row["Result"] == "not_sent":
            assert set(statuses) <= FREE, row
        assert all(status in FREE for status in statuses[:-1]), (
            "sent again after a call that may have counted"
        )
    last = {call.sn: call.request_id for call in calls}
    assert {sn: rows[sn]["Request ID"] for sn in last} == last, "the last call is not the one reported"
    assert len({call.request_id for call in calls}) == len(calls), "two calls of one id"
    assert {call.method for call in others} <= {"HEAD"}, "something else was asked for"
    met = {call.fault for call in calls}
    assert met == {"", *(fault["kind"] for fault in faults())}, "a kind of fault was not met"
    assert {row["Result"] for row in rows.values()} >= {"succeeded", "failed", "unknown"}
