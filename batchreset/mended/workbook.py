"""The edge: reads a mended to-do list and its job's sheet, and writes the sheet with the mends in it.

The mended sheet lies beside the job's files, so that whoever re-runs or reports the job later, after a
crash too, reads the same rows: the ledger's record of the run names it (`Run.source`). Its name is made
of what it holds, so that the same list given twice makes one file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook

from batchreset.errors import SheetError
from batchreset.mended.match import FIELDS, Edit, Entry, columns_by_field, match
from batchreset.model import Row, Table
from batchreset.report.columns import heading_positions
from batchreset.report.excel import packed, put_text, quiet
from batchreset.report.files import check_writable, replace_file
from batchreset.sheet.raw import BLANK_CELL, RawRow
from batchreset.sheet.reader import read_workbook
from batchreset.text.messages import Message, joined, msg

_NAMED: Final = 5
"""Ambiguous rows told at once; mending them shows the rest."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of a list: the sheet to run (None: the job's own, nothing is changed), what it changes
    there, and what its operator should know."""

    sheet: Path | None
    edits: tuple[Edit, ...]
    notes: tuple[Message, ...]

    @property
    def rows(self) -> int:
        """How many rows of the job's sheet are changed."""
        return len({edit.row for edit in self.edits})


def mend(todo: Table, job: Table, folder: Path) -> Mended:
    """Put the mends of a list into a copy of its job's sheet, in `folder`.

    Raises:
        SheetError: rows of the list are ambiguous, or can't be put into the job's sheet.
        UsageError: `folder` can't be written.
    """
    entries, said = _entries(job), _entries(todo)
    _refuse_new_column(todo, job, said)
    matched = match(entries, said)
    if matched.refused:
        raise _ambiguous(todo, matched.refused)
    if not matched.edits:
        return Mended(None, (), matched.notes)
    check_writable(folder)
    content = _edited(job, todo, matched.edits)
    name = f"mended-{_digest(job.path, said, matched.edits)}{job.path.suffix.lower()}"
    path, _ = replace_file(folder / name, lambda to: to.write_bytes(content))
    return Mended(path, matched.edits, matched.notes)


def refuse_untaken(made: Table, todo: Table, edits: Iterable[Edit]) -> None:
    """Look whether the sheet that was made says what the list does.

    Raises:
        SheetError: a cell could not take its value (a merged one, say).
    """
    rows, said = _by_number(made.rows), _by_number(todo.rows)
    for edit in edits:
        row, wanted = rows.get(edit.row), said[edit.from_row]
        if row is None or (row.sn, row.contact) != (wanted.sn, wanted.contact):
            raise SheetError(
                "todo-not-taken",
                msg(
                    "Row {row} of {file} can't be put into the job's sheet.",
                    row=wanted.number,
                    file=todo.path.name,
                ),
                msg("Mend that row in the job's own workbook, then `batchreset rerun`."),
            )


def _by_number(rows: Sequence[Row]) -> dict[int, Row]:
    return {row.number: row for row in rows}


def _entries(table: Table) -> list[Entry]:
    raw = next(sheet for sheet in read_workbook(table.path) if sheet.name == table.sheet)
    cells = {row.number: row for row in raw.rows}
    columns = columns_by_field(table.columns)
    ours, sn = heading_positions(), table.columns.sn.index
    header = cells.get(table.header_row, RawRow(0, ()))
    named = {
        index: text
        for index, cell in enumerate(header.cells, 1)
        if index != sn and (text := cell.text.strip().casefold()) and text not in ours
    }
    return [
        Entry(
            row,
            tuple(
                None if (column := columns[field]) is None else cells[row.number].cell(column.index)
                for field in FIELDS
            ),
            {text: cells[row.number].cell(index).text.strip() for index, text in named.items()},
        )
        for row in table.rows
    ]


def _refuse_new_column(todo: Table, job: Table, said: Sequence[Entry]) -> None:
    """A contact in a column that the job's sheet does not have can't be put into it."""
    own, theirs = columns_by_field(job.columns), columns_by_field(todo.columns)
    for at, field in enumerate(FIELDS):
        column = theirs[field]
        if column is None or own[field] is not None:
            continue
        if any((entry.cells[at] or BLANK_CELL) != BLANK_CELL for entry in said):
            raise SheetError(
                "todo-new-column",
                msg(
                    "{file} has a column {column} that the job's sheet has not.",
                    file=todo.path.name,
                    column=column.header,
                ),
                msg("Run the list as a sheet of its own: batchreset run {file}", file=todo.path),
            )


def _ambiguous(todo: Table, refused: Sequence[Message]) -> SheetError:
    more = [msg("… and {rows} more.", rows=len(refused) - _NAMED)] if len(refused) > _NAMED else []
    return SheetError(
        "todo-ambiguous",
        joined(
            [
                msg("{file} can't be matched with its job:", file=todo.path.name),
                *refused[:_NAMED],
                *more,
                msg("Nothing was sent."),
            ]
        ),
        msg(
            "Correct these rows or delete them. Terminals that the job does not have need a job of their"
            " own: batchreset run {file}",
            file=todo.path,
        ),
    )


def _edited(job: Table, todo: Table, edits: Iterable[Edit]) -> bytes:
    """The job's workbook with the list's cells in it; a formula of the list goes in as its value."""
    with quiet():
        book = load_workbook(job.path, keep_vba=job.path.suffix.lower() == ".xlsm", rich_text=True)
        values = load_workbook(todo.path, data_only=True)
    target, source = book[job.sheet], values[todo.sheet]
    own, theirs = columns_by_field(job.columns), columns_by_field(todo.columns)
    for edit in edits:
        to, of = own[edit.field], theirs[edit.field]
        if to is None or of is None:
            continue
        _copy(source.cell(edit.from_row, of.index), target.cell(edit.row, to.index))
    return packed(book)


def _copy(source: Any, cell: Any) -> None:
    """Copy a value with its type; text stays text."""
    cell.number_format = source.number_format
    if source.data_type == "s":
        put_text(cell, str(source.value))
    else:
        cell.value = source.value


def _digest(base: Path, said: Sequence[Entry], edits: Iterable[Edit]) -> str:
    """Names what the mended sheet holds: the sheet it is made from, and the cells put into it."""
    cells: Mapping[int, Entry] = {entry.row.number: entry for entry in said}
    with base.open("rb") as file:
        made = hashlib.file_digest(file, "sha256")
    for edit in edits:
        cell = cells[edit.from_row].cells[FIELDS.index(edit.field)]
        made.update(repr((edit.row, edit.field, cell)).encode())
    return made.hexdigest()[:8]
