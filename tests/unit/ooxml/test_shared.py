from __future__ import annotations

import io
from typing import Final
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml import markup
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.shared import shared_texts

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
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


def test_shared_texts_when_a_hint_is_in_one_not_asked_for_then_those_behind_it_are_read() -> None:
    name = '<si><t>姓名</t><rPh sb="0" eb="2"><t>xingming</t></rPh><phoneticPr fontId="1"/></si>'
    sn = '<si><t>SN0001</t><phoneticPr fontId="1" type="noConversion"/></si>'  # as a Chinese Excel writes it
    xml = f'<sst xmlns="{MAIN}">{name}{sn}</sst>'.encode()
    assert shared_texts(io.BytesIO(xml), {1}) == {1: "SN0001"}


def test_shared_texts_when_damaged_then_told() -> None:
    with pytest.raises(UneditableError):
        shared_texts(io.BytesIO(SHARED[:-20]))


PLAIN = st.text(st.sampled_from("ab漢 .+_x\n")).map(lambda text: f"<si><t>{text}</t></si>")
KINDS = PLAIN | st.sampled_from(
    [
        '<si><t xml:space="preserve"> kept </t></si>',
        "<si><t>a &amp; b &lt;c&gt; &quot;d&quot; &apos;e&apos; &amp;lt;</t></si>",
        "<si><t>&#65;&#x6F22;</t></si>",
        "<si/>",
        "<si><t/></si>",
        "<si><t></t></si>",
        "<si ><t >spaced</t ></si >",
        "<si><r><t>ri</t></r><r><t>ch</t></r></si>",
        "<si><t>read</t><rPh sb='0' eb='1'><t>hint</t></rPh></si>",
        "<si><t><![CDATA[<si><t>no text of its own</t></si>]]></t></si>",
        "<!-- <si><t>no text</t></si> --><!--</si>--><si><t>behind</t></si>",
        "\n<si>\n<t>two\r\nlines</t>\n</si>\r\n",
        f"<si><t>{'long ' * 40}</t></si>",
    ]
)


@given(st.lists(KINDS, max_size=30), st.integers(1, 90), st.data())
def test_shared_texts_when_of_any_kind_and_in_pieces_then_as_another_parser_reads_them(
    kinds: list[str], size: int, data: st.DataObject
) -> None:
    xml = f'<sst xmlns="{MAIN}"><!-- <si><t>not yet</t></si> -->{"".join(kinds)}</sst>'
    said = [_text(one) for one in fromstring(xml).iter(f"{{{MAIN}}}si")]  # noqa: S314 - our own
    wanted = data.draw(st.none() | st.sets(st.integers(0, max(len(said) - 1, 0))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "CHUNK_BYTES", size)
        found = shared_texts(io.BytesIO(xml.encode()), wanted)
    assert found == {at: text for at, text in enumerate(said) if wanted is None or at in wanted}


def test_shared_texts_when_a_comment_behind_an_empty_one_is_cut_then_no_text_of_it_is_read() -> None:
    xml = f'<sst xmlns="{MAIN}"><si/><!-- <si><t>no text</t></si> --><si><t>one</t></si></sst>'
    for size in range(1, len(xml)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(markup, "CHUNK_BYTES", size)
            assert shared_texts(io.BytesIO(xml.encode())) == {0: "", 1: "one"}


def _text(shared: Element) -> str:
    hints = {id(one) for hint in shared.iter(f"{{{MAIN}}}rPh") for one in hint.iter(f"{{{MAIN}}}t")}
    return "".join(one.text or "" for one in shared.iter(f"{{{MAIN}}}t") if id(one) not in hints)


def test_shared_texts_when_one_is_no_utf8_then_told() -> None:
    plain = f'<sst xmlns="{MAIN}">'.encode() + b"<si><t>a</t></si><si><t>\xff</t></si><si><t>b</t></si></sst>"
    with pytest.raises(UneditableError):
        shared_texts(io.BytesIO(plain))


def test_shared_texts_when_behind_the_last_one_wanted_then_nothing_is_read() -> None:
    part = io.BytesIO(f'<sst xmlns="{MAIN}">'.encode() + b"<si><t>a</t></si>" * 100_000)
    assert shared_texts(part, {2}) == {2: "a"}
    assert part.tell() == markup.CHUNK_BYTES
