"""A text file as one sheet: .csv, .tsv, and what Excel calls Unicode text. Every value stays text.

The encoding is found by a ladder of three rungs, and told: a mark at the beginning (BOM), then UTF-8, which
other text hardly ever is by chance, then GB18030, which Chinese Windows writes. What separates the columns
is what makes the most known headers appear.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from batchreset.errors import SheetError
from batchreset.sheet.aliases import field_of
from batchreset.sheet.held import HeldBook
from batchreset.sheet.package import Damaged, TooMuch
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell, RawRow, RawSheet
from batchreset.sheet.worksheet import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from batchreset.text.messages import Message, msg

MAX_BYTES: Final = 100 * 1024 * 1024

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_UNMARKED: Final = (("utf-8", "UTF-8"), ("gb18030", "GB18030"))
_SEPARATORS: Final[Mapping[str, Message]] = {
    ",": msg("commas"),
    "\t": msg("tabs"),
    ";": msg("semicolons"),
    "|": msg("vertical bars"),
}
_SAMPLED_LINES: Final = 20
_CELLS_AT_A_TIME: Final = 200_000


def read_delimited(path: Path, file: IO[bytes]) -> HeldBook:
    """The file as one sheet, called as Excel calls it. Raises `SheetError` and `ValueError`."""
    text, encoding = _decoded(path, file.read(MAX_BYTES + 1))
    text, separator = _separated(text)
    sheet = _sheet(path.stem, text, separator)
    note = msg(
        "Text file: read as {encoding}, its columns separated by {separator}.",
        encoding=encoding,
        separator=_SEPARATORS.get(separator, separator),
    )
    return HeldBook((sheet,), (note,))


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding."""
    if len(content) > MAX_BYTES:
        raise TooMuch
    for mark, codec, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(codec), name
    for codec, name in _UNMARKED:
        try:
            return content.decode(codec), name
        except UnicodeDecodeError:
            continue
    raise SheetError(
        "csv-encoding",
        msg("{path} is text in an encoding that is not known here.", path=path),
        msg('Open it in Excel and save it as "CSV UTF-8", or better as .xlsx.'),
    )


def _separated(text: str) -> tuple[str, str]:
    """The text without Excel's own line `sep=;`, and what separates its columns."""
    first, _, rest = text.partition("\n")
    said = first.rstrip("\r")
    if said.lower().startswith("sep=") and len(said) == len("sep=") + 1:
        return rest, said[-1]
    lines = list(islice(io.StringIO(text, newline=""), _SAMPLED_LINES))
    return text, max(_SEPARATORS, key=lambda separator: _fitness(lines, separator))


def _fitness(lines: list[str], separator: str) -> tuple[int, int]:
    """How many headers we know are in one row if this separates columns, and how many columns there are."""
    try:
        rows = list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return 0, 0
    known = max((sum(field_of(text) is not None for text in row) for row in rows), default=0)
    return known, sum(map(len, rows))


def _sheet(name: str, text: str, separator: str) -> RawSheet:
    rows: list[RawRow] = []
    count = 0
    for number, cells in enumerate(_rows(text, separator), 1):
        if number > MAX_ROWS:
            if cells:
                return RawSheet(name, hidden=False, rows=tuple(rows), cut_at=number)
            continue
        count += len(cells)
        if count > MAX_CELLS:
            raise TooMuch
        if cells:
            rows.append(RawRow(number, cells))
    return RawSheet(name, hidden=False, rows=tuple(rows))


def _rows(text: str, separator: str) -> Iterator[tuple[RawCell, ...]]:
    """Every row's cells up to the last that isn't blank; a line break in quotes ends no row."""
    width = _width(text, separator)
    if not width:
        return
    import pandas as pd

    reading: dict[str, Any] = {
        "sep": separator,
        "header": None,
        "names": range(width),
        "index_col": False,
        "dtype": str,
        "keep_default_na": False,
        "na_filter": False,
        "skip_blank_lines": False,
        # the parser that also counted the columns: pandas' own drops what it takes to be too many
        "engine": "python",
        "chunksize": max(1, _CELLS_AT_A_TIME // width),
    }
    for chunk in pd.read_csv(io.StringIO(text, newline=""), **reading):
        for values in chunk.itertuples(index=False, name=None):
            yield _cells(values[:MAX_COLUMNS])


def _width(text: str, separator: str) -> int:
    """How many columns the widest row has; pandas has to know before it reads."""
    if "\0" in text:
        raise Damaged
    try:
        return max(map(len, csv.reader(io.StringIO(text, newline=""), delimiter=separator)), default=0)
    except csv.Error as error:
        raise Damaged from error


def _cells(values: tuple[object, ...]) -> tuple[RawCell, ...]:
    last = len(values)
    while last and not _is_filled(values[last - 1]):
        last -= 1
    return tuple(
        RawCell(CellKind.TEXT, str(value)) if _is_filled(value) else BLANK_CELL for value in values[:last]
    )


def _is_filled(value: object) -> bool:
    """A line shorter than others is padded with what is no text."""
    return isinstance(value, str) and value != ""
