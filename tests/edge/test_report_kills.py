"""Killed, or out of room, while a report is written: the input and the old report stay whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from batchreset.report.files import write_all
from batchreset.text import Text
from tests.unit.report.build import make_input, of_each_status, opened, report

ROOT = Path(__file__).resolve().parents[2]
SNS = ["SN0002", "SN0003", "SN0004", "SN0005", "SN0006", None, "SN0002", "SN0009"]
WRITER = """
import os, resource, signal, sys
from pathlib import Path
from batchreset.errors import UsageError
from batchreset.ooxml import archive
from batchreset.report import safe
from batchreset.report.files import write_all
from batchreset.text import Text
from tests.unit.report.build import of_each_status, report

how, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])

def hang():
    print("now", flush=True)
    signal.pause()

if how == "copying":
    real = archive._write
    archive._write = lambda *args: (real(*args), hang())
elif how == "syncing":
    safe.sync = lambda path: hang()
elif how == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    job = report(of_each_status(), source)
    write_all(job, Text("zh-CN"), source, folder, exit_code=1, in_place_of=source)
except UsageError as error:
    print(error.code)
"""


@pytest.fixture
def site(tmp_path: Path) -> tuple[Path, Path]:
    """An input, and a folder with an English report of it."""
    source = make_input(tmp_path / "terminals.xlsx", SNS)
    folder = tmp_path / "job"
    write_all(report(of_each_status(), source), Text("en-US"), source, folder, exit_code=1)
    return source, folder


def start(how: str, site: tuple[Path, Path]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, how, *map(str, site)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def contents(site: tuple[Path, Path]) -> dict[str, bytes]:
    """The files by name, without temporary ones."""
    source, folder = site
    return {
        path.name: path.read_bytes() for path in (source, *folder.iterdir()) if not path.name.startswith(".")
    }


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
@pytest.mark.parametrize("how", ["copying", "syncing"])
def test_write_all_when_killed_then_input_and_old_report_are_whole_and_it_can_be_done_again(
    site: tuple[Path, Path], how: str
) -> None:
    before = contents(site)
    process = start(how, site)
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    assert contents(site) == before
    source, folder = site
    files = write_all(report(of_each_status(), source), Text("zh-CN"), source, folder, exit_code=1)
    assert opened(files.results)["F1"].value == "结果"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and limits")
def test_write_all_when_no_room_is_left_then_told_and_input_and_old_report_are_whole(
    site: tuple[Path, Path],
) -> None:
    before = contents(site)
    process = start("full", site)
    out, _ = process.communicate(timeout=60)
    assert out == "output-not-writable\n"
    assert contents(site) == before
    assert not list(site[1].glob(".*"))
    with zipfile.ZipFile(site[1] / "results.xlsx") as archive:
        assert archive.testzip() is None


def test_report_when_lxml_is_installed_then_openpyxl_does_without_it(tmp_path: Path) -> None:
    """With it a full disk is told by an error that is no OSError, and no other place is tried."""
    (tmp_path / "lxml").mkdir()
    (tmp_path / "lxml" / "__init__.py").touch()
    (tmp_path / "lxml" / "etree.py").write_text("LXML_VERSION = (9, 9, 9, 9)")
    code = "import batchreset.report.excel, openpyxl.xml; print(openpyxl.xml.LXML)"
    outside = {name: value for name, value in os.environ.items() if name != "OPENPYXL_LXML"}
    outside["PYTHONPATH"] = os.pathsep.join((str(tmp_path), str(ROOT)))
    told = subprocess.run(
        [sys.executable, "-c", code], env=outside, stdout=subprocess.PIPE, text=True, check=True
    )
    assert told.stdout == "False\n"
