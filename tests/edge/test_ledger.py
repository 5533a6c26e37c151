"""The ledger in a real file: claims and outcomes durable, rules enforced, bad files refused."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchreset.errors import LedgerError
from batchreset.ledger.contacts import key_file
from batchreset.ledger.port import Claim, Ledger, Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import (
    Advice,
    Attempt,
    AttemptState,
    Contact,
    Job,
    Outcome,
    Reason,
    Status,
    Stop,
    Verdict,
    Wishes,
)
from batchreset.plan.terminal import Asking
from batchreset.text import msg
from tests.unit.build import CONTACT, NOW, RULES

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200, service_request_id="s")
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, 400, "USG.1", "no")
LOST = Outcome(AttemptState.UNKNOWN, error_message="cut")
FREE = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
_ids = count(1)


def opened(path: Path, *, simulated: bool = False) -> SqliteLedger:
    return SqliteLedger(path, rules=RULES, simulated=simulated)


def job(name: str = "job") -> Job:
    return Job(
        id=name,
        created_at=NOW,
        input_path=Path("/in.xlsx"),
        input_sha256="00",
        sheet="终端",
        output_dir=Path("/out"),
        lang="zh-CN",
        simulated=False,
        endpoint="https://x",
        operator="me",
        columns=(("sn", "序列号"),),
    )


def begin(ledger: SqliteLedger, run: str = "run", of: str = "job", *, new_job: bool = True) -> None:
    if new_job:
        ledger.add_job(job(of))
    ledger.begin_run(Run(run, of, NOW, "host", 1, "0", Path("/in.xlsx")))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with opened(tmp_path / "ledger.sqlite3") as made:
        begin(made)
        yield made


def claim(sn: str, at: datetime = NOW, asking: Asking | None = None) -> Claim:
    return Claim(f"id-{next(_ids)}", sn, asking or Asking("job", "d", "run"), at, at + timedelta(seconds=30))


async def made(ledger: SqliteLedger, sn: str, outcome: Outcome, at: datetime = NOW) -> Attempt | Verdict:
    """Claim and settle one call."""
    claimed = await ledger.claim(claim(sn, at))
    if isinstance(claimed, Verdict):
        return claimed
    await ledger.settle(claimed, outcome, at)
    return ledger.history([sn])[sn.casefold()][-1]


def test_sqlite_ledger_is_what_the_port_asks_for(ledger: SqliteLedger) -> None:
    as_port: Ledger = ledger  # mypy holds it to the promises' signatures
    assert as_port.jobs() == ledger.jobs()


async def test_claim_when_nothing_stands_against_it_is_in_the_file_before_it_returns(
    ledger: SqliteLedger,
) -> None:
    claimed = await ledger.claim(claim("A1"))
    assert isinstance(claimed, Attempt)
    with closing(sqlite3.connect(ledger.path)) as other:
        assert other.execute("SELECT id, state FROM attempt").fetchall() == [(claimed.id, "open")]


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


async def test_recover_when_the_run_died_makes_its_open_attempts_unknown(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        await ledger.claim(claim("A1"))
        await made(ledger, "A2", GOOD)
    with opened(path) as ledger:  # the first let its lock go, as a dead process does
        assert ledger.recover(NOW) == 1
        assert ledger.recover(NOW) == 0
        history = ledger.history()
        assert history["a1"][0].state is AttemptState.UNKNOWN
        assert history["a1"][0].counts_from == NOW + timedelta(seconds=30)
        assert history["a2"][0].state is AttemptState.SUCCEEDED


async def test_recover_while_the_run_lives_leaves_its_attempts_alone(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as living, opened(path) as other:
        begin(living)
        claimed = await living.claim(claim("A1"))
        assert other.recover(NOW) == 0
        assert isinstance(claimed, Attempt)
        await living.settle(claimed, GOOD, NOW)
        assert other.history()["a1"][0].state is AttemptState.SUCCEEDED


async def test_late_answer_after_recovery_is_better_evidence_and_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with opened(path) as ledger:
        begin(ledger)
        claimed = await ledger.claim(claim("A1"))
        assert isinstance(claimed, Attempt)
        ledger.locks.release()
        with opened(path) as other:
            assert other.recover(NOW) == 1
        await ledger.settle(claimed, GOOD, NOW)
        assert ledger.history()["a1"][0].state is AttemptState.SUCCEEDED


async def test_writing_fails_then_no_claim_succeeds_any_more_and_settling_is_still_tried(
    ledger: SqliteLedger,
) -> None:
    first = await ledger.claim(claim("A1"))
    assert isinstance(first, Attempt)
    with closing(sqlite3.connect(ledger.path)) as other:
        other.execute("ALTER TABLE attempt RENAME TO gone")
        other.commit()
        for _ in range(2):
            with pytest.raises(LedgerError):
                await ledger.claim(claim("A2"))
        other.execute("ALTER TABLE gone RENAME TO attempt")
        other.commit()
    with pytest.raises(LedgerError):
        await ledger.claim(claim("A3"))
    await ledger.settle(first, GOOD, NOW)
    assert ledger.history()["a1"][0].state is AttemptState.SUCCEEDED


@contextmanager
def one_batch(ledger: SqliteLedger) -> Iterator[None]:
    """What is asked inside waits for a lock, and then goes into the same transaction."""
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger.claim(claim("first"))  # taken alone, it keeps the writer at the lock
        time.sleep(0.05)
        yield
        other.execute("ROLLBACK")


async def test_settling_and_the_next_claim_of_the_terminal_in_one_batch_are_judged_in_order(
    ledger: SqliteLedger,
) -> None:
    first = await ledger.claim(claim("A1"))
    other = await ledger.claim(claim("A2"))
    assert isinstance(first, Attempt)
    assert isinstance(other, Attempt)
    with one_batch(ledger):
        asked = [
            ledger.settle(first, FREE, NOW),
            ledger.claim(claim("a1")),
            ledger.claim(claim("A1")),
            ledger.settle(other, GOOD, NOW),
            ledger.claim(claim("A2")),
        ]
    _, again, third, _, done = await asyncio.gather(*asked)
    assert isinstance(again, Attempt)
    assert isinstance(third, Verdict)
    assert third.reason is Reason.IN_FLIGHT
    assert isinstance(done, Verdict)
    assert done.reason is Reason.CONFIRMED


async def test_settling_that_fails_in_a_batch_fails_alone_and_no_claim_after_it_succeeds(
    ledger: SqliteLedger,
) -> None:
    first, gone = await ledger.claim(claim("A1")), await ledger.claim(claim("A2"))
    last = await ledger.claim(claim("A3"))
    assert isinstance(first, Attempt)
    assert isinstance(gone, Attempt)
    assert isinstance(last, Attempt)
    with one_batch(ledger):
        asked = [
            ledger.settle(first, GOOD, NOW),
            ledger.settle(replace(gone, id="?"), GOOD, NOW),
            ledger.claim(claim("A4")),
            ledger.settle(last, GOOD, NOW),
        ]
    kept, lost, refused, kept_too = await asyncio.gather(*asked, return_exceptions=True)
    assert (kept, kept_too) == (None, None)
    assert isinstance(lost, LedgerError)
    assert lost.code == "ledger-changed"
    assert refused is lost
    assert {sn: a.state for sn, (a,) in ledger.history(["A1", "A2", "A3", "A4"]).items()} == {
        "a1": AttemptState.SUCCEEDED,
        "a2": AttemptState.OPEN,
        "a3": AttemptState.SUCCEEDED,
    }


async def test_claim_that_fails_in_a_batch_does_not_fail_the_others(ledger: SqliteLedger) -> None:
    with one_batch(ledger):
        asked = [ledger.claim(claim(sn)) for sn in ("A1", "\udc80", "A2")]
    good, bad, good_too = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(good, Attempt)
    assert isinstance(good_too, Attempt)
    assert isinstance(bad, UnicodeEncodeError)


@pytest.mark.parametrize("harm", ["deleted", "replaced"])
async def test_ledger_deleted_or_replaced_while_running_lets_nothing_more_leave(
    ledger: SqliteLedger, tmp_path: Path, harm: str
) -> None:
    await ledger.claim(claim("A1"))
    ledger.path.unlink()
    if harm == "replaced":
        ledger.path.write_bytes(b"")
    with pytest.raises(LedgerError) as caught:
        await ledger.claim(claim("A2"))
    assert caught.value.code == "ledger-gone"


async def test_settle_when_the_attempt_is_gone_is_an_error(ledger: SqliteLedger) -> None:
    first = await ledger.claim(claim("A1"))
    assert isinstance(first, Attempt)
    with closing(sqlite3.connect(ledger.path)) as other:
        other.execute("DROP TRIGGER attempt_is_kept")
        other.execute("DELETE FROM attempt")
        other.commit()
    with pytest.raises(LedgerError) as caught:
        await ledger.settle(first, GOOD, NOW)
    assert caught.value.code == "ledger-changed"


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


def test_digest_knows_a_contact_again_and_the_file_holds_none(ledger: SqliteLedger) -> None:
    assert ledger.digest(CONTACT) == ledger.digest(Contact(CONTACT.mobile, CONTACT.country, CONTACT.email))
    assert ledger.digest(CONTACT) != ledger.digest(Contact(CONTACT.mobile, CONTACT.country, None))
    assert ledger.digest(None) == ""


@pytest.mark.skipif(not hasattr(stat, "S_IRWXU"), reason="file modes are POSIX's")
def test_files_of_the_ledger_are_for_its_owner_only(ledger: SqliteLedger) -> None:
    for path in (ledger.path, key_file(ledger.path)):
        assert path.stat().st_mode & 0o077 == 0


def refused(path: Path) -> LedgerError:
    with pytest.raises(LedgerError) as caught, opened(path):
        pass
    return caught.value


def test_open_when_the_file_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l"
    path.write_bytes(b"Dear diary, " * 100)
    assert refused(path).code == "ledger-damaged"
    assert path.read_bytes() == b"Dear diary, " * 100


def test_open_when_the_file_is_another_programs_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (a)")
        other.commit()
    before = path.read_bytes()
    assert refused(path).code == "ledger-foreign"
    assert path.read_bytes() == before


def test_open_when_a_newer_version_wrote_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "l"
    opened(path).__exit__(None, None, None)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 99")
    error = refused(path)
    assert (error.code, error.exit_code) == ("ledger-version", 5)


@pytest.mark.parametrize("harm", ["missing", "another", "garbage"])
def test_open_when_the_key_is_not_its_own_is_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "l"
    opened(path).__exit__(None, None, None)
    if harm == "missing":
        key_file(path).unlink()
    else:
        key_file(path).write_text("00" * 32 if harm == "another" else "?")
    assert refused(path).code == "ledger-key"


def test_open_when_the_folder_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file" / "ledger").code == "ledger-not-writable"
    assert refused(tmp_path).code == "ledger-not-writable"


def test_open_while_another_program_locks_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("batchreset.ledger.file.BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "l"
    opened(path).__exit__(None, None, None)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert refused(path).code == "ledger-locked"


def test_open_with_an_sqlite_that_lacks_what_settling_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 32, 3))
    assert refused(tmp_path / "l").code == "sqlite-too-old"
    assert list(tmp_path.iterdir()) == []


def test_kind_of_terminals_is_kept_apart(tmp_path: Path) -> None:
    with opened(tmp_path / "l", simulated=True) as ledger:
        ledger.check_kind(simulated=True)
        with pytest.raises(LedgerError) as caught:
            ledger.check_kind(simulated=False)
    assert caught.value.code == "ledger-kind"


def test_sheet_held_by_a_run_is_told_with_job_and_time(tmp_path: Path) -> None:
    sheet = tmp_path / "site.xlsx"
    with opened(tmp_path / "l") as first, opened(tmp_path / "l") as second:
        first.locks.hold_sheet(sheet, job="20261123-1", since=NOW)
        with pytest.raises(LedgerError) as caught:
            second.locks.hold_sheet(sheet, job="other", since=NOW)
        params = dict(caught.value.message.params)
        assert (params["job"], params["since"]) == ("20261123-1", NOW)
        first.locks.release()
        second.locks.hold_sheet(sheet, job="other", since=NOW)
