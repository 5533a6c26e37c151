"""The same grid of values as a file of each format that lists come in."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
import xlwt
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter.worksheet import Worksheet as ExcelSheet

from tests.makers.books import rewrite

_MAIN: Final = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Formula:
    """A formula, and the value that Excel last calculated; `None`: none ever did."""

    text: str
    cached: str | int | None = None


Value = str | int | float | bool | datetime | Formula | None
Grid = Sequence[Sequence[Value]]
Write = Callable[[Path, str, Grid], Path]
"""A writer: the path without suffix, the sheet's name, the values; it gives back the file's path."""


def write_xlsx(
    path: Path, name: str, grid: Grid, change: Callable[[Worksheet], object] | None = None
) -> Path:
    """By openpyxl, which keeps no value of a formula."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = name
    for row in grid:
        sheet.append([f"={cell.text}" if isinstance(cell, Formula) else cell for cell in row])
    if change is not None:
        change(sheet)
    path = path.with_suffix(".xlsx")
    book.save(path)
    return path


def write_excel(
    path: Path, name: str, grid: Grid, change: Callable[[ExcelSheet], object] | None = None
) -> Path:
    """By XlsxWriter, which writes as Excel does: shared texts, values of formulas."""
    path = path.with_suffix(".xlsx")
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet(name)
        for at, row in enumerate(grid):
            for column, cell in enumerate(row):
                if isinstance(cell, Formula):
                    sheet.write_formula(at, column, f"={cell.text}", None, cell.cached)
                elif isinstance(cell, datetime):
                    sheet.write_datetime(at, column, cell, day)
                elif isinstance(cell, str):
                    sheet.write_string(at, column, cell)
                elif cell is not None:
                    sheet.write(at, column, cell)
        if change is not None:
            change(sheet)
    return path


def write_strict(path: Path, name: str, grid: Grid) -> Path:
    """As "Strict Open XML" of Excel: other namespaces, other relations."""
    source = write_excel(path.with_name(f"{path.name}-plain"), name, grid)
    old, new = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    with zipfile.ZipFile(source) as archive:
        parts = {
            part: archive.read(part)
            .replace(old + b"spreadsheetml/2006/main", new + b"spreadsheetml/main")
            .replace(old + b"officeDocument/2006/relationships", new + b"officeDocument/relationships")
            for part in archive.namelist()
        }
    return rewrite(source, path.with_suffix(".xlsx"), dict(parts))


def write_prefixed(path: Path, name: str, grid: Grid) -> Path:
    """As the Open XML SDK writes: every element of the main namespace as `x:…`, parts from the root."""
    source = write_excel(path.with_name(f"{path.name}-plain"), name, grid)
    with zipfile.ZipFile(source) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    for part, xml in parts.items():
        if _MAIN in xml:
            parts[part] = (
                xml.replace(b"</", b"</x:")
                .replace(b"<", b"<x:")
                .replace(b"<x:/x:", b"</x:")
                .replace(b"<x:?", b"<?")
                .replace(b'xmlns="' + _MAIN, b'xmlns:x="' + _MAIN)
            )
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace(b'Target="', b'Target="/xl/')
    return rewrite(source, path.with_suffix(".xlsx"), dict(parts))


def write_xls(path: Path, name: str, grid: Grid) -> Path:
    """As Excel 97 to 2003."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for at, row in enumerate(grid):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write(at, column, cell, day)
            elif cell is not None and not isinstance(cell, Formula):
                sheet.write(at, column, cell)
    path = path.with_suffix(".xls")
    book.save(str(path))
    return path


def write_ods(path: Path, name: str, grid: Grid) -> Path:
    """As OpenDocument."""
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in grid)
    return ods(path.with_suffix(".ods"), f"<table:table table:name={quoteattr(name)}>{rows}</table:table>")


def ods(path: Path, tables: str) -> Path:
    """An OpenDocument file with this XML for its tables."""
    space = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0"'
        f' xmlns:text="{space}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>{tables}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return path


def _ods_cell(value: Value) -> str:
    if value is None or isinstance(value, Formula):
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, datetime):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.date()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'


def write_xlsb(path: Path, name: str, grid: Grid) -> Path:
    """As the binary workbook of Excel (MS-XLSB), with the records it can't be without."""
    path = path.with_suffix(".xlsb")
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = (
        f'<Types xmlns="{package}/content-types">'
        '<Override PartName="/xl/workbook.bin" '
        'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>'
    )
    related = (
        '<Relationships xmlns="{}/relationships">'
        '<Relationship Id="{}" Type="{}" Target="{}"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr(
            "_rels/.rels", related.format(package, "rId1", f"{office}/officeDocument", "xl/workbook.bin")
        )
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            related.format(package, "rId1", f"{office}/worksheet", "worksheets/sheet1.bin"),
        )
        sheet = struct.pack("<II", 0, 1) + _wide("rId1") + _wide(name)
        book = _record(131) + _record(143) + _record(156, sheet) + _record(144) + _record(132)
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", _xlsb_sheet(grid))
    return path


def _xlsb_sheet(grid: Grid) -> bytes:
    width = max(map(len, grid), default=1)
    written = _record(129) + _record(148, struct.pack("<IIII", 0, len(grid) - 1, 0, width - 1)) + _record(145)
    for at, row in enumerate(grid):
        written += _record(0, struct.pack("<I", at) + bytes(13))
        for column, cell in enumerate(row):
            written += _xlsb_cell(struct.pack("<II", column, 0), cell)
    return written + _record(146) + _record(130)


def _xlsb_cell(head: bytes, value: Value) -> bytes:
    if isinstance(value, bool):
        return _record(4, head + bytes([value]))
    if isinstance(value, int | float):
        return _record(5, head + struct.pack("<d", value))
    return _record(6, head + _wide(value)) if isinstance(value, str) else b""


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return head + length + content


def text_writer(suffix: str, separator: str, encoding: str, first: str = "") -> Write:
    """A writer of text files; `first` is a line before the values."""

    def write(path: Path, name: str, grid: Grid) -> Path:
        del name
        written = io.StringIO(newline="")
        written.write(first)
        values: list[list[Any]] = [["" if cell is None else cell for cell in row] for row in grid]
        csv.writer(written, delimiter=separator).writerows(values)
        path = path.with_suffix(suffix)
        path.write_bytes(written.getvalue().encode(encoding))
        return path

    return write
