"""What the edge tests of the reports start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.report.build import make_input

SNS = ["SN0002", "SN0003", "SN0004", "SN0005", "SN0006", None, "SN0002", "SN0009"]
"""The SN column of the input that fits `of_each_status`."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_input(tmp_path / "terminals.xlsx", SNS)
