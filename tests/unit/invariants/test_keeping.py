"""I7, I8 and I10 to I12: each finds the case it is for, and no other one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants import check
from tests.unit.invariants.build import (
    DAY_S,
    NOW_S,
    attempt,
    broken,
    call,
    ledger,
    report,
    row,
    run,
    sound,
    unprocessed,
)


@pytest.mark.parametrize(
    "told",
    [
        report(row(), expected=[(2, "T1"), (3, "T2")]),
        report(row(), row(number=9, sn="T9", status="invalid", request_id=None), expected=[(2, "T1")]),
        report(row(), row(), expected=[(2, "T1")]),
        report(row(), counts={"succeeded": 2}),
        report(row(), counts={"succeeded": 1, "failed": 1}),
        report(row("lost")),
        report(row(attempts=0)),
        report(row(request_id="another")),
        report(row("failed")),
        report(row("not_sent")),
        report(row("unknown")),
        report(row("recent")),
    ],
    ids=[
        "a row lost",
        "a row too many",
        "a row twice",
        "totals too high",
        "totals of what is not there",
        "no such status",
        "calls not told",
        "a call the ledger has not",
        "succeeded told as failed",
        "succeeded told as not sent",
        "succeeded told as unknown",
        "succeeded told as recent",
    ],
)
def test_i7_when_a_report_differs_from_sheet_or_ledger_finds_it(told: Any) -> None:
    assert "I7" in broken(sound(reports=[told], faultless=False))


@pytest.mark.parametrize(
    ("status", "attempts", "wrong"),
    [
        ("unknown", [attempt(state="unknown")], False),
        ("unknown", [attempt(state="open")], False),
        ("unknown", [attempt(state="unknown", resolved="retried")], False),
        ("unknown", [attempt(state="unknown", resolved="not_arrived")], True),
        ("unknown", [attempt(state="refused")], True),
        ("unknown", [attempt(state="unknown"), attempt("a2", job="K", run="R2")], False),
        ("unknown", [attempt(state="refused"), attempt("a2", "open", job="K", run="R2")], False),
        ("not_sent", [attempt(state="unknown")], True),
        ("not_sent", [attempt(state="open")], True),
        ("not_sent", [attempt(state="unprocessed")], False),
        ("not_sent", [attempt(state="unknown", at_s=NOW_S - 11 * DAY_S)], False),
        ("failed", [attempt(state="refused")], False),
        ("failed", [attempt(state="unprocessed")], True),
        ("failed", [attempt(state="refused"), attempt("a2", job="K", run="R2")], False),
        ("recent", [attempt(state="refused"), attempt("a2", job="K", run="R2")], False),
        ("recent", [attempt(state="refused"), attempt("a2", "unknown", job="K", run="R2")], True),
        ("succeeded", [attempt(state="unknown", resolved="arrived")], False),
        ("succeeded", [attempt(state="unprocessed")], True),
        ("waiting", [attempt(state="refused")], False),
        ("invalid", [attempt(state="succeeded")], False),
    ],
)
def test_i7_holds_each_status_against_what_the_ledger_has(
    status: str, attempts: list[Any], wrong: bool
) -> None:
    found = broken(sound(calls=[], ledger=ledger(*attempts), reports=[report(row(status))], finished=False))
    assert ("I7" in found) is wrong


def test_i7_when_a_row_is_a_duplicate_wants_no_calls_of_its_own() -> None:
    rows = row(), row("duplicate", number=3, attempts=0, request_id=None)
    assert broken(sound(reports=[report(*rows)])) == set()


def test_i8_when_an_intent_is_open_after_all_runs_finds_it() -> None:
    evidence: dict[str, Any] = {
        "calls": [],
        "ledger": ledger(attempt(state="open"), runs={"R": run(ended=False)}),
        "reports": [],
    }
    assert broken(sound(**evidence)) == {"I8"}
    assert broken(sound(**evidence, finished=False)) == set()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({}, True), ({"exit_code": 6}, True), ({"exit_code": 5}, False), ({"ended": False}, False)],
    ids=["ended", "stopped by the service", "stopped by the ledger", "killed"],
)
def test_i8_when_a_run_that_ended_left_one_open_finds_it(fields: dict[str, Any], wrong: bool) -> None:
    kept = ledger(attempt(state="open"), runs={"R": run(**fields)})
    assert ("I8" in broken(sound(calls=[], ledger=kept, reports=[], finished=False))) is wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("all is well", False),
        ("signed with Secret-Key", True),
        ("to +8613800138000", True),
        ("to +86138****8000", False),
    ],
)
def test_i10_when_a_log_tells_a_secret_or_a_contact_finds_it(text: str, wrong: bool) -> None:
    assert ("I10" in broken(sound(texts={"run.log": f"…\n{text}\n…"}))) is wrong


def test_i11_when_a_record_was_changed_finds_it() -> None:
    assert broken(sound(ledger=ledger(attempt(), broken=["attempt 1"]))) == {"I11"}


def test_i12_when_a_rerun_without_faults_leaves_rows_to_send_finds_them() -> None:
    evidence: dict[str, Any] = {
        "calls": [unprocessed(status=429)],
        "ledger": ledger(attempt(state="unprocessed")),
        "reports": [report(row("not_sent"))],
    }
    assert broken(sound(**evidence)) == {"I12"}
    assert broken(sound(**evidence, faultless=False)) == set()


def test_violations_name_terminal_and_evidence() -> None:
    (violation,) = check(sound(calls=[call(), call("x", "T9")]))
    assert violation.sn == "t9"
    assert str(violation) == "I1: a call was received that the ledger does not know [T9 x]"
