"""Room kept free for the outcomes of calls in flight: on a full disk they are written all the same.

A run takes the room before its first call and gives it back at its end. Where there is no room even
for that, the run does not begin: better than to learn it with calls in flight (LEDGER.md §2.5).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

SIZE_BYTES: Final = 8 << 20
"""256 calls in flight (the most there can be) change about five pages of 4 KiB each: 5 MiB."""


class Ballast:
    """A file of some size that is deleted when its room is needed."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path

    def take(self) -> None:
        """Take the room.

        Raises:
            OSError: there is none, or the folder can't be written.
        """
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "wb") as out:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file, 0, SIZE_BYTES)
                else:
                    out.write(bytes(SIZE_BYTES))
        except OSError:
            self.give()
            raise

    def give(self) -> None:
        """Give the room back; more than once is no mistake."""
        with contextlib.suppress(OSError):  # gone already, or a folder that takes no changes any more
            self._path.unlink(missing_ok=True)
