"""Cells that look filled because they are merged with one above. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from batchreset.sheet.clean import is_blank
from batchreset.sheet.raw import Area, RawSheet, letter


class Merges:
    """The merged areas over some columns that are more than one row high and hold something."""

    def __init__(self, sheet: RawSheet, columns: Iterable[int]) -> None:
        columns = tuple(columns)
        tall = sorted(area for area in sheet.merged if area.bottom > area.top)
        tops = {area.top for area in tall}
        rows = {row.number: row for row in sheet.rows if row.number in tops}
        self._by_column: Final[dict[int, list[Area]]] = defaultdict(list)
        for area in tall:
            row = rows.get(area.top)
            if row is not None and not is_blank(row.cell(area.left)):
                for column in columns:
                    if area.left <= column <= area.right:
                        self._by_column[column].append(area)

    def filled_above(self, row: int, column: int) -> str | None:
        """The cell (`B17`) that holds what seems to stand in this one; `None` if nothing seems to."""
        areas = self._by_column.get(column, [])
        index = bisect_right(areas, row, key=lambda area: area.top) - 1
        if index < 0:
            return None
        area = areas[index]
        return f"{letter(area.left)}{area.top}" if area.top < row <= area.bottom else None
