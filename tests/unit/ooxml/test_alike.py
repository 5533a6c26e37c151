"""Rows of known forms are told of as the parser tells of them."""

from __future__ import annotations

import io
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.alike import FORMS_MAX, form_of
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.scan import scan
from batchreset.ooxml.spots import Focus, Scanned
from batchreset.sheet.raw import letter
from tests.unit.ooxml.sheets import sheet_xml

TEXTS = st.sampled_from(["", "7", "SN 1", "ü序", "&amp;", "<!-- c -->", "<![CDATA[<]]>", "1.5E+3"])
FOCUSES = st.builds(Focus, st.integers(0, 3), st.integers(1, 4)) | st.builds(
    Focus, st.integers(0, 3), st.integers(1, 4), st.integers(2, 3), st.integers(3, 5)
)


def looked_through(xml: bytes, focus: Focus, *, forms: int, chunk: int) -> Scanned | str:
    """What `scan` finds when it may learn so many forms; the reason where it refuses."""
    with (
        patch("batchreset.ooxml.alike.FORMS_MAX", forms),
        patch("batchreset.ooxml.scan.CHUNK_BYTES", chunk),
    ):
        try:
            return scan(io.BytesIO(xml), focus)
        except UneditableError as error:
            return error.why.msgid


@st.composite
def cell(draw: st.DrawFn) -> str:
    """What a cell is but for its place: `%s` stands for its reference, `~` for its text."""
    p, attributes = "{p}", draw(st.sampled_from(["", ' s="3"', ' s="2" t="s"', ' t="inlineStr"', " s='1'"]))
    content = draw(
        st.sampled_from([
            "", f"<{p}v>~</{p}v>", f"<{p}is><{p}t>~</{p}t></{p}is>", f"<{p}f>A1</{p}f><{p}v>~</{p}v>",
            f'<{p}is><{p}t xml:space="preserve">~</{p}t></{p}is>',
        ])
    )  # fmt: skip
    if not content and draw(st.booleans()):
        return f'<{p}c r="%s"{attributes}/>'
    return f'<{p}c r="%s"{attributes}>{content}</{p}c>'


@st.composite
def lists(draw: st.DrawFn) -> bytes:
    """Sheets of many rows of few forms, here and there with one in no order or with something between."""
    p = draw(st.sampled_from(["", "x:"]))
    columns = sorted(draw(st.sets(st.integers(1, 6), max_size=5)))
    forms = [[(column, draw(cell())) for column in columns] for _ in range(draw(st.integers(1, 3)))]
    marks = draw(st.sampled_from(["", ' spans="1:6"', ' ht="20" x:d="1>2"', ' xmlns:y="u"']))
    rows, number = [], 0
    for _ in range(draw(st.integers(0, 14))):
        number += draw(st.sampled_from([1, 1, 1, 1, 2, 9, 0]))
        made = "".join(
            (one % f"{letter(column)}{number}").replace("~", draw(TEXTS))
            for column, one in draw(st.sampled_from(forms))
        )
        between = draw(st.sampled_from(["", "", "", "\n", f"<!-- <{p}row r='1'> -->"]))
        rows.append(f'<{p}row r="{number}"{marks}>{made}</{p}row>{between}'.replace("{p}", p))
    xml = sheet_xml("".join(rows), prefix=p, head=f"<{p}cols/>", tail=f"<{p}pageMargins/>")
    return xml if p else xml.replace(b"<worksheet ", b'<worksheet xmlns:x="u" ')


@given(lists(), FOCUSES, st.sampled_from([17, 64, 301, 1 << 18]))
def test_scan_when_rows_are_alike_then_it_finds_what_the_parser_finds(
    xml: bytes, focus: Focus, chunk: int
) -> None:
    plain = looked_through(xml, focus, forms=0, chunk=1 << 18)
    assert looked_through(xml, focus, forms=FORMS_MAX, chunk=chunk) == plain


def long_list(rows: int, text: str = "7") -> bytes:
    return sheet_xml(
        "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{text}</v></c></row>' for n in range(1, rows + 1))
    )


@pytest.mark.parametrize("chunk", [100, 1 << 18])
def test_scan_when_rows_are_alike_then_the_parser_gets_few_of_them(chunk: int) -> None:
    with (
        patch("batchreset.ooxml.alike.form_of", wraps=form_of) as learning,
        patch("batchreset.ooxml.scan.CHUNK_BYTES", chunk),
    ):
        found = scan(io.BytesIO(long_list(50)), Focus(0, 1))
        few = learning.call_count
        scan(io.BytesIO(long_list(50).replace(b' t="s"', b"", 25)), Focus(0, 1))
    assert (few, learning.call_count) == (1, 3), "a row of another form is one to learn from"
    assert [spot.number for spot in found.spots] == list(range(1, 51))


@pytest.mark.parametrize("last", ['<row r="9"><c r="A9" t="s"><v>7</v></c></row>', '<row r="50">'])
def test_scan_when_a_row_alike_is_out_of_order_then_refused(last: str) -> None:
    xml = long_list(50).replace(b"</sheetData>", last.encode() + b"</sheetData>")
    with pytest.raises(UneditableError):
        scan(io.BytesIO(xml), Focus(0, 1))


def test_scan_when_the_key_of_a_row_alike_is_no_utf_8_then_refused() -> None:
    xml = long_list(9).replace(b'<c r="A7" t="s"><v>7', b'<c r="A7" t="s"><v>\xff')
    with pytest.raises(UneditableError):
        scan(io.BytesIO(xml), Focus(0, 1))
