"""The program with a wrong clock, against a service that keeps its own log: whose 24 hours are they?

`faketime` (Debian's package of that name) gives the program another time of day and leaves the clocks
that nobody can set alone, as a wrong clock does. Where it is absent those tests are skipped.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from batchreset.ledger.head import head_file
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Rules
from tests.acceptance.cli import Bench, Done, ended, faulty, results, sheet
from tests.faultserver.process import ServedFaults

SNS = [f"21023113374{n:09d}" for n in range(6)]
AHEAD, BEHIND, RIGHT = "+25h", "-30h", "+0"
NO_DATE = [{"kind": "natural", "on": on, "date": ""} for on in ("login", "reset", "other")]
WINDOW_S: Final = 24 * 3600 + 600
needs_faketime = pytest.mark.skipif(
    shutil.which("faketime") is None, reason="faketime is not installed (apt-get install faketime)"
)


class WrongClock:
    """The time of day a bench's programs see, also of those that are running."""

    def __init__(self, bench: Bench) -> None:
        self._file: Final = bench.folder / "faketime"
        self.set(RIGHT)
        shown = subprocess.run(
            ["faketime", "-f", RIGHT, "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
        )
        bench.env.update(
            LD_PRELOAD=shown.stdout.strip(),
            FAKETIME_TIMESTAMP_FILE=str(self._file),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )

    def set(self, off: str) -> None:
        new = self._file.with_name("faketime.new")
        new.write_text(f"{off}\n", "ascii")
        new.replace(self._file)


def again(bench: Bench, site: Path) -> Done:
    return bench.run("run", site, "--again", "--yes", "--json")


def first_processed_at(service: ServedFaults) -> datetime:
    first = service.resets()[0].decided_at_s
    assert first is not None
    return datetime.fromtimestamp(first).astimezone()


# the quota


@needs_faketime
def test_run_by_a_wrong_clock_resets_five_times_and_waits_for_the_services_day(bench: Bench) -> None:
    with faulty(bench) as service:
        clock, site = WrongClock(bench), sheet(bench.folder, SNS)
        for off in (RIGHT, AHEAD, BEHIND, AHEAD, BEHIND):
            clock.set(off)
            done = again(bench, site)
            assert (done.code, done.object["counts"]["succeeded"]) == (0, len(SNS)), done.err
            assert ("Clock " in done.err) == (off != RIGHT)
        due = first_processed_at(service) + timedelta(seconds=WINDOW_S)
        for off in (AHEAD, BEHIND, RIGHT):
            clock.set(off)
            done = again(bench, site)
            assert (done.code, done.object["counts"]["waiting"]) == (1, len(SNS)), done.err
            told = results(bench, done.object["job"])[SNS[0]]["Not before"]
            assert abs(datetime.strptime(told, "%Y-%m-%d %H:%M:%S %z") - due) < timedelta(minutes=2)
        assert len(service.resets()) == 5 * len(SNS)

        service.clock(offset_s=WINDOW_S + 60)
        clock.set(BEHIND)
        assert again(bench, site).code == 0, "the window and its margin are over by the service's clock"
        calls = service.resets()
        assert len(calls) == 6 * len(SNS)
        assert all(call.processed for call in calls), "the service never had to refuse one"
        logins = [call for call in service.log() if call.endpoint == "login"]
        assert all(call.processed for call in logins), "no signature was of a wrong time"


@needs_faketime
def test_run_whose_clock_is_stepped_under_way_resets_five_times(bench: Bench) -> None:
    slow = [{"kind": "late", "wait_s": 0.05}]
    with faulty(bench, slow) as service:
        clock, site = WrongClock(bench), sheet(bench.folder, SNS)
        for steps in ([AHEAD, BEHIND], [BEHIND, RIGHT], [RIGHT, AHEAD], [AHEAD, AHEAD], [BEHIND, AHEAD]):
            before = len(service.resets())
            process = bench.start("run", site, "--again", "--yes", "--json", "--concurrency", "1")
            for number, off in enumerate(steps, 1):
                service.wait_for(lambda _log, at=before + 2 * number: len(service.resets()) >= at)  # type: ignore[misc]  # a default binds the loop's value
                clock.set(off)
            assert ended(process).code == 0
        assert again(bench, site).object["counts"]["waiting"] == len(SNS)
        assert len(service.resets()) == 5 * len(SNS)


@needs_faketime
def test_run_by_a_wrong_clock_while_the_plan_can_not_be_told_the_time_is_right_all_the_same(
    bench: Bench,
) -> None:
    # the client tries a HEAD twice by itself
    with faulty(bench, [{"kind": "reset", "on": "other", "last": 2}]) as service:
        clock, site = WrongClock(bench), sheet(bench.folder, SNS)
        bench.env["BATCHRESET_QUOTA_CALLS"] = "1"
        clock.set(AHEAD)
        done = again(bench, site)
        assert done.code == 0, done.err
        clock.set(RIGHT)
        assert again(bench, site).object["counts"]["waiting"] == len(SNS)
        assert len(service.resets()) == len(SNS)


@needs_faketime
def test_rerun_by_a_clock_that_is_behind_leaves_no_row_waiting_that_is_due(bench: Bench) -> None:
    with faulty(bench) as service:
        clock, site = WrongClock(bench), sheet(bench.folder, SNS)
        bench.env["BATCHRESET_QUOTA_CALLS"] = "1"
        assert again(bench, site).code == 0
        job = again(bench, site).object["job"]
        service.clock(offset_s=WINDOW_S + 60)
        clock.set(BEHIND)
        done = bench.run("rerun", "--again", "--yes", "--json")
        assert (done.code, done.object["job"]) == (0, job), done.err
        assert done.object["counts"]["succeeded"] == len(SNS)


@needs_faketime
def test_forget_by_a_clock_that_is_a_year_ahead_removes_nothing_that_counts(bench: Bench) -> None:
    with faulty(bench) as service:
        clock, site = WrongClock(bench), sheet(bench.folder, SNS)
        assert again(bench, site).code == 0
        clock.set("+400d")
        forget = ("forget", "--older-than", "30", "--yes", "--json")
        assert bench.run(*forget).object["jobs"] == 0
        done = bench.run("run", site, "--yes", "--json")
        assert (done.code, done.object["counts"]["recent"]) == (0, len(SNS)), done.err
        assert len(service.resets()) == len(SNS)
        service.clock(offset_s=400 * 24 * 3600)
        clock.set(RIGHT)
        assert bench.run(*forget).object["jobs"] == 2


def real_ledger(bench: Bench) -> Path:
    """An empty one for real terminals, named in the bench's environment."""
    path = bench.folder / "real.sqlite3"
    with SqliteLedger(path, rules=Rules(), simulated=False):
        pass
    bench.env["BATCHRESET_LEDGER"] = str(path)
    return path


@pytest.mark.parametrize(
    "command",
    [("forget", "--older-than", "30", "--yes"), ("verify", "--accept-restored", "the disk was replaced")],
    ids=["forget", "verify"],
)
def test_what_gives_up_calls_for_ever_is_refused_while_the_service_can_not_tell_the_time(
    bench: Bench, command: tuple[str, ...]
) -> None:
    path = real_ledger(bench)
    noted_at = datetime.now().astimezone() - timedelta(seconds=WINDOW_S + 120)
    note = {"seq": 10**6, "link": "00" * 16, "at": noted_at.isoformat()}
    if command[0] == "verify":  # the ledger once held more
        head_file(path).write_text(json.dumps(note))
    before = path.read_bytes()
    with faulty(bench, NO_DATE):
        done = bench.run(*command, "--json")
        assert (done.code, done.object["error"]["code"]) == (6, "service-no-date"), done.err
    bench.env["BATCHRESET_ENDPOINT"] = "http://127.0.0.1:9"
    assert bench.run(*command).code == 6
    assert path.read_bytes() == before
    with faulty(bench):
        assert bench.run(*command).code == 0


def test_restored_ledger_is_accepted_by_the_services_time_only(bench: Bench) -> None:
    path = real_ledger(bench)
    note = {"seq": 10**6, "link": "00" * 16, "at": datetime.now().astimezone().isoformat()}
    head_file(path).write_text(json.dumps(note))
    accept = ("verify", "--accept-restored", "the disk was replaced", "--json")
    with faulty(bench) as service:
        service.clock(offset_s=WINDOW_S - 60)
        done = bench.run(*accept)
        assert (done.code, done.object["error"]["code"]) == (5, "ledger-restored-too-early"), done.err
        service.clock(offset_s=WINDOW_S + 120)
        assert bench.run(*accept).code == 0


# no Date, a wrong one


def test_run_when_no_answer_has_a_date_sends_nothing_and_says_what_to_do(bench: Bench) -> None:
    with faulty(bench, NO_DATE) as service:
        site = sheet(bench.folder, SNS)
        done = bench.run("run", site, "--yes", "--json")
        found = done.object
        assert (done.code, found["error"]["code"]) == (6, "service-no-date"), done.err
        assert "BATCHRESET_CLOCK=local" in found["error"]["hint"]
        assert found["counts"]["not_sent"] == len(SNS)
        assert {row["Result"] for row in results(bench, found["job"]).values()} == {"not_sent"}
        assert service.resets() == []

        bench.env["BATCHRESET_CLOCK"] = "local"
        done = bench.run("rerun", found["job"], "--yes", "--json")
        assert (done.code, done.object["counts"]["succeeded"]) == (0, len(SNS)), done.err


def test_run_when_one_answer_has_a_wrong_date_goes_on(bench: Bench) -> None:
    faults = [
        {"kind": "natural", "on": on, "date": "+90000", "times": 1} for on in ("login", "reset", "other")
    ]
    with faulty(bench, faults) as service:
        site = sheet(bench.folder, SNS)
        assert bench.run("run", site, "--yes").code == 0
        assert bench.run("doctor").code == 0, "the ledger is not ahead"
        assert bench.run("run", site, "--yes", "--json").object["counts"]["recent"] == len(SNS)
        assert len(service.resets()) == len(SNS)


def test_run_when_dates_turn_wrong_is_stopped_and_rerun_finishes_it(bench: Bench) -> None:
    sns = [f"21023113375{n:09d}" for n in range(40)]
    with faulty(bench, [{"kind": "natural", "date": "+90000", "first": 5}]) as service:
        done = bench.run("run", sheet(bench.folder, sns), "--yes", "--json", "--concurrency", "4")
        found = done.object
        assert (done.code, found["error"]["code"]) == (6, "service-clock"), done.err
        assert found["counts"]["succeeded"] == len(service.resets()) < 20
        assert found["counts"]["succeeded"] + found["counts"]["not_sent"] == len(sns)
        service.faults()
        done = bench.run("rerun", found["job"], "--yes", "--json")
        assert (done.code, done.object["counts"]["succeeded"]) == (0, len(sns)), done.err
        assert len(service.resets()) == len(sns)


# a ledger that is ahead


def test_run_on_a_ledger_that_is_ahead_of_the_service_is_refused(bench: Bench) -> None:
    with faulty(bench) as service:
        service.clock(offset_s=25 * 3600)
        assert bench.run("run", sheet(bench.folder, SNS[:2], "one.xlsx"), "--yes").code == 0
        service.clock(offset_s=0)
        sent = len(service.resets())
        done = bench.run("run", sheet(bench.folder, SNS, "two.xlsx"), "--yes", "--json")
        found = done.object
        assert (done.code, found["error"]["code"]) == (5, "ledger-ahead"), done.err
        assert Path(found["files"]["results"]).is_file()
        assert found["counts"]["not_sent"] == len(SNS) - 2
        everything = bench.run("rerun", "--yes", "--json")
        assert (everything.code, everything.object["error"]["code"]) == (5, "ledger-ahead")
        doctor = bench.run("doctor", "--json")
        assert doctor.code == 5
        assert [problem["code"] for problem in doctor.object["problems"]] == ["ledger-ahead"]
        assert len(service.resets()) == sent


# what is asked, and what is shown


def test_plan_and_check_ask_nobody(bench: Bench) -> None:
    with faulty(bench) as service:
        site = sheet(bench.folder, SNS)
        assert bench.run("plan", site).code == 0
        assert bench.run("check", site).code == 0
        assert service.log() == []


@needs_faketime
def test_doctor_by_a_wrong_clock_shows_by_how_much_and_whose_time_counts(bench: Bench) -> None:
    with faulty(bench) as service:
        WrongClock(bench).set(BEHIND)
        done = bench.run("doctor", "--json")
        assert done.code == 0, done.err
        assert done.object["login"]["ok"]
        found = done.object["clock"]
        assert found["source"] == "service"
        assert found["skew_s"] == pytest.approx(-30 * 3600, abs=5)
        now = datetime.strptime(found["now"], "%Y-%m-%d %H:%M:%S %z")
        assert now.timestamp() == pytest.approx(service.page("clock")["now_s"], abs=60)
        shown = bench.run("doctor")
        assert re.search(r"service's +(30 h|29 h 59 min) behind", shown.out)
        bench.env["BATCHRESET_CLOCK"] = "local"
        told = bench.run("doctor", "--json").object
        assert told["clock"]["source"] == "local"
        assert told["clock"]["skew_s"] == pytest.approx(-30 * 3600, abs=5)
        assert [problem["code"] for problem in told["problems"]] == ["auth-refused"], "as a run would be"


def test_doctor_when_no_answer_has_a_date_says_so(bench: Bench) -> None:
    with faulty(bench, NO_DATE):
        done = bench.run("doctor", "--json")
        assert done.code == 6
        assert [problem["code"] for problem in done.object["problems"]] == ["service-no-date"]
        assert done.object["login"]["ok"]
        assert done.object["clock"] == {"source": "service", "now": None, "skew_s": None}
