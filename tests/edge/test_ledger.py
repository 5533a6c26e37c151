"""The ledger in a real file: claims and outcomes durable, and what comes back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchreset.ledger.port import Ledger
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Advice, Attempt, AttemptState, Outcome, Reason, Status, Stop, Verdict, Wishes
from batchreset.plan.terminal import Asking
from batchreset.rows import Contact
from batchreset.text import Count, Text, counted, msg
from tests.edge.ledgers import BAD_ROW, FREE, GOOD, LOST, begin, claim, job, made, opened, rows
from tests.unit.build import CONTACT, NOW, RULES

_ids = count(1)


def test_sqlite_ledger_is_what_the_port_asks_for(ledger: SqliteLedger) -> None:
    as_port: Ledger = ledger  # mypy holds it to the promises' signatures
    assert as_port.jobs() == ledger.jobs()


async def test_claim_when_nothing_stands_against_it_is_in_the_file_before_it_returns(
    ledger: SqliteLedger,
) -> None:
    claimed = await ledger.claim(claim("A1"))
    assert isinstance(claimed, Attempt)
    assert rows(ledger.path, "SELECT id, state FROM attempt") == [(claimed.id, "open")]


async def test_settle_keeps_every_field_of_the_outcome(ledger: SqliteLedger) -> None:
    outcome = Outcome(AttemptState.REFUSED, Advice.LATER, 400, "USG.1", "later", "srv", wait_s=60)
    settled = await made(ledger, "Ab1", outcome)
    assert isinstance(settled, Attempt)
    assert ledger.history(["aB1"]) == {"ab1": (settled,)}
    assert settled.not_before == NOW + timedelta(seconds=60)
    assert (settled.error_code, settled.error_message, settled.service_request_id) == (
        "USG.1",
        "later",
        "srv",
    )


async def test_claim_while_another_is_open_is_refused(ledger: SqliteLedger) -> None:
    await ledger.claim(claim("A1"))
    refused = await ledger.claim(claim("a1"))
    assert isinstance(refused, Verdict)
    assert refused.reason is Reason.IN_FLIGHT


async def test_claims_of_one_terminal_at_once_let_one_through(ledger: SqliteLedger) -> None:
    results = await asyncio.gather(*(ledger.claim(claim("A1")) for _ in range(50)))
    assert sum(isinstance(result, Attempt) for result in results) == 1


async def test_claims_of_many_terminals_at_once_are_all_kept(ledger: SqliteLedger) -> None:
    results = await asyncio.gather(*(made(ledger, f"A{n}", GOOD) for n in range(700)))
    assert all(isinstance(result, Attempt) for result in results)
    assert ledger.count_attempts() == 700
    assert {a.state for (a,) in ledger.history().values()} == {AttemptState.SUCCEEDED}


async def test_claim_when_the_quota_is_used_up_by_any_job_waits(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        for n in range(6):
            begin(ledger, f"run{n}", f"job{n}")
            at = NOW + timedelta(hours=n)
            claimed = await ledger.claim(claim("A1", at, Asking(f"job{n}", "d", f"run{n}")))
            if n == 5:
                assert isinstance(claimed, Verdict)
                assert (claimed.reason, claimed.not_before) == (
                    Reason.QUOTA,
                    NOW + RULES.quota_window + RULES.quota_margin,
                )
            else:
                assert isinstance(claimed, Attempt)
                await ledger.settle(claimed, BAD_ROW, at)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([GOOD, BAD_ROW, LOST, FREE]),
            st.floats(0, 30_000),
            st.sampled_from(["A", "b"]),
            st.booleans(),
        ),
        max_size=40,
    )
)
def test_ledger_whatever_is_asked_never_lets_six_calls_into_a_window(
    tmp_path: Path, steps: list[tuple[Outcome, float, str, bool]]
) -> None:
    async def main() -> None:
        path = tmp_path / f"{next(_ids)}.sqlite3"
        at, possible = NOW, {"A": list[datetime](), "b": list[datetime]()}
        with opened(path) as ledger:
            for number, (outcome, wait_s, sn, wish) in enumerate(steps):
                at += timedelta(seconds=wait_s)
                begin(ledger, f"run{number}", f"job{number}")
                asking = Asking(f"job{number}", "d", f"run{number}", Wishes(wish, wish))
                claimed = await ledger.claim(claim(sn, at, asking))
                if isinstance(claimed, Attempt):
                    await ledger.settle(claimed, outcome, at)
                    if outcome is not FREE:
                        possible[sn].append(at)
        for times in possible.values():
            for first in times:
                within = [t for t in times if first <= t <= first + RULES.quota_window]
                assert len(within) <= RULES.quota_calls

    asyncio.run(main())


def test_jobs_and_runs_come_back_as_they_were_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        begin(ledger)
        inner = msg("inner {n}", n=1)
        stop = Stop("code", 6, msg("outer {inner}", inner=inner), msg("hint"))
        counts = dict.fromkeys(Status, 2)
        ledger.end_run("run", at=NOW, stop=stop, counts=counts)
        ((kept, (run,)),) = ledger.jobs()
    assert kept == job()
    assert run.counts == counts
    assert run.ended_at == NOW
    assert run.stop is not None
    assert run.stop.message.params[0][1] == msg("inner {n}", n="1")


def test_a_stop_in_the_form_of_its_number_comes_back_in_any_language(tmp_path: Path) -> None:
    told = counted(
        "Only {rows} row was to be sent in this run.",
        "Only {rows} rows were to be sent in this run.",
        rows=2000,
    )
    with opened(tmp_path / "l") as ledger:
        begin(ledger)
        ledger.end_run("run", at=NOW, stop=Stop("only-first", 1, told, msg("hint")), counts={})
        ((_, (run,)),) = ledger.jobs()
    assert run.stop is not None
    assert Text()(run.stop.message) == "Only 2,000 rows were to be sent in this run."
    assert Text("zh-CN")(run.stop.message) == "本次运行只发送 2,000 行。"


def test_a_stop_comes_back_with_values_that_each_language_shows_in_its_own_way(tmp_path: Path) -> None:
    told = msg(
        "{cells}: {at} {wait} {rows} {sn}",
        cells=("A1", "B2"),
        at=NOW,
        wait=timedelta(hours=1),
        rows=Count(2000),
        sn="9",
    )
    with opened(tmp_path / "l") as ledger:
        begin(ledger)
        ledger.end_run("run", at=NOW, stop=Stop("odd", 1, told, msg("hint")), counts={})
        ((_, (run,)),) = ledger.jobs()
    assert run.stop is not None
    assert run.stop.message == told
    assert Text("zh-CN")(run.stop.message).startswith("A1、B2: ")


def test_digest_knows_a_contact_again_and_the_file_holds_none(ledger: SqliteLedger) -> None:
    assert ledger.digest(CONTACT) == ledger.digest(Contact(CONTACT.mobile, CONTACT.country, CONTACT.email))
    assert ledger.digest(CONTACT) != ledger.digest(Contact(CONTACT.mobile, CONTACT.country, None))
    assert ledger.digest(None) == ""


async def test_latest_at_is_the_latest_attempts_whatever_clock_a_run_began_by(ledger: SqliteLedger) -> None:
    begin(ledger, "run-2", "job-2", at=NOW + timedelta(hours=26))
    assert ledger.latest_at() is None
    await made(ledger, "A1", GOOD)
    assert ledger.latest_at() == NOW


async def test_history_of_a_job_holds_terminals_that_its_sheet_no_longer_names(ledger: SqliteLedger) -> None:
    begin(ledger, "other", "other")
    await made(ledger, "A1", GOOD)
    await made(ledger, "A2", GOOD)
    asking = Asking("other", "d", "other")
    await made(ledger, "A2", GOOD, NOW, replace(asking, wishes=Wishes(again=True)))
    await made(ledger, "A3", GOOD, NOW, asking)
    found = ledger.history(["A1", "never"], of_job="other")
    assert {sn: len(attempts) for sn, attempts in found.items()} == {"a1": 1, "a2": 2, "a3": 1}


def test_jobs_are_found_by_id_or_as_the_newest_with_all_their_runs(tmp_path: Path) -> None:
    with opened(tmp_path / "l") as ledger:
        for number in range(4):
            begin(ledger, f"run-{number}", f"job-{number}")
        begin(ledger, "rerun", "job-1", new_job=False)
        every = ledger.jobs()
        assert [(known.id, [run.id for run in runs]) for known, runs in every] == [
            ("job-0", ["run-0"]),
            ("job-1", ["run-1", "rerun"]),
            ("job-2", ["run-2"]),
            ("job-3", ["run-3"]),
        ]
        assert ledger.job("job-1") == every[1]
        assert ledger.job("job-9") is None
        assert ledger.jobs(newest=3) == every[1:]
        assert ledger.jobs(newest=9) == every
