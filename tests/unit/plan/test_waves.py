"""Which rows go first where a plan is sent in parts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Reason, Status, Verdict, sn_key
from batchreset.plan.build import Plan, PlannedRow
from batchreset.plan.waves import Parts, next_part
from batchreset.rows import Row


def plan(rows: int) -> Plan:
    planned = tuple(
        PlannedRow(Row(n, f"SN{n}"), Verdict(Status.NOT_SENT, Reason.SENDABLE), "") for n in range(rows)
    )
    return Plan(planned, planned, 0)


def numbers(part: tuple[PlannedRow, ...]) -> list[int]:
    return [planned.row.number for planned in part]


def test_canary_is_the_sheets_first_rows_and_then_comes_the_rest() -> None:
    parts = Parts(canary=2)
    assert numbers(next_part(plan(5), parts, ())) == [0, 1]
    assert numbers(next_part(plan(5), parts, {"sn0", "sn1"})) == [2, 3, 4]
    assert next_part(plan(2), parts, {"sn0", "sn1"}) == ()


def test_part_when_the_sheet_was_sorted_in_between_then_nobody_is_taken_for_another() -> None:
    sorted_since = tuple(reversed(plan(5).to_send))
    renumbered = tuple(replace(p, row=replace(p.row, number=n)) for n, p in enumerate(sorted_since))
    left = next_part(replace(plan(5), to_send=renumbered), Parts(canary=2), {"sn0", "sn1"})
    assert [planned.row.sn for planned in left] == ["SN4", "SN3", "SN2"]


@given(st.lists(st.sampled_from(["", "A", "B", "C"]), max_size=20))
def test_waves_go_label_by_label_in_the_sheets_order_and_leave_nobody_out(labels: list[str]) -> None:
    parts, gone, seen = Parts(labels=dict(enumerate(labels))), set[str](), list[str]()
    while part := next_part(plan(len(labels)), parts, gone):
        assert numbers(part) == sorted(numbers(part))
        assert len({labels[n] for n in numbers(part)}) == 1
        seen.append(labels[numbers(part)[0]])
        gone |= {sn_key(planned.row.sn) for planned in part}
    assert seen == list(dict.fromkeys(labels))
    assert gone == {f"sn{n}" for n in range(len(labels))}


@given(st.integers(0, 9), st.integers(0, 9))
def test_plan_for_some_of_its_rows_counts_the_others_as_left_out(rows: int, kept: int) -> None:
    whole = plan(rows)
    some = whole.only(whole.to_send[:kept])
    assert len(some.to_send) + some.left_out == rows
    assert some.rows == whole.rows
