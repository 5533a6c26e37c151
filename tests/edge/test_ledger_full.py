"""A full disk: no call leaves any more, and the outcomes of those in flight are written all the same."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.ballast import SIZE_BYTES, Ballast
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import AttemptState
from tests.edge.ledgers import GOOD, begin, claim, claimed, end, opened, rows
from tests.unit.build import NOW

ROOT: Final = Path(__file__).resolve().parents[2]
IN_FLIGHT_MAX: Final = 256
LATER: Final = NOW + timedelta(hours=1)
"""By then a new note of the chain's end is due: it finds no room either."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB of its own."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs may be mounted here (it needs root): a really full disk was not tried")
    yield path
    subprocess.run(["umount", str(path)], check=True)


def fill(disk: Path, leave: int = 0) -> None:
    """Use up what room there is, but for so many bytes."""
    with suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
        filler.write(bytes(max(0, shutil.disk_usage(disk).free - leave)))
        while leave == 0:
            filler.write(b"x")


def states(ledger: SqliteLedger) -> set[AttemptState]:
    return {attempt.state for history in ledger.history().values() for attempt in history}


async def fails_in_the_end(ledger: SqliteLedger) -> LedgerError:
    """What claims say once there is no room; some may still find pages that are free."""
    for number in range(20_000):
        try:
            await ledger.claim(claim(f"B{number}", LATER))
        except LedgerError as error:
            return error
    pytest.fail("it was never full")


async def test_full_disk_stops_claims_and_all_that_can_be_in_flight_is_settled(disk: Path) -> None:
    with opened(disk / "l") as ledger:
        begin(ledger)
        in_flight = [await claimed(ledger, f"A{number}") for number in range(IN_FLIGHT_MAX)]
        fill(disk)
        error = await fails_in_the_end(ledger)
        assert (error.code, error.exit_code) == ("ledger-full", 5)
        assert ballasts(disk) == []
        with pytest.raises(LedgerError) as again:
            await ledger.claim(claim("C", LATER))
        assert again.value is error
        for attempt in in_flight:  # one by one: a transaction each, the most room they can need
            await ledger.settle(attempt, GOOD, LATER)
        assert {a.state for (a,) in ledger.history(a.sn for a in in_flight).values()} == {
            AttemptState.SUCCEEDED
        }
        assert ledger.verify().broken is None


async def test_full_disk_without_room_kept_loses_outcomes_and_they_become_unknown(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the one above: it is the ballast that made the room."""
    monkeypatch.setattr(Ballast, "give", lambda _: None)
    with opened(disk / "l") as ledger:
        begin(ledger)
        in_flight = [await claimed(ledger, f"A{number}") for number in range(IN_FLIGHT_MAX)]
        fill(disk)
        await fails_in_the_end(ledger)
        told = await asyncio.gather(
            *(ledger.settle(attempt, GOOD, LATER) for attempt in in_flight), return_exceptions=True
        )
        assert any(isinstance(one, LedgerError) for one in told)
    (disk / "filler").unlink()
    with opened(disk / "l") as ledger:
        assert ledger.recover(LATER) > 0
        assert states(ledger) <= {AttemptState.SUCCEEDED, AttemptState.UNKNOWN}
        assert ledger.verify().broken is None


def test_full_disk_at_the_start_of_a_run_lets_none_begin(disk: Path) -> None:
    with opened(disk / "l") as ledger:
        fill(disk, leave=SIZE_BYTES - (1 << 20))
        with pytest.raises(LedgerError) as caught:
            begin(ledger)
        assert (caught.value.code, caught.value.exit_code) == ("ledger-no-room", 5)
        assert rows(ledger.path, "SELECT count(*) FROM run") == [(0,)]
        assert ballasts(disk) == []
    (disk / "filler").unlink()
    with opened(disk / "l") as ledger:
        begin(ledger, new_job=False)


async def test_call_leaves_only_while_room_is_kept_for_its_outcome_however_full_the_disk_is(
    disk: Path,
) -> None:
    left = Counter[bool]()
    for pages in range(32):
        folder = disk / str(pages)
        with opened(folder / "l") as ledger:
            fill(disk, leave=SIZE_BYTES + pages * 4096)
            with suppress(LedgerError):
                begin(ledger)
                attempt = await claimed(ledger, "A1")
                assert ballasts(disk) == [SIZE_BYTES]
                await ledger.settle(attempt, GOOD, NOW)
            left[bool(ledger.count_attempts())] += 1
        (disk / "filler").unlink()
        shutil.rmtree(folder)
    assert min(left[True], left[False]) > 3, left  # both did happen


def test_full_disk_at_the_first_opening_makes_nothing_that_looks_like_a_ledger(disk: Path) -> None:
    fill(disk)
    for _ in range(2):
        with pytest.raises(LedgerError) as caught:
            opened(disk / "l")
        assert caught.value.exit_code == 5
    (disk / "filler").unlink()
    with opened(disk / "l") as ledger:
        begin(ledger)


async def test_full_file_stops_claims_and_outcomes_find_the_room_that_was_kept(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a disk of its own: SQLite is told how large its file may be, and the ballast is that limit."""
    in_flight = [await claimed(ledger, f"A{number}") for number in range(20)]
    limit = "PRAGMA max_page_count = {}"
    ((pages,),) = ledger._writer.call(lambda connection: connection.execute("PRAGMA page_count").fetchall())
    ledger._writer.call(lambda connection: connection.execute(limit.format(pages)).fetchall())
    given: list[Path] = []
    writer: list[sqlite3.Connection] = []
    ledger._writer.call(writer.append)

    def give(ballast: Ballast) -> None:
        given.append(ballast._path)
        writer[0].execute(limit.format(1 << 20)).fetchall()

    monkeypatch.setattr(Ballast, "give", give)
    error = await fails_in_the_end(ledger)
    assert (error.code, len(given)) == ("ledger-full", 1)
    for attempt in in_flight:
        await ledger.settle(attempt, GOOD, NOW)
    with pytest.raises(LedgerError):
        await ledger.claim(claim("C"))  # there is room again, but what was lost meanwhile nobody knows
    monkeypatch.undo()
    assert ledger.verify().broken is None


LIMITED: Final = """
import asyncio, resource, sys
from pathlib import Path
from batchreset.errors import LedgerError
from tests.edge.ledgers import GOOD, begin, claim, claimed, opened
from tests.unit.build import NOW

async def main(path):
    with opened(path) as ledger:
        begin(ledger)
        first, second = await claimed(ledger, "A1"), await claimed(ledger, "A2")
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        log = path.with_name(path.name + "-wal")
        resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, most))
        for asked in (lambda: ledger.claim(claim("A3")), lambda: ledger.settle(first, GOOD, NOW)):
            try:
                await asked()
            except LedgerError as error:
                print(error.exit_code, flush=True)
        print(len(list(path.parent.rglob("*.ballast"))), flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        try:
            await ledger.claim(claim("A4"))
        except LedgerError as error:
            print(error.exit_code, flush=True)
        await ledger.settle(second, GOOD, NOW)

asyncio.run(main(Path(sys.argv[1])))
"""


def test_file_size_limit_stops_claims_and_what_cannot_be_written_becomes_unknown(tmp_path: Path) -> None:
    """The system tells it as an I/O error, as it does a user's disk quota; the room is given all the same."""
    path = tmp_path / "l"
    done = python(LIMITED, path)
    assert (done.stdout.split(), done.stderr) == (["5", "5", "0", "5"], "")
    with opened(path) as ledger:
        assert ledger.recover(NOW) == 1
        found = {sn: attempt.state for sn, (attempt,) in ledger.history().items()}
        assert found == {"a1": AttemptState.UNKNOWN, "a2": AttemptState.SUCCEEDED}
        assert ledger.verify().broken is None


def test_file_size_limit_at_the_start_of_a_run_lets_none_begin(tmp_path: Path) -> None:
    path = tmp_path / "l"
    begin_limited = (
        "import resource, sys\nfrom pathlib import Path\nfrom batchreset.errors import LedgerError\n"
        "from tests.edge.ledgers import begin, opened\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({SIZE_BYTES - 1}, {SIZE_BYTES - 1}))\n"
        "with opened(Path(sys.argv[1])) as ledger:\n"
        "    try:\n        begin(ledger)\n"
        "    except LedgerError as error:\n        print(error.code)\n"
    )
    assert python(begin_limited, path).stdout.split() == ["ledger-no-room"]
    assert rows(path, "SELECT count(*) FROM run") == [(0,)]


def python(code: str, path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", code, str(path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def ballasts(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.rglob("*.ballast")]


def test_ballast_lies_there_from_the_begin_of_a_run_to_its_end(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        assert ballasts(tmp_path) == []
        begin(ledger)
        begin(ledger, "second", "second")
        assert ballasts(tmp_path) == [SIZE_BYTES, SIZE_BYTES]
        end(ledger)
        assert ballasts(tmp_path) == [SIZE_BYTES]
    assert ballasts(tmp_path) == []


KILLED: Final = """
import sys
from pathlib import Path
from tests.edge.ledgers import begin, opened

ledger = opened(Path(sys.argv[1]))
begin(ledger)
print("begun", flush=True)
sys.stdin.read()
"""


def test_ballast_of_a_killed_run_is_removed_by_the_next_and_that_of_a_living_one_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "l"
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        with opened(path) as ledger:
            ledger.recover(NOW)
            assert ballasts(tmp_path) == [SIZE_BYTES]
            process.send_signal(signal.SIGKILL)
            process.wait()
            begin(ledger, "mine", new_job=False)
            assert ballasts(tmp_path) == [SIZE_BYTES, SIZE_BYTES]
            ledger.recover(NOW)
            assert [p.name for p in tmp_path.rglob("*.ballast")] == ["run-mine.ballast"]
