"""A row as the page shows it, all text: contacts masked, also inside sentences, times in the page's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from batchreset.model import Actor, Status
from batchreset.plan.forecast import full_minute
from batchreset.report.columns import clean, status_word
from batchreset.report.groups import DONE_FIRST
from batchreset.report.masking import mask_contacts
from batchreset.reported import Changes, JobReport, RowResult
from batchreset.text import Message, Text, msg
from batchreset.text.forms import Forms

ACTOR_WORDS: Final[dict[Actor, Message]] = {
    Actor.OPERATOR: msg("operator"),
    Actor.SITE: msg("site contact"),
    Actor.ADMINISTRATOR: msg("administrator"),
    Actor.SUPPORT: msg("Huawei support"),
    Actor.NEXT_RUN: msg("next run"),
    Actor.NOBODY: msg("nobody"),
}


@dataclass(frozen=True, slots=True)
class When:
    """An instant for people, and for scripts (ISO 8601 in UTC, which also sorts)."""

    shown: str
    iso: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row. `place` sorts it by status, the worst last; `since` says since the last run what changed."""

    row: int
    sn: str
    label: str
    contact: tuple[str, ...]
    status: Status
    word: str
    place: int
    reason: str
    next_step: str
    who: str
    not_before: When | None
    last_attempt: When | None
    error_code: str
    request_id: str
    newly_done: bool
    stuck: str


class Lines:
    """Makes the lines of one report in one language."""

    def __init__(self, report: JobReport, text: Text, forms: Forms) -> None:
        grouping = report.table.grouping
        changes = report.changes or Changes(report.made_at, (), ())
        self._text: Final = text
        self._forms: Final = forms
        self._seen_from: Final = report.made_at
        self._labels: Final[Mapping[int, str]] = grouping.labels if grouping else {}
        self._new: Final = {result.row.number for result in changes.newly_done}
        self._stuck: Final = {one.result.row.number: one.since for one in changes.stuck}

    def line(self, result: RowResult) -> Line:
        row, text = result.row, self._text
        sn = clean(row.sn or row.shown_sn)
        return Line(
            row=row.number,
            sn=sn,
            label=mask_contacts(clean(self._labels.get(row.number, ""))),
            contact=tuple(row.contact.masked().split(", ")) if row.contact else (),
            status=result.status,
            word=status_word(result.status, text),
            place=DONE_FIRST.index(result.status),
            reason=mask_contacts(clean(text(result.reason)), keep=sn),
            next_step=mask_contacts(clean(text(result.next_step)), keep=sn),
            who=text(ACTOR_WORDS[result.actor]),
            not_before=self.when(full_minute(result.not_before)) if result.not_before else None,
            last_attempt=self.when(result.last_attempt_at) if result.last_attempt_at else None,
            error_code=clean(result.error_code or ""),
            request_id=clean(result.request_id or ""),
            newly_done=row.number in self._new,
            stuck=self._stuck_for(row.number),
        )

    def when(self, at: datetime) -> When:
        """An instant as somebody reads it at the time of the report."""
        return When(self._forms.clock(at, self._seen_from), at.astimezone(UTC).isoformat(timespec="seconds"))

    def _stuck_for(self, row: int) -> str:
        since = self._stuck.get(row)
        if since is None:
            return ""
        return self._text(msg("for {span}", span=self._forms.span(self._seen_from - since, units=1)))
