"""Which rows go first where a plan is sent in parts: a canary, or one wave for each site. Pure.

The canary is the sheet's *first* rows and not a sample over it: the operator decides by the order of
the sheet who goes first, and can be at those terminals. A sample would send codes to people at as many
sites as it has rows, and nobody could say of any of them what came of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from batchreset.model import sn_key
from batchreset.plan.build import Plan, PlannedRow


@dataclass(frozen=True, slots=True)
class Parts:
    """How a plan is divided: `canary` rows and then the rest, or by a column's text (`labels`, by row)."""

    canary: int | None = None
    labels: Mapping[int, str] | None = None

    def of(self, row: PlannedRow) -> str:
        """The wave that a row belongs to; "" where its cell is empty."""
        return (self.labels or {}).get(row.row.number, "")


def left_of(plan: Plan, gone: Collection[str]) -> list[PlannedRow]:
    """The rows that are in no earlier part."""
    return [planned for planned in plan.to_send if sn_key(planned.row.sn) not in gone]


def next_part(plan: Plan, parts: Parts, gone: Collection[str]) -> tuple[PlannedRow, ...]:
    """The rows to send next, in sheet order.

    `gone` are the `sn_key`s of earlier parts: between two parts somebody may have sorted the sheet.
    """
    left = left_of(plan, gone)
    if not left:
        return ()
    if parts.labels is not None:
        return tuple(planned for planned in left if parts.of(planned) == parts.of(left[0]))
    return tuple(left if gone else left[: parts.canary])
