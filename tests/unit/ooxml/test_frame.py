from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import (
    ColumnLook,
    add_filter,
    column_looks,
    cut,
    filter_area,
    frame_of,
    freeze_below,
    is_protected,
    merged_areas,
    set_widths,
    table_relations,
    widen_dimension,
    widen_filter,
)
from batchreset.ooxml.outline import Draft, outline
from batchreset.ooxml.refs import Area
from batchreset.ooxml.scan import scan
from batchreset.ooxml.spots import Focus
from tests.unit.ooxml.sheets import sheet_xml

ROWS = '<row r="1"><c r="A1"/></row>'


def frame(head: str = "", tail: str = "", prefix: str = "") -> Draft:
    return frame_of(scan(io.BytesIO(sheet_xml("", head=head, tail=tail, prefix=prefix)), Focus(9, 1)))


def around(draft: Draft) -> str:
    """What goes before and behind the rows, without the root's tags."""
    head, tail = cut(draft)
    return (head + b"|" + tail).decode().partition(">\n")[2].partition(">")[2].replace("</worksheet>", "")


def test_cut_when_nothing_changed_then_head_and_tail_as_they_were() -> None:
    for rows in ("", ROWS):
        xml = sheet_xml(rows, head="<cols/>", tail="<extLst/>")
        scanned = scan(io.BytesIO(xml), Focus(9, 1))
        assert cut(frame_of(scanned)) == (scanned.head, scanned.tail)
    empty = sheet_xml("").replace(b"<sheetData></sheetData>", b"<sheetData/>")
    scanned = scan(io.BytesIO(empty), Focus(9, 1))
    assert cut(frame_of(scanned)) == (scanned.head, scanned.tail)


@pytest.mark.parametrize(
    ("said", "then"),
    [("A1:F9", "A1:N12"), ("A1", "A1:N12"), ("B1:Z40", "A1:Z40"), ("A:C", "A2:N12"), ("", "A2:N12")],
)
def test_widen_dimension_when_said_then_it_takes_the_area_in(said: str, then: str) -> None:
    draft = frame(f'<dimension ref="{said}"/>')
    widen_dimension(draft, Area(1, 2, 14, 12))
    assert around(draft) == f'<dimension ref="{then}"/>|</sheetData>'


def test_widen_dimension_when_not_said_then_still_not() -> None:
    draft = frame()
    widen_dimension(draft, Area(1, 2, 14, 12))
    assert around(draft) == "|</sheetData>"


OURS = '<col min="6" max="6" width="18.5" customWidth="1"/>'


@pytest.mark.parametrize(
    ("head", "before", "behind"),
    [
        ("<sheetPr/>", "<sheetPr/><cols>", ""),
        ('<cols><col min="2" max="3" style="4"/></cols>', '<cols><col min="2" max="3" style="4"/>', ""),
        (
            '<cols><col min="4" max="16384" hidden="1"></col></cols>',
            '<cols><col min="4" max="5" hidden="1"/>',
            '<col min="7" max="16384" hidden="1"/>',
        ),
        (
            '<cols><col min="6" max="6" width="9"/></cols><cols><col min="9" max="9"/></cols>',
            "<cols>",
            '<col min="9" max="9"/>',
        ),
    ],
)
def test_set_widths_when_columns_are_described_then_ours_are_taken_out_of_them(
    head: str, before: str, behind: str
) -> None:
    draft = frame(head)
    set_widths(draft, {6: 18.5})
    assert around(draft) == f"{before}{OURS}{behind}</cols>|</sheetData>"


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 12)), max_size=4),
    st.dictionaries(st.integers(1, 40), st.integers(5, 60), max_size=5),
)
def test_set_widths_when_any_columns_then_each_is_described_once(
    ranges: list[tuple[int, int]], widths: Mapping[int, int]
) -> None:
    at, cols = 1, ""
    for wanted, more in sorted(ranges):
        low = max(wanted, at)
        cols += f'<col min="{low}" max="{low + more}" width="{low}"/>'
        at = low + more + 1
    draft = frame(f"<cols>{cols}</cols>" if cols else "")
    before = column_looks(draft, 99)
    set_widths(draft, widths)
    head, tail = cut(draft)
    after = Draft(head + b"<sheetData>" + tail)
    assert column_looks(after, 99) == before | {
        c: ColumnLook(float(w), hidden=False) for c, w in widths.items()
    }
    listed = [one for cols in outline(after.xml).all("cols") for one in cols.children]
    taken = [c for one in listed for c in range(int(one.attributes["min"]), int(one.attributes["max"]) + 1)]
    assert taken == sorted(set(taken))


@pytest.mark.parametrize(
    "head",
    [
        "",  # what many a small exporter writes
        "<sheetPr/>",
        '<dimension ref="A1"/>',
        "<sheetFormatPr/>",
        '<cols><col min="1" max="2"/></cols>',
        '<sheetPr/><sheetViews><sheetView workbookViewId="0"/></sheetViews><sheetFormatPr/>',
    ],
)
def test_frame_when_little_is_there_then_what_comes_in_stands_in_the_order_of_the_schema(head: str) -> None:
    order = ["sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "autoFilter"]
    draft = frame(head, "<pageMargins/>")
    set_widths(draft, {6: 18.5})
    freeze_below(draft, 3)
    add_filter(draft, Area(1, 3, 6, 9))
    before, behind = cut(draft)
    names = [one.name for one in outline(before + b"<sheetData>" + behind).children]
    wanted = {"sheetViews", "cols", "sheetData", "autoFilter", *(one.name for one in draft.root.children)}
    assert names == [*(name for name in order if name in wanted), "pageMargins"]


def test_set_widths_when_a_column_is_described_by_nonsense_then_refused() -> None:
    with pytest.raises(UneditableError):
        set_widths(frame('<cols><col min="x" max="3"/></cols>'), {6: 1})


def test_filter_when_widened_then_only_its_right_edge_moves() -> None:
    draft = frame(tail='<autoFilter ref="A1:F9"><filterColumn colId="0"/></autoFilter>')
    assert filter_area(draft) == Area(1, 1, 6, 9)
    widen_filter(draft, 15)
    assert around(draft) == '|</sheetData><autoFilter ref="A1:O9"><filterColumn colId="0"/></autoFilter>'
    assert filter_area(frame()) is None


@pytest.mark.parametrize(
    ("tail", "protected"),
    [
        ('<sheetProtection sheet="1" objects="1"/>', True),
        ('<sheetProtection sheet="true"/>', True),
        ('<sheetProtection sheet="0"/>', False),
        ("<sheetProtection/>", False),
        ("", False),
    ],
)
def test_is_protected_when_said_then_so(tail: str, protected: bool) -> None:
    assert is_protected(frame(tail=tail)) is protected


def test_frame_when_prefixed_then_read_all_the_same() -> None:
    tail = (
        '<x:mergeCells><x:mergeCell ref="A1:B2"/><x:mergeCell ref="?"/></x:mergeCells>'
        '<x:tableParts xmlns:r="urn:r"><x:tablePart r:id="rId7"/></x:tableParts>'
    )
    draft = frame(tail=tail, prefix="x:")
    assert merged_areas(draft) == (Area(1, 1, 2, 2),)
    assert table_relations(draft) == ["rId7"]
    set_widths(draft, {2: 10})
    assert b'<x:cols><x:col min="2" max="2" width="10" customWidth="1"/></x:cols>' in cut(draft)[0]
