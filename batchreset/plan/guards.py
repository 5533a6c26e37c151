"""What in a plan is surprising enough that a person must name it before anything is sent. Pure.

A `--yes` in a script and a number typed by habit confirm any plan. A wrong sheet, a column gone wrong
or a placeholder filled down a column look like good plans, and what they send can't be undone: so such
a plan is refused until it is let pass by name (`--accept KIND`). A wish that is an explicit flag by
itself (`--again`, `--retry-unknown`) needs no guard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from batchreset.errors import NotConfirmedError
from batchreset.model import Job, Status
from batchreset.plan.build import Plan
from batchreset.rows import Column, Contact
from batchreset.text import amounts
from batchreset.text.messages import Count, Message, counted, joined, msg

MORE_TIMES: Final = 2
MORE_LEAST: Final = 50
"""Far more rows: more than `MORE_TIMES` times those of the last job, and at least so many more."""
INVALID_LEAST: Final = 10
"""Of fewer invalid rows a few may well be most of a small sheet."""
_CONTACTS_NAMED: Final = 3
_OUR_FILES: Final = ("results", "todo")
"""Names that our own files have in every job: they tell nothing of which sheet it is."""


class Guard(StrEnum):
    """The kinds of surprise, as `--accept` names them."""

    MORE_ROWS = "more-rows"
    """Far more rows are to be sent than the last job of the sheet had at all."""
    INVALID_ROWS = "invalid-rows"
    """Most rows of the sheet can't be used, and more than when it was last run."""
    ONE_CONTACT = "one-contact"
    """One mobile number or e-mail address is to get the codes of very many terminals."""
    TWO_LISTS = "two-lists"
    """An empty column parts the SNs from the contacts: these may be others' (`Table.parted`)."""


@dataclass(frozen=True, slots=True)
class Surprise:
    """What is surprising, with its figures, and the flag that lets it pass. Contacts are masked."""

    kind: Guard
    message: Message
    hint: Message


@dataclass(frozen=True, slots=True)
class Ended:
    """A job as its last run that came to an end left it: when, and the sheet's rows by status."""

    job: Job
    at: datetime
    counts: Mapping[Status, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def invalid(self) -> int:
        return self.counts.get(Status.INVALID, 0)


def last_ended(job: Job, ended: Sequence[Ended], exists: Callable[[Path], bool]) -> Ended | None:
    """What a job's plan is compared with, of all jobs that ended, newest first.

    It is the job itself, for a re-run; else the last job of the same sheet, or the one it is the to-do
    list of; else the last one of a sheet of the same name whose file `exists` no more: it was moved.
    """

    def same_sheet(other: Job) -> bool:
        if other.output_dir == job.input_path.parent:
            return True
        return other.input_path == job.input_path and other.sheet == job.sheet

    def moved_here(other: Job) -> bool:
        return (
            other.input_path.name == job.input_path.name
            and other.sheet == job.sheet
            and job.input_path.stem not in _OUR_FILES
            and not exists(other.input_path)
        )

    def same_job(other: Job) -> bool:
        return other.id == job.id

    matches = (one for fits in (same_job, same_sheet, moved_here) for one in ended if fits(one.job))
    return next(matches, None)


def surprises(
    plan: Plan,
    before: Ended | None,
    *,
    max_per_contact: int,
    parted: tuple[Column, Column] | None = None,
) -> tuple[Surprise, ...]:
    """What is surprising in a plan; nothing is where nothing would be sent.

    `before` is what it is compared with (`last_ended`), `parted` the sheet's (`Table.parted`).
    """
    if not plan.to_send:
        return ()
    found = (
        _more_rows(plan, before),
        _invalid_rows(plan, before),
        _one_contact(plan, max_per_contact),
        _two_lists(parted),
    )
    return tuple(surprise for surprise in found if surprise is not None)


def refusal(found: Sequence[Surprise], accepted: Collection[str]) -> NotConfirmedError | None:
    """The error for surprises that no `--accept` has named; its code is that of the first of them."""
    refused = [surprise for surprise in found if surprise.kind not in accepted]
    if not refused:
        return None
    return NotConfirmedError(
        f"guard-{refused[0].kind}",
        joined([*(surprise.message for surprise in refused), msg("Nothing was sent.")]),
        joined([surprise.hint for surprise in refused]),
    )


def _more_rows(plan: Plan, before: Ended | None) -> Surprise | None:
    if before is None:
        return None
    to_send = len(plan.to_send)
    if to_send <= MORE_TIMES * before.rows or to_send - before.rows < MORE_LEAST:
        return None
    return Surprise(
        Guard.MORE_ROWS,
        msg(
            "{to_send} rows are to be sent, but the sheet had only {rows} when job {job} ended on {at}.",
            to_send=Count(to_send),
            rows=amounts.rows(before.rows),
            job=before.job.id,
            at=before.at,
        ),
        msg(
            "Look whether it is the right sheet; if all of them are meant, run it again with {flag}.",
            flag=_flag(Guard.MORE_ROWS),
        ),
    )


def _invalid_rows(plan: Plan, before: Ended | None) -> Surprise | None:
    rows, invalid = len(plan.rows), plan.counts()[Status.INVALID]
    if invalid < INVALID_LEAST or 2 * invalid <= rows or (before is not None and invalid <= before.invalid):
        return None
    return Surprise(
        Guard.INVALID_ROWS,
        msg("{invalid} of the sheet's {rows} rows can't be used.", invalid=Count(invalid), rows=Count(rows)),
        msg(
            "See why with `batchreset check`; if the rest is to be sent all the same, run it again with"
            " {flag}.",
            flag=_flag(Guard.INVALID_ROWS),
        ),
    )


def _one_contact(plan: Plan, most: int) -> Surprise | None:
    terminals: Counter[Contact] = Counter()
    for planned in plan.to_send:
        contact = planned.row.contact
        if contact is not None and contact.mobile:
            terminals[Contact(mobile=contact.mobile)] += 1
        if contact is not None and contact.email:
            terminals[Contact(email=contact.email.casefold())] += 1
    crowded = [(contact, count) for contact, count in terminals.most_common() if count > most]
    if not crowded:
        return None
    named = [f"{contact.masked()} ({count})" for contact, count in crowded[:_CONTACTS_NAMED]]
    return Surprise(
        Guard.ONE_CONTACT,
        counted(
            "One contact would get the codes of more than {most} terminal: {contacts}.",
            "One contact would get the codes of more than {most} terminals: {contacts}.",
            most=most,
            contacts=(*named, *("…" for _ in crowded[_CONTACTS_NAMED:][:1])),
        ),
        msg(
            "If the contact is meant for all of them, run it again with {flag}, or raise the setting"
            " max_per_contact.",
            flag=_flag(Guard.ONE_CONTACT),
        ),
    )


def _two_lists(parted: tuple[Column, Column] | None) -> Surprise | None:
    if parted is None:
        return None
    sn, contact = parted
    return Surprise(
        Guard.TWO_LISTS,
        msg(
            "The SNs (column {sn}) and the contacts (column {column}) may be two lists side by side.",
            sn=sn.letter,
            column=contact.letter,
        ),
        msg(
            "If each row is one terminal with its own contact, run it again with {flag}; else put the lists"
            " on sheets of their own.",
            flag=_flag(Guard.TWO_LISTS),
        ),
    )


def _flag(kind: Guard) -> str:
    return f"--accept {kind}"
