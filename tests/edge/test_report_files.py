from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.report import safe
from batchreset.report.files import write_all
from batchreset.report.ready import check_writable
from batchreset.report.safe import replace_file
from batchreset.text import Message, Text
from tests.unit.report.build import make_input, of_each_status, opened, report, result, values

ENGLISH = Text("en-US")
SNS = ["SN0002", "SN0003", "SN0004", "SN0005", "SN0006", None, "SN0002", "SN0009"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_input(tmp_path / "terminals.xlsx", SNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "output" / "job"


def told(notes: tuple[Message, ...]) -> str:
    return " ".join(ENGLISH(note) for note in notes)


def lock(monkeypatch: pytest.MonkeyPatch, *locked: str) -> None:
    """Windows refuses to replace a file that another program has open."""
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target).name in locked:
            raise PermissionError(13, "The process cannot access the file", str(target))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_write_all_when_all_is_well_then_five_files_and_nothing_else(source: Path, folder: Path) -> None:
    before = source.read_bytes()
    written = write_all(report(of_each_status(), source), ENGLISH, source, folder, exit_code=1)
    assert {path.name for path in folder.iterdir()} == {
        "results.xlsx", "todo.xlsx", "handoff.html", "handoff.xlsx", "summary.json",
    }  # fmt: skip
    assert (written.results, written.handoff) == (folder / "results.xlsx", folder / "handoff.html")
    assert (written.strangers, written.notes, written.in_place, written.backup) == ((), (), None, None)
    assert json.loads(written.summary.read_text("utf-8"))["exit_code"] == 1
    assert source.read_bytes() == before


def test_write_all_when_written_again_then_replaced(source: Path, folder: Path) -> None:
    for _ in range(2):
        write_all(report(of_each_status(), source), ENGLISH, source, folder, exit_code=1)
    assert len(list(folder.iterdir())) == 5


def test_write_all_when_rows_are_strangers_then_every_file_tells(source: Path, folder: Path) -> None:
    rows = [*of_each_status(), result(10, "GONE-1")]
    written = write_all(report(rows, source), ENGLISH, source, folder, exit_code=0)
    assert [one.row.sn for one in written.strangers] == ["GONE-1"]
    assert json.loads(written.summary.read_text("utf-8"))["not_placed"][0]["sn"] == "GONE-1"
    assert "Not found in the workbook any more" in written.handoff.read_text("utf-8")


def test_write_all_when_a_target_is_open_elsewhere_then_another_name_is_used_and_told(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir(parents=True)
    (folder / "results (2).xlsx").write_bytes(b"somebody's own")
    lock(monkeypatch, "results.xlsx")
    written = write_all(report(of_each_status(), source), ENGLISH, source, folder, exit_code=1)
    assert written.results == folder / "results (3).xlsx"
    assert opened(written.results)["F1"].value == "Result"
    assert "results.xlsx is in use" in told(written.notes)
    assert "results (3).xlsx" in told(written.notes)
    assert (folder / "results (2).xlsx").read_bytes() == b"somebody's own"
    assert not list(folder.glob(".*"))


def test_replace_file_when_every_name_is_taken_then_the_first_error_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe, "_MOST_NAMES", 1)
    lock(monkeypatch, "x.txt")
    with pytest.raises(PermissionError):
        replace_file(tmp_path / "x.txt", lambda to: to.write_bytes(b"x"))
    assert list(tmp_path.iterdir()) == []


def test_replace_file_when_writing_fails_then_the_old_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    target.write_text("old")

    def full(to: Path) -> None:
        to.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        replace_file(target, full)
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]
    assert target.read_text() == "old"


def test_write_all_when_the_disk_is_full_then_a_usage_error_names_the_folder(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError) as raised:
        write_all(report(of_each_status(), source), ENGLISH, source, folder, exit_code=1)
    assert raised.value.code == "output-not-writable"
    assert "No space left on device" in ENGLISH(raised.value.message)
    assert list(folder.iterdir()) == []


def test_check_writable_when_it_is_then_the_folder_is_made_and_left_empty(folder: Path) -> None:
    check_writable(folder)
    assert list(folder.iterdir()) == []


def test_check_writable_when_a_file_is_in_the_way_then_says_so_and_what_to_do(tmp_path: Path) -> None:
    blocked = tmp_path / "output"
    blocked.write_text("I am a file")
    with pytest.raises(UsageError) as raised:
        check_writable(blocked / "job")
    assert (raised.value.code, raised.value.exit_code) == ("output-not-writable", 2)
    assert str(blocked / "job") in ENGLISH(raised.value.message)
    assert "--output" in ENGLISH(raised.value.hint)


def test_write_all_when_a_file_is_in_the_way_then_the_same_error(source: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "output"
    blocked.write_text("I am a file")
    with pytest.raises(UsageError, match="output-not-writable"):
        write_all(report([], source), ENGLISH, source, blocked / "job", exit_code=0)


def test_write_all_when_in_place_then_the_input_has_the_results_and_a_backup(
    source: Path, folder: Path
) -> None:
    before = source.read_bytes()
    source.chmod(0o640)
    job = report(of_each_status(), source)
    written = write_all(job, ENGLISH, source, folder, exit_code=1, in_place_of=source)
    assert written.in_place == source
    assert written.backup == source.with_name("terminals.backup-20261123-7k2m.xlsx")
    assert written.backup.read_bytes() == before
    assert source.read_bytes() == written.results.read_bytes()
    assert stat.S_IMODE(source.stat().st_mode) == 0o640
    again = write_all(job, ENGLISH, source, folder, exit_code=1, in_place_of=source)
    assert again.backup == source.with_name("terminals.backup-20261123-7k2m (2).xlsx")
    assert written.backup.read_bytes() == before
    assert len(values(opened(source))[0]) == 14
    assert sorted(path.name for path in source.parent.glob(".*")) == []


def test_write_all_when_in_place_and_a_link_then_the_file_behind_it_is_replaced(
    source: Path, folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(source)
    written = write_all(report([], source), ENGLISH, link, folder, exit_code=0, in_place_of=link)
    assert link.is_symlink()
    assert written.in_place == source


def test_write_all_when_the_same_backup_is_there_then_it_is_enough(source: Path, folder: Path) -> None:
    backup = source.with_name("terminals.backup-20261123-7k2m.xlsx")
    backup.write_bytes(source.read_bytes())
    written = write_all(report([], source), ENGLISH, source, folder, exit_code=0, in_place_of=source)
    assert written.backup == backup
    assert len(list(source.parent.glob("*backup*"))) == 1


def test_write_all_when_in_place_and_the_input_is_open_elsewhere_then_left_and_told(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = source.read_bytes()
    lock(monkeypatch, "terminals.xlsx")
    written = write_all(report([], source), ENGLISH, source, folder, exit_code=0, in_place_of=source)
    assert (written.in_place, written.backup) == (None, None)
    assert source.read_bytes() == before
    assert "terminals.xlsx was left as it is" in told(written.notes)


def test_write_all_when_in_place_and_somebody_has_opened_it_since_then_left_and_told(
    source: Path, folder: Path
) -> None:
    before = source.read_bytes()
    source.with_name(f".~lock.{source.name}#").write_bytes(b"Li Wei,lee,host;")
    written = write_all(report([], source), ENGLISH, source, folder, exit_code=0, in_place_of=source)
    assert (written.in_place, written.backup) == (None, None)
    assert source.read_bytes() == before
    assert "it is open: Li Wei" in told(written.notes)


def test_write_all_when_in_place_and_the_input_changed_meanwhile_then_left_and_told(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from batchreset.report import summary

    real = summary.write_summary

    def meanwhile(*args: object, **more: object) -> None:
        source.write_bytes(b"changed")
        real(*args, **more)  # type: ignore[arg-type] # passed on as it came

    monkeypatch.setattr(summary, "write_summary", meanwhile)
    written = write_all(report([], source), ENGLISH, source, folder, exit_code=0, in_place_of=source)
    assert written.in_place is None
    assert source.read_bytes() == b"changed"
    assert "changed meanwhile" in told(written.notes)


@pytest.mark.parametrize(
    ("name", "told_so"),
    [("gone.xlsx", "could not be given its results"), ("other.csv", "is a new workbook with its rows")],
)
def test_write_all_when_the_input_cannot_be_copied_then_it_is_never_replaced(
    tmp_path: Path, folder: Path, name: str, told_so: str
) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("SN\nA\n")
    written = write_all(report([result(2, "A")], path), ENGLISH, path, folder, exit_code=0, in_place_of=path)
    assert written.in_place is None
    assert told_so in told(written.notes)
    assert opened(written.results)["B2"].value == "A"


def test_write_all_when_in_place_and_a_template_then_left_and_told(source: Path, folder: Path) -> None:
    template = source.rename(source.with_suffix(".xltx"))
    written = write_all(report([], template), ENGLISH, template, folder, exit_code=0, in_place_of=template)
    assert written.in_place is None
    assert "of another kind" in told(written.notes)
