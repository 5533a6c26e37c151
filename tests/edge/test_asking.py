"""The number that confirms: taken as it is shown, and as it is typed without commas."""

from __future__ import annotations

import io
import sys

import pytest

from batchreset.cli.output import Output
from batchreset.text import counted


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ("2000\n", True),
        ("2,000\n", True),
        (" 2000 \n", True),
        ("200\n", False),
        ("20,00\n", False),
        ("", False),
    ],
)
def test_typed_when_answered_then_only_with_the_number(
    lang: str, answer: str, taken: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    question = counted(
        "Send {rows} reset now? Type the number to confirm: ",
        "Send {rows} resets now? Type the number to confirm: ",
        rows=2000,
    )
    assert Output(lang).typed(question, 2000) is taken
    assert "2,000" in capsys.readouterr().err
