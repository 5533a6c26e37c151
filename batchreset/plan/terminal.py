"""May this terminal be sent a reset now, and if not, what is its row's status?

One function answers for all: the plan (what would a run do), the ledger's claim (may this call leave,
inside the transaction) and the reports (what did the row come to). So they can't disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from batchreset.model import Advice, Attempt, AttemptState, Reason, Resolution, Rules, Status, Verdict, Wishes
from batchreset.plan.quota import free_at
from batchreset.rows import Row

NO_WISHES: Final = Wishes()
_NEVER_CALLED: Final = Verdict(Status.NOT_SENT, Reason.SENDABLE)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: the job and run, the row's contact digest, and what the operator wished.

    `run` None asks from outside any run (a plan, a report). `job_at` is when the job was made: what
    was recent then stays so for this job, or a re-run by a schedule would one day reset it unasked.
    """

    job: str
    contact: str
    run: str | None = None
    wishes: Wishes = NO_WISHES
    job_at: datetime | None = None


def judge_row(row: Row, history: Sequence[Attempt], asking: Asking, now: datetime, rules: Rules) -> Verdict:
    """The verdict on a row of the sheet; what is wrong in the row itself goes first.

    Except where this job has already sent for it, to this contact or to one that is no longer legible:
    what was sent can't be unsent, so a row that was spoiled since keeps what it came to, and is
    `invalid` only where it would have to be sent again.
    """
    if row.duplicate_of is not None:
        return Verdict(Status.DUPLICATE, Reason.SPOKEN_FOR)
    if row.awaits_contact:  # the one it had last is as good as any that a report can know
        last = next((a.contact for a in reversed(history) if a.job == asking.job), asking.contact)
        asking = replace(asking, contact=last)
    verdict = judge_terminal(history, asking, now, rules)
    sent = any(
        a.job == asking.job
        and a.state is not AttemptState.UNPROCESSED
        and (row.contact is None or a.contact == asking.contact)
        for a in history
    )
    usable = row.usable or (row.awaits_contact and not row.problems)
    if not usable and (verdict.sendable or not sent):
        return Verdict(Status.INVALID, Reason.BAD_ROW)
    return verdict


def judge_terminal(history: Sequence[Attempt], asking: Asking, now: datetime, rules: Rules) -> Verdict:
    """The verdict on a terminal with all its attempts, oldest first, of every job.

    Rules in the order they bind (CONTRACT.md, "What a row came to"): confirmed by this job; in flight;
    last answer lost; confirmed recently by another job; this job's own answer lost, whatever others have
    done since; the service said later; refused for this very row; quota used up. A wish never reaches
    into its own run: what a run has left unknown, it leaves.
    """
    if not history:
        return _NEVER_CALLED
    telling = [a for a in history if a.state is not AttemptState.UNPROCESSED]
    last = telling[-1] if telling else None
    own = [a for a in telling if a.job == asking.job]
    confirmed = next((a for a in reversed(own) if a.confirmed), None)
    if confirmed is not None:
        return Verdict(Status.SUCCEEDED, Reason.CONFIRMED, attempt=confirmed)
    if last is not None and last.state is AttemptState.OPEN:
        return Verdict(Status.UNKNOWN, Reason.IN_FLIGHT, attempt=last)
    if last is not None and _blocks_as_unknown(last, asking, now, rules):
        return Verdict(Status.UNKNOWN, Reason.ANSWER_LOST, attempt=last)
    recent = _living(telling, min(now, asking.job_at or now), rules)
    if recent is not None and not asking.wishes.again:
        return Verdict(Status.RECENT, Reason.CONFIRMED_EARLIER, attempt=recent)
    if own and _blocks_as_unknown(own[-1], asking, now, rules):
        return Verdict(Status.UNKNOWN, Reason.ANSWER_LOST, attempt=own[-1])
    newest = history[-1]
    if newest.not_before is not None and newest.not_before > now:
        return Verdict(Status.WAITING, Reason.SERVICE_SAYS_LATER, newest.not_before, newest)
    if own and _refused_for_good(own[-1], asking):
        return Verdict(Status.FAILED, Reason.REFUSED, attempt=own[-1])
    until = free_at(history, now, rules)
    if until is not None:
        return Verdict(Status.WAITING, Reason.QUOTA, until, last)
    return Verdict(Status.NOT_SENT, Reason.SENDABLE, attempt=newest)


def _living(telling: Sequence[Attempt], at: datetime, rules: Rules) -> Attempt | None:
    """The confirmed attempt whose code lives at `at`: no later call may have killed it, refusals can't."""
    last = next((a for a in reversed(telling) if a.state is not AttemptState.REFUSED), None)
    if last is None or not last.confirmed:
        return None
    return last if last.counts_from > at - rules.freshness else None


def _blocks_as_unknown(last: Attempt, asking: Asking, now: datetime, rules: Rules) -> bool:
    if last.state is not AttemptState.UNKNOWN or last.resolved in _SETTLED:
        return False
    if last.run == asking.run:
        return True
    return last.counts_from > now - rules.freshness and not asking.wishes.retry_unknown


_SETTLED: Final = (Resolution.ARRIVED, Resolution.NOT_ARRIVED)
"""What a person knows. One that was only sent again (`RETRIED`) is as unknown as before."""


def _refused_for_good(last: Attempt, asking: Asking) -> bool:
    """A refusal binds the job it was made in, for as long as the row's contact stays the same.

    A refusal for a reason outside the row (`STOP`: the account, the settings) binds only its own run:
    once mended, a re-run may send the same row. One with a waiting time has served it by now.
    """
    if last.state is not AttemptState.REFUSED:
        return False
    if last.run == asking.run:
        return True
    return last.contact == asking.contact and last.advice is Advice.ROW
