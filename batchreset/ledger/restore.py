"""Taking a ledger into use that was put back from a copy, or made anew after a loss.

What was written between the copy and the loss is forgotten: calls that used up quota above all. So it
is taken into use only once the last of them can't count any more, and who did it stays on record.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batchreset.errors import LedgerError
from batchreset.ledger.chain import Chain
from batchreset.ledger.codec import RESTORING_COLUMNS, to_us
from batchreset.ledger.file import cant_open, connect, open_file
from batchreset.ledger.head import HeadNote, is_behind, read_head
from batchreset.ledger.place import real
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
        LedgerError: it is too early: calls it has forgotten may count until a time that is named. Or it
            can't be opened for another reason, which stands however old the copy is.
    """
    path = real(path)
    noted = read_head(path)
    if noted is None:
        return False
    until = noted.latest_at + HeadNote.EVERY + counts_for(rules)
    try:
        if asked.at < until and not path.exists():
            raise _too_early(until)
        key = open_file(path, simulated=False, rules=rules, may_be_behind=True)
        with closing(connect(path)) as connection:
            if not is_behind(noted, connection):
                return False
            if asked.at < until:
                raise _too_early(until)
            _record(connection, key.sealer(), asked)
            HeadNote(path).note(connection, asked.at)
    except (sqlite3.Error, OSError) as error:
        raise cant_open(path, error) from error
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
