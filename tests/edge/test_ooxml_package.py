"""Parts found through relations, and what a workbook says of itself in its properties."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from batchreset.ooxml.archive import copied_unchanged, write_archive
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import outline
from batchreset.ooxml.package import Parts, is_macro_workbook, open_package
from batchreset.ooxml.properties import read_properties, set_properties
from batchreset.sheet import archive
from batchreset.sheet.origin import read_origin
from tests.makers.books import rewrite
from tests.makers.rich import rich_books
from tests.unit.report.build import make_input

SAID = {"batchreset.job": "20261123-7k2m", "batchreset.kind": "results"}


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def moved(source: Path, target: Path) -> Path:
    """The same workbook with its parts under other names, and relations of all ways to write them."""
    names = {"xl/workbook.xml": "office/book.xml", "xl/worksheets/sheet1.xml": "office/s/a b.xml"}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/_rels/workbook.xml.rels":
                content = content.replace(b"/xl/worksheets/sheet1.xml", b"s/a%20b.xml")
                name = "office/_rels/book.xml.rels"  # noqa: PLW2901 - renaming is what this loop is for
            elif name in ("_rels/.rels", "[Content_Types].xml"):
                content = content.replace(b"xl/workbook.xml", b"OFFICE/book.xml")
            new.writestr(names.get(name, name), content)
    return target


def test_package_when_parts_have_unusual_names_then_found_by_their_relations(tmp_path: Path) -> None:
    path = moved(make_input(tmp_path / "usual.xlsx", ["A"]), tmp_path / "moved.xlsx")
    with open_package(path) as package:
        assert package.main == "OFFICE/book.xml"
        assert package.member(package.sheet("Terminals").part).filename == "office/s/a b.xml"
        assert package.sheet("Notes").place == 1
        assert b"<sheetData>" in package.read(package.sheet("Terminals").part)
        with pytest.raises(UneditableError, match="no worksheet"):
            package.sheet("Nothing")


def test_package_when_strict_then_known_as_such(tmp_path: Path) -> None:
    with open_package(rich_books()["strict"](tmp_path / "s.xlsx")) as package:
        assert package.is_strict
    with open_package(make_input(tmp_path / "u.xlsx", [])) as package:
        assert not package.is_strict


@pytest.mark.parametrize(
    "content", [b"", b"SN\nA\n", b"\xd0\xcf\x11\xe0" + bytes(600), b"PK\x05\x06" + bytes(18)]
)
def test_open_package_when_it_is_no_workbook_then_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.xlsx"
    path.write_bytes(content)
    with pytest.raises(UneditableError) as raised, open_package(path) as package:
        assert not package.main
    assert raised.value.other_kind


def test_open_package_when_it_would_unpack_to_too_much_then_refused(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchreset.ooxml.package.MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UneditableError), open_package(source):
        pass
    assert archive.MAX_UNPACKED_BYTES > 1000


def test_is_macro_workbook_when_the_name_lies_then_what_is_in_it_counts(tmp_path: Path) -> None:
    macros = rich_books()["macros"](tmp_path / "m.xlsx")
    assert is_macro_workbook(macros.rename(tmp_path / "m.xlsx"))
    assert not is_macro_workbook(make_input(tmp_path / "plain.xlsm", []))
    assert not is_macro_workbook(tmp_path / "gone.xlsm")


def said(source: Path, target: Path, properties: dict[str, str]) -> Path:
    with open_package(source) as package:
        parts = Parts(package)
        set_properties(parts, "batchreset.", properties)
        write_archive(package.archive, target, {name: (new,) for name, new in parts.done().items()}, {})
    return target


@pytest.mark.parametrize("name", ["labels", "charts", "strict", "prefixed"])
def test_set_properties_when_said_twice_then_the_last_counts_and_others_stay(
    tmp_path: Path, name: str
) -> None:
    source = rich_books()[name](tmp_path / "source.xlsx")
    with open_package(source) as package:
        before = read_properties(package)
    once = said(source, tmp_path / "once.xlsx", {**SAID, "batchreset.simulated": "true"})
    again = said(once, tmp_path / "again.xlsx", SAID)
    with open_package(once) as package:
        assert read_properties(package) == {**before, **SAID, "batchreset.simulated": "true"}
    with open_package(again) as package:
        assert read_properties(package) == {**before, **SAID}
    ids = [one.attributes["pid"] for one in outline(part(again, "docProps/custom.xml")).children]
    assert len(ids) == len(set(ids))
    if name != "strict":
        origin = read_origin(again)
        assert origin is not None
        assert (origin.job, origin.kind) == ("20261123-7k2m", "results")


def test_set_properties_when_a_value_is_odd_then_it_comes_back(tmp_path: Path, source: Path) -> None:
    odd = {"batchreset.job": "<&\"'>_x0041_\x00", "batchreset.kind": " 好 "}
    with open_package(said(source, tmp_path / "odd.xlsx", odd)) as package:
        found = read_properties(package)
    assert found["batchreset.kind"] == " 好 "
    assert found["batchreset.job"].replace("_x005F_", "_") == "<&\"'>_x0041_"


def test_write_archive_when_members_are_packed_in_many_ways_then_copied_as_they_are(tmp_path: Path) -> None:
    source, target = tmp_path / "source.zip", tmp_path / "target.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.comment = b"a comment"
        archive.writestr("stored", bytes(1000))
        archive.writestr("deflated", bytes(1000), zipfile.ZIP_DEFLATED, 9)
        archive.writestr("bzip2", bytes(1000), zipfile.ZIP_BZIP2)
        archive.writestr("folder/", b"")
        archive.writestr("好.xml", b"<a/>")
        with archive.open(zipfile.ZipInfo("large"), "w", force_zip64=True) as part:
            part.write(bytes(1000))
        streamed = zipfile.ZipInfo("with time", (2026, 1, 2, 3, 4, 6))
        streamed.extra = b"\x55\x54\x05\x00\x01" + bytes(4)
        streamed.external_attr = 0o600 << 16
        archive.writestr(streamed, b"x")
    with zipfile.ZipFile(source) as old:
        write_archive(
            old, target, {"stored": (b"new", b"er"), "more": (b"1",)}, {"deflated": lambda: b"late"}
        )
        with zipfile.ZipFile(target) as new:
            assert new.testzip() is None
            assert (new.read("stored"), new.read("deflated"), new.read("more")) == (b"newer", b"late", b"1")
            assert new.read("large") == bytes(1000)
            assert new.comment == b"a comment"
            assert new.getinfo("with time").date_time == (2026, 1, 2, 3, 4, 6)
            assert new.getinfo("with time").external_attr == 0o600 << 16
            assert copied_unchanged(old, new, {"stored", "deflated", "more"})
            assert not copied_unchanged(old, new, {"stored", "deflated"})
            assert not copied_unchanged(old, new, {"deflated", "more"})


def test_write_archive_when_sizes_follow_the_data_then_they_stand_in_the_copys_header(tmp_path: Path) -> None:
    """As writers do that can't go back: the header of a member says nothing of its size."""

    class OneWay:
        def __init__(self, path: Path) -> None:
            self.file = path.open("wb")

        def write(self, data: bytes) -> int:
            return self.file.write(data)

        def flush(self) -> None:
            self.file.flush()

    source, target = tmp_path / "source.zip", tmp_path / "target.zip"
    stream = OneWay(source)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload] # no seeking is the point
        archive.writestr("a.xml", b"<a/>" * 100)
        archive.writestr("b.xml", b"<b/>")
    stream.file.close()
    with zipfile.ZipFile(source) as old:
        assert old.getinfo("a.xml").flag_bits & 0x8
        write_archive(old, target, {"b.xml": (b"<c/>",)}, {})
        with zipfile.ZipFile(target) as new:
            assert new.read("a.xml") == b"<a/>" * 100
            assert not new.getinfo("a.xml").flag_bits & 0x8
            assert copied_unchanged(old, new, {"b.xml"})


def test_write_archive_when_sizes_are_written_long_then_short_in_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "source.zip", tmp_path / "target.zip"
    with monkeypatch.context() as patched, zipfile.ZipFile(source, "w") as archive:
        patched.setattr(zipfile, "ZIP64_LIMIT", 10)
        archive.writestr("a.xml", b"<a/>" * 100)
        archive.close()
    with zipfile.ZipFile(source) as old:
        assert old.getinfo("a.xml").extra
        write_archive(old, target, {}, {})
        with zipfile.ZipFile(target) as new:
            assert new.read("a.xml") == b"<a/>" * 100
            assert new.getinfo("a.xml").extra == b""


def test_rewrite_when_a_member_is_damaged_then_it_is_copied_with_its_damage(
    tmp_path: Path, source: Path
) -> None:
    """A picture that can't be unpacked is the user's own affair: its bytes stay."""
    raw = bytearray(rewrite(source, tmp_path / "more.xlsx", {"xl/media/a.png": bytes(99)}).read_bytes())
    at = raw.index(b"xl/media/a.png") + len("xl/media/a.png")
    raw[at] ^= 0xFF
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(raw)
    said(broken, tmp_path / "copy.xlsx", SAID)
    with zipfile.ZipFile(tmp_path / "copy.xlsx") as archive, pytest.raises(Exception, match=r"."):
        archive.read("xl/media/a.png")
