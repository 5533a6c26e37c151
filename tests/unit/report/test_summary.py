from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from batchreset import __version__
from batchreset.model import Status, Stop
from batchreset.report.summary import summary, write_summary
from batchreset.reported import RowResult
from batchreset.text import Text, msg
from tests.unit.report.build import NOW, of_each_status, report, result

ENGLISH = Text("en-US")


def test_summary_when_every_status_is_there_then_the_counts_add_up() -> None:
    said: dict[str, Any] = summary(report(of_each_status()), ENGLISH, exit_code=1)
    assert set(said["counts"]) == {status.value for status in Status}
    assert sum(said["counts"].values()) == said["rows"] == 8
    assert sum(group["rows"] for group in said["by_reason"]) == 8
    assert said["exit_code"] == 1
    assert said["batchreset"] == __version__
    assert said["stop"] is None
    assert said["times"]["made"] == "2026-11-23T06:30:05Z"


def test_summary_when_empty_then_still_whole() -> None:
    said: dict[str, Any] = summary(report([]), ENGLISH, exit_code=0)
    assert said["rows"] == 0
    assert said["by_reason"] == []
    assert len(said["counts"]) == 8


def test_summary_when_stopped_then_the_reason_is_told_and_contacts_are_masked() -> None:
    stop = Stop("refused", 6, msg("Refused for {who}.", who="lee@example.com"), msg("Ask."))
    said = summary(report([], stop=stop, simulated=True), ENGLISH, exit_code=6)
    assert said["stop"] == {"code": "refused", "message": "Refused for l***@example.com.", "hint": "Ask."}
    assert said["simulated"] is True
    assert said["rehearsal"] == "REHEARSAL / 演练"


def test_summary_when_rows_were_not_placed_then_listed() -> None:
    stranger = result(4, "SN4", Status.FAILED)
    said = summary(report([stranger]), ENGLISH, exit_code=1, strangers=[stranger])
    assert said["not_placed"] == [{"row": 4, "sn": "SN4", "status": "failed"}]


def test_write_summary_when_read_again_then_json_without_contacts(tmp_path: Path) -> None:
    rows = [
        *of_each_status(),
        result(10, "S", Status.INVALID, reason=msg("{cell}: bad", cell="lee@example.com 13800138000")),
    ]
    target = tmp_path / "summary.json"
    write_summary(report(rows, Path("端子\udc80.xlsx")), ENGLISH, target, exit_code=1)
    text = target.read_text("utf-8")
    assert json.loads(text)["input"]["path"] == "端子?.xlsx"
    assert "example.com" not in text.replace("l***@example.com", "")
    assert "13800138000" not in text


def test_by_reason_when_only_values_differ_then_one_group_with_an_ellipsis() -> None:
    no_sn = msg("no {what}", what="SN")
    rows = [
        result(n, f"S{n}", Status.INVALID, reason=msg("{cell}: {what}", cell=f"B{n}", what=no_sn))
        for n in (2, 3)
    ]
    rows.append(
        result(4, "S4", Status.INVALID, reason=msg("{cell}: {what}", cell="B4", what=msg("too long")))
    )
    rows.insert(0, result(5, "S5", Status.FAILED, reason=msg("Unknown at {at}", at=NOW), error_code="7"))
    assert grouped(rows) == [
        {"status": "invalid", "error_code": None, "reason": "…: no SN", "rows": 2},
        {"status": "failed", "error_code": "7", "reason": ENGLISH(rows[0].reason), "rows": 1},
        {"status": "invalid", "error_code": None, "reason": "B4: too long", "rows": 1},
    ]


def test_by_reason_when_the_code_differs_then_not_one_group() -> None:
    rows = [result(n, f"S{n}", Status.FAILED, error_code=code) for n, code in ((2, "a"), (3, "b"), (4, None))]
    assert [group["error_code"] for group in grouped(rows)] == ["a", "b", None]


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_summary_when_in_any_language_then_the_keys_are_the_same(lang: Any) -> None:
    said = summary(report(of_each_status()), Text(lang), exit_code=1)
    assert list(said)[:6] == ["job", "batchreset", "simulated", "rehearsal", "input", "rows"]


def grouped(rows: list[RowResult]) -> Any:
    return summary(report(rows), ENGLISH, exit_code=1)["by_reason"]
