"""What the edge tests of the reports and of the ledger start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchreset.ledger.sqlite import SqliteLedger
from tests.edge.ledgers import begin, opened
from tests.unit.report.build import make_input

SNS = ["SN0002", "SN0003", "SN0004", "SN0005", "SN0006", None, "SN0002", "SN0009"]
"""The SN column of the input that fits `of_each_status`."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_input(tmp_path / "terminals.xlsx", SNS)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    """A ledger of its own, in which job "job" has begun its run "run"."""
    with opened(tmp_path / "ledger.sqlite3") as made:
        begin(made)
        yield made
