"""What a person wrote into the `Result` cells of our own workbooks: did the code arrive?

In a row whose status is `unknown`, `arrived` or `not arrived` is written over that word, in either
language; everything else in the workbook stays as it is and says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batchreset.errors import UsageError
from batchreset.model import Resolution
from batchreset.report.columns import STATUS_WORDS, heading_positions
from batchreset.rows import Table
from batchreset.sheet.raw import letter, place
from batchreset.sheet.reader import open_book
from batchreset.text import LANGS, Text, msg

RESOLUTION_WORDS: Final = {
    Resolution.ARRIVED: msg("arrived"),
    Resolution.NOT_ARRIVED: msg("not arrived"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One `Result` cell: where it is, the row's SN, and its text."""

    cell: str
    sn: str
    text: str


def read_answers(path: Path, table: Table) -> list[Answer]:
    """The filled `Result` cells of a workbook of ours that was read as `table`; none without that column.

    Raises:
        SheetError: it can't be read any more.
    """
    with open_book(path) as book:
        rows = {row.number: row for row in book.whole(table.sheet).rows}
    if table.header_row not in rows:
        return []
    positions = heading_positions()
    headings = enumerate(rows[table.header_row].cells, start=1)
    columns = [at for at, cell in headings if positions.get(cell.text.strip().casefold()) == 0]
    if not columns:
        return []
    column = max(columns)  # ours stand at the right of the user's own
    answers = ((row, rows[row.number].cell(column).text.strip()) for row in table.rows if row.number in rows)
    return [
        Answer(place(table.sheet, letter(column), row.number), row.sn, text)
        for row, text in answers
        if row.sn and text
    ]


def said(answers: Iterable[Answer]) -> dict[str, Resolution]:
    """What was answered, by SN; cells that still hold a status answer nothing.

    Raises:
        UsageError: a cell holds neither a status nor an answer.
    """
    found = {}
    for answer in answers:
        word = _plain(answer.text)
        if word in _ANSWERS:
            found[answer.sn] = _ANSWERS[word]
        elif word and word not in _STATUSES:
            raise UsageError(
                "answer-unreadable",
                msg("{cell} says “{text}”, which is no answer.", cell=answer.cell, text=answer.text),
                msg("Write `arrived` or `not arrived` there, or leave the status as it was."),
            )
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text).strip().casefold()


_ANSWERS: Final = {
    _plain(Text(lang)(word)): resolution for lang in LANGS for resolution, word in RESOLUTION_WORDS.items()
}
_STATUSES: Final = {_plain(Text(lang)(word)) for lang in LANGS for word in STATUS_WORDS.values()}
