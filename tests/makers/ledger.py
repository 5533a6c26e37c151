"""Big ledgers with valid seals and chain, by bulk inserts: what a site has after years, in minutes.

The same values as the ledger itself would write (`ledger.codec`), but in one transaction and with the
triggers and indexes made afterwards.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from batchreset.ledger.codec import (
    ATTEMPT_COLUMNS,
    JOB_COLUMNS,
    RUN_COLUMNS,
    attempt_record,
    ending_record,
    job_record,
    run_record,
    settled,
)
from batchreset.ledger.contacts import key_file, read_key
from batchreset.ledger.port import Run
from batchreset.ledger.seal import FIRST_LINK, Sealer
from batchreset.ledger.sql import marks
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Advice, Attempt, AttemptState, Job, Outcome, Rules, Status

_OUTCOMES: Final = (
    Outcome(AttemptState.SUCCEEDED, http_status=200, service_request_id="6f1ed002ab5595859014ebf0951522d9"),
    Outcome(AttemptState.REFUSED, Advice.ROW, 400, "USG.201010001", "The device does not exist."),
    Outcome(AttemptState.UNPROCESSED, Advice.RETRY, 429),
    Outcome(AttemptState.UNKNOWN, error_message="no answer within 30 s"),
)
_SHARES: Final = (90, 5, 3, 2)
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much a made ledger holds, evenly over the days before `until`."""

    attempts: int
    attempts_of_a_job: int = 100
    terminals: int = 100_000
    days: int = 400
    until: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=11))
    """The last of them: by default too old to bind anything."""


@dataclass(slots=True)
class _Made:
    """Records and chain entries on their way into the file."""

    sealer: Sealer
    seq: int = 0
    link: bytes = FIRST_LINK
    records: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {"job": [], "run": [], "attempt": [], "chain": []}
    )

    def entry(self, kind: str, seal: bytes, record: int) -> None:
        self.seq += 1
        self.link = self.sealer.link(self.link, self.seq, kind, record, seal)
        self.records["chain"].append((self.seq, kind, record, seal, self.link))

    def keep(self, kind: str, first: Sequence[Any], last: Sequence[Any]) -> None:
        """A record that began as one thing and is another now; its entries come next to each other."""
        begun, seal = self.sealer.seal(kind, first), self.sealer.seal(kind, last)
        self.entry(kind, begun, self.seq + 1)
        if first != last:
            self.entry(kind, seal, self.seq)
        self.records[kind].append((*last, seal))


def make_ledger(path: Path, size: Size, *, simulated: bool = True) -> None:
    """Make a new ledger of that size."""
    with SqliteLedger(path, rules=Rules(), simulated=simulated):
        pass
    key = read_key(key_file(path))
    assert key is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -500000")
        later = connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        ).fetchall()
        for type_, name, _ in later:
            connection.execute(f"DROP {type_} {name}")
        connection.execute("BEGIN")
        for records in _in_parts(_Made(key.sealer()), size, simulated=simulated):
            _write(connection, records)
        for _, _, sql in later:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")


def _in_parts(made: _Made, size: Size, *, simulated: bool) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    random = Random(1)
    step = timedelta(days=size.days) / size.attempts
    at = size.until - step * size.attempts
    for number in range(0, size.attempts, size.attempts_of_a_job):
        name = f"{at:%Y%m%d-%H%M%S}-{number:x}"
        of_job = min(size.attempts_of_a_job, size.attempts - number)
        _keep_job(made, name, at, at + step * of_job, simulated=simulated)
        for terminal in random.sample(range(size.terminals), of_job):
            _keep_attempt(made, random, name, terminal, at)
            at += step
        if len(made.records["chain"]) >= _AT_ONCE:
            yield made.records
            for records in made.records.values():
                records.clear()
    yield made.records


def _keep_job(made: _Made, name: str, at: datetime, ended_at: datetime, *, simulated: bool) -> None:
    path = Path("/home/it/resets") / f"{name}.xlsx"
    folder = Path("/home/it/resets/output") / name
    job = Job(name, at, path, "0" * 64, "Terminals", folder, "zh-CN", simulated, "https://x", "it")
    record = job_record(job, made.seq + 1)
    made.keep("job", record, record)
    run = Run(f"run-{name}", name, at, "pc", 4711, "1.0", path, operator="it")
    record = run_record(run, made.seq + 1)
    ending = ending_record(ended_at, None, dict.fromkeys(Status, 0))
    made.keep("run", record, (*record[: -len(ending)], *ending))


def _keep_attempt(made: _Made, random: Random, job: str, terminal: int, at: datetime) -> None:
    opened = Attempt(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        job=job,
        run=f"run-{job}",
        sn=sn_of(terminal),
        contact=f"{terminal:032x}",
        state=AttemptState.OPEN,
        opened_at=at,
        counts_from=at + timedelta(seconds=30),
        seq=made.seq + 1,
    )
    (outcome,) = random.choices(_OUTCOMES, _SHARES)
    made.keep("attempt", attempt_record(opened), attempt_record(settled(opened, outcome, at)))


def sn_of(terminal: int) -> str:
    """The SN of a made ledger's terminal, by its number."""
    return f"2102310QPD{terminal:09d}A"


def _write(connection: sqlite3.Connection, records: dict[str, list[tuple[Any, ...]]]) -> None:
    columns = {
        "job": f"{JOB_COLUMNS}, seal",
        "run": f"{RUN_COLUMNS}, seal",
        "attempt": f"{ATTEMPT_COLUMNS}, seal",
        "chain": "seq, kind, record, seal, link",
    }
    for table, some in records.items():
        if some:
            sql = f"INSERT INTO {table} ({columns[table]}) VALUES ({marks(len(some[0]))})"
            connection.executemany(sql, some)
