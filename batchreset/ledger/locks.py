"""Who is alive, told by the operating system's locks and by no time-out (LEDGER.md §2.6).

A run holds a lock on a file of its own for as long as its process lives; a paused run keeps it, a dead
one loses it at once. A sheet is held the same way, so that it is not run twice at the same time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from batchreset.errors import LedgerError
from batchreset.text.messages import msg

_REFUSED: Final = (OSError, NotImplementedError)
"""What a folder that takes no locks raises; filelock's `Timeout` is an OSError too, and comes first."""


class Locks:
    """The locks beside one ledger."""

    def __init__(self, ledger: Path) -> None:
        self._folder: Final = ledger.with_name(ledger.name + ".locks")
        self._held: Final[dict[Path, FileLock]] = {}

    def hold_run(self, run: str) -> None:
        """Show that this run is alive, until `release` or the end of the process."""
        try:
            self._hold(self._folder / f"run-{run}.lock")
        except _REFUSED as error:
            raise self._not_writable(error) from error

    def ballast_of(self, run: str) -> Path:
        """Where a run keeps room for its outcomes (`ledger.ballast`)."""
        return self._folder / f"run-{run}.ballast"

    def tidy(self) -> None:
        """Remove what killed runs have left lying."""
        for ballast in self._folder.glob("run-*.ballast"):
            if not self.is_alive(ballast.stem.removeprefix("run-")):
                with contextlib.suppress(OSError):  # another process tidies the same file
                    ballast.unlink()

    def is_alive(self, run: str) -> bool:
        """Whether a run's process lives, paused or not."""
        path = self._folder / f"run-{run}.lock"
        if path in self._held:
            return True
        try:
            lock = self._lock(path)
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except _REFUSED as error:
            raise self._not_writable(error) from error
        lock.release()
        with contextlib.suppress(OSError):  # another process tidies the same file
            path.unlink()
        return False

    def hold_sheet(self, sheet: Path, *, job: str, since: datetime) -> None:
        """Hold an input workbook for one run.

        Raises:
            LedgerError: another run holds it; the message says which, where and since when.
        """
        name = hashlib.sha256(os.fsencode(sheet)).hexdigest()[:24]
        path = self._folder / f"sheet-{name}.lock"
        note = path.with_suffix(".json")
        try:
            self._hold(path)
        except Timeout:
            raise _held_by(sheet, note) from None
        except _REFUSED as error:
            raise self._not_writable(error) from error
        holder = {"job": job, "pid": os.getpid(), "host": socket.gethostname(), "since": since.isoformat()}
        with contextlib.suppress(OSError):  # it only tells others who holds it
            note.write_text(json.dumps(holder), "utf-8")

    def release(self) -> None:
        """Let all go; the files of a run that ended well are removed."""
        for path, lock in self._held.items():
            with contextlib.suppress(OSError):  # the end of the process lets it go
                lock.release()
            if path.name.startswith("run-"):
                with contextlib.suppress(OSError):  # a look by another process may hold it this instant
                    path.unlink()
        self._held.clear()

    def _hold(self, path: Path) -> None:
        lock = self._lock(path)
        lock.acquire(timeout=0)
        self._held[path] = lock

    def _not_writable(self, error: Exception) -> LedgerError:
        return LedgerError(
            "ledger-not-writable",
            msg("The ledger's locks in {folder} can't be used: {error}", folder=self._folder, error=error),
            msg("Check the folder's permissions, or name another with --ledger."),
        )

    def _lock(self, path: Path) -> FileLock:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # no soft locks: they outlive their process, and a dead run would seem alive for ever
        return FileLock(path, thread_local=False, fallback_to_soft=False)


def _held_by(sheet: Path, note: Path) -> LedgerError:
    try:
        holder = json.loads(note.read_text("utf-8"))
        since: object = datetime.fromisoformat(holder["since"])
    except (OSError, ValueError, KeyError):
        holder, since = {}, "?"
    return LedgerError(
        "sheet-held",
        msg(
            "{sheet} is being run already: job {job}, process {pid} on {host}, since {since}",
            sheet=sheet.name,
            job=holder.get("job", "?"),
            pid=holder.get("pid", "?"),
            host=holder.get("host", "?"),
            since=since,
        ),
        msg("Wait until it has ended, then use `batchreset rerun` for what is left."),
    )
