"""The plan of a run: each row with its verdict, and the rows that would be sent, in sheet order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from batchreset.model import Attempt, Rules, Status, Verdict, Wishes, sn_key
from batchreset.plan.terminal import Asking, judge_row
from batchreset.rows import Contact, Row

History = Mapping[str, Sequence[Attempt]]
"""All attempts of each terminal, oldest first, by `sn_key`."""
Digest = Callable[[Contact | None], str]
"""The keyed digest of a contact, as the ledger stores it."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row, what the ledger's history says of it, and the digest of its contact."""

    row: Row
    verdict: Verdict
    contact: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    `to_send` is a part of `rows`; `left_out` counts the rows that may be sent and are not to be now.
    """

    rows: tuple[PlannedRow, ...]
    to_send: tuple[PlannedRow, ...]
    left_out: int

    def counts(self) -> dict[Status, int]:
        """Rows by the status they have now; the sendable ones are `not_sent`."""
        counts = dict.fromkeys(Status, 0)
        for planned in self.rows:
            counts[planned.verdict.status] += 1
        return counts

    def only(self, keep: Sequence[PlannedRow]) -> Plan:
        """The plan for some of the rows to send; the others are left out."""
        left_out = self.left_out + len(self.to_send) - len(keep)
        return replace(self, to_send=tuple(keep), left_out=left_out)

    def takes(self, rate_per_second: float) -> timedelta | None:
        """How long sending takes at the rate; None for no pacing."""
        return timedelta(seconds=len(self.to_send) / rate_per_second) if rate_per_second else None

    def due_times(self) -> list[datetime]:
        """When the rows that wait may be sent, the first of them first."""
        return sorted(p.verdict.not_before for p in self.rows if p.verdict.not_before)

    def next_due(self) -> datetime | None:
        """When the first waiting row may be sent."""
        return min(self.due_times(), default=None)


def make_plan(
    rows: Sequence[Row],
    history: History,
    *,
    job: str,
    job_at: datetime | None = None,
    wishes: Wishes,
    digest: Digest,
    now: datetime,
    rules: Rules,
    only_first: int | None = None,
) -> Plan:
    """Judge every row and pick those to send, at most `only_first` of them."""

    def plan_row(row: Row) -> PlannedRow:
        contact = digest(row.contact)
        asking = Asking(job, contact, wishes=wishes, job_at=job_at)
        return PlannedRow(row, judge_row(row, history.get(sn_key(row.sn), ()), asking, now, rules), contact)

    planned = tuple(map(plan_row, rows))
    sendable = tuple(p for p in planned if p.verdict.sendable)
    to_send = sendable if only_first is None else sendable[:only_first]
    return Plan(planned, to_send, len(sendable) - len(to_send))
