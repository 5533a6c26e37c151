"""What a checked table says of each row, as the lines of one cell and the cells to mark. Pure.

Nothing is judged here: a row's problems, its notes and its being a duplicate are the check's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from batchreset.ooxml.texts import fit
from batchreset.rows import Problem, Row, Table
from batchreset.sheet.raw import placed
from batchreset.text.catalogue import Text
from batchreset.text.messages import Message, msg

HEADING: Final = msg("Finding")


class Weight(IntEnum):
    """How much a finding matters; of two in one cell the heavier counts."""

    NOTE = 1
    """Mended, worth a look, or a duplicate: the row can be sent, or need not be."""
    ERROR = 2
    """The row can't be used."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in one row: a sentence each, errors first, and the cells to mark (column → weight)."""

    lines: tuple[Message, ...]
    marks: dict[int, Weight]

    @property
    def weight(self) -> Weight:
        return max(self.marks.values(), default=Weight.ERROR)

    def text(self, text: Text) -> str:
        """All of it in a language, as a cell can hold it; on one line, so that rows keep their heights."""
        lines = list(map(text, self.lines))
        if len(lines) > 1:
            lines = [f"({number}) {line}" for number, line in enumerate(lines, start=1)]
        return fit(" ".join(lines))


def by_row(table: Table) -> dict[int, Findings]:
    """The rows in which anything was found, by number."""
    sn = table.columns.sn
    found = {row.number: list(_of(row, sn.index, sn.letter)) for row in table.rows}
    return {number: _together(parts) for number, parts in found.items() if parts}


_Part = tuple[int, Weight, Message]


def _of(row: Row, sn: int, letter: str) -> Iterator[_Part]:
    for problem in row.problems:
        column, cell = _place(problem, sn)
        line = msg("Error in {cell}: {message} {mend}", cell=cell, message=problem.message, mend=problem.mend)
        yield column, Weight.ERROR, line
    for note in row.notes:
        column, cell = _place(note, sn)
        yield (
            column,
            Weight.NOTE,
            msg("Note on {cell}: {message} {mend}", cell=cell, message=note.message, mend=note.mend),
        )
    if row.duplicate_of is not None:
        cell = f"{letter}{row.number}"
        spoken_for = msg("Same SN and contact as row {row}, which speaks for it.", row=row.duplicate_of)
        todo = msg("Nothing to do.")
        yield (
            sn,
            Weight.NOTE,
            msg("Note on {cell}: {message} {mend}", cell=cell, message=spoken_for, mend=todo),
        )


def _place(problem: Problem, sn: int) -> tuple[int, str]:
    """The column of a finding and its cell without the sheet's name; that of the SN if it can't be told."""
    ref, column = placed(problem.cell)
    return sn if column is None else column, ref


def _together(parts: list[_Part]) -> Findings:
    marks: dict[int, Weight] = {}
    for column, weight, _ in parts:
        marks[column] = max(weight, marks.get(column, weight))
    return Findings(tuple(line for *_, line in parts), marks)
