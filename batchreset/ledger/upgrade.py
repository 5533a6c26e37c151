"""A ledger of version 1 becomes one of version 2: sealed, chained, and with the rules in the database.

In the transaction that opens the file: it happens as a whole or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import ATTEMPT_COLUMNS, JOB_COLUMNS, RUN_COLUMNS
from batchreset.ledger.seal import Sealer
from batchreset.ledger.sql import Record, insert_one
from batchreset.model import Resolution

_OLD_INDEXES: Final = (
    "run_of_job",
    "attempt_of_terminal",
    "attempt_of_job",
    "attempt_open_once",
    "attempt_open_of_run",
)
_JOBS: Final = (
    "SELECT id, created_at, input_path, input_sha256, sheet, output_dir, lang, simulated, endpoint, operator,"
    " columns FROM old_job ORDER BY created_at, id"
)
_RUNS: Final = (
    "SELECT id, job, started_at, host, pid, version, source, again, 0,"
    " (SELECT operator FROM old_job WHERE old_job.id = old_run.job), '[]', ended_at, stop, counts"
    " FROM old_run ORDER BY seq"
)
_ATTEMPTS: Final = (
    "SELECT id, job, run, sn, sn_key, contact, state, opened_at, counts_from, settled_at, advice,"
    " http_status, error_code, error_message, service_request_id, not_before,"
    # succeeded too: by an answer that came when it had been sent again
    " CASE WHEN state IN ('unknown', 'succeeded')"
    f" AND lead(seq) OVER (PARTITION BY job, sn_key ORDER BY seq) IS NOT NULL THEN '{Resolution.RETRIED}' END"
    " FROM old_attempt ORDER BY seq"
)


def upgrade(
    connection: sqlite3.Connection,
    sealer: Sealer,
    make: Callable[[Sequence[str]], None],
    schema: Sequence[str],
) -> None:
    """Bring the tables of version 1 over; `make` runs statements of the new schema.

    The triggers come last: they let no record in that is settled already.
    """
    for table in ("job", "run", "attempt"):
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for index in _OLD_INDEXES:
        connection.execute(f"DROP INDEX {index}")
    triggers = [statement for statement in schema if "CREATE TRIGGER" in statement]
    make([s for s in schema if s not in triggers and "CREATE TABLE meta" not in s])
    chain = Chain(connection, sealer)
    for kind, columns, select in (
        ("job", JOB_COLUMNS, _JOBS),
        ("run", RUN_COLUMNS, _RUNS),
        ("attempt", ATTEMPT_COLUMNS, _ATTEMPTS),
    ):
        for old in connection.execute(select).fetchall():
            _bring_over(connection, chain, sealer, kind, columns, old)
        chain.flush()
    for table in ("attempt", "run", "job"):
        connection.execute(f"DROP TABLE old_{table}")
    make(triggers)


def _bring_over(
    connection: sqlite3.Connection, chain: Chain, sealer: Sealer, kind: str, columns: str, old: Sequence[Any]
) -> None:
    record: Record = (chain.next_seq, *old)
    seal = sealer.seal(kind, record)
    insert_one(connection, kind, f"{columns}, seal", (*record, seal))
    chain.add(kind, seal)
