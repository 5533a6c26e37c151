"""A ledger that was put back from a copy, lost or replaced has forgotten calls: it is told, and not used."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.contacts import key_file
from batchreset.ledger.head import HeadNote, head_file, read_head
from batchreset.ledger.restore import Restoring, accept_restored
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Resolution
from batchreset.plan.quota import counts_for
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    GOOD,
    LOST,
    begin,
    claimed,
    copied,
    end,
    forgetting,
    lacking,
    opened,
    opened_and_closed,
    raw,
    refused,
    rows,
    settled,
    word,
)
from tests.unit.build import NOW, RULES

LAST_CALL: Final = NOW + timedelta(hours=3)
FROM: Final = LAST_CALL + HeadNote.EVERY + counts_for(RULES)
"""From then on no call can count that was forgotten with what was written after the note."""
US: Final = timedelta(microseconds=1)


def restoring(at: datetime = FROM) -> Restoring:
    return Restoring(at, "me", "the disk was replaced")


@pytest.fixture
async def older(tmp_path: Path) -> Path:
    """A ledger in whose place an older copy was put: of the time before its last run."""
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        await settled(ledger, "A1", GOOD)
        end(ledger)
    copy = copied(path, tmp_path / "backup")
    with opened(path) as ledger:
        begin(ledger, "second", new_job=False, at=LAST_CALL)
        end(ledger, "second", LAST_CALL)
    shutil.copy(copy, path)
    return path


def not_accepted(path: Path, at: datetime = FROM) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        accept_restored(path, restoring(at), RULES)
    return caught.value


def test_open_when_an_older_copy_was_put_back_is_refused_and_the_time_is_told(older: Path) -> None:
    error = refused(older)
    assert (error.code, error.exit_code) == ("ledger-restored", 5)
    assert dict(error.message.params)["at"] == LAST_CALL


async def test_open_when_the_newest_file_is_put_back_is_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        await settled(ledger, "A1", GOOD)
        end(ledger)
        entries = ledger.verify().entries
    newest = copied(path, tmp_path / "newest")
    path.unlink()
    assert refused(path).code == "ledger-restored"
    shutil.copy(newest, path)
    with opened(path) as ledger:
        assert ledger.verify().entries == entries


async def test_open_when_the_ledger_goes_another_way_than_was_noted_is_refused(
    older: Path, tmp_path: Path
) -> None:
    """The copy was used elsewhere and is as long by now, but its entries are others."""
    elsewhere = copied(older, tmp_path / "elsewhere")
    head_file(elsewhere).unlink()
    with opened(elsewhere) as ledger:
        begin(ledger, "other", new_job=False)
        for number in range(9):
            await settled(ledger, f"B{number}", GOOD, asking=Asking("job", "d", "other"))
    shutil.copy(elsewhere, older)
    assert refused(older).code == "ledger-restored"


async def resolves(ledger: SqliteLedger) -> None:
    (lost,) = ledger.history(["A2"])["a2"]
    assert ledger.resolve([word(lost, Resolution.ARRIVED)]) == [True]


async def forgets(ledger: SqliteLedger) -> None:
    assert ledger.forget(forgetting(NOW, timedelta(days=30))).jobs == 1


async def recovers(ledger: SqliteLedger) -> None:
    assert ledger.recover(NOW + timedelta(hours=9)) == 1


@pytest.mark.parametrize("write", [resolves, forgets, recovers])
async def test_open_when_what_was_written_without_a_call_is_gone_again_is_refused(
    tmp_path: Path, write: Callable[[SqliteLedger], Awaitable[None]]
) -> None:
    path, past = tmp_path / "l", NOW - timedelta(days=60)
    with opened(path) as ledger:
        begin(ledger, "old-run", "old", at=past)
        await settled(ledger, "A1", GOOD, past, Asking("old", "d", "old-run"))
        end(ledger, "old-run", past)
        begin(ledger)
        await settled(ledger, "A2", LOST)
        await claimed(ledger, "A3")
    noted = read_head(path)
    copy = copied(path, tmp_path / "backup")
    with opened(path) as ledger:
        await write(ledger)
        entries = ledger.verify().entries
    with opened(path) as ledger:
        assert ledger.verify().entries == entries
    shutil.copy(copy, path)
    error = refused(path)
    assert error.code == "ledger-restored"
    assert noted is not None
    assert dict(error.message.params)["at"] == noted.latest_at, "no call has left since"


@pytest.mark.parametrize("harm", ["deleted", "emptied"])
def test_open_when_the_file_is_gone_and_its_note_is_not_is_refused_again_and_again(
    older: Path, harm: str
) -> None:
    older.unlink()
    if harm == "emptied":
        older.touch()
    for _ in range(2):
        assert refused(older).code == "ledger-restored"


def test_open_when_file_and_key_are_gone_and_the_note_is_not_makes_no_new_key(older: Path) -> None:
    older.unlink()
    key_file(older).unlink()
    assert refused(older).code == "ledger-restored"
    assert not key_file(older).exists()


def test_accepted_before_calls_can_count_no_more_is_refused_and_the_time_is_told(older: Path) -> None:
    error = not_accepted(older, FROM - US)
    assert (error.code, error.exit_code) == ("ledger-restored-too-early", 5)
    assert dict(error.message.params)["until"] == FROM
    assert refused(older).code == "ledger-restored"
    assert rows(older, "SELECT count(*) FROM restoring") == [(0,)]


def test_accepted_from_that_time_on_is_opened_and_stays_on_record(older: Path) -> None:
    assert accept_restored(older, restoring(), RULES)
    with opened(older) as ledger:
        verified = ledger.verify()
        assert verified.broken is None
        begin(ledger, "third", new_job=False, at=FROM)
    assert rows(older, "SELECT operator, reason FROM restoring") == [("me", "the disk was replaced")]
    assert rows(older, "SELECT kind FROM chain WHERE seq = ?", verified.entries) == [("restoring",)]
    assert not accept_restored(older, restoring(), RULES)
    opened_and_closed(older)


def test_accepted_is_noted_at_once_so_that_the_same_copy_put_back_again_is_refused(
    older: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    shutil.copy(older, again)
    assert accept_restored(older, restoring(), RULES)
    shutil.copy(again, older)
    assert refused(older).code == "ledger-restored"


def test_accepted_after_a_loss_makes_a_new_ledger_and_says_so_in_it(older: Path) -> None:
    older.unlink()
    not_accepted(older, FROM - US)
    assert not older.exists()
    assert accept_restored(older, restoring(), RULES)
    with opened(older) as ledger:
        assert ledger.jobs() == []
        assert ledger.verify().broken is None
        ledger.check_kind(simulated=False)
    assert rows(older, "SELECT reason FROM restoring") == [("the disk was replaced",)]


def test_accepting_where_nothing_is_missing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "l"
    assert not accept_restored(path, restoring(), RULES)
    assert not path.exists()
    with opened(path) as ledger:
        begin(ledger)
    before = path.read_bytes(), head_file(path).read_bytes()
    assert not accept_restored(path, restoring(NOW), RULES)
    assert (path.read_bytes(), head_file(path).read_bytes()) == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def foreign(path: Path) -> None:
    path.unlink()
    with raw(path) as other:
        other.execute("CREATE TABLE theirs (a)")


def no_database(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 100)


def newer(path: Path) -> None:
    with raw(path) as other:
        other.execute("PRAGMA user_version = 99")


def key_replaced(path: Path) -> None:
    key_file(path).write_text("00" * 32)


def key_lost(path: Path) -> None:
    key_file(path).unlink()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (cut, "ledger-damaged"),
        (foreign, "ledger-foreign"),
        (no_database, "ledger-damaged"),
        (newer, "ledger-version"),
        (key_replaced, "ledger-key"),
        (key_lost, "ledger-key"),
    ],
)
def test_what_is_no_ledger_of_ours_is_neither_opened_nor_accepted_however_late(
    older: Path, harm: Callable[[Path], None], code: str
) -> None:
    harm(older)
    before, noted = older.read_bytes(), head_file(older).read_bytes()
    assert refused(older).code == code
    assert not_accepted(older, FROM + timedelta(days=400)).code == code
    assert (older.read_bytes(), head_file(older).read_bytes()) == (before, noted)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"seq": 9}',
        '{"seq": "x", "link": "", "at": ""}',
        '{"seq": 9, "link": "", "at": 5}',
        '{"seq": 9, "link": "00", "at": "2026-11-23T08:00:00"}',
        "\x00\xff",
    ],
)
def test_note_that_cannot_be_read_proves_nothing(older: Path, note: str) -> None:
    head_file(older).write_text(note, "utf-8")
    opened_and_closed(older)


def test_simulated_ledger_has_no_note_and_may_be_put_back_or_lost(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path, simulated=True) as ledger:
        begin(ledger)
        end(ledger)
    assert not head_file(path).exists()
    lacking(path, NOW)
    opened_and_closed(path, simulated=True)
    path.unlink()
    opened_and_closed(path, simulated=True)


async def test_simulated_ledger_gets_no_note_by_its_calls_either(tmp_path: Path) -> None:
    with opened(tmp_path / "l", simulated=True) as ledger:
        begin(ledger)
        for hours in range(3):
            await settled(ledger, f"A{hours}", GOOD, NOW + timedelta(hours=hours))
        assert not head_file(ledger.path).exists()


@pytest.mark.parametrize("between", [timedelta(seconds=1), timedelta(seconds=59), timedelta(hours=3)])
async def test_note_is_never_older_than_said_when_a_call_may_leave_nor_ahead_of_the_ledger(
    ledger: SqliteLedger, between: timedelta
) -> None:
    at = NOW
    for number in range(5):
        at += between
        attempt = await claimed(ledger, f"A{number}", at)
        noted = read_head(ledger.path)
        assert noted is not None
        assert at - noted.latest_at < HeadNote.EVERY
        with raw(ledger.path) as outside:
            (link,) = outside.execute(
                "SELECT lower(hex(link)) FROM chain WHERE seq = ?", (noted.seq,)
            ).fetchone()
        assert link == noted.link
        await ledger.settle(attempt, GOOD, at)


async def test_note_that_cannot_be_written_keeps_a_run_from_beginning(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        head_file(ledger.path).mkdir()
        with pytest.raises(LedgerError) as caught:
            begin(ledger)
        assert caught.value.code == "ledger-not-writable"


async def test_note_that_cannot_be_written_in_the_midst_of_a_run_holds_no_outcome_up(
    ledger: SqliteLedger,
) -> None:
    attempt = await claimed(ledger, "A1")
    head_file(ledger.path).unlink()
    head_file(ledger.path).mkdir()
    later = NOW + timedelta(hours=1)
    await ledger.settle(attempt, GOOD, later)
    await settled(ledger, "A2", GOOD, later)
    assert [path for path in ledger.path.parent.iterdir() if ".head." in path.name] == []
