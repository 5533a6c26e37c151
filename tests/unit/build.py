"""Short ways to make the values tests are about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from batchreset.model import Attempt, AttemptState, Rules
from batchreset.rows import Contact, Row

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
RULES = Rules()
CONTACT = Contact("+8613800138000", "chinaPR", "li@example.com")
_ids = count(1)


def ago(**parts: float) -> datetime:
    """`NOW` minus a span: `ago(hours=3)`."""
    return NOW - timedelta(**parts)


def attempt(state: AttemptState, at: datetime = NOW, **fields: Any) -> Attempt:
    """An attempt of job "job", run "earlier", for SN "A1", begun and processed at `at`."""
    values: dict[str, Any] = {
        "id": f"attempt-{next(_ids)}",
        "job": "job",
        "run": "earlier",
        "sn": "A1",
        "contact": "digest",
        "state": state,
        "opened_at": at,
        "counts_from": at,
        "settled_at": None if state is AttemptState.OPEN else at,
    }
    return Attempt(**{**values, **fields})


def row(number: int = 2, sn: str = "A1", **fields: Any) -> Row:
    """A usable row."""
    values: dict[str, Any] = {"contact": CONTACT, "shown_sn": sn}
    return Row(number, sn, **{**values, **fields})
