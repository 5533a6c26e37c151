"""Findings in a workbook of their own, where they can't be added to the user's: all rows at their own
numbers, each with what was found beside it. Values only, as the reader sees them.

The copy is judged like its source, by whoever runs it: what is hidden, merged or struck out there is so here,
and a formula that was never calculated is an error and not a blank cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from openpyxl.cell.cell import Cell as SheetCell

from batchreset.annotated.findings import HEADING, Findings
from batchreset.annotated.kept import properties
from batchreset.annotated.marks import COLOURS, plain_marks
from batchreset.report.excel import NewBook, NewSheet
from batchreset.report.inputs import held_of
from batchreset.report.values import UNSEEN, Held
from batchreset.rows import Table
from batchreset.sheet.raw import CellKind, RawCell, RawRow, letter
from batchreset.sheet.reader import open_book
from batchreset.text import Text

_WIDTH: Final = 26
WIDTH_OF_FINDINGS: Final = 110
"""In Excel's characters."""


def write_sidecar(
    table: Table, found: Mapping[int, Findings], text: Text, source: Path, target: Path
) -> None:
    """Write the sheet's rows and their findings to `target`.

    Raises OSError when `target` can't be written, and SheetError when `source` can't be read any more.
    """
    with open_book(source) as book:
        sheet = book.whole(table.sheet)
    ours = max((len(row.cells) for row in sheet.rows), default=0) + 1
    workbook = NewBook(target)
    page = workbook.sheet(table.sheet)
    for column in range(1, ours):
        page.set_width(column, _WIDTH, hidden=column in sheet.hidden_columns)
    page.set_width(ours, WIDTH_OF_FINDINGS)
    if table.header_row:
        page.freeze_below(table.header_row)
    for row in sheet.rows:
        page.skip_to(row.number)
        if row.number == table.header_row:
            page.append({**_header(page, row), ours: page.heading(text(HEADING), {})}, hidden=row.hidden)
        else:
            page.append(_row(page, row, found.get(row.number), ours, text), hidden=row.hidden)
    last = max((row.number for row in sheet.rows), default=0)
    for area in sheet.merged:
        if area.bottom <= last and area.right < ours:
            page.merge(f"{letter(area.left)}{area.top}:{letter(area.right)}{area.bottom}")
    said = properties(page.title, text(HEADING), ours, table.header_row)
    target.write_bytes(workbook.made(said | plain_marks()))


def _header(page: NewSheet, row: RawRow) -> dict[int, SheetCell]:
    cells = enumerate(row.cells, start=1)
    return {at: page.heading(cell.text, {}) for at, cell in cells if cell.kind is CellKind.TEXT}


def _row(
    page: NewSheet, row: RawRow, findings: Findings | None, ours: int, text: Text
) -> dict[int, SheetCell]:
    marks = {} if findings is None else {at: f"{COLOURS[mark]:06X}" for at, mark in findings.marks.items()}
    columns = {*range(1, len(row.cells) + 1), *marks}
    made = {at: page.held(_held(row.cell(at)), marks.get(at), struck=at in row.struck) for at in columns}
    if findings is not None:
        made[ours] = page.held(Held(findings.text(text)), f"{COLOURS[findings.weight]:06X}")
    return made


def _held(cell: RawCell) -> Held:
    return UNSEEN if cell.kind is CellKind.FORMULA else held_of(cell)
