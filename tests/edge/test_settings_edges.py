"""Settings and small edges: what is asked for stays known, what can't be used is refused in words."""

from __future__ import annotations

import getpass
import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchreset.cli import streams
from batchreset.cli.conduct import shown
from batchreset.cli.flags import Flags
from batchreset.cli.ledgers import as_job_left_it, ledger_path
from batchreset.cli.setup import REHEARSAL_ENDPOINT, Login, gathered
from batchreset.config import app_key_for, load_settings
from batchreset.errors import LedgerError, UsageError
from batchreset.ledger.codec import job_record
from batchreset.ledger.contacts import key_file, make_key, read_key
from batchreset.ledger.locks import Locks
from batchreset.model import Job
from batchreset.prepare import input_of
from batchreset.settings import MAINLAND, Settings, checked
from batchreset.world import operator

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INTERNATIONAL = "https://api-intl.meeting.huaweicloud.com"


def job(folder: Path = Path("/x"), *, endpoint: str = INTERNATIONAL, simulated: bool = False) -> Job:
    return Job("j", NOW, folder / "in.xlsx", "", "Sheet", folder / "out", "zh-CN", simulated, endpoint, "me")


def test_checked_keeps_what_was_given() -> None:
    assert checked(load_settings()).model_fields_set == load_settings().model_fields_set == set()
    given = checked(load_settings(endpoint=f"{MAINLAND}/"))
    assert (given.endpoint, given.model_fields_set) == (MAINLAND, {"endpoint"})


def test_old_job_has_its_own_endpoint_and_language_unless_others_are_asked_for() -> None:
    own = as_job_left_it(gathered(Flags()), job())
    assert (own.endpoint, own.lang) == (INTERNATIONAL, "zh-CN")
    asked = as_job_left_it(gathered(Flags(endpoint=MAINLAND, lang="en-US")), job())
    assert (asked.endpoint, asked.lang) == (MAINLAND, "en-US")
    rehearsed = as_job_left_it(gathered(Flags(endpoint=MAINLAND)), job(simulated=True))
    assert rehearsed.endpoint == REHEARSAL_ENDPOINT


def test_old_job_is_checked_with_its_own_endpoint() -> None:
    assert as_job_left_it(gathered(Flags(rate=0)), job(endpoint="http://127.0.0.1:9")).rate == 0
    with pytest.raises(UsageError, match="rate-zero"):
        as_job_left_it(gathered(Flags(rate=0)), job())


@pytest.mark.parametrize(
    ("loosened", "code"),
    [
        ({"quota_calls": 6}, "quota-loosened"),
        ({"quota_window_hours": 23.9}, "quota-loosened"),
        ({"quota_margin_minutes": 9}, "margin-loosened"),
    ],
)
def test_quota_is_loosened_for_a_simulator_only(loosened: dict[str, float], code: str) -> None:
    with pytest.raises(UsageError, match=code):
        checked(load_settings(**loosened))
    checked(load_settings(endpoint="http://127.0.0.1:9", **loosened))
    checked(load_settings(quota_calls=4, quota_window_hours=25, quota_margin_minutes=11))


@pytest.mark.parametrize("path", ["/", "."])
def test_ledger_that_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="ledger-path"):
        ledger_path(load_settings(ledger=path))


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/db", "sqlite:///x", "file://x"])
def test_ledger_that_is_an_address_makes_no_file_of_that_name(url: str) -> None:
    with pytest.raises(UsageError, match="ledger-url") as caught:
        ledger_path(load_settings(ledger=url))
    assert "secret" not in str(caught.value)


def test_paths_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert load_settings(output="~/out").output == Path("/home/anna/out")
    with pytest.raises(UsageError, match="setting-invalid"):
        load_settings(output="~nobody-here/out")


@pytest.mark.parametrize("name", ["APP_ID", "APP_KEY", "ACCESS_TOKEN"])
def test_secrets_are_stripped_and_must_be_printable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BATCHRESET_{name}", " abc\r\n")
    value = getattr(load_settings(), name.lower())
    assert (value if isinstance(value, str) else value.get_secret_value()) == "abc"
    for bad in ("a\nb", "schlüssel", "a\x1bb"):
        monkeypatch.setenv(f"BATCHRESET_{name}", bad)
        with pytest.raises(UsageError, match="setting-invalid") as raised:
            load_settings()
        assert bad not in str(raised.value.message)


def test_key_prompt_without_anybody(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings().model_copy(update={"app_id": "A"})
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="no-app-key"):
        app_key_for(settings)


def test_operator_on_a_windows_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pwd() -> str:
        raise ModuleNotFoundError("No module named 'pwd'")

    monkeypatch.setattr(getpass, "getuser", no_pwd)
    assert operator().isdigit()


@pytest.mark.parametrize("content", ["", "\n", "00" * 31, "00" * 33, "no hex"])
def test_key_file_that_is_not_32_bytes_is_no_key(tmp_path: Path, content: str) -> None:
    path = key_file(tmp_path / "ledger")
    path.write_text(content)
    assert read_key(path) is None


def test_key_is_made_in_place_of_an_empty_file_and_of_no_other(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("")
    made = make_key(path)
    found = read_key(path)
    assert found is not None
    assert found.fingerprint == made.fingerprint
    with pytest.raises(FileExistsError):
        make_key(path)


def test_locks_in_whose_place_is_a_file_are_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.locks").write_text("")
    locks = Locks(tmp_path / "ledger")
    for ask in (
        lambda: locks.hold_run("r"),
        lambda: locks.is_alive("r"),
        lambda: locks.hold_sheet(tmp_path, job="j", since=NOW),
    ):
        with pytest.raises(LedgerError, match="ledger-not-writable"):
            ask()


def test_sheet_is_free_again_after_release(tmp_path: Path) -> None:
    locks = Locks(tmp_path / "ledger")
    for _ in range(2):
        locks.hold_sheet(tmp_path / "in.xlsx", job="j", since=NOW)
        with pytest.raises(LedgerError, match="sheet-held"):
            Locks(tmp_path / "ledger").hold_sheet(tmp_path / "in.xlsx", job="k", since=NOW)
        locks.release()


def test_job_with_an_odd_name_is_kept_readable() -> None:
    record = job_record(job(Path("/x\udcff")), 1)
    assert record[3] == "/x\\udcff/in.xlsx"


@pytest.mark.parametrize("name", ["results.xlsx", "results.xlsm"])
def test_input_that_is_gone_is_stood_in_for_by_the_results(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").mkdir()
    assert input_of(job(tmp_path), []) == tmp_path / "in.xlsx"
    (tmp_path / "out" / name).write_bytes(b"")
    assert input_of(job(tmp_path), []) == tmp_path / "out" / name
    (tmp_path / "in.xlsx").write_bytes(b"")
    assert input_of(job(tmp_path), []) == tmp_path / "in.xlsx"


def test_path_is_shown_whole_where_the_working_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert shown(tmp_path / "x") == str(tmp_path / "x")
    monkeypatch.chdir(tmp_path)


def test_stdout_takes_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    streams.prepare()
    streams.write(out, "成功 \udcff\n")
    assert out.buffer.getvalue() == "成功 \\udcff\n".encode()


def test_login_when_many_jobs_need_it_then_a_typed_key_is_asked_for_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "a-key"

    monkeypatch.setattr(getpass, "getpass", typed)
    monkeypatch.setattr("batchreset.config._from_keyring", lambda _: None)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    settings = Settings(app_id="an-app")
    with Login() as login:
        assert asked == [], "nothing is asked for before it is needed"
        assert login(settings) == login(settings)
    assert len(asked) == 1
