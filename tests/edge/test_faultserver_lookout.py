"""The witness looks into the caller's ledger as a call comes, and sees what was committed by then."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faultserver.server import FaultServer
from tests.faultserver.service import Settings
from tests.raw_client import call, exchange


async def seen(ledger: Path) -> bool | None:
    """What the server says of one call's intent."""
    async with FaultServer(settings=Settings(ledger=str(ledger))) as server:
        path = "/v1/usg/dcs/corp/device/A1/activecode"
        await exchange(server.url, call("POST", path, {}, {"X-Request-Id": "one"}))
        return server.calls[0].intent_seen


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "l #1.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE attempt (id TEXT)")
    return path


async def test_intent_is_seen_when_it_is_committed_and_not_before(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as writer:
        assert await seen(ledger) is False
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO attempt VALUES ('one')")
        assert await seen(ledger) is False
        writer.execute("COMMIT")
        assert await seen(ledger) is True


async def test_ledger_that_is_not_there_holds_no_intent_and_none_is_made(tmp_path: Path) -> None:
    assert await seen(tmp_path / "none.sqlite3") is False
    assert not (tmp_path / "none.sqlite3").exists()


async def test_intent_is_looked_for_only_where_a_ledger_is_named() -> None:
    async with FaultServer() as server:
        await exchange(server.url, call("POST", "/v1/usg/dcs/corp/device/A1/activecode", {}))
        assert server.calls[0].intent_seen is None
