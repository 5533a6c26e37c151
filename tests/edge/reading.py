"""Short ways to read workbooks in tests."""

from __future__ import annotations

from pathlib import Path

from batchreset.sheet.raw import RawSheet
from batchreset.sheet.reader import open_book


def read_workbook(path: Path) -> tuple[RawSheet, ...]:
    """All sheets of a file in whole."""
    with open_book(path) as book:
        return tuple(book.whole(head.name) for head in book.heads(20))
