"""Jobs and runs in the ledger's tables. Everything here runs inside a transaction of the writer's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import (
    JOB_COLUMNS,
    RUN_COLUMNS,
    ending_record,
    job_from,
    job_record,
    run_from,
    run_record,
)
from batchreset.ledger.port import Run
from batchreset.ledger.seal import Sealer
from batchreset.ledger.sql import Record, insert_one
from batchreset.model import Job, Status, Stop

SELECT_JOBS: Final = f"SELECT {JOB_COLUMNS}, seal FROM job"
SELECT_RUNS: Final = f"SELECT {RUN_COLUMNS}, seal FROM run"


class Jobs:
    """The jobs and runs of one ledger."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer: Final = sealer

    def read_jobs(self, records: Iterable[Record]) -> list[Job]:
        """Jobs from records of `SELECT_JOBS`; a changed one is a `LedgerError`."""
        return [job_from(self._sealer.checked("job", record)) for record in records]

    def read_runs(self, records: Iterable[Record]) -> list[Run]:
        """Runs from records of `SELECT_RUNS`; a changed one is a `LedgerError`."""
        return [run_from(self._sealer.checked("run", record)) for record in records]

    def add_job(self, connection: sqlite3.Connection, job: Job) -> None:
        """Keep a new job."""
        chain = Chain(connection, self._sealer)
        record = job_record(job, chain.next_seq)
        seal = self._sealer.seal("job", record)
        insert_one(connection, "job", f"{JOB_COLUMNS}, seal", (*record, seal))
        chain.add("job", seal)
        chain.flush()

    def begin_run(self, connection: sqlite3.Connection, run: Run) -> None:
        """Keep a run that begins."""
        chain = Chain(connection, self._sealer)
        record = run_record(run, chain.next_seq)
        seal = self._sealer.seal("run", record)
        insert_one(connection, "run", f"{RUN_COLUMNS}, seal", (*record, seal))
        chain.add("run", seal)
        chain.flush()

    def end_run(
        self,
        connection: sqlite3.Connection,
        run: str,
        *,
        at: datetime,
        stop: Stop | None,
        counts: dict[Status, int],
    ) -> None:
        """Keep how a run ended."""
        chain = Chain(connection, self._sealer)
        for found in connection.execute(f"{SELECT_RUNS} WHERE id = ?", (run,)).fetchall():
            ending = ending_record(at, stop, counts)
            record = (*self._sealer.checked("run", found)[: -len(ending)], *ending)
            seal = self._sealer.seal("run", record)
            connection.execute(
                "UPDATE run SET ended_at = ?, stop = ?, counts = ?, seal = ? WHERE seq = ?",
                (*ending, seal, record[0]),
            )
            chain.add("run", seal, record[0])
        chain.flush()
