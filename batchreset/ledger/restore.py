"""Taking a ledger into use that was put back from a copy, or made anew after a loss.

What was written between the copy and the loss is forgotten: calls that used up quota above all. So it
is taken into use only once the last of them can't count any more, and who did it stays on record.
"""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from batchreset.errors import LedgerError
from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import RESTORING_COLUMNS, to_us
from batchreset.ledger.contacts import key_file, read_key
from batchreset.ledger.file import connect
from batchreset.ledger.head import HeadNote, head_file, is_behind, read_head
from batchreset.ledger.seal import Sealer
from batchreset.ledger.sql import insert_one
from batchreset.model import Rules
from batchreset.plan.quota import counts_for
from batchreset.text.messages import msg


@dataclass(frozen=True, slots=True)
class Restoring:
    """Who takes the ledger into use as it is, when and why."""

    at: datetime
    operator: str
    reason: str


def accept_restored(path: Path, asked: Restoring, rules: Rules) -> bool:
    """Take the ledger as it is; whether there was anything to accept.

    Raises:
        LedgerError: it is too early: calls it has forgotten may count until a time that is named.
    """
    noted = read_head(path)
    if noted is None:
        return False
    until = noted.latest_at + timedelta(seconds=HeadNote.EVERY_S) + counts_for(rules)
    key = read_key(key_file(path))
    with ExitStack() as stack:
        connection = None
        if path.exists() and path.stat().st_size and key is not None:
            connection = stack.enter_context(closing(connect(path)))
            if not is_behind(noted, connection):
                return False
        if asked.at < until:
            raise _too_early(until)
        head_file(path).unlink()
        if connection is not None and key is not None:
            _record(connection, key.sealer(), asked)
    return True


def _record(connection: sqlite3.Connection, sealer: Sealer, asked: Restoring) -> None:
    connection.execute("BEGIN IMMEDIATE")
    chain = Chain(connection, sealer)
    record = (chain.next_seq, to_us(asked.at), asked.operator, asked.reason)
    seal = sealer.seal("restoring", record)
    insert_one(connection, "restoring", f"{RESTORING_COLUMNS}, seal", (*record, seal))
    chain.add("restoring", seal)
    chain.flush()
    connection.execute("COMMIT")


def _too_early(until: datetime) -> LedgerError:
    return LedgerError(
        "ledger-restored-too-early",
        msg("Calls that this ledger has forgotten may count until {until}.", until=until),
        msg("Run the command again after that time; until then nothing can be sent."),
    )
