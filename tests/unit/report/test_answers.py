"""What is written into `Result` cells, as an answer."""

from __future__ import annotations

import pytest

from batchreset.errors import UsageError
from batchreset.model import Resolution, Status
from batchreset.report.answers import Answer, said
from batchreset.report.columns import status_word
from batchreset.text import LANGS, Text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("arrived", Resolution.ARRIVED),
        (" Arrived ", Resolution.ARRIVED),
        ("not arrived", Resolution.NOT_ARRIVED),
        ("NOT_ARRIVED", Resolution.NOT_ARRIVED),
        ("not-arrived", Resolution.NOT_ARRIVED),
        ("已收到", Resolution.ARRIVED),
        ("未收到", Resolution.NOT_ARRIVED),
    ],
)
def test_said_when_an_answer_is_written_in_any_spelling(text: str, meant: Resolution) -> None:
    assert said([Answer("S!A2", "A1", text)]) == {"A1": meant}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("lang", LANGS)
def test_said_when_a_status_still_stands_there_is_nothing(status: Status, lang: str) -> None:
    word = status_word(status, Text("zh-CN" if lang == "zh-CN" else "en-US"))
    assert said([Answer("S!A2", "A1", word), Answer("S!A3", "A2", "")]) == {}


@pytest.mark.parametrize("text", ["yes", "arrived?", "had arrived", "1"])
def test_said_when_it_is_neither_names_the_cell(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        said([Answer("S!A2", "A1", "arrived"), Answer("S!N7", "A2", text)])
    assert ("cell", "S!N7") in caught.value.message.params
