"""A scenario in which all is as it should be, and ways to spoil it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tests.invariants import check
from tests.invariants.values import (
    Evidence,
    Ledger,
    LedgerAttempt,
    LedgerRun,
    Report,
    ReportRow,
    ServiceCall,
)

NOW_S: Final = 1_800_000_000.0
HOUR_S: Final = 3600.0
DAY_S: Final = 86400.0


def call(request_id: str = "a1", sn: str = "T1", at_s: float = NOW_S, **fields: Any) -> ServiceCall:
    """A call that was processed, half a second after it came."""
    values: dict[str, Any] = {"processed": True, "processed_at_s": at_s + 0.5, "status": 200}
    return ServiceCall(request_id=request_id, sn=sn, received_at_s=at_s, **{**values, **fields})


def unprocessed(request_id: str = "a1", sn: str = "T1", at_s: float = NOW_S, **fields: Any) -> ServiceCall:
    """A call whose answer was lost, and that was not processed."""
    values: dict[str, Any] = {"processed": False, "processed_at_s": None, "status": None}
    return call(request_id, sn, at_s, **{**values, **fields})


def attempt(
    id_: str = "a1", state: str = "succeeded", at_s: float = NOW_S - 0.1, **fields: Any
) -> LedgerAttempt:
    """One of job J, run R, for terminal T1."""
    values: dict[str, Any] = {
        "seq": 1,
        "job": "J",
        "run": "R",
        "sn": "T1",
        "counts_from_s": at_s + 1,
        "settled_at_s": None if state == "open" else at_s + 1,
    }
    return LedgerAttempt(id=id_, state=state, opened_at_s=at_s, **{**values, **fields})


def run(id_: str = "R", **fields: Any) -> LedgerRun:
    return LedgerRun(**{"id": id_, "job": "J", **fields})


def row(status: str = "succeeded", sn: str = "T1", **fields: Any) -> ReportRow:
    values: dict[str, Any] = {"number": 2, "attempts": 1, "request_id": "a1"}
    return ReportRow(sn=sn, status=status, **{**values, **fields})


def report(*rows: ReportRow, **fields: Any) -> Report:
    """A report of job J that names just the rows it was to name."""
    values: dict[str, Any] = {
        "job": "J",
        "expected": [(one.number, one.sn) for one in rows],
        "made_at_s": NOW_S + 60,
    }
    return Report(rows=rows, **{**values, **fields})


def ledger(*attempts: LedgerAttempt, **fields: Any) -> Ledger:
    """These attempts, numbered in this order, by the runs they name."""
    numbered = [replace(one, seq=number) for number, one in enumerate(attempts, 1)]
    runs = {one.run: run(one.run, job=one.job) for one in attempts}
    return Ledger(numbered, **{"runs": runs, **fields})


def sound(**fields: Any) -> Evidence:
    """One row, sent once, processed once, and told so."""
    values: dict[str, Any] = {
        "calls": [call()],
        "ledger": ledger(attempt()),
        "reports": [report(row(), counts={"succeeded": 1})],
        "finished": True,
        "faultless": True,
        "rate": 5.0,
        "texts": {"run.log": "row 2 sn=T1 attempt=a1 succeeded http=200"},
        "hidden": ["secret-key", "+8613800138000"],
    }
    return Evidence(**{**values, **fields})


def broken(evidence: Evidence) -> set[str]:
    """The invariants that do not hold."""
    return {violation.invariant for violation in check(evidence)}
