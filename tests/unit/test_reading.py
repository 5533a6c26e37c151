"""How a job's sheet was read is kept for its re-runs and reports."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from batchreset.model import Job
from batchreset.prepare import Order
from batchreset.reading import as_read_before, kept_reading
from batchreset.settings import Settings
from batchreset.sheet.grouping import GroupBy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def job(columns: tuple[tuple[str, str], ...] = ()) -> Job:
    return Job("j", NOW, Path("a.xlsx"), "", "List", Path("out"), "en-US", True, "http://x", "me", columns)


@pytest.mark.parametrize(
    ("asked", "set_"),
    [
        ({}, {}),
        ({"columns": {"sn": "B", "mobile": "Handy"}}, {}),
        ({"header_row": 3}, {}),
        ({"hidden_rows": "skip", "first_contact": True}, {}),
        ({}, {"allow_domains": ("a.com", "b.com"), "allow_countries": ("CN",)}),
    ],
)
def test_reading_when_kept_with_a_job_then_a_rerun_that_says_nothing_reads_the_same(
    asked: dict[str, Any], set_: dict[str, Any]
) -> None:
    order, settings = Order(sheet="List", **asked), Settings(**set_)

    again = as_read_before(Order(), Settings(), job(kept_reading(order, settings)))

    assert again == (order, settings)


def test_reading_when_something_else_is_asked_for_then_that_counts() -> None:
    kept = kept_reading(
        Order(columns={"sn": "A"}, header_row=3, hidden_rows="skip"), Settings(allow_domains=("a.com",))
    )
    asked = Order(sheet="Other", columns={"sn": "B"}, header_row=5, hidden_rows="include")

    again = as_read_before(asked, Settings(allow_domains=("b.com",)), job(kept))

    assert again == (asked, Settings(allow_domains=("b.com",)))


def test_reading_when_another_column_is_named_then_those_named_before_stay() -> None:
    kept = kept_reading(Order(columns={"sn": "A", "email": "C"}), Settings())

    again, _ = as_read_before(Order(columns={"email": "D"}), Settings(), job(kept))

    assert again.columns == {"sn": "A", "email": "D"}


def test_reading_when_nothing_is_asked_for_then_nothing_is_kept() -> None:
    assert kept_reading(Order(), Settings()) == ()


def test_reading_when_a_column_to_group_by_was_kept_then_it_need_not_be_there_unless_asked_for_again() -> (
    None
):
    kept = kept_reading(Order(group_by=GroupBy("Site")), Settings())

    order, _ = as_read_before(Order(group_by=GroupBy("Floor")), Settings(), job(kept))
    again, _ = as_read_before(Order(), Settings(), job(kept))

    assert (order.group_by, again.group_by) == (GroupBy("Floor", "Site"), GroupBy(None, "Site"))
    assert again.columns == {}
