"""I7, I8 and I10 to I12: what is kept and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tests.invariants.values import Evidence, Ledger, LedgerAttempt, Report, ReportRow, Violation

STATUSES: Final = frozenset(
    ("succeeded", "failed", "unknown", "not_sent", "waiting", "invalid", "duplicate", "recent")
)
_UNSENT: Final = frozenset({"invalid", "duplicate"})
"""Rows that need not tell of what was sent to their terminal."""
_LEDGER_FAILED: Final = 5


def i7_every_row_once(evidence: Evidence) -> Iterator[Violation]:
    """I7: every input row exactly once in the report; totals add up; report = ledger."""
    for report in evidence.reports:
        yield from _rows_lost(report)
        yield from _totals(report)
        histories = evidence.ledger.by_terminal()
        for row in report.rows:
            history = histories.get(row.key, [])
            for what in _against_ledger(row, report, history, evidence.freshness_s):
                yield Violation("I7", what, f"row {row.number} {row.sn} of {report.job}", row.key)


def _rows_lost(report: Report) -> Iterator[Violation]:
    expected = Counter(report.expected)
    found = Counter((row.number, row.sn) for row in report.rows)
    for number, sn in expected - found:
        yield Violation("I7", "a row of the sheet is not in the report", f"row {number} {sn}", sn.casefold())
    for number, sn in found - expected:
        yield Violation("I7", "a row too many in the report", f"row {number} {sn}", sn.casefold())


def _totals(report: Report) -> Iterator[Violation]:
    counted = Counter(row.status for row in report.rows)
    for status in sorted({*counted} - STATUSES):
        yield Violation("I7", f"no such status: {status}", report.job)
    if report.counts is not None and +Counter(dict(report.counts)) != counted:
        yield Violation("I7", "the totals differ from the rows", f"{dict(report.counts)}, {dict(counted)}")


def _against_ledger(
    row: ReportRow, report: Report, history: Sequence[LedgerAttempt], freshness_s: float
) -> Iterator[str]:
    own = [attempt for attempt in history if attempt.job == report.job]
    if row.request_id is not None and all(attempt.id != row.request_id for attempt in history):
        yield f"the ledger has no call {row.request_id} to this terminal"
    if row.status in _UNSENT:
        return
    if row.attempts != len(own):
        yield f"{row.attempts} calls told, {len(own)} in the ledger"
    if (row.status == "succeeded") != any(attempt.confirmed for attempt in own):
        yield f"told as {row.status}, in the ledger {[attempt.state for attempt in own]}"
    wrong = _UNLIKE.get(row.status)
    telling = [attempt for attempt in history if attempt.state != "unprocessed"]
    if wrong is not None and wrong(telling, own, report.made_at_s - freshness_s):
        yield f"told as {row.status}, in the ledger {[(a.state, a.resolved) for a in telling]}"


def _is_lost(attempt: LedgerAttempt) -> bool:
    return attempt.state in ("open", "unknown") and not attempt.settled_by_hand


def _unlike_unknown(telling: Sequence[LedgerAttempt], own: Sequence[LedgerAttempt], _since_s: float) -> bool:
    last_own = [attempt for attempt in telling if attempt in own][-1:]
    return not any(map(_is_lost, [*telling[-1:], *last_own]))


def _unlike_not_sent(telling: Sequence[LedgerAttempt], own: Sequence[LedgerAttempt], since_s: float) -> bool:
    last_own = [attempt for attempt in telling if attempt in own][-1:]
    return any(_is_lost(last) and last.counts_from_s > since_s for last in [*telling[-1:], *last_own])


def _unlike_failed(telling: Sequence[LedgerAttempt], own: Sequence[LedgerAttempt], _since_s: float) -> bool:
    told = [attempt for attempt in own if attempt in telling]
    return not told or told[-1].state != "refused"


def _unlike_recent(telling: Sequence[LedgerAttempt], own: Sequence[LedgerAttempt], _since_s: float) -> bool:
    return not any(attempt.confirmed for attempt in telling if attempt not in own)


_UNLIKE: Final[dict[str, Callable[[Sequence[LedgerAttempt], Sequence[LedgerAttempt], float], bool]]] = {
    "unknown": _unlike_unknown,
    "not_sent": _unlike_not_sent,
    "failed": _unlike_failed,
    "recent": _unlike_recent,
}
"""What a status can't stand for: (the terminal's calls that may have been processed, all calls of the
job to it, since when a lost answer blocks)."""


def i8_nothing_left_open(evidence: Evidence) -> Iterator[Violation]:
    """I8: no open intent after a finished run; but for one that the ledger itself has stopped."""
    for attempt in evidence.ledger.attempts:
        if attempt.state == "open" and (evidence.finished or _has_ended(attempt.run, evidence.ledger)):
            yield Violation("I8", "left open", f"{attempt.sn} {attempt.id} of run {attempt.run}", attempt.key)


def _has_ended(run_id: str, ledger: Ledger) -> bool:
    run = ledger.runs.get(run_id)
    return run is not None and run.ended and run.exit_code != _LEDGER_FAILED


def i10_nothing_told(evidence: Evidence) -> Iterator[Violation]:
    """I10: no secret, code or full contact in any log."""
    for name, text in evidence.texts.items():
        low = text.casefold()
        for hidden in evidence.hidden:
            place = low.find(hidden.casefold()) if hidden else -1
            if place >= 0:
                yield Violation("I10", f"{name} tells {hidden!r}", text[max(0, place - 60) : place + 60])


def i11_records_hold(evidence: Evidence) -> Iterator[Violation]:
    """I11: row checksums hold."""
    for record in evidence.ledger.broken:
        yield Violation("I11", "a record is not what was written", record)


def i12_nothing_left_to_send(evidence: Evidence) -> Iterator[Violation]:
    """I12: with faults off a re-run leaves nothing planned; what waits for its quota may."""
    if not evidence.faultless:
        return
    for report in evidence.reports:
        for row in report.rows:
            if row.status == "not_sent":
                told = f"row {row.number} {row.sn} of {report.job}"
                yield Violation("I12", "still to be sent", told, row.key)
