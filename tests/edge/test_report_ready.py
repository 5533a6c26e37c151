"""What would keep the reports from being written is found before anything is sent."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.report.ready import check_replaceable, check_writable, room_for
from batchreset.text import Text

ENGLISH = Text("en-US")
Disk = namedtuple("Disk", "total used free")  # noqa: PYI024 - as shutil's own


def owner_file(name: str) -> bytes:
    """The mark Excel leaves: 165 bytes, the name twice (WORKBOOK.md)."""
    ansi = name.encode("gbk")
    first = bytes([len(ansi)]) + ansi.ljust(54, b" ")
    return first + len(name).to_bytes(2, "little") + name.ljust(54).encode("utf-16-le")


@pytest.mark.parametrize(("name", "shown"), [("Li Wei", "Li Wei"), ("李伟", "李伟"), ("", "~$source.xlsx")])
def test_check_replaceable_when_excel_has_it_open_then_says_who(
    tmp_path: Path, name: str, shown: str
) -> None:
    source = tmp_path / "source.xlsx"
    source.write_bytes(b"x")
    (tmp_path / "~$source.xlsx").write_bytes(owner_file(name))
    with pytest.raises(UsageError) as raised:
        check_replaceable(source)
    assert (raised.value.code, raised.value.exit_code) == ("sheet-open", 2)
    assert ENGLISH(raised.value.message).endswith(f"is open: {shown}")
    assert "~$source.xlsx" in ENGLISH(raised.value.hint)


@pytest.mark.parametrize(
    ("mark", "shown"),
    [
        (b",,host,24.11.2026;", ""),
        (b",lee,host,24.11.2026;", "lee"),
        (b"Li Wei,lee,host,24.11.2026;", "Li Wei"),
        (b"\xff\xfe", ""),
    ],
)
def test_check_replaceable_when_libreoffice_has_it_open_then_says_who(
    tmp_path: Path, mark: bytes, shown: str
) -> None:
    source = tmp_path / "source.xlsx"
    source.write_bytes(b"x")
    (tmp_path / ".~lock.source.xlsx#").write_bytes(mark)
    with pytest.raises(UsageError) as raised:
        check_replaceable(source)
    assert ENGLISH(raised.value.message).endswith(shown or ".~lock.source.xlsx#")


def test_check_replaceable_when_it_can_then_nothing_is_left_behind(source: Path) -> None:
    before = source.read_bytes()
    check_replaceable(source)
    assert [path.name for path in source.parent.iterdir()] == [source.name]
    assert source.read_bytes() == before


def test_check_replaceable_when_its_disk_has_too_little_room_then_told(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(1 << 30, 1 << 30, 5 << 20))
    check_replaceable(source, room_bytes=5 << 20)
    with pytest.raises(UsageError) as raised:
        check_replaceable(source, room_bytes=(9 << 20) + 1)
    assert raised.value.code == "disk-full"
    assert "--in-place" in ENGLISH(raised.value.hint)
    assert [path.name for path in source.parent.iterdir()] == [source.name]


@pytest.mark.parametrize("what", ["gone", "a folder"])
def test_check_replaceable_when_it_can_not_then_told(tmp_path: Path, what: str) -> None:
    path = tmp_path / "source.xlsx"
    if what == "a folder":
        path.mkdir()
    with pytest.raises(UsageError) as raised:
        check_replaceable(path)
    assert raised.value.code == "sheet-not-replaceable"
    assert "--in-place" in ENGLISH(raised.value.hint)


def test_check_writable_when_the_disk_has_too_little_room_then_says_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(1 << 30, 1 << 30, 5 << 20))
    check_writable(tmp_path, room_bytes=5 << 20)
    with pytest.raises(UsageError) as raised:
        check_writable(tmp_path, room_bytes=(9 << 20) + 1)
    assert raised.value.code == "disk-full"
    assert "has 5 MB left; the reports may need 10 MB" in ENGLISH(raised.value.message)
    assert list(tmp_path.iterdir()) == []


def test_check_writable_when_the_disk_says_nothing_then_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(0, 0, 0))
    check_writable(tmp_path, room_bytes=1 << 40)


def test_room_for_when_the_input_is_large_then_more_than_its_copies(tmp_path: Path) -> None:
    path = tmp_path / "source.xlsx"
    assert room_for(path, 10) < room_for(path, 1_000_000)
    path.write_bytes(bytes(1 << 20))
    assert room_for(path, 10) >= 4 << 20
