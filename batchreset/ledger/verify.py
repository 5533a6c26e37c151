"""The audit: is every record what was written, in the order it was written, and is none missing?

Seals are recomputed from what the records hold now, the chain from its first entry on. The first
entry that does not fit is named; what comes after it can't be vouched for.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from batchreset.errors import LedgerError
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
from batchreset.text.messages import msg

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
    """Read the whole ledger and say whether it holds; `connection` is left in a transaction.

    Raises:
        LedgerError: records and chain hold, but what SQLite finds them by is damaged.
    """
    connection.execute("BEGIN")  # one state of it, whatever a run is writing meanwhile
    entries, head, broken = _walk(connection, sealer)
    connection.execute(_LAST_ENTRY)
    connection.execute(_LAST_ENTRIES, (entries,))
    found = [
        broken,
        *(_first_unfit(connection, sealer, kind, whole=broken is None) for kind in TABLES),
        *(_first_missing(connection, kind) for kind in TABLES),
        _first_unfit_forgetting(connection),
    ]
    ((attempts,),) = connection.execute("SELECT count(*) FROM attempt")
    first = min((one for one in found if one is not None), key=lambda one: one.seq, default=None)
    if first is None:
        _check_indexes(connection)
    return Verified(entries, attempts, head.hex(), first)


_LAST_ENTRY: Final = (
    "CREATE TEMP TABLE last_entry (record INTEGER PRIMARY KEY, kind TEXT NOT NULL, seal BLOB NOT NULL)"
)
_LAST_ENTRIES: Final = (
    "INSERT OR REPLACE INTO last_entry SELECT record, kind, seal FROM chain WHERE seq <= ? ORDER BY seq"
)
"""Of each record what the chain last said of it, as far as the chain holds."""


def _walk(connection: sqlite3.Connection, sealer: Sealer) -> tuple[int, bytes, Broken | None]:
    """The chain from its first entry: how far it holds, its end there, and where it does not fit."""
    before, expected = FIRST_LINK, 1
    for seq, kind, record, seal, link in connection.execute("SELECT * FROM chain ORDER BY seq"):
        if seq != expected or sealer.link(before, seq, kind, record, seal) != link:
            return expected - 1, before, Broken(expected, "chain", Fault.CHAIN)
        before, expected = link, expected + 1
    return expected - 1, before, None


def _first_unfit(connection: sqlite3.Connection, sealer: Sealer, kind: str, *, whole: bool) -> Broken | None:
    """The first record of a table that is not what the chain last said of it.

    Where the chain is broken, not `whole`, its last word is unknown: then a record's own seal must do.
    """
    rows = connection.execute(
        f"SELECT {_of_table(kind)}, {kind}.seal, last.kind, last.seal FROM {kind}"
        f" LEFT JOIN temp.last_entry AS last ON last.record = {kind}.seq ORDER BY {kind}.seq"
    )
    for *values, seal, last_kind, last_seal in rows:
        if last_kind is None:
            return Broken(values[0], kind, Fault.ADDED, _name(values[1]))
        stale = last_kind != kind or (whole and last_seal != seal)
        if stale or not sealer.holds(kind, values, seal):
            return Broken(values[0], kind, Fault.CHANGED, _name(values[1]))
    return None


def _name(value: object) -> str:
    """What a record is known by, as it can be printed even where it is damaged."""
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _check_indexes(connection: sqlite3.Connection) -> None:
    """See that SQLite finds all records by their terminals, jobs and ids: an index has no seal."""
    ((found,),) = connection.execute("PRAGMA integrity_check(1)")
    if found != "ok":
        raise LedgerError(
            "ledger-damaged",
            msg("The ledger's records hold, but not the indexes they are found by: {found}", found=found),
            msg("Restore it from a backup; send nothing for 24 hours after that."),
        )


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
    stray = "SELECT min(forgetting) FROM forgotten WHERE forgetting NOT IN (SELECT seq FROM forgetting)"
    ((seq,),) = connection.execute(stray)
    return None if seq is None else Broken(seq, "forgetting", Fault.REMOVED)
