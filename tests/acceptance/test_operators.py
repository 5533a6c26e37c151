"""Two operators at once on one ledger: on the same sheet, and on sheets that share terminals."""

from __future__ import annotations

import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime

from tests.acceptance.cli import Bench, ended, faulty, kill, sheet
from tests.acceptance.witnesses import jobs_of, judge, lost_in_kills, open_attempts, write_reports

SNS = [f"2102310QPD12K{n:07d}" for n in range(120)]
OWN = [f"2102310QPD12L{n:07d}" for n in range(60)]
HELD = [{"kind": "natural", "wait_s": 0.08}]


def begun(bench: Bench) -> tuple[datetime, datetime]:
    """When the ledger's one job was made, and its run begun; whole seconds, as people are told."""
    with closing(sqlite3.connect(bench.ledger)) as connection:
        ((made, ran),) = connection.execute("SELECT job.created_at, run.started_at FROM job, run")
    return datetime.fromtimestamp(made // 10**6).astimezone(), datetime.fromtimestamp(ran / 1e6).astimezone()


def test_sheet_that_is_being_run_is_refused_with_who_holds_it_since_when(bench: Bench) -> None:
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        site = sheet(bench.folder, SNS[:3])
        (bench.folder / "same.xlsx").symlink_to(site)
        first = bench.start("run", site, "--yes", "--json", "--concurrency", "1")
        service.wait_for(lambda _: len(service.resets()) > 0)
        first.send_signal(signal.SIGSTOP)  # it is at it for as long as it takes
        (job,) = (known["job"] for known in bench.run("jobs", "--json").object["jobs"])
        for command in (["run", site], ["run", "same.xlsx"], ["rerun", job]):
            second = bench.run(*command, "--yes", "--json")
            error = second.object["error"]
            assert (second.code, error["code"]) == (5, "sheet-held"), second.err
            assert f"job {job}, process {first.pid} " in error["message"]
            since = re.search(r"since (\S+ \S+ \S+)$", error["message"])
            assert since, error["message"]
            made, ran = begun(bench)
            assert made <= datetime.strptime(since[1], "%Y-%m-%d %H:%M:%S %z") <= ran
        first.send_signal(signal.SIGCONT)
        done = ended(first)
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 3), "the first one was not disturbed"
        evidence = judge(bench, service)
    assert len(evidence.calls) == 3
    assert len(evidence.reports) == 1, "who was refused began no job"


def test_sheets_that_share_terminals_run_at_once_reset_each_terminal_once(bench: Bench) -> None:
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:
        sheets = {"one.xlsx": SNS[:40], "two.xlsx": SNS[39:9:-1]}
        runs = [bench.start("run", sheet(bench.folder, sns, name), "--yes") for name, sns in sheets.items()]
        assert {ended(run).code for run in runs} <= {0, 1}
        write_reports(bench)
        evidence = judge(bench, service)
    assert Counter(call.sn for call in evidence.calls) == Counter(SNS[:40])
    assert len({attempt.job for attempt in evidence.ledger.attempts}) == 2, "both have sent"


def test_operator_whose_runs_are_killed_does_not_disturb_the_other(bench: Bench) -> None:
    """Of the sheet whose runs are killed every second terminal is in the other's too."""
    own = [sn for shared, only in zip(SNS[:60], OWN, strict=True) for sn in (shared, only)]
    left: list[set[str]] = []
    with faulty(bench, HELD, ledger=str(bench.ledger)) as service:

        def own_calls() -> int:
            return sum(call.sn in OWN for call in service.resets())

        other = bench.start("run", sheet(bench.folder, SNS, "other.xlsx"), "--yes", "--concurrency", "2")
        command = ["run", str(sheet(bench.folder, own, "own.xlsx"))]
        for _ in range(3):
            enough = own_calls() + 3
            killed = bench.start(*command, "--yes", "--concurrency", "4")
            service.wait_for(lambda _: own_calls() >= enough)  # noqa: B023  # waited for here
            kill(killed)
            (job, _, _) = next(known for known in jobs_of(bench.ledger) if known[1].name == "own.xlsx")
            left.append({name for name, of in open_attempts(bench.ledger, in_use=True).items() if of == job})
            command = ["rerun", job]
        assert all(left), "kills must hit calls in flight"
        done = ended(other)
        assert done.code in (0, 1), done.err
        assert bench.run("rerun", "--yes").code in (0, 1)
        write_reports(bench)
        judge(bench, service, faultless=True)
    assert lost_in_kills(bench.ledger) == set().union(*left), (
        "what the living run had in flight stayed its own"
    )


def test_operators_who_all_reset_the_same_terminals_again_stay_within_the_quota_together(
    bench: Bench,
) -> None:
    bench.env["BATCHRESET_QUOTA_CALLS"] = "2"
    sns = SNS[:30]
    orders = {"one.xlsx": sns, "two.xlsx": sns[::-1], "three.xlsx": sns[15:] + sns[:15]}
    with faulty(bench, ledger=str(bench.ledger)) as service:
        sheets = [sheet(bench.folder, order, name) for name, order in orders.items()]
        assert bench.run("run", sheets[0], "--yes").code == 0
        service.faults([{"kind": "natural", "wait_s": 0.05}])
        runs = [bench.start("run", site, "--yes", "--again", "--concurrency", "2") for site in sheets]
        assert {ended(run).code for run in runs} <= {0, 1}
        write_reports(bench)
        evidence = judge(bench, service, quota_calls=2)
    assert Counter(call.sn for call in evidence.calls) == Counter(sns * 2), "used up, and no more"
