"""Logs of the servers, as the checker reads them; and that it shares no code with what it judges."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from tests import invariants
from tests.faultserver.record import Call
from tests.invariants.adapters import from_fault_server, from_simulator
from tests.unit.test_imports import imported


def logged(**fields: Any) -> Call:
    values: dict[str, Any] = {
        "seq": 1,
        "endpoint": "reset",
        "number": 1,
        "connection": 1,
        "received_at_s": 100.0,
        "received_monotonic_s": 7.0,
        "method": "POST",
        "target": "/",
        "sn": "T1",
        "request_id": "a1",
        "complete": True,
    }
    return Call(**{**values, **fields})


def test_from_fault_server_takes_resets_with_times_and_fate() -> None:
    calls = [
        logged(processed=True, decided_at_s=101.0, status=200),
        logged(endpoint="login"),
        logged(processed=True, decided_at_s=101.0, status=200, complete=False),
    ]
    done, cut = from_fault_server(calls)
    assert (done.request_id, done.sn, done.received_at_s, done.steady_s) == ("a1", "T1", 100.0, 7.0)
    assert (done.processed, done.processed_at_s, done.status) == (True, 101.0, 200)
    assert cut.status is None, "what was not said to its end was no answer"


@pytest.mark.parametrize(
    ("injected", "status", "proven"),
    [
        (None, 401, True),
        ({"kind": "gateway"}, 503, True),
        ({"kind": "gateway", "code": "USG.000000002"}, 503, False),
        ({"kind": "status", "status": 502}, 502, False),
        ({"kind": "status", "status": 502, "code": "APIG.0202"}, 502, True),
        ({"kind": "throttle"}, 429, True),
        ({"kind": "html"}, 200, False),
    ],
)
def test_from_fault_server_knows_the_gateways_own_answers(
    injected: dict[str, Any] | None, status: int, proven: bool
) -> None:
    (one,) = from_fault_server([logged(injected=injected, status=status, decided_at_s=101.0)])
    assert one.proven_unprocessed is proven
    assert one.counts_at_s == 100.0


def test_from_simulator_reads_its_log_page() -> None:
    at = "2026-11-23T08:00:00+00:00"
    entry = {"at": at, "sn": "T1", "request_id": "a1", "fault": "reset-after", "code": ""}
    lost, refused = from_simulator(
        [
            {**entry, "processed": True, "processed_at": at, "status": "lost"},
            {**entry, "processed": False, "processed_at": None, "status": 503, "code": "APIG.0202"},
        ]
    )
    assert (lost.processed, lost.status, lost.counts_at_s) == (True, None, lost.received_at_s)
    assert refused.proven_unprocessed


def test_checker_shares_no_code_with_the_program() -> None:
    files = sorted(Path(str(invariants.__file__)).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        runs = [node for node in ast.parse(file.read_text("utf-8")).body if not isinstance(node, ast.If)]
        names = [name for node in runs for name in imported(node)]
        assert not [name for name in names if name.startswith("batchreset")], file.name
