from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml import markup
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import (
    Source,
    new_parser,
    open_tag,
    opened,
    parse,
    prefix_of,
    with_attributes,
    without_attribute,
)


@pytest.mark.parametrize(
    ("tag", "changed"),
    [
        (b'<c r="A1" s="3">', b'<c r="A1" s="9">'),
        (b"<c r='A1'  s = '3'/>", b"<c r='A1' s=\"9\"/>"),
        (b'<x:c r="A1"/>', b'<x:c s="9" r="A1"/>'),
        (b"<c>", b'<c s="9">'),
        (b"""<c ss="s='1'" s="3">""", b"""<c ss="s='1'" s="9">"""),
        (b'<c x:s="3">', b'<c s="9" x:s="3">'),
    ],
)
def test_with_attributes_when_set_then_only_that_one_differs(tag: bytes, changed: bytes) -> None:
    assert with_attributes(tag, {"s": "9"}) == changed


def test_without_attribute_when_there_then_gone_and_else_the_same() -> None:
    assert without_attribute(b'<row r="1" spans="1:2" ht="3">', "spans") == b'<row r="1" ht="3">'
    assert without_attribute(b'<row r="1">', "spans") == b'<row r="1">'


@pytest.mark.parametrize(
    ("tag", "first", "last"),
    [
        (b'<row r="5"/>', b'<row r="5">', b"</row>"),
        (b'<x:row r="5" />', b'<x:row r="5">', b"</x:row>"),
        (b"<a/>", b"<a>", b"</a>"),
    ],
)
def test_opened_when_an_empty_element_then_both_tags(tag: bytes, first: bytes, last: bytes) -> None:
    assert opened(tag) == (first, last)


def test_open_tag_when_a_value_holds_a_bracket_then_it_ends_behind_the_quote() -> None:
    assert open_tag(b"""<c t="a>b" u='">'/>tail""")[0] == b"""<c t="a>b" u='">'/>"""


def test_prefix_of_when_there_is_one_then_with_its_colon() -> None:
    assert (prefix_of(b"<x:sheetData>"), prefix_of(b"<sheetData/>")) == (b"x:", b"")


@pytest.mark.parametrize(
    "xml",
    [
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<?xml version="1.0" encoding="GB2312"?><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        b"<a>",
        b"<a/><b/>",
        b"",
        b"<a>\xff</a>",
    ],
)
def test_parse_when_the_xml_is_not_to_be_trusted_then_refused(xml: bytes) -> None:
    with pytest.raises(UneditableError):
        parse(new_parser(), io.BytesIO(xml))


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_source_when_read_in_steps_then_all_bytes_once(content: bytes, steps: list[int]) -> None:
    source = Source(io.BytesIO(content))
    stops = sorted(step for step in steps if step <= len(content))
    taken = [source.take(stop) for stop in stops]
    assert b"".join([*taken, source.rest()]) == content


def test_source_when_chunks_are_small_then_pieces_go_over_their_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "CHUNK_BYTES", 3)
    source = Source(io.BytesIO(b"<row>abc</row><row/>"))
    assert source.take(8) == b"<row>abc"
    assert source.take_tag(b"</row") == b"</row>"
    assert source.take_tag(b"</row") == b""
    source.skip(16)
    assert source.rest() == b"ow/>"


def test_source_when_the_part_ends_too_soon_then_told() -> None:
    with pytest.raises(UneditableError):
        Source(io.BytesIO(b"abc")).take(4)
