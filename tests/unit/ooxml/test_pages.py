from __future__ import annotations

import pytest
from defusedxml.ElementTree import fromstring

from batchreset.ooxml.charts import Bars, Paint, Series, chart_xml, drawing_xml
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import add_filter, freeze_below
from batchreset.ooxml.names import FILTER, DefinedNames
from batchreset.ooxml.outline import Draft
from batchreset.ooxml.pages import Page, absolute, page_xml, quoted_name
from batchreset.ooxml.refs import Area
from batchreset.ooxml.styles import Face, Styles
from tests.sound import CHART, WORKSHEET, in_order, local

STYLES = (
    b'<styleSheet xmlns="m"><fonts count="1"><font><sz val="9"/><name val="Song"/></font></fonts>'
    b'<fills count="1"><fill/></fills><borders count="1"><border/></borders>'
    b'<cellXfs count="1"><xf fontId="0"/></cellXfs></styleSheet>'
)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def full_page() -> Page:
    page = Page({1: 20, 2: 8}, filtered=Area(1, 1, 2, 3), footer="&Lx & y")
    page.put(1, 1, "=1 <&> _x0041_", Face(bold=True))
    page.spread(2, 1, 2, 0.5, Face(number_format=9))
    page.heights[2] = 30
    page.links[1, 1] = "'a \"b\"'!A1"
    return page


def test_page_when_all_is_in_it_then_its_elements_are_in_the_schemas_order() -> None:
    root = fromstring(page_xml(full_page(), Styles(STYLES), "rId1"))
    assert in_order(root, WORKSHEET)
    assert {local(child) for child in root} >= {"autoFilter", "mergeCells", "hyperlinks", "drawing"}
    texts = [one.text for one in root.iter() if local(one) == "t"]
    assert texts == ["=1 <&> _x005F_x0041_"]
    assert [one.text for one in root.iter() if local(one) == "v"] == ["0.5"]
    assert not [one for one in root.iter() if local(one) == "f"]


def test_page_when_the_workbook_has_no_styles_then_its_cells_name_none() -> None:
    root = fromstring(page_xml(full_page(), None, None))
    assert not [one for one in root.iter() if local(one) == "c" and one.get("s")]


def test_face_when_asked_for_again_then_nothing_more_is_added() -> None:
    face = Face(
        size=16, bold=True, underlined=True, fill="FFEEDD", ruled=True, wrapped=True, quoted=True, indent=1
    )
    first = Styles(STYLES)
    number = first.face(face)
    again = Styles(first.done())
    assert (number, again.face(face), again.done()) == (1, 1, first.done())
    assert b'<b/><u/><sz val="16"/><color rgb="FF000000"/><name val="Song"/>' in first.done()
    assert b'quotePrefix="1"' in first.done()


def test_face_when_the_part_is_too_bare_then_there_is_no_style() -> None:
    assert Styles(b'<styleSheet xmlns="m"><fonts><font/></fonts></styleSheet>').face(Face()) == -1


@pytest.mark.parametrize(
    ("name", "quoted"), [("Site A", "'Site A'"), ("Lee's", "'Lee''s'"), ("汇总", "'汇总'")]
)
def test_quoted_name_when_a_formula_names_the_sheet_then_its_quotes_are_doubled(
    name: str, quoted: str
) -> None:
    assert quoted_name(name) == quoted


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (Area(1, 2, 28, 9), "$A$2:$AB$9"),
        (Area(3, 3, 3, 3), "$C$3"),
        (Area(16384, 1, 16384, 7), "$XFD$1:$XFD$7"),
    ],
)
def test_absolute_when_an_area_is_named_then_for_good(area: Area, said: str) -> None:
    assert absolute(area) == said


@pytest.mark.parametrize("stacked", [False, True])
def test_chart_when_made_then_its_elements_are_in_the_schemas_order(stacked: bool) -> None:
    series = Series(
        "'S'!$B$1", "Rows & more", "'S'!$B$2:$B$3", [90, 1], Paint("112233", "pct25"), [Paint("445566")]
    )
    chart = Bars(
        "A < B", Area(4, 1, 8, 9), "'S'!$A$2:$A$3", ["x", "y"], [series, series] if stacked else [series]
    )
    root = fromstring(chart_xml(chart))
    found = {local(one) for one in root.iter()}
    assert found >= {"barChart", "catAx", "valAx", "dPt", "strCache", "numCache", "pattFill"}
    for one in root.iter():
        if local(one) in CHART:
            assert in_order(one, CHART[local(one)]), local(one)
    assert ("legend" in found, "dLbl" in found) == (stacked, stacked)
    assert "A < B" in [one.text for one in root.iter()]
    frames = [one for one in fromstring(drawing_xml([chart, chart])).iter() if local(one) == "graphicFrame"]
    assert len(frames) == 2


LOCAL = '<definedName name="n" localSheetId="0">x</definedName>'
BOOK = f'<workbook xmlns="{SPREADSHEET}"><sheets><sheet name="A"/></sheets>%s<calcPr/></workbook>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '<definedNames><definedName name="n">A!$A$1 &amp; B</definedName></definedNames>'),
        (
            "<definedNames/>",
            '<definedNames><definedName name="n">A!$A$1 &amp; B</definedName></definedNames>',
        ),
        (
            f"<definedNames>{LOCAL}</definedNames>",
            f'<definedNames>{LOCAL}<definedName name="n">A!$A$1 &amp; B</definedName></definedNames>',
        ),
        (
            '<definedNames><definedName name="n">x</definedName></definedNames>',
            '<definedNames><definedName name="n">A!$A$1 &amp; B</definedName></definedNames>',
        ),
    ],
)
def test_name_when_set_then_it_stands_once_and_where_the_schema_wants_it(before: str, after: str) -> None:
    draft = Draft((BOOK % before).encode())
    names = DefinedNames(draft)
    names.set("n", "A!$A$1 & B")
    names.flush()
    assert draft.done().decode() == BOOK % after


def test_name_when_a_program_has_shown_it_then_it_is_hidden_again() -> None:
    draft = Draft(
        (BOOK % '<definedNames><definedName name="n" hidden="false">x</definedName></definedNames>').encode()
    )
    DefinedNames(draft).set("n", "x", hidden=True)
    assert b'hidden="1">x<' in draft.done()


def test_name_when_nothing_is_set_then_the_part_is_as_it_was() -> None:
    draft = Draft((BOOK % "").encode())
    DefinedNames(draft).flush()
    assert draft.done() == draft.xml


def test_name_when_the_workbook_lists_no_sheets_then_refused() -> None:
    names = DefinedNames(Draft(f'<workbook xmlns="{SPREADSHEET}"/>'.encode()))
    names.set(FILTER, "x", sheet=0)
    with pytest.raises(UneditableError):
        names.flush()


SHEET = f'<worksheet xmlns="{SPREADSHEET}">%s<sheetData/>%s</worksheet>'


@pytest.mark.parametrize(
    "before", ["", "<dimension/>", "<sheetPr/><dimension/>", "<sheetViews><sheetView/></sheetViews><cols/>"]
)
@pytest.mark.parametrize("behind", ["", "<mergeCells/>", "<sheetProtection/><mergeCells/>"])
def test_sheet_when_given_filter_and_frozen_rows_then_in_the_schemas_order(before: str, behind: str) -> None:
    frame = Draft((SHEET % (before, behind)).encode())
    freeze_below(frame, 3)
    add_filter(frame, Area(1, 3, 9, 12))
    root = fromstring(frame.done())
    assert in_order(root, WORKSHEET)
    pane = next(one for one in root.iter() if local(one) == "pane")
    assert pane.attrib == {"ySplit": "3", "topLeftCell": "A4", "activePane": "bottomLeft", "state": "frozen"}
    assert [one.get("ref") for one in root if local(one) == "autoFilter"] == ["A3:I12"]


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (Area(3, 3, 4, 4), True),
        (Area(2, 2, 3, 3), True),
        (Area(5, 1, 6, 9), False),
        (Area(1, 5, 9, 6), False),
    ],
)
def test_areas_when_a_cell_is_in_both_then_they_meet(other: Area, meets: bool) -> None:
    assert Area(3, 3, 4, 4).meets(other) is meets is other.meets(Area(3, 3, 4, 4))
