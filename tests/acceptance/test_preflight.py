"""The preflight over a real socket: what it finds, what is not sent for it, and what it costs in calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import Bench, contact, results, sheet, simulator

SITE = """
[[terminal]]
sn = "GOOD1"
email = "user1@example.com"

[[terminal]]
sn = "MOVED2"
email = "somebody.else@example.com"

[[terminal]]
sn = "OFF3"
disabled = true

[[terminal]]
sn = "OTHER4"
type = "3rd"
model = "polycom"

[[terminal]]
sn = "FOREIGN5"
foreign = true
"""
SNS = ["GOOD1", "MOVED2", "OFF3", "OTHER4", "FOREIGN5", "NOBODY6"]


def site(count: int) -> str:
    return "".join(f'[[terminal]]\nsn = "SN{n:04d}"\nemail = "hall{n}@site.example"\n' for n in range(count))


def counting(call: str) -> str:
    """A harmless fault whose strikes count the calls of a kind."""
    return f'[[fault]]\nkind = "slow"\nseconds = 0\non = "{call}"\n'


def test_run_with_preflight_then_unfit_rows_are_told_and_not_sent(bench: Bench) -> None:
    with simulator(bench, SITE) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--preflight")
        assert sorted(call["sn"] for call in service.log()) == ["GOOD1", "MOVED2"]
    assert done.code == 1, done.err
    job = done.object["job"]
    assert {k: v for k, v in done.object["counts"].items() if v} == {"succeeded": 2, "invalid": 4}
    rows = results(bench, job)
    assert "disabled" in rows["OFF3"]["Reason"]
    assert "no activation code" in rows["OTHER4"]["Reason"]
    assert "no terminal of this SN" in rows["NOBODY6"]["Reason"]
    assert "no terminal of this SN" in rows["FOREIGN5"]["Reason"]
    assert "Another contact than the registered one" in done.err
    assert "s***@example.com" in done.err
    assert "somebody.else" not in done.err + done.out
    kept = (bench.job_folder(job) / "preflight.json").read_text("utf-8")
    assert "@" not in kept
    again = bench.run("report", job, "--json")
    assert again.object["counts"] == done.object["counts"], "a report written again says something else"


def test_rerun_after_a_preflight_holds_to_it_until_a_new_one(bench: Bench) -> None:
    path = bench.folder / "memory.jsonl"
    with simulator(bench, SITE, "--state", path) as service:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--preflight").object["job"]
        sent = len(service.log())
        assert bench.run("rerun", job, "--yes", "--json").object["counts"]["invalid"] == 4
        assert len(service.log()) == sent
    with simulator(bench, SITE.replace("disabled = true", "disabled = false")) as service:
        done = bench.run("rerun", job, "--yes", "--json", "--preflight", "--endpoint", service.url)
        assert [call["sn"] for call in service.log()] == ["OFF3"]
    assert done.object["counts"]["invalid"] == 3


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_plan_online_tells_the_same_and_sends_nothing(bench: Bench, lang: str) -> None:
    bench.env["BATCHRESET_LANG"] = lang
    with simulator(bench, SITE) as service:
        done = bench.run("plan", sheet(bench.folder, SNS), "--online", "--json")
        assert service.log() == []
    assert done.code == 0, done.err
    found = done.object["preflight"]
    assert {one["sn"]: one["kind"] for one in found["unfit"]} == {
        "OFF3": "terminal-disabled",
        "OTHER4": "terminal-no-code",
        "FOREIGN5": "terminal-unknown",
        "NOBODY6": "terminal-unknown",
    }
    assert [one["cell"] for one in found["differing"]] == ["Terminals!B3"]
    assert done.object["to_send"] == 2


def test_run_with_fill_contacts_then_rows_without_one_go_to_the_registered_contact(bench: Bench) -> None:
    path = sheet(bench.folder, ["SN0000", "SN0001", "SN0002"])
    workbook = load_workbook(path)
    for row in (3, 4):
        for column in (3, 4):
            workbook.worksheets[0].cell(row, column).value = None
    workbook.save(path)
    workbook.close()
    with simulator(bench, site(3)) as service:
        plain = bench.run("plan", path, "--online", "--json").object
        assert (plain["to_send"], plain["preflight"]["fillable"]) == (1, 2)
        done = bench.run("run", path, "--yes", "--json", "--fill-contacts")
        mail = {one["sn"]: one["to"] for one in service.page("outbox") if one["channel"] == "mail"}
    assert done.code == 0, done.err
    assert mail == {"SN0000": contact(1)[1], "SN0001": "hall1@site.example", "SN0002": "hall2@site.example"}
    assert "Terminals!B3" in done.err
    assert "Terminals!B4" in done.err
    again = bench.run("report", done.object["job"], "--json")
    assert again.object["counts"]["succeeded"] == 3


def bare(bench: Bench, rows: int) -> Path:
    """A sheet of `SN0000` and so on, in which only the first row has a contact."""
    path = sheet(bench.folder, [f"SN{n:04d}" for n in range(rows)])
    workbook = load_workbook(path)
    for row in range(3, rows + 2):
        for column in (3, 4):
            workbook.worksheets[0].cell(row, column).value = None
    workbook.save(path)
    workbook.close()
    return path


REFUSED = '[[fault]]\nkind = "unknown-terminal"\nsn = "SN0001"\n'


def test_rows_that_took_a_registered_contact_are_finished_by_reruns_that_do_not_say_so(bench: Bench) -> None:
    with simulator(bench, site(4) + REFUSED) as service:
        first = bench.run("run", bare(bench, 4), "--yes", "--json", "--fill-contacts", "--only-first", "2")
        assert {k: v for k, v in first.object["counts"].items() if v} == {
            "succeeded": 1, "failed": 1, "not_sent": 2,
        }  # fmt: skip
        job = first.object["job"]
        again = bench.run("report", job, "--json")
        assert again.object["counts"] == first.object["counts"], "a report written again says something else"
        kept = (bench.job_folder(job) / "preflight.json").read_text("utf-8")
        assert "@" not in kept
        one = bench.run("rerun", job, "--yes", "--json", "--only-first", "1")
        assert one.object["counts"]["not_sent"] == 1, one.err
        assert (
            "Terminals!B5: The row has no contact; the registered one is used: h***@site.example" in one.err
        )
        done = bench.run("rerun", "--yes", "--json")  # as a schedule says it
        mail = {call["sn"]: call["to"] for call in service.page("outbox") if call["channel"] == "mail"}
    assert {k: v for k, v in done.object["counts"].items() if v} == {"succeeded": 3, "failed": 1}, done.err
    assert mail == {"SN0000": contact(1)[1], "SN0002": "hall2@site.example", "SN0003": "hall3@site.example"}
    report = bench.run("report", job, "--json").object["counts"]
    assert report == done.object["counts"]


def test_rerun_when_a_terminal_has_lost_its_registered_contact_then_its_row_is_told(bench: Bench) -> None:
    with simulator(bench, site(3)):
        path = bare(bench, 3)
        job = bench.run("run", path, "--yes", "--json", "--fill-contacts", "--only-first", "2").object["job"]
    with simulator(bench, site(3).replace('email = "hall2@site.example"', "")) as service:
        done = bench.run("rerun", job, "--yes", "--json", "--endpoint", service.url)
        assert service.log() == []
    assert (done.code, done.object["counts"]["invalid"]) == (1, 1), done.err
    assert "neither a mobile number" in results(bench, job)["SN0002"]["Reason"]
    assert bench.run("report", job, "--json").object["counts"] == done.object["counts"]


def test_bare_rerun_that_cannot_ask_for_contacts_leaves_that_job_and_goes_on(bench: Bench) -> None:
    with simulator(bench, site(3)) as service:
        first = bench.run("run", bare(bench, 3), "--yes", "--json", "--fill-contacts", "--only-first", "1")
        other = sheet(bench.folder, ["SN0001", "SN0002"], "other.xlsx")
        second = bench.run("run", other, "--yes", "--json", "--only-first", "1").object["job"]
        service.post("faults", '[[fault]]\nkind = "not-admin"\non = "search"\n')
        done = bench.run("rerun", "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (6, "reading-refused"), done.err
    assert [one["job"] for one in done.object["jobs"]] == [second]
    assert f"Job {first.object['job']} is left alone" in done.err


def test_waves_of_rows_with_registered_contacts_go_to_the_last_of_them(bench: Bench) -> None:
    with simulator(bench, site(4)) as service:
        waves = ("--wave-by", "Room", "--wave-pause", "0")
        done = bench.run("run", bare(bench, 4), "--yes", "--json", "--fill-contacts", *waves)
        assert [call["sn"] for call in service.log()] == [f"SN{n:04d}" for n in range(4)]
    assert (done.code, done.object["counts"]["succeeded"]) == (0, 4), done.err


def test_bare_rerun_with_a_preflight_makes_one_for_each_job(bench: Bench) -> None:
    with simulator(bench, SITE) as service:
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "1").object["job"]
        done = bench.run("rerun", "--yes", "--json", "--preflight")
        assert sorted(call["sn"] for call in service.log()) == ["GOOD1", "MOVED2"]
    assert (done.object["job"], done.object["counts"]["invalid"]) == (job, 4), done.err


def test_preflight_holds_for_reruns_whose_files_go_elsewhere(bench: Bench) -> None:
    with simulator(bench, SITE) as service:
        path = sheet(bench.folder, ["GOOD1", "OFF3", *SNS[3:], "MOVED2"])
        job = bench.run("run", path, "--yes", "--json", "--preflight", "--only-first", "1").object["job"]
        done = bench.run(
            "rerun", job, "--yes", "--json", "--output", "elsewhere", "--wave-by", "Room", "--wave-pause", "0"
        )  # fmt: skip
        assert {call["sn"] for call in service.log()} == {"GOOD1", "MOVED2"}
        assert done.object["counts"]["invalid"] == 4, done.err
        (bench.job_folder(job) / "preflight.json").unlink()
        bench.run("rerun", job, "--yes", "--json", "--output", "elsewhere", "--preflight")
        assert bench.run("rerun", job, "--yes", "--json").object["counts"]["invalid"] == 4
        assert {call["sn"] for call in service.log()} == {"GOOD1", "MOVED2"}


@pytest.mark.parametrize(
    ("rows", "terminals", "pages", "details"),
    [(1, 30, 0, 1), (3, 95, 1, 2), (60, 95, 10, 0), (95, 95, 10, 0)],
)
def test_preflight_pages_or_asks_by_sn_whichever_is_fewer_calls(
    bench: Bench, rows: int, terminals: int, pages: int, details: int
) -> None:
    sns = [f"SN{n * (terminals - 1) // max(rows - 1, 1):04d}" for n in range(rows)]
    with simulator(
        bench, site(terminals) + counting("search") + counting("detail"), "--assume", "page_limit_max=10"
    ) as service:
        done = bench.run("plan", sheet(bench.folder, sns), "--online", "--json")
        struck = {fault["on"]: fault["struck"] for fault in service.page("faults")}
    assert done.object["preflight"]["unfit"] == []
    assert struck == {"search": pages, "detail": details}


def test_preflight_when_large_pages_are_refused_then_asks_for_smaller_ones(bench: Bench) -> None:
    faults = '[[fault]]\nkind = "status-before"\nstatus = 400\non = "search"\nuntil = 2\n'
    sns = [f"SN{n:04d}" for n in range(25)]
    with simulator(bench, site(25) + faults + counting("search") + counting("detail")) as service:
        done = bench.run("plan", sheet(bench.folder, sns), "--online", "--json")
        struck = {fault["on"]: fault["struck"] for fault in service.page("faults") if fault["kind"] == "slow"}
    assert done.code == 0, done.err
    assert done.object["preflight"]["unfit"] == []
    assert struck == {"search": 3, "detail": 0}, "two that were refused, three pages of ten"


def test_preflight_when_reading_fails_for_a_while_then_it_is_repeated(bench: Bench) -> None:
    faults = '[[fault]]\nkind = "gateway"\non = "search"\nuntil = 3\n'
    with simulator(bench, SITE + faults):
        done = bench.run("plan", sheet(bench.folder, SNS), "--online", "--json")
    assert done.code == 0, done.err
    assert len(done.object["preflight"]["unfit"]) == 4


def test_run_with_preflight_when_reading_is_refused_then_nothing_is_sent(bench: Bench) -> None:
    with simulator(bench, SITE + '[[fault]]\nkind = "not-admin"\non = "search"\n') as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--preflight")
        assert service.log() == []
    assert (done.code, json.loads(done.out)["error"]["code"]) == (6, "reading-refused")
