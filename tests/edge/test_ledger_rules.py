"""The rules in the database itself: they hold whatever program writes, and whatever ours believes.

Each is broken by plain SQL, and to prove that it was this rule which refused, once more without it. Then
the claiming path is broken on purpose, as a mistake above the database would.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import AttemptState, Outcome, Reason, Resolution, Status, Verdict, Wishes
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    BAD_ROW,
    FREE,
    GOOD,
    LOST,
    begin,
    claim,
    claimed,
    copied,
    end,
    opened,
    raw,
    rows,
    settled,
    word,
)
from tests.unit.build import NOW

US: Final = timedelta(microseconds=1)
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
    return f"UPDATE attempt SET {what}, seal = randomblob(16) WHERE sn_key = '{sn}'"


def change_run(run: str, what: str) -> str:
    return f"UPDATE run SET {what}, seal = randomblob(16) WHERE id = '{run}'"


@dataclass(frozen=True)
class Broken:
    """A statement that breaks a rule of the schema: a trigger or an index."""

    rule: str
    sql: str
    kind: str = "trigger"


BROKEN: Final = [
    Broken("attempt_within_quota", new_attempt("full")),
    Broken("attempt_within_quota", new_attempt("full", at_us=NOW_US + DAY_US - 1)),
    Broken("attempt_is_of_a_run", new_attempt("new", run="nobody")),
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
    Broken(
        "attempt_is_sealed_anew",
        "UPDATE attempt SET state = 'unknown', settled_at = 1 WHERE sn_key = 'open'",
    ),
    Broken("run_is_sealed_anew", "UPDATE run SET ended_at = 2 WHERE id = 'run'"),
    Broken("run_is_kept", "DELETE FROM run WHERE id = 'run'"),
    Broken("job_stays_itself", "UPDATE job SET output_dir = '/elsewhere'"),
    Broken("run_ends_once", change_run("ended", "ended_at = 2")),
    Broken("run_ends_once", change_run("ended", "ended_at = NULL")),
    *(
        Broken("run_stays_itself", change_run("run", what))
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


async def fill(path: Path) -> None:
    """Terminals called by what became of their call; "full" has five refusals, of five jobs."""
    with opened(path) as ledger:
        for name in ("job", "other", "ended"):
            begin(ledger, "run" if name == "job" else name, name)
        for number in range(5):
            name = f"full-{number}"
            begin(ledger, name, name)
            await settled(ledger, "full", BAD_ROW, asking=Asking(name, "d", name))
        for sn, outcome in (("good", GOOD), ("refused", BAD_ROW), ("free", FREE), ("lost", LOST)):
            await settled(ledger, sn, outcome)
        lost = await settled(ledger, "arrived", LOST)
        await claimed(ledger, "open")
        ledger.resolve([word(lost, Resolution.ARRIVED)])
        end(ledger, "ended")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "l"
    asyncio.run(fill(path))
    return path


@pytest.fixture
def outside(filled: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy of it, opened by nothing of ours."""
    with raw(copied(filled, tmp_path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.rule}: {broken.sql[:60]}")
def test_rule_refuses_what_breaks_it_and_nothing_else_does(
    outside: sqlite3.Connection, broken: Broken
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="rule: " if broken.kind == "trigger" else "UNIQUE"):
        outside.execute(broken.sql)
    outside.execute(TAKE_OUT[broken.kind].format(rule=broken.rule))
    outside.execute(broken.sql)


def test_every_trigger_and_unique_index_of_the_schema_is_broken_here(outside: sqlite3.Connection) -> None:
    rules = outside.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' OR (type = 'index' AND sql LIKE '%UNIQUE%')"
    )
    assert {name for (name,) in rules} == {broken.rule for broken in BROKEN}


@pytest.mark.parametrize("sql", CHECKED)
def test_check_refuses_values_that_mean_nothing(outside: sqlite3.Connection, sql: str) -> None:
    outside.execute("DROP TRIGGER attempt_settles_once")  # it may be the first to refuse
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        outside.execute(sql)
    outside.execute("PRAGMA ignore_check_constraints = ON")
    outside.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        new_attempt("full", at_us=NOW_US + DAY_US),
        new_attempt("free"),
        new_attempt("refused"),
        new_attempt("good", "other", "other"),
        new_attempt("lost", "other", "other"),
        *(change("open", f"state = '{state}', settled_at = 1") for state in ("succeeded", "unprocessed")),
        *(change("lost", f"state = '{state}'") for state in ("succeeded", "refused", "unprocessed")),
        change("lost", "resolved = 'not_arrived'"),
        change_run("run", "ended_at = 2, stop = '', counts = ''"),
    ],
)
def test_rules_let_pass_what_is_right(outside: sqlite3.Connection, sql: str) -> None:
    assert outside.execute(sql).rowcount == 1


def test_quota_counts_from_the_latest_time_of_processing_and_not_what_was_unprocessed(
    outside: sqlite3.Connection,
) -> None:
    outside.execute("DROP TRIGGER attempt_settles_once")
    outside.execute(
        "UPDATE attempt SET state = 'unprocessed', seal = randomblob(16)"
        " WHERE seq = (SELECT min(seq) FROM attempt WHERE sn_key = 'full')"
    )
    outside.execute(new_attempt("full", at_us=NOW_US + 1))
    outside.execute(change("full", "state = 'refused', settled_at = 1, counts_from = counts_from + 1"))
    later = new_attempt("full", "other", "other", at_us=NOW_US + DAY_US)
    with pytest.raises(sqlite3.IntegrityError, match="quota"):
        outside.execute(later)


async def test_attempt_may_be_deleted_only_once_a_forgetting_says_so_and_it_counts_no_more(
    ledger: SqliteLedger,
) -> None:
    await settled(ledger, "A1", GOOD)
    at = NOW + timedelta(days=1)
    with raw(ledger.path) as outside:
        delete = "DELETE FROM attempt WHERE sn_key = 'a1'"
        forget = "INSERT INTO forgetting VALUES (100, ?, 0, 'me', 0, 0, '', x'00')"
        outside.execute(forget, (int(at.timestamp()) * 1_000_000,))
        with pytest.raises(sqlite3.IntegrityError, match="for as long as it may count"):
            outside.execute(delete)
        outside.execute("UPDATE forgetting SET at = at + 1")
        assert outside.execute(delete).rowcount == 1


A_RUN: Final = (
    "INSERT INTO run SELECT 999, {id}, {job}, started_at, host, pid, version, source, again, retry_unknown,"
    " operator, accepted, ended_at, stop, counts, seal FROM run WHERE id = 'run'"
)


@pytest.mark.parametrize(
    "sql",
    [
        A_RUN.format(id="id", job="job"),
        A_RUN.format(id="'another'", job="'nobody'"),
        "INSERT INTO forgotten VALUES (1, 999)",
        "DELETE FROM job WHERE id = 'job'",
    ],
    ids=["a run's id again", "a run of no job", "forgotten by nobody", "a job with runs"],
)
async def test_keys_hold_for_the_ledgers_own_connection(ledger: SqliteLedger, sql: str) -> None:
    await refused_as_rule(ledger, sql)


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT OR REPLACE INTO chain SELECT * FROM chain WHERE seq = 1",
        "INSERT OR REPLACE INTO attempt SELECT * FROM attempt",
        "UPDATE OR REPLACE run SET id = 'run' WHERE id <> 'run'",
    ],
)
async def test_replacing_is_deleting_and_refused_like_it(ledger: SqliteLedger, sql: str) -> None:
    begin(ledger, "second", "second")
    await claimed(ledger, "A1")
    await refused_as_rule(ledger, sql)


async def refused_as_rule(ledger: SqliteLedger, sql: str) -> None:
    with pytest.raises(LedgerError) as caught:
        ledger._writer.call(lambda connection: connection.execute(sql))
    assert_rule(caught.value)
    with pytest.raises(LedgerError):
        await ledger.claim(claim("another"))


def assert_rule(error: BaseException) -> None:
    assert isinstance(error, LedgerError)
    assert (error.code, error.exit_code) == ("ledger-rule", 5)


@pytest.fixture
def gullible(monkeypatch: pytest.MonkeyPatch) -> None:
    """The claiming path believes that anything may be sent at any time."""
    sendable = Verdict(Status.NOT_SENT, Reason.SENDABLE)
    monkeypatch.setattr("batchreset.ledger.attempts.judge_terminal", lambda *_: sendable)


async def stops_all(ledger: SqliteLedger, sn: str, asking: Asking, at: datetime = NOW) -> None:
    """One more call is refused by a rule, then every other; but the outcome of one in flight is taken."""
    in_flight = await claimed(ledger, "in flight", at)
    before = rows(ledger.path, "SELECT * FROM attempt ORDER BY seq")
    with pytest.raises(LedgerError) as caught:
        await ledger.claim(claim(sn, at, asking))
    assert_rule(caught.value)
    with pytest.raises(LedgerError) as after:
        await ledger.claim(claim("another", at))
    assert after.value is caught.value
    assert rows(ledger.path, "SELECT * FROM attempt ORDER BY seq") == before
    await ledger.settle(in_flight, GOOD, at)
    assert ledger.history(["in flight"])["in flight"][0].state is AttemptState.SUCCEEDED
    assert ledger.verify().broken is None


async def test_sixth_call_in_the_window_when_the_claiming_path_is_broken_is_refused_by_the_database(
    ledger: SqliteLedger, gullible: None
) -> None:
    for number in range(5):
        begin(ledger, f"run-{number}", f"job-{number}")
        await settled(ledger, "A1", BAD_ROW, asking=Asking(f"job-{number}", "d", f"run-{number}"))
    await stops_all(ledger, "A1", Asking("job", "d", "run"), NOW + timedelta(days=1) - US)


async def test_sixth_call_after_the_window_when_the_claiming_path_is_broken_is_let_pass(
    ledger: SqliteLedger, gullible: None
) -> None:
    """The control of the one above: the database holds to the documented quota, without our margin."""
    for number in range(5):
        begin(ledger, f"run-{number}", f"job-{number}")
        await settled(ledger, "A1", BAD_ROW, asking=Asking(f"job-{number}", "d", f"run-{number}"))
    await claimed(ledger, "A1", NOW + timedelta(days=1))


@pytest.mark.parametrize("outcome", [None, GOOD, LOST], ids=["open", "good", "lost"])
@pytest.mark.parametrize("run", ["run", "rerun"])
async def test_second_call_of_a_job_when_the_claiming_path_is_broken_is_refused_by_the_database(
    ledger: SqliteLedger, gullible: None, outcome: Outcome | None, run: str
) -> None:
    begin(ledger, "rerun", new_job=False)
    first = await claimed(ledger, "A1")
    if outcome is not None:
        await ledger.settle(first, outcome, NOW)
    await stops_all(ledger, "A1", Asking("job", "d", run))


async def test_second_call_of_the_same_run_is_refused_even_where_the_operator_wants_lost_ones_sent_again(
    ledger: SqliteLedger, gullible: None
) -> None:
    await settled(ledger, "A1", LOST)
    await stops_all(ledger, "A1", Asking("job", "d", "run", Wishes(retry_unknown=True)))


async def test_second_call_under_way_when_the_claiming_path_is_broken_is_refused_by_the_database(
    ledger: SqliteLedger, gullible: None
) -> None:
    begin(ledger, "other", "other")
    await claimed(ledger, "A1")
    await stops_all(ledger, "A1", Asking("other", "d", "other"))


@pytest.mark.parametrize(
    "asking", [Asking("job", "d", "ended"), Asking("job", "d", "nobody"), Asking("job", "d")]
)
async def test_call_by_a_run_that_does_not_go_on_is_refused_by_the_database(
    ledger: SqliteLedger, asking: Asking
) -> None:
    begin(ledger, "ended", new_job=False)
    end(ledger, "ended")
    await stops_all(ledger, "A1", asking)


async def test_run_ended_twice_is_refused(ledger: SqliteLedger) -> None:
    end(ledger)
    with pytest.raises(LedgerError) as caught:
        end(ledger)
    assert_rule(caught.value)
