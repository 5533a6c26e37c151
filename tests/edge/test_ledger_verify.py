"""The audit: it names the first record that is not what was written, and finds nothing where all is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from batchreset.ledger.sqlite import SqliteLedger
from batchreset.ledger.verify import TABLES, Broken, Fault
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    BAD_ROW,
    GOOD,
    begin,
    claimed,
    copied,
    end,
    everything,
    forgetting,
    made,
    opened,
    opened_and_closed,
    refused,
    rows,
    settled,
    without_triggers,
)
from tests.unit.build import NOW, ago

ALL_BUT_SEQ: Final = TABLES["attempt"].removeprefix("seq, ") + ", seal"
AS_IT_WAS: Final = f"CREATE TEMP TABLE was AS SELECT seq, {ALL_BUT_SEQ} FROM attempt"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with records of every kind; not to be changed."""
    path = tmp_path_factory.mktemp("whole") / "l"
    asyncio.run(everything(path))
    return path


def named(path: Path, *statements: str) -> Broken | None:
    """What the audit of an open ledger names after these changes from outside."""
    with opened(path) as ledger, without_triggers(path) as outside:
        for sql in statements:
            assert outside.execute(sql).rowcount, sql
        return ledger.verify().broken


def number(path: Path, sql: str) -> int:
    ((found,),) = rows(path, sql)
    assert isinstance(found, int), sql
    return found


def test_verify_of_a_new_ledger_holds(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        verified = ledger.verify()
    assert (verified.entries, verified.attempts, verified.broken) == (0, 0, None)


def test_verify_of_records_of_every_kind_holds_and_tells_the_chains_end(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    assert all(number(path, f"SELECT count(*) FROM {table}") for table in TABLES)
    with opened(path) as ledger:
        verified = ledger.verify()
        assert ledger.verify() == verified
    assert verified.broken is None
    assert verified.attempts == number(path, "SELECT count(*) FROM attempt")
    assert rows(path, "SELECT seq, lower(hex(link)) FROM chain ORDER BY seq DESC LIMIT 1") == [
        (verified.entries, verified.head)
    ]


@pytest.mark.parametrize("table", list(TABLES))
def test_verify_when_a_record_was_removed_names_it(whole: Path, tmp_path: Path, table: str) -> None:
    path = copied(whole, tmp_path)
    last = number(path, f"SELECT max(seq) FROM {table}")
    assert named(path, f"DELETE FROM {table} WHERE seq = {last}") == Broken(last, table, Fault.REMOVED)


def test_verify_when_a_record_was_added_names_it(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    taken = number(path, "SELECT max(seq) FROM attempt")
    free = number(path, "SELECT max(seq) + 1 FROM chain")
    values = ALL_BUT_SEQ.replace("id,", "'new',", 1).replace("sn_key", "'a9'")
    add = f"INSERT INTO attempt (seq, {ALL_BUT_SEQ}) SELECT {free}, {values} FROM attempt WHERE seq = {taken}"
    assert named(path, add) == Broken(free, "attempt", Fault.ADDED, "new")


def test_verify_when_a_record_was_added_under_a_number_of_another_kind_names_it(
    whole: Path, tmp_path: Path
) -> None:
    path = copied(whole, tmp_path)
    run = number(path, "SELECT max(seq) FROM run")
    values = ALL_BUT_SEQ.replace("id,", "'new',", 1).replace("sn_key", "'a9'")
    add = f"INSERT INTO attempt (seq, {ALL_BUT_SEQ}) SELECT {run}, {values} FROM attempt LIMIT 1"
    assert named(path, add) == Broken(run, "attempt", Fault.CHANGED, "new")


def test_verify_when_two_records_were_swapped_names_the_first(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    (one,), (other,) = rows(path, "SELECT seq FROM attempt WHERE state = 'unknown' ORDER BY seq")
    swapped = [
        f"UPDATE attempt SET ({ALL_BUT_SEQ}) = (SELECT {ALL_BUT_SEQ} FROM was WHERE was.seq = {there})"
        f" WHERE seq = {here}"
        for here, there in ((one, other), (other, one))
    ]
    aside = (
        f"UPDATE attempt SET id = 'x', sn_key = 'x' WHERE seq = {other}"  # no two of one id, even in between
    )
    with opened(path) as ledger, without_triggers(path) as outside:
        outside.execute(AS_IT_WAS)
        for sql in (aside, *swapped):
            assert outside.execute(sql).rowcount == 1
        broken = ledger.verify().broken
    assert broken is not None
    assert (broken.seq, broken.kind, broken.fault) == (one, "attempt", Fault.CHANGED)


async def test_verify_when_a_record_is_an_older_state_of_itself_names_it(ledger: SqliteLedger) -> None:
    """With its seal of then, which is a good one: only the chain knows that it was settled since."""
    attempt = await claimed(ledger, "A1")
    with without_triggers(ledger.path) as outside:
        outside.execute(AS_IT_WAS)
        await ledger.settle(attempt, GOOD, NOW)
        outside.execute(f"UPDATE attempt SET ({ALL_BUT_SEQ}) = (SELECT {ALL_BUT_SEQ} FROM was)")
        assert ledger.history(["A1"])["a1"] == (attempt,)
        assert ledger.verify().broken == Broken(attempt.seq, "attempt", Fault.CHANGED, attempt.id)


CHAIN_CHANGED: Final = (
    "UPDATE chain SET kind = 'restoring' WHERE seq = {k}",
    "UPDATE chain SET kind = 'é' WHERE seq = {k}",
    "UPDATE chain SET record = record - 1 WHERE seq = {k}",
    "UPDATE chain SET seal = zeroblob(16) WHERE seq = {k}",
    "UPDATE chain SET seal = 'text' WHERE seq = {k}",
    "UPDATE chain SET link = zeroblob(16) WHERE seq = {k}",
    "UPDATE chain SET link = 5 WHERE seq = {k}",
    "UPDATE chain SET seq = 1000 + seq WHERE seq = {k}",
    "DELETE FROM chain WHERE seq = {k}",
    "DELETE FROM chain WHERE seq BETWEEN {k} AND {k} + 3",
)


@pytest.mark.parametrize("sql", CHAIN_CHANGED)
def test_verify_when_the_chain_was_changed_names_the_entry_and_not_its_record(
    whole: Path, tmp_path: Path, sql: str
) -> None:
    """Every third entry but the end of the chain; among them some about much older records."""
    for k in range(1, number(whole, "SELECT max(seq) FROM chain") - 4, 3):
        path = copied(whole, tmp_path / str(k))
        assert named(path, sql.format(k=k)) == Broken(k, "chain", Fault.CHAIN), k


def test_verify_when_two_entries_of_the_chain_were_swapped_names_the_first(
    whole: Path, tmp_path: Path
) -> None:
    path = copied(whole, tmp_path)
    swap = (
        "UPDATE chain SET seq = 1005 WHERE seq = 5",
        "UPDATE chain SET seq = 5 WHERE seq = 8",
        "UPDATE chain SET seq = 8 WHERE seq = 1005",
    )
    assert named(path, *swap) == Broken(5, "chain", Fault.CHAIN)


def test_verify_when_an_entry_of_the_chain_was_added_names_it(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    end = number(path, "SELECT max(seq) FROM chain")
    add = "INSERT INTO chain SELECT seq + 1, kind, record, seal, link FROM chain ORDER BY seq DESC LIMIT 1"
    assert named(path, add) == Broken(end + 1, "chain", Fault.CHAIN)


async def test_chain_cut_at_its_end_with_what_it_told_of_is_told_when_the_ledger_is_opened(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    """The rest is whole, so `verify` can't tell; the note beside the ledger does (head.py)."""
    before = copied(ledger.path, tmp_path / "before")
    attempt = await settled(ledger, "A1", GOOD)
    begin(ledger, "second", "second")  # and a newer note
    with without_triggers(ledger.path) as outside:
        outside.execute("DELETE FROM chain WHERE seq >= ?", (attempt.seq,))
        outside.execute("DELETE FROM attempt")
        outside.execute("DELETE FROM run WHERE id = 'second'")
        outside.execute("DELETE FROM job WHERE id = 'second'")
    assert ledger.verify().broken is None
    assert refused(ledger.path).code == "ledger-restored"
    assert before.exists()


def test_chain_cut_at_its_end_alone_names_the_first_record_it_no_longer_tells_of(
    whole: Path, tmp_path: Path
) -> None:
    path = copied(whole, tmp_path)
    last = number(path, "SELECT max(seq) FROM attempt")
    broken = named(path, f"DELETE FROM chain WHERE seq >= {last}")
    assert broken is not None
    assert (broken.seq, broken.kind, broken.fault) == (last, "attempt", Fault.ADDED)


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        (["UPDATE job SET lang = 'x'", "UPDATE run SET host = 'x'"], ("job", Fault.CHANGED)),
        (["UPDATE attempt SET sn = 'x'", "DELETE FROM run"], ("run", Fault.REMOVED)),
        (["UPDATE attempt SET sn = 'x'", "DELETE FROM chain"], ("chain", Fault.CHAIN)),
        (["UPDATE run SET host = 'x'", "DELETE FROM chain"], ("run", Fault.CHANGED)),
        (["DELETE FROM job", "UPDATE chain SET link = x'00'"], ("job", Fault.REMOVED)),
    ],
)
def test_verify_of_several_changes_names_the_first(
    tmp_path: Path, statements: list[str], first: tuple[str, Fault]
) -> None:
    """Each of them in the last record of its kind: job 1, run 2, attempt 4 (entry 3 is the run's end)."""
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        end(ledger)
        begin(ledger, "next", new_job=False)
        asyncio.run(claimed(ledger, "A1", asking=Asking("job", "d", "next")))
    places = {"job": 1, "run": 2, "chain": 3, "attempt": 5}
    broken = named(
        path,
        *(
            f"{sql} WHERE seq = {places[table]}"
            for sql in statements
            for table in places
            if f" {table}" in sql
        ),
    )
    assert broken is not None
    assert (broken.kind, broken.fault, broken.seq) == (*first, places[first[0]])


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM forgotten WHERE record = (SELECT min(record) FROM forgotten)",
        "INSERT INTO forgotten SELECT max(seq), (SELECT min(seq) FROM forgetting) FROM attempt",
        "UPDATE forgotten SET forgetting = forgetting + 1 WHERE record = 1",
        "DELETE FROM forgetting",
        "UPDATE forgetting SET records = ''",
    ],
)
def test_verify_when_the_record_of_what_was_forgotten_was_changed_names_something(
    whole: Path, tmp_path: Path, sql: str
) -> None:
    assert named(copied(whole, tmp_path), sql) is not None


def test_verify_when_a_removed_record_is_passed_off_as_forgotten_names_the_forgetting(
    whole: Path, tmp_path: Path
) -> None:
    path = copied(whole, tmp_path)
    last = number(path, "SELECT max(seq) FROM attempt")
    forgot = number(path, "SELECT seq FROM forgetting")
    statements = (
        f"DELETE FROM attempt WHERE seq = {last}",
        f"INSERT INTO forgotten VALUES ({last}, {forgot})",
    )
    broken = named(path, *statements)
    assert broken is not None
    assert (broken.seq, broken.kind) == (forgot, "forgetting")


async def test_verify_while_a_run_writes_holds_each_time(ledger: SqliteLedger) -> None:
    begin(ledger, "old", "old", at=ago(days=40))
    await settled(ledger, "old", GOOD, ago(days=40), Asking("old", "d", "old"))

    async def write() -> None:
        for at in range(0, 300, 50):
            outcomes = [made(ledger, f"A{n}", (GOOD, BAD_ROW)[n % 2]) for n in range(at, at + 50)]
            await asyncio.gather(*outcomes)
        ledger.forget(forgetting(NOW, NOW - ago(days=20)))

    writing, seen = asyncio.create_task(write()), set[int]()
    while not writing.done() or not seen:
        verified = await asyncio.to_thread(ledger.verify)
        assert verified.broken is None
        seen.add(verified.entries)
    await writing
    assert ledger.verify().entries >= max(seen)
    assert len(seen) > 2, "nothing was written between two audits"


def test_verify_leaves_the_ledger_as_it_was(whole: Path, tmp_path: Path) -> None:
    path = copied(whole, tmp_path)
    opened_and_closed(path)
    before = path.read_bytes()
    with opened(path) as ledger:
        ledger.verify()
    assert path.read_bytes() == before
