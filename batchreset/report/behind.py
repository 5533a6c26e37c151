"""The rows behind the numbers of a `Summary`, as a page of a workbook: what its links lead to. Pure.

Beside the user's own rows, in whose order the rows of a number lie scattered. From each row a link leads on
to where it stands in the sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from batchreset.ooxml.pages import Page, quoted_name
from batchreset.ooxml.refs import Area
from batchreset.report.columns import NEXT_STEP, NOT_BEFORE, REASON, REQUEST_ID, RESULT, clean, status_word
from batchreset.report.faces import FIELD, HEAD, LINKED, NUMBER, NUMBERS, SECTION, status_face, written
from batchreset.report.listing import Block, Listed, Lists, Places, places_in
from batchreset.report.looks import height
from batchreset.report.masking import mask_contacts
from batchreset.reported import JobReport, RowResult
from batchreset.sheet.raw import letter
from batchreset.text import Message, Text, local_time, msg

WIDTHS: Final = {1: 9.0, 2: 26.0, 3: 20.0, 4: 16.0, 5: 56.0, 6: 56.0, 7: 27.0, 8: 38.0}
MAX_ROWS: Final = 5000
"""Rows of a list, about: who looks for more filters the sheet itself."""
_OF_EACH: Final = 20
"""Rows of each number that are listed, if there is any room."""
_STATUS: Final = 4
_BACK: Final = replace(LINKED, horizontal="left", ruled=False, indent=0)
PlaceOf = Callable[[RowResult], str | None]
"""Where a row stands in the sheet with the results, if that can be told."""


def rows_page(
    report: JobReport, text: Text, name: str, summary: str, lists: Lists, place_of: PlaceOf
) -> tuple[Page, Places]:
    """The page for a sheet of this name, and where each number's rows stand in it."""
    page = Page(WIDTHS, footer=f"&L{clean(report.job.id)}&R&P / &N")
    maker = _Maker(page, report, text, place_of)
    maker.back_to(summary)
    opened = maker.section(msg("Open rows, by what to do next"), lists.open)
    every = maker.section(msg("All rows, by result"), lists.all, filtered=True)
    sheet, right = quoted_name(name), letter(max(WIDTHS))
    return page, places_in(lists, Listed(sheet, right, opened), Listed(sheet, right, every))


class _Maker:
    """Fills the page from top to bottom."""

    def __init__(self, page: Page, report: JobReport, text: Text, place_of: PlaceOf) -> None:
        self._page: Final = page
        self._report: Final = report
        self._text: Final = text
        self._place_of: Final = place_of
        self._row = 1

    def back_to(self, summary: str) -> None:
        """A way back from wherever a link has led."""
        self._page.put(1, 1, self._text(msg("Back to {sheet}", sheet=summary)), _BACK)
        self._page.links[1, 1] = f"{quoted_name(summary)}!A1"
        self._row = 3

    def section(self, title: Message, blocks: Sequence[Block], *, filtered: bool = False) -> dict[int, range]:
        """A list under its heading; place of each block → its rows. None where there is nothing to list.

        One list of a sheet can have a filter.
        """
        if not blocks:
            return {}
        self._page.put(self._row, 1, self._text(title), SECTION)
        self._row += 1
        header = self._row
        for column, heading in enumerate(self._headings(), start=1):
            self._page.put(self._row, column, heading, written(heading, NUMBERS if column == 1 else HEAD))
        self._row += 1
        rows, most = {}, max(_OF_EACH, MAX_ROWS // len(blocks))
        for at, block in enumerate(blocks[: MAX_ROWS // _OF_EACH]):
            first = self._row
            for result in block.results[:most]:
                self._line(result)
            rows[at] = range(first, self._row)
            if len(block.results) > most:
                self._more(len(block.results) - most)
        if filtered:
            self._page.filtered = Area(1, header, max(WIDTHS), self._row - 1)
        self._row += 1
        return rows

    def _headings(self) -> list[str]:
        """Those of our results, and none that would make this look like a list of terminals to reset."""
        grouping = self._report.table.grouping
        column = clean(grouping.header) if grouping else ""
        words = (RESULT, REASON, NEXT_STEP, NOT_BEFORE, REQUEST_ID)
        first = (self._text(msg("Row")), self._text(msg("Terminal")), column)
        return [*first, *(self._text(word) for word in words)]

    def _line(self, result: RowResult) -> None:
        t, row = self._text, result.row
        sn = clean(row.sn or row.shown_sn)
        grouping = self._report.table.grouping
        label = mask_contacts(clean(grouping.labels.get(row.number, ""))) if grouping else ""
        why, what = (mask_contacts(clean(t(words)), keep=sn) for words in (result.reason, result.next_step))
        place = self._place_of(result)
        self._page.put(self._row, 1, row.number, LINKED if place else NUMBER)
        if place:
            self._page.links[self._row, 1] = place
        until = local_time(result.not_before) if result.not_before else ""
        values = (sn, label, status_word(result.status, t), why, what, until, clean(result.request_id or ""))
        for column, value in enumerate(values, start=2):
            face = status_face(result.status) if column == _STATUS else FIELD
            self._page.put(self._row, column, value or None, written(value, face))
        self._page.heights[self._row] = height([(label, WIDTHS[3]), (why, WIDTHS[5]), (what, WIDTHS[6])]) + 4
        self._row += 1

    def _more(self, count: int) -> None:
        more = msg(
            "… and {count} more: filter them in the sheet {sheet}.",
            count=count,
            sheet=clean(self._report.table.sheet),
        )
        self._page.put(self._row, 2, self._text(more), SECTION)
        self._row += 1
