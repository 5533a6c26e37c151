"""Writes each row's outcome into a copy of the user's own workbook, in which nothing else is changed.

The copy is an edit of the one sheet part. All other parts are copied as they are compressed, but for the
few that must know of the new cells:

* `styles.xml`, to which looks are appended;
* the part of a table that takes the new columns in, so that sorting it moves the results along;
* `workbook.xml`, where the hidden name `_xlnm._FilterDatabase` repeats the range of the sheet's filter,
  which is widened for the same reason;
* the custom document properties, which say of which job the file is;
* `[Content_Types].xml`, where a template becomes a workbook, and which lists new parts.

Two sheets come behind the user's: the `Summary` and the rows behind its numbers (`summarized.py`); for them
`workbook.xml` and its relations get an entry each.

What was written is read again and compared before anything is replaced (`ooxml/verify.py`). Where this
can't be done safely the results go into a workbook of their own (`sidecar.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from batchreset.ooxml.edit import Cells, NewRow, SheetEdit
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import add_filter, cut, filter_area, freeze_below
from batchreset.ooxml.markup import prefix_of
from batchreset.ooxml.names import FILTER, DefinedNames
from batchreset.ooxml.pages import absolute, quoted_name
from batchreset.ooxml.properties import set_properties
from batchreset.ooxml.refs import LAST_COLUMN, Area, cell_ref
from batchreset.ooxml.safety import refuse_harm
from batchreset.ooxml.spots import NO_STYLE, RowSpot
from batchreset.report.columns import (
    OWN_PROPERTIES,
    REHEARSAL,
    headings,
    is_note,
    outcome,
    properties,
)
from batchreset.report.fitting import editing, fit_columns, lacks_row, write_copy
from batchreset.report.layout import Spread, spread
from batchreset.report.looks import FROZEN_AT_MOST, WIDTHS
from batchreset.report.opened import FIRST_PROPERTY, OpenedSheet
from batchreset.report.painted import Painter
from batchreset.report.places import Places, place
from batchreset.report.sidecar import Written, write_sidecar
from batchreset.report.summarized import no_summary, put_summary
from batchreset.reported import JobReport, RowResult
from batchreset.sheet.raw import letter
from batchreset.text import Message, Text, msg


def write_results(report: JobReport, text: Text, source: Path, target: Path) -> Written:
    """Copy `source` to `target` with the nine result columns filled in.

    Columns of an earlier report, in either language, are filled anew rather than added again.
    Raises OSError when `target` can't be written; a source that can't be edited is no error (`Written`).
    """
    try:
        with editing(source, report.table) as sheet:
            return _write(report, text, sheet, target)
    except UneditableError as refusal:
        return write_sidecar(report, text, source, target, refusal)


def _write(report: JobReport, text: Text, sheet: OpenedSheet, target: Path) -> Written:
    refuse_harm(sheet.package, sheet.frame, sheet.entry.name)
    sn = sheet.table.columns.sn.index
    where = spread(sheet.view, sheet.known, sheet.table.header_row, headings(text), sn=sn)
    places = place(report.results, sheet.sn_readings())
    filler = _Filler(report, text, sheet, where, places)
    titles = dict(zip(where.columns, headings(text), strict=True))
    fit_columns(sheet, where, titles, dict(zip(where.columns, WIDTHS, strict=True)), filler.area)
    _tell_whose(report, sheet, where)
    names = DefinedNames(sheet.parts.draft(sheet.package.main))
    _make_easy_to_read(sheet, where, filler.area, names)
    told = _put_summary(report, text, sheet, where, places, names)
    names.flush()
    edit = SheetEdit(tuple(sorted(where.columns)), filler.cells, *cut(sheet.frame), filler.new_row())
    write_copy(sheet, edit, target)
    beside = tuple(
        msg(
            "The results stand beside the table {table}, not in it: sorting the table leaves them behind.",
            table=table.name,
        )
        for table in where.beside
    )
    return Written(places.strangers, notes=(*beside, *told))


def _put_summary(
    report: JobReport, text: Text, sheet: OpenedSheet, where: Spread, places: Places, names: DefinedNames
) -> tuple[Message, ...]:
    """Add the sheets of the summary; what is to be told where the workbook can't take them."""
    rows = {id(result): row for row, result in places.found}
    name, right = quoted_name(sheet.entry.name), letter(max(where.columns))

    def place_of(result: RowResult) -> str | None:
        row = rows.get(id(result))
        return f"{name}!A{row}:{right}{row}" if row else None

    try:
        put_summary(report, text, sheet.parts, sheet.values.styles, names, place_of)
    except UneditableError as error:
        return (no_summary(error.why),)
    return ()


def _make_easy_to_read(sheet: OpenedSheet, where: Spread, written: Area, names: DefinedNames) -> None:
    """A filter and a frozen header for a sheet that has none."""
    header_row, right = sheet.table.header_row, max(where.columns)
    if 0 < header_row <= FROZEN_AT_MOST:
        freeze_below(sheet.frame, header_row)
    whole = Area(1, header_row, right, max(header_row, written.bottom))
    filtered = filter_area(sheet.frame) is not None
    if filtered or not header_row or any(table.area.meets(whole) for table in sheet.view.tables):
        return
    add_filter(sheet.frame, whole)
    text = f"{quoted_name(sheet.entry.name)}!{absolute(whole)}"
    names.set(FILTER, text, sheet=sheet.entry.place, hidden=True)


class _Filler:
    """Knows for every row of the sheet what cells it gets."""

    def __init__(
        self, report: JobReport, text: Text, sheet: OpenedSheet, where: Spread, places: Places
    ) -> None:
        self._text: Final = text
        self._header_row: Final = sheet.table.header_row
        self._spots: Final = sheet.scanned.spots
        self._found: Final[dict[int, RowResult]] = dict(places.found)
        prefix = prefix_of(sheet.scanned.data_tag).decode()
        self._painter: Final = Painter(sheet.values.styles, prefix, where.columns)
        self._note: Final = _note_column(report, sheet, where)
        self._rehearsal: Final = report.job.rehearsal
        rows = [self._header_row or 1, *self._found]
        right = max(*where.columns, self._note if self._rehearsal else 0)
        self.area: Final = Area(min(where.columns), min(rows), right, max(rows))
        """All cells that are written."""

    def cells(self, spot: RowSpot) -> Cells | None:
        """The new cells of a row, none where an earlier report's are to go, `None` to leave it alone."""
        if spot.number == self._header_row:
            return self._headings(spot.style)
        result = self._found.get(spot.number)
        if result is None:
            return {} if spot.filled and spot.number > self._header_row else None
        return self._painter.row(spot.number, outcome(result, self._text), spot.style, result.status)

    def new_row(self) -> NewRow | None:
        """The row of the headings, where the sheet has none yet."""
        missing = lacks_row(self._spots, self._header_row)
        return NewRow(self._header_row, self._headings(NO_STYLE)) if missing else None

    def _headings(self, model: int) -> Cells:
        made = self._painter.headings(self._header_row, headings(self._text), model)
        if self._note:
            words = self._text(REHEARSAL) if self._rehearsal else None
            ref = cell_ref(self._note, self._header_row)
            made[self._note] = self._painter.heading(ref, words, model) if words else ""
        return dict(sorted(made.items()))


def _note_column(report: JobReport, sheet: OpenedSheet, where: Spread) -> int:
    """The column whose heading says that this was a rehearsal: that of an earlier report, or the first
    free one where there is something to say; 0 for none."""
    header_row = sheet.table.header_row
    for (row, column), text in sheet.view.texts.items():
        if row == header_row and column not in where.columns and is_note(text):
            return column
    free = max(sheet.view.used_beside(header_row), *where.columns) + 1
    return free if report.job.rehearsal and header_row and free <= LAST_COLUMN else 0


def _tell_whose(report: JobReport, sheet: OpenedSheet, where: Spread) -> None:
    """Let the workbook say of which job it is."""
    said = properties(report, "results")
    if not sheet.table.header_row:
        said[FIRST_PROPERTY] = str(where.columns[0])
    set_properties(sheet.parts, OWN_PROPERTIES, said)
