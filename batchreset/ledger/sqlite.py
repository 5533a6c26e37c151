"""The ledger in one SQLite file: WAL, `synchronous=FULL`, one writer thread with group commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from batchreset.errors import LedgerError
from batchreset.ledger.attempts import SELECT, Attempts
from batchreset.ledger.ballast import Ballast
from batchreset.ledger.chain import latest_at
from batchreset.ledger.codec import RESOLUTION_COLUMNS, resolved_from
from batchreset.ledger.file import KINDS, Presence, cant_open, connect, open_file
from batchreset.ledger.forget import Forgetting, Forgotten, forget
from batchreset.ledger.head import HeadNote
from batchreset.ledger.jobs import SELECT_JOBS, SELECT_RUNS, Jobs
from batchreset.ledger.locks import Locks
from batchreset.ledger.place import real
from batchreset.ledger.port import Claim, Resolved, Run
from batchreset.ledger.sql import Record, marks
from batchreset.ledger.verify import Verified, verify
from batchreset.ledger.writer import Transactions, Writer, Writes, ledger_error
from batchreset.model import Attempt, Job, Outcome, Rules, Status, Stop, Verdict, sn_key
from batchreset.plan.quota import binds_for
from batchreset.rows import Contact
from batchreset.text.messages import msg

_SNS_AT_ONCE: Final = 500


class SqliteLedger:
    """A `ledger.port.Ledger` in one file. Use as a context manager; opening may raise `LedgerError`.

    `simulated` is the kind a new file is made for, and then what it is kept for; `check_kind` says whether
    it is the right one.
    `writing` says who makes its transactions: a thread of its own, unless a simulation does.
    """

    def __init__(
        self,
        path: Path,
        *,
        rules: Rules,
        simulated: bool,
        writing: Callable[[Transactions], Writes] = Writer,
    ) -> None:
        path = real(path)
        self.path: Final = path
        self.locks: Final = Locks(path)
        self._rules: Final = rules
        self._ballasts: Final[dict[str, Ballast]] = {}
        self._claimed_at: datetime | None = None
        self._head: Final = HeadNote(path)
        try:
            self._key: Final = open_file(path, simulated=simulated, rules=rules)
            self._reader: Final = connect(path)
            ((kind,),) = self._reader.execute("SELECT value FROM meta WHERE key = 'kind'")
            self._presence: Final = Presence(path)
            self._writer: Final = writing(Transactions(connect(path), self._before_writing, self._give_room))
        except (sqlite3.Error, OSError) as error:
            raise cant_open(path, error) from error
        self.simulated: Final[bool] = kind == KINDS[True]
        self._sealer: Final = self._key.sealer()
        self._attempts: Final = Attempts(self._sealer, rules)
        self._jobs: Final = Jobs(self._sealer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        self._reader.close()
        self._give_room()
        self.locks.release()

    def check_kind(self, *, simulated: bool) -> None:
        """Real terminals and simulated ones keep apart.

        Raises:
            LedgerError: the ledger is kept for the other kind.
        """
        if self.simulated != simulated:
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
        self._claimed_at = claim.at if self._claimed_at is None else max(self._claimed_at, claim.at)
        return self._writer.submit(self._attempts.claim, claim)

    def settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> Awaitable[None]:
        """See `ledger.port`."""
        return self._writer.submit(self._attempts.settle, (attempt, outcome, at), settling=True)

    def resolve(self, said: Sequence[Resolved]) -> list[bool]:
        """See `ledger.port`."""
        kept = self._writer.call(lambda connection: self._attempts.resolve(connection, said))
        self._note_end()
        return kept

    def resolved(self, attempts: Iterable[str]) -> list[Resolved]:
        """All that people said of these attempts (by id), oldest first, what was said over again too."""
        ids = list(attempts)
        found: list[Record] = []
        for some in _in_parts(ids):
            where = f"WHERE attempt IN ({marks(len(some))})"
            found += self._read(f"SELECT {RESOLUTION_COLUMNS}, seal FROM resolution {where}", *some)
        return [resolved_from(self._sealer.checked("resolution", record)) for record in sorted(found)]

    def history(
        self, sns: Iterable[str] | None = None, *, of_job: str | None = None
    ) -> dict[str, tuple[Attempt, ...]]:
        """See `ledger.port`."""
        found: dict[str, list[Attempt]] = {}
        for attempt in self._attempts.read(self._records(sns, of_job)):
            found.setdefault(sn_key(attempt.sn), []).append(attempt)
        return {key: tuple(attempts) for key, attempts in found.items()}

    def _records(self, sns: Iterable[str] | None, of_job: str | None) -> Iterator[Record]:
        if sns is None:
            yield from self._read(f"{SELECT} ORDER BY seq")
            return
        keys = {sn_key(sn) for sn in sns}
        if of_job is not None:
            keys.update(key for (key,) in self._read("SELECT sn_key FROM attempt WHERE job = ?", of_job))
        for some in _in_parts(sorted(keys)):
            yield from self._read(f"{SELECT} WHERE sn_key IN ({marks(len(some))}) ORDER BY seq", *some)

    def _read(self, sql: str, *values: object) -> list[Record]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise ledger_error(error) from error

    def add_job(self, job: Job) -> None:
        """See `ledger.port`."""
        self._writer.call(lambda connection: self._jobs.add_job(connection, job))

    def jobs(self, *, newest: int | None = None) -> list[tuple[Job, list[Run]]]:
        """See `ledger.port`."""
        if newest is None:
            return self._jobs_where("", "")
        some = "(SELECT {} FROM job ORDER BY seq DESC LIMIT ?)"
        return self._jobs_where(
            f"WHERE seq IN {some.format('seq')}", f"WHERE job IN {some.format('id')}", newest
        )

    def job(self, job: str) -> tuple[Job, list[Run]] | None:
        """See `ledger.port`."""
        return next(iter(self._jobs_where("WHERE id = ?", "WHERE job = ?", job)), None)

    def _jobs_where(self, of_jobs: str, of_runs: str, *values: object) -> list[tuple[Job, list[Run]]]:
        runs: dict[str, list[Run]] = {}
        for run in self._jobs.read_runs(self._read(f"{SELECT_RUNS} {of_runs} ORDER BY seq", *values)):
            runs.setdefault(run.job, []).append(run)
        jobs = self._jobs.read_jobs(self._read(f"{SELECT_JOBS} {of_jobs} ORDER BY seq", *values))
        return [(job, runs.get(job.id, [])) for job in jobs]

    def begin_run(self, run: Run) -> None:
        """See `ledger.port`. The lock is held before the run can be seen, so it never looks dead.

        Raises:
            LedgerError: also where there is no room for the outcomes of calls in flight.
        """
        self.locks.hold_run(run.id)
        self._ballasts[run.id] = Ballast(self.locks.ballast_of(run.id))
        try:
            self._ballasts[run.id].take()
        except OSError as error:
            raise _no_room(self.path, error) from error
        self._writer.call(lambda connection: self._jobs.begin_run(connection, run))
        try:
            self._note_head(run.started_at)
        except (OSError, sqlite3.Error) as error:
            raise cant_open(self.path, error) from error

    def end_run(self, run: str, *, at: datetime, stop: Stop | None, counts: dict[Status, int]) -> None:
        """See `ledger.port`."""
        self._writer.call(
            lambda connection: self._jobs.end_run(connection, run, at=at, stop=stop, counts=counts)
        )
        if run in self._ballasts:
            self._ballasts.pop(run).give()
        with suppress(OSError, sqlite3.Error):  # the older note is as true, it only says less
            self._note_head(at)

    def _note_end(self) -> None:
        """Note what was written without a call: cut off again, it would be missed by nothing else."""
        if not self.simulated:
            with suppress(OSError, sqlite3.Error):
                self._head.note_end(self._reader)

    def _note_head(self, at: datetime) -> None:
        if not self.simulated:  # nobody is harmed where a simulator's terminals are forgotten
            self._head.note(self._reader, at)

    def _before_writing(self, connection: sqlite3.Connection) -> None:
        self._presence.check()
        if self._claimed_at is not None and not self.simulated:
            with suppress(OSError):  # no room for a note, and soon for no claim either; outcomes must go on
                self._head.note_if_due(connection, self._claimed_at)

    def _give_room(self) -> None:
        for ballast in list(self._ballasts.values()):
            ballast.give()

    def recover(self, at: datetime) -> int:
        """See `ledger.port`."""
        self.locks.tidy()
        open_runs = self._read("SELECT DISTINCT run FROM attempt WHERE state = 'open'")
        dead = [run for (run,) in open_runs if not self.locks.is_alive(run)]
        if not dead:
            return 0
        settled = self._writer.call(lambda connection: self._attempts.settle_dead(connection, dead, at))
        self._note_end()
        return settled

    def latest_at(self) -> datetime | None:
        """The latest time at which any of the newest runs or attempts began; None without any."""
        try:
            return latest_at(self._reader)
        except sqlite3.Error as error:
            raise ledger_error(error) from error

    def forget(self, asked: Forgetting) -> Forgotten:
        """Remove jobs that nothing depends on any more (`ledger.forget`), from the disk too.

        What still binds by the rules stays, however late the cutoff.
        """
        free = replace(asked, cutoff=min(asked.cutoff, asked.at - binds_for(self._rules)))
        forgotten = self._writer.call(lambda connection: forget(connection, self._sealer, free))
        self._note_end()
        if forgotten.jobs:
            self._read("VACUUM")
            self._read("PRAGMA wal_checkpoint(TRUNCATE)")
        return forgotten

    def verify(self) -> Verified:
        """Recompute every seal and the whole chain (`ledger.verify`).

        Raises:
            LedgerError: the file is damaged in a way that shows in no record.
        """
        try:
            with closing(connect(self.path)) as connection:  # its own: it reads one state, and for long
                return verify(connection, self._sealer)
        except sqlite3.Error as error:
            raise ledger_error(error) from error

    def check(self) -> str:
        """SQLite's own integrity check: "ok", or what it found."""
        return str(self._read("PRAGMA quick_check(1)")[0][0])

    def count_attempts(self) -> int:
        """How many attempts the ledger holds."""
        return int(self._read("SELECT count(*) FROM attempt")[0][0])

    def count_unknown(self) -> int:
        """How many attempts have lost their answer, and nobody has said since what became of them."""
        select = "SELECT count(*) FROM attempt WHERE state = 'unknown' AND resolved IS NULL"
        return int(self._read(select)[0][0])

    def states_of(self, job: str) -> dict[str, int]:
        """How many of a job's terminals have a last attempt in each state."""
        select = (
            "SELECT state, count(*) FROM attempt WHERE seq IN"
            " (SELECT max(seq) FROM attempt WHERE job = ? GROUP BY sn_key) GROUP BY state ORDER BY state"
        )
        return dict(self._read(select, job))


def _in_parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _SNS_AT_ONCE):
        yield values[start : start + _SNS_AT_ONCE]


def _no_room(path: Path, error: OSError) -> LedgerError:
    return LedgerError(
        "ledger-no-room",
        msg("There is no room beside the ledger {path} for a run: {error}", path=path, error=error),
        msg("Free some space on that disk, then run the command again; nothing was sent."),
    )
