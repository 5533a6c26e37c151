"""What a workbook's package must be for Excel to open it without an offer to repair it (ECMA-376).

The rules are those our edits could break: Excel itself is not here to ask.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from batchreset.ooxml.refs import Area

WORKSHEET: Final = (
    "sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges "
    "scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr "
    "conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter "
    "rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing "
    "legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst"
)
WORKBOOK: Final = (
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups "
    "externalReferences definedNames calcPr oleSize customWorkbookViews pivotCaches smartTagPr smartTagTypes "
    "webPublishing fileRecoveryPr webPublishObjects extLst"
)
CHART: Final = {
    "chartSpace": "date1904 lang roundedCorners style clrMapOvr pivotSource protection chart spPr txPr "
    "externalData printSettings userShapes extLst",
    "chart": "title autoTitleDeleted pivotFmts view3D floor sideWall backWall plotArea legend plotVisOnly "
    "dispBlanksAs extLst",
    "barChart": "barDir grouping varyColors ser dLbls gapWidth overlap serLines axId extLst",
    "ser": "idx order tx spPr invertIfNegative pictureOptions dPt dLbls trendline errBars cat val shape "
    "extLst",
    "dPt": "idx invertIfNegative marker bubble3D explosion spPr pictureOptions extLst",
    "dLbls": "dLbl delete numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent "
    "showBubbleSize separator showLeaderLines leaderLines extLst",
    "catAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark "
    "minorTickMark tickLblPos spPr txPr crossAx crosses crossesAt auto lblAlgn lblOffset noMultiLvlLbl "
    "extLst",
    "valAx": "axId scaling delete axPos majorGridlines minorGridlines title numFmt majorTickMark "
    "minorTickMark tickLblPos spPr txPr crossAx crosses crossesAt crossBetween majorUnit minorUnit "
    "dispUnits extLst",
    "scaling": "logBase orientation max min extLst",
    "strCache": "ptCount pt extLst",
    "numCache": "formatCode ptCount pt extLst",
    "legend": "legendPos legendEntry layout overlay spPr txPr extLst",
    "title": "tx layout overlay spPr txPr extLst",
}


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def bounds(place: str) -> Area:
    """The corners of `A1:H9` or `$B$4`."""
    area = Area.parse(place)
    assert area
    return area


def in_order(element: Element, schema: str) -> bool:
    """Whether the children stand in the order of the schema; those it does not name are passed over."""
    order = schema.split()
    places = [order.index(local(child)) for child in element if local(child) in order]
    return places == sorted(places)


def assert_sound(path: Path) -> None:
    """The package hangs together, and each part of ours is as the schema wants it."""
    with zipfile.ZipFile(path) as book:
        assert book.testzip() is None
        names = book.namelist()
        assert len(names) == len({name.casefold() for name in names})
        xml = {
            name: fromstring(book.read(name), forbid_dtd=True)
            for name in names
            if name.endswith((".xml", ".rels"))
        }
    main = next(target for kind, target in links(xml["_rels/.rels"], "").values() if kind == "officeDocument")
    _assert_connected(names, xml)
    _assert_workbook(xml, main)
    formats = next((len(one) for part in xml.values() for one in part if local(one) == "cellXfs"), 1)
    for part in xml.values():
        if local(part) == "worksheet":
            assert in_order(part, WORKSHEET)
            used = {int(one.get("s", "0")) for one in part.iter() if local(one) == "c"}
            assert max(used, default=0) < formats
            _assert_cells(part)
        if local(part) == "chartSpace":
            for one in part.iter():
                if local(one) in CHART:
                    assert in_order(one, CHART[local(one)]), local(one)


def links(relations: Element, part: str) -> dict[str, tuple[str, str]]:
    """The relations inside the package: id → last word of the type, and the part it leads to."""
    found = {}
    for one in relations:
        if one.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), one.attrib["Target"]))
            found[one.attrib["Id"]] = (one.attrib["Type"].rpartition("/")[2], target.lstrip("/"))
    assert len({one.get("Id") for one in relations}) == len(relations)
    return found


def _assert_connected(names: list[str], xml: dict[str, Element]) -> None:
    types = xml["[Content_Types].xml"]
    overrides = {
        one.attrib["PartName"].lstrip("/").casefold(): one.attrib["ContentType"]
        for one in types
        if local(one) == "Override"
    }
    defaults = {
        one.attrib["Extension"].casefold(): one.attrib["ContentType"]
        for one in types
        if local(one) == "Default"
    }
    assert len(overrides) + len(defaults) == len(types)
    assert set(overrides) <= {name.casefold() for name in names}
    for name, content in xml.items():
        kind = overrides.get(name.casefold()) or defaults.get(name.rpartition(".")[2].casefold())
        assert kind or name == "[Content_Types].xml", name
        if name.endswith(".rels"):
            assert kind == "application/vnd.openxmlformats-package.relationships+xml", name
            folder, _, file = name.rpartition("_rels/")
            part = folder + file.removesuffix(".rels")
            assert not part or part in names, f"{name} belongs to nothing"
            for _, target in links(content, part).values():
                assert target in names, f"{name} leads to {target}, which is not there"


def _assert_workbook(xml: dict[str, Element], main: str) -> None:
    book = xml[main]
    assert in_order(book, WORKBOOK)
    folder, _, file = main.rpartition("/")
    known = links(xml[f"{folder}/_rels/{file}.rels"], main)
    listed = [one for part in book if local(part) == "sheets" for one in part]
    ids = [next(value for key, value in one.items() if key.endswith("}id")) for one in listed]
    assert len(set(ids)) == len(ids)
    assert set(ids) <= set(known)
    for attribute in ("sheetId", "name"):
        held = [one.attrib[attribute].casefold() for one in listed]
        assert len(set(held)) == len(held)
    assert all(len(one.attrib["name"]) <= 31 for one in listed)
    assert not any(re.search(r"[\[\]:*?/\\]", one.attrib["name"]) for one in listed)
    names = [one for part in book if local(part) == "definedNames" for one in part]
    keys = [(one.attrib["name"].casefold(), one.get("localSheetId")) for one in names]
    assert len(set(keys)) == len(keys)
    assert all(int(place) < len(listed) for _, place in keys if place is not None)
    for one in names:
        if one.attrib["name"] == "_xlnm._FilterDatabase":
            sheet = str(one.text).rpartition("!")[0].removeprefix("'").removesuffix("'").replace("''", "'")
            assert sheet == listed[int(one.attrib["localSheetId"])].attrib["name"]
    active = [int(one.get("activeTab", "0")) for part in book if local(part) == "bookViews" for one in part]
    assert all(tab < len(listed) for tab in active)


def _assert_cells(sheet: Element) -> None:
    rows = [one for part in sheet if local(part) == "sheetData" for one in part]
    numbers = [int(one.attrib["r"]) for one in rows if "r" in one.attrib]
    assert numbers == sorted(set(numbers))
    merged = [one.attrib["ref"] for part in sheet if local(part) == "mergeCells" for one in part]
    assert len(set(merged)) == len(merged)
    for view in (one for one in sheet.iter() if local(one) == "sheetView"):
        assert in_order(view, "pane selection pivotSelection extLst")
