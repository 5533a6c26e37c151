"""Where things are in the sheet as it is now, and where the result columns go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.refs import LAST_COLUMN, Area
from batchreset.ooxml.tables import ListObject, can_take_in
from batchreset.report.columns import HEADINGS, TODO_COLUMNS, heading_positions, is_note
from batchreset.report.places import text_key
from batchreset.rows import Column, Columns, Table
from batchreset.sheet.raw import letter
from batchreset.text.messages import msg

_APART: Final = 2
SEARCHED_BELOW: Final = 20
"""How far a header is looked for below where it was."""


@dataclass(frozen=True, slots=True)
class View:
    """A sheet as far as the layout depends on it.

    `texts` are those of the first rows by (row, column), `width` is the rightmost column that holds
    anything, `formulas` are the columns with a formula.
    """

    texts: Mapping[tuple[int, int], str]
    merged: tuple[Area, ...] = ()
    tables: tuple[ListObject, ...] = ()
    width: int = 0
    formulas: frozenset[int] = frozenset()

    def row(self, number: int) -> dict[int, str]:
        """The texts of a row by column."""
        return {column: text for (row, column), text in self.texts.items() if row == number}

    @property
    def used(self) -> int:
        """The rightmost column with a value, a merged range or a table; styled empty cells don't count."""
        return self._right_of(self.merged)

    def used_beside(self, header_row: int) -> int:
        """The same without titles above the header for which whole rows were merged: they leave no room."""
        return self._right_of(
            area for area in self.merged if area.bottom >= header_row or area.right < LAST_COLUMN
        )

    def _right_of(self, merged: Iterable[Area]) -> int:
        areas = (*merged, *(table.area for table in self.tables))
        return max((self.width, *(area.right for area in areas)))


@dataclass(frozen=True, slots=True)
class Spread:
    """The columns of ours in the order of their headings, and what goes with them.

    `known` are those of an earlier edit: place among them → column. The tables in `taking` take in
    the new ones; those in `beside` hold the rows and not their results.
    """

    columns: tuple[int, ...]
    known: Mapping[int, int] = field(default_factory=dict)
    taking: tuple[ListObject, ...] = ()
    beside: tuple[ListObject, ...] = ()

    @property
    def new(self) -> dict[int, int]:
        """The columns that are new: place among all of ours → column."""
        return {at: column for at, column in enumerate(self.columns) if at not in self.known}


def located(table: Table, view: View) -> Table:
    """`table` with its header row and columns where their headers stand now.

    Someone may have put a title above or a column between since the sheet was read. Headers that are
    gone or stand twice are taken to be where they were.
    """
    sn, last = table.columns.sn, table.header_row + SEARCHED_BELOW
    at = [(_bottom(view, row, column), column) for row, column in _with_text(view, sn.header, 1, last)]
    stays = any(column == sn.index and table.header_row - 1 <= row <= table.header_row for row, column in at)
    if stays or len(at) != 1:
        return table
    row = at[0][0]

    def moved(old: Column) -> Column:
        found = {column for _, column in _with_text(view, old.header, row - 1, row + 1)}
        index = found.pop() if len(found) == 1 else old.index
        return replace(old, index=index, letter=letter(index))

    old = table.columns
    columns = Columns(
        sn=moved(sn),
        mobile=moved(old.mobile) if old.mobile else None,
        country=moved(old.country) if old.country else None,
        email=moved(old.email) if old.email else None,
    )
    return replace(table, header_row=row, columns=columns)


def result_columns(view: View, header_row: int) -> dict[int, int]:
    """Columns an earlier report wrote: place among the nine → column index.

    More than half of them say enough, wherever they stand now: people put columns between them and take
    out what they don't read, and what is not found again would stay with what it said before. Of fewer at
    least the first three stand side by side (a lone `Result` column is the user's own); the others follow
    them, or stand together further right where a column of the user's was in the way.
    """
    known = heading_positions()
    shown = {
        column: known.get(text.strip().casefold())
        for (row, column), text in view.texts.items()
        if row == header_row
    }
    ours = {column: at for column, at in shown.items() if at is not None}
    most = _most_of_them({c: at for c, at in ours.items() if not is_taken(view, header_row, (c,))})
    if most:
        return most
    for first in sorted(column for column, at in shown.items() if at == 0):
        block = _run(shown, first, 0)
        rest = [column for column, at in shown.items() if at == len(block) and column > first]
        if len(block) < TODO_COLUMNS or is_taken(view, header_row, block.values()):
            continue
        for column in rest:
            more = _run(shown, column, len(block))
            if len(block) + len(more) == len(HEADINGS) and not is_taken(view, header_row, more.values()):
                return block | more
        return block
    return {}


def _most_of_them(shown: Mapping[int, int]) -> dict[int, int]:
    """More than half of our columns: the longest run of them, what else stands in runs, and single ones
    further right, where those come that were missing; none where there are fewer."""
    found: dict[int, int] = {}
    for run in sorted(_runs(shown), key=len, reverse=True):
        behind = min(run.values()) > max(found.values(), default=LAST_COLUMN)
        if len(run) > 1 or behind:
            found = run | found
    return dict(sorted(found.items())) if len(found) > len(HEADINGS) // 2 else {}


def _runs(shown: Mapping[int, int]) -> list[dict[int, int]]:
    """Headings in their order, some of which may be missing, with one other column between at most: place →
    column."""
    runs: list[dict[int, int]] = []
    for column, at in sorted(shown.items()):
        if runs and at > max(runs[-1]) and column - max(runs[-1].values()) <= _APART:
            runs[-1][at] = column
        else:
            runs.append({at: column})
    return runs


def spread(
    view: View, known: Mapping[int, int], header_row: int, titles: Sequence[str], *, sn: int
) -> Spread:
    """A column for each title: those of an earlier edit, the rest right of everything used.

    A table that ends there and holds the SNs (in column `sn`) takes them in, for it sorts and filters as
    one; where it can't, or is about something else, they stand one column apart, or Excel would make them
    part of it by halves. Raises UneditableError when there is no room.
    """
    missing = [at for at in range(len(titles)) if at not in known]
    free = max((view.used_beside(header_row), *known.values())) + 1
    adjoining = [table for table in view.tables if table.area.right == free - 1]
    new = {free + step: titles[at] for step, at in enumerate(missing)}
    taking = [
        table
        for table in adjoining
        if missing and table.area.top == header_row and table.area.left <= sn and can_take_in(table, new)
    ]
    if adjoining and missing and not taking:
        free += 1
    columns = {**known, **{at: free + step for step, at in enumerate(missing)}}
    if max(columns.values()) > LAST_COLUMN:
        raise UneditableError(msg("there is no room for more columns at its right"))
    beside = [
        table
        for table in view.tables
        if table not in taking
        and table.area.top <= header_row <= table.area.bottom
        and table.area.left <= sn <= table.area.right < max(columns.values())
    ]
    ordered = tuple(columns[at] for at in range(len(titles)))
    return Spread(ordered, dict(known), tuple(taking), tuple(beside))


def own_columns(view: View, known: Mapping[int, int], header_row: int) -> tuple[int, ...]:
    """The sheet's own columns, without those a report of ours has added."""
    notes = {column for (row, column), text in view.texts.items() if row == header_row and is_note(text)}
    ours = {*known.values(), *notes}
    return tuple(column for column in range(1, view.used + 1) if column not in ours)


def merged_header(view: View, header_row: int, column: int) -> str:
    """The header of a column that is merged over several rows, and so stands in the first of them."""
    for area in view.merged:
        if area.left == column == area.right and area.bottom == header_row:
            return view.texts.get((area.top, column), "")
    return ""


def _run(shown: Mapping[int, int | None], first: int, place: int) -> dict[int, int]:
    """Headings side by side from a column on, in their order."""
    run: dict[int, int] = {}
    while shown.get(first + len(run)) == place + len(run):
        run[place + len(run)] = first + len(run)
    return run


def is_taken(view: View, header_row: int, columns: Iterable[int]) -> bool:
    """Whether the user did more with columns than type: a merged range below the headings would swallow
    results, and a formula that is replaced leaves its place in the order of calculation behind."""
    below = [area for area in view.merged if area.bottom > header_row]
    return any(
        column in view.formulas or any(area.left <= column <= area.right for area in below)
        for column in columns
    )


def _with_text(view: View, text: str, first: int, last: int) -> list[tuple[int, int]]:
    """(row, column) of the cells with this text in the rows `first` to `last`."""
    key = text_key(text)
    return [
        at for at, found in view.texts.items() if key and first <= at[0] <= last and text_key(found) == key
    ]


def _bottom(view: View, row: int, column: int) -> int:
    """The last row of the merged range that begins in a cell, or the cell's own."""
    found = (area.bottom for area in view.merged if (area.top, area.left) == (row, column))
    return next(found, row)
