"""The ledger in one SQLite file: WAL, `synchronous=FULL`, one writer thread with group commit."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from batchreset.errors import LedgerError
from batchreset.ledger.codec import (
    ATTEMPT_COLUMNS,
    JOB_COLUMNS,
    RUN_COLUMNS,
    Record,
    attempt_from,
    job_from,
    job_record,
    open_record,
    run_from,
    run_record,
    settled_record,
    stop_text,
    to_us,
)
from batchreset.ledger.file import KINDS, Presence, cant_open, connect, open_file
from batchreset.ledger.locks import Locks
from batchreset.ledger.port import Claim, Run
from batchreset.ledger.writer import Writer, ledger_error
from batchreset.model import (
    Attempt,
    AttemptState,
    Contact,
    Job,
    Outcome,
    Rules,
    Status,
    Stop,
    Verdict,
    sn_key,
)
from batchreset.plan.terminal import judge_terminal
from batchreset.text.messages import msg

_SNS_AT_ONCE: Final = 500


class SqliteLedger:
    """A `ledger.port.Ledger` in one file. Use as a context manager; opening may raise `LedgerError`.

    `simulated` is the kind a new file is made for; `check_kind` says whether it is the right one.
    """

    def __init__(self, path: Path, *, rules: Rules, simulated: bool) -> None:
        self.path: Final = path
        self.locks: Final = Locks(path)
        self._rules: Final = rules
        try:
            self._key: Final = open_file(path, simulated=simulated)
            self._reader: Final = connect(path)
            self._writer: Final = Writer(connect(path), Presence(path).check)
        except (sqlite3.Error, OSError) as error:
            raise cant_open(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._reader.close()
        self.locks.release()

    def check_kind(self, *, simulated: bool) -> None:
        """Real terminals and simulated ones keep apart.

        Raises:
            LedgerError: the ledger is kept for the other kind.
        """
        (kind,) = self._read("SELECT value FROM meta WHERE key = 'kind'")[0]
        if kind != KINDS[simulated]:
            raise LedgerError(
                "ledger-kind",
                msg("The ledger {path} is kept for simulated terminals.", path=self.path)
                if simulated is False
                else msg("The ledger {path} is kept for real terminals.", path=self.path),
                msg("Real and simulated runs keep apart: name another file with --ledger."),
            )

    def digest(self, contact: Contact | None) -> str:
        """The keyed digest by which this ledger knows a contact again."""
        return self._key.digest(contact)

    def claim(self, claim: Claim) -> Awaitable[Attempt | Verdict]:
        """See `ledger.port`. Judged and written in one transaction."""
        return self._writer.submit(self._claim, claim)

    def _claim(self, connection: sqlite3.Connection, claims: Sequence[Claim]) -> list[Attempt | Verdict]:
        """Judge one after the other, each on all before it, and write those that may be sent."""
        histories = _histories_of(connection, claims)
        answers = [_judge(claim, histories[sn_key(claim.sn)], self._rules) for claim in claims]
        _insert(connection, [answer for answer in answers if isinstance(answer, Attempt)])
        return answers

    def settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> Awaitable[None]:
        """See `ledger.port`."""
        return self._writer.submit(_settle, (attempt, outcome, at), settling=True)

    def history(
        self, sns: Iterable[str] | None = None, *, of_job: str | None = None
    ) -> dict[str, tuple[Attempt, ...]]:
        """See `ledger.port`."""
        found: dict[str, list[Attempt]] = {}
        for attempt in self._attempts(sns, of_job):
            found.setdefault(sn_key(attempt.sn), []).append(attempt)
        return {key: tuple(attempts) for key, attempts in found.items()}

    def _attempts(self, sns: Iterable[str] | None, of_job: str | None) -> Iterator[Attempt]:
        select = f"SELECT {ATTEMPT_COLUMNS} FROM attempt"  # noqa: S608  # a constant of ours
        if sns is None:
            yield from map(attempt_from, self._read(f"{select} ORDER BY seq"))
            return
        keys = {sn_key(sn) for sn in sns}
        if of_job is not None:
            keys.update(key for (key,) in self._read("SELECT sn_key FROM attempt WHERE job = ?", of_job))
        ordered = sorted(keys)
        for start in range(0, len(ordered), _SNS_AT_ONCE):
            some = ordered[start : start + _SNS_AT_ONCE]
            where = f"WHERE sn_key IN ({_marks(len(some))})"
            yield from map(attempt_from, self._read(f"{select} {where} ORDER BY seq", *some))

    def _read(self, sql: str, *values: object) -> list[Record]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise ledger_error(error) from error

    def add_job(self, job: Job) -> None:
        """See `ledger.port`."""
        marks = _marks(len(job_record(job)))
        insert = f"INSERT INTO job ({JOB_COLUMNS}) VALUES ({marks})"  # noqa: S608  # constants of ours
        self._writer.call(lambda connection: connection.execute(insert, job_record(job)).rowcount)

    def jobs(self) -> list[tuple[Job, list[Run]]]:
        """See `ledger.port`."""
        runs: dict[str, list[Run]] = {}
        for record in self._read(f"SELECT {RUN_COLUMNS} FROM run ORDER BY seq"):  # noqa: S608  # a constant
            run = run_from(record)
            runs.setdefault(run.job, []).append(run)
        jobs = self._read(f"SELECT {JOB_COLUMNS} FROM job ORDER BY created_at, id")  # noqa: S608  # a constant
        return [(job, runs.get(job.id, [])) for job in map(job_from, jobs)]

    def begin_run(self, run: Run) -> None:
        """See `ledger.port`. The lock is held before the run can be seen, so it never looks dead."""
        self.locks.hold_run(run.id)
        insert = (
            "INSERT INTO run (id, job, started_at, host, pid, version, source, again)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        self._writer.call(lambda connection: connection.execute(insert, run_record(run)).rowcount)

    def end_run(self, run: str, *, at: datetime, stop: Stop | None, counts: dict[Status, int]) -> None:
        """See `ledger.port`."""
        self._writer.call(
            lambda connection: (
                connection.execute(
                    "UPDATE run SET ended_at = ?, stop = ?, counts = ? WHERE id = ?",
                    (to_us(at), stop_text(stop), json.dumps(counts), run),
                ).rowcount
            )
        )

    def recover(self, at: datetime) -> int:
        """See `ledger.port`."""
        open_runs = self._read("SELECT DISTINCT run FROM attempt WHERE state = 'open'")
        dead = [run for (run,) in open_runs if not self.locks.is_alive(run)]
        if not dead:
            return 0
        return self._writer.call(lambda connection: _settle_dead(connection, dead, at))

    def check(self) -> str:
        """SQLite's own integrity check: "ok", or what it found."""
        return str(self._read("PRAGMA quick_check(1)")[0][0])

    def count_attempts(self) -> int:
        """How many attempts the ledger holds."""
        return int(self._read("SELECT count(*) FROM attempt")[0][0])


def _judge(claim: Claim, history: list[Attempt], rules: Rules) -> Attempt | Verdict:
    """The new attempt, which joins the history, or the verdict against it."""
    asking = claim.asking
    verdict = judge_terminal(history, asking, claim.at, rules)
    if not verdict.sendable:
        return verdict
    attempt = Attempt(
        id=claim.id,
        job=asking.job,
        run=asking.run or "",
        sn=claim.sn,
        contact=asking.contact,
        state=AttemptState.OPEN,
        opened_at=claim.at,
        counts_from=claim.latest_processing_at,
    )
    history.append(attempt)
    return attempt


def _insert(connection: sqlite3.Connection, attempts: Sequence[Attempt]) -> None:
    if attempts:
        columns = "id, job, run, sn, sn_key, contact, state, opened_at, counts_from, advice"
        _many(
            connection,
            f"INSERT INTO attempt ({columns}) VALUES {{rows}}",  # noqa: S608  # constants of ours
            [open_record(attempt) for attempt in attempts],
        )


def _settle(
    connection: sqlite3.Connection, settled: Sequence[tuple[Attempt, Outcome, datetime]]
) -> list[None]:
    # an attempt that was taken for lost meanwhile may still learn better by its own answer
    changed = _many(
        connection,
        "UPDATE attempt SET state = new.state, settled_at = new.settled_at, counts_from = new.counts_from,"
        " advice = new.advice, http_status = new.http_status, error_code = new.error_code,"
        " error_message = new.error_message, service_request_id = new.service_request_id,"
        " not_before = new.not_before"
        " FROM (WITH new (id, state, settled_at, counts_from, advice, http_status, error_code, error_message,"
        " service_request_id, not_before) AS (VALUES {rows}) SELECT * FROM new) AS new"
        " WHERE attempt.id = new.id AND attempt.state IN ('open', 'unknown')",
        [settled_record(*one) for one in settled],
    )
    if changed != len(settled):  # of several, each is then tried alone and gets its own answer
        raise LedgerError(
            "ledger-changed",
            msg("The ledger no longer holds the open attempt {id}.", id=settled[0][0].id),
            msg("Somebody replaced or edited the ledger during the run: restore it, then run `rerun`."),
        )
    return [None] * len(settled)


def _many(connection: sqlite3.Connection, sql: str, records: Sequence[Record]) -> int:
    """Run a statement once, over all records in place of its `{rows}`; how many rows it changed."""
    row = f"({_marks(len(records[0]))})"
    values = [value for record in records for value in record]
    return connection.execute(sql.format(rows=",".join([row] * len(records))), values).rowcount


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _settle_dead(connection: sqlite3.Connection, runs: Sequence[str], at: datetime) -> int:
    return sum(
        connection.execute(
            "UPDATE attempt SET state = 'unknown', settled_at = ?,"
            " error_message = 'the run ended before an answer was recorded'"
            " WHERE run = ? AND state = 'open'",
            (to_us(at), run),
        ).rowcount
        for run in runs
    )


def _histories_of(connection: sqlite3.Connection, claims: Sequence[Claim]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {sn_key(claim.sn): [] for claim in claims}
    records = connection.execute(
        f"SELECT {ATTEMPT_COLUMNS} FROM attempt"  # noqa: S608  # constants of ours
        f" WHERE sn_key IN ({_marks(len(found))}) ORDER BY seq",
        tuple(found),
    )
    for attempt in map(attempt_from, records):
        found[sn_key(attempt.sn)].append(attempt)
    return found
