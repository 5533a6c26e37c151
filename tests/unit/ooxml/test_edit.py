"""New cells in a sheet's XML: exact bytes for each odd shape, and what must hold for any sheet."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.edit import Cells, NewRow, SheetEdit, SheetEditor
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import cut, frame_of
from batchreset.ooxml.markup import prefix_of
from batchreset.ooxml.rows import restyled
from batchreset.ooxml.scan import scan
from batchreset.ooxml.spots import Focus, RowSpot, Scanned
from batchreset.ooxml.verify import verify
from tests.unit.ooxml.sheets import cells_in, sheet_xml, sheets, texted

FAR = Focus(20, 1)


def edited(
    xml: bytes,
    new: Mapping[int, Mapping[int, str]],
    columns: tuple[int, ...],
    focus: Focus = FAR,
    new_row: NewRow | None = None,
) -> bytes:
    """The sheet with new cells in some rows: row → column → markup."""
    scanned = scan(io.BytesIO(xml), focus)

    def cells(spot: RowSpot) -> Cells | None:
        return new.get(spot.number)

    head, tail = cut(frame_of(scanned))
    edit = SheetEdit(columns, cells, head, tail, new_row)
    editor = SheetEditor(scanned, edit)
    made = b"".join(editor.stream(io.BytesIO(xml)))
    accept(xml, made, scanned, editor, edit)
    return made


def accept(old: bytes, new: bytes, scanned: Scanned, editor: SheetEditor, edit: SheetEdit) -> None:
    """What was written reads back as it was meant to."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "old", Path(folder) / "new"
        for path, content in ((source, old), (target, new)):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("sheet.xml", content)
        with zipfile.ZipFile(source) as archive:
            verify(archive, target, "sheet.xml", scanned, edit, editor.written, {})


NEW = '<c r="D2"><v>1</v></c>'


@pytest.mark.parametrize(
    ("rows", "then"),
    [
        (
            '<row r="2" spans="1:2"><c r="A2"><v>7</v></c></row>',
            '<row r="2" spans="1:4"><c r="A2"><v>7</v></c><c r="D2"><v>1</v></c></row>',
        ),
        (
            '<row r="2" spans="1:2 9:9"><c r="A2"><v>7</v></c><c r="I2"><v>8</v></c></row>',
            '<row r="2" spans="1:9"><c r="A2"><v>7</v></c><c r="D2"><v>1</v></c><c r="I2"><v>8</v></c></row>',
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
        new = {1: {4: '<c r="D1"/>', 5: ""}}
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
    made = edited(sheet_xml(rows.format("")), {}, (4,), new_row=NewRow(number, {4: cell}))
    assert made == sheet_xml(rows.format(f'<row r="{number}">{cell}</row>'))


def test_edited_when_the_sheet_has_no_rows_at_all_then_it_is_opened_for_a_new_one() -> None:
    xml = sheet_xml("", prefix="x:").replace(b"<x:sheetData></x:sheetData>", b"<x:sheetData/>")
    new = NewRow(1, {4: '<x:c r="D1"/>'})
    assert edited(xml, {}, (4,), new_row=new) == sheet_xml('<x:row r="1"><x:c r="D1"/></x:row>', prefix="x:")
    assert edited(xml, {}, (4,)) == xml


def test_edited_when_a_chunk_ends_anywhere_then_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" spans="1:1"/><row r="3"><c r="A3"/></row >'
    xml = sheet_xml(rows, head="<dimension ref='A1'/>", tail="<pageMargins/>")
    new = {1: {4: '<c r="D1"/>'}, 2: {4: NEW}, 3: {4: '<c r="D3"/>'}}
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
    new = {row: {column: markup.get((row, column), "") for column in ours} for row in rows & there}
    after = cells_in(edited(xml, new, ours, focus))
    before = {at: cell for at, cell in cells_in(xml).items() if at[0] not in new or at[1] not in columns}
    assert after == before | {at: ("1", text) for at, text in wanted.items()}


ROW = '<row r="2" spans="1:2"><c r="A2" s="3" t="s"><v>7</v></c><c r="B2"/><c><f>1+1</f><v>2</v></c></row>'


def restyled_sheet(styles: Mapping[int, int], new: Mapping[int, str] | None = None) -> tuple[bytes, bytes]:
    """A sheet, and the same with other looks in row 2 and perhaps a new cell."""
    xml = sheet_xml(ROW)
    scanned = scan(io.BytesIO(xml), FAR)
    edit = SheetEdit((4,), lambda _: new, *cut(frame_of(scanned)), styles={2: styles})
    return xml, b"".join(SheetEditor(scanned, edit).stream(io.BytesIO(xml)))


@pytest.mark.parametrize(
    ("styles", "then"),
    [
        ({1: 9}, '<c r="A2" s="9" t="s"><v>7</v></c><c r="B2"/><c r="C2"><f>1+1</f><v>2</v></c>'),
        ({2: 9}, '<c r="A2" s="3" t="s"><v>7</v></c><c s="9" r="B2"/><c r="C2"><f>1+1</f><v>2</v></c>'),
        ({3: 0}, '<c r="A2" s="3" t="s"><v>7</v></c><c r="B2"/><c s="0" r="C2"><f>1+1</f><v>2</v></c>'),
        (
            {5: 8},
            '<c r="A2" s="3" t="s"><v>7</v></c><c r="B2"/><c r="C2"><f>1+1</f><v>2</v></c><c r="E2" s="8"/>',
        ),
    ],
)
def test_edit_when_cells_get_other_looks_then_nothing_else_of_them_changes(
    styles: dict[int, int], then: str
) -> None:
    xml, new = restyled_sheet(styles)
    spans = f'"1:{max(2, *styles)}"'
    assert new == xml.replace(ROW.encode(), f'<row r="2" spans={spans}>{then}</row>'.encode())


def test_edit_when_a_row_gets_looks_and_a_cell_then_it_has_both() -> None:
    _, new = restyled_sheet({1: 9}, {4: NEW})
    assert b'<c r="A2" s="9" t="s"><v>7</v></c><c r="B2"/><c r="C2"><f>1+1</f><v>2</v></c>' in new
    assert new.index(b'<c r="C2">') < new.index(NEW.encode())


@pytest.mark.parametrize(
    ("old", "other"),
    [
        (b"<v>7</v>", b"<v>8</v>"),
        (b"<f>1+1</f>", b""),
        (b' t="s"', b""),
        (b's="9"', b's="3"'),
        (b'<c r="F2" s="9"/>', b""),
    ],
)
def test_verify_when_a_cell_with_another_look_holds_something_else_then_seen(
    tmp_path: Path, old: bytes, other: bytes
) -> None:
    xml = sheet_xml(ROW)
    scanned = scan(io.BytesIO(xml), FAR)
    edit = SheetEdit((4,), lambda _: {4: NEW}, *cut(frame_of(scanned)), styles={2: {1: 9, 6: 9}})
    editor = SheetEditor(scanned, edit)
    new = b"".join(editor.stream(io.BytesIO(xml)))
    assert old in new
    for name, content in (("old", xml), ("right", new), ("wrong", new.replace(old, other, 1))):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("sheet.xml", content)
    with zipfile.ZipFile(tmp_path / "old") as source:
        verify(source, tmp_path / "right", "sheet.xml", scanned, edit, editor.written, {})
        with pytest.raises(UneditableError):
            verify(source, tmp_path / "wrong", "sheet.xml", scanned, edit, editor.written, {})


def test_verify_when_putting_looks_on_loses_a_value_then_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def losing(row: bytes, number: int, styles: Mapping[int, int]) -> bytes:
        return restyled(row, number, styles).replace(b"<v>7</v>", b"<v>8</v>")

    for module in ("edit", "verify"):  # what compares must not rely on what writes
        monkeypatch.setattr(f"batchreset.ooxml.{module}.restyled", losing)
    xml = sheet_xml(ROW)
    scanned = scan(io.BytesIO(xml), FAR)
    edit = SheetEdit((4,), lambda _: None, *cut(frame_of(scanned)), styles={2: {1: 9}})
    editor = SheetEditor(scanned, edit)
    for name, content in (("old", xml), ("new", b"".join(editor.stream(io.BytesIO(xml))))):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("sheet.xml", content)
    with zipfile.ZipFile(tmp_path / "old") as source, pytest.raises(UneditableError):
        verify(source, tmp_path / "new", "sheet.xml", scanned, edit, editor.written, {})
