"""Feature-rich workbooks, as people send them: made with XlsxWriter, and by hand where it can't.

Each has the sheet `Terminals` with the rows of `of_each_status` (tests/unit/report/build.py): header in
row 1, SN in column B, rows 2 to 9. What else is in it must come back as it was.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tests.makers.books import rewrite

SNS: Final = ("SN0002", "SN0003", "SN0004", "SN0005", "SN0006", None, "SN0002", "SN0009")
HEADERS: Final = ("Site", "SN", "Mobile", "E-mail", "Installed", "Age")
COLUMNS: Final = len(HEADERS)
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT: Final = {
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    ),
    b"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties": (
        b"http://purl.oclc.org/ooxml/officeDocument/extendedProperties"
    ),
    b"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes": (
        b"http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes"
    ),
    b"http://schemas.openxmlformats.org/drawingml/2006/main": b"http://purl.oclc.org/ooxml/drawingml/main",
}

Maker = Callable[[Path], Path]


def rich_books() -> dict[str, Maker]:
    """All makers by the name of what is special about each."""
    return {
        "charts": charts,
        "pictures": pictures,
        "table": table,
        "sparklines": sparklines,
        "validations": validations,
        "formulas": formulas,
        "filter": filtered,
        "macros": macros,
        "layout": layout,
        "inline": inline,
        "threaded-comments": threaded_comments,
        "slicers": slicers,
        "labels": labels,
        "strict": strict,
        "prefixed": prefixed,
        "controls": controls,
        "query-table": query_table,
        "attached": attached,
        "bare": bare,
        "declared": declared,
        "far": far,
        "phonetic": phonetic,
    }


def _book(path: Path, more: Callable[[Any, Any], None], **options: object) -> Path:
    """A workbook with the common rows; `more(book, sheet)` adds what is special."""
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", **options})
    sheet = book.add_worksheet("Terminals")
    bold = book.add_format({"bold": True, "bg_color": "#224466", "font_color": "#FFFFFF", "border": 1})
    edged = book.add_format({"border": 1, "valign": "vcenter", "font_name": "Arial", "font_size": 9})
    sheet.write_row(0, 0, HEADERS, bold)
    for row, sn in enumerate(SNS, start=1):
        sheet.write_string(row, 0, f"Site {row + 1}")
        if sn is not None:
            sheet.write_string(row, 1, sn, edged)
        sheet.write_string(row, 2, "13800138000")
        sheet.write_string(row, 3, "lee@example.com")
        sheet.write_datetime(row, 4, date(2025, 1, row))
        sheet.write_formula(row, 5, f"=TODAY()-E{row + 1}", edged, 687 - row)
    notes = book.add_worksheet("Notes")
    notes.write_string("A1", "keep me")
    notes.write_formula("A2", "=Terminals!F2*2", None, 1372)
    more(book, sheet)
    book.close()
    return path


def charts(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        for kind, cell in (("column", "A12"), ("pie", "H12")):
            chart = book.add_chart({"type": kind})
            chart.add_series({"categories": "=Terminals!$A$2:$A$9", "values": "=Terminals!$F$2:$F$9"})
            sheet.insert_chart(cell, chart)
        book.add_chartsheet("Overview").set_chart(_series(book.add_chart({"type": "line"})))

    return _book(path, more)


def _series(chart: Any) -> Any:
    chart.add_series({"values": "=Terminals!$F$2:$F$9"})
    return chart


def pictures(path: Path) -> Path:
    def more(_book: Any, sheet: Any) -> None:
        sheet.insert_image("A12", "logo.png", {"image_data": io.BytesIO(_png()), "description": "logo"})
        sheet.set_header("&L&G", {"image_left": "logo.png", "image_data_left": io.BytesIO(_png())})
        sheet.embed_image("A11", "logo.png", {"image_data": io.BytesIO(_png())})
        sheet.insert_textbox("H12", "Ring before you come.")

    return _book(path, more)


def table(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        columns = [{"header": header} for header in HEADERS]
        columns[4] |= {"format": book.add_format({"num_format": "yyyy-mm-dd"})}
        sheet.add_table("A1:F9", {"name": "Devices", "columns": columns, "style": "Table Style Medium 4"})

    return _book(path, more)


def sparklines(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        sheet.add_sparkline("F11", {"range": "Terminals!F2:F9", "markers": True})
        sheet.conditional_format("F2:F9", {"type": "data_bar", "data_bar_2010": True})
        sheet.conditional_format("E2:E9", {"type": "icon_set", "icon_style": "3_arrows"})
        red = book.add_format({"bg_color": "#FFC7CE"})
        sheet.conditional_format("B2:B9", {"type": "duplicate", "format": red})

    return _book(path, more)


def validations(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        sheet.data_validation(
            "A2:A9", {"validate": "list", "source": ["Site 1", "Site 2"], "show_input": True}
        )
        sheet.data_validation("C2:C99", {"validate": "custom", "value": "=LEN(C2)>5"})
        sheet.write_comment("B2", "Behind the door.", {"author": "lee"})
        sheet.write_url("A11", "https://example.com/", string="intranet")
        sheet.write_rich_string("A12", "plain ", book.add_format({"bold": True}), "bold")
        sheet.ignore_errors({"number_stored_as_text": "C1:C99"})

    return _book(path, more)


def formulas(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        book.define_name("Ages", "=Terminals!$F$2:$F$9")
        sheet.write_array_formula("A11:A12", "{=F2:F3*2}", None, 1372)
        sheet.write_dynamic_array_formula("C11", "=SORT(F2:F9)", None, 679)
        sheet.write_formula("E11", '=IF(SUM(Ages)>0,"yes","no")', None, "yes")
        sheet.write_formula("E12", "=NA()", None, "#N/A")
        sheet.write_boolean("E13", True)
        sheet.write_formula("E14", "=LAMBDA(x, x+1)(1)", None, 2)

    chain = f'<calcChain xmlns="{_MAIN}"><c r="F2" i="1"/><c r="F3" i="1"/></calcChain>'
    made = _book(path.with_name(f"bare-{path.name}"), more)
    return _with_part(made, path, "xl/calcChain.xml", chain, "xl/workbook.xml", "calcChain")


def filtered(path: Path) -> Path:
    def more(_book: Any, sheet: Any) -> None:
        sheet.autofilter("A1:F9")
        sheet.filter_column_list("A", [f"Site {row}" for row in (2, 3, 5, 6, 7, 8, 9)])
        sheet.set_row(3, options={"hidden": True})
        sheet.freeze_panes(1, 2)
        sheet.print_area("A1:F9")
        sheet.repeat_rows(0)

    return _book(path, more)


def macros(path: Path) -> Path:
    project = path.with_name("vbaProject.bin")
    project.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 8)

    def more(book: Any, sheet: Any) -> None:
        book.add_vba_project(str(project))
        sheet.insert_button("H2", {"macro": "Ring", "caption": "Ring"})

    return _book(path.with_suffix(".xlsm"), more)


def layout(path: Path) -> Path:
    def more(book: Any, sheet: Any) -> None:
        grey = book.add_format({"bg_color": "#DDDDDD", "border": 1})
        sheet.set_column("A:XFD", 14)
        sheet.set_row(2, 30, grey)
        for column in range(COLUMNS, COLUMNS + 12):
            sheet.write_blank(3, column, None, grey)
            sheet.write_blank(20, column, None, grey)
        sheet.set_row(4, None, None, {"level": 1})
        sheet.set_row(5, None, None, {"level": 1})
        sheet.merge_range("A11:E11", "Sites of the north", grey)
        sheet.set_margins(1, 1)
        sheet.set_footer("&P")
        sheet.set_background(io.BytesIO(_png()))
        sheet.insert_checkbox("A13", True)
        sheet.set_tab_color("red")

    return _book(path, more)


def inline(path: Path) -> Path:
    return _book(path, lambda _book, _sheet: None, constant_memory=True)


def threaded_comments(path: Path) -> Path:
    made = validations(path.with_name(f"bare-{path.name}"))
    person = (
        '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<person displayName="Lee" id="{D1F9A2A0-0000-4000-8000-000000000001}" userId="lee" '
        'providerId="None"/></personList>'
    )
    thread = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
        '<threadedComment ref="B2" dT="2026-01-02T03:04:05.00" '
        'personId="{D1F9A2A0-0000-4000-8000-000000000001}" id="{D1F9A2A0-0000-4000-8000-000000000002}">'
        "<text>Is it plugged in?</text></threadedComment></ThreadedComments>"
    )
    half = path.with_name(f"half-{path.name}")
    _with_part(made, half, "xl/persons/person.xml", person, "xl/workbook.xml", "person")
    sheet = "xl/worksheets/sheet1.xml"
    return _with_part(
        half, path, "xl/threadedComments/threadedComment1.xml", thread, sheet, "threadedComment"
    )


def slicers(path: Path) -> Path:
    made = table(path.with_name(f"bare-{path.name}"))
    x14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
    x15 = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"
    cache = (
        f'<slicerCacheDefinition xmlns="{x14}" name="Slicer_Site" sourceName="Site"><extLst>'
        f'<x:ext xmlns:x="{_MAIN}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}" xmlns:x15="{x15}">'
        '<x15:tableSlicerCache tableId="1" column="1"/></x:ext></extLst></slicerCacheDefinition>'
    )
    slicer = (
        f'<slicers xmlns="{x14}"><slicer name="Site" cache="Slicer_Site" caption="Site" rowHeight="241300"/>'
        "</slicers>"
    )
    half = path.with_name(f"half-{path.name}")
    _with_part(made, half, "xl/slicerCaches/slicerCache1.xml", cache, "xl/workbook.xml", "slicerCache")
    sheet = "xl/worksheets/sheet1.xml"
    full = path.with_name(f"full-{path.name}")
    _with_part(half, full, "xl/slicers/slicer1.xml", slicer, sheet, "slicer")
    extension = (
        f'<extLst><ext uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}" xmlns:x14="{x14}"><x14:slicerList '
        f'xmlns:r="{_RELS}"><x14:slicer r:id="rIdAdded"/></x14:slicerList></ext></extLst></worksheet>'
    )
    return _edited(full, path, {sheet: lambda xml: xml.replace(b"</worksheet>", extension.encode())})


def labels(path: Path) -> Path:
    def more(book: Any, _sheet: Any) -> None:
        name = "MSIP_Label_00000000-0000-4000-8000-000000000000_Enabled"
        book.set_custom_property(name, "true")
        book.set_custom_property("Reviewed", datetime(2026, 1, 2))  # noqa: DTZ001 - Excel's dates have no zone

    made = _book(path.with_name(f"bare-{path.name}"), more)
    label = (
        '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata">'
        '<clbl:label id="{00000000-0000-4000-8000-000000000000}" enabled="1" method="Privileged" '
        'siteId="{00000000-0000-4000-8000-000000000001}" contentBits="0" removed="0"/></clbl:labelList>'
    )
    half = path.with_name(f"half-{path.name}")
    _with_part(made, half, "docMetadata/LabelInfo.xml", label, "", "classificationlabels")
    item = '<site xmlns="urn:example:site"><name>Hangzhou</name></site>'
    return _with_part(half, path, "customXml/item1.xml", item, "xl/workbook.xml", "customXml")


def strict(path: Path) -> Path:
    made = filtered(path.with_name(f"bare-{path.name}"))

    def change(xml: bytes) -> bytes:
        for usual, other in _STRICT.items():
            xml = xml.replace(usual, other)
        return xml

    with zipfile.ZipFile(made) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
    changes = dict.fromkeys(names, change)
    changes["xl/workbook.xml"] = lambda xml: change(xml).replace(
        b"<workbook ", b'<workbook conformance="strict" '
    )
    return _edited(made, path, changes)


def prefixed(path: Path) -> Path:
    """As the Open XML SDK writes: every name prefixed, and the main type given to all `.xml` parts."""
    made = filtered(path.with_name(f"bare-{path.name}"))

    def change(xml: bytes) -> bytes:
        import re

        xml = xml.replace(f'xmlns="{_MAIN}"'.encode(), f'xmlns:x="{_MAIN}"'.encode())
        return re.sub(rb"<(/?)(?!\?)(?=[A-Za-z]+[\s/>])", rb"<\1x:", xml)

    def types(xml: bytes) -> bytes:
        main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        xml = xml.replace(b'<Override PartName="/xl/workbook.xml" ContentType="' + main + b'"/>', b"")
        return xml.replace(
            b'<Default Extension="xml" ContentType="application/xml"/>',
            b'<Default Extension="xml" ContentType="' + main + b'"/>',
        )

    parts = ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml")
    return _edited(made, path, {**dict.fromkeys(parts, change), "[Content_Types].xml": types})


def controls(path: Path) -> Path:
    made = pictures(path.with_name(f"bare-{path.name}"))
    x14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
    control = (
        f'<formControlPr xmlns="{x14}" objectType="CheckBox" fmlaLink="$H$1" lockText="1" noThreeD="1"/>'
    )
    half = path.with_name(f"half-{path.name}")
    sheet = "xl/worksheets/sheet1.xml"
    _with_part(made, half, "xl/ctrlProps/ctrlProp1.xml", control, sheet, "ctrlProp")
    markup = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice xmlns:x14="{x14}" Requires="x14"><controls><control shapeId="1025" r:id="rIdAdded" '
        'name="Check Box 1"/></controls></mc:Choice></mc:AlternateContent></worksheet>'
    )
    return _edited(half, path, {sheet: lambda xml: xml.replace(b"</worksheet>", markup.encode())})


def query_table(path: Path) -> Path:
    """A table that is filled from a database: columns of ours would not fit its query."""
    made = table(path.with_name(f"bare-{path.name}"))
    query = f'<queryTable xmlns="{_MAIN}" name="Devices" connectionId="1"/>'
    half = path.with_name(f"half-{path.name}")
    _with_part(made, half, "xl/queryTables/queryTable1.xml", query, "xl/tables/table1.xml", "queryTable")
    part = "xl/tables/table1.xml"
    return _edited(half, path, {part: lambda xml: xml.replace(b"<table ", b'<table tableType="queryTable" ')})


def attached(path: Path) -> Path:
    """Printer settings, a link to another workbook, and members packed in other ways than ours."""
    made = charts(path.with_name(f"bare-{path.name}"))
    link = (
        f'<externalLink xmlns="{_MAIN}"><externalBook xmlns:r="{_RELS}" r:id="rId1"><sheetNames>'
        '<sheetName val="Prices"/></sheetNames></externalBook></externalLink>'
    )
    half = path.with_name(f"half-{path.name}")
    _with_part(made, half, "xl/externalLinks/externalLink1.xml", link, "xl/workbook.xml", "externalLink")
    with zipfile.ZipFile(half) as old, zipfile.ZipFile(path, "w") as new:
        new.comment = b"packed by somebody else"
        new.writestr(zipfile.ZipInfo("xl/"), b"")
        for number, name in enumerate(old.namelist()):
            packing = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            new.writestr(zipfile.ZipInfo(name), old.read(name), packing)
        new.writestr(zipfile.ZipInfo("xl/printerSettings/printerSettings1.bin"), bytes(range(256)))
    return path


def bare(path: Path) -> Path:
    """As a small exporter writes a sheet: nothing but its rows."""
    whole = _book(path.with_name(f"whole-{path.name}"), lambda _book, _sheet: None)

    def stripped(xml: bytes) -> bytes:
        return re.sub(rb"<(dimension|sheetViews|sheetFormatPr)\b.*(?=<sheetData>)", b"", xml)

    return _edited(whole, path, {"xl/worksheets/sheet1.xml": stripped})


def declared(path: Path) -> Path:
    """As older versions of LibreOffice declare parts: each list of relations by an entry of its own. And
    with the entry of a part that somebody has taken out."""
    whole = _book(path.with_name(f"whole-{path.name}"), lambda _book, _sheet: None)
    kind = "application/vnd.openxmlformats-package.relationships+xml"
    lists = ("_rels/.rels", "xl/_rels/workbook.xml.rels")
    entries = [f'<Override PartName="/{part}" ContentType="{kind}"/>' for part in lists]
    entries.append('<Override PartName="/docProps/Custom.xml" ContentType="application/xml"/>')

    def change(xml: bytes) -> bytes:
        common = f'<Default Extension="rels" ContentType="{kind}"/>'.encode()
        assert common in xml
        return xml.replace(common, b"").replace(b"</Types>", "".join(entries).encode() + b"</Types>")

    return _edited(whole, path, {"[Content_Types].xml": change})


def far(path: Path) -> Path:
    """As Excel writes rows whose cells stand far apart: with several spans."""

    def more(_book: Any, sheet: Any) -> None:
        for row in range(len(SNS) + 1):
            sheet.write_number(row, 99, row)

    def spanned(xml: bytes) -> bytes:
        return re.sub(rb'spans="1:100"', b'spans="1:6 100:100"', xml)

    whole = _book(path.with_name(f"whole-{path.name}"), more)
    return _edited(whole, path, {"xl/worksheets/sheet1.xml": spanned})


def phonetic(path: Path) -> Path:
    """As a Chinese or Japanese Excel writes texts: each with its phonetics, some with a reading."""
    whole = _book(path.with_name(f"whole-{path.name}"), lambda _book, _sheet: None)

    def spoken(xml: bytes) -> bytes:
        said = xml.replace(b"</t></si>", b'</t><phoneticPr fontId="1" type="noConversion"/></si>')
        return said.replace(b"Site 2</t>", b'Site 2</t><rPh sb="0" eb="4"><t>er hao</t></rPh>')

    return _edited(whole, path, {"xl/sharedStrings.xml": spoken})


def _png(size: int = 8) -> bytes:
    """A small red picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + b"\xff\x00\x00" * size for _ in range(size))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def _edited(source: Path, target: Path, changes: Mapping[str, Callable[[bytes], bytes]]) -> Path:
    with zipfile.ZipFile(source) as archive:
        parts = {name: change(archive.read(name)) for name, change in changes.items()}
    return rewrite(source, target, parts)


def _with_part(source: Path, target: Path, name: str, content: str, owner: str, kind: str) -> Path:
    """Add a part, with its content type and a relation `rIdAdded` from the part `owner`."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    folder, _, file = owner.rpartition("/")
    links = f"{folder}/_rels/{file}.rels".lstrip("/") if owner else "_rels/.rels"
    link = f'<Relationship Id="rIdAdded" Type="{_RELS}/{kind}" Target="/{name}"/></Relationships>'
    override = f'<Override PartName="/{name}" ContentType="application/xml"/></Types>'
    with zipfile.ZipFile(source) as archive:
        old = archive.read(links) if links in archive.namelist() else b""
        types = archive.read("[Content_Types].xml")
    old = old or f'{head}<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode()
    parts = {
        name: (head + content).encode(),
        links: old.replace(b"</Relationships>", link.encode()),
        "[Content_Types].xml": types.replace(b"</Types>", override.encode()),
    }
    return rewrite(source, target, parts)
