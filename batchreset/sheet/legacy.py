"""Workbooks of other kinds than .xlsx, through python-calamine in a process of its own (`calamine_child`).

The library tells less than our own reader sees: hidden rows, error cells and formulas that were never
calculated are told from nothing. So whoever reads such a file is told that.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Final

from batchreset.errors import SheetError
from batchreset.sheet import calamine_child
from batchreset.sheet.archive import too_large
from batchreset.sheet.container import Format, encrypted
from batchreset.sheet.held import HeldBook
from batchreset.sheet.package import Damaged
from batchreset.sheet.raw import BLANK_CELL, Area, CellKind, RawCell, RawRow, RawSheet
from batchreset.sheet.worksheet import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from batchreset.text.messages import msg

TIMEOUT_S: Final = 60.0
"""By the wall, on a machine that may have other work; the child limits the processor's time itself."""
_OUT_OF_TIME: Final = -getattr(signal, "SIGXCPU", 0)
"""How a child ends at that limit, where a system has it."""

_KINDS: Final = {
    "T": CellKind.TEXT,
    "N": CellKind.NUMBER,
    "B": CellKind.BOOLEAN,
    "D": CellKind.DATE,
    "E": CellKind.ERROR,
}


def read_legacy(path: Path, file: IO[bytes], found: Format) -> HeldBook:
    """All sheets of an .xls, .ods or .xlsb. Raises `SheetError`, and `Damaged` for what can't be read."""
    lines = _lines(path, file)
    last = json.loads(lines[-1]) if lines else None
    if isinstance(last, dict) and "refused" in last:
        raise encrypted(path) if last["refused"] == "password" else too_large(path)
    if last != "end":
        raise Damaged(path)
    note = msg(
        "An .{format} file: hidden rows, error cells and formulas without a value can't be seen in it, nor "
        "what is struck through. Save it as .xlsx to have them checked.",
        format=found,
    )
    return HeldBook(tuple(_sheets(map(json.loads, lines[:-1]))), (note,))


def _lines(path: Path, file: IO[bytes]) -> list[bytes]:
    most = map(str, (MAX_ROWS, MAX_COLUMNS, MAX_CELLS))
    # -P: nothing beside the child's own file may stand in for a module of the standard library
    command = [sys.executable, "-P", calamine_child.__file__, *most]
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            command,
            input=file.read(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _slow(path) from None
    if done.returncode == _OUT_OF_TIME != 0:
        raise _slow(path)
    if done.returncode != 0:
        raise Damaged(done.returncode)
    return done.stdout.splitlines()


def _slow(path: Path) -> SheetError:
    return SheetError(
        "sheet-slow",
        msg("Reading {path} took too long and was given up.", path=path),
        msg("Open it in Excel or WPS and save it as an Excel workbook (.xlsx)."),
    )


def _sheets(values: Iterable[Any]) -> Iterable[RawSheet]:
    head: dict[str, Any] | None = None
    rows: list[RawRow] = []
    for value in values:
        if isinstance(value, list):
            rows.append(RawRow(value[0], tuple(map(_cell, value[1:]))))
            continue
        if head is not None:
            yield _sheet(head, rows)
        head, rows = value, []
    if head is not None:
        yield _sheet(head, rows)


def _sheet(head: dict[str, Any], rows: list[RawRow]) -> RawSheet:
    cut_at = rows.pop().number if rows and rows[-1].number > MAX_ROWS else None
    merged = tuple(Area(*edges) for edges in head["merged"])
    return RawSheet(head["sheet"], head["hidden"], tuple(rows), cut_at, merged=merged)


def _cell(written: str | None) -> RawCell:
    return RawCell(_KINDS[written[0]], written[1:]) if written else BLANK_CELL
