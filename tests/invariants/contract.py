"""C1 and C2: what CONTRACT.md promises across jobs, "What a row came to"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.invariants.values import Evidence, Ledger, LedgerAttempt, Violation


def c1_lost_is_left_alone(evidence: Evidence) -> Iterator[Violation]:
    """C1: a terminal whose last attempt is an unsettled `unknown` stays so for every job.

    Until it is resolved, retried with `--retry-unknown`, or the freshness window has passed. A wish never
    reaches into its own run.
    """
    for before, after in _successive(evidence, "unprocessed"):
        if before.state == "unknown" and not _released(before, after, evidence):
            yield _violation("C1", "called though its last answer was lost", before, after)


def _released(before: LedgerAttempt, after: LedgerAttempt, evidence: Evidence) -> bool:
    if _settled_by_hand(before, after, evidence.ledger):
        return True
    run = evidence.ledger.runs.get(after.run)
    if run is not None and run.retry_unknown:
        return before.run != after.run
    return after.opened_at_s - before.counts_from_s >= evidence.freshness_s


def _settled_by_hand(lost: LedgerAttempt, before: LedgerAttempt, ledger: Ledger) -> bool:
    """Whether a person had settled it by then."""
    return any(said.attempt == lost.id and said.seq < before.seq for said in ledger.resolutions)


def c2_recent_is_left_alone(evidence: Evidence) -> Iterator[Violation]:
    """C2: a terminal whose code was confirmed and still lives is reset only with `--again`.

    And never by the job that has confirmed it.
    """
    for before, after in _successive(evidence, "unprocessed", "refused"):
        if not _confirmed_by_then(before, after, evidence.ledger):
            continue
        run = evidence.ledger.runs.get(after.run)
        lives = after.opened_at_s - before.counts_from_s < evidence.freshness_s
        if before.job == after.job or (lives and not (run is not None and run.again)):
            yield _violation("C2", "called though its code lives", before, after)


def _confirmed_by_then(attempt: LedgerAttempt, before: LedgerAttempt, ledger: Ledger) -> bool:
    if attempt.state == "succeeded":
        return True
    said = [one.said for one in ledger.resolutions if one.attempt == attempt.id and one.seq < before.seq]
    return attempt.state == "unknown" and said[-1:] == ["arrived"]


def _successive(evidence: Evidence, *passed_over: str) -> Iterator[tuple[LedgerAttempt, LedgerAttempt]]:
    """Each attempt with the last one before it at its terminal that is in none of these states."""
    for attempts in evidence.ledger.by_terminal().values():
        for place, after in enumerate(attempts):
            before = _last(attempts[:place], passed_over)
            if before is not None:
                yield before, after


def _last(attempts: Sequence[LedgerAttempt], passed_over: Sequence[str]) -> LedgerAttempt | None:
    return next((attempt for attempt in reversed(attempts) if attempt.state not in passed_over), None)


def _violation(name: str, what: str, before: LedgerAttempt, after: LedgerAttempt) -> Violation:
    told = f"{before.sn}: {before.id} of {before.job} {before.state}, then {after.id} of {after.job}"
    return Violation(name, what, told, after.key)
