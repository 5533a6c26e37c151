from __future__ import annotations

import pytest

from batchreset.ooxml import styles
from batchreset.ooxml.outline import outline
from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.styles import Look, Styles
from tests.unit.ooxml.sheets import MAIN

XML = f"""<?xml version="1.0"?>
<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="000000"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><i/><sz val="9"/><color theme="0"/>
<name val="Arial"/><family val="2"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill>
<fill><patternFill patternType="gray125"/></fill></fills>
<borders count="2"><border/><border><left style="thin"/></border></borders>
<cellXfs count="2"><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="14" fontId="1" fillId="1" borderId="1" xfId="0">
<alignment horizontal="right" vertical="center"/></xf></cellXfs>
<dxfs count="0"/></styleSheet>""".encode()


def shelf(xml: bytes, name: str) -> list[str]:
    root = outline(xml)
    listed = root.first(name)
    assert listed is not None
    assert listed.attributes["count"] == str(len(listed.children))
    return [xml[child.start : child.end].decode() for child in listed.children]


def test_styles_when_a_look_is_added_then_made_from_its_model_and_the_old_ones_stay() -> None:
    known = Styles(XML)
    assert known.number(1, Look(text=True, quoted=True, ink="112233", fill="AABBCC")) == 2
    new = known.done()
    assert shelf(new, "cellXfs")[:2] == shelf(XML, "cellXfs")
    assert shelf(new, "cellXfs")[2] == (
        '<xf numFmtId="49" fontId="2" fillId="2" borderId="1" xfId="0" quotePrefix="1" applyNumberFormat="1" '
        'applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
        '<alignment horizontal="left" vertical="center"/></xf>'
    )
    assert shelf(new, "fonts")[2:] == [
        '<font><sz val="9"/><color rgb="FF112233"/><name val="Arial"/><family val="2"/></font>'
    ]
    assert "AABBCC" in shelf(new, "fills")[2]
    assert shelf(new, "borders") == shelf(XML, "borders")


def test_styles_when_a_heading_then_all_of_its_models_looks_or_bold() -> None:
    known = Styles(XML)
    looks = [known.number(model, Look(text=True, heading=True)) for model in (1, 0, NO_STYLE)]
    assert looks == [2, 3, 3]
    like_model, bold = shelf(known.done(), "cellXfs")[2:]
    assert 'numFmtId="49" fontId="1" fillId="1" borderId="1"' in like_model
    assert '<alignment horizontal="right" vertical="center"/>' in like_model
    assert 'fontId="2" fillId="0" borderId="0"' in bold
    assert shelf(known.done(), "fonts")[2] == '<font><b/><sz val="11"/><name val="Calibri"/></font>'


def test_styles_when_asked_again_then_nothing_more_is_added() -> None:
    looks = [(model, Look(text=True, fill=fill)) for model in (0, 1, 99) for fill in (None, "AABBCC")]
    once = Styles(XML)
    numbers = [once.number(*look) for look in looks]
    again = Styles(once.done())
    assert [again.number(*look) for look in looks] == numbers
    assert again.done() == once.done()
    assert len(set(numbers)) == 4  # a style that is not there is the first


def test_styles_when_nothing_is_added_then_the_same_bytes() -> None:
    assert Styles(XML).done() == XML


def test_styles_when_prefixed_then_what_is_added_is_too() -> None:
    import re

    xml = re.sub(rb"<(/?)(?!\?)", rb"<\1x:", XML).replace(b"xmlns=", b"xmlns:x=")
    known = Styles(xml)
    known.number(1, Look(fill="AABBCC"))
    assert shelf(known.done(), "cellXfs")[2].startswith("<x:xf ")
    assert b"<x:patternFill" in known.done()


@pytest.mark.parametrize("gone", ["fonts", "fills", "borders", "cellXfs"])
def test_styles_when_the_part_is_too_bare_then_no_style(gone: str) -> None:
    xml = XML.replace(f"<{gone} ".encode(), f"<no{gone} ".encode()).replace(
        f"</{gone}>".encode(), f"</no{gone}>".encode()
    )
    known = Styles(xml)
    assert known.number(1, Look(fill="AABBCC")) == NO_STYLE
    assert known.done() == xml


def test_styles_when_there_is_no_room_for_more_then_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(styles, "MAX_STYLES", 3)
    known = Styles(XML)
    assert [known.number(0, Look()), known.number(1, Look())] == [2, NO_STYLE]


def test_number_format_when_built_in_or_own_then_its_number_or_its_code() -> None:
    known = Styles(XML)
    assert [known.number_format(style) for style in (0, 1, 99)] == ["000000", 14, "000000"]
    assert [known.has_border(style) for style in (0, 1)] == [False, True]


def test_parts_when_asked_for_then_documents_of_their_own() -> None:
    parts = Styles(XML).parts(1)
    assert sorted(parts) == ["alignment", "border", "fill", "font"]
    assert outline(parts["font"]).space == MAIN
    assert [child.name for child in outline(parts["font"]).children] == [
        "b",
        "i",
        "sz",
        "color",
        "name",
        "family",
    ]


@pytest.mark.parametrize("none", ['<patternFill patternType="none"/>', "<patternFill/>", "<patternFill />"])
def test_styles_when_a_fill_is_taken_away_then_the_one_that_is_none_is_used(none: str) -> None:
    known = Styles(XML.replace(b'<patternFill patternType="none"/>', none.encode()))
    marked = known.refilled(0, known.fill(0).replace("", '<patternFill patternType="solid"/>', 1))
    assert known.refilled(marked, known.fill(0)) in (0, 3)
    assert "<fill/>" not in shelf(known.done(), "fills")


def test_styles_when_no_fill_of_the_part_is_none_then_one_that_is_none_is_added() -> None:
    known = Styles(XML.replace(b'patternType="none"', b'patternType="gray0625"'))
    known.refilled(1, "")
    assert shelf(known.done(), "fills")[2] == '<fill><patternFill patternType="none"/></fill>'
