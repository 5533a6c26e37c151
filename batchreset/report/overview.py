"""The `Summary` of a job as a page of a workbook: the answer, what it is made of, how it came about. Pure.

The same in `results.xlsx` and `handoff.xlsx`. It holds no contact, SNs stand in the lists behind its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from batchreset import __version__
from batchreset.ooxml.pages import Page, quoted_name
from batchreset.ooxml.refs import Area
from batchreset.ooxml.styles import Face
from batchreset.report.charted import bars_of_groups, bars_of_statuses
from batchreset.report.columns import REHEARSAL, clean, status_word
from batchreset.report.faces import (
    ANSWER,
    FIELD,
    HEAD,
    LINKED,
    NUMBER,
    NUMBERS,
    SECTION,
    SHARE,
    TEXT,
    TITLE,
    TOTAL,
    TOTAL_NUMBER,
    WARNING,
    status_face,
    written,
)
from batchreset.report.groups import done_equation, equation, shown_label, tally_of
from batchreset.report.lines import ACTOR_WORDS
from batchreset.report.listing import Lists, Places
from batchreset.report.looks import height
from batchreset.report.masking import mask_contacts
from batchreset.reported import JobReport
from batchreset.text import Count, Message, Text, local_time, msg

WIDTHS: Final = {1: 24.0, 2: 10.0, 3: 17.0, **dict.fromkeys(range(4, 14), 12.0), 8: 18.0}
_LAST: Final = max(WIDTHS)
_SPARE: Final = 2
"""Characters by which a short heading may be longer than a sentence in a cell as wide."""
_CHART_ROWS: Final = 13
_ONE_PAGE_POINTS: Final = 1300
"""What fits on one printed page and can still be read."""
_ACROSS_POINTS: Final = 920
"""A page that is higher is printed larger upright than across."""
_ROW_POINTS: Final = 19.0
MAX_CHARTED: Final = 14
"""Groups that a chart shows; of more it would show nothing that can be read."""
MAX_LISTED: Final = 500
"""Groups, and reasons, that the page names."""
_LEAST_S: Final = 1.0
"""Of a shorter time of sending a rate says nothing: the service tells its time in whole seconds."""


def summary_page(report: JobReport, text: Text, name: str, lists: Lists, places: Places) -> Page:
    """The page for a sheet of this name; `places` is where its numbers lead."""
    page = Page(WIDTHS, grid=False, footer=f"&L{clean(report.job.id)}&R&P / &N")
    maker = _Maker(page, report, text, quoted_name(name), lists, places)
    maker.opening()
    maker.by_status()
    maker.by_reason()
    maker.by_group()
    maker.facts()
    points = sum(page.heights.values())
    page.one_page, page.upright = points <= _ONE_PAGE_POINTS, points > _ACROSS_POINTS
    return page


class _Maker:
    """Fills the page from top to bottom."""

    def __init__(
        self, page: Page, report: JobReport, text: Text, sheet: str, lists: Lists, places: Places
    ) -> None:
        self._page: Final = page
        self._report: Final = report
        self._text: Final = text
        self._sheet: Final = sheet
        self._lists: Final = lists
        self._places: Final = places
        self._tally: Final = tally_of(report)
        self._row = 1
        self._charted_at: Area | None = None

    def opening(self) -> None:
        """The answer, and the totals written out."""
        report, tally, t = self._report, self._tally, self._text
        self._line(t(msg("Reset of activation codes: job {job}", job=report.job.id)), TITLE, 26)
        if report.job.rehearsal:
            self._line(t(REHEARSAL), WARNING)
        answer = msg(
            "{done} of {rows} done ({share} %)",
            done=Count(tally.done),
            rows=Count(tally.rows),
            share=tally.percent,
        )
        self._line(t(answer), ANSWER, 22)
        self._line(done_equation(tally, t), TEXT)
        self._line(equation(tally, t), TEXT)
        if report.stop is not None:
            why = mask_contacts(clean(t(report.stop.message)))
            self._line(t(msg("The last run stopped early: {why}", why=why)), WARNING)
        self._row += 1

    def by_status(self) -> None:
        """How many rows came to what, with charts beside."""
        t, top = self._text, self._row
        self._section(t(msg("By result")), 3)
        self._heads([(1, 1, t(msg("Result")), False), (2, 2, t(msg("Rows")), True), (3, 3, "%", True)])
        shown, first = self._tally.shown(), self._row
        for status, count in shown:
            self._page.put(self._row, 1, status_word(status, t), status_face(status))
            self._number(2, count, self._places.statuses.get(status))
            self._page.put(self._row, 3, count / self._tally.rows, SHARE)
            self._next(_ROW_POINTS)
        self._page.put(self._row, 1, t(msg("Together")), TOTAL)
        self._page.put(self._row, 2, self._tally.rows, TOTAL_NUMBER)
        self._page.put(self._row, 3, None, TOTAL_NUMBER)
        self._next(_ROW_POINTS)
        groups = self._lists.groups
        beside = 0 < len(groups) <= MAX_CHARTED
        if shown:
            right = 8 if beside else _LAST
            place = Area(4, top, right, top + _CHART_ROWS - 1)
            self._page.charts.append(bars_of_statuses(self._tally, t, self._sheet, first, place))
        for row in range(self._row, top + _CHART_ROWS):
            self._page.heights[row] = _ROW_POINTS
        self._row = max(self._row, top + _CHART_ROWS) + 1
        self._charted_at = Area(9, top, _LAST, top + _CHART_ROWS - 1) if beside else None

    def by_reason(self) -> None:
        """Why, and what to do next."""
        t = self._text
        self._section(t(msg("By reason")), _LAST)
        self._heads(
            [
                (1, 1, t(msg("Result")), False),
                (2, 2, t(msg("Rows")), True),
                (3, 3, t(msg("Error code")), False),
                (4, 7, t(msg("Reason")), False),
                (8, 8, t(msg("Who")), False),
                (9, _LAST, t(msg("Next step")), False),
            ]
        )
        for at, reason in enumerate(self._lists.reasons[:MAX_LISTED]):
            self._page.put(self._row, 1, status_word(reason.status, t), status_face(reason.status))
            self._number(2, len(reason.results), self._places.reasons.get(at))
            code = clean(reason.error_code or "")
            self._page.put(self._row, 3, code or None, written(code, FIELD))
            why, what = (mask_contacts(clean(t(words))) for words in (reason.reason, reason.next_step))
            self._page.spread(self._row, 4, 7, why, written(why, FIELD))
            who = t(ACTOR_WORDS[reason.actor])
            self._page.put(self._row, 8, who, FIELD)
            self._page.spread(self._row, 9, _LAST, what, written(what, FIELD))
            self._next(
                max(
                    _ROW_POINTS,
                    height(
                        [(why, self._width(4, 7)), (who, self._width(8, 8)), (what, self._width(9, _LAST))]
                    )
                    + 4,
                )
            )
        self._left_out(len(self._lists.reasons))
        self._row += 1

    def by_group(self) -> None:
        """How far each site is, or whatever the rows are grouped by."""
        grouping, t = self._report.table.grouping, self._text
        if grouping is None:
            return
        statuses = [status for status, _ in self._tally.shown()]
        header = clean(grouping.header)
        self._section(t(msg("By {column}", column=header)), 3 + len(statuses))
        self._heads(
            [
                (1, 1, header, False),
                (2, 2, t(msg("Rows")), True),
                (3, 3, t(msg("done, %")), True),
                *((4 + at, 4 + at, status_word(status, t), True) for at, status in enumerate(statuses)),
            ]
        )
        first = self._row
        for group in self._lists.groups[:MAX_LISTED]:
            label = shown_label(group, t)
            self._page.put(self._row, 1, label, written(label, FIELD))
            self._page.put(self._row, 2, group.tally.rows, NUMBER)
            self._page.put(self._row, 3, group.tally.percent / 100, SHARE)
            for column, status in enumerate(statuses, start=4):
                place = self._places.groups.get((group.label, status))
                self._number(column, group.tally.counts[status], place)
            self._next(max(_ROW_POINTS, height([(label, WIDTHS[1])]) + 4))
        if self._charted_at is not None:
            bars = bars_of_groups(
                self._lists.groups, statuses, header, t, self._sheet, first, self._charted_at
            )
            self._page.charts.append(bars)
        self._left_out(len(self._lists.groups))
        self._row += 1

    def facts(self) -> None:
        """When, by whom, how fast, with what settings."""
        top = self._row
        settings = [(clean(label), clean(value)) for label, value in self._report.settings.items()]
        self._pairs(msg("The job"), self._told(), (1, 2, 3, 7))
        bottom, self._row = self._row, top
        self._pairs(msg("Settings"), settings, (9, 10, 11, _LAST))
        self._row = max(self._row, bottom)

    def _pairs(
        self, title: Message, pairs: Sequence[tuple[str, str]], columns: tuple[int, int, int, int]
    ) -> None:
        """Labels and values, each over some columns: first and last of the labels, then of the values."""
        left, middle, begin, right = columns
        self._page.spread(self._row, left, right, self._text(title), SECTION)
        self._next(_ROW_POINTS + 3)
        for label, value in pairs:
            self._page.spread(self._row, left, middle, label, written(label, FIELD))
            self._page.spread(self._row, begin, right, value, written(value, FIELD))
            needed = height([(label, self._width(left, middle)), (value, self._width(begin, right))]) + 1
            self._next(max(needed, self._page.heights.get(self._row, 0)))

    def _told(self) -> list[tuple[str, str]]:
        report, t = self._report, self._text
        job = report.job
        rate = f"{report.attempts / report.sending_s:.1f}" if report.sending_s >= _LEAST_S else "–"
        return [
            (t(msg("Workbook")), clean(job.input_path.name)),
            (t(msg("Sheet")), clean(report.table.sheet)),
            (t(msg("First attempt")), _time(report.started_at)),
            (t(msg("Last answer")), _time(report.ended_at)),
            (t(msg("Attempts")), str(report.attempts)),
            (t(msg("Calls a second while sending")), rate),
            (t(msg("Runs")), str(report.runs)),
            (t(msg("Operator")), clean(job.operator)),
            (t(msg("Service")), clean(job.endpoint)),
            (t(msg("This page was made")), _time(report.made_at)),
            ("batchreset", __version__),
        ]

    def _line(self, value: str, face: Face, points: float = _ROW_POINTS) -> None:
        self._page.spread(self._row, 1, _LAST, value, written(value, face))
        self._next(max(points, height([(value, self._width(1, _LAST))]) + 4))

    def _section(self, title: str, right: int) -> None:
        self._page.spread(self._row, 1, right, title, SECTION)
        self._next(_ROW_POINTS + 3)

    def _heads(self, heads: Sequence[tuple[int, int, str, bool]]) -> None:
        """The headings of a table: first and last column, text, whether numbers stand below."""
        for left, right, title, numbers in heads:
            self._page.spread(self._row, left, right, title, written(title, NUMBERS if numbers else HEAD))
        needed = [(title, _SPARE + self._width(left, right)) for left, right, title, _ in heads]
        self._next(max(_ROW_POINTS, height(needed) + 4))

    def _number(self, column: int, count: int, place: str | None) -> None:
        """A count that leads to its rows."""
        linked = place is not None and count > 0
        self._page.put(self._row, column, count, LINKED if linked else NUMBER)
        if place is not None and linked:
            self._page.links[self._row, column] = place

    def _left_out(self, count: int) -> None:
        if count > MAX_LISTED:
            more = msg("… and {count} more", count=count - MAX_LISTED)
            self._page.put(self._row, 1, self._text(more), TEXT)
            self._next(_ROW_POINTS)

    def _width(self, left: int, right: int) -> float:
        return sum(WIDTHS[column] for column in range(left, right + 1))

    def _next(self, points: float) -> None:
        self._page.heights[self._row] = points
        self._row += 1


def _time(at: datetime | None) -> str:
    return local_time(at) if at else "–"
