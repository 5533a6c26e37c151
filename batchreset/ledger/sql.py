"""Statements over many records at once.

Each call into SQLite gives the interpreter lock away and must win it back from the event loop's
thread, which costs more than the call itself: so one statement takes a whole batch.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

Record = tuple[Any, ...]
"""One record of SQLite: its driver types no columns."""


def many(connection: sqlite3.Connection, sql: str, records: Sequence[Record]) -> int:
    """Run a statement once, over all records in place of its `{rows}`; how many rows it changed."""
    if not records:
        return 0
    row = f"({marks(len(records[0]))})"
    values = [value for record in records for value in record]
    return connection.execute(sql.format(rows=",".join([row] * len(records))), values).rowcount


def marks(count: int) -> str:
    """So many question marks."""
    return ",".join("?" * count)


def insert_one(connection: sqlite3.Connection, table: str, columns: str, record: Record) -> None:
    """Insert one record; `columns` in its order."""
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks(len(record))})"
    connection.execute(sql, record)
