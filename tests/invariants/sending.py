"""I1 to I6 and I9: what left, against what the ledger and the reports make of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.invariants.values import Evidence, LedgerAttempt, Report, ReportRow, ServiceCall, Violation


def i1_intent_before_call(evidence: Evidence) -> Iterator[Violation]:
    """I1: every call received has an intent that was durable before; one of its own."""
    attempts = evidence.ledger.by_id()
    seen = Counter(call.request_id for call in evidence.calls)
    for call in evidence.calls:
        what = _wrong_intent(call, attempts.get(call.request_id), evidence.clock_error_s)
        if what is None and seen[call.request_id] > 1:
            what = f"one intent, {seen[call.request_id]} calls"
        if what is not None:
            yield Violation("I1", what, f"{call.sn} {call.request_id}", call.key)


def _wrong_intent(call: ServiceCall, intent: LedgerAttempt | None, clock_error_s: float) -> str | None:
    if intent is None:
        return "a call was received that the ledger does not know"
    if intent.key != call.key:
        return f"the intent was for another terminal, {intent.sn}"
    if call.intent_seen is False:
        return "the intent was not in the ledger when the call came"
    if intent.opened_at_s > call.received_at_s + clock_error_s:
        return f"the intent is {intent.opened_at_s - call.received_at_s:.1f} s younger than the call"
    return None


def i2_succeeded_was_processed(evidence: Evidence) -> Iterator[Violation]:
    """I2: succeeded ⇒ processed; or a person has said that the code arrived."""
    processed = {call.request_id for call in evidence.calls if call.processed}
    for attempt in evidence.ledger.attempts:
        if attempt.state == "succeeded" and attempt.id not in processed:
            yield Violation("I2", "kept as succeeded, never processed", _of(attempt), attempt.key)
    own = _by_job_and_terminal(evidence)
    for report, row in _rows(evidence, "succeeded"):
        if not any(a.id in processed or a.resolved == "arrived" for a in own[report.job, row.key]):
            yield Violation("I2", "told as succeeded, never processed", _told(report, row), row.key)


def i3_not_sent_was_not_processed(evidence: Evidence) -> Iterator[Violation]:
    """I3: not_sent ⇒ never received, or refused unprocessed; or given over (`_given_over`)."""
    calls = {call.request_id: call for call in evidence.calls}
    for attempt in evidence.ledger.attempts:
        call = calls.get(attempt.id)
        if attempt.state == "unprocessed" and call is not None and not call.proven_unprocessed:
            what = "processed" if call.processed else f"received, and HTTP {call.status} proves nothing"
            yield Violation("I3", f"kept as never sent, but {what}", _of(attempt), attempt.key)
    own = _by_job_and_terminal(evidence)
    for report, row in _rows(evidence, "not_sent"):
        for attempt in own[report.job, row.key]:
            call = calls.get(attempt.id)
            if call and call.processed and not _given_over(attempt, report.made_at_s, evidence):
                yield Violation("I3", "told as not sent, but processed", _told(report, row), row.key)


def i4_failed_was_not_processed(evidence: Evidence) -> Iterator[Violation]:
    """I4: failed ⇒ not processed; save by an earlier call that was given over (`_given_over`)."""
    processed = {call.request_id for call in evidence.calls if call.processed}
    for attempt in evidence.ledger.attempts:
        if attempt.state == "refused" and attempt.id in processed:
            yield Violation("I4", "kept as refused, but processed", _of(attempt), attempt.key)
    own = _by_job_and_terminal(evidence)
    for report, row in _rows(evidence, "failed"):
        for attempt in own[report.job, row.key]:
            if attempt.id in processed and not _given_over(attempt, report.made_at_s, evidence):
                yield Violation("I4", "told as failed, but processed", _told(report, row), row.key)


def i5_quota_is_kept(evidence: Evidence) -> Iterator[Violation]:
    """I5: at most 5 possibly processed calls a terminal in every rolling 24 h."""
    times: dict[str, list[float]] = defaultdict(list)
    for call in evidence.calls:
        if not call.proven_unprocessed:
            times[call.key].append(call.counts_at_s)
    most = evidence.quota_calls
    for key, at in times.items():
        at.sort()
        for first, over in zip(at, at[most:], strict=False):
            if over - first < evidence.quota_window_s:
                within = f"{most + 1} calls within {(over - first) / 3600:.2f} h"
                yield Violation("I5", "the quota was exceeded", f"{key}: {within} up to {over:.0f}", key)
                break


def i6_nothing_twice(evidence: Evidence) -> Iterator[Violation]:
    """I6: at most one processed call per job and terminal unless a person asked for more.

    A person does by saying that no code arrived or by `--retry-unknown`; and a lost answer blocks for
    the freshness window only (CONTRACT.md).
    """
    processed = {call.request_id for call in evidence.calls if call.processed}
    for (job, key), attempts in _by_job_and_terminal(evidence).items():
        done = [place for place, attempt in enumerate(attempts) if attempt.id in processed]
        for first, second in pairwise(done):
            before, later = attempts[first], attempts[first + 1 : second + 1]
            if not any(_asked_again(before, after, evidence) for after in later):
                what = f"{_of(before)}, then {_of(attempts[second])}"
                yield Violation("I6", "reset twice in one job", f"{key} in {job}: {what}", key)


def _asked_again(before: LedgerAttempt, after: LedgerAttempt, evidence: Evidence) -> bool:
    run = evidence.ledger.runs.get(after.run)
    if before.state != "unknown" or before.run == after.run:
        return False
    if before.resolved == "not_arrived" or (run is not None and run.retry_unknown):
        return True
    return after.opened_at_s - before.counts_from_s >= evidence.freshness_s


def i9_rate_is_kept(evidence: Evidence) -> Iterator[Violation]:
    """I9: worst second ≤ 1.1 × the rate, worst ten seconds ≤ 1.02 ×; of each run.

    A window of one second that begins with a call holds rate + 1 even of perfectly even ones, so a
    call more than the rate is never too many.
    """
    rate = evidence.rate
    if not rate:
        return
    attempts = evidence.ledger.by_id()
    times: dict[str, list[float]] = defaultdict(list)
    for call in evidence.calls:
        run = attempts[call.request_id].run if call.request_id in attempts else "?"
        if run not in evidence.stopped:
            times[run].append(call.received_at_s if call.steady_s is None else call.steady_s)
    for run, at in times.items():
        at.sort()
        for seconds, slack in ((1.0, 1.1), (10.0, 1.02)):
            most = max(rate * seconds * slack, rate * seconds + 1)
            worst = _most_within(at, seconds)
            if worst > most:
                yield Violation("I9", f"{worst} calls in {seconds:g} s at a rate of {rate:g}", f"run {run}")


def _most_within(at: Sequence[float], seconds: float) -> int:
    """The most of these ascending times in any span of so many seconds."""
    return max((bisect_right(at, first + seconds) - place for place, first in enumerate(at)), default=0)


def _given_over(attempt: LedgerAttempt, now_s: float, evidence: Evidence) -> bool:
    """Whether a row may be told without regard to a lost answer.

    A person has said that no code came, or had it sent again; or its blocking has run out.
    """
    if attempt.state != "unknown" or attempt.resolved == "arrived":
        return False
    return attempt.resolved is not None or now_s - attempt.counts_from_s >= evidence.freshness_s


def _rows(evidence: Evidence, status: str) -> Iterator[tuple[Report, ReportRow]]:
    for report in evidence.reports:
        yield from ((report, row) for row in report.rows if row.status == status)


def _by_job_and_terminal(evidence: Evidence) -> defaultdict[tuple[str, str], list[LedgerAttempt]]:
    found: defaultdict[tuple[str, str], list[LedgerAttempt]] = defaultdict(list)
    for attempt in sorted(evidence.ledger.attempts, key=lambda attempt: attempt.seq):
        found[attempt.job, attempt.key].append(attempt)
    return found


def _of(attempt: LedgerAttempt) -> str:
    return f"{attempt.sn} {attempt.id} {attempt.state} opened {attempt.opened_at_s:.0f}"


def _told(report: Report, row: ReportRow) -> str:
    return f"row {row.number} {row.sn} of {report.job}"
