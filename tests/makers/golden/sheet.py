"""One sheet of the golden set, as a value.

The last item of a row is the judgement: `usable`, `duplicate`, `ignored`, `skipped` or `invalid`, then the
kinds of its problems (or of its notes, for a usable row). A row that is none of these has `-`: titles,
headers, blank rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from openpyxl.worksheet.worksheet import Worksheet

from tests.makers.formats import Value, Write, write_excel, write_xlsx

Line = tuple[Value, ...]
"""The cells of a row, and the judgement."""

A: Final = "li.na@example.com"
M: Final = "13800138000"
HEAD: Final[Line] = ("SN", "Mobile", "Country", "E-mail", "-")
BLANK: Final[Line] = ("-",)
DAY: Final = datetime(2021, 2, 10)  # noqa: DTZ001  # a spreadsheet's dates have no zone


@dataclass(frozen=True)
class Golden:
    """One sheet. `error` is the code with which it is refused as a whole; else every row is judged."""

    name: str
    lines: tuple[Line, ...]
    write: Write = write_excel
    options: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""

    @property
    def expected(self) -> dict[int, str]:
        """The judgement of each row that has one, by its number."""
        return {number: str(line[-1]) for number, line in enumerate(self.lines, 1) if line[-1] != "-"}

    def make(self, folder: Path) -> Path:
        """Write it into the folder."""
        return self.write(folder / self.name, "Terminals", [line[:-1] for line in self.lines])


def sn(number: int) -> str:
    """A made-up SN."""
    return f"2102310QPD10K3{number:06d}"


def changed(change: Callable[[Worksheet], object]) -> Write:
    """By openpyxl, with something done to the sheet before it is saved."""
    return partial(write_xlsx, change=change)


def merged(*areas: str) -> Write:
    """By openpyxl, with these areas merged."""

    def merge(sheet: Worksheet) -> None:
        for area in areas:
            sheet.merge_cells(area)

    return changed(merge)
