"""Results in a workbook of their own, where they can't be added to the user's.

A file of another kind (.csv, .xls, …) becomes a workbook with all its rows. A workbook that is protected,
signed or odd stays as it is: beside it go its SNs and contacts as they were read, at their own row
numbers and with those written out, so that a sorted list still says where a result belongs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from openpyxl.cell.cell import Cell as SheetCell

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.pages import quoted_name
from batchreset.report.columns import REHEARSAL, cells, headings, properties
from batchreset.report.excel import NewBook, NewSheet
from batchreset.report.inputs import Input, as_read, loaded
from batchreset.report.looks import FROZEN_AT_MOST, WIDTHS
from batchreset.report.opened import FIRST_PROPERTY
from batchreset.report.summarized import put_summary, write_with
from batchreset.reported import JobReport, RowResult
from batchreset.sheet.raw import letter
from batchreset.text import Message, Text, msg

ROW_HEADING: Final = msg("Row")


@dataclass(frozen=True, slots=True)
class Written:
    """How writing went.

    `strangers` are results whose row could not be told in the sheet as it is now. Where the input could
    not be copied the file is a workbook of its own; `refusal` then says why.
    """

    strangers: tuple[RowResult, ...] = ()
    refusal: UneditableError | None = None
    notes: tuple[Message, ...] = ()

    @property
    def copied(self) -> bool:
        """Whether the file is the input with the results in it."""
        return self.refusal is None


def write_sidecar(
    report: JobReport, text: Text, source: Path, target: Path, refusal: UneditableError
) -> Written:
    """Write the results to `target` without the input. Raises OSError when it can't be written."""
    found = (loaded(report, source) if refusal.other_kind else None) or as_read(report)
    _write(report, text, found, target)
    return Written(found.places.strangers, refusal)


def _write(report: JobReport, text: Text, found: Input, target: Path) -> None:
    book = NewBook(target)
    page = book.sheet(report.table.sheet)
    first = max(found.columns, default=0) + 1
    for column, look in found.looks.items():
        page.set_width(column, look.width, hidden=look.hidden)
    for column, width in enumerate(WIDTHS, start=first):
        page.set_width(column, width)
    if 0 < found.table.header_row <= FROZEN_AT_MOST:
        page.freeze_below(found.table.header_row)
    results, row_of, header_row = dict(found.places.found), found.fetch(found.numbers), found.table.header_row
    for number in sorted({*found.numbers, *results, *([header_row] if header_row else [])}):
        page.skip_to(number)
        row = row_of(number)
        made = {column: page.held(row[column]) for column in found.columns if column in row}
        if number == header_row:
            made |= {column: page.heading(header, {}) for column, header in found.headers.items() if header}
            made |= dict(enumerate(_headings(report, text, page, found), start=first))
        elif number in results:
            made |= dict(enumerate(_outcome(results[number], text, page, found), start=first))
        page.append(made)
    last = letter(first + len(WIDTHS) - 1)
    if header_row:
        page.filter_over(f"A{header_row}:{last}{max(header_row, *results, 1)}")
    said = properties(report, "results")
    whole = book.made(said if header_row else {**said, FIRST_PROPERTY: str(first)})
    row_of_result = {id(result): row for row, result in results.items()}
    sheet = quoted_name(page.title)

    def place_of(result: RowResult) -> str | None:
        row = row_of_result.get(id(result))
        return f"{sheet}!A{row}:{last}{row}" if row else None

    write_with(whole, target, partial(put_summary, report, text, place_of=place_of))


def _headings(report: JobReport, text: Text, page: NewSheet, found: Input) -> list[SheetCell]:
    titles = [*headings(text), *([] if found.copied else [text(ROW_HEADING)])]
    titles += [text(REHEARSAL)] if report.job.rehearsal else []
    return [page.heading(title, {}) for title in titles]


def _outcome(result: RowResult, text: Text, page: NewSheet, found: Input) -> list[SheetCell]:
    status, *rest = cells(result, text)
    numbered = [] if found.copied else [result.row.number]
    return [page.outcome(status, result.status), *(page.outcome(value) for value in (*rest, *numbered))]
