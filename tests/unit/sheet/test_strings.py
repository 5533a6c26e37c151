"""Texts as workbooks write them."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.sheet import strings
from batchreset.sheet.package import TooMuch
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell
from batchreset.sheet.strings import shared_cells, unescaped

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def texts(items: str, space: str = MAIN) -> list[RawCell]:
    return shared_cells(io.BytesIO(f'<sst xmlns="{space}">{items}</sst>'.encode()))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2102_x", "2102_x"),
        ("_x0041_", "A"),
        ("a_x000D_b", "a\rb"),
        ("_x005F_x0041_", "_x0041_"),
        ("_x00e9_", "é"),
        ("_x41_", "_x41_"),
        ("_X0041_", "_X0041_"),
        ("_x0041__x0042_", "AB"),
    ],
)
def test_text_when_escaped_then_it_is_read_as_excel_does(written: str, text: str) -> None:
    assert unescaped(written) == text


@given(st.text(st.characters(max_codepoint=0xFFFF)))
def test_text_when_every_character_is_escaped_then_it_is_the_same(text: str) -> None:
    assert unescaped("".join(f"_x{ord(char):04X}_" for char in text)) == text


@pytest.mark.parametrize("space", [MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"])
def test_texts_when_shared_then_each_is_one_cell_in_order(space: str) -> None:
    items = (
        "<si><t>SN</t></si><si/><si><t/></si>"
        "<si><r><t>21</t></r><r><rPr/><t>02</t></r></si>"
        '<si><t>杭州</t><rPh sb="0" eb="2"><t>こう</t></rPh></si>'
        '<si><t xml:space="preserve"> a </t></si>'
    )

    assert texts(items, space) == [
        RawCell(CellKind.TEXT, "SN"),
        BLANK_CELL,
        BLANK_CELL,
        RawCell(CellKind.TEXT, "2102"),
        RawCell(CellKind.TEXT, "杭州"),
        RawCell(CellKind.TEXT, " a "),
    ]


def test_texts_when_elements_are_of_another_namespace_then_they_are_not_texts() -> None:
    assert texts('<si><t>a</t><x:t xmlns:x="urn:x">b</x:t></si>') == [RawCell(CellKind.TEXT, "a")]


def test_texts_when_there_are_more_than_cells_can_be_then_reading_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strings, "MAX_TEXTS", 3)

    assert len(texts("<si/>" * 3)) == 3
    with pytest.raises(TooMuch):
        texts("<si/>" * 4)
