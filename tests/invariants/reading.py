"""The ledger's file and the reports, read without the program's own code."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openpyxl import load_workbook

from tests.invariants.values import Ledger, LedgerAttempt, LedgerRun, ReportRow, Resolution

if TYPE_CHECKING:
    from batchreset.reported import RowResult

_SEALED: Final = ("job", "run", "attempt", "resolution", "forgetting", "restoring")
_WORDS: Final = {
    "成功": "succeeded",
    "失败": "failed",
    "结果未知": "unknown",
    "未发送": "not_sent",
    "等待配额": "waiting",
    "数据无效": "invalid",
    "重复": "duplicate",
    "近期已重置": "recent",
}
"""The statuses of a Chinese report (CONTRACT.md)."""
_HEADINGS: Final = {"结果": "Result", "尝试次数": "Attempts", "请求 ID": "Request ID"}


def read_ledger(path: Path, *, with_seals: bool = True) -> Ledger:
    """What stands in a ledger's file now; also while runs write to it. `with_seals` looks at these too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")  # one state of it
        return Ledger(
            [_attempt(row) for row in _rows(connection, "SELECT * FROM attempt ORDER BY seq")],
            {row["id"]: _run(row) for row in _rows(connection, "SELECT * FROM run ORDER BY seq")},
            [_resolution(row) for row in _rows(connection, "SELECT * FROM resolution ORDER BY seq")],
            broken_records(connection, path) if with_seals else [],
        )


def _rows(connection: sqlite3.Connection, sql: str) -> Iterator[dict[str, Any]]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description]
    return (dict(zip(names, row, strict=True)) for row in found)


def _attempt(row: Mapping[str, Any]) -> LedgerAttempt:
    return LedgerAttempt(
        seq=row["seq"],
        id=row["id"],
        job=row["job"],
        run=row["run"],
        sn=row["sn"],
        state=row["state"],
        opened_at_s=row["opened_at"] / 1e6,
        counts_from_s=row["counts_from"] / 1e6,
        settled_at_s=None if row["settled_at"] is None else row["settled_at"] / 1e6,
        resolved=row["resolved"],
    )


def _run(row: Mapping[str, Any]) -> LedgerRun:
    stop = json.loads(row["stop"]) if row["stop"] else {}
    return LedgerRun(
        id=row["id"],
        job=row["job"],
        again=bool(row["again"]),
        retry_unknown=bool(row["retry_unknown"]),
        ended=row["ended_at"] is not None,
        stop=stop.get("code", ""),
        exit_code=stop.get("exit_code", 0),
    )


def _resolution(row: Mapping[str, Any]) -> Resolution:
    return Resolution(seq=row["seq"], attempt=row["attempt"], said=row["resolution"])


def broken_records(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Records that are not what was written, and breaks in the chain: recomputed from the scheme alone.

    A seal is BLAKE2b keyed by the ledger's key over the record's values as JSON; a link is that over the
    link before it and the entry, as Python writes them (`batchreset/ledger/seal.py`). `forget` takes
    records, never entries.
    """
    secret = bytes.fromhex(path.with_name(path.name + ".key").read_text("ascii").strip())
    key = hashlib.blake2b(secret, person=b"batchreset seal").digest()

    def digest(text: str) -> bytes:
        return hashlib.blake2b(text.encode("ascii"), key=key, digest_size=16).digest()

    broken, last = [], {}
    link = bytes(16)
    for seq, kind, record, seal, kept in connection.execute("SELECT * FROM chain ORDER BY seq"):
        link = digest(ascii((link, seq, kind, record, seal)))
        last[record] = (kind, seal)
        if link != kept:
            return [f"entry {seq} of the chain"]
    gone = {record for (record,) in connection.execute("SELECT record FROM forgotten")}
    for kind in _SEALED:
        for *values, seal in connection.execute(f"SELECT * FROM {kind} ORDER BY seq"):
            written = last.pop(values[0], None)
            text = json.dumps([kind, *values], separators=(",", ":"))
            if written != (kind, seal) or digest(text) != seal:
                broken.append(f"{kind} {values[0]}")
    return broken + [f"{kind} {record} is gone" for record, (kind, _) in last.items() if record not in gone]


def read_results(path: Path, sn: str = "SN") -> list[ReportRow]:
    """The rows of a `results.xlsx`, in either language, with the sheet's own numbers; `sn` heads its SNs.

    The header is the first row that has the result columns; below it a row with a result is a data row.
    """
    book = load_workbook(path)
    names: list[str] = []
    found = []
    for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
        texts = ["" if cell is None else str(cell) for cell in cells]
        headings = [_HEADINGS.get(text, text) for text in texts]
        if not names and {"Result", "Attempts", "Request ID", sn} <= {*headings}:
            names = headings
        elif names and texts[names.index("Result")]:
            found.append(_report_row(number, dict(zip(names, texts, strict=False)), sn))
    assert names, f"{path} has no result columns"
    return found


def _report_row(number: int, cells: Mapping[str, str], sn: str) -> ReportRow:
    status = cells["Result"]
    return ReportRow(
        number,
        cells[sn],
        _WORDS.get(status, status),
        int(cells["Attempts"] or 0),
        cells["Request ID"] or None,
    )


def rows_of(results: Iterable[RowResult]) -> list[ReportRow]:
    """The same of a report that is still a value."""
    return [
        ReportRow(one.row.number, one.row.sn, str(one.status), one.attempts, one.request_id)
        for one in results
    ]


def sheet_rows(path: Path, header_row: int = 1) -> list[tuple[int, str]]:
    """Number and SN of each row below the header of a plain sheet with a column `SN`."""
    header, *rows = list(load_workbook(path).worksheets[0].iter_rows(min_row=header_row, values_only=True))
    place = [str(value) for value in header].index("SN")
    return [(number, str(row[place])) for number, row in enumerate(rows, header_row + 1) if row[place]]


def read_texts(paths: Sequence[Path]) -> dict[str, str]:
    """Files by name as text; bytes that are none are kept readable."""
    return {str(path): path.read_bytes().decode("utf-8", "backslashreplace") for path in paths}
