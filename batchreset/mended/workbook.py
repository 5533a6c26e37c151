"""The edge: reads a mended to-do list and its job's sheet, and writes the sheet with the mends in it.

The mended sheet lies beside the job's files, so that whoever re-runs or reports the job later, after a
crash too, reads the same rows: the ledger's record of the run names it (`Run.source`). Its name is made
of what it holds, so that the same list given twice makes one file.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from batchreset.errors import SheetError
from batchreset.mended.match import Edit, Entry, match, text_of
from batchreset.ooxml.edit import Cells, SheetEdit
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import cut
from batchreset.ooxml.markup import Source, prefix_of
from batchreset.ooxml.properties import set_properties
from batchreset.ooxml.rows import cells_of
from batchreset.ooxml.safety import refuse_harm
from batchreset.ooxml.spots import NO_STYLE, RowSpot
from batchreset.ooxml.texts import escaped, fit
from batchreset.report.columns import OWN_PROPERTIES, heading_positions
from batchreset.report.fitting import editing, write_copy
from batchreset.report.opened import OpenedSheet
from batchreset.report.ready import check_writable
from batchreset.report.safe import replace_file
from batchreset.rows import FIELDS, Row, Table
from batchreset.sheet.origin import JOB_PROPERTY, KIND_PROPERTY
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell, RawRow, letter
from batchreset.sheet.reader import open_book
from batchreset.text.messages import Count, Message, joined, msg

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


def mend(todo: Table, job: Table, folder: Path, refused_rows: Collection[int] = ()) -> Mended:
    """Put the mends of a list into a copy of its job's sheet, in `folder`; `refused_rows` as in `match`.

    Raises:
        SheetError: rows of the list are ambiguous, or can't be put into the job's sheet.
        UsageError: `folder` can't be written.
    """
    entries, said = _entries(job), _entries(todo)
    _refuse_new_column(todo, job, said)
    matched = match(entries, said, refused_rows)
    if matched.refused:
        raise _ambiguous(todo, matched.refused)
    if not matched.edits:
        return Mended(None, (), matched.notes)
    check_writable(folder)
    name = f"mended-{_digest(job.path, said, matched.edits)}{job.path.suffix.lower()}"
    path, _ = replace_file(
        folder / name, lambda to: _place(job.path, job, said, matched.edits, to, folder.name)
    )
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
    with open_book(table.path) as book:
        raw = book.whole(table.sheet)
    cells = {row.number: row for row in raw.rows}
    columns = table.columns.by_field()
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
            {text: text_of(cells[row.number].cell(index)) for index, text in named.items()},
        )
        for row in table.rows
    ]


def _refuse_new_column(todo: Table, job: Table, said: Sequence[Entry]) -> None:
    """A contact in a column that the job's sheet does not have can't be put into it."""
    own, theirs = job.columns.by_field(), todo.columns.by_field()
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
    more = [msg("… and {rows} more.", rows=Count(len(refused) - _NAMED))] if len(refused) > _NAMED else []
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


def _place(
    path: Path, job: Table, said: Sequence[Entry], edits: Iterable[Edit], target: Path, name: str
) -> None:
    """Put the list's cells into a copy of the job's workbook, in which nothing else is changed."""
    theirs = {entry.row.number: entry for entry in said}
    changes: dict[int, dict[int, RawCell]] = defaultdict(dict)
    own = job.columns.by_field()
    for edit in edits:
        column = own[edit.field]
        cell = theirs[edit.from_row].cells[FIELDS.index(edit.field)]
        if column is not None and cell is not None:
            changes[edit.row][column.index] = cell
    try:
        with editing(path, job) as sheet:
            _write(sheet, changes, target, name)
    except UneditableError as error:
        raise _not_editable(path, error.why) from error


def _write(sheet: OpenedSheet, changes: Mapping[int, Mapping[int, RawCell]], target: Path, job: str) -> None:
    refuse_harm(sheet.package, sheet.frame, sheet.entry.name)
    columns = tuple(sorted({column for row in changes.values() for column in row}))
    rows = _markup_of(sheet, changes)
    prefix = prefix_of(sheet.scanned.data_tag).decode()

    def cells(spot: RowSpot) -> Cells | None:
        if spot.number not in changes:
            return None
        there = {cell.column: cell for cell in cells_of(rows[spot.number])}
        made: dict[int, str] = {}
        for column in columns:
            found, new = there.get(column), changes[spot.number].get(column)
            if new is not None:
                style = found.raw.style if found else NO_STYLE
                made[column] = _markup(f"{letter(column)}{spot.number}", new, style, prefix)
            else:
                made[column] = rows[spot.number][found.start : found.end].decode() if found else ""
        return made

    set_properties(sheet.parts, OWN_PROPERTIES, {JOB_PROPERTY: job, KIND_PROPERTY: "results"})
    write_copy(sheet, SheetEdit(columns, cells, *cut(sheet.frame)), target)


def _markup_of(sheet: OpenedSheet, numbers: Collection[int]) -> dict[int, bytes]:
    """The bytes of some rows."""
    rows: dict[int, bytes] = {}
    with sheet.package.open(sheet.entry.part) as part:
        source = Source(part)
        for spot in sheet.scanned.spots:
            if spot.number in numbers:
                source.skip(spot.start)
                rows[spot.number] = source.take(spot.close)
    return rows


def _markup(ref: str, cell: RawCell, style: int, p: str) -> str:
    """A cell: a number as a number, anything else as text, in the style that it had."""
    tag = f'<{p}c r="{ref}"' + ("" if style == NO_STYLE else f' s="{style}"')
    if cell.kind in (CellKind.BLANK, CellKind.FORMULA):
        return f"{tag}/>"
    if cell.kind is CellKind.NUMBER:
        return f"{tag}><{p}v>{cell.text}</{p}v></{p}c>"
    text = f'<{p}t xml:space="preserve">{escaped(fit(cell.text))}</{p}t>'
    return f'{tag} t="inlineStr"><{p}is>{text}</{p}is></{p}c>'


def _not_editable(path: Path, why: Message) -> SheetError:
    return SheetError(
        "todo-base",
        msg("{file} can't take the list's rows in: {why}", file=path.name, why=why),
        msg("Mend the rows there, then `batchreset rerun`; or run the list as a sheet of its own."),
    )


def _digest(base: Path, said: Sequence[Entry], edits: Iterable[Edit]) -> str:
    """Names what the mended sheet holds: the sheet it is made from, and the cells put into it."""
    cells: Mapping[int, Entry] = {entry.row.number: entry for entry in said}
    with base.open("rb") as file:
        made = hashlib.file_digest(file, "sha256")
    for edit in edits:
        cell = cells[edit.from_row].cells[FIELDS.index(edit.field)]
        made.update(repr((edit.row, edit.field, cell)).encode())
    return made.hexdigest()[:8]
