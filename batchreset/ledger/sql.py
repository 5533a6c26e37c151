"""Statements over many records at once.

Each call into SQLite gives the interpreter lock away and must win it back from the event loop's
thread, which costs more than the call itself: so one statement takes a whole batch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

Record = tuple[Any, ...]
"""One record of SQLite: its driver types no columns."""
_AT_ONCE: Final = 200
"""A writer's batch; SQLite takes 32766 values in a statement, 19 of them are an attempt."""


def many(connection: sqlite3.Connection, sql: str, records: Sequence[Record]) -> int:
    """Run a statement over all records in place of its `{rows}`; how many rows it changed."""
    changed = 0
    for start in range(0, len(records), _AT_ONCE):
        some = records[start : start + _AT_ONCE]
        rows = ",".join([f"({marks(len(some[0]))})"] * len(some))
        values = [value for record in some for value in record]
        changed += connection.execute(sql.format(rows=rows), values).rowcount
    return changed


def marks(count: int) -> str:
    """So many question marks."""
    return ",".join("?" * count)


def insert_one(connection: sqlite3.Connection, table: str, columns: str, record: Record) -> None:
    """Insert one record; `columns` in its order."""
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks(len(record))})"
    connection.execute(sql, record)
