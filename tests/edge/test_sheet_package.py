"""Parts are found as the format says, however a program names and writes them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from batchreset.sheet.package import Damaged, Package, Relation
from tests.edge.reading import read_workbook
from tests.makers.formats import Grid, Write, write_excel, write_prefixed, write_strict

GRID: Grid = [["SN", "Mobile"], ["2102310QPD10F3001263", 13800138000]]
TEXTS = [["SN", "Mobile"], ["2102310QPD10F3001263", "13800138000"]]


def texts(path: Path) -> list[list[str]]:
    (sheet,) = read_workbook(path)
    return [[cell.text for cell in row.cells] for row in sheet.rows]


def renamed(source: Path, names: dict[str, str], targets: dict[str, str]) -> Path:
    """A copy whose members have other names, and whose relations other targets."""
    target = source.with_name("renamed.xlsx")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith(".rels"):
                for was, now in targets.items():
                    content = content.replace(f'Target="{was}"'.encode(), f'Target="{now}"'.encode())
            new.writestr(names.get(name, name), content)
    return target


@pytest.mark.parametrize("write", [write_strict, write_prefixed])
def test_workbook_when_of_other_namespaces_or_prefixes_then_it_is_read(tmp_path: Path, write: Write) -> None:
    assert texts(write(tmp_path / "a", "Terminals", GRID)) == TEXTS


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        ({}, {"worksheets/sheet1.xml": "/xl/worksheets/sheet1.xml", "xl/workbook.xml": "/xl/workbook.xml"}),
        ({}, {"worksheets/sheet1.xml": "./worksheets/../worksheets/sheet1.xml"}),
        ({}, {"worksheets/sheet1.xml": "worksheets/Sheet1.XML"}),
        ({"xl/worksheets/sheet1.xml": "xl/list one.xml"}, {"worksheets/sheet1.xml": "list%20one.xml"}),
        ({"xl/worksheets/sheet1.xml": "xl\\worksheets\\sheet1.xml"}, {}),
        ({"xl/worksheets/sheet1.xml": "sheet9.xml"}, {"worksheets/sheet1.xml": "../sheet9.xml"}),
        ({"xl/sharedStrings.xml": "xl/texts.xml"}, {"sharedStrings.xml": "texts.xml"}),
        (
            {"xl/workbook.xml": "xl/book.xml", "xl/_rels/workbook.xml.rels": "xl/_rels/book.xml.rels"},
            {"xl/workbook.xml": "xl/book.xml"},
        ),
    ],
)
def test_parts_when_named_in_another_way_then_relations_find_them(
    tmp_path: Path, names: dict[str, str], targets: dict[str, str]
) -> None:
    good = write_excel(tmp_path / "good", "Terminals", GRID)

    assert texts(renamed(good, names, targets)) == TEXTS


def package(parts: dict[str, str]) -> Package:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return Package(zipfile.ZipFile(written))


def test_relations_when_read_then_external_ones_are_left_out() -> None:
    listed = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="http://x/relationships/table" Target="../tables/table1.xml"/>'
        '<Relationship Id="b" Type="http://x/relationships/hyperlink" Target="mailto:li@example.com"'
        ' TargetMode="External"/></Relationships>'
    )
    found = package({"xl/worksheets/_rels/sheet1.xml.rels": listed}).relations("xl/worksheets/sheet1.xml")

    assert found == {"a": Relation("table", "xl/tables/table1.xml")}


def test_relations_when_a_part_has_none_then_empty() -> None:
    nothing = package({})

    assert nothing.relations("xl/workbook.xml") == {}
    assert nothing.only("", "officeDocument") is None


def test_part_when_missing_or_far_too_large_then_damaged() -> None:
    held = package({"a.xml": "<a/>"})

    assert held.xml("a.xml").tag == "a"
    for name, most in (("b.xml", 100), ("a.xml", 3)):
        with pytest.raises(Damaged):
            held.open(name, most)
