"""Loads damaged copies of workbooks one after the other and prints a line of JSON for each.

A process of its own, so that a hang, a crash or gigabytes are seen from outside.
`python -m tests.edge.fuzz_worker FOLDER FIRST COUNT`
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Final

from batchreset.annotated.workbook import write_annotated
from batchreset.errors import SheetError
from batchreset.model import Rules
from batchreset.sheet.load import load
from batchreset.text import Text
from tests.makers.damage import damaged, good_books

MOST_S: Final = 20.0


def verdict(path: Path) -> str:
    """`table`, the code of a `SheetError`, or a traceback.

    What can be read is annotated too: the copy must read like what it was made from.
    """
    copy = path.with_name("copy.xlsx")
    try:
        table = load(path, rules=Rules())
        if write_annotated(table, Text(), path, copy).refusal is None:
            again = load(copy, rules=Rules(), sheet=table.sheet)
            assert (again.rows, again.columns) == (table.rows, table.columns)
    except SheetError as error:
        return error.code
    except BaseException:  # noqa: BLE001  # what else comes is what this is looking for
        return traceback.format_exc()
    return "table"


def main(folder: Path, first: int, count: int) -> None:
    books = good_books(folder / "good")
    for number in range(first, first + count):
        path = damaged(books, number, folder)
        # time of the processor, so that other work on the machine is no hang; who runs over it is ended
        signal.setitimer(signal.ITIMER_PROF, MOST_S)
        said = verdict(path)
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        peak_bytes = max(usage.ru_maxrss for usage in usages) * 1024
        sys.stdout.write(json.dumps({"copy": path.name, "said": said, "peak_bytes": peak_bytes}) + "\n")
        sys.stdout.flush()
        path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
