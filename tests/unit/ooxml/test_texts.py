from __future__ import annotations

import io
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.texts import MAX_UNITS, escaped, fit, guarded, shared_texts, unescaped

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


SHARED = (
    b'<x:sst xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="9">'
    b"<x:si><x:t>plain</x:t></x:si>"
    b"<x:si><x:r><x:rPr><x:b/></x:rPr><x:t>ri</x:t></x:r><x:r><x:t>ch </x:t></x:r></x:si>"
    b"<x:si><x:t>\xe6\xbc\xa2</x:t><x:rPh sb='0' eb='1'><x:t>kan</x:t></x:rPh></x:si>"
    b"<x:si/><x:si><x:t/></x:si><x:si><x:t><![CDATA[<raw>]]>&amp;</x:t></x:si></x:sst>"
)


def test_shared_texts_when_all_are_asked_for_then_by_number() -> None:
    found = shared_texts(io.BytesIO(SHARED))
    assert found == {0: "plain", 1: "rich ", 2: "漢", 3: "", 4: "", 5: "<raw>&"}


def test_shared_texts_when_some_are_asked_for_then_only_those() -> None:
    assert shared_texts(io.BytesIO(SHARED), {1, 99}) == {1: "rich "}


def test_shared_texts_when_damaged_then_told() -> None:
    with pytest.raises(UneditableError):
        shared_texts(io.BytesIO(SHARED[:-20]))
