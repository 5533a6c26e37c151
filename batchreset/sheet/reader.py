"""The one place where a list is read: from a file of any kind to `RawSheet` values.

.xlsx and .xlsm are read by our own code, because no library tells all that decides whether a row can be
trusted (WORKBOOK.md); .xls, .ods and .xlsb by python-calamine, text files by pandas. First the heads of all
sheets are read, to choose one; then the chosen one in whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Protocol

from batchreset.errors import SheetError
from batchreset.sheet.container import Format, open_sheet_file, told_as_damage
from batchreset.sheet.raw import RawSheet
from batchreset.text.messages import Message, msg


class Source(Protocol):
    """A file of one format, as sheets. Its methods raise `container.DAMAGE` and `MemoryError`."""

    @property
    def notes(self) -> tuple[Message, ...]:
        """What a reader should know of how it was read."""
        ...

    def heads(self, last_row: int) -> tuple[RawSheet, ...]:
        """All worksheets in order, hidden ones too, at least down to this row."""
        ...

    def whole(self, name: str) -> RawSheet:
        """One worksheet with all its rows."""
        ...


class Book:
    """An open file of any format. Its methods raise `SheetError`."""

    def __init__(self, path: Path, source: Source) -> None:
        self._path: Final = path
        self._source: Final = source

    @property
    def notes(self) -> tuple[Message, ...]:
        """What a reader should know of how it was read."""
        return self._source.notes

    def heads(self, last_row: int) -> tuple[RawSheet, ...]:
        """All worksheets in order, hidden ones too, at least down to this row; there is at least one."""
        with told_as_damage(self._path):
            sheets = self._source.heads(last_row)
        if not sheets:
            raise SheetError(
                "no-sheets",
                msg("{path} has no worksheet in it.", path=self._path),
                msg("Check that it is the right workbook; charts and macro sheets hold no rows."),
            )
        return sheets

    def whole(self, name: str) -> RawSheet:
        """One worksheet with all its rows."""
        with told_as_damage(self._path):
            return self._source.whole(name)


@contextlib.contextmanager
def open_book(path: Path) -> Iterator[Book]:
    """The file as a book. Raises `SheetError` with one code for each way in which it can't be read."""
    with open_sheet_file(path) as (file, found):
        with told_as_damage(path):
            source = _source(path, file, found)
        yield Book(path, source)


def _source(path: Path, file: IO[bytes], found: Format) -> Source:
    # late imports: `check` of an .xlsx waits for no pandas
    if found is Format.XLSX:
        from batchreset.sheet.xlsx import XlsxBook

        return XlsxBook(file)
    if found is Format.TEXT:
        from batchreset.sheet.delimited import read_delimited

        return read_delimited(path, file)
    from batchreset.sheet.legacy import read_legacy

    return read_legacy(path, file, found)
