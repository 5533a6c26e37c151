"""Writes what is left of a job in the input's own layout: mend the rows, then run the file.

A fresh workbook, because the sheet that is left must be small and clean: no hidden rows, no totals, the
header on row 1. Values keep their types: a text of digits stays text, or the next run would lose it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from batchreset.model import DONE, Status
from batchreset.report.answers import RESOLUTION_WORDS
from batchreset.report.columns import (
    REHEARSAL,
    TODO_COLUMNS,
    cells,
    headings,
    left_open,
    properties,
    status_word,
)
from batchreset.report.excel import NewBook, NewSheet
from batchreset.report.inputs import Input, known_cells, open_input
from batchreset.report.looks import WIDTHS, height
from batchreset.report.values import UNSEEN, Held
from batchreset.reported import JobReport, RowResult
from batchreset.rows import Row
from batchreset.sheet.cells import MERGED, STRUCK
from batchreset.sheet.raw import CellKind, letter, placed
from batchreset.text import Text, msg

_UNSEEN: Final = (str(CellKind.FORMULA), MERGED)
"""Ends of kinds of problems (`sheet.cells`): a formula never calculated, a cell merged with one above."""


def write_todo(report: JobReport, text: Text, source: Path, target: Path) -> tuple[RowResult, ...]:
    """Write the rows that still need something, what a person must do first; only a header when none is left.

    Returns the results whose row can't be told in the sheet any more: those are written from what was
    read of them. Raises OSError when `target` can't be written; an input that can't be read is no error.
    """
    with open_input(report, source) as found:
        _write(report, text, found, target)
        return tuple(result for result in found.places.strangers if result.status not in DONE)


def _write(report: JobReport, text: Text, found: Input, target: Path) -> None:
    left, columns = left_open(report.results), found.columns
    rows = {id(result): row for row, result in found.places.found}
    row_of = found.fetch({rows[id(result)] for result in left if id(result) in rows})
    book = NewBook(target)
    page = book.sheet(report.table.sheet)
    _write_header(report, text, found, page)
    for result in left:
        row = rows.get(id(result))
        known = known_cells(found.table.columns, result.row) if row is None else row_of(row)
        wrong = _wrong_beyond_text(result.row)
        made = {
            at: page.held(
                _not_blank(known.get(column), wrong.get(column)), struck=wrong.get(column) == STRUCK
            )
            for at, column in enumerate(columns, 1)
            if column in known or column in wrong
        }
        outcome = cells(_told_elsewhere(result, report), text)[:TODO_COLUMNS]
        made |= {
            len(columns) + at: page.outcome(value, result.status if at == 1 else None)
            for at, value in enumerate(outcome, start=1)
        }
        page.append(
            made, height((str(value or ""), width) for value, width in zip(outcome, WIDTHS, strict=False))
        )
    last = letter(len(columns) + TODO_COLUMNS)
    page.filter_over(f"A1:{last}{len(left) + 1}")
    _offer_answers(left, letter(len(columns) + 1), text, page)
    target.write_bytes(book.made(properties(report, "todo")))


def _wrong_beyond_text(row: Row) -> dict[int, str]:
    """The columns whose cell is wrong in a way that its text alone does not show: column → what is wrong."""
    found = ((placed(one.cell)[1], one.kind.rpartition("-")[2]) for one in row.problems)
    return {column: what for column, what in found if column and what in (*_UNSEEN, STRUCK)}


def _not_blank(held: Held | None, what: str | None) -> Held:
    """What a cell of the list holds: an error where there was something that no one can see.

    Left blank it would say that the row has no such contact, and the row would go to the other one.
    """
    if what in _UNSEEN and (held is None or held.value in (None, "")):
        return UNSEEN
    return held or Held(None)


def _offer_answers(left: Sequence[RowResult], column: str, text: Text, page: NewSheet) -> None:
    """A choice in the `Result` cells of the rows that `resolve todo.xlsx` can settle."""
    rows = [row for row, result in enumerate(left, start=2) if result.status is Status.UNKNOWN]
    if rows:  # left_open puts the rows of a status side by side
        words = [text(word) for word in RESOLUTION_WORDS.values()]
        page.offer(f"{column}{rows[0]}:{column}{rows[-1]}", [status_word(Status.UNKNOWN, text), *words])


def _write_header(report: JobReport, text: Text, found: Input, page: NewSheet) -> None:
    columns = found.columns
    for at, column in enumerate(columns, start=1):
        if column in found.looks:
            page.set_width(at, found.looks[column].width, hidden=found.looks[column].hidden)
    for at in range(1, TODO_COLUMNS + 1):
        page.set_width(len(columns) + at, WIDTHS[at - 1])
    page.freeze_below(1)
    page.print_wide(1)
    titles = list(headings(text)[:TODO_COLUMNS])
    titles += [text(REHEARSAL)] if report.job.rehearsal else []
    model = found.model(columns[-1]) if columns else {}
    made = {
        at: page.heading(found.headers.get(column, ""), found.model(column))
        for at, column in enumerate(columns, 1)
    }
    made |= {at: page.heading(title, model) for at, title in enumerate(titles, len(columns) + 1)}
    page.append(made)


def _told_elsewhere(result: RowResult, report: JobReport) -> RowResult:
    """The result for a list whose rows stand elsewhere: a cell that a sentence names is the input's."""
    if not result.row.problems:
        return result
    reason = msg("In {file}: {reason}", file=report.table.path.name, reason=result.reason)
    return replace(result, reason=reason)
