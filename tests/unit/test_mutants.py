"""The breaks stay ones that break something, and the README tells of each (`python -m tests.mutants`)."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import ROOT, broken
from tests.mutants.breaks import MUTANTS, Change, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_break_still_fits_the_code_and_changes_it(mutant: Mutant) -> None:
    for change in mutant.changes:
        text = (ROOT / "batchreset" / change.file).read_text("utf-8")
        assert broken(text, change) != text
    for check in mutant.checks:
        assert (ROOT / check).exists(), check


def test_readme_has_a_line_for_each_break() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [mutant.name for mutant in MUTANTS if f"| {mutant.name} |" not in readme] == []


def test_broken_when_the_text_is_not_there_once_is_an_error() -> None:
    with pytest.raises(ValueError, match="holds 2 times"):
        broken("a a", Change("x.py", "a", "b"))
