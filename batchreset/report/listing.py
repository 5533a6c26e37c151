"""A job's rows in lists whose neighbours belong together, so that a link can lead to the rows of a number.

Two orders: what is open by what to do next (status, reason), and all rows by result and site. A cell's link
can't set a filter, but it can lead to a range: so each number's rows stand in one piece. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from batchreset.model import DONE, Status
from batchreset.report.columns import OPEN_ORDER
from batchreset.report.groups import DONE_FIRST, Group, ReasonGroup, by_label, by_reason
from batchreset.reported import JobReport, RowResult

ORDER: Final = (*OPEN_ORDER, *(status for status in DONE_FIRST if status in DONE))
"""What a person must do first, what is done last."""


class Block(NamedTuple):
    """Rows of one status that stand together: of one reason (its place among all), or of one group."""

    status: Status
    reason: int | None
    label: str | None
    results: tuple[RowResult, ...]


@dataclass(frozen=True, slots=True)
class Lists:
    """A job's reasons and groups, and its rows in both orders."""

    reasons: tuple[ReasonGroup, ...]
    groups: tuple[Group, ...]
    open: tuple[Block, ...]
    all: tuple[Block, ...]


@dataclass(slots=True)
class Places:
    """Where the rows of each number are listed: rows of a sheet, first and last."""

    statuses: dict[Status, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    groups: dict[tuple[str, Status], str] = field(default_factory=dict)


def lists_of(report: JobReport) -> Lists:
    """The rows of a job in their orders."""
    reasons, groups = by_reason(report.results), by_label(report)
    return Lists(
        reasons,
        groups,
        tuple(
            Block(status, at, None, reason.results)
            for status in OPEN_ORDER
            for at, reason in enumerate(reasons)
            if reason.status is status
        ),
        tuple(_by_result(report, groups)),
    )


def _by_result(report: JobReport, groups: Sequence[Group]) -> Iterable[Block]:
    for status in ORDER:
        if not groups:
            of = tuple(one for one in report.results if one.status is status)
            yield from [Block(status, None, None, of)] if of else []
        for group in groups:
            of = tuple(one for one in group.results if one.status is status)
            yield from [Block(status, None, group.label, of)] if of else []


class Listed(NamedTuple):
    """Where a list stands: its sheet as formulas write it, the letter of its last column, and of each block
    (by its place) the rows."""

    sheet: str
    right: str
    rows: Mapping[int, range]

    def range(self, blocks: Sequence[int]) -> str:
        """The range of blocks that follow each other."""
        first, last = self.rows[blocks[0]].start, self.rows[blocks[-1]].stop - 1
        return f"{self.sheet}!A{first}:{self.right}{last}"


def places_in(lists: Lists, opened: Listed, every: Listed) -> Places:
    """The places of all numbers, where the blocks of `lists.open` and `lists.all` are listed; a block that is
    not has none."""
    places = Places()
    for blocks, listed in ((lists.open, opened), (lists.all, every)):
        for status in ORDER:
            of = [at for at, block in enumerate(blocks) if block.status is status and at in listed.rows]
            if of:
                places.statuses.setdefault(status, listed.range(of))
    for at, block in enumerate(lists.open):
        if block.reason is not None and at in opened.rows:
            places.reasons[block.reason] = opened.range([at])
    for at, block in enumerate(lists.all):
        if block.label is not None and at in every.rows:
            places.groups[block.label, block.status] = every.range([at])
    _done_reasons(lists, places)
    return places


def _done_reasons(lists: Lists, places: Places) -> None:
    """A reason that all rows of a status have stands where these stand."""
    for at, reason in enumerate(lists.reasons):
        alone = sum(other.status is reason.status for other in lists.reasons) == 1
        if alone and reason.status in places.statuses:
            places.reasons.setdefault(at, places.statuses[reason.status])
