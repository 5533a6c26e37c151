"""The answer in one sentence: how many rows are done, how many wait until when, who must act. Pure."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from batchreset.model import DONE, FOR_A_PERSON, Status
from batchreset.plan.forecast import full_minute
from batchreset.reported import JobReport
from batchreset.text import Message, msg
from batchreset.text.forms import Forms

_MEANT_TO_END: Final = frozenset({"only-first"})
"""Stops that were asked for: the run did what it was told."""


def headline(report: JobReport, forms: Forms) -> list[Message]:
    """The clauses of the answer, the most important first. Times are as seen when the report was made."""
    counts, rows = report.counts, len(report.results)
    done = sum(counts[status] for status in DONE)
    if not rows:
        return [msg("The sheet has no rows")]
    if done == rows:
        return [msg("All done: {done} of {rows}", done=forms.number(done), rows=forms.number(rows))]
    clauses = [_done(report, forms.number(done), forms.number(rows))]
    if counts[Status.WAITING]:
        clauses.append(_waiting(report, forms))
    if counts[Status.NOT_SENT]:
        clauses.append(msg("{count} still to send", count=forms.number(counts[Status.NOT_SENT])))
    person = sum(counts[status] for status in FOR_A_PERSON)
    if person:
        many = msg("{count} need a person", count=forms.number(person))
        clauses.append(msg("1 needs a person") if person == 1 else many)
    return clauses


def sentence(clauses: Sequence[Message]) -> Message:
    """The clauses as one sentence."""
    return functools.reduce(
        lambda before, after: msg("{before}; {after}", before=before, after=after), clauses
    )


def _done(report: JobReport, done: str, rows: str) -> Message:
    if report.stop is not None and report.stop.code not in _MEANT_TO_END:
        return msg("Stopped early: {done} of {rows} done", done=done, rows=rows)
    if not report.attempts and done == "0":
        return msg("Nothing sent yet: 0 of {rows} done", rows=rows)
    return msg("{done} of {rows} done", done=done, rows=rows)


def _waiting(report: JobReport, forms: Forms) -> Message:
    waiting = [result.not_before for result in report.results if result.status is Status.WAITING]
    times = sorted(full_minute(at) for at in waiting if at)
    count = forms.number(len(waiting))
    if not times:
        return msg("1 waits") if len(waiting) == 1 else msg("{count} wait", count=count)
    until = forms.clock(times[-1], report.made_at)
    if len(waiting) == 1:
        return msg("1 waits until {time}", time=until)
    if times[0] == times[-1]:
        return msg("{count} wait until {time}", count=count, time=until)
    return msg("{count} wait, the last until {time}", count=count, time=until)
