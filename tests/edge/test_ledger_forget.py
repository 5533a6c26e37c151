"""What `forget` removes: whole jobs that nothing depends on, from the disk too; all else stays and holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.forget import Forgotten
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Advice, AttemptState, Outcome, Resolution
from batchreset.plan.quota import binds_for
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    BAD_ROW,
    CALL_TIMEOUT,
    FREE,
    GOOD,
    LOST,
    begin,
    claimed,
    end,
    forgetting,
    job,
    opened,
    raw,
    rows,
    settled,
    word,
)
from tests.unit.build import NOW, RULES, ago

OLD: Final = ago(days=60)
MONTH: Final = timedelta(days=30)
ASKING: Final = Asking("old", "d", "old-run")
US: Final = timedelta(microseconds=1)


@pytest.fixture
async def old(ledger: SqliteLedger) -> SqliteLedger:
    """Beside the job of today one of two months ago, its run ended."""
    begin(ledger, "old-run", "old", at=OLD)
    return ledger


def names(ledger: SqliteLedger) -> set[str]:
    return {known.id for known, _ in ledger.jobs()}


@pytest.mark.parametrize("outcome", [GOOD, BAD_ROW, FREE, LOST], ids=lambda outcome: outcome.state)
async def test_old_job_with_any_outcome_goes_with_all_its_records(
    old: SqliteLedger, outcome: Outcome
) -> None:
    attempt = await settled(old, "A1", outcome, OLD, ASKING)
    old.resolve([word(attempt, Resolution.NOT_ARRIVED, OLD)])
    end(old, "old-run", OLD)
    assert old.forget(forgetting(NOW, MONTH)) == Forgotten(jobs=1, attempts=1)
    assert names(old) == {"job"}
    assert old.history() == {}
    assert old.resolved([attempt.id]) == []
    assert old.verify().broken is None
    assert old.forget(forgetting(NOW, MONTH)) == Forgotten(0, 0)
    assert rows(old.path, "SELECT count(*) FROM forgetting") == [(1,)]


async def stays_open(ledger: SqliteLedger) -> None:
    await claimed(ledger, "A1", OLD, ASKING)


async def stays_by_a_run(ledger: SqliteLedger) -> None:
    ledger.begin_run(Run("later", "old", NOW - MONTH, "host", 1, "0", Path("/in.xlsx")))


async def stays_by_the_end_of_a_run(ledger: SqliteLedger) -> None:
    end(ledger, "old-run", NOW - MONTH)


async def stays_by_a_call(ledger: SqliteLedger) -> None:
    await settled(ledger, "A1", BAD_ROW, NOW - MONTH, ASKING)


async def stays_by_a_late_answer(ledger: SqliteLedger) -> None:
    attempt = await claimed(ledger, "A1", OLD, ASKING)
    await ledger.settle(attempt, BAD_ROW, NOW - MONTH)


async def stays_by_a_lost_call_that_may_have_been_processed_so_late(ledger: SqliteLedger) -> None:
    await settled(ledger, "A1", LOST, NOW - MONTH - CALL_TIMEOUT, ASKING)


async def stays_by_what_the_service_asked_to_wait_for(ledger: SqliteLedger) -> None:
    wait_s = (NOW - MONTH - OLD).total_seconds()
    later = Outcome(AttemptState.REFUSED, Advice.LATER, 400, wait_s=wait_s)
    await settled(ledger, "A1", later, OLD, ASKING)


async def stays_by_what_a_person_said(ledger: SqliteLedger) -> None:
    attempt = await settled(ledger, "A1", LOST, OLD, ASKING)
    ledger.resolve([word(attempt, Resolution.ARRIVED, NOW - MONTH)])


@pytest.mark.parametrize(
    "reason",
    [
        stays_open,
        stays_by_a_run,
        stays_by_the_end_of_a_run,
        stays_by_a_call,
        stays_by_a_late_answer,
        stays_by_a_lost_call_that_may_have_been_processed_so_late,
        stays_by_what_the_service_asked_to_wait_for,
        stays_by_what_a_person_said,
    ],
)
async def test_old_job_with_a_sign_of_life_at_the_cutoff_stays(
    old: SqliteLedger, reason: Callable[[SqliteLedger], Awaitable[None]]
) -> None:
    await reason(old)
    before = old.history()
    assert old.forget(forgetting(NOW, MONTH)) == Forgotten(0, 0)
    assert (names(old), old.history()) == ({"old", "job"}, before)
    if reason is not stays_open:  # and the moment it lies before it, it goes
        assert old.forget(forgetting(NOW + US, MONTH)).jobs == 1


async def test_job_made_at_the_cutoff_stays_and_one_made_before_it_goes(ledger: SqliteLedger) -> None:
    ledger.add_job(job("at", NOW - MONTH))
    ledger.add_job(job("before", NOW - MONTH - US))
    ledger.forget(forgetting(NOW, MONTH))
    assert names(ledger) == {"at", "job"}


@pytest.mark.parametrize("outcome", [GOOD, LOST, BAD_ROW], ids=["fresh", "unknown", "counting"])
async def test_what_still_binds_stays_however_late_the_cutoff(ledger: SqliteLedger, outcome: Outcome) -> None:
    begin(ledger, "old-run", "old", at=NOW - binds_for(RULES))
    await settled(ledger, "A1", outcome, NOW - binds_for(RULES), ASKING)
    assert ledger.forget(forgetting(NOW, timedelta(days=-1))) == Forgotten(0, 0)
    later = NOW + CALL_TIMEOUT + US  # a lost one may have been processed that late
    assert ledger.forget(forgetting(later, timedelta(days=-1))) == Forgotten(1, 1)


async def test_other_jobs_keep_their_calls_to_the_same_terminal(old: SqliteLedger) -> None:
    await settled(old, "A1", GOOD, OLD, ASKING)
    kept = await settled(old, "A1", GOOD)
    old.forget(forgetting(NOW, MONTH))
    assert old.history(["A1"]) == {"a1": (kept,)}


async def test_numbers_of_forgotten_records_are_never_given_again(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger, "old-run", "old", at=OLD)
        await settled(ledger, "A1", GOOD, OLD, ASKING)
        end(ledger, "old-run", OLD)
        entries = ledger.verify().entries
        ledger.forget(forgetting(NOW, MONTH))
    assert rows(path, "SELECT count(*) FROM attempt") == [(0,)]
    with opened(path) as ledger:
        begin(ledger)
        assert (await claimed(ledger, "A1")).seq > entries + 1
        assert ledger.verify().broken is None


async def test_forgetting_that_fails_half_way_removes_nothing(old: SqliteLedger) -> None:
    await settled(old, "A1", GOOD, OLD, ASKING)
    before = old.history()
    with raw(old.path) as outside:
        outside.execute("CREATE TRIGGER harm BEFORE DELETE ON job BEGIN SELECT RAISE(ABORT, 'harm'); END")
        with pytest.raises(LedgerError):
            old.forget(forgetting(NOW, MONTH))
        assert (names(old), old.history(), old.verify().broken) == ({"old", "job"}, before, None)
        outside.execute("DROP TRIGGER harm")
    assert old.forget(forgetting(NOW, MONTH)) == Forgotten(1, 1)
    assert old.verify().broken is None


async def test_forgetting_gives_the_disk_its_room_back(old: SqliteLedger) -> None:
    await asyncio.gather(*(settled(old, f"A{number}", GOOD, OLD, ASKING) for number in range(300)))
    end(old, "old-run", OLD)
    pages = "PRAGMA page_count"
    ((before,),) = rows(old.path, pages)
    old.forget(forgetting(NOW, MONTH))
    ((after,),) = rows(old.path, pages)
    assert after < before


PERSONAL: Final = {
    "SN": "PERSONAL-SN-1",
    "contact digest": "c0ffee11c0ffee22c0ffee33c0ffee44",
    "job": "personal-job",
    "run": "personal-run",
    "path": "/home/personal/site.xlsx",
    "folder": "/home/personal/output",
    "operator": "personal-operator",
    "words": "personal words of the service",
    "reason": "personal reason of a person",
}


async def test_nothing_personal_of_a_forgotten_job_is_left_in_the_files(tmp_path: Path) -> None:
    """Neither in free pages, nor in the write-ahead log; with a second program at the ledger, too."""
    path = tmp_path / "l"
    with opened(path) as ledger:
        await personal_job(ledger)
    with opened(path) as ledger, opened(path) as second:
        begin(ledger)
        await settled(ledger, "A1", GOOD)
        assert len(second.history()) == 2
        there = bytes_in(tmp_path)
        assert [what for what, text in PERSONAL.items() if text.encode() not in there] == []
        ledger.forget(forgetting(NOW, MONTH))
        assert second.history().keys() == {"a1"}
        left = bytes_in(tmp_path).lower()
        assert [what for what, text in PERSONAL.items() if text.lower().encode() in left] == []
        assert second.verify().broken is None


async def personal_job(ledger: SqliteLedger) -> None:
    source = Path(PERSONAL["path"])
    known = job(PERSONAL["job"], OLD)
    ledger.add_job(
        replace(known, input_path=source, output_dir=Path(PERSONAL["folder"]), operator=PERSONAL["operator"])
    )
    ledger.begin_run(Run(PERSONAL["run"], PERSONAL["job"], OLD, "host", 1, "0", source))
    asking = Asking(PERSONAL["job"], PERSONAL["contact digest"], PERSONAL["run"])
    lost = replace(LOST, error_message=PERSONAL["words"])
    attempt = await settled(ledger, PERSONAL["SN"], lost, OLD, asking)
    ledger.resolve([replace(word(attempt, Resolution.ARRIVED, OLD), reason=PERSONAL["reason"])])


def bytes_in(folder: Path) -> bytes:
    """All that lies there, the files' names as well."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(str(path).encode() + path.read_bytes() for path in files)
