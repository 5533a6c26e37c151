from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.texts import MAX_UNITS, escaped, fit, guarded, unescaped

ANY_TEXT = st.text(st.characters() | st.sampled_from("_x0041_x005F_&<>\"'=\n\r\t"))


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("plain", "plain"),
        ("a\x00b\x1fc\x85", "abc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud800lone\udfff", "lone"),
        ("好😀", "好😀"),
        ("x" * MAX_UNITS, "x" * MAX_UNITS),
        ("x" * (MAX_UNITS + 1), "x" * (MAX_UNITS - 1) + "…"),
        ("😀" * MAX_UNITS, "😀" * ((MAX_UNITS - 1) // 2) + "…"),
        ("x" + "😀" * MAX_UNITS, "x" + "😀" * ((MAX_UNITS - 2) // 2) + "…"),
    ],
)
def test_fit_when_any_text_then_as_a_cell_can_hold_it(text: str, held: str) -> None:
    assert fit(text) == held


@given(ANY_TEXT)
def test_escaped_when_read_as_xml_and_unescaped_then_the_same_text(text: str) -> None:
    held = fit(text)
    element = fromstring(f'<t a="{escaped(held)}">{escaped(held)}</t>')  # noqa: S314 - our own
    assert unescaped(element.text or "") == held


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("_x0041_", "_x005F_x0041_"),
        ("_x004", "_x004"),
        ("__x0041_", "__x005F_x0041_"),
        ("_xZZZZ_", "_xZZZZ_"),
    ],
)
def test_guarded_when_it_looks_like_an_escape_then_it_no_longer_is_one(text: str, safe: str) -> None:
    assert guarded(text) == safe
    assert unescaped(safe) == text


def test_unescaped_when_a_pair_stands_for_one_character_then_that() -> None:
    assert unescaped("_xD83D__xDE00_ _x000D_") == "😀 \r"
