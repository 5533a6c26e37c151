"""Files that are no usable workbook: each is told as what it is, with what to do about it."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from batchreset.errors import SheetError
from batchreset.sheet import archive
from batchreset.text import Text
from tests.edge.reading import read_workbook
from tests.makers.books import raw_book, rewrite

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)


def good_bytes() -> bytes:
    written = io.BytesIO()
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for number in range(30):
        sheet.append([f"SN{number}", 13800138000, "li@example.com", 1.5, True, "=A1"])
    workbook.save(written)
    return written.getvalue()


def refused(path: Path) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read_workbook(path)
    error = caught.value
    text = Text()
    assert error.exit_code == 3
    assert path.name in text(error.message)
    assert text(error.hint)
    return error


def zipped(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "sheet-empty-file"),
        ("a.xlsx", b"<html><table><tr><td>SN</td></tr></table></html>", "sheet-html"),
        ("a.xlsx", b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Workbook/>", "sheet-html"),
        ("a.xlsx", b"SN,Mobile\r\n2102,138\r\n", "sheet-text"),
        ("a.xls", "\ufeffSN\tMobile\n".encode("utf-16-le"), "sheet-text"),
        ("a.csv", b"<!DOCTYPE html><title>Sign in</title>", "sheet-html"),
        ("a.csv", "\ufeff<html>".encode("utf-16-le"), "sheet-html"),
        ("a.csv", b"", "sheet-empty-file"),
        ("a.csv", b"SN,Mobile\n\x81,1\n", "csv-encoding"),
        ("a.csv", b'SN,Mobile\n"never closed,1\n', "sheet-damaged"),
        ("a.csv", b"SN,Mobile\n" + b"1,2\n" * 2000 + b"\0,1\n", "sheet-damaged"),
        ("a.xlsx", b"\x00\x01\x02 nothing known", "sheet-not-workbook"),
        ("a.xlsx", b"%PDF-1.7\n\x00", "sheet-not-workbook"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "sheet-damaged"),
        ("a.xlsx", OLE + "Book".encode("utf-16-le"), "sheet-damaged"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "sheet-encrypted"),
        ("a.xlsx", OLE, "sheet-ole"),
        ("a.xlsx", zipped({"readme.txt": b"hello"}), "sheet-not-workbook"),
        (
            "a.docx",
            zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b""}),
            "sheet-not-workbook",
        ),
        (
            "a.xlsb",
            zipped({"[Content_Types].xml": b"sheet.binary.macroEnabled.main", "xl/workbook.bin": b""}),
            "sheet-damaged",
        ),
        (
            "a.ods",
            zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""}),
            "sheet-damaged",
        ),
        ("a.xlsx", good_bytes()[:-200], "sheet-damaged"),
        ("a.xlsx", good_bytes()[:2000], "sheet-damaged"),
        ("~$a.xlsx", good_bytes(), "sheet-lock-file"),
        (".~lock.a.xlsx#", b",li,desk,", "sheet-lock-file"),
    ],
)
def test_file_when_it_is_no_usable_workbook_then_it_is_told_as_what_it_is(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    assert refused(path).code == code


def test_file_when_it_is_not_there_then_its_path_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing.xlsx").code == "sheet-missing"


def test_file_when_it_is_a_folder_then_that_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path).code == "sheet-folder"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(13, "denied"), "sheet-permission"),
        (OSError(5, "Input/output error"), "sheet-unreadable"),
    ],
)
def test_file_when_the_system_refuses_it_then_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    path = tmp_path / "a.xlsx"
    monkeypatch.setattr(Path, "open", refuse)

    assert refused(path).code == code


def test_file_when_the_password_hint_is_needed_then_it_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(OLE)

    assert "remove the password" in Text()(refused(path).hint)


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.xlsx"
    path.write_bytes(good_bytes())
    return path


@pytest.mark.parametrize(
    "part",
    ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"],
)
@pytest.mark.parametrize("change", [lambda _: None, lambda xml: xml[: len(xml) // 2], lambda _: b""])
def test_workbook_when_a_part_is_missing_cut_or_empty_then_it_is_refused(
    tmp_path: Path, part: str, change: Callable[[bytes], bytes | None]
) -> None:
    book = raw_book(tmp_path / "a.xlsx", '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts=["SN"])
    path = rewrite(book, tmp_path / "b.xlsx", {part: change(parts_of(book)[part])})

    assert refused(path).code == "sheet-damaged"


@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL/Workbook.XML", "xl\\workbook.xml"])
def test_workbook_when_two_parts_have_one_name_then_it_is_damaged(good: Path, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of what is done here on purpose
        with zipfile.ZipFile(good, "a") as zipped:
            zipped.writestr(name, b"<workbook/>")

    assert refused(good).code == "sheet-damaged"


def test_workbook_when_it_has_very_many_parts_then_none_is_read(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)

    assert refused(good).code == "sheet-too-large"


def test_workbook_when_a_part_unpacks_to_far_more_then_it_is_not_unpacked(good: Path, tmp_path: Path) -> None:
    bomb = rewrite(
        good, tmp_path / "bomb.xlsx", {"xl/media/image1.png": bytes(archive.RATIO_MATTERS_BYTES + 1)}
    )

    assert refused(bomb).code == "sheet-too-large"


def test_workbook_when_all_parts_together_are_too_large_then_refused(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1000)

    assert refused(good).code == "sheet-too-large"


@pytest.mark.parametrize(
    "part",
    [
        *("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"),
        *("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "_rels/.rels", "[Content_Types].xml"),
    ],
)
@pytest.mark.parametrize("doctype", [b"<!DOCTYPE x>", b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'])
def test_workbook_when_a_part_has_a_doctype_then_it_is_refused_at_once(
    tmp_path: Path, part: str, doctype: bytes
) -> None:
    book = raw_book(tmp_path / "a.xlsx", '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', texts=["SN"])
    xml = parts_of(book)[part]
    declaration, end, rest = xml.rpartition(b"?>")

    bomb = rewrite(book, tmp_path / "b.xlsx", {part: declaration + end + doctype + rest})

    assert refused(bomb).code == "sheet-damaged"


@pytest.mark.parametrize("seed", range(60))
def test_workbook_when_bytes_are_flipped_then_it_is_read_or_refused_and_nothing_else(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    content = bytearray(good_bytes())
    for _ in range(rng.choice((1, 3))):
        content[rng.randrange(4, len(content))] ^= 1 << rng.randrange(8)
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)

    read_or_refused(path)


@pytest.mark.parametrize("seed", range(60))
def test_workbook_when_its_xml_is_garbled_then_it_is_read_or_refused_and_nothing_else(
    good: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    name, part = rng.choice(sorted(parts_of(good).items()))
    garbled = bytearray(part)
    for _ in range(rng.choice((1, 3))):
        garbled[rng.randrange(len(garbled))] = rng.choice(b'0123456789abcxyz<>/"=-. E')

    read_or_refused(rewrite(good, tmp_path / "a.xlsx", {name: bytes(garbled)}))


def read_or_refused(path: Path) -> None:
    with contextlib.suppress(SheetError):
        assert read_workbook(path)
