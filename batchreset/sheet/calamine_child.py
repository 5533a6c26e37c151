"""Reads a workbook from stdin with python-calamine and writes it to stdout, one JSON value a line.

A program of its own, started by `legacy`: a few kilobytes can make the library ask for all memory there is,
and then it ends the process it runs in (WORKBOOK.md, finding 5). For the same reason it imports nothing of
batchreset. Lines: `{"sheet", "hidden", "merged"}`, then that sheet's rows `[number, cell, …]`; a cell is
`null` or its kind's letter followed by its text; last `"end"`, or `{"refused": reason}`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import math
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MAX_MEMORY_BYTES: Final = 1 << 30


def main(most_rows: int, most_columns: int, most_cells: int) -> None:
    """Read stdin, write stdout."""
    _limit_memory()
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())) as workbook:
            _write_all(workbook, most_rows, most_columns, most_cells)
    except PasswordError:
        _write({"refused": "password"})
    except MemoryError:
        _write({"refused": "memory"})


def _limit_memory() -> None:
    # not on Windows; elsewhere a system may know the limit and not keep it
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _write_all(workbook: CalamineWorkbook, most_rows: int, most_columns: int, most_cells: int) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    left = most_cells
    for entry in workbook.sheets_metadata:
        if entry.typ is SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(entry.name)
            merged = [
                (top + 1, first + 1, bottom + 1, last + 1)
                for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()
            ]
            hidden = entry.visible is not SheetVisibleEnum.Visible
            _write({"sheet": entry.name, "hidden": hidden, "merged": merged})
            left = _write_rows(sheet, most_rows, most_columns, left)
    _write("end")


def _write_rows(sheet: CalamineSheet, most_rows: int, most_columns: int, left: int) -> int:
    """The rows that hold anything, one beyond `most_rows` at most; how many cells may still be written."""
    if sheet.start is None:
        return left
    first_column = sheet.start[1]
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [None] * min(first_column, most_columns) + [_cell(value) for value in values]
        del cells[most_columns:]
        while cells and cells[-1] is None:
            cells.pop()
        if not cells:
            continue
        left -= len(cells)
        if left < 0:
            raise MemoryError
        _write([number, *cells])
        if number > most_rows:
            break
    return left


def _cell(value: object) -> str | None:
    if isinstance(value, str):
        return f"T{value}" if value else None
    if isinstance(value, bool):
        return f"B{value}".upper()
    if isinstance(value, float):
        if not math.isfinite(value):
            return "E#NUM!"
        return f"N{int(value)}" if value.is_integer() and abs(value) < 1e15 else f"N{value!r}"
    if isinstance(value, dt.datetime):
        return f"D{value}".removesuffix(" 00:00:00")
    return f"N{value}" if isinstance(value, int) else f"D{value}"


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
