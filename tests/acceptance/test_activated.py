"""`activated`: which terminals have come alive, by the service's own register."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.cli import Bench, results, sheet, simulator

SITE = "".join(f'[[terminal]]\nsn = "SN{n}"\n' for n in range(4))
SNS = [f"SN{n}" for n in range(4)]


def alive(found: dict[str, object]) -> dict[str, tuple[object, object]]:
    terminals = found["terminals"]
    assert isinstance(terminals, list)
    return {one["sn"]: (one["alive"], one["since"]) for one in terminals}


@pytest.mark.parametrize("assume", ["status_number_tel=true", "status_number_tel=false"])
def test_activated_tells_who_has_come_alive_since_the_preflight(bench: Bench, assume: str) -> None:
    with simulator(bench, SITE, "--assume", assume) as service:
        service.post("activate", json.dumps(["SN3"]))
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--preflight").object["job"]
        first = bench.run("activated", job, "--json")
        service.post("activate", json.dumps(["SN0", "SN1"]))
        second = bench.run("activated", job, "--json")
        shown = bench.run("activated", job)
        sent = len(service.log())
        service.post("activate", json.dumps(["SN2"]))
        last = bench.run("activated", job, "--json", "--lang", "zh-CN")
    assert sent == 4, "a reset was sent"
    assert (first.code, second.code, last.code) == (1, 1, 0)
    assert alive(first.object) == {
        **dict.fromkeys(("SN0", "SN1", "SN2"), (False, False)),
        "SN3": (True, False),
    }
    assert alive(second.object) == {
        **dict.fromkeys(("SN0", "SN1"), (True, True)),
        "SN2": (False, False),
        "SN3": (True, False),
    }
    assert "3 of 4 terminals are alive." in shown.out
    rows = {sn: row["下一步"] for sn, row in results(bench, job).items()}
    assert all(step.startswith("无需操作：") for sn, step in rows.items() if sn != "SN3"), rows
    assert "重置前" in rows["SN3"]
    page = (bench.job_folder(job) / "handoff.html").read_text("utf-8")
    assert "4/4" in page or "4 台" in page


def test_activated_without_a_preflight_asks_for_the_numbers_and_does_not_say_since(bench: Bench) -> None:
    with simulator(bench, SITE + '[[terminal]]\nsn = "OTHER"\nforeign = true\n') as service:
        job = bench.run("run", sheet(bench.folder, ["SN0", "SN1", "OTHER"]), "--yes", "--json").object["job"]
        service.post("activate", json.dumps(["SN1"]))
        done = bench.run("activated", job, "--json")
    assert done.code == 1
    assert alive(done.object) == {"SN0": (False, None), "SN1": (True, None), "OTHER": (None, None)}


def test_activated_when_a_terminal_has_left_the_enterprise_then_the_others_are_told_all_the_same(
    bench: Bench,
) -> None:
    with simulator(bench, SITE):
        job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--preflight").object["job"]
    with simulator(bench, SITE.replace('sn = "SN2"', 'sn = "ELSE"')) as service:
        service.post("activate", json.dumps(["SN1"]))
        done = bench.run("activated", job, "--json", "--endpoint", service.url)
    assert {sn: told for sn, (told, _) in alive(done.object).items()} == {
        "SN0": False,
        "SN1": True,
        "SN2": None,
        "SN3": False,
    }


def test_activated_of_a_rehearsal_says_that_there_is_nobody_to_ask(bench: Bench) -> None:
    job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--simulate").object["job"]
    done = bench.run("activated", job, "--json")
    assert (done.code, done.object["error"]["code"]) == (2, "job-is-rehearsal")
