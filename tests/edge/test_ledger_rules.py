"""The rules in the database itself: they hold whatever program writes, and whatever ours believes.

Each is broken by plain SQL, and to prove that it was this rule which refused, once more without it. Then
the claiming path is broken on purpose, as a mistake above the database would.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, AttemptState, Outcome, Reason, Status, Verdict
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    BAD_ROW,
    FREE,
    GOOD,
    LOST,
    begin,
    claim,
    claimed,
    end,
    forgetting,
    opened,
    raw,
    settled,
)
from tests.unit.build import NOW

DAY_US: Final = 86_400_000_000
NOW_US: Final = int(NOW.timestamp()) * 1_000_000
TAKE_OUT: Final = {"trigger": "DROP TRIGGER {rule}", "index": "DROP INDEX {rule}"}


def new_attempt(
    sn: str, job: str = "job", run: str = "run", state: str = "open", at_us: int = NOW_US, resolved: str = ""
) -> str:
    """An INSERT of an attempt as a program that knows the schema, but no rule, would write it."""
    settled_at = "NULL" if state == "open" else str(at_us)
    said = f"'{resolved}'" if resolved else "NULL"
    columns = (
        "seq, id, job, run, sn, sn_key, contact, state, opened_at, counts_from, settled_at, advice, resolved,"
        " seal"
    )
    values = (
        f"(SELECT max(seq) + 1 FROM attempt), hex(randomblob(8)), '{job}', '{run}', '{sn.upper()}', '{sn}',"
        f" '', '{state}', {at_us}, {at_us}, {settled_at}, 'none', {said}, x'00'"
    )
    return f"INSERT INTO attempt ({columns}) VALUES ({values})"


def change(sn: str, what: str) -> str:
    return f"UPDATE attempt SET {what} WHERE sn_key = '{sn}'"  # noqa: S608  # constants of this file


@dataclass(frozen=True)
class Broken:
    """A statement that breaks a rule of the schema: a trigger or an index."""

    rule: str
    sql: str
    kind: str = "trigger"


BROKEN: Final = [
    Broken("attempt_within_quota", new_attempt("full")),
    Broken("attempt_within_quota", new_attempt("full", at_us=NOW_US + DAY_US - 1)),
    Broken("attempt_is_of_a_run", new_attempt("new", run="nobody's")),
    Broken("attempt_is_of_a_run", new_attempt("new", job="other")),
    Broken("attempt_is_of_a_run", new_attempt("new", job="ended", run="ended")),
    *(
        Broken("attempt_begins_open", new_attempt("new", state=state))
        for state in ("succeeded", "refused", "unprocessed", "unknown")
    ),
    *(
        Broken("attempt_settles_once", change(sn, f"state = '{state}', settled_at = 1"))
        for sn in ("good", "refused", "free")
        for state in ("succeeded", "refused", "unprocessed", "unknown")
    ),
    *(
        Broken("attempt_settles_once", change(sn, "state = 'open', settled_at = NULL"))
        for sn in ("good", "refused", "free", "lost")
    ),
    Broken("attempt_settles_once", change("open", "state = 'unknown', settled_at = 1, resolved = 'arrived'")),
    *(
        Broken("attempt_stays_itself", change("lost", what))
        for what in (
            "seq = 999",
            "id = 'another'",
            "job = 'other'",
            "run = 'another'",
            "sn = 'OTHER'",
            "sn_key = 'other'",
            "contact = 'another'",
            "opened_at = 1",
        )
    ),
    *(
        Broken("attempt_is_kept", f"DELETE FROM attempt WHERE sn_key = '{sn}'")
        for sn in ("open", "good", "free")
    ),
    Broken("run_is_kept", "DELETE FROM run WHERE id = 'run'"),
    Broken("job_stays_itself", "UPDATE job SET output_dir = '/elsewhere'"),
    Broken("run_ends_once", "UPDATE run SET ended_at = 2 WHERE id = 'ended'"),
    Broken("run_ends_once", "UPDATE run SET ended_at = NULL WHERE id = 'ended'"),
    *(
        Broken("run_stays_itself", f"UPDATE run SET {what} WHERE id = 'run'")
        for what in (
            "seq = 999",
            "id = 'another'",
            "job = 'other'",
            "started_at = 1",
            "host = ''",
            "pid = 0",
            "version = ''",
            "source = ''",
            "again = 1",
            "retry_unknown = 1",
            "operator = ''",
            "accepted = ''",
        )
    ),
    Broken("chain_is_never_changed", "UPDATE chain SET seal = x'00' WHERE seq = 1"),
    Broken("chain_is_never_changed", "UPDATE chain SET seq = 999 WHERE seq = 1"),
    Broken("chain_is_never_cut", "DELETE FROM chain WHERE seq = 1"),
    Broken("chain_is_never_cut", "DELETE FROM chain WHERE seq = (SELECT max(seq) FROM chain)"),
    Broken("attempt_open_once", new_attempt("open", job="other", run="other"), "index"),
    *(Broken("attempt_once_in_job", new_attempt(sn), "index") for sn in ("good", "lost", "arrived")),
]
CHECKED: Final = [
    change("lost", "state = 'lost'"),
    change("lost", "resolved = 'perhaps'"),
    change("lost", "settled_at = NULL"),
    change("open", "state = 'unknown'"),
    change("open", "settled_at = 1, state = 'open'"),
    new_attempt("new", resolved="arrived"),
    "INSERT INTO chain VALUES (999, 'note', 1, x'00', x'00')",
    "INSERT INTO chain VALUES (999, 'job', 1000, x'00', x'00')",
    "INSERT INTO quota VALUES (2, 100, 1)",
]


@pytest.fixture
def path(tmp_path: Path, ledger: SqliteLedger) -> Path:
    return ledger.path


@pytest.fixture
async def filled(ledger: SqliteLedger) -> None:
    """Terminals called by what became of their call; "full" has five refusals, of five jobs."""
    begin(ledger, "other", "other")
    begin(ledger, "ended", "ended")
    for number in range(5):
        name = f"full-{number}"
        begin(ledger, name, name)
        await settled(ledger, "full", BAD_ROW, asking=Asking(name, "d", name))
    for sn, outcome in (("good", GOOD), ("refused", BAD_ROW), ("free", FREE), ("lost", LOST)):
        await settled(ledger, sn, outcome)
    lost = await settled(ledger, "arrived", LOST)
    await claimed(ledger, "open")
    from batchreset.model import Resolution
    from tests.edge.ledgers import word

    ledger.resolve([word(lost, Resolution.ARRIVED)])
    end(ledger, "ended")


@pytest.fixture
def outside(filled: None, path: Path) -> Iterator[sqlite3.Connection]:
    with raw(path) as connection:
        yield connection


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.rule}: {broken.sql[:60]}")
def test_rule_refuses_what_breaks_it_and_nothing_else_does(
    outside: sqlite3.Connection, broken: Broken
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="rule: " if broken.kind == "trigger" else "UNIQUE"):
        outside.execute(broken.sql)
    outside.execute(TAKE_OUT[broken.kind].format(rule=broken.rule))
    outside.execute(broken.sql)
