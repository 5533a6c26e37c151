"""The charts of a `Summary`, over the cells of its tables: rows by result, and by site or its like. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from batchreset.model import Status
from batchreset.ooxml.charts import Bars, Series
from batchreset.ooxml.pages import absolute
from batchreset.ooxml.refs import Area
from batchreset.report.columns import status_word
from batchreset.report.groups import Group, Tally, shown_label
from batchreset.report.looks import PAINTS
from batchreset.text import Text, msg

NAMES, COUNTS, STATUSES = 1, 2, 4
"""Columns of the tables: what their rows are called, their counts, and the first of a group's statuses."""


def bars_of_statuses(tally: Tally, text: Text, sheet: str, first: int, place: Area) -> Bars:
    """A bar for each status there is; the table's rows begin at `first`, its headings stand above."""
    shown = tally.shown()
    last = first + len(shown) - 1
    series = Series(
        _ref(sheet, COUNTS, first - 1),
        text(msg("Rows")),
        _ref(sheet, COUNTS, first, last),
        [number for _, number in shown],
        PAINTS[Status.SUCCEEDED],
        [PAINTS[status] for status, _ in shown],
    )
    names = [status_word(status, text) for status, _ in shown]
    return Bars(text(msg("Rows by result")), place, _ref(sheet, NAMES, first, last), names, [series])


def bars_of_groups(
    groups: Sequence[Group],
    statuses: Sequence[Status],
    header: str,
    text: Text,
    sheet: str,
    first: int,
    place: Area,
) -> Bars:
    """A bar for each group, made of its statuses; the table's rows begin at `first`."""
    last = first + len(groups) - 1
    series = [
        Series(
            _ref(sheet, column, first - 1),
            status_word(status, text),
            _ref(sheet, column, first, last),
            [group.tally.counts[status] for group in groups],
            PAINTS[status],
        )
        for column, status in enumerate(statuses, start=STATUSES)
    ]
    names = [shown_label(group, text) for group in groups]
    title = text(msg("Rows by {column}", column=header))
    return Bars(title, place, _ref(sheet, NAMES, first, last), names, series)


def _ref(sheet: str, column: int, first: int, last: int | None = None) -> str:
    return f"{sheet}!{absolute(Area(column, first, column, last or first))}"
