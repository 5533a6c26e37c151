"""A file that was read at once, as a book (`reader.Source`)."""

from __future__ import annotations

from dataclasses import dataclass

from batchreset.sheet.raw import RawSheet
from batchreset.text.messages import Message


@dataclass(frozen=True, slots=True)
class HeldBook:
    """All sheets of a file, and what a reader should know of how it was read."""

    sheets: tuple[RawSheet, ...]
    notes: tuple[Message, ...] = ()

    def heads(self, last_row: int) -> tuple[RawSheet, ...]:
        """All sheets; they are in memory anyway."""
        del last_row
        return self.sheets

    def whole(self, name: str) -> RawSheet:
        """The sheet of this name."""
        return next(sheet for sheet in self.sheets if sheet.name == name)
