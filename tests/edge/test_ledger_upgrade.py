"""A ledger of version 1 becomes one of version 2: all of it comes over, or nothing is touched."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from batchreset.ledger import upgrade
from batchreset.ledger.contacts import key_file, make_key, read_key
from batchreset.ledger.file import APPLICATION_ID
from batchreset.ledger.restore import Restoring, accept_restored
from batchreset.ledger.sql import insert_one
from batchreset.model import AttemptState, Reason, Resolution, Status, Verdict, Wishes
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import (
    GOOD,
    begin,
    claim,
    claimed,
    lacking,
    opened,
    opened_and_closed,
    raw,
    refused,
    rows,
    word,
)
from tests.unit.build import CONTACT, NOW, RULES, ago

SCHEMA: Final = Path(__file__).with_name("data") / "ledger-1.sql"
US: Final = timedelta(microseconds=1)
AT: Final = int(ago(days=1).timestamp()) * 1_000_000
STATES: Final = {
    # terminal: the states of its attempts, oldest first, by job
    "lost": [("a", "unknown")],
    "sent-again": [("a", "unknown"), ("a", "succeeded")],
    "lost-again": [("a", "unknown"), ("a", "unknown"), ("a", "open")],
    "refused-again": [("a", "unknown"), ("a", "refused")],
    "late": [("a", "succeeded"), ("a", "succeeded")],
    "both-jobs": [("a", "unknown"), ("b", "succeeded")],
    "open": [("b", "open")],
    "good": [("b", "succeeded")],
    "free": [("b", "unprocessed"), ("b", "unprocessed")],
    "six": [("b", "refused")] * 6,
}
RETRIED: Final = {("lost-again", 0), ("lost-again", 1), ("sent-again", 0), ("refused-again", 0), ("late", 0)}


def attempts() -> Iterator[tuple[Any, ...]]:
    """By the columns of version 1, but the first."""
    for place, (sn, made) in enumerate(STATES.items()):
        for number, (job, state) in enumerate(made):
            at = AT + place * 60_000_000 + number * 1_000_001
            answered = state not in ("open", "unknown")
            yield (
                *(
                    f"{sn}-{number}",
                    job,
                    f"run-{job}",
                    sn.upper(),
                    sn,
                    f"digest of {sn}",
                    state,
                    at,
                    at + 30_000_000,
                ),
                None if state == "open" else at + 7,
                "later" if state == "refused" else "none",
                *((400, "USG.1", "no 终端", f"req-{number}") if answered else (None, None, "cut", None)),
                at + 99 if state == "refused" else None,
            )


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A ledger as version 1 made it, with every state an attempt had there."""
    path = tmp_path / "l"
    key = make_key(key_file(path))
    stop = {"code": "c", "exit_code": 6, "message": {"msgid": "m {x}", "params": {"x": "1"}}}
    stop["hint"] = {"msgid": "h", "params": {}}
    with raw(path) as old:
        old.executescript(SCHEMA.read_text("utf-8"))
        old.executemany("INSERT INTO meta VALUES (?, ?)", [("kind", "real"), ("key", key.fingerprint)])
        for job, columns in (("b", "[]"), ("a", '[["sn", "序列号"]]')):
            at = AT - (2 if job == "a" else 1)
            values = (
                job,
                at,
                f"/{job}.xlsx",
                "00",
                "终端",
                f"/out/{job}",
                "zh-CN",
                0,
                "https://x",
                "me",
                columns,
            )
            old.execute(f"INSERT INTO job VALUES ({','.join('?' * 11)})", values)
        ended = (AT + 9, json.dumps(stop), json.dumps({"succeeded": 3}))
        for job, again, ending in (("a", 1, ended), ("b", 0, (None, None, None))):
            values = (f"run-{job}", job, AT, "pc", 7, "0.9", f"/{job}.xlsx", again, *ending)
            old.execute(f"INSERT INTO run VALUES (NULL, {','.join('?' * 11)})", values)
        for attempt in attempts():
            old.execute(f"INSERT INTO attempt VALUES (NULL, {','.join('?' * 16)})", attempt)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute("PRAGMA journal_mode = WAL")
    return path


def version(path: Path) -> int:
    return int(rows(path, "PRAGMA user_version")[0][0])


def test_upgrade_brings_every_attempt_over_as_it_was(old: Path) -> None:
    columns = (
        "id, job, run, sn, sn_key, contact, state, opened_at, counts_from, settled_at, advice, http_status,"
        " error_code, error_message, service_request_id, not_before"
    )
    opened_and_closed(old)
    assert version(old) == 2
    assert rows(old, f"SELECT {columns} FROM attempt ORDER BY seq") == list(attempts())


def test_upgrade_marks_what_was_sent_again_and_nothing_else(old: Path) -> None:
    with opened(old) as ledger:
        marked = {
            (sn, number)
            for sn, history in ledger.history().items()
            for number, attempt in enumerate(history)
            if attempt.resolved is Resolution.RETRIED
        }
        assert all(a.resolved in (None, Resolution.RETRIED) for h in ledger.history().values() for a in h)
    assert marked == RETRIED


def test_upgrade_brings_jobs_and_runs_over(old: Path) -> None:
    with opened(old) as ledger:
        (a, (run_a,)), (b, (run_b,)) = ledger.jobs()
    assert (a.id, a.columns, a.sheet, a.operator, a.input_path) == (
        "a",
        (("sn", "序列号"),),
        "终端",
        "me",
        Path("/a.xlsx"),
    )
    assert (b.id, b.columns, b.created_at - a.created_at) == ("b", (), US)
    assert (run_a.id, run_a.again, run_a.retry_unknown, run_a.operator, run_a.accepted) == (
        "run-a",
        True,
        False,
        "me",
        (),
    )
    assert (run_a.counts, run_a.ended_at) == ({Status.SUCCEEDED: 3}, ago(days=1) + 9 * US)
    assert run_a.stop is not None
    assert (run_a.stop.code, run_a.stop.message.params) == ("c", (("x", "1"),))
    assert (run_b.id, run_b.again, run_b.ended_at, run_b.stop, run_b.counts) == (
        "run-b",
        False,
        None,
        None,
        None,
    )


def test_upgraded_ledger_holds_and_its_key_is_the_same(old: Path) -> None:
    before = read_key(key_file(old))
    assert before is not None
    with opened(old) as ledger:
        verified = ledger.verify()
        assert verified.broken is None
        assert verified.attempts == sum(map(len, STATES.values()))
        assert verified.entries == verified.attempts + 4
        assert ledger.digest(CONTACT) == before.digest(CONTACT)
    names = {name for (name,) in rows(old, "SELECT name FROM sqlite_schema")}
    assert not [name for name in names if name.startswith("old_")]


async def test_upgraded_ledger_is_used_like_any_other(old: Path) -> None:
    with opened(old) as ledger:
        assert ledger.recover(NOW) == 2
        begin(ledger, "next", "a", new_job=False)
        retrying = Asking("a", "d", "next", Wishes(retry_unknown=True))
        for sn, reason in (
            ("sent-again", Reason.CONFIRMED),
            ("late", Reason.CONFIRMED),
            ("both-jobs", Reason.CONFIRMED_EARLIER),
            ("six", Reason.QUOTA),
        ):
            answer = await ledger.claim(claim(sn, ago(hours=2), retrying))
            assert isinstance(answer, Verdict)
            assert answer.reason is reason
        again = await claimed(ledger, "lost-again", NOW, retrying)
        await ledger.settle(again, GOOD, NOW)
        (lost,) = ledger.history(["lost"])["lost"]
        assert ledger.resolve([word(lost, Resolution.ARRIVED)]) == [True]
        assert ledger.verify().broken is None
    with opened(old) as ledger:
        assert ledger.history(["lost-again"])["lost-again"][-1].state is AttemptState.SUCCEEDED


@pytest.mark.parametrize("after", [0, 1, 3, 9])
def test_upgrade_that_fails_in_the_middle_leaves_version_1_untouched(
    old: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    left = iter(range(after))

    def failing(*parts: Any) -> None:
        if next(left, None) is None:
            raise sqlite3.OperationalError("no room")
        insert_one(*parts)

    before = dump(old)
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "insert_one", failing)
        assert refused(old).exit_code == 5
    assert (version(old), dump(old)) == (1, before)
    with opened(old) as ledger:
        assert ledger.verify().broken is None


def test_upgrade_of_what_version_1_never_wrote_is_refused_and_leaves_it_untouched(old: Path) -> None:
    with raw(old) as outside:
        outside.execute("UPDATE attempt SET run = 'nobody'")
        outside.execute("UPDATE attempt SET job = 'nobody'")
    before = dump(old)
    assert refused(old).code == "ledger-rule"
    assert (version(old), dump(old)) == (1, before)


def dump(path: Path) -> list[str]:
    with raw(path) as outside:
        return list(outside.iterdump())


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempt SET state = 'succeeded', settled_at = 1, counts_from = 1 WHERE state = 'open'",
        "UPDATE run SET ended_at = 1, stop = NULL, counts = '{}' WHERE id = 'run-b'",
        """INSERT INTO run (id, job, started_at, host, pid, version, source, again)
            VALUES ('r', 'a', 1, 'pc', 7, '0.9', '/x', 0)""",
        """INSERT INTO attempt (id, job, run, sn, sn_key, contact, state, opened_at, counts_from, advice)
            VALUES ('i', 'b', 'run-b', 'N', 'n', '', 'open', 1, 1, 'none')""",
    ],
    ids=["settle", "end", "begin", "claim"],
)
def test_program_of_version_1_still_at_work_can_write_no_more(old: Path, sql: str) -> None:
    opened_and_closed(old)
    with raw(old) as outside, pytest.raises(sqlite3.IntegrityError):
        outside.execute(sql)
    with opened(old) as ledger:
        assert ledger.verify().broken is None


def test_copy_of_version_1_put_back_is_refused_untouched_and_upgraded_once_accepted(old: Path) -> None:
    lacking(old, ago(days=3))
    assert refused(old).code == "ledger-restored"
    assert version(old) == 1
    assert accept_restored(old, Restoring(NOW, "me", "an old disk"), RULES)
    assert version(old) == 2
    with opened(old) as ledger:
        assert ledger.verify().broken is None
    assert rows(old, "SELECT reason FROM restoring") == [("an old disk",)]
