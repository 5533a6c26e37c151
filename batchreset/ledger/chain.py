"""The chain of all changes: appended to in every transaction that writes, and never changed.

Each entry names the record it is about, by the number of that record's first entry, so that numbers
are given once and for all, and holds the seal of what the record then held (`ledger.seal`).
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from batchreset.ledger.codec import from_us
from batchreset.ledger.seal import FIRST_LINK, Sealer, damaged
from batchreset.ledger.sql import Record, many


class Chain:
    """The chain's end, for the time of one transaction: entries are added, then written by `flush`."""

    def __init__(self, connection: sqlite3.Connection, sealer: Sealer) -> None:
        self._connection: Final = connection
        self._sealer: Final = sealer
        self._seq, self._link = head(connection)
        self._entries: Final[list[Record]] = []

    @property
    def next_seq(self) -> int:
        """The number the next entry gets; also that of a record which it begins."""
        return self._seq + 1

    def add(self, kind: str, seal: bytes, record: int | None = None) -> None:
        """One more entry, about an older record or (None) a new one."""
        self._seq += 1
        about = self._seq if record is None else record
        self._link = self._sealer.link(self._link, self._seq, kind, about, seal)
        self._entries.append((self._seq, kind, about, seal, self._link))

    def flush(self) -> None:
        """Write what was added."""
        many(
            self._connection, "INSERT INTO chain (seq, kind, record, seal, link) VALUES {rows}", self._entries
        )
        self._entries.clear()


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """The last entry's number and link."""
    last = connection.execute("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, FIRST_LINK) if last is None else (last[0], last[1])


def check_head(connection: sqlite3.Connection, sealer: Sealer) -> None:
    """See at the start, cheaply, that the chain's last entry follows the one before it.

    Raises:
        LedgerError: it does not.
    """
    rows = connection.execute("SELECT * FROM chain ORDER BY seq DESC LIMIT 2").fetchall()
    if not rows:
        return
    seq, kind, record, seal, link = rows[0]
    before = rows[1][4] if len(rows) > 1 else FIRST_LINK
    if sealer.link(before, seq, kind, record, seal) != link:
        raise damaged("chain", seq)


_NEWEST: Final = 1000
"""Attempts looked at for the latest time: clocks may have been stepped between them, not for ever."""


def latest_at(connection: sqlite3.Connection) -> datetime | None:
    """The latest time at which any of the newest attempts was opened; None without any.

    Runs don't count: one may begin before it knows the service's time, by a clock that is a day ahead.
    """
    newest = f"SELECT opened_at AS at FROM attempt ORDER BY seq DESC LIMIT {_NEWEST}"
    ((latest,),) = connection.execute(f"SELECT max(at) FROM ({newest})")
    return None if latest is None else from_us(latest)
