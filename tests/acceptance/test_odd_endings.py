"""Runs that end oddly: nobody reads on, folders go, signals come early; and what `rerun` makes of it."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import PROGRAM, Bench, ended, results, sheet, simulator

SNS = [f"21023113374{n:09d}" for n in range(12)]
SLOW = '[[fault]]\nkind = "slow"\nseconds = 0.3\n'


# rehearsals


@pytest.mark.parametrize("endpoint", [None, "https://api-intl.meeting.huaweicloud.com"])
def test_simulated_job_is_rerun_and_reported_without_any_option(bench: Bench, endpoint: str | None) -> None:
    done = bench.run("run", sheet(bench.folder, SNS), "--simulate", "--yes", "--json", "--only-first", "4")
    if endpoint:
        bench.env["BATCHRESET_ENDPOINT"] = endpoint
    job = done.object["job"]
    assert bench.run("report", job, "--json").object["job"] == job
    again = bench.run("rerun", job, "--yes", "--json")
    assert (again.code, again.object["counts"]["succeeded"]) == (0, 12), again.err


def test_demo_is_rerun_and_reported_in_its_own_language_without_any_option(bench: Bench) -> None:
    bench.env["BATCHRESET_LEDGER"] = str(bench.folder / "own.sqlite3")
    job = bench.run("demo", "--json", "--rate", "200", "--lang", "zh-CN").object["job"]
    assert bench.run("report", job, "--json").code == 1
    again = bench.run("rerun", job, "--yes", "--json")
    assert again.code == 1, again.err
    assert load_workbook(bench.job_folder(job) / "todo.xlsx").worksheets[0].max_row > 1
    assert "成功" in (bench.job_folder(job) / "handoff.html").read_text("utf-8")


def test_demo_that_is_asked_not_to_pace_does_not(bench: Bench) -> None:
    done = bench.run("demo", "--json", "--rate", "0")
    assert "without pacing" in done.err


def test_rerun_of_a_job_goes_to_its_own_endpoint(bench: Bench) -> None:
    with simulator(bench) as service:
        job = bench.run(
            "run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "4", "--ledger", "l.sqlite3"
        ).object["job"]
        bench.env.pop("BATCHRESET_ENDPOINT")
        again = bench.run("rerun", job, "--yes", "--json", "--ledger", "l.sqlite3")
        assert again.code == 0, again.err
        assert len(service.log()) == 12


# `rerun` of all


def two_open_jobs(bench: Bench, *, one_sheet: bool) -> list[str]:
    """Two jobs with rows left."""
    names = ("site.xlsx", "site.xlsx" if one_sheet else "other.xlsx")
    parts = (SNS, SNS) if one_sheet else (SNS[:6], SNS[6:])
    found = []
    for name, part in zip(names, parts, strict=True):
        site = sheet(bench.folder, part, name)
        found.append(bench.run("run", site, "--yes", "--json", "--only-first", "1").object["job"])
    return found


def test_rerun_of_two_jobs_of_one_sheet_does_not_meet_its_own_lock(bench: Bench) -> None:
    with simulator(bench) as service:
        jobs = two_open_jobs(bench, one_sheet=True)
        done = bench.run("rerun", "--yes", "--json")
        assert len(service.log()) == 12
    assert done.code == 0, done.err
    assert [one["job"] for one in done.object["jobs"]] == jobs


def test_rerun_that_is_interrupted_begins_no_further_job(bench: Bench) -> None:
    with simulator(bench) as service:
        two_open_jobs(bench, one_sheet=False)
        service.post("faults", SLOW)
        process = bench.start("rerun", "--yes", "--json", "--concurrency", "2")
        service.wait_for(lambda log: len(log) >= 3)
        process.send_signal(signal.SIGINT)
        done = ended(process)
        assert {call["sn"] for call in service.log()[2:]} <= set(SNS[:6])
    assert done.code == 130, done.err
    assert done.object["error"]["code"] == "interrupted"


def test_run_that_is_interrupted_says_so_once_and_in_its_own_language(bench: Bench) -> None:
    bench.env["BATCHRESET_LANG"] = "zh-CN"
    with simulator(bench, SLOW) as service:
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--concurrency", "1")
        service.wait_for(lambda log: len(log) >= 1)
        process.send_signal(signal.SIGINT)
        done = ended(process)
    assert done.code == 130
    assert "interrupted" not in done.err
    assert done.err.count("运行被中断") == 1


def test_rerun_that_the_service_refuses_begins_no_further_job(bench: Bench) -> None:
    with simulator(bench):
        jobs = two_open_jobs(bench, one_sheet=False)
        bench.env["BATCHRESET_APP_KEY"] = "0" * 32
        done = bench.run("rerun", "--yes", "--json")
    assert (done.code, done.object["job"]) == (6, jobs[0])
    assert f"Job {jobs[1]} was not begun." in done.err


def test_rerun_of_several_jobs_of_which_the_last_is_stopped_tells_why_beside_the_exit_code(
    bench: Bench,
) -> None:
    with simulator(bench) as service:
        jobs = two_open_jobs(bench, one_sheet=False)
        service.post("faults", f'[[fault]]\nkind = "redirect"\nsn = "{SNS[7]}"\n')
        done = bench.run("rerun", "--yes", "--json")
    assert (done.code, done.object["exit_code"]) == (6, 6), done.err
    assert [(one["job"], one["exit_code"]) for one in done.object["jobs"]] == [(jobs[0], 0), (jobs[1], 6)]
    assert done.object["error"]["code"] == "redirected"


def test_rerun_leaves_a_job_that_another_process_runs_and_tells_the_rest(bench: Bench) -> None:
    with simulator(bench) as service:
        jobs = two_open_jobs(bench, one_sheet=False)
        service.post("faults", SLOW)
        first = bench.start("rerun", jobs[0], "--yes", "--json", "--concurrency", "1")
        service.wait_for(lambda log: len(log) >= 3)
        done = bench.run("rerun", "--yes", "--json", "--concurrency", "8")
        assert ended(first).code == 0
    assert done.code == 5, done.err
    assert done.object["job"] == jobs[1]
    assert done.object["counts"]["succeeded"] == 6
    assert done.object["error"]["code"] == "sheet-held"


def test_interrupted_run_with_again_is_finished_by_rerun(bench: Bench) -> None:
    with simulator(bench) as service:
        site = sheet(bench.folder, SNS)
        assert bench.run("run", site, "--yes").code == 0
        assert bench.run("run", site, "--yes", "--again", "--only-first", "4").code == 1
        done = bench.run("rerun", "--yes", "--json")
        assert len(service.log()) == 24
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 12)
        assert bench.run("rerun", done.object["job"], "--yes").code == 0
        assert len(service.log()) == 24


# folders


def test_rerun_writes_where_it_is_told_to(bench: Bench) -> None:
    with simulator(bench):
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "4").object["job"]
        bench.env["HOME"] = str(bench.folder)
        done = bench.run("rerun", job, "--yes", "--json", "--output", "~/elsewhere")
    assert done.code == 0, done.err
    assert Path(done.object["files"]["results"]) == bench.folder / "elsewhere" / job / "results.xlsx"
    assert done.object["counts"]["succeeded"] == 12


@pytest.mark.parametrize("what", ["folder", "log"])
def test_rerun_whose_folder_cannot_be_written_ends_with_2_and_sends_nothing(bench: Bench, what: str) -> None:
    with simulator(bench) as service:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "4").object["job"]
        folder = bench.job_folder(job)
        if what == "folder":
            shutil.rmtree(folder)
            folder.write_text("in the way")
        else:
            (folder / "run.log").unlink()
            (folder / "run.log").mkdir()
        done = bench.run("rerun", job, "--yes", "--json")
        assert (done.code, done.object["error"]["code"]) == (2, "output-not-writable"), done.err
        assert len(service.log()) == 4


def test_folder_lost_in_mid_run_costs_the_files_and_not_the_record(bench: Bench) -> None:
    with simulator(bench, SLOW) as service:
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", "--concurrency", "2")
        service.wait_for(lambda log: len(log) >= 3)
        shutil.rmtree(bench.folder / "output")
        (bench.folder / "output").write_text("in the way")
        done = ended(process)
    assert done.code == 2, done.err
    found = done.object
    assert found["error"]["code"] == "output-not-writable"
    assert found["job"] in found["error"]["hint"]
    assert (found["files"], found["counts"]["succeeded"]) == ({}, 12)
    (bench.folder / "output").unlink()
    assert bench.run("jobs", "--json").object["jobs"][0]["counts"]["succeeded"] == 12
    assert bench.run("report", found["job"], "--json").object["counts"]["succeeded"] == 12


def test_locks_that_cannot_be_taken_end_with_5(bench: Bench) -> None:
    with simulator(bench) as service:
        (bench.folder / "l.sqlite3.locks").write_text("in the way")
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--ledger", "l.sqlite3")
        assert (done.code, done.object["error"]["code"]) == (5, "ledger-not-writable"), done.err
        assert service.log() == []


@pytest.mark.parametrize("path", ["/", "~nobody-here/x.sqlite3"])
def test_ledger_that_names_no_file_is_told(bench: Bench, path: str) -> None:
    bench.env["BATCHRESET_LEDGER"] = path
    with simulator(bench):
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
    assert done.code == 2, done.err
    assert path in done.object["error"]["message"]


def test_working_folder_that_has_gone_is_survived(bench: Bench) -> None:
    job = bench.run("run", sheet(bench.folder, SNS), "--simulate", "--yes", "--json").object["job"]
    gone = bench.folder / "gone"
    gone.mkdir()
    script = f'cd "{gone}" && rmdir "{gone}" && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", *PROGRAM, "report", job],
        env=bench.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "results.xlsx" in done.stdout


def test_input_name_that_is_no_utf8_is_no_reason_to_end(bench: Bench) -> None:
    site = sheet(bench.folder, SNS)
    odd = os.fsdecode(os.fsencode(bench.folder) + b"/site-\xff.xlsx")
    site.rename(odd)
    done = bench.run("run", odd, "--simulate", "--yes", "--json")
    assert done.code == 0, done.err
    assert bench.run("report", done.object["job"], "--json").code == 0


# edited results


def test_edited_results_are_kept_when_they_are_written_again(bench: Bench) -> None:
    job = bench.run("run", sheet(bench.folder, SNS), "--simulate", "--yes", "--json").object["job"]
    assert bench.run("report", job).code == 0
    folder = bench.job_folder(job)
    assert not list(folder.glob("*edited*"))
    for name in ("results.xlsx", "todo.xlsx"):
        book = load_workbook(folder / name)
        book.worksheets[0]["A30"] = "a note of mine"
        book.save(folder / name)
    done = bench.run("report", job)
    assert {path.name for path in folder.glob("*edited*")} == {"results.edited-1.xlsx", "todo.edited-1.xlsx"}
    assert "results.edited-1.xlsx" in done.err
    kept = load_workbook(folder / "results.edited-1.xlsx").worksheets[0]
    assert kept["A30"].value == "a note of mine"
    assert len(results(bench, job)) == 12


def test_edited_results_that_are_rerun_are_not_kept_twice(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "unknown-terminal"\nsn = "*1"\n') as service:
        job = bench.run("run", sheet(bench.folder, SNS[:3]), "--yes", "--json").object["job"]
        service.post("faults", "")
        path = bench.job_folder(job) / "results.xlsx"
        book = load_workbook(path)
        book.worksheets[0]["D3"] = "other@example.com"
        book.save(path)
        assert bench.run("rerun", path, "--yes").code == 0
    assert not list(path.parent.glob("results.edited*"))


# streams and signals


def test_interrupt_while_planning_prints_one_object(bench: Bench) -> None:
    site = sheet(bench.folder, SNS)
    seen = set()
    for delay_s in (0.15, 0.3, 0.5, 0.7):
        process = bench.start("plan", site, "--simulate", "--json")
        time.sleep(delay_s)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
        seen.add(process.returncode)
        if process.returncode == 130:
            assert '"interrupted"' in out
            assert out.count("\n") == 1
    assert seen <= {0, 130, -signal.SIGINT}


def piped(bench: Bench, shell: str, *args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a shell line in which "$@" is it."""
    return subprocess.run(
        ["bash", "-c", shell, "bash", *PROGRAM, *map(str, args)],
        cwd=bench.folder,
        env=bench.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "shell",
    [
        pytest.param('"$@" | true; exit ${PIPESTATUS[0]}', id="stdout has no reader"),
        pytest.param('"$@" 2> >(true)', id="stderr has no reader"),
        pytest.param('"$@" > /dev/full', id="stdout is full"),
        pytest.param('"$@" 2> /dev/full', id="stderr is full"),
        pytest.param('"$@" >&-', id="stdout closed"),
        pytest.param('"$@" 2>&-', id="stderr closed"),
        pytest.param('"$@" <&-', id="stdin closed"),
    ],
)
def test_exit_code_is_the_jobs_whatever_becomes_of_the_streams(bench: Bench, shell: str) -> None:
    site = sheet(bench.folder, SNS)
    done = piped(bench, shell, "run", site, "--simulate", "--yes", "--only-first", "4")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    known = bench.run("jobs", "--simulate", "--json").object["jobs"]
    assert [job["counts"]["succeeded"] for job in known] == [4]


def test_plan_that_nobody_can_confirm_ends_with_4_with_stdin_closed(bench: Bench) -> None:
    done = piped(bench, '"$@" <&-', "run", sheet(bench.folder, SNS), "--simulate")
    assert done.returncode == 4, done.stderr


def test_stdout_of_an_old_encoding_takes_chinese(bench: Bench) -> None:
    bench.env["PYTHONIOENCODING"] = "cp1252"
    done = bench.run("run", sheet(bench.folder, SNS), "--simulate", "--yes", "--lang", "zh-CN")
    assert done.code == 0, done.err
    assert "成功" in done.out


def test_keyring_that_is_broken_is_as_good_as_an_empty_one(bench: Bench) -> None:
    with simulator(bench):
        bench.env.pop("BATCHRESET_APP_KEY")
        bench.env["PYTHON_KEYRING_BACKEND"] = "no.such.Backend"
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (2, "no-app-key"), done.err


def test_end_of_input_at_the_key_prompt_ends_with_2(bench: Bench) -> None:
    with simulator(bench):
        bench.env.pop("BATCHRESET_APP_KEY")
        leader, follower = pty.openpty()
        process = subprocess.Popen(
            [*PROGRAM, "run", str(sheet(bench.folder, SNS)), "--yes", "--json"],
            cwd=bench.folder,
            env=bench.env,
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        os.close(follower)
        assert process.stderr is not None
        assert process.stderr.read(8) == "App Key:"  # what is typed before the prompt is thrown away
        time.sleep(0.2)
        os.write(leader, b"\x04")
        done = ended(process)
        os.close(leader)
    assert (done.code, done.object["error"]["code"]) == (2, "no-app-key"), done.err


def test_secret_of_a_file_with_windows_line_ends_is_used_without_them(bench: Bench) -> None:
    with simulator(bench):
        bench.env["BATCHRESET_APP_KEY"] += "\r"
        bench.env["BATCHRESET_APP_ID"] += "\r"
        assert bench.run("run", sheet(bench.folder, SNS), "--yes").code == 0


def test_secret_that_cannot_be_one_is_refused_and_never_shown(bench: Bench) -> None:
    with simulator(bench) as service:
        bench.env["BATCHRESET_ACCESS_TOKEN"] = "sesame\nüñ"
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
        assert service.log() == []
    assert done.code == 2
    assert "access_token" in done.object["error"]["message"]
    assert "sesame" not in done.out + done.err
