"""Numbers, instants and spans in a language's own form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.text import Lang
from batchreset.text.forms import Forms

AT = datetime(2026, 11, 24, 6, 32, 59, tzinfo=UTC).astimezone()
ENGLISH, CHINESE = Forms("en-US"), Forms("zh-CN")


def test_number_when_large_then_grouped() -> None:
    assert [forms.number(12345) for forms in (ENGLISH, CHINESE)] == ["12,345", "12,345"]
    assert ENGLISH.number(40.0) == "40"


def test_percent_when_whole_then_as_it_is() -> None:
    assert [ENGLISH.percent(each) for each in range(101)] == [f"{each}%" for each in range(101)]


def test_moment_when_shown_then_in_the_language_and_by_24_hours() -> None:
    local = AT + timedelta(hours=8)
    assert ENGLISH.moment(local) == f"{local:%b} {local.day}, {local.year}, {local:%H:%M}"
    assert CHINESE.moment(local) == f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def test_clock_when_on_another_day_then_with_its_date_and_in_another_year_with_that() -> None:
    noon = AT.replace(hour=12, minute=0)
    assert ENGLISH.clock(noon, noon) == "12:00"
    assert ENGLISH.clock(noon, noon - timedelta(days=1)) == "Nov 24, 12:00"
    assert ENGLISH.clock(noon, noon - timedelta(days=400)) == "Nov 24, 2026, 12:00"
    assert CHINESE.clock(noon, noon - timedelta(days=1)) == "11月24日 12:00"


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(0), "0 seconds", "0秒"),
        (timedelta(seconds=1), "1 second", "1秒"),
        (timedelta(minutes=89, seconds=29), "1 hour, 29 minutes", "1小时29分钟"),
        (timedelta(hours=19, minutes=59, seconds=55), "20 hours", "20小时"),
        (timedelta(days=1, hours=23, minutes=45), "2 days", "2天"),
        (timedelta(days=12, minutes=4), "12 days", "12天"),
        (timedelta(days=12, hours=3), "12 days, 3 hours", "12天3小时"),
    ],
)
def test_span_when_shown_then_its_two_largest_units_rounded(
    length: timedelta, english: str, chinese: str
) -> None:
    assert (ENGLISH.span(length), CHINESE.span(length)) == (english, chinese)


def test_span_when_one_unit_is_asked_for_then_one() -> None:
    assert ENGLISH.span(timedelta(hours=19, minutes=40), units=1) == "20 hours"


@given(st.timedeltas(timedelta(0), timedelta(days=4000)), st.sampled_from(["en-US", "zh-CN"]))
def test_span_when_of_any_length_then_every_unit_has_its_word(length: timedelta, lang: Lang) -> None:
    shown = Forms(lang).span(length)
    assert shown
    assert "duration" not in shown


def test_offset_when_shown_then_that_of_the_instant() -> None:
    assert ENGLISH.offset(AT) == f"UTC{AT.isoformat()[-6:]}"
