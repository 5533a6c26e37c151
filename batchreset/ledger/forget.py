"""What may be removed from the ledger, and its removal, which stays on record.

A job goes as a whole, with its runs and attempts, once nothing depends on it any more: every attempt
is settled, counts for no quota, blocks nothing as unknown, confirms no living code, and is older than
asked for. The chain keeps its entries (numbers and seals, nothing personal), so `verify` still holds.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import FORGETTING_COLUMNS, to_us
from batchreset.ledger.seal import Sealer
from batchreset.ledger.sql import insert_one


@dataclass(frozen=True, slots=True)
class Forgetting:
    """The wish to remove jobs whose last sign of life lies before `cutoff`, made at `at` by `operator`."""

    at: datetime
    cutoff: datetime
    operator: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed."""

    jobs: int
    attempts: int


_OLD_JOBS: Final = """
CREATE TEMP TABLE old_jobs AS SELECT job.seq, job.id FROM job
WHERE job.created_at < :cutoff
    AND NOT EXISTS (
        SELECT 1 FROM run WHERE run.job = job.id AND max(run.started_at, coalesce(run.ended_at, 0)) >= :cutoff
    )
    AND NOT EXISTS (
        SELECT 1 FROM attempt WHERE attempt.job = job.id
            AND (attempt.state = 'open'
                OR max(attempt.counts_from, attempt.settled_at, coalesce(attempt.not_before, 0)) >= :cutoff)
    )
    AND NOT EXISTS (
        SELECT 1 FROM attempt JOIN resolution ON resolution.attempt = attempt.id
        WHERE attempt.job = job.id AND resolution.at >= :cutoff
    )
"""
_OLD_RECORDS: Final = """
CREATE TEMP TABLE old_records AS
SELECT seq FROM old_jobs
UNION SELECT seq FROM run WHERE job IN (SELECT id FROM old_jobs)
UNION SELECT seq FROM attempt WHERE job IN (SELECT id FROM old_jobs)
UNION SELECT seq FROM resolution
    WHERE attempt IN (SELECT id FROM attempt WHERE job IN (SELECT id FROM old_jobs))
"""


def forget(connection: sqlite3.Connection, sealer: Sealer, asked: Forgetting) -> Forgotten:
    """Remove what may go. The caller sees to it that nothing binds that ended before `asked.cutoff`."""
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(_OLD_JOBS, {"cutoff": to_us(asked.cutoff)})
    connection.execute(_OLD_RECORDS)
    try:
        return _remove(connection, sealer, asked)
    finally:
        connection.execute("DROP TABLE temp.old_records")
        connection.execute("DROP TABLE temp.old_jobs")


def _remove(connection: sqlite3.Connection, sealer: Sealer, asked: Forgetting) -> Forgotten:
    ((jobs, attempts),) = connection.execute(
        "SELECT (SELECT count(*) FROM old_jobs),"
        " (SELECT count(*) FROM attempt WHERE job IN (SELECT id FROM old_jobs))"
    )
    if not jobs:
        return Forgotten(0, 0)
    records = connection.execute("SELECT seq FROM old_records ORDER BY seq")
    digest = digest_of(record for (record,) in records)
    chain = Chain(connection, sealer)
    record = (chain.next_seq, to_us(asked.at), to_us(asked.cutoff), asked.operator, jobs, attempts, digest)
    seal = sealer.seal("forgetting", record)
    insert_one(connection, "forgetting", f"{FORGETTING_COLUMNS}, seal", (*record, seal))
    chain.add("forgetting", seal)
    chain.flush()
    connection.execute("INSERT INTO forgotten SELECT seq, ? FROM old_records", (record[0],))
    for table in ("resolution", "attempt", "run", "job"):
        connection.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM old_records)")
    return Forgotten(jobs, attempts)


def digest_of(records: Iterable[int]) -> str:
    """One checksum of the numbers of all records removed together, in ascending order; hex."""
    digest = hashlib.blake2b(digest_size=16)
    for record in records:
        digest.update(b"%d\n" % record)
    return digest.hexdigest()
