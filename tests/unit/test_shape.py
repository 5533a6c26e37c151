"""Ratchets: the number of exceptions from our own rules may only go down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "batchreset"


@pytest.mark.parametrize(("mark", "most"), [("noqa", 40), ("type: ignore", 6), ("pragma: no cover", 0)])
def test_marks_in_the_package_are_few_and_each_has_its_reason(mark: str, most: int) -> None:
    lines = [
        f"{file.name}:{number}: {line.strip()}"
        for file in PACKAGE.rglob("*.py")
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if f"# {mark}" in line
    ]
    assert len(lines) <= most, "\n".join(lines)
    bare = [line for line in lines if not re.search(rf"# {mark}\S* *\S*\s+(#|-|\w).{{8,}}", line)]
    assert not bare, "an ignore without its reason on the line:\n" + "\n".join(bare)
