"""How far this machine last wrote a ledger: kept in a small file beside it.

A ledger put back from an older copy looks whole, but has forgotten calls: their quota, their lost
answers, their fresh codes. The note of the chain's end tells (LEDGER.md §2.8). It is written when a
run begins and ends, and may lag behind after a crash: the ledger must hold *at least* what it says.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from batchreset.errors import LedgerError
from batchreset.ledger.chain import head, latest_at
from batchreset.text.messages import msg


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end: its last entry's number and link (hex), and the time up to which that was noted.

    Calls may have left up to `HeadNote.EVERY` after it without a newer note.
    """

    seq: int
    link: str
    at: str

    @property
    def latest_at(self) -> datetime:
        return datetime.fromisoformat(self.at)


def head_file(ledger: Path) -> Path:
    """Where a ledger's note lies."""
    return ledger.with_name(ledger.name + ".head")


class HeadNote:
    """Keeps the note of one ledger: at a run's begin and end, and now and then between."""

    EVERY: Final = timedelta(minutes=1)

    def __init__(self, ledger: Path) -> None:
        self._ledger: Final = ledger
        self._noted_at: datetime | None = None

    def note_if_due(self, connection: sqlite3.Connection, at: datetime) -> None:
        """Note the chain's end before a call of this time leaves, unless the note is that new already.

        By the ledger's own times, not by how long ago it was written: between two calls there may be hours.

        Raises:
            OSError: it can't be written.
        """
        if self._noted_at is None or abs(at - self._noted_at) >= self.EVERY:  # abs: a first time may be wrong
            self.note(connection, at)

    def note_end(self, connection: sqlite3.Connection) -> None:
        """Note the chain's end where no call has left: up to when some may have stays as it was noted.

        Not by the time now: whoever settles by hand or removes need not know the service's.

        Raises:
            OSError: it can't be written.
        """
        noted, latest = read_head(self._ledger), latest_at(connection)
        known = [at for at in (latest, noted.latest_at if noted else None) if at is not None]
        if known:
            self._write(connection, max(known))

    def note(self, connection: sqlite3.Connection, at: datetime) -> None:
        """Note the chain's end as of `at`; `connection` must see only what is durable.

        Raises:
            OSError: it can't be written.
        """
        self._write(connection, max(at, latest_at(connection) or at))
        self._noted_at = at

    def _write(self, connection: sqlite3.Connection, latest: datetime) -> None:
        seq, link = head(connection)
        path = head_file(self._ledger)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            new.write_text(json.dumps(asdict(Head(seq, link.hex(), latest.isoformat()))), "ascii")
            new.chmod(0o600)
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


def read_head(ledger: Path) -> Head | None:
    """The note; None where there is none, or none that can be read (a cut file proves nothing)."""
    try:
        kept = json.loads(head_file(ledger).read_text("ascii"))
        noted = Head(int(kept["seq"]), str(kept["link"]), str(kept["at"]))
        aware = noted.latest_at.tzinfo is not None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return noted if aware else None


def is_behind(noted: Head, connection: sqlite3.Connection) -> bool:
    """Whether the ledger lacks what the note says it had."""
    row = connection.execute("SELECT hex(link) FROM chain WHERE seq = ?", (noted.seq,)).fetchone()
    return noted.seq > 0 and (row is None or row[0].lower() != noted.link)


def restored(ledger: Path, noted: Head) -> LedgerError:
    """The ledger is an older copy."""
    return LedgerError(
        "ledger-restored",
        msg(
            "The ledger {path} lacks what was written to it up to {at}: it is an older copy, or made anew.",
            path=ledger,
            at=noted.latest_at,
        ),
        msg(
            "Put the newest file back. If it is lost: `batchreset verify --accept-restored REASON`; terminals"
            " may then be called again 24 hours after that time."
        ),
    )
