"""What reading told of a job's terminals, beside its reports."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchreset.kept import ACTIVATED, FILE, activation_in, keep, keep_activation, kept_in
from batchreset.plan.preflight import Kept, Unfit
from batchreset.reported import Activation

KEPT = Kept({"a": Unfit.DISABLED}, {"a": "+99a"}, frozenset({"a"}), frozenset({"b"}))
FOUND = Activation(datetime(2026, 11, 24, tzinfo=UTC), frozenset("ab"), frozenset("a"), frozenset())


def test_kept_when_read_again_is_what_was_kept(tmp_path: Path) -> None:
    keep(KEPT, tmp_path / "job")
    keep_activation(FOUND, tmp_path / "job")
    assert kept_in(tmp_path / "job") == KEPT
    assert activation_in(tmp_path / "job") == FOUND
    assert {path.name for path in (tmp_path / "job").iterdir()} == {FILE, ACTIVATED}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unfit": {"a": "no-kind"}, "numbers": {}}'])
def test_kept_when_the_file_is_nobodys_of_ours_is_nothing(tmp_path: Path, text: str) -> None:
    for name in (FILE, ACTIVATED):
        (tmp_path / name).write_text(text, "utf-8")
    assert kept_in(tmp_path) == Kept()
    assert activation_in(tmp_path) is None


def test_kept_when_writing_is_cut_short_then_what_was_found_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(KEPT, tmp_path)

    def full(self: Path, text: str, *_: object) -> int:
        with self.open("w", encoding="utf-8") as file:
            file.write(text[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        keep(Kept(), tmp_path)
    assert kept_in(tmp_path) == KEPT
