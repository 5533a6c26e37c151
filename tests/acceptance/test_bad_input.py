"""Bad input gets a clear message and its exit code, never a traceback, and nothing is sent."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.acceptance.cli import Bench, ServedSimulator, sheet, simulator

SNS = ["2102310QPD10F3001263", "2102113374P0F4000046"]


@pytest.fixture
def service(bench: Bench) -> Iterator[ServedSimulator]:
    with simulator(bench) as served:
        yield served


def written(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / "site.xlsx"
        path.write_bytes(content)
        return path

    return make


def workbook(*rows: tuple[str | int, ...]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        path = folder / "site.xlsx"
        book.save(path)
        return path

    return make


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda folder: folder / "absent.xlsx", id="no file"),
        pytest.param(lambda folder: folder, id="a folder"),
        pytest.param(written(b""), id="0 bytes"),
        pytest.param(written(b"<html>sign in</html>"), id="HTML"),
        pytest.param(written(b"SN,Mobile\n1,2\n"), id="CSV named xlsx"),
        pytest.param(written(b"PK\x03\x04 cut off"), id="damaged"),
        pytest.param(
            written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 9),
            id="encrypted",
        ),
        pytest.param(workbook(), id="empty sheet"),
        pytest.param(workbook(("SN", "E-mail")), id="no rows"),
        pytest.param(workbook(("Room", "E-mail"), ("1", "a@example.com")), id="no SN column"),
        pytest.param(workbook(("SN", "SN", "E-mail"), ("1", "2", "a@example.com")), id="two SN columns"),
        pytest.param(workbook(("SN", "E-mail"), (123, "a@example.com")), id="no usable row"),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_sheet_that_cannot_be_used_ends_with_3(
    bench: Bench, service: ServedSimulator, make: Callable[[Path], Path], command: str
) -> None:
    extra = ["--yes"] if command == "run" else []
    done = bench.run(command, make(bench.folder), *extra)
    assert done.code == 3, done.err
    assert done.err.strip()
    assert service.log() == []


def test_sheet_that_cannot_be_used_is_told_as_json(bench: Bench, service: ServedSimulator) -> None:
    done = bench.run("run", bench.folder / "absent.xlsx", "--yes", "--json")
    assert done.object["exit_code"] == 3
    assert set(done.object["error"]) == {"code", "message", "hint"}
    assert all(done.object["error"].values())


@pytest.mark.parametrize(
    "args",
    [
        ["--rate", "-1"],
        ["--rate", "nan"],
        ["--rate", "fast"],
        ["--concurrency", "0"],
        ["--timeout", "0"],
        ["--lang", "fr-FR"],
        ["--max-failures", "many"],
        ["--max-failures", "101%"],
        ["--only-first", "0"],
        ["--column", "sn"],
        ["--endpoint", "http://api.meeting.huaweicloud.com"],
        ["--endpoint", "ftp://127.0.0.1"],
        ["--endpoint", "https://user@host"],
        ["--endpoint", "https://host:99999"],
        ["--endpoint", "nonsense"],
        ["--endpoint", "https://api.meeting.huaweicloud.com", "--rate", "0"],
        ["--no-such-option"],
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_wrong_usage_ends_with_2(
    bench: Bench, service: ServedSimulator, args: list[str], as_json: bool
) -> None:
    done = bench.run("run", sheet(bench.folder, SNS), "--yes", *args, *(["--json"] if as_json else []))
    assert done.code == 2, done.err
    if as_json:
        assert done.object["exit_code"] == 2
        assert done.object["error"]["message"]
    else:
        assert done.err.strip()
    assert service.log() == []


def test_missing_login_ends_with_2(bench: Bench) -> None:
    done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--rate", "5")
    assert done.code == 2
    assert "BATCHRESET_APP_ID" in done.err


def test_missing_app_key_ends_with_2(bench: Bench, service: ServedSimulator) -> None:
    bench.env.pop("BATCHRESET_APP_KEY")
    done = bench.run("run", sheet(bench.folder, SNS), "--yes")
    assert done.code == 2
    assert "BATCHRESET_APP_KEY" in done.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("app_key = 'sesame'", "app_key"),
        ("rate = 'fast'", "rate"),
        ("no_such_setting = 1", "no_such_setting"),
        ("rate = ", "batchreset.toml"),
    ],
)
def test_settings_file_that_is_wrong_ends_with_2_and_tells_no_secret(
    bench: Bench, content: str, told: str
) -> None:
    (bench.folder / "batchreset.toml").write_text(content)
    bench.env.pop("BATCHRESET_RATE")
    done = bench.run("check", sheet(bench.folder, SNS))
    assert done.code == 2
    assert told in done.err
    assert "sesame" not in done.err


def test_settings_come_from_flags_over_environment_over_file(bench: Bench) -> None:
    (bench.folder / "batchreset.toml").write_text("rate = 7\nconcurrency = 3\nlang = 'zh-CN'\n")
    bench.env["BATCHRESET_RATE"] = "8"
    done = bench.run("plan", sheet(bench.folder, SNS), "--lang", "en-US", "--simulate")
    assert "at 8 a second, 3 at a time" in done.err


def test_output_folder_that_cannot_be_written_ends_with_2_before_anything_is_sent(
    bench: Bench, service: ServedSimulator
) -> None:
    (bench.folder / "file").write_text("")
    done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--output", bench.folder / "file" / "out")
    assert done.code == 2
    assert service.log() == []


def lock(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def test_ledger_locked_ends_with_5_and_sends_nothing(bench: Bench, service: ServedSimulator) -> None:
    ledger = bench.folder / "ledger.sqlite3"
    site = sheet(bench.folder, SNS)
    assert bench.run("run", site, "--yes", "--ledger", ledger).code == 0
    before = len(service.log())
    with closing(lock(ledger)):
        done = bench.run("run", site, "--yes", "--again", "--ledger", ledger, "--json")
    assert done.code == 5
    assert done.object["error"]["code"] == "ledger-locked"
    assert len(service.log()) == before


def test_ledger_of_another_version_ends_with_5(bench: Bench, service: ServedSimulator) -> None:
    ledger = bench.folder / "ledger.sqlite3"
    site = sheet(bench.folder, SNS)
    bench.run("run", site, "--yes", "--ledger", ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA user_version = 99")
    done = bench.run("run", site, "--yes", "--again", "--ledger", ledger)
    assert done.code == 5
    assert "99" in done.err


def test_ledger_that_is_something_else_ends_with_5(bench: Bench, service: ServedSimulator) -> None:
    ledger = bench.folder / "diary.txt"
    ledger.write_text("Dear diary, " * 100)
    done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--ledger", ledger)
    assert done.code == 5
    assert ledger.read_text() == "Dear diary, " * 100


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("BATCHRESET_APP_KEY", "0" * 32, "auth-refused"),
        ("BATCHRESET_ENDPOINT", "http://127.0.0.1:1", "unreachable"),
    ],
)
def test_service_that_refuses_or_is_away_ends_with_6_and_every_row_has_its_status(
    bench: Bench, service: ServedSimulator, name: str, value: str, code: str
) -> None:
    bench.env[name] = value
    done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
    assert done.code == 6, done.err
    assert done.object["error"]["code"] == code
    assert done.object["counts"]["not_sent"] == 2
    assert Path(done.object["files"]["results"]).is_file()
    assert service.log() == []


def test_endpoint_that_redirects_ends_with_6_and_is_never_followed(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "redirect"\n') as served:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--concurrency", "1")
        assert done.code == 6
        assert done.object["error"]["code"] == "redirected"
        assert len(served.log()) == 1


@pytest.mark.parametrize("command", ["report", "rerun"])
def test_job_nobody_knows_ends_with_2(bench: Bench, command: str) -> None:
    bench.env["BATCHRESET_RATE"] = "5"
    done = bench.run(command, "20260101-000000-0000")
    assert done.code == 2
    assert "batchreset jobs" in done.err


def test_rerun_of_a_workbook_that_is_no_result_ends_with_2(bench: Bench) -> None:
    assert bench.run("rerun", sheet(bench.folder, SNS)).code == 2


@pytest.mark.skipif(os.name == "nt", reason="a pipe that nobody reads, the POSIX way")
def test_closed_pipe_is_no_error(bench: Bench) -> None:
    process = bench.start("--help")
    assert process.stdout is not None
    process.stdout.close()
    process.wait(timeout=20)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
