"""A plan: verdicts for all rows, the rows to send in sheet order, and what it foretells."""

from __future__ import annotations

from datetime import timedelta

from batchreset.model import Attempt, AttemptState, Status, Wishes
from batchreset.plan.build import Plan, make_plan
from batchreset.rows import Contact, Row
from tests.unit.build import NOW, RULES, ago, attempt, row


def planned(
    rows: list[Row], history: dict[str, list[Attempt]] | None = None, first: int | None = None
) -> Plan:
    def digest(contact: Contact | None) -> str:
        return "" if contact is None else "digest"

    return make_plan(
        rows,
        history or {},
        job="job",
        wishes=Wishes(),
        digest=digest,
        now=NOW,
        rules=RULES,
        only_first=first,
    )


def test_plan_sends_usable_rows_in_sheet_order_and_counts_all() -> None:
    rows = [row(2, "B"), row(3, "A"), row(4, "a", duplicate_of=3), row(5, "C", contact=None)]
    plan = planned(rows)
    assert [p.row.sn for p in plan.to_send] == ["B", "A"]
    assert sum(plan.counts().values()) == 4
    assert plan.counts()[Status.DUPLICATE] == 1
    assert plan.counts()[Status.INVALID] == 1


def test_plan_finds_history_ignoring_case() -> None:
    plan = planned([row(2, "AbC")], {"abc": [attempt(AttemptState.SUCCEEDED, job="other")]})
    assert plan.rows[0].verdict.status is Status.RECENT


def test_plan_with_only_first_leaves_the_rest_out() -> None:
    plan = planned([row(n, f"A{n}") for n in range(2, 7)], first=2)
    assert [p.row.number for p in plan.to_send] == [2, 3]
    assert plan.left_out == 3


def test_plan_foretells_its_time_and_the_next_row_due() -> None:
    history = {"w": [attempt(AttemptState.REFUSED, ago(hours=h), job="x") for h in (5, 4, 3, 2, 1)]}
    plan = planned([row(2, "A"), row(3, "B"), row(4, "W")], history)
    assert plan.takes(4) == timedelta(seconds=0.5)
    assert plan.takes(0) is None
    assert plan.next_due() == ago(hours=5) + RULES.quota_window + RULES.quota_margin
