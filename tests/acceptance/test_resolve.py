"""Lost answers settled by hand, and what the ledger tells of it: `resolve`, `history`, `verify`, `forget`."""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import PROGRAM, Bench, results, sheet, simulator

SNS = [f"21023113375{n:09d}" for n in range(5)]
LOSING = '[[fault]]\nkind = "reset-after"\n'


@pytest.fixture
def job(bench: Bench) -> str:
    """A job of five rows, all of them unknown."""
    bench.env["BATCHRESET_LEDGER"] = str(bench.folder / "l.sqlite3")
    with simulator(bench, LOSING):
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json")
    assert done.object["counts"]["unknown"] == 5, done.err
    return str(done.object["job"])


def history(bench: Bench, sn: str) -> dict[str, Any]:
    return bench.run("history", sn, "--json").object


def test_resolve_by_sn_keeps_who_said_what_and_why_and_writes_the_files_again(bench: Bench, job: str) -> None:
    done = bench.run(
        "resolve", job, "--arrived", SNS[0], "--not-arrived", SNS[1].lower(), "--reason", "rang", "--json"
    )
    assert (done.code, done.object["resolved"]) == (1, 2), done.err
    rows = results(bench, job)
    assert [rows[sn]["Result"] for sn in SNS[:3]] == ["succeeded", "not_sent", "unknown"]
    ((attempt,), left) = history(bench, SNS[0])["attempts"], history(bench, SNS[1])["calls_left"]
    (said,) = attempt["resolved"]
    assert (said["resolution"], said["reason"]) == ("arrived", "rang")
    assert said["operator"]
    assert attempt["request_id"] == rows[SNS[0]]["Request ID"]
    assert left == 4, "what may have been processed counts, whatever arrived"


def test_resolve_from_an_edited_todo_then_rerun_sends_what_did_not_arrive_and_nothing_else(
    bench: Bench, job: str
) -> None:
    path = bench.job_folder(job) / "todo.xlsx"
    workbook = load_workbook(path)
    page = workbook.worksheets[0]
    (titles,) = page.iter_rows(1, 1, values_only=True)
    sn, result = (titles.index(title) + 1 for title in ("SN", "Result"))
    for row, word in ((2, "arrived"), (3, "未收到")):
        page.cell(row, result).value = word
    workbook.save(bench.folder / "answers.xlsx")
    first, second = (str(page.cell(row, sn).value) for row in (2, 3))

    done = bench.run("resolve", "answers.xlsx", "--json")
    assert (done.code, done.object["resolved"]) == (1, 2), done.err
    assert bench.run("resolve", "answers.xlsx", "--json").object["resolved"] == 0, "said once is said"
    with simulator(bench) as service:
        again = bench.run("rerun", job, "--yes", "--json")
        assert [call["sn"] for call in service.log()] == [second]
    assert again.object["counts"]["succeeded"] == 2
    assert results(bench, job)[first]["Result"] == "succeeded"


def test_resolve_when_an_sn_is_not_unknown_keeps_nothing(bench: Bench, job: str) -> None:
    done = bench.run("resolve", job, "--arrived", SNS[0], "--arrived", "NOSUCH1", "--json")
    assert (done.code, done.object["error"]["code"]) == (2, "not-unknown")
    assert history(bench, SNS[0])["attempts"][0]["resolved"] == []


def test_resolve_when_nobody_says_anything_is_wrong_usage(bench: Bench, job: str) -> None:
    assert bench.run("resolve", job).code == 2


def test_resolve_at_a_terminal_asks_row_by_row(bench: Bench, job: str) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "resolve", job, "--json"],
        cwd=bench.folder,
        env=bench.env,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.write(ours, b"a\nx\nn\ns\nq\n")  # x is no answer: the question comes again
    out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    counts = json.loads(out)["counts"]
    assert (counts["succeeded"], counts["not_sent"], counts["unknown"]) == (1, 1, 3), err.decode()


def test_answer_can_be_taken_back_and_both_stay_on_record(bench: Bench, job: str) -> None:
    bench.run("resolve", job, "--arrived", SNS[0])
    assert bench.run("resolve", job, "--not-arrived", SNS[0], "--json").object["resolved"] == 1
    said = history(bench, SNS[0])["attempts"][0]["resolved"]
    assert [one["resolution"] for one in said] == ["arrived", "not_arrived"]
    assert results(bench, job)[SNS[0]]["Result"] == "not_sent"


def test_verify_holds_until_somebody_changes_a_record_and_then_names_it(bench: Bench, job: str) -> None:
    good = bench.run("verify", "--json")
    assert (good.code, good.object["broken"]) == (0, None), good.err
    ledger = bench.env["BATCHRESET_LEDGER"]
    with closing(sqlite3.connect(ledger)) as other:
        rule = "SELECT sql FROM sqlite_schema WHERE name = 'attempt_settles_once'"
        ((trigger,),) = other.execute(rule).fetchall()
        other.execute("DROP TRIGGER attempt_settles_once")
        ((seq, name),) = other.execute("SELECT seq, id FROM attempt ORDER BY seq LIMIT 1 OFFSET 2").fetchall()
        other.execute("UPDATE attempt SET state = 'refused', seal = randomblob(16) WHERE seq = ?", (seq,))
        other.execute(trigger)
        other.commit()
    bad = bench.run("verify", "--json")
    assert bad.code == 5
    assert bad.object["broken"] == {"seq": seq, "kind": "attempt", "fault": "changed", "name": name}
    refused = bench.run("report", job, "--json")
    assert (refused.code, refused.object["error"]["code"]) == (5, "ledger-changed-record")


def test_forget_takes_only_what_has_no_say_any_more(bench: Bench, job: str) -> None:
    assert bench.run("forget", "--older-than", "5", "--yes").code == 2
    assert bench.run("forget", "--older-than", "400").code == 4
    done = bench.run("forget", "--older-than", "400", "--yes", "--json")
    assert done.object == {"jobs": 0, "attempts": 0, "exit_code": 0}
    assert bench.run("jobs", "--json").object["jobs"][0]["job"] == job


@pytest.mark.parametrize("command", [("verify",), ("forget", "--older-than", "400", "--yes")])
def test_audit_when_there_is_no_ledger_makes_none(bench: Bench, command: tuple[str, ...]) -> None:
    path = Path(bench.folder / "none.sqlite3")
    assert bench.run(*command, "--ledger", path).code == 2
    assert not path.exists()
