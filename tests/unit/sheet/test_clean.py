"""What is mended without asking, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.sheet.clean import clean, code_point, is_blank, visible
from tests.unit.sheet.build import FORMULA, cell


@pytest.mark.parametrize(
    ("raw", "mended"),
    [
        ("A1", "A1"),
        ("  A1\t", "A1"),
        ("２１０２ＡＢ＿", "2102AB_"),
        ("\ufeff21\u200b02\u2060", "2102"),
        ("\u202e2102\u202c", "2102"),
        ("21\xad02", "2102"),
        ("21\x0002", "2102"),
        ("\u3000A\u00a0B\u2003", "A B"),
        ("li＠example．com", "li@example.com"),
        ("ｱ", "ア"),
        ("a\nb", "a\nb"),
    ],
)
def test_clean_when_it_cannot_change_the_meaning_then_it_mends(raw: str, mended: str) -> None:
    assert clean(raw) == mended


@pytest.mark.parametrize("text", ["①", "Ⅷ", "²", "ﬁ", "–", "О", "'A", "a\nb", "1 2", "2.1E+19"])
def test_clean_when_it_would_be_guessing_then_it_leaves_the_text(text: str) -> None:
    assert clean(text) == text


@given(st.text())
def test_clean_when_done_twice_then_nothing_changes(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_visible_when_something_cannot_be_seen_then_it_is_written_out() -> None:
    assert visible("A\u200b\u00a01 é") == "A‹U+200B›‹U+00A0›1 é"


def test_code_point_when_small_then_it_has_four_digits() -> None:
    assert code_point("–") == "U+2013"
    assert code_point("a") == "U+0061"


def test_blank_when_only_invisible_characters_stand_in_a_cell_then_it_is() -> None:
    assert is_blank(cell(None))
    assert is_blank(cell(" \u200b\u00a0"))


@given(st.text())
def test_blank_when_a_cell_holds_any_text_then_it_is_where_nothing_is_left_when_cleaned(text: str) -> None:
    assert is_blank(cell(text)) == (not clean(text))


def test_blank_when_a_formula_has_no_value_then_it_is_not() -> None:
    assert not is_blank(FORMULA)
    assert not is_blank(cell(0))
