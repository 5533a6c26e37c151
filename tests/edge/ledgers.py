"""Short ways to make ledgers in real files, and to reach into them from outside."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.contacts import key_file
from batchreset.ledger.forget import Forgetting
from batchreset.ledger.head import head_file
from batchreset.ledger.port import Claim, Resolved, Run
from batchreset.ledger.restore import Restoring, accept_restored
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Advice, Attempt, AttemptState, Job, Outcome, Resolution, Rules, Verdict
from batchreset.plan.terminal import Asking
from tests.unit.build import NOW, RULES

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200, service_request_id="s")
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, 400, "USG.1", "no")
LOST = Outcome(AttemptState.UNKNOWN, error_message="cut")
FREE = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
CALL_TIMEOUT = timedelta(seconds=30)
_ids = count(1)


def opened(path: Path, *, simulated: bool = False, rules: Rules = RULES) -> SqliteLedger:
    return SqliteLedger(path, rules=rules, simulated=simulated)


def opened_and_closed(path: Path, *, simulated: bool = False) -> None:
    with opened(path, simulated=simulated):
        pass


def refused(path: Path) -> LedgerError:
    """Why a ledger can't be opened."""
    with pytest.raises(LedgerError) as caught:
        opened_and_closed(path)
    return caught.value


def job(name: str = "job", at: datetime = NOW) -> Job:
    return Job(
        id=name,
        created_at=at,
        input_path=Path("/in.xlsx"),
        input_sha256="00",
        sheet="终端",
        output_dir=Path("/out"),
        lang="zh-CN",
        simulated=False,
        endpoint="https://x",
        operator="me",
        columns=(("sn", "序列号"),),
    )


def begin(
    ledger: SqliteLedger, run: str = "run", of: str = "job", *, new_job: bool = True, at: datetime = NOW
) -> None:
    if new_job:
        ledger.add_job(job(of, at))
    ledger.begin_run(Run(run, of, at, "host", 1, "0", Path("/in.xlsx")))


def end(ledger: SqliteLedger, run: str = "run", at: datetime = NOW) -> None:
    ledger.end_run(run, at=at, stop=None, counts={})


def claim(sn: str, at: datetime = NOW, asking: Asking | None = None) -> Claim:
    return Claim(f"id-{next(_ids)}", sn, asking or Asking("job", "d", "run"), at, at + CALL_TIMEOUT)


async def claimed(ledger: SqliteLedger, sn: str, at: datetime = NOW, asking: Asking | None = None) -> Attempt:
    """An open attempt."""
    answer = await ledger.claim(claim(sn, at, asking))
    assert isinstance(answer, Attempt), answer
    return answer


async def made(
    ledger: SqliteLedger, sn: str, outcome: Outcome, at: datetime = NOW, asking: Asking | None = None
) -> Attempt | Verdict:
    """Claim and settle one call."""
    answer = await ledger.claim(claim(sn, at, asking))
    if isinstance(answer, Verdict):
        return answer
    await ledger.settle(answer, outcome, at)
    return ledger.history([sn])[sn.casefold()][-1]


async def settled(
    ledger: SqliteLedger, sn: str, outcome: Outcome, at: datetime = NOW, asking: Asking | None = None
) -> Attempt:
    """One call that left and came to its outcome."""
    attempt = await made(ledger, sn, outcome, at, asking)
    assert isinstance(attempt, Attempt), attempt
    return attempt


def word(attempt: Attempt | str, resolution: Resolution, at: datetime = NOW) -> Resolved:
    """What a person says of an attempt."""
    name = attempt if isinstance(attempt, str) else attempt.id
    return Resolved(name, resolution, at, "me", "asked")


async def filled(ledger: SqliteLedger, at: datetime = NOW) -> None:
    """Records of every kind but `restoring`: a forgotten job, one with each outcome, one still running."""
    past = at - timedelta(days=60)
    begin(ledger, "run-0", "job-0", at=past)
    await settled(ledger, "A0", GOOD, past, Asking("job-0", "d", "run-0"))
    end(ledger, "run-0", past)
    begin(ledger, "run-1", "job-1", at=at)
    asking = Asking("job-1", "d", "run-1")
    for number, outcome in enumerate((GOOD, BAD_ROW, FREE, LOST), 1):
        await settled(ledger, f"A{number}", outcome, at, asking)
    lost = await settled(ledger, "A5", LOST, at, asking)
    ledger.resolve([word(lost, Resolution.NOT_ARRIVED), word(lost, Resolution.ARRIVED)])
    end(ledger, "run-1", at)
    assert ledger.forget(forgetting(at, timedelta(days=30))).jobs == 1
    begin(ledger, "run-2", "job-2", at=at)
    await claimed(ledger, "A6", at, Asking("job-2", "d", "run-2"))


async def everything(path: Path) -> None:
    """A ledger, closed again, with records of every kind."""
    with opened(path) as ledger:
        await filled(ledger)
    lacking(path, NOW - timedelta(days=5))
    assert accept_restored(path, Restoring(NOW, "me", "a try"), RULES)


def lacking(path: Path, since: datetime) -> None:
    """Make the note beside a ledger say that it once held more: what was written at `since` is lost."""
    head_file(path).write_text(json.dumps({"seq": 10**6, "link": "00" * 16, "at": since.isoformat()}))


def copied(path: Path, folder: Path) -> Path:
    """A closed ledger with all that lies beside it, in another folder."""
    folder.mkdir(exist_ok=True)
    for file in (path, key_file(path), head_file(path)):
        if file.exists():
            shutil.copy(file, folder)
    return folder / path.name


def forgetting(at: datetime, age: timedelta) -> Forgetting:
    """The wish to remove what is older than `age`."""
    return Forgetting(at, at - age, "me")


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file from outside, by nothing of ours."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


@contextmanager
def without_triggers(path: Path) -> Iterator[sqlite3.Connection]:
    """The file from outside, and nothing in it that stops a change; the triggers are back at the end."""
    with raw(path) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)


def rows(path: Path, sql: str, *values: object) -> Sequence[tuple[Any, ...]]:
    """What the file holds."""
    with raw(path) as connection:
        return connection.execute(sql, values).fetchall()
