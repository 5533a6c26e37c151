"""Reading and checking a list of 100,000 rows by 8 columns, each in a process of its own.

`python -m tests.bench sheets`. Wanted: `check` in 8 s and 500 MB at most, reading alone in 2.5 to 4 s and
less than 200 MB. The seconds of the processor are told beside those of the wall: on a machine with other
work the first are the truer. Needs Linux, whose /proc tells a peak that the starting process has no part in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.makers.formats import Grid, Value, text_writer, write_excel, write_ods, write_xlsx

ROWS: Final = 100_000
ROUNDS: Final = 3
_MAKE: Final = "import sys; from tests.bench.sheets import make; make(sys.argv[1])"
_READ: Final = """
with open_book(Path(sys.argv[1])) as book:
    sheet = book.whole(book.heads(20)[0].name)
assert len(sheet.rows) > 100_000, len(sheet.rows)
"""
_CHECK: Final = """
sys.argv[:] = ["batchreset", "check", sys.argv[1]]
try:
    main()
except SystemExit as done:
    assert done.code == 0, done.code
"""
_ANNOTATE: Final = """
sys.argv[:] = ["batchreset", "check", sys.argv[1], "--annotate", "--force"]
try:
    main()
except SystemExit as done:
    assert done.code == 1, done.code
"""
_BAD: Final = 10
"""Of so many rows one has a number for its SN."""
_MEASURED: Final = """
import json, os, re, sys, time
from pathlib import Path
began_s = time.perf_counter()
{imports}
{work}
used = os.times()
peak_kb = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
said = [time.perf_counter() - began_s, sum(used[:4]), peak_kb / 1024]
print("\\n" + json.dumps(said))
"""


def measured(imports: str, work: str, path: Path) -> tuple[float, float, float]:
    """Seconds, seconds of the processor and peak megabytes of a piece of work, imports included."""
    program = _MEASURED.format(imports=imports, work=work)
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    wall_s, cpu_s, peak_mb = json.loads(done.stdout.splitlines()[-1])
    return wall_s, cpu_s, peak_mb


def told(what: str, imports: str, work: str, path: Path) -> None:
    """Print the best of a few runs, and the largest memory of all."""
    runs = [measured(imports, work, path) for _ in range(ROUNDS)]
    wall_s, cpu_s, peaks_mb = zip(*runs, strict=True)
    print(
        f"{what}: {min(wall_s):.1f} to {max(wall_s):.1f} s, of the processor {min(cpu_s):.1f} to"
        f" {max(cpu_s):.1f} s, at most {max(peaks_mb):.0f} MB"
    )


def line(number: int, *, bad: bool = False) -> list[Value]:
    """Numbers, texts that are the same in many rows, and texts that are in one only."""
    sn, email = f"2102310QPD10F{number:07d}", f"user{number}@example.com"
    mobile = 13_800_000_000 + number
    place: list[Value] = [number, f"Site {number % 50}", f"Room {number % 900}"]
    return [*place, number if bad else sn, mobile, "chinaPR", email, "x"]


def make(folder: str) -> None:
    """The list in every format."""
    head: list[Value] = ["No.", "Site", "Room", "SN", "Mobile", "Country", "E-mail", "Remark"]
    values: Grid = [head, *(line(number) for number in range(ROWS))]
    write_excel(Path(folder, "excel"), "Terminals", values)
    write_excel(Path(folder, "bad"), "Terminals", [head, *(line(n, bad=n % _BAD == 0) for n in range(ROWS))])
    write_xlsx(Path(folder, "openpyxl"), "Terminals", values)
    write_ods(Path(folder, "open"), "Terminals", values)
    text_writer(".csv", ",", "gb18030")(Path(folder, "text"), "Terminals", values)


def main() -> None:
    """All figures of reading and checking."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", _MAKE, folder], check=True)
        reader, program = "from batchreset.sheet.reader import open_book", "from batchreset.cli import main"
        told(f"check {ROWS:,} rows x 8", program, _CHECK, Path(folder, "excel.xlsx"))
        told("check --annotate, every tenth row bad", program, _ANNOTATE, Path(folder, "bad.xlsx"))
        told("read alone, as Excel writes it", reader, _READ, Path(folder, "excel.xlsx"))
        told("read alone, as openpyxl writes it", reader, _READ, Path(folder, "openpyxl.xlsx"))
        told("read alone, .ods", reader, _READ, Path(folder, "open.ods"))
        told("read alone, .csv", reader, _READ, Path(folder, "text.csv"))
