"""Numbers, plural forms and lengths of time in sentences, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from babel.numbers import format_decimal, parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from batchreset.text import LANGS, Count, Lang, Message, Text, counted, joined, msg, span
from batchreset.text.amounts import rows

EN, ZH = Text("en-US"), Text("zh-CN")
LANG = st.sampled_from(LANGS)


# --- plural forms


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [
        (0, "0 rows", "0 行"),
        (1, "1 row", "1 行"),
        (2, "2 rows", "2 行"),
        (999, "999 rows", "999 行"),
        (2000, "2,000 rows", "2,000 行"),
    ],
)
def test_counted_when_shown_then_in_the_form_of_its_number(number: int, english: str, chinese: str) -> None:
    assert EN(rows(number)) == english
    assert ZH(rows(number)) == chinese


def test_counted_when_inside_another_sentence_then_in_its_own_form() -> None:
    two = msg("Removed: {jobs} with {calls}.", jobs=counted("{n} job", "{n} jobs", n=1), calls=rows(1200))
    assert EN(two) == "Removed: 1 job with 1,200 rows."
    assert ZH(two) == "已删除：1 个任务，共 1,200 行。"
    assert EN(joined([rows(1), rows(2)])) == "1 row 2 rows"


def test_counted_when_the_first_value_decides_then_the_others_stay_as_they_are() -> None:
    at = counted("{n} row of sheet {sheet}", "{n} rows of sheet {sheet}", n=1500, sheet=2026)
    assert EN(at) == "1,500 rows of sheet 2026"


def test_counted_when_a_sentence_is_in_no_catalogue_then_the_english_forms_stay() -> None:
    assert [ZH(counted("{n} ox", "{n} oxen", n=number)) for number in (1, 2)] == ["1 ox", "2 oxen"]


def test_counted_when_its_number_is_left_out_as_where_many_are_one_then_the_form_for_many() -> None:
    both = Message("{n} row", (("n", "…"),), "{n} rows")
    assert (EN(both), ZH(both)) == ("… rows", "… 行")


@pytest.mark.parametrize("first", ["2", 2.0, None])
def test_counted_when_the_first_value_is_no_whole_number_then_refused(first: object) -> None:
    with pytest.raises(TypeError, match="'n'"):
        counted("{n} row", "{n} rows", n=first, rows=3)


# --- numbers


def test_text_when_a_value_is_no_count_then_it_is_not_grouped() -> None:
    """Row numbers, ports, statuses and SNs can be looked up as they stand."""
    assert EN(msg("Row {row}, port {port}, {sn}", row=10_000, port=65_535, sn="1234567")) == (
        "Row 10000, port 65535, 1234567"
    )


@given(st.integers(min_value=-(10**12), max_value=10**12), LANG)
def test_number_when_whole_then_as_babel_groups_it(value: int, lang: Lang) -> None:
    shown = Text(lang).number(value)
    assert shown == format_decimal(value, locale=lang.replace("-", "_"))
    assert parse_decimal(shown, locale=lang.replace("-", "_"), strict=True) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (5.0, "5"),
        (0.00001, "0"),
        (2.5, "2.5"),
        (0.033333, "0.0333"),
        (99.99, "100"),
        (1000.0, "1,000"),
        (1234.5, "1,234"),
    ],
)
def test_number_when_measured_then_to_three_digits(value: float, shown: str) -> None:
    assert (EN.number(value), ZH.number(value)) == (shown, shown)


# --- lists


def test_text_when_a_value_is_a_list_then_with_the_comma_of_the_language() -> None:
    cells = msg("{cells} and {more} more", cells=("A2", "A7", rows(1200)), more=Count(1))
    assert EN(cells) == "A2, A7, 1,200 rows and 1 more"
    assert ZH(cells) == "A2、A7、1,200 行 及另外 1 处"
    assert EN(msg("{none}.", none=())) == "."


# --- lengths of time


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(0), "0 s", "0 秒"),
        (timedelta(seconds=0.5), "0.5 s", "0.5 秒"),
        (timedelta(seconds=30), "30 s", "30 秒"),
        (timedelta(seconds=90), "1 min 30 s", "1 分钟 30 秒"),
        (timedelta(minutes=10), "10 min", "10 分钟"),
        (timedelta(minutes=59, seconds=59.9), "1 h", "1 小时"),
        (timedelta(hours=15.7333), "15 h 44 min", "15 小时 44 分钟"),
        (timedelta(hours=24), "24 h", "24 小时"),
        (timedelta(days=2), "2 days", "2 天"),
        (timedelta(days=2, hours=3, minutes=10), "2 days 3 h", "2 天 3 小时"),
        (timedelta(days=1, hours=23, minutes=59, seconds=59), "2 days", "2 天"),
        (timedelta(days=1234), "1,234 days", "1,234 天"),
    ],
)
def test_span_when_shown_then_in_its_two_largest_units(length: timedelta, english: str, chinese: str) -> None:
    assert (EN(span(length)), ZH(span(length))) == (english, chinese)
    assert EN(msg("{wait}", wait=length)) == english


_SECONDS = {"s": 1, "min": 60, "h": 3600, "days": 86_400, "秒": 1, "分钟": 60, "小时": 3600, "天": 86_400}


@given(st.floats(min_value=0, max_value=10**8, allow_nan=False), LANG)
def test_span_when_read_again_then_off_by_half_of_its_smaller_unit_at_most(
    seconds: float, lang: Lang
) -> None:
    shown = Text(lang)(span(timedelta(seconds=seconds)))
    parts = re.findall(r"([\d.,]+) ([^\d ]+)", shown)
    assert " ".join(" ".join(part) for part in parts) == shown
    assert len(parts) <= 2
    read = sum(float(number.replace(",", "")) * _SECONDS[unit] for number, unit in parts)
    rounded_to = 0.11 if seconds < 60 else 1 if seconds < 3600 else 60 if seconds < 2 * 86_400 else 3600
    assert abs(read - seconds) <= rounded_to / 2 + 0.001


# --- what is paid for it


@pytest.mark.parametrize("sentence", ["msg('a {n}', n=Count(999))", "counted('a', 'b', n=2)", "span(DAY)"])
def test_english_when_shown_then_babel_is_not_loaded(sentence: str) -> None:
    """It takes 25 ms: `--help` and small runs go without."""
    code = (
        "import sys; from datetime import timedelta; from batchreset.text import *; DAY = timedelta(days=3); "
        f"Text()({sentence}); sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_count_when_compared_then_as_its_number() -> None:
    assert (Count(3), msg("{n}", n=Count(3))) == (3, msg("{n}", n=3))
