"""What the page's parts say, worked out from a report: the bar, what to do and who, the run's changes, what
is ahead, progress by group. Values for the template only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from batchreset.model import DONE, Actor, Status
from batchreset.plan.forecast import Slot, foretell
from batchreset.report.columns import OPEN_ORDER, clean, left_open, status_word
from batchreset.report.groups import Group, ReasonGroup, Tally, by_label, by_reason, shown_label
from batchreset.report.lines import ACTOR_WORDS, Line, Lines, When
from batchreset.report.masking import mask_contacts
from batchreset.reported import Changes, JobReport, Stuck
from batchreset.text import Message, Text, msg
from batchreset.text.forms import Forms

TASKS: Final[dict[Actor, Message]] = {
    Actor.OPERATOR: msg("For the operator"),
    Actor.SITE: msg("For the site contacts"),
    Actor.ADMINISTRATOR: msg("For the enterprise's administrator"),
    Actor.SUPPORT: msg("For Huawei support"),
    Actor.NEXT_RUN: msg("For the next run, which a watch or a schedule begins by itself"),
    Actor.NOBODY: msg("For nobody: it comes by itself"),
}
"""Headings of what is to be done, in the order in which they stand."""

MAX_LISTED: Final = 40
"""Rows of one cause that are all named below it, so that they stand on paper too; the table has all."""
FEW_LISTED: Final = 12
"""Rows named of a cause that has more: a run that stopped leaves hundreds for one reason."""
MAX_NAMED: Final = 8
"""Rows named that are newly done."""
MAX_SLOTS: Final = 4
"""Times named at which quotas free."""
_LEAST_SHARE: Final = 0.9
"""Percent of a bar's width that a status gets at least, so that one row of thousands is still seen."""
_GAP: Final = 0.25
_MOMENT: Final = timedelta(seconds=1)
"""No sending is said to take less."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A status in a bar: its word and rows, and where it stands, in percent of the bar."""

    status: Status
    word: str
    count: str
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """Rows that are so for one reason. `listed` are the first of them, `more` how many are not listed."""

    status: Status
    word: str
    count: str
    reason: str
    next_step: str
    error_code: str
    who: str
    listed: tuple[Line, ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """All that one kind of person must do."""

    actor: Actor
    title: str
    rows: str
    causes: tuple[CauseView, ...]


@dataclass(frozen=True, slots=True)
class StuckView:
    """The rows of one status that were open before, and for how long the longest has been."""

    status: Status
    word: str
    count: str
    longest: str


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What the last run changed. `new` are the SNs of the first rows that are newly done."""

    before: str
    newly_done: str
    new: tuple[str, ...]
    new_more: str
    still_open: str
    stuck: tuple[StuckView, ...]


@dataclass(frozen=True, slots=True)
class SlotView:
    """So many rows whose quota frees from `at` on; the last at `until`, where that is later."""

    at: When
    until: When | None
    count: str


@dataclass(frozen=True, slots=True)
class ForecastView:
    """What is ahead; "" and () where there is nothing of it."""

    ready: str
    sending: str
    rate: str
    slots: tuple[SlotView, ...]
    later: str
    ends_at: When


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group's progress."""

    label: str
    done: str
    rows: str
    percent: str
    later: str
    person: str
    bar: tuple[Segment, ...]


class Views:
    """The parts of one page."""

    def __init__(self, report: JobReport, text: Text, forms: Forms, lines: Lines) -> None:
        self._report: Final = report
        self._text: Final = text
        self._forms: Final = forms
        self._lines: Final = lines

    def bar(self, tally: Tally) -> tuple[Segment, ...]:
        """The segments of a bar; together with the gaps they fill it."""
        shown = tally.shown()
        room = 100 - _GAP * (len(shown) - 1)
        wished = [max(count / tally.rows * room, _LEAST_SHARE) for _, count in shown]
        segments, left = [], 0.0
        for (status, count), wish in zip(shown, wished, strict=True):
            width = wish * room / sum(wished)
            word = status_word(status, self._text)
            segments.append(Segment(status, word, self._forms.number(count), f"{left:.3f}%", f"{width:.3f}%"))
            left += width + _GAP
        return tuple(segments)

    def tasks(self) -> tuple[Task, ...]:
        """What is to be done, by who must do it; each with its causes, most rows first."""
        causes = by_reason(left_open(self._report.results))
        tasks = []
        for actor, title in TASKS.items():
            own = [cause for cause in causes if cause.actor is actor]
            if own:
                rows = self._forms.number(sum(len(cause.results) for cause in own))
                views = tuple(self._cause(cause, MAX_LISTED) for cause in own)
                tasks.append(Task(actor, self._text(title), rows, views))
        return tuple(tasks)

    def done(self) -> tuple[CauseView, ...]:
        """What the rows came to that are done, without their names."""
        done = [result for result in self._report.results if result.status in DONE]
        return tuple(self._cause(cause, 0) for cause in by_reason(done))

    def changes(self) -> ChangesView | None:
        """What the last run changed; None where the job had no run before it."""
        changes = self._report.changes
        if changes is None:
            return None
        new = [clean(result.row.sn or result.row.shown_sn) for result in changes.newly_done]
        return ChangesView(
            before=self._forms.moment(changes.before),
            newly_done=self._forms.number(len(new)),
            new=tuple(new[:MAX_NAMED]),
            new_more=self._more(len(new), MAX_NAMED),
            still_open=self._forms.number(len(changes.stuck)),
            stuck=tuple(self._stuck(status, changes) for status in OPEN_ORDER if _of(status, changes)),
        )

    def forecast(self) -> ForecastView | None:
        """When the rest can be sent; None where nothing is left to send."""
        report, forms = self._report, self._forms
        due = [one.not_before for one in report.results if one.not_before and one.status is Status.WAITING]
        found = foretell(report.counts[Status.NOT_SENT], due, report.made_at, per_second=report.rate)
        if found is None:
            return None
        slots = found.slots[:MAX_SLOTS]
        return ForecastView(
            ready=forms.number(found.ready) if found.ready else "",
            sending=forms.span(max(found.sending, _MOMENT)) if found.sending else "",
            rate=forms.number(report.rate),
            slots=tuple(map(self._slot, slots)),
            later=self._more(found.waiting, sum(slot.rows for slot in slots)),
            ends_at=self._lines.when(found.ends_at),
        )

    def groups(self) -> tuple[GroupView, ...]:
        """Progress by site or its like, most left to do first; () where there is no such column."""
        return tuple(self._group(group) for group in by_label(self._report))

    def _group(self, group: Group) -> GroupView:
        tally, number = group.tally, self._forms.number
        return GroupView(
            label=shown_label(group, self._text),
            done=number(tally.done),
            rows=number(tally.rows),
            percent=self._forms.percent(tally.percent),
            later=number(tally.later) if tally.later else "",
            person=number(tally.for_a_person) if tally.for_a_person else "",
            bar=self.bar(tally),
        )

    def _cause(self, cause: ReasonGroup, listed: int) -> CauseView:
        count = len(cause.results)
        if count > listed:
            listed = min(listed, FEW_LISTED)
        return CauseView(
            status=cause.status,
            word=status_word(cause.status, self._text),
            count=self._forms.number(count),
            reason=self._said(cause.reason),
            next_step=self._said(cause.next_step),
            error_code=clean(cause.error_code or ""),
            who=self._text(ACTOR_WORDS[cause.actor]),
            listed=tuple(self._lines.line(result) for result in cause.results[:listed]),
            more=self._more(count, listed) if listed else "",
        )

    def _said(self, message: Message) -> str:
        return mask_contacts(clean(self._text(message)))

    def _more(self, count: int, named: int) -> str:
        """How many are not named, in the language's form; "" for none."""
        return self._forms.number(count - named) if count > named else ""

    def _stuck(self, status: Status, changes: Changes) -> StuckView:
        stuck = _of(status, changes)
        longest = self._report.made_at - stuck[0].since
        return StuckView(
            status,
            status_word(status, self._text),
            self._forms.number(len(stuck)),
            self._forms.span(longest),
        )

    def _slot(self, slot: Slot) -> SlotView:
        until = self._lines.when(slot.until) if slot.until > slot.at else None
        return SlotView(self._lines.when(slot.at), until, self._forms.number(slot.rows))


def _of(status: Status, changes: Changes) -> list[Stuck]:
    """The rows of a status that are stuck, the longest first."""
    return [one for one in changes.stuck if one.result.status is status]
