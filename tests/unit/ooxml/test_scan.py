from __future__ import annotations

import io

import pytest

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.scan import scan, scan_head
from batchreset.ooxml.spots import NO_STYLE, Focus, Raw
from tests.unit.ooxml.sheets import MAIN, sheet_xml

ROWS = (
    '<row r="1"><c r="A1" t="inlineStr" s="2">'
    "<is><t>S</t><rPh><t>hint</t></rPh><r><t>N</t></r></is></c></row>"
    '<row r="3"><c r="A3" t="s"><v>4</v></c><c r="C3" s="5"><f>A1</f><v>6</v></c><c r="E3" s="9"/></row>'
    '<row r="4"><c r="A4"/></row>'
    '<row r="50" ht="3"><c r="A50" s="1"/></row>'
    '<row r="60"><c r="B60"><f>NOW()</f></c></row>'
)


def test_scan_when_rows_hold_things_then_each_is_told_with_its_bytes() -> None:
    xml = sheet_xml(ROWS, head="<cols/>", tail="<pageMargins/>")
    found = scan(io.BytesIO(xml), Focus(3, 1))
    assert [spot.number for spot in found.spots] == [1, 3, 60]
    first, third, last = found.spots
    assert xml[first.start : first.close].startswith(b'<row r="1"><c r="A1"')
    assert xml[first.close :].startswith(b'</row><row r="3">')
    assert (first.key, third.key, last.key) == (Raw("inlineStr", "SN", 2), Raw("s", "4", 0), None)
    assert (first.style, third.style, third.last) == (2, 5, 5)
    assert found.cells == {
        (1, 1): Raw("inlineStr", "SN", 2),
        (3, 1): Raw("s", "4", 0),
        (3, 3): Raw("n", "6", 5),
    }
    assert (found.width, sorted(found.formulas), found.implicit) == (3, [2, 3], False)
    assert found.odd == {1}  # what rich texts are made of is not told apart: the row is only read twice
    assert found.head + found.data_tag + xml[found.body : found.body_end] + found.tail == xml
    assert (found.tail, found.space) == (b"</sheetData><pageMargins/></worksheet>", MAIN)


def test_scan_when_columns_are_watched_then_it_is_told_where_they_begin_and_end() -> None:
    cells = '<c r="A1" s="1"><v>1</v></c><c r="C1" s="2"><v>2</v></c><c r="D1"/><c r="F1"><v>3</v></c>'
    xml = sheet_xml(f'<row r="1">{cells}</row><row r="2"><c r="C2"/></row><row r="3"/>')
    one, two, three = scan(io.BytesIO(xml), Focus(9, 1, 3, 5)).spots
    assert xml[one.cut : one.resume] == b'<c r="C1" s="2"><v>2</v></c><c r="D1"/>'
    assert (one.style, one.filled, one.last) == (1, True, 6)
    assert (two.style, two.filled, xml[two.cut : two.resume]) == (NO_STYLE, False, b'<c r="C2"/>')
    assert three.cut == three.resume == three.close
    assert scan(io.BytesIO(xml), Focus(9, 1, 3, 6)).width == 1


def test_scan_when_there_is_something_else_in_a_row_then_the_row_is_odd() -> None:
    xml = sheet_xml('<row r="1"><c r="A1"><v>1</v></c><extLst/></row><row r="2"><c r="A2"/></row>')
    assert scan(io.BytesIO(xml), Focus(9, 1)).odd == {1}


def test_scan_when_places_are_not_said_then_they_follow_each_other() -> None:
    xml = sheet_xml("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>")
    found = scan(io.BytesIO(xml), Focus(9, 2))
    assert found.implicit
    assert sorted(found.cells) == [(1, 1), (1, 2), (2, 1)]


def test_scan_head_when_the_rows_are_through_then_the_rest_is_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("batchreset.ooxml.scan.CHUNK_BYTES", 64)
    part = io.BytesIO(sheet_xml(ROWS + "<row r='61'/>" * 100, tail="<broken"))
    assert sorted(scan_head(part, 3)) == [(1, 1), (3, 1), (3, 3)]
    assert part.tell() < 700


def test_scan_head_when_there_are_fewer_rows_then_all_of_them() -> None:
    assert sorted(scan_head(io.BytesIO(sheet_xml(ROWS)), 99)) == [(1, 1), (3, 1), (3, 3)]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"/><row r="1"/>',
        '<row r="1"/><row r="1"/>',
        '<row r="0"/>',
        '<row r="1048577"/>',
        '<row r="x"/>',
        '<row r="1"><row r="2"/></row>',
        '<row r="1"><c r="B1"/><c r="A1"/></row>',
        '<row r="1"><c r="A1"/><c r="A1"/></row>',
        '<row r="1"><c r="A2"/></row>',
        '<row r="10"><c r="A11"/></row>',
        '<row r="1"><c r="XFE1"/></row>',
        '<row r="1"><c r="1"/></row>',
        '<row r="1"><c r="$A$1"/></row>',
    ],
)
def test_scan_when_rows_or_cells_are_not_in_order_then_refused(rows: str) -> None:
    with pytest.raises(UneditableError, match="order"):
        scan(io.BytesIO(sheet_xml(rows)), Focus(9, 1))


@pytest.mark.parametrize(
    "xml",
    [
        f'<chartsheet xmlns="{MAIN}"/>'.encode(),
        b"<worksheet><sheetData/></worksheet>",
        f'<worksheet xmlns="{MAIN}"/>'.encode(),
        f'<worksheet xmlns="{MAIN}"><x><sheetData/></x></worksheet>'.encode(),
        sheet_xml("")[:-5],
    ],
)
def test_scan_when_it_is_no_whole_sheet_then_refused(xml: bytes) -> None:
    with pytest.raises(UneditableError):
        scan(io.BytesIO(xml), Focus(9, 1))
