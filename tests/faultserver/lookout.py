"""A look into the caller's ledger as a call comes: is the call's intent there, before anything is answered?

Only what was committed can be seen from another process.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final


class Lookout:
    """Watches one ledger file; with None there is nothing to look at."""

    def __init__(self, ledger: str | None) -> None:
        self._ledger: Final = None if ledger is None else f"{Path(ledger).as_uri()}?mode=ro"

    def sees(self, request_id: str) -> bool | None:
        """Whether the ledger holds an intent of this id now; None where nobody looks.

        Opened anew each time: a connection that stays would keep a killed caller's ledger from being
        recovered as it would be without us.
        """
        if self._ledger is None:
            return None
        try:
            with closing(sqlite3.connect(self._ledger, uri=True)) as connection:
                found = connection.execute("SELECT 1 FROM attempt WHERE id = ?", (request_id,))
                return found.fetchone() is not None
        except sqlite3.Error:
            return False
