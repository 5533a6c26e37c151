"""The answer in one sentence, whatever became of the job."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batchreset.model import Status, Stop
from batchreset.report.headline import headline, sentence
from batchreset.reported import RowResult
from batchreset.text import Lang, Text, msg
from batchreset.text.forms import Forms
from tests.unit.report.build import NOW, report, result

LATER = (NOW + timedelta(hours=1)).replace(second=0)


def said(rows: list[RowResult], lang: Lang = "en-US", **more: Any) -> str:
    made = replace(report(rows), **{"attempts": 200, **more})
    return Text(lang)(sentence(headline(made, Forms(lang))))


def many(status: Status, count: int, **more: Any) -> list[RowResult]:
    return [result(n, f"{status}{n}", status, **more) for n in range(2, 2 + count)]


def clock(at: Any) -> str:
    return Forms("en-US").clock(at, NOW)


def stop(code: str) -> Stop:
    return Stop(code, 6, msg("Refused."), msg("Ask."))


def test_headline_when_all_is_done_then_says_so() -> None:
    assert said(many(Status.SUCCEEDED, 2) + many(Status.RECENT, 1)) == "All done: 3 of 3"


def test_headline_when_the_sheet_is_empty_then_says_so() -> None:
    assert said([]) == "The sheet has no rows"


def test_headline_when_some_are_left_then_done_waiting_and_for_a_person() -> None:
    rows = many(Status.SUCCEEDED, 187) + many(Status.WAITING, 9, not_before=LATER) + many(Status.FAILED, 4)
    assert said(rows) == f"187 of 200 done; 9 wait until {clock(LATER)}; 4 need a person"


def test_headline_when_one_is_left_of_each_then_its_grammar_is_that_of_one() -> None:
    rows = many(Status.WAITING, 1, not_before=LATER) + many(Status.INVALID, 1)
    assert said(rows) == f"0 of 2 done; 1 waits until {clock(LATER)}; 1 needs a person"


def test_headline_when_times_differ_then_the_last_is_named_with_its_day_and_rounded_up() -> None:
    soon, last = NOW + timedelta(days=2, minutes=7), NOW + timedelta(days=3)
    rows = many(Status.WAITING, 1, not_before=last) + many(Status.WAITING, 1, not_before=soon)
    shown = clock((last + timedelta(minutes=1)).replace(second=0))
    assert said(rows) == f"0 of 2 done; 2 wait, the last until {shown}"
    assert "Nov 26" in shown


def test_headline_when_no_time_is_known_then_none_is_told() -> None:
    assert said(many(Status.WAITING, 1)) == "0 of 1 done; 1 waits"
    assert said(many(Status.WAITING, 1200)) == "0 of 1,200 done; 1,200 wait"


def test_headline_when_nothing_was_sent_then_says_so() -> None:
    rows = many(Status.NOT_SENT, 3)
    assert said(rows, attempts=0) == "Nothing sent yet: 0 of 3 done; 3 still to send"


@pytest.mark.parametrize(
    ("code", "expected"), [("forbidden", "Stopped early: 1 of 3"), ("only-first", "1 of 3")]
)
def test_headline_when_the_run_was_stopped_then_says_so_unless_it_was_meant(code: str, expected: str) -> None:
    rows = many(Status.SUCCEEDED, 1) + many(Status.NOT_SENT, 2)
    assert said(rows, stop=stop(code)) == f"{expected} done; 2 still to send"


def test_headline_when_all_is_done_in_spite_of_a_stop_then_all_is_done() -> None:
    assert said(many(Status.SUCCEEDED, 2), stop=stop("interrupted")) == "All done: 2 of 2"


def test_headline_when_chinese_then_all_of_it_is() -> None:
    rows = many(Status.SUCCEEDED, 187) + many(Status.WAITING, 9, not_before=LATER) + many(Status.FAILED, 4)
    assert said(rows, "zh-CN") == f"已完成 187/200 行；9 行需等到 {clock(LATER)}；4 行需要人工处理"
