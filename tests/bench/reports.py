"""`python -m tests.bench.reports [ROWS]`: time and memory of writing a job's workbooks, each in a process
of its own. Wanted for 100,000 rows x 8 columns: results in 5 s and 300 MB more at most.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import xlsxwriter

from batchreset.model import Status
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.reported import JobReport, RowResult
from batchreset.rows import Column, Columns
from batchreset.text import Text, msg
from tests.unit.report.build import NOW, report, result

HEADERS = ("Site", "Room", "SN", "Mobile", "E-mail", "Model", "Department", "Remarks")
COLUMNS = Columns(Column(3, "C", "SN"), mobile=Column(4, "D", "Mobile"), email=Column(5, "E", "E-mail"))
MIX = (*[Status.SUCCEEDED] * 7, Status.FAILED, Status.UNKNOWN, Status.WAITING)
"""Of ten rows three are left to do."""
STEPS = ("results", "results again", "results beside a protected sheet", "todo")


def make_sheet(rows: int, path: Path, *, protected: bool = False) -> None:
    """A workbook as Excel writes it: shared texts, borders."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Terminals")
    edged = book.add_format({"border": 1})
    sheet.write_row(0, 0, HEADERS, book.add_format({"bold": True, "border": 1}))
    for n in range(rows):
        texts = (f"Site {n // 500}", f"R{n}", sn(n), f"+86138{n:08d}", f"u{n}@example.com", "TE20", "IT", "")
        sheet.write_row(n + 1, 0, texts, edged)
    if protected:
        sheet.protect()
    book.close()


def sn(n: int) -> str:
    return f"2102310QPD{n:09d}A"


def results(rows: int) -> Iterator[RowResult]:
    for n in range(rows):
        status = MIX[n % len(MIX)]
        done = status is Status.SUCCEEDED
        reason = msg("The service confirmed the reset.") if done else msg("Refused: {code}", code=n % 9)
        yield result(
            n + 2, sn(n), status, reason=reason, attempts=1, http_status=200, request_id=f"0190-{n:032x}",
            last_attempt_at=NOW + timedelta(milliseconds=7 * n),
            not_before=NOW if status is Status.WAITING else None,
        )  # fmt: skip


def run(step: str, rows: int, folder: Path) -> None:
    """One step, measured; prints seconds and megabytes more than before."""
    inputs = {"results again": "results.xlsx", "results beside a protected sheet": "protected.xlsx"}
    source = folder / inputs.get(step, "big.xlsx")
    job: JobReport = report(results(rows), source, columns=COLUMNS)
    before, used = peak_mb(), time.process_time()
    began = time.perf_counter()
    if step == "todo":
        assert write_todo(job, Text("en-US"), source, folder / "todo.xlsx") == ()
    else:
        written = write_results(job, Text("en-US"), source, folder / f"{step}.xlsx")
        assert written.copied == (source.name != "protected.xlsx")
        assert written.strangers == ()
    print(json.dumps([time.perf_counter() - began, time.process_time() - used, peak_mb() - before]))


def peak_mb() -> float:
    """This process's own; what `getrusage` tells begins with that of the process that started it."""
    said = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert said is not None
    return int(said[1]) / 1024


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_sheet(rows, Path(folder) / "big.xlsx")
        make_sheet(rows, Path(folder) / "protected.xlsx", protected=True)
        for step in STEPS:
            command = [sys.executable, "-m", "tests.bench.reports", str(rows), step, folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            took, used, more = json.loads(done.stdout)
            print(
                f"{step}, {rows:,} rows x {len(HEADERS)} columns: {took:.1f} s,"
                f" of the processor {used:.1f} s, {more:.0f} MB more"
            )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        run(sys.argv[2], int(sys.argv[1]), Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
