"""What was changed in the file is told when it is read, never taken for true."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.ledger.verify import TABLES, Fault
from batchreset.model import Resolution
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    GOOD,
    LOST,
    begin,
    claim,
    claimed,
    copied,
    end,
    everything,
    opened,
    raw,
    refused,
    rows,
    settled,
    without_triggers,
    word,
)
from tests.unit.build import NOW

COLUMNS: Final = [
    (table, column)
    for table in TABLES
    for column in (*TABLES[table].removeprefix("seq, ").split(", "), "seal")
]
READ: Final = ("job", "run", "attempt", "resolution")
"""Kinds of records that more than `verify` reads."""
FOUND_BY: Final = (("resolution", "attempt"),)
"""Columns a record is looked up by: changed, it is not found, and only `verify` tells."""
FLIPS: Final = 300


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with records of every kind; not to be changed."""
    path = tmp_path_factory.mktemp("whole") / "l"
    asyncio.run(everything(path))
    return path


OTHERS: Final = (
    "{column} + 1000",
    "{column} || 'x'",
    "upper({column})",
    "substr({column}, 2)",
    "CAST({column} AS BLOB)",
    "CAST(x'ff' AS TEXT)",  # no UTF-8
    "x'ff'",
    "'x'",
    "''",
    "7000",
    "0.5",
    "NULL",
)
"""What a column may hold instead, in SQL."""


def altered(connection: sqlite3.Connection, table: str, column: str) -> Iterator[int]:
    """Make a column of a table's last record each of `OTHERS` in turn; the record's number."""
    last = f"WHERE rowid = (SELECT max(rowid) FROM {table})"
    look = f"SELECT typeof({column}), hex({column}) FROM {table} {last}"
    ((whole,),) = connection.execute(f"SELECT {column} FROM {table} {last}")
    before = connection.execute(look).fetchall()
    for other in OTHERS:
        try:
            connection.execute(f"UPDATE {table} SET {column} = {other.format(column=column)} {last}")
        except sqlite3.IntegrityError:
            continue  # a NULL: SQLite itself refuses it
        if connection.execute(look).fetchall() != before:
            ((seq,),) = connection.execute(f"SELECT rowid FROM {table} {last}")
            yield seq
        connection.execute(f"UPDATE {table} SET {column} = ? {last}", (whole,))
    assert connection.execute(look).fetchall() == before


def told(ledger: SqliteLedger, table: str) -> LedgerError:
    """What reading the records of a table says."""
    resolved = [attempt for (attempt,) in rows(ledger.path, "SELECT attempt FROM resolution")]
    readers: dict[str, Callable[[], object]] = {
        "attempt": ledger.history,
        "resolution": lambda: ledger.resolved(resolved),
    }
    with pytest.raises(LedgerError) as caught:
        readers.get(table, ledger.jobs)()
    return caught.value


@pytest.mark.parametrize(("table", "column"), [c for c in COLUMNS if c[0] in READ and c not in FOUND_BY])
def test_column_that_was_changed_is_told_when_its_record_is_read(
    whole: Path, tmp_path: Path, table: str, column: str
) -> None:
    path, times = copied(whole, tmp_path), 0
    with opened(path) as ledger, without_triggers(path) as outside:
        for _ in altered(outside, table, column):
            times += 1
            assert told(ledger, table).code == "ledger-changed-record"
    assert times >= 3


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_column_that_was_changed_is_named_by_verify(
    whole: Path, tmp_path: Path, table: str, column: str
) -> None:
    path, times = copied(whole, tmp_path), 0
    with opened(path) as ledger, without_triggers(path) as outside:
        for seq in altered(outside, table, column):
            times += 1
            broken = ledger.verify().broken
            assert broken is not None
            assert (broken.kind, broken.seq, broken.fault) == (table, seq, Fault.CHANGED)
            assert broken.name.isprintable()
        assert ledger.verify().broken is None
    assert times >= 3


@pytest.mark.parametrize("table", list(TABLES))
def test_number_that_was_changed_is_told(whole: Path, tmp_path: Path, table: str) -> None:
    path = copied(whole, tmp_path)
    with opened(path) as ledger, without_triggers(path) as outside:
        ((seq,),) = outside.execute(f"SELECT max(seq) FROM {table}")
        outside.execute(f"UPDATE {table} SET seq = seq + 1000 WHERE seq = ?", (seq,))
        broken = ledger.verify().broken
        assert broken is not None
        assert (broken.kind, broken.seq, broken.fault) == (table, seq, Fault.REMOVED)
        if table in READ:
            assert told(ledger, table).code == "ledger-changed-record"


async def test_changed_record_stops_claims_of_its_terminal_and_then_all_but_outcomes_are_taken(
    ledger: SqliteLedger,
) -> None:
    in_flight = await claimed(ledger, "A2")
    await settled(ledger, "A1", GOOD)
    with without_triggers(ledger.path) as outside:
        outside.execute("UPDATE attempt SET state = 'unprocessed' WHERE sn_key = 'a1'")
    for sn in ("A1", "A3"):
        with pytest.raises(LedgerError) as caught:
            await ledger.claim(claim(sn))
        assert caught.value.code == "ledger-changed-record"
    await ledger.settle(in_flight, GOOD, NOW)


async def test_changed_record_is_not_written_over(ledger: SqliteLedger) -> None:
    """Recovering, settling by hand and ending a run write what they have read: a new seal would hide it."""
    begin(ledger, "dead", "dead")
    lost = await settled(ledger, "A1", LOST)
    await claimed(ledger, "A2", asking=Asking("dead", "d", "dead"))
    with without_triggers(ledger.path) as outside:
        outside.execute("UPDATE attempt SET contact = 'another'")
        outside.execute("UPDATE run SET operator = 'nobody'")
    ledger.locks.release()
    with opened(ledger.path) as other:
        for write in (
            lambda: other.recover(NOW),
            lambda: other.resolve([word(lost, Resolution.ARRIVED)]),
            lambda: end(other),
        ):
            with pytest.raises(LedgerError) as caught:
                write()
            assert caught.value.code == "ledger-changed-record"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE chain SET seal = x'00' WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET seal = 'text' WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET link = zeroblob(16) WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET link = 'text' WHERE seq = (SELECT max(seq) - 1 FROM chain)",
        "UPDATE chain SET kind = 'é' WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET record = record - 1 WHERE seq = (SELECT max(seq) FROM chain)",
        "UPDATE chain SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM chain)",
        "DELETE FROM chain WHERE seq = (SELECT max(seq) - 1 FROM chain)",
    ],
)
def test_chain_whose_end_was_changed_is_told_when_the_ledger_is_opened(
    whole: Path, tmp_path: Path, sql: str
) -> None:
    path = copied(whole, tmp_path)
    with without_triggers(path) as outside:
        outside.execute(sql)
    assert refused(path).code == "ledger-changed-record"


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER attempt_within_quota",
        "DROP INDEX attempt_once_in_job",
        "CREATE INDEX more ON attempt (contact)",
        "CREATE TRIGGER more AFTER INSERT ON attempt BEGIN DELETE FROM meta; END",
        "ALTER TABLE attempt ADD COLUMN more",
        "UPDATE meta SET value = 'simulated' WHERE key = 'kind'",
        "UPDATE meta SET value = '' WHERE key = 'kind'",
        "DELETE FROM meta WHERE key = 'rules'",
    ],
)
def test_rules_that_were_changed_are_told_when_the_ledger_is_opened(
    whole: Path, tmp_path: Path, sql: str
) -> None:
    path = copied(whole, tmp_path)
    with raw(path) as outside:
        outside.execute(sql)
    assert refused(path).code == "ledger-damaged"


async def test_bit_that_flips_in_the_file_is_never_taken_for_true(whole: Path, tmp_path: Path) -> None:
    """Of the file's bits 300 at random, one at a time; SQLite has no checksums of its own."""
    path = copied(whole, tmp_path)
    with opened(path) as ledger:  # more records, or most flips would meet empty pages
        begin(ledger, "many", "many")
        for number in range(300):
            await settled(ledger, f"B{number}", GOOD, asking=Asking("many", "d", "many"))
    good, truth = path.read_bytes(), content(path)
    dice, met = random.Random(8), Counter[str]()
    for _ in range(FLIPS):
        place = dice.randrange(len(good) * 8)
        bad = bytearray(good)
        bad[place // 8] ^= 1 << place % 8
        path.write_bytes(bad)
        harm = "records" if content(path) != truth else "indexes" if not is_sound(path) else "none"
        assert is_told(path) or harm == "none", f"bit {place}: {harm}"
        met[harm] += 1
    assert met["records"] > FLIPS / 6, met
    assert met["indexes"] > FLIPS / 20, met


def content(path: Path) -> object:
    """All that the file says, by none of its indexes; that it can't be read is a content too."""
    try:
        with raw(path) as outside:
            outside.text_factory = bytes
            said = outside.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2").fetchall()
            tables = [name.decode() for kind, name, _ in said if kind == b"table"]
            for table in tables:
                said += outside.execute(f"SELECT * FROM {table} NOT INDEXED ORDER BY 1").fetchall()
            return said
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return repr(error)


def is_sound(path: Path) -> bool:
    try:
        return rows(path, "PRAGMA integrity_check") == [("ok",)]
    except sqlite3.Error:
        return False


def is_told(path: Path) -> bool:
    """Whether the ledger refuses to be opened or read, or an audit of it names what is wrong."""
    try:
        with opened(path) as ledger:
            ledger.jobs()
            ledger.history()
            return ledger.verify().broken is not None
    except LedgerError:
        return True
