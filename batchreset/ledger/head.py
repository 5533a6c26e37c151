"""How far this machine last wrote a ledger: kept in a small file beside it.

A ledger put back from an older copy looks whole, but has forgotten calls: their quota, their lost
answers, their fresh codes. The note of the chain's end tells (LEDGER.md §2.8). It is written when a
run begins and ends, and may lag behind after a crash: the ledger must hold *at least* what it says.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from batchreset.errors import LedgerError
from batchreset.ledger.chain import head, latest_at
from batchreset.text.messages import msg


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end: its last entry's number and link (hex), and the latest time the ledger then held.

    The next call may have left up to `HeadNote.EVERY_S` after that without a newer note.
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

    EVERY_S: Final = 60.0

    def __init__(self, ledger: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ledger: Final = ledger
        self._monotonic: Final = monotonic
        self._next_s = monotonic() + self.EVERY_S

    def note_if_due(self, connection: sqlite3.Connection) -> None:
        """Note the chain's end, once a minute at most; a note that can't be written now is made later."""
        if self._monotonic() >= self._next_s:
            with contextlib.suppress(OSError):
                self.note(connection)

    def note(self, connection: sqlite3.Connection) -> None:
        """Note the chain's end.

        Raises:
            OSError: it can't be written.
        """
        self._next_s = self._monotonic() + self.EVERY_S
        seq, link = head(connection)
        latest = latest_at(connection)
        if latest is None:
            return
        path = head_file(self._ledger)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_text(json.dumps(asdict(Head(seq, link.hex(), latest.isoformat()))), "ascii")
        new.chmod(0o600)
        new.replace(path)


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
    row = connection.execute("SELECT link FROM chain WHERE seq = ?", (noted.seq,)).fetchone()
    return noted.seq > 0 and (row is None or row[0].hex() != noted.link)


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
            "Put the newest file back. If it is lost: `batchreset verify --accept-restored`; terminals may"
            " then be called again 24 hours after that time."
        ),
    )
