"""Writes `handoff.xlsx`: a job for people who did not run it, to sort, to filter and to pass on.

Contacts are masked, also inside sentences; SNs are whole. Its lists have no heading by which they could be
taken for a list of terminals to reset: a masked address would still be one that mail can be sent to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from batchreset.ooxml.pages import quoted_name
from batchreset.report.columns import (
    ATTEMPTS,
    ERROR_CODE,
    HTTP_STATUS,
    LAST_ATTEMPT,
    NEXT_STEP,
    NOT_BEFORE,
    REASON,
    REHEARSAL,
    REQUEST_ID,
    RESULT,
    Cell,
    clean,
    properties,
    status_word,
)
from batchreset.report.excel import NewBook, NewSheet
from batchreset.report.lines import ACTOR_WORDS
from batchreset.report.listing import Block, Listed, lists_of, places_in
from batchreset.report.looks import height
from batchreset.report.masking import mask_contacts
from batchreset.report.summarized import SUMMARY, SUMMARY_MARK, put_summary_of_lists, write_with
from batchreset.reported import JobReport, RowResult
from batchreset.sheet.raw import letter
from batchreset.text import Message, Text, local_time, msg


class _Column(NamedTuple):
    """A column of a list: its heading, its width, and what stands in it of a row."""

    heading: str
    width: float
    of: Callable[[RowResult], Cell]
    is_status: bool = False


def write_handoff(report: JobReport, text: Text, target: Path) -> None:
    """Write the workbook. Raises OSError when `target` can't be written."""
    lists, book = lists_of(report), NewBook(target)
    summary = book.sheet(text(SUMMARY))
    book.name(SUMMARY_MARK, f"{quoted_name(summary.title)}!$A$1")
    known = _columns(report, text)
    who = _Column(text(msg("Who must act")), 20, lambda result: text(ACTOR_WORDS[result.actor]))
    first = [who, known["next_step"]]
    kept = [column for name, column in known.items() if name not in ("next_step", "attempts", "http")]
    opened = _List(book.sheet(text(msg("Open rows"))), [*first, *kept])
    every = _List(book.sheet(text(msg("All rows"))), list(known.values()))
    open_rows, all_rows = opened.fill(report, text, lists.open), every.fill(report, text, lists.all)
    places = places_in(lists, opened.listed(open_rows), every.listed(all_rows))
    put = partial(put_summary_of_lists, report, text, lists=lists, places=places)
    write_with(book.made(properties(report, "handoff")), target, put)


class _List:
    """A sheet with rows below a header that can be filtered."""

    def __init__(self, page: NewSheet, columns: Sequence[_Column]) -> None:
        self._page: Final = page
        self._columns: Final = columns
        self._right: Final = letter(len(columns))

    def listed(self, rows: dict[int, range]) -> Listed:
        """Where its blocks stand."""
        return Listed(quoted_name(self._page.title), self._right, rows)

    def fill(self, report: JobReport, text: Text, blocks: Sequence[Block]) -> dict[int, range]:
        """Write the rows; place of each block → its rows."""
        page, columns = self._page, self._columns
        header = 2 if report.job.rehearsal else 1
        for at, column in enumerate(columns, start=1):
            page.set_width(at, column.width)
        page.freeze_below(header)
        page.print_wide(header)
        if report.job.rehearsal:
            page.append({1: page.heading(text(REHEARSAL), {})})
        made = {at: page.own_heading(column.heading) for at, column in enumerate(columns, start=1)}
        page.append(made, height((column.heading, column.width + 2) for column in columns))
        rows = {}
        for at, block in enumerate(blocks):
            first = page.rows + 1
            for result in block.results:
                self._append(result)
            rows[at] = range(first, page.rows + 1)
        page.filter_over(f"A{header}:{self._right}{page.rows}")
        return rows

    def _append(self, result: RowResult) -> None:
        values = [column.of(result) for column in self._columns]
        sizes = (
            (str(value or ""), column.width) for value, column in zip(values, self._columns, strict=True)
        )
        made = {
            at: self._page.outcome(value, result.status if column.is_status else None, ruled=True)
            for at, (value, column) in enumerate(zip(values, self._columns, strict=True), start=1)
        }
        self._page.append(made, height(sizes))


def _columns(report: JobReport, text: Text) -> dict[str, _Column]:
    grouping = report.table.grouping
    labels = grouping.labels if grouping else {}

    def masked(words: Message, result: RowResult) -> str:
        return mask_contacts(clean(text(words)), keep=_sn(result))

    site = {
        "site": _Column(
            clean(grouping.header) if grouping else "",
            18,
            lambda result: mask_contacts(clean(labels.get(result.row.number, ""))) or None,
        )
    }
    return {
        "row": _Column(text(msg("Row")), 8, lambda result: result.row.number),
        "sn": _Column(text(msg("Terminal")), 25, lambda result: _sn(result) or None),
        **(site if grouping else {}),
        "contact": _Column(
            text(msg("Contact")), 26, lambda one: clean(one.row.contact.masked()) if one.row.contact else None
        ),
        "result": _Column(text(RESULT), 14, lambda result: status_word(result.status, text), is_status=True),
        "reason": _Column(text(REASON), 44, lambda result: masked(result.reason, result) or None),
        "next_step": _Column(text(NEXT_STEP), 44, lambda result: masked(result.next_step, result) or None),
        "not_before": _Column(text(NOT_BEFORE), 28, lambda result: _time(result.not_before)),
        "attempts": _Column(text(ATTEMPTS), 11, lambda result: result.attempts),
        "last_attempt": _Column(text(LAST_ATTEMPT), 28, lambda result: _time(result.last_attempt_at)),
        "http": _Column(text(HTTP_STATUS), 12, lambda result: result.http_status),
        "code": _Column(text(ERROR_CODE), 18, lambda result: clean(result.error_code or "") or None),
        "request": _Column(text(REQUEST_ID), 40, lambda result: clean(result.request_id or "") or None),
    }


def _sn(result: RowResult) -> str:
    return clean(result.row.sn or result.row.shown_sn)


def _time(at: datetime | None) -> str | None:
    return local_time(at) if at else None
