"""The quota's arithmetic: 5 attempts a terminal in any rolling 24 h. The only place it is done.

The ledger enforces it by calling this inside its claiming transaction; plans and reports call it to
foretell. Counted from the *latest* instant at which the service may have processed a call, plus a
margin, so that clock error and calls in flight can't squeeze a sixth call in (LEDGER.md §2.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from batchreset.model import Advice, Attempt, AttemptState, Outcome, Rules


def counting(attempts: Iterable[Attempt], now: datetime, rules: Rules) -> list[Attempt]:
    """The attempts that use up quota at `now`, the longest-counting last."""
    since = now - counts_for(rules)
    counted = [a for a in attempts if a.counts_from > since and _counts(a, rules)]
    return sorted(counted, key=lambda attempt: attempt.counts_from)


def _counts(attempt: Attempt, rules: Rules) -> bool:
    """Whether an attempt may have used up quota; strictly read, any that got an answer may have."""
    if attempt.state is not AttemptState.UNPROCESSED:
        return True
    return rules.quota_counts_unprocessed and attempt.http_status is not None


def calls_left(attempts: Iterable[Attempt], now: datetime, rules: Rules) -> int:
    """How many calls the terminal has left at `now`."""
    return max(0, rules.quota_calls - len(counting(attempts, now, rules)))


def free_at(attempts: Iterable[Attempt], now: datetime, rules: Rules) -> datetime | None:
    """When the terminal may be called again; None where it may be now."""
    counted = counting(attempts, now, rules)
    if len(counted) < rules.quota_calls:
        return None
    freeing = counted[-rules.quota_calls]
    return freeing.counts_from + counts_for(rules)


def counts_for(rules: Rules) -> timedelta:
    """For how long an attempt counts, at most."""
    return rules.quota_window + rules.quota_margin


def binds_for(rules: Rules) -> timedelta:
    """For how long an attempt can have a say in what is sent: by the quota, or as fresh or unknown."""
    return max(counts_for(rules), rules.freshness)


def counts_from(attempt: Attempt, outcome: Outcome, at: datetime) -> datetime:
    """From when a settled attempt counts.

    Answered, it was processed by `at`. Lost, it may have been until its time-out, or until we gave it
    up where that took longer (a machine that slept with the call under way).
    """
    answered = outcome.state in (AttemptState.SUCCEEDED, AttemptState.REFUSED)
    return at if answered else max(at, attempt.counts_from)


def not_before(outcome: Outcome, at: datetime) -> datetime | None:
    """Until when an outcome of `at` asks to wait; None where it asks for nothing."""
    if outcome.advice is not Advice.LATER or outcome.wait_s is None:
        return None
    return at + timedelta(seconds=outcome.wait_s)
