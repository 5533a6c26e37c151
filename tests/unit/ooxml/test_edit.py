"""New cells in a sheet's XML: exact bytes for each odd shape, and what must hold for any sheet."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.edit import Cells, NewRow, SheetEdit, SheetEditor
from batchreset.ooxml.frame import cut, frame_of
from batchreset.ooxml.markup import prefix_of
from batchreset.ooxml.scan import scan
from batchreset.ooxml.spots import Focus, RowSpot
from tests.unit.ooxml.sheets import cells_in, sheet_xml, sheets, texted

FAR = Focus(20, 1)


def edited(
    xml: bytes,
    new: Mapping[int, Mapping[int, bytes]],
    columns: tuple[int, ...],
    focus: Focus = FAR,
    new_row: NewRow | None = None,
) -> bytes:
    """The sheet with new cells in some rows: row → column → markup."""
    scanned = scan(io.BytesIO(xml), focus)

    def cells(spot: RowSpot) -> Cells | None:
        return new.get(spot.number)

    head, tail = cut(frame_of(scanned))
    editor = SheetEditor(scanned, SheetEdit(columns, cells, head, tail, new_row))
    return b"".join(editor.stream(io.BytesIO(xml)))


NEW = b'<c r="D2"><v>1</v></c>'


@pytest.mark.parametrize(
    ("rows", "then"),
    [
        (
            '<row r="2" spans="1:2"><c r="A2"><v>7</v></c></row>',
            '<row r="2" spans="1:4"><c r="A2"><v>7</v></c><c r="D2"><v>1</v></c></row>',
        ),
        ('<row r="2"/>', '<row r="2"><c r="D2"><v>1</v></c></row>'),
        ('<row r="2"></row>', '<row r="2"><c r="D2"><v>1</v></c></row>'),
        (
            '<row r="2"><c r="A2"><v>7</v></c><c r="E2" s="1"/></row>',
            '<row r="2"><c r="A2"><v>7</v></c><c r="D2"><v>1</v></c><c r="E2" s="1"/></row>',
        ),
        (
            '<row r="2"><c r="A2"><v>7</v></c><c r="D2" s="1"/><!-- e --><c r="E2" s="1"/></row>',
            '<row r="2"><c r="A2"><v>7</v></c><c r="D2"><v>1</v></c><!-- e --><c r="E2" s="1"/></row>',
        ),
        (
            '<row r="2"><c r="A2"/><!-- <c r="E2"/> --><extLst><ext/></extLst></row>',
            '<row r="2"><c r="A2"/><c r="D2"><v>1</v></c><!-- <c r="E2"/> --><extLst><ext/></extLst></row>',
        ),
        (
            '<row/><row><c/><c/><c/><c s="2"/><c s="3"/></row>',
            '<row/><row><c r="A2"/><c r="B2"/><c r="C2"/><c r="D2"><v>1</v></c><c r="E2" s="3"/></row>',
        ),
    ],
)  # fmt: skip
def test_edited_when_a_row_has_some_shape_then_the_cell_is_in_its_place_and_all_else_as_it_was(
    rows: str, then: str
) -> None:
    assert edited(sheet_xml(rows), {2: {4: NEW}}, (4,)) == sheet_xml(then)


def test_edited_when_there_are_old_cells_in_the_columns_then_replaced_or_left_out() -> None:
    old = '<row r="1"><c r="A1"><v>1</v></c>{}<c r="F1"><v>6</v></c></row>'
    xml = sheet_xml(old.format('<c r="D1"><v>4</v></c><c r="E1"><v>5</v></c>'))
    for focus in (FAR, Focus(20, 1, 4, 5)):
        assert edited(xml, {1: {}}, (4, 5), focus) == sheet_xml(old.format(""))
        new = {1: {4: b'<c r="D1"/>', 5: b""}}
        assert edited(xml, new, (4, 5), focus) == sheet_xml(old.format('<c r="D1"/>'))


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        ('<row r="1"><c r="A1"/></row>{}<row r="4"/>', 2),
        ("{}<row r='3'/>", 2),
        ("<row r='1'/>{}<!-- c --><row r='4'/>", 3),
        ('<row r="1"></row >{}', 2),
    ],
)
def test_edited_when_a_row_is_new_then_behind_the_one_above(rows: str, number: int) -> None:
    cell = f'<c r="D{number}"><v>1</v></c>'
    made = edited(sheet_xml(rows.format("")), {}, (4,), new_row=NewRow(number, {4: cell.encode()}))
    assert made == sheet_xml(rows.format(f'<row r="{number}">{cell}</row>'))


def test_edited_when_the_sheet_has_no_rows_at_all_then_it_is_opened_for_a_new_one() -> None:
    xml = sheet_xml("", prefix="x:").replace(b"<x:sheetData></x:sheetData>", b"<x:sheetData/>")
    new = NewRow(1, {4: b'<x:c r="D1"/>'})
    assert edited(xml, {}, (4,), new_row=new) == sheet_xml('<x:row r="1"><x:c r="D1"/></x:row>', prefix="x:")
    assert edited(xml, {}, (4,)) == xml


def test_edited_when_a_chunk_ends_anywhere_then_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" spans="1:1"/><row r="3"><c r="A3"/></row >'
    xml = sheet_xml(rows, head="<dimension ref='A1'/>", tail="<pageMargins/>")
    new = {1: {4: b'<c r="D1"/>'}, 2: {4: NEW}, 3: {4: b'<c r="D3"/>'}}
    whole = edited(xml, new, (4,))
    for size in range(1, 40):
        for module in ("markup", "scan", "edit"):
            monkeypatch.setattr(f"batchreset.ooxml.{module}.CHUNK_BYTES", size)
        assert edited(xml, new, (4,)) == whole


@given(
    xml=sheets(),
    columns=st.sets(st.integers(1, 12), min_size=1, max_size=4),
    rows=st.sets(st.integers(1, 12), max_size=6),
    watched=st.booleans(),
    texts=st.data(),
)
def test_edited_when_any_sheet_then_new_cells_are_in_their_places_and_all_others_as_they_were(
    xml: bytes, columns: set[int], rows: set[int], watched: bool, texts: st.DataObject
) -> None:
    ours = tuple(sorted(columns))
    focus = Focus(20, 1, ours[0], ours[-1]) if watched else FAR
    prefix = prefix_of(scan(io.BytesIO(xml), focus).data_tag).decode()
    there = {spot.number for spot in scan(io.BytesIO(xml), focus).spots}
    wanted = {
        (row, column): f"new {row} {column}"
        for row in sorted(rows & there)
        for column in ours
        if texts.draw(st.booleans())
    }
    markup = texted(prefix, wanted)
    new = {row: {column: markup.get((row, column), b"") for column in ours} for row in rows & there}
    after = cells_in(edited(xml, new, ours, focus))
    before = {at: cell for at, cell in cells_in(xml).items() if at[0] not in new or at[1] not in columns}
    assert after == before | {at: ("1", text) for at, text in wanted.items()}
