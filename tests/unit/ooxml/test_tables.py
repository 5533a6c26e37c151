from __future__ import annotations

import pytest

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import Draft
from batchreset.ooxml.refs import Area
from batchreset.ooxml.tables import ListObject, can_take_in, read_table, rename, take_in
from tests.unit.ooxml.sheets import MAIN

XML = (
    f'<table xmlns="{MAIN}" id="3" name="T" displayName="Devices" ref="B2:C9" totalsRowCount="1">'
    '<autoFilter ref="B2:C8"/><tableColumns count="2"><tableColumn id="4" name="SN"/>'
    '<tableColumn id="9" name="Line_x000a_two"><totalsRowFormula>1</totalsRowFormula></tableColumn>'
    '</tableColumns><tableStyleInfo name="x"/></table>'
)


def read(xml: str = XML) -> tuple[Draft, ListObject]:
    draft = Draft(xml.encode())
    table = read_table("t.xml", draft)
    assert table is not None
    return draft, table


def test_read_table_when_usual_then_its_place_and_names() -> None:
    assert read()[1] == ListObject(
        "t.xml", "Devices", Area(2, 2, 3, 9), ("SN", "Line\ntwo"), has_header=True, fixed=False
    )
    assert read_table("t.xml", Draft(XML.replace("B2:C9", "B:C").encode())) is None


def test_take_in_when_it_can_then_range_filter_and_columns_are_wider() -> None:
    draft, table = read()
    titles = {4: 'A & "B"', 5: "结果"}
    assert can_take_in(table, titles)
    take_in(draft, titles)
    assert draft.done().decode() == (
        XML.replace("B2:C9", "B2:E9")
        .replace("B2:C8", "B2:E8")
        .replace('count="2"', 'count="4"')
        .replace(
            "</tableColumns>",
            '<tableColumn id="10" name="A &amp; &quot;B&quot;"/>'
            '<tableColumn id="11" name="结果"/></tableColumns>',
        )
    )
    assert read(draft.done().decode())[1].names == ("SN", "Line\ntwo", 'A & "B"', "结果")


@pytest.mark.parametrize(
    ("old", "new", "titles"),
    [
        ("", "", {5: "Result"}),
        ("", "", {3: "Result"}),
        ("", "", {4: "Result", 6: "Reason"}),
        ("", "", {4: "sn"}),
        ("totalsRowCount", 'headerRowCount="0" totalsRowCount', {4: "Result"}),
        (' ref="B2', ' tableType="queryTable" ref="B2', {4: "Result"}),
        ('id="9"', 'id="9" queryTableFieldId="1"', {4: "Result"}),
        ("B2:C9", "B2:D9", {5: "Result"}),
    ],
)
def test_can_take_in_when_anything_stands_against_it_then_not(
    old: str, new: str, titles: dict[int, str]
) -> None:
    assert not can_take_in(read(XML.replace(old, new, 1) if old else XML)[1], titles)


def test_rename_when_headings_change_then_the_columns_do_and_nothing_else() -> None:
    draft, table = read()
    rename(draft, table, {3: "Reason", 9: "far"})
    assert draft.done().decode() == XML.replace("Line_x000a_two", "Reason")
    draft, table = read()
    rename(draft, table, {2: "SN"})
    assert draft.done().decode() == XML


def test_rename_when_two_columns_would_have_one_name_then_refused() -> None:
    draft, table = read()
    with pytest.raises(UneditableError):
        rename(draft, table, {3: "sn"})
