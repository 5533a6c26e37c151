"""Why a row has its status and what to do next, in words: pure, and the same for every report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from batchreset.model import Actor, Attempt, AttemptState, Reason, Resolution, Rules, Stop, Verdict
from batchreset.rows import Problem, Row
from batchreset.service.codefile import CodeEntry
from batchreset.service.codes import CodeTable
from batchreset.text.messages import Message, counted, joined, msg
from batchreset.text.troubles import trouble


@dataclass(frozen=True, slots=True)
class Words:
    """A row's two sentences, and whom the second is for."""

    reason: Message
    next_step: Message
    actor: Actor = Actor.OPERATOR


@dataclass(frozen=True, slots=True)
class Ending:
    """How the job's last run ended: why early, if it did, and whether it ended at all.

    `again`: it was asked to reset terminals with a living code too, so such a code explains no row.
    """

    stop: Stop | None = None
    ended: bool = True
    again: bool = False


def explain(
    row: Row,
    verdict: Verdict,
    own: Sequence[Attempt],
    ending: Ending,
    table: CodeTable,
    rules: Rules,
    contact: str,
) -> Words:
    """The words for a row's verdict.

    `own` are this job's attempts for it, oldest first; `contact` is the digest of the contact the row
    has now.
    """
    match verdict.reason:
        case Reason.BAD_ROW:
            return Words(
                joined([_with_cell(p) for p in row.problems]), joined([p.mend for p in row.problems])
            )
        case Reason.SPOKEN_FOR:
            return Words(
                msg("Same SN and contact as row {row}, which speaks for it.", row=row.duplicate_of),
                msg("See row {row}; here is nothing to do.", row=row.duplicate_of),
                Actor.NOBODY,
            )
        case Reason.CONFIRMED if (
            verdict.attempt is not None and verdict.attempt.state is AttemptState.UNKNOWN
        ):
            return Words(
                msg(
                    "The answer to the call of {at} was lost, but a person found that the code arrived.",
                    at=verdict.attempt.opened_at,
                ),
                _enter(rules),
                Actor.SITE,
            )
        case Reason.CONFIRMED if verdict.attempt is not None and contact not in ("", verdict.attempt.contact):
            return Words(
                msg(
                    "The service confirmed the reset; the code went to the contact the row had on {at}.",
                    at=verdict.attempt.opened_at,
                ),
                msg(
                    "To send a new code to the contact it has now, run the sheet as a new job:"
                    " `batchreset run --again`."
                ),
            )
        case Reason.CONFIRMED:
            return Words(
                msg("The service confirmed the reset and sends the new code to the row's contact."),
                _enter(rules),
                Actor.SITE,
            )
        case Reason.QUOTA:
            return _quota(verdict, rules)
        case Reason.SENDABLE:
            return _not_sent(own, ending, table)
        case _:
            return _told_by_attempt(verdict, table, rules)


def _with_cell(problem: Problem) -> Message:
    return msg("{cell}: {problem}", cell=problem.cell, problem=problem.message)


def _enter(rules: Rules) -> Message:
    return counted(
        "Enter the new code at the terminal within {days} day.",
        "Enter the new code at the terminal within {days} days.",
        days=rules.freshness.days,
    )


def _quota(verdict: Verdict, rules: Rules) -> Words:
    return Words(
        counted(
            "The terminal's {calls} call in {window} is used up.",
            "The terminal's {calls} calls in {window} are used up.",
            calls=rules.quota_calls,
            window=rules.quota_window,
        ),
        _come_back(verdict),
        Actor.NEXT_RUN,
    )


def _come_back(verdict: Verdict) -> Message:
    return msg("Run `batchreset rerun` after {until}.", until=verdict.not_before)


def _told_by_attempt(verdict: Verdict, table: CodeTable, rules: Rules) -> Words:
    attempt = verdict.attempt
    if attempt is None:  # a verdict of these kinds always names its attempt
        return Words(msg("Not sent yet."), msg("Run `batchreset rerun`."), Actor.NEXT_RUN)
    match verdict.reason:
        case Reason.CONFIRMED_EARLIER:
            return Words(
                msg(
                    "A reset was confirmed on {at} by job {job}; that code lives until {until}.",
                    at=attempt.settled_at,
                    job=attempt.job,
                    until=attempt.counts_from + rules.freshness,
                ),
                msg("Use that code. To send a new one all the same, run with --again."),
                Actor.SITE,
            )
        case Reason.IN_FLIGHT:
            return Words(
                msg(
                    "A call of job {job} left on {at} and has no recorded answer yet.",
                    job=attempt.job,
                    at=attempt.opened_at,
                ),
                msg(
                    "When no run is at it any more, write the report again: `batchreset report {job}`.",
                    job=attempt.job,
                ),
            )
        case Reason.ANSWER_LOST:
            return _lost(attempt)
        case Reason.SERVICE_SAYS_LATER:
            return Words(_service_words(attempt, table), _come_back(verdict), Actor.NEXT_RUN)
        case _:
            entry = _entry(attempt, table)
            return Words(_service_words(attempt, table), entry.next_step, entry.who)


def _lost(attempt: Attempt) -> Words:
    if attempt.http_status is None:
        reason = msg(
            "The call of {at} may have been processed, its answer was lost: {detail}",
            at=attempt.opened_at,
            detail=trouble(attempt.error_message),
        )
    else:
        said = (f"HTTP {attempt.http_status}", attempt.error_code, attempt.error_message)
        reason = msg(
            "The call of {at} may have been processed; its answer does not say: {answer}",
            at=attempt.opened_at,
            answer=" ".join(part for part in said if part),
        )
    return Words(
        reason,
        msg(
            "Ask the contact whether a code arrived after that time; Huawei support can look the request id"
            " up. Then say so: `batchreset resolve {job} --arrived {sn}`, or `--not-arrived {sn}`.",
            job=attempt.job,
            sn=attempt.sn,
        ),
        Actor.SITE,
    )


def _service_words(attempt: Attempt, table: CodeTable) -> Message:
    entry = _entry(attempt, table)
    if not attempt.error_message or entry.reason.params:  # then the entry's own sentence holds the answer
        return entry.reason
    return msg('{reason} The service said: "{text}"', reason=entry.reason, text=attempt.error_message)


def _entry(attempt: Attempt, table: CodeTable) -> CodeEntry:
    return table.lookup(attempt.error_code, attempt.http_status or 0, attempt.error_message or "")


def _not_sent(own: Sequence[Attempt], ending: Ending, table: CodeTable) -> Words:
    last = own[-1] if own else None
    settled = last is not None and last.resolved is Resolution.NOT_ARRIVED
    if ending.stop is not None and not settled:
        why = msg("Not sent; the run stopped: {why}", why=ending.stop.message)
        return Words(why, ending.stop.hint, actor_of_stop(ending.stop))
    return Words(_why_not_sent(last, ending, table), msg("Run `batchreset rerun`."), Actor.NEXT_RUN)


def _why_not_sent(last: Attempt | None, ending: Ending, table: CodeTable) -> Message:
    """Why a row that may be sent was not, in a run that nothing stopped."""
    if last is None:
        early = msg("Not reached: the run ended without finishing.")
        return msg("Not sent yet.") if ending.ended else early
    if last.resolved is Resolution.NOT_ARRIVED:
        return msg("No code arrived for the call of {at}, a person found.", at=last.opened_at)
    if last.http_status is None:
        return msg("Not sent: the service could not be reached: {error}", error=trouble(last.error_message))
    return msg("Not processed, and not tried again in that run. {why}", why=_service_words(last, table))


def actor_of_stop(stop: Stop) -> Actor:
    """Who must put right what stopped a run; the next run, where nothing is wrong any more by then."""
    return _ACTORS_OF_STOPS.get(stop.code, Actor.OPERATOR)


_ACTORS_OF_STOPS: Final = {
    "answers-lost": Actor.SUPPORT,
    "auth-refused": Actor.ADMINISTRATOR,
    "forbidden": Actor.ADMINISTRATOR,
    "interrupted": Actor.NEXT_RUN,
    "only-first": Actor.NEXT_RUN,
    "service-down": Actor.NEXT_RUN,
}
"""By the codes of `dispatch/breaker.py` and `sending.py`; all else is in the operator's hands."""
