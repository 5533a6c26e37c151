"""The audit: is every record what was written, in the order it was written, and is none missing?

Seals are recomputed from what the records hold now, the chain from its first entry on. The first
entry that does not fit is named; what comes after it can't be vouched for.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from batchreset.ledger.codec import (
    ATTEMPT_COLUMNS,
    FORGETTING_COLUMNS,
    JOB_COLUMNS,
    RESOLUTION_COLUMNS,
    RESTORING_COLUMNS,
    RUN_COLUMNS,
)
from batchreset.ledger.forget import digest_of
from batchreset.ledger.seal import FIRST_LINK, Sealer

TABLES: Final = {
    "job": JOB_COLUMNS,
    "run": RUN_COLUMNS,
    "attempt": ATTEMPT_COLUMNS,
    "resolution": RESOLUTION_COLUMNS,
    "forgetting": FORGETTING_COLUMNS,
    "restoring": RESTORING_COLUMNS,
}
"""The kinds of records: each is a table of that name."""


class Fault(StrEnum):
    """What is wrong with a record."""

    CHANGED = "changed"
    """It holds something else than what was written last."""
    REMOVED = "removed"
    """It is gone, and no `forget` took it."""
    ADDED = "added"
    """It is there, but the chain knows nothing of it."""
    CHAIN = "chain"
    """The chain itself was changed here: an entry altered, moved or taken out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing found wrong: the entry's or record's number, its kind, and what it is known by."""

    seq: int
    kind: str
    fault: Fault
    name: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the audit found. `head` is the chain's end, in hex: a note of it kept elsewhere proves more."""

    entries: int
    attempts: int
    head: str
    broken: Broken | None = None


def verify(connection: sqlite3.Connection, sealer: Sealer) -> Verified:
    """Read the whole ledger and say whether it holds."""
    connection.execute("BEGIN")  # one state of it, whatever a run is writing meanwhile
    try:
        connection.execute(_LAST_ENTRIES)
        entries, head, broken = _walk(connection, sealer)
        found = [
            broken,
            *(_first_unfit(connection, sealer, kind) for kind in TABLES),
            *(_first_missing(connection, kind) for kind in TABLES),
            _first_unfit_forgetting(connection),
        ]
        ((attempts,),) = connection.execute("SELECT count(*) FROM attempt")
    finally:
        connection.execute("DROP TABLE IF EXISTS temp.last_entry")
        connection.execute("COMMIT")
    first = min((one for one in found if one is not None), key=lambda one: one.seq, default=None)
    return Verified(entries, attempts, head.hex(), first)


_LAST_ENTRIES: Final = (
    "CREATE TEMP TABLE last_entry AS SELECT record, kind, seal, max(seq) FROM chain GROUP BY record"
)
"""Of each record what the chain last said of it (SQLite takes the other columns from the maximum's row)."""


def _walk(connection: sqlite3.Connection, sealer: Sealer) -> tuple[int, bytes, Broken | None]:
    """The chain from its first entry: how far it holds, its end there, and where it does not fit."""
    before, expected = FIRST_LINK, 1
    for seq, kind, record, seal, link in connection.execute("SELECT * FROM chain ORDER BY seq"):
        if seq != expected or sealer.link(before, seq, kind, record, seal) != link:
            return expected - 1, before, Broken(expected, "chain", Fault.CHAIN)
        before, expected = link, expected + 1
    return expected - 1, before, None


def _first_unfit(connection: sqlite3.Connection, sealer: Sealer, kind: str) -> Broken | None:
    """The first record of a table that is not what the chain last said of it."""
    # last_entry has no index of its own: SQLite makes one for the time of the join
    rows = connection.execute(
        f"SELECT {_of_table(kind)}, {kind}.seal, last.kind, last.seal FROM {kind}"
        f" LEFT JOIN temp.last_entry AS last ON last.record = {kind}.seq ORDER BY {kind}.seq"
    )
    for *values, seal, last_kind, last_seal in rows:
        if last_kind is None:
            return Broken(values[0], kind, Fault.ADDED, str(values[1]))
        if last_kind != kind or last_seal != seal or not sealer.holds(kind, values, seal):
            return Broken(values[0], kind, Fault.CHANGED, str(values[1]))
    return None


def _of_table(kind: str) -> str:
    return ", ".join(f"{kind}.{column}" for column in TABLES[kind].split(", "))


def _first_missing(connection: sqlite3.Connection, kind: str) -> Broken | None:
    """The first record the chain speaks of that is gone without a `forget`."""
    gone = connection.execute(
        "SELECT min(record) FROM temp.last_entry AS last WHERE kind = ?"
        f" AND NOT EXISTS (SELECT 1 FROM {kind} WHERE seq = last.record)"
        " AND NOT EXISTS (SELECT 1 FROM forgotten WHERE record = last.record)",
        (kind,),
    ).fetchone()[0]
    return None if gone is None else Broken(gone, kind, Fault.REMOVED)


def _first_unfit_forgetting(connection: sqlite3.Connection) -> Broken | None:
    """The first `forget` that did not remove just what stands under its name now."""
    for seq, records in connection.execute("SELECT seq, records FROM forgetting ORDER BY seq").fetchall():
        listed = connection.execute(
            "SELECT record FROM forgotten WHERE forgetting = ? ORDER BY record", (seq,)
        )
        if digest_of(record for (record,) in listed) != records:
            return Broken(seq, "forgetting", Fault.CHANGED)
    stray = "SELECT min(record) FROM forgotten WHERE forgetting NOT IN (SELECT seq FROM forgetting)"
    ((record,),) = connection.execute(stray)
    return None if record is None else Broken(record, "forgetting", Fault.ADDED)
