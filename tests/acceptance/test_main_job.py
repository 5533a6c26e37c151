"""The main job, from outside: workbook in, resets, workbook out; checked against the simulator's own log."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from openpyxl import load_workbook

from batchreset.model import Status
from tests.acceptance.cli import Bench, ended, results, sheet, simulator
from tests.acceptance.witnesses import judge_simulated

SNS = [f"21023113374{n:09d}" for n in range(40)]
FILES = {"results", "todo", "handoff", "summary"}


def test_run_when_all_is_well_resets_each_terminal_once_and_a_second_run_none(bench: Bench) -> None:
    with simulator(bench) as service:
        site = sheet(bench.folder, SNS)
        first = bench.run("run", site, "--yes", "--json")
        assert first.code == 0, first.err
        found = first.object
        assert found["counts"] == {**dict.fromkeys(map(str, Status), 0), "succeeded": 40}
        assert (found["rows"], found["exit_code"]) == (40, 0)
        assert set(found["files"]) == FILES
        assert all(Path(path).is_file() for path in found["files"].values())
        assert Counter(call["sn"] for call in service.log()) == Counter(SNS)

        second = bench.run("run", site, "--yes", "--json")
        assert second.code == 0
        assert second.object["counts"]["recent"] == 40
        assert len(service.log()) == 40

        again = bench.run("rerun", found["job"], "--yes", "--json")
        assert (again.code, again.object["counts"]["succeeded"]) == (0, 40)
        assert len(service.log()) == 40


FAULTS = """
[[fault]]
kind = "reset-after"
sn = "*000000001"
[[fault]]
kind = "reset-before"
sn = "*000000002"
[[fault]]
kind = "unknown-terminal"
sn = "*000000003"
[[fault]]
kind = "quota-used"
sn = "*000000004"
[[fault]]
kind = "gateway"
sn = "*000000005"
times = 1
[[fault]]
kind = "expire-tokens"
sn = "*000000006"
times = 1
[[fault]]
kind = "html"
sn = "*000000007"
[[fault]]
kind = "cut"
sn = "*000000008"
[[fault]]
kind = "throttle"
sn = "*000000009"
times = 1
retry_after = "1"
"""


def test_run_when_the_service_misbehaves_says_of_every_row_what_is_true(bench: Bench) -> None:
    with simulator(bench, FAULTS) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
        log = service.log()
    assert done.code == 1, done.err
    rows = results(bench, done.object["job"])
    said = {n: rows[SNS[n]]["Result"] for n in range(10)}
    assert said == {
        0: "succeeded",
        1: "unknown",
        2: "unknown",
        3: "failed",
        4: "waiting",
        5: "succeeded",
        6: "succeeded",
        7: "unknown",
        8: "unknown",
        9: "succeeded",
    }
    judge_simulated(bench, log)
    last = {call["sn"]: call["request_id"] for call in log}
    for sn, row in rows.items():
        assert row["Request ID"] == last[sn]
        assert row["Reason"]
        assert row["Next step"]
    assert Counter(row["Result"] for row in rows.values()) == {
        status: n for status, n in done.object["counts"].items() if n
    }
    todo = load_workbook(bench.job_folder(done.object["job"]) / "todo.xlsx").worksheets[0]
    assert todo.max_row == 1 + 6


def test_rerun_sends_only_what_may_be_sent(bench: Bench) -> None:
    faults = '[[fault]]\nkind = "unknown-terminal"\nsn = "*1"\n[[fault]]\nkind = "reset-after"\nsn = "*2"\n'
    with simulator(bench, faults) as service:
        site = sheet(bench.folder, SNS[:10])
        first = bench.run("run", site, "--yes", "--json", "--only-first", "5").object
        assert first["counts"]["not_sent"] == 5
        assert first["exit_code"] == 1
        service.post("faults", "")
        before = len(service.log())
        second = bench.run("rerun", "--yes", "--json")
        assert second.object["job"] == first["job"]
        assert {call["sn"] for call in service.log()[before:]} == set(SNS[5:10])
        assert second.object["counts"]["succeeded"] == 8

        third = bench.run("rerun", first["job"], "--yes", "--json", "--retry-unknown")
        assert [call["sn"] for call in service.log()[before + 5 :]] == [SNS[2]]
        assert third.object["counts"]["failed"] == 1

        book = load_workbook(site)  # the failed row is mended: another e-mail address
        book.worksheets[0]["D3"] = "other@example.com"
        book.save(site)
        fourth = bench.run("rerun", first["job"], "--yes", "--json")
        assert [call["sn"] for call in service.log()[before + 6 :]] == [SNS[1]]
        assert (fourth.code, fourth.object["counts"]["succeeded"]) == (0, 10)
        judge_simulated(bench, service.log(), faultless=True)


def test_rerun_of_a_mended_results_workbook_reads_that(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "unknown-terminal"\nsn = "*1"\n') as service:
        job = bench.run("run", sheet(bench.folder, SNS[:3]), "--yes", "--json").object["job"]
        service.post("faults", "")
        path = bench.job_folder(job) / "results.xlsx"
        book = load_workbook(path)
        book.worksheets[0]["D3"] = "other@example.com"
        moved = bench.folder / "mended.xlsx"
        book.save(moved)
        done = bench.run("rerun", moved, "--yes", "--json")
        assert (done.code, done.object["job"], done.object["counts"]["succeeded"]) == (0, job, 3)
        calls = len(service.log())
        for command in (["report", job], ["rerun", job, "--yes"]):
            later = bench.run(*command, "--json")
            assert (later.code, later.object["counts"]["succeeded"]) == (0, 3), (
                "the mended workbook is remembered"
            )
        assert len(service.log()) == calls
    assert load_workbook(path).worksheets[0]["D3"].value == "other@example.com"
    names = [cell.value for cell in load_workbook(path).worksheets[0][1]]
    assert names.count("Result") == 1


def test_run_when_not_confirmed_sends_nothing_and_ends_with_4(bench: Bench) -> None:
    with simulator(bench) as service:
        site = sheet(bench.folder, SNS[:3])
        done = bench.run("run", site, "--json")
        assert done.code == 4
        assert done.object["error"]["code"] == "not-confirmed"
        assert done.object["exit_code"] == 4
        assert service.log() == []
    assert bench.run("jobs", "--json").object["jobs"] == []


@pytest.mark.parametrize(("typed", "code", "calls"), [("3\n", 0, 3), ("y\n", 4, 0)])
def test_run_at_a_terminal_asks_for_the_number(bench: Bench, typed: str, code: int, calls: int) -> None:
    with simulator(bench) as service:
        parent, child = pty.openpty()
        process = bench.start("run", sheet(bench.folder, SNS[:3]), stdin=child)
        os.write(parent, typed.encode())
        done = ended(process)
        os.close(parent)
        os.close(child)
        assert "can't be undone" in done.err
        assert (done.code, len(service.log())) == (code, calls)


def test_report_again_says_the_same_as_after_the_run(bench: Bench) -> None:
    with simulator(bench, FAULTS):
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json").object["job"]
    before = results(bench, job)
    for path in bench.job_folder(job).iterdir():
        if path.name != "run.log":
            path.unlink()
    done = bench.run("report", job, "--json")
    assert done.code == 1
    assert results(bench, job) == before


def test_in_place_writes_into_the_workbook_and_keeps_a_backup(bench: Bench) -> None:
    with simulator(bench):
        site = sheet(bench.folder, SNS[:3])
        before = site.read_bytes()
        done = bench.run("run", site, "--yes", "--json", "--in-place")
    assert done.code == 0, done.err
    assert Path(done.object["files"]["backup"]).read_bytes() == before
    header, *rows = load_workbook(site).worksheets[0].iter_rows(values_only=True)
    assert {row[header.index("Result")] for row in rows} == {"succeeded"}


def test_history_shows_every_call_and_the_quota_left(bench: Bench) -> None:
    with simulator(bench):
        site = sheet(bench.folder, SNS[:1])
        for _ in range(5):
            assert bench.run("run", site, "--yes", "--again", "--json").code == 0
        sixth = bench.run("run", site, "--yes", "--again", "--json")
        assert sixth.object["counts"]["waiting"] == 1
        found = bench.run("history", SNS[0], "--json").object
    assert found["calls_left"] == 0
    assert found["free_at"]
    assert [attempt["state"] for attempt in found["attempts"]] == ["succeeded"] * 5


def test_secrets_codes_and_contacts_are_in_no_log_page_or_ledger(bench: Bench) -> None:
    with simulator(bench, FAULTS) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
        codes = {str(letter["code"]) for letter in service.page("outbox")}
        tokens = [bench.env["BATCHRESET_APP_KEY"]]
    assert codes
    folder = bench.job_folder(done.object["job"])
    texts = {name: (folder / name).read_text("utf-8") for name in ("run.log", "summary.json", "handoff.html")}
    texts |= {"stdout": done.out, "stderr": done.err}
    ledger = next((bench.folder / "state").rglob("*.sqlite3"))
    texts["ledger"] = ledger.read_bytes().decode("latin-1")
    for name, text in texts.items():
        for secret in (*tokens, "+86138000000", "user7@example.com", "8613800000007"):
            assert secret not in text, f"{secret} in {name}"


def test_jobs_when_there_are_none_says_so_and_where_rehearsals_are(bench: Bench) -> None:
    bench.env["BATCHRESET_RATE"] = "5"
    none = bench.run("jobs")
    assert (none.code, none.out) == (0, ""), none.err
    assert re.search(r"The ledger \S+ knows no job yet\.\nRehearsals .* --simulate\.", none.err)
    rehearsals = bench.run("jobs", "--simulate")
    assert "knows no job yet" in rehearsals.err
    assert "Rehearsals" not in rehearsals.err


def test_simulate_needs_no_login_and_marks_what_it_writes(bench: Bench) -> None:
    site = sheet(bench.folder, SNS[:3])
    done = bench.run("run", site, "--simulate", "--yes", "--json")
    assert done.code == 0, done.err
    assert "REHEARSAL" in (bench.job_folder(done.object["job"]) / "handoff.html").read_text("utf-8")
    assert (bench.folder / "state" / "batchreset" / "simulated.sqlite3").exists()
    assert not (bench.folder / "state" / "batchreset" / "ledger.sqlite3").exists()


def test_chinese_run_has_chinese_columns_and_statuses(bench: Bench) -> None:
    done = bench.run("run", sheet(bench.folder, SNS[:3]), "--simulate", "--yes", "--json", "--lang", "zh-CN")
    page = load_workbook(bench.job_folder(done.object["job"]) / "results.xlsx").worksheets[0]
    assert page["E1"].value == "结果"
    assert page["E2"].value == "成功"


def test_demo_agrees_with_the_simulators_own_count(bench: Bench) -> None:
    bench.env.pop("BATCHRESET_RATE")
    done = bench.run("demo", "--json", "--rate", "200")
    assert done.code == 1
    found = done.object
    assert found["rows"] == 200
    assert sum(found["counts"].values()) == 200
    assert all(found["counts"][status] for status in ("succeeded", "failed", "unknown", "waiting"))
    rows = results(bench, found["job"])
    received, processed = _own_count(done.err)
    assert received == sum(row["Attempts"] for row in rows.values())
    assert (
        found["counts"]["succeeded"] <= processed <= found["counts"]["succeeded"] + found["counts"]["unknown"]
    )


def _own_count(said: str) -> tuple[int, int]:
    line = next(line for line in said.splitlines() if "own count" in line)
    received, processed = (int(word) for word in line.split() if word.isdigit())
    return received, processed


def test_program_is_the_same_as_a_module_and_as_a_command(bench: Bench) -> None:
    command = subprocess.run(
        [str(Path(sys.executable).with_name("batchreset")), "--version"],
        capture_output=True,
        text=True,
        check=True,
        env=bench.env,
    )
    assert command.stdout == bench.run("--version").out
