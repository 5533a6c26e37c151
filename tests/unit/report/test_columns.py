from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from batchreset.model import DONE, Status
from batchreset.report import columns
from batchreset.text import Text, local_time, msg
from tests.unit.report.build import NOW, of_each_status, report, result

ENGLISH = Text("en-US")
CHINESE = Text("zh-CN")


def test_headings_when_english_then_those_of_the_contract() -> None:
    assert columns.headings(ENGLISH) == (
        "Result", "Reason", "Next step", "Not before", "Attempts",
        "Last attempt", "HTTP status", "Error code", "Request ID",
    )  # fmt: skip


def test_headings_when_chinese_then_translated_and_distinct() -> None:
    shown = columns.headings(CHINESE)
    assert shown[0] == "结果"
    assert len(set(shown)) == 9
    assert not any(heading.isascii() for heading in shown)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_heading_positions_when_any_language_then_known(text: Text) -> None:
    known = columns.heading_positions()
    shown = columns.headings(text)
    assert [known[heading.casefold()] for heading in shown] == list(range(9))


@pytest.mark.parametrize("status", Status)
def test_status_word_when_english_then_the_contracts_own(status: Status) -> None:
    assert columns.status_word(status, ENGLISH) == status.value


def test_status_word_when_chinese_then_the_contracts_own() -> None:
    words = [columns.status_word(status, CHINESE) for status in Status]
    assert words == ["成功", "失败", "结果未知", "未发送", "等待配额", "数据无效", "重复", "近期已重置"]


def test_cells_when_all_is_known_then_texts_and_numbers_in_order() -> None:
    later = NOW + timedelta(hours=1)
    shown = columns.cells(
        result(
            2, "A", Status.WAITING, reason=msg("Row {row}: used up", row=2), not_before=later, attempts=5,
            last_attempt_at=NOW, http_status=429, error_code="APIG.0308", request_id="r-1",
        ),
        ENGLISH,
    )  # fmt: skip
    assert shown == (
        "waiting", "Row 2: used up", "Nothing to do.", local_time(later), 5,
        local_time(NOW), 429, "APIG.0308", "r-1",
    )  # fmt: skip


def test_cells_when_nothing_is_known_then_empty() -> None:
    shown = columns.cells(result(2, "A", Status.NOT_SENT, reason=msg("")), ENGLISH)
    assert shown == ("not_sent", None, "Nothing to do.", None, 0, None, None, None, None)


@pytest.mark.parametrize(
    ("dirty", "fit"),
    [
        ("a\x00b\x1fc", "abc"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud800lone", "lone"),
        ("\ufffe\uffff\x85", ""),
        ("=1+1", "=1+1"),
        ("好😀", "好😀"),
        ("x" * 1000, "x" * 1000),
        ("x" * 1001, "x" * 999 + "…"),
    ],
)
def test_clean_when_dirty_then_fit(dirty: str, fit: str) -> None:
    assert columns.clean(dirty) == fit


@given(st.text(st.characters()))
def test_clean_when_any_text_then_excel_takes_it(text: str) -> None:
    fit = columns.clean(text)
    assert not ILLEGAL_CHARACTERS_RE.search(fit)
    assert len(fit) <= columns.MAX_TEXT
    assert columns.clean(fit) == fit
    fit.encode("utf-8")


def test_left_open_when_sorted_then_what_a_person_must_do_comes_first() -> None:
    rows = [*of_each_status(), result(1, "X", Status.NOT_SENT), result(10, "Y", Status.INVALID)]
    left = columns.left_open(rows)
    assert [(one.status.value, one.row.number) for one in left] == [
        ("invalid", 7), ("invalid", 10), ("failed", 3), ("unknown", 4), ("not_sent", 1),
        ("not_sent", 5), ("waiting", 6),
    ]  # fmt: skip


def test_open_order_when_compared_with_done_then_every_status_is_in_one() -> None:
    assert set(columns.OPEN_ORDER) | DONE == set(Status)
    assert not set(columns.OPEN_ORDER) & DONE


def test_properties_when_simulated_then_said() -> None:
    real = columns.properties(report([]), "todo")
    assert real == {"batchreset.job": "20261123-7k2m", "batchreset.kind": "todo"}
    assert columns.properties(report([], simulated=True), "results")["batchreset.simulated"] == "true"
