"""The golden set of dirty sheets: every row is judged as the maker says, and nobody is called."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import pytest

from batchreset.errors import SheetError
from batchreset.model import Row, Rules, Table
from batchreset.sheet.load import load
from tests.makers.golden import GOLDEN
from tests.makers.golden.sheet import Golden


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("reading a sheet asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def said(row: Row) -> str:
    if row.duplicate_of:
        return "duplicate"
    kinds = " ".join(finding.kind for finding in row.problems or row.notes)
    return ("usable" if row.usable else "invalid") + (f": {kinds}" if kinds else "")


def judged(table: Table) -> dict[int, str]:
    return {
        **{row.number: said(row) for row in table.rows},
        **dict.fromkeys(table.ignored, "ignored"),
        **dict.fromkeys(table.skipped, "skipped"),
    }


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_golden_sheet_when_loaded_then_each_row_is_judged_as_written_beside_it(
    golden: Golden, tmp_path: Path
) -> None:
    path = golden.make(tmp_path)

    if golden.error:
        with pytest.raises(SheetError) as caught:
            load(path, rules=Rules(), **golden.options)
        assert caught.value.code == golden.error
    else:
        assert judged(load(path, rules=Rules(), **golden.options)) == golden.expected


def test_golden_set_when_counted_then_it_is_as_large_as_promised_and_no_two_have_one_name() -> None:
    assert len(GOLDEN) >= 40
    assert max(Counter(golden.name for golden in GOLDEN).values()) == 1
