"""Workbooks for samples and tests: dressed as people keep them, and the same bytes in every run."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHARED_TYPE: Final = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
_SHARED_RELATION: Final = (
    b'<Relationship Id="rIdTexts" Target="sharedStrings.xml" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/>'
)
_ZIP_TIME: Final = (2026, 11, 20, 9, 0, 0)
_MADE: Final = datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001  # openpyxl writes naive times, meant as UTC
_THIN: Final = Side(style="thin", color="FFBFBFBF")


def dress(sheet: Worksheet, header_row: int, widths: Sequence[float], text_columns: str) -> None:
    """Header fill, borders, widths, frozen header, filter; `text_columns` are formatted as text."""
    for index, width in enumerate(widths):
        sheet.column_dimensions[chr(ord("A") + index)].width = width
    for row in sheet.iter_rows(min_row=header_row, max_col=len(widths)):
        for cell in row:
            cell.border = Border(_THIN, _THIN, _THIN, _THIN)
            cell.alignment = Alignment(vertical="center")
    for cell in sheet[header_row][: len(widths)]:
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF1F4E78")
    for column in text_columns:
        for cell in sheet[column][header_row:]:
            cell.number_format = "@"
    sheet.freeze_panes = f"A{header_row + 1}"
    last = chr(ord("A") + len(widths) - 1)
    sheet.auto_filter.ref = f"A{header_row}:{last}{sheet.max_row}"


def save(workbook: Workbook, path: Path) -> None:
    """Write the workbook with fixed times, so that the same content makes the same bytes."""
    workbook.properties.creator = "batchreset samples"
    workbook.properties.created = _MADE
    written = io.BytesIO()
    workbook.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "docProps/core.xml":
                # openpyxl puts the time of saving there, whatever the properties say.
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-11-20T09:00:00Z", content)
            target.writestr(zipfile.ZipInfo(part.filename, _ZIP_TIME), content, zipfile.ZIP_DEFLATED)


def rewrite(source: Path, target: Path, parts: Mapping[str, bytes | None]) -> Path:
    """Copy a workbook with some of its parts replaced, added, or (`None`) left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        contents: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
        for name, part in {**contents, **parts}.items():
            if part is not None:
                new.writestr(name, part)
    return target


def raw_book(path: Path, sheet_data: str, *, before: str = "", texts: Sequence[str] = ()) -> Path:
    """A workbook whose one sheet, `Terminals`, has this XML between its `sheetData` tags.

    `before` goes before them; `texts` are the shared texts that Excel, unlike openpyxl, writes cells by.
    """
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Terminals"
    sheet["A1"].number_format = "yyyy-mm-dd"
    workbook.save(path)
    xml = f'<worksheet xmlns="{_MAIN}">{before}<sheetData>{sheet_data}</sheetData></worksheet>'
    parts = {"xl/worksheets/sheet1.xml": xml.encode()}
    if texts:
        shared = "".join(f"<si>{text if text.startswith('<') else f'<t>{text}</t>'}</si>" for text in texts)
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{shared}</sst>'.encode()
        with zipfile.ZipFile(path) as archive:
            types = archive.read("[Content_Types].xml")
            relations = archive.read("xl/_rels/workbook.xml.rels")
        parts["[Content_Types].xml"] = types.replace(b"</Types>", _SHARED_TYPE + b"</Types>")
        related = relations.replace(b"</Relationships>", _SHARED_RELATION + b"</Relationships>")
        parts["xl/_rels/workbook.xml.rels"] = related
    return rewrite(path, path.with_name(f"raw-{path.name}"), parts)


def content(path: Path) -> list[tuple[Any, ...]]:
    """All a workbook says, for comparing two: sheets, cells, types, formats, widths, panes, filters."""
    said: list[tuple[Any, ...]] = []
    for sheet in load_workbook(path).worksheets:
        said.append((sheet.title, sheet.sheet_state, sheet.freeze_panes, sheet.auto_filter.ref))
        said.extend((letter, dim.width) for letter, dim in sorted(sheet.column_dimensions.items()))
        said.extend(
            (
                cell.coordinate,
                cell.data_type,
                cell.value,
                cell.number_format,
                cell.font.b,
                cell.fill.fgColor.rgb,
            )
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        )
    return said
