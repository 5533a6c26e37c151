"""The ledger's writer: what goes into one transaction, and what a failure stops."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.sql import many
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.ledger.writer import Asked, Transactions
from batchreset.model import Attempt, AttemptState, Reason, Verdict
from tests.edge.ledgers import FREE, GOOD, claim, claimed, raw, without_triggers
from tests.unit.build import NOW


@contextmanager
def one_batch(ledger: SqliteLedger) -> Iterator[None]:
    """What is asked inside waits for the writer, and then goes into the same transaction."""
    taken, go = threading.Event(), threading.Event()

    def wait(connection: sqlite3.Connection, questions: Sequence[None]) -> Sequence[None]:
        taken.set()
        go.wait()
        return questions

    ledger._writer.submit(wait, None)
    taken.wait()
    try:
        yield
    finally:
        go.set()


async def test_writing_fails_then_no_claim_succeeds_any_more_and_settling_is_still_tried(
    ledger: SqliteLedger,
) -> None:
    first = await claimed(ledger, "A1")
    with raw(ledger.path) as other:
        other.execute("ALTER TABLE attempt RENAME TO gone")
        for _ in range(2):
            with pytest.raises(LedgerError):
                await ledger.claim(claim("A2"))
        other.execute("ALTER TABLE gone RENAME TO attempt")
    with pytest.raises(LedgerError):
        await ledger.claim(claim("A3"))
    await ledger.settle(first, GOOD, NOW)
    assert ledger.history()["a1"][0].state is AttemptState.SUCCEEDED


async def test_settling_and_the_next_claim_of_the_terminal_in_one_batch_are_judged_in_order(
    ledger: SqliteLedger,
) -> None:
    first = await claimed(ledger, "A1")
    other = await claimed(ledger, "A2")
    with one_batch(ledger):
        asked = [
            ledger.settle(first, FREE, NOW),
            ledger.claim(claim("a1")),
            ledger.claim(claim("A1")),
            ledger.settle(other, GOOD, NOW),
            ledger.claim(claim("A2")),
        ]
    _, again, third, _, done = await asyncio.gather(*asked)
    assert isinstance(again, Attempt)
    assert isinstance(third, Verdict)
    assert third.reason is Reason.IN_FLIGHT
    assert isinstance(done, Verdict)
    assert done.reason is Reason.CONFIRMED


async def test_settling_that_fails_in_a_batch_fails_alone_and_no_claim_after_it_succeeds(
    ledger: SqliteLedger,
) -> None:
    first, gone = await claimed(ledger, "A1"), await claimed(ledger, "A2")
    last = await claimed(ledger, "A3")
    with one_batch(ledger):
        asked = [
            ledger.settle(first, GOOD, NOW),
            ledger.settle(replace(gone, id="?"), GOOD, NOW),
            ledger.claim(claim("A4")),
            ledger.settle(last, GOOD, NOW),
        ]
    kept, lost, refused, kept_too = await asyncio.gather(*asked, return_exceptions=True)
    assert (kept, kept_too) == (None, None)
    assert isinstance(lost, LedgerError)
    assert lost.code == "ledger-changed"
    assert refused is lost
    assert {sn: a.state for sn, (a,) in ledger.history(["A1", "A2", "A3", "A4"]).items()} == {
        "a1": AttemptState.SUCCEEDED,
        "a2": AttemptState.OPEN,
        "a3": AttemptState.SUCCEEDED,
    }


async def test_claim_that_fails_in_a_batch_does_not_fail_the_others(ledger: SqliteLedger) -> None:
    with one_batch(ledger):
        asked = [ledger.claim(claim(sn)) for sn in ("A1", "\udc80", "A2")]
    good, bad, good_too = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(good, Attempt)
    assert isinstance(good_too, Attempt)
    assert isinstance(bad, UnicodeEncodeError)


def test_lock_of_another_program_is_waited_for_once_by_all_who_ask_together(ledger: SqliteLedger) -> None:
    tries: list[sqlite3.Connection] = []
    done: list[int] = []

    def note(_connection: sqlite3.Connection, questions: Sequence[int]) -> Sequence[int]:
        done.extend(questions)
        return questions

    with closing(sqlite3.connect(ledger.path, timeout=0, isolation_level=None)) as connection:
        transactions = Transactions(connection, tries.append, lambda: None)
        batch = [Asked(note, number, True, None, Future()) for number in range(5)]
        with raw(ledger.path) as other:
            other.execute("BEGIN IMMEDIATE")
            transactions.commit(batch)
        assert [getattr(asked.error, "code", None) for asked in batch] == ["ledger-locked"] * 5
        assert len(tries) == 1
        claim = Asked(note, 6, False, None, Future())
        transactions.commit([Asked(note, 5, True, None, Future()), claim])
    assert done == [5], "outcomes are kept as soon as it is free"
    assert isinstance(claim.error, LedgerError), "and nothing more leaves"


def log_of(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + "-wal")


HARMS: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "replaced": lambda ledger: Path(shutil.copy(ledger, ledger.with_name("new"))).replace(ledger),
    "emptied": lambda ledger: os.truncate(ledger, 0),
    "its log deleted": lambda ledger: log_of(ledger).unlink(),
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
async def test_ledger_deleted_or_replaced_while_running_lets_nothing_more_leave(
    ledger: SqliteLedger, harm: Callable[[Path], object]
) -> None:
    await ledger.claim(claim("A1"))
    harm(ledger.path)
    with pytest.raises(LedgerError) as caught:
        await ledger.claim(claim("A2"))
    assert caught.value.code == "ledger-gone"


async def test_settle_when_the_attempt_is_gone_is_an_error(ledger: SqliteLedger) -> None:
    first = await claimed(ledger, "A1")
    with without_triggers(ledger.path) as other:
        other.execute("DELETE FROM attempt")
    with pytest.raises(LedgerError) as caught:
        await ledger.settle(first, GOOD, NOW)
    assert caught.value.code == "ledger-changed"


@pytest.mark.parametrize("count", [0, 1, 200, 201, 7000])
def test_many_records_are_written_whatever_the_most_values_a_statement_takes(count: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32766)  # some systems allow more
        connection.execute("CREATE TABLE numbers (a, b, c, d, e)")
        records = [(n, n, n, n, n) for n in range(count)]
        assert many(connection, "INSERT INTO numbers VALUES {rows}", records) == count
        assert connection.execute("SELECT * FROM numbers ORDER BY a").fetchall() == records
