"""A job's rows in groups, for every report alike: totals, by status, by reason, by site or its like.

Pure; pandas holds the job's table and does the grouping. The counts of each grouping add up to the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd

from batchreset.model import DONE, FOR_A_PERSON, LATER, Actor, Status
from batchreset.report.columns import clean, status_word
from batchreset.report.masking import mask_contacts
from batchreset.reported import JobReport, RowResult, count_statuses
from batchreset.text import Message, Text, amounts, joined, msg

DONE_FIRST: Final = (
    Status.SUCCEEDED,
    Status.RECENT,
    Status.DUPLICATE,
    Status.WAITING,
    Status.NOT_SENT,
    Status.UNKNOWN,
    Status.FAILED,
    Status.INVALID,
)
"""From done to worst, as bars and charts show them."""
NO_LABEL: Final = msg("(empty)")
"""What a group is called whose cells are empty."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows have each status; every status is a key."""

    counts: Mapping[Status, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.of(DONE)

    @property
    def later(self) -> int:
        return self.of(LATER)

    @property
    def for_a_person(self) -> int:
        return self.of(FOR_A_PERSON)

    @property
    def left(self) -> int:
        return self.rows - self.done

    @property
    def percent(self) -> int:
        """What is done of all, in whole percent that are full: 199 of 200 are 99; all of nothing is done."""
        return 100 * self.done // self.rows if self.rows else 100

    def of(self, statuses: Iterable[Status]) -> int:
        """The rows of several statuses."""
        return sum(self.counts[status] for status in statuses)

    def shown(self) -> list[tuple[Status, int]]:
        """The statuses that there are, in the order of `DONE_FIRST`."""
        return [(status, self.counts[status]) for status in DONE_FIRST if self.counts[status]]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows with one text in the column that is grouped by (masked; "" where the cell is empty)."""

    label: str
    tally: Tally
    results: tuple[RowResult, ...]


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """Rows of one status that are so for one kind of reason; values that differ are shown as `…`."""

    status: Status
    error_code: str | None
    actor: Actor
    reason: Message
    next_step: Message
    results: tuple[RowResult, ...]


def tally_of(report: JobReport) -> Tally:
    """The totals of a job."""
    return Tally(report.counts)


def equation(tally: Tally, text: Text) -> str:
    """The totals written out: `187 succeeded + 9 waiting + 4 failed = 200 rows`."""
    parts = [f"{text.number(count)} {status_word(status, text)}" for status, count in tally.shown()]
    rows = text(amounts.rows(tally.rows))
    return f"{' + '.join(parts) or '0'} = {rows}"


def done_equation(tally: Tally, text: Text) -> str:
    """The answer written out: `190 done + 6 later + 4 for a person = 200`."""
    shown = (
        (tally.done, msg("done")),
        (tally.later, msg("for a later run")),
        (tally.for_a_person, msg("for a person")),
    )
    parts = [f"{text.number(count)} {text(word)}" for count, word in shown]
    return f"{' + '.join(parts)} = {text.number(tally.rows)}"


def by_label(report: JobReport) -> tuple[Group, ...]:
    """The rows by the texts of the column that is grouped by, most left to do first; () without one."""
    grouping = report.table.grouping
    if grouping is None:
        return ()
    labels = [grouping.labels.get(result.row.number, "") for result in report.results]
    masked = {label: mask_contacts(clean(label)) for label in set(labels)}
    table = pd.DataFrame({"label": [masked[label] for label in labels]}, dtype=object)
    groups = []
    for label, members in table.groupby("label", sort=False):
        results = tuple(report.results[at] for at in members.index)
        groups.append(Group(str(label), Tally(count_statuses(results)), results))
    return tuple(sorted(groups, key=lambda group: (-group.tally.left, group.label)))


def shown_label(group: Group, text: Text) -> str:
    """What a group is called."""
    return group.label or text(NO_LABEL)


def by_reason(results: Iterable[RowResult]) -> tuple[ReasonGroup, ...]:
    """The rows by status, error code, who must act and kind of reason, most rows first.

    Reasons of one kind differ in their values (a row number, a time). A cell that a reason names is left
    out: the mistake is what rows have in common.
    """
    kept = list(results)
    reasons = [_reason(result) for result in kept]
    table = pd.DataFrame(
        {
            "status": [result.status.value for result in kept],
            "code": [result.error_code or "" for result in kept],
            "actor": [result.actor.value for result in kept],
            "kind": [_kind(reason) for reason in reasons],
        },
        dtype=object,
    )
    groups = []
    for _, members in table.groupby(list(table.columns), sort=False):
        of = tuple(kept[at] for at in members.index)
        reason = _common([reasons[at] for at in members.index])
        first = of[0]
        code = first.error_code or None
        groups.append(ReasonGroup(first.status, code, first.actor, reason, _next_step(of), of))
    return tuple(sorted(groups, key=lambda group: -len(group.results)))


def _reason(result: RowResult) -> Message:
    problems = result.row.problems if result.status is Status.INVALID else ()
    return joined([problem.message for problem in problems]) if problems else result.reason


def _next_step(results: Sequence[RowResult]) -> Message:
    """What the rows of a group are to do: in one sentence, or each as its own says."""
    steps = [result.next_step for result in results]
    if len({_kind(step) for step in steps}) == 1:
        return _common(steps)
    return msg("See each row.")


def _kind(message: Message) -> str:
    """The sentence without its values; a sentence among the values is part of the kind."""
    if not message.params:
        return message.msgid
    inner = "".join(_kind(value) for _, value in message.params if isinstance(value, Message))
    return "\x00".join((message.msgid, *(name for name, _ in message.params), inner))


def _common(messages: Sequence[Message]) -> Message:
    """One message for many of a kind, with `…` where they differ."""
    first = messages[0]
    params = (
        (name, _common_value([message.params[index][1] for message in messages]))
        for index, (name, _) in enumerate(first.params)
    )
    return Message(first.msgid, tuple(params), first.plural)


def _common_value(values: Sequence[object]) -> object:
    """The value that all have; of times the first and the last."""
    if all(value == values[0] for value in values):
        return values[0]
    inner = [value for value in values if isinstance(value, Message)]
    times = [value for value in values if isinstance(value, datetime)]
    if len(times) == len(values):
        first, last = min(times), max(times)
        alike = first.replace(microsecond=0) == last.replace(microsecond=0)  # as it is shown
        return first if alike else msg("{first} to {last}", first=first, last=last)
    return _common(inner) if inner else "…"
