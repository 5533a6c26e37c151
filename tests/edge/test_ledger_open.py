"""A ledger is opened only where it is ours, whole, of this version and kind."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.contacts import key_file
from batchreset.ledger.sqlite import SqliteLedger
from tests.edge.ledgers import begin, claimed, opened, opened_and_closed, raw, refused
from tests.unit.build import NOW


@pytest.mark.skipif(not hasattr(stat, "S_IRWXU"), reason="file modes are POSIX's")
def test_files_of_the_ledger_are_for_its_owner_only(ledger: SqliteLedger) -> None:
    for path in (ledger.path, key_file(ledger.path)):
        assert path.stat().st_mode & 0o077 == 0


def test_open_when_the_file_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l"
    path.write_bytes(b"Dear diary, " * 100)
    assert refused(path).code == "ledger-damaged"
    assert path.read_bytes() == b"Dear diary, " * 100


def test_open_when_the_file_is_another_programs_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with raw(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    assert refused(path).code == "ledger-foreign"
    assert path.read_bytes() == before


def test_open_when_a_newer_version_wrote_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l"
    opened_and_closed(path)
    with raw(path) as other:
        other.execute("PRAGMA user_version = 99")
    error = refused(path)
    assert (error.code, error.exit_code) == ("ledger-version", 5)


@pytest.mark.parametrize("harm", ["missing", "another", "garbage"])
def test_open_when_the_key_is_not_its_own_is_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "l"
    opened_and_closed(path)
    if harm == "missing":
        key_file(path).unlink()
    else:
        key_file(path).write_text("00" * 32 if harm == "another" else "?")
    assert refused(path).code == "ledger-key"


def test_open_when_the_folder_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file" / "ledger").code == "ledger-not-writable"
    assert refused(tmp_path).code == "ledger-not-writable"


def test_open_while_another_program_locks_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchreset.ledger.file.BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "l"
    opened_and_closed(path)
    with raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused(path).code == "ledger-locked"


def test_open_with_an_sqlite_that_lacks_what_settling_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 32, 3))
    assert refused(tmp_path / "l").code == "sqlite-too-old"
    assert list(tmp_path.iterdir()) == []


def test_kind_of_terminals_is_kept_apart(tmp_path: Path) -> None:
    with opened(tmp_path / "l", simulated=True) as ledger:
        ledger.check_kind(simulated=True)
        with pytest.raises(LedgerError) as caught:
            ledger.check_kind(simulated=False)
    assert caught.value.code == "ledger-kind"


async def test_ledger_opened_by_a_link_is_the_same_with_key_note_and_locks(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link"
    link.symlink_to(tmp_path / "l")
    with opened(tmp_path / "l") as living:
        begin(living)
        attempt = await claimed(living, "A1")
        with opened(link) as other:
            assert other.recover(NOW) == 0, "its run lives"
            assert other.history() == {"a1": (attempt,)}
    assert [path.name for path in link.parent.iterdir()] == ["link"]


def test_sheet_held_by_a_run_is_told_with_job_and_time(tmp_path: Path) -> None:
    sheet = tmp_path / "site.xlsx"
    with opened(tmp_path / "l") as first, opened(tmp_path / "l") as second:
        first.locks.hold_sheet(sheet, job="20261123-1", since=NOW)
        with pytest.raises(LedgerError) as caught:
            second.locks.hold_sheet(sheet, job="other", since=NOW)
        params = dict(caught.value.message.params)
        assert (params["job"], params["since"]) == ("20261123-1", NOW)
        first.locks.release()
        second.locks.hold_sheet(sheet, job="other", since=NOW)
