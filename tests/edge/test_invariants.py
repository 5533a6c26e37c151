"""The checker's own reading of files: it sees what the program wrote, and what somebody changed in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Resolution, Status, Stop
from batchreset.text import msg
from tests.edge.ledgers import (
    GOOD,
    LOST,
    begin,
    claimed,
    everything,
    filled,
    opened,
    settled,
    without_triggers,
    word,
)
from tests.invariants.reading import read_ledger, read_results, read_texts, rows_of, sheet_rows
from tests.invariants.values import ReportRow
from tests.unit.build import NOW
from tests.unit.report.build import result


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with opened(tmp_path / "ledger.sqlite3") as made:
        yield made


async def test_read_ledger_sees_attempts_runs_and_what_people_said(ledger: SqliteLedger) -> None:
    begin(ledger)
    await settled(ledger, "Ab1", GOOD)
    lost = await settled(ledger, "Ab2", LOST)
    await claimed(ledger, "Ab3")
    assert ledger.resolve([word(lost, Resolution.NOT_ARRIVED)]) == [True]
    stop = Stop("ledger-full", 5, msg("full"), msg("free some"))
    ledger.end_run("run", at=NOW, stop=stop, counts={})
    seen = read_ledger(ledger.path)
    assert [(a.sn, a.state, a.resolved) for a in seen.attempts] == [
        ("Ab1", "succeeded", None),
        ("Ab2", "unknown", "not_arrived"),
        ("Ab3", "open", None),
    ]
    assert {a.opened_at_s for a in seen.attempts} == {NOW.timestamp()}
    assert [a.counts_from_s - NOW.timestamp() for a in seen.attempts] == [0, 30, 30]
    (run,) = seen.runs.values()
    assert (run.id, run.again, run.ended, run.stop, run.exit_code) == ("run", False, True, "ledger-full", 5)
    (said,) = seen.resolutions
    assert (said.attempt, said.said) == (lost.id, "not_arrived")
    assert said.seq > seen.attempts[-1].seq
    assert seen.broken == []


async def test_read_ledger_of_records_of_every_kind_finds_all_seals_whole(tmp_path: Path) -> None:
    await everything(tmp_path / "ledger.sqlite3")
    seen = read_ledger(tmp_path / "ledger.sqlite3")
    assert seen.broken == []
    assert "A0" not in {a.sn for a in seen.attempts}, "what was forgotten is not missed"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE attempt SET http_status = 299 WHERE sn = 'A1'", "attempt"),
        ("UPDATE run SET again = 1 WHERE id = 'run-1'", "run"),
        ("UPDATE attempt SET seal = randomblob(16) WHERE sn = 'A1'", "attempt"),
        ("DELETE FROM attempt WHERE sn = 'A2'", "is gone"),
        ("DELETE FROM forgotten WHERE record = (SELECT max(record) FROM forgotten)", "is gone"),
        ("UPDATE chain SET kind = 'job' WHERE seq = 2", "entry 2 of the chain"),
        ("DELETE FROM chain WHERE seq = 2", "entry 3 of the chain"),
    ],
)
async def test_read_ledger_when_somebody_changed_it_names_the_record(
    ledger: SqliteLedger, change: str, named: str
) -> None:
    await filled(ledger)
    assert read_ledger(ledger.path).broken == []
    with without_triggers(ledger.path) as other:
        assert other.execute(change).rowcount == 1
    (broken,) = read_ledger(ledger.path).broken
    assert named in broken
    assert read_ledger(ledger.path, with_seals=False).broken == []


def test_read_results_finds_the_rows_below_the_header_in_either_language(tmp_path: Path) -> None:
    wanted = [("Result", "Attempts", "Request ID", "succeeded"), ("结果", "尝试次数", "请求 ID", "成功")]
    for status, attempts, request_id, said in wanted:
        book = Workbook()
        page = book.worksheets[0]
        page.append(["List of the site"])
        page.append(["Room", "SN", status, attempts, request_id])
        page.append(["R1", "A1", said, 2, "id-1"])
        page.append(["R2", 17, said, None, None])
        page.append(["total", None, None, None, None])
        book.save(tmp_path / "results.xlsx")
        assert read_results(tmp_path / "results.xlsx") == [
            ReportRow(3, "A1", "succeeded", 2, "id-1"),
            ReportRow(4, "17", "succeeded", 0, None),
        ]
        assert sheet_rows(tmp_path / "results.xlsx", header_row=2) == [(3, "A1"), (4, "17")]


def test_rows_of_a_report_that_is_still_a_value() -> None:
    made = result(7, "A1", Status.FAILED, attempts=3, request_id="id-1")
    assert rows_of([made]) == [ReportRow(7, "A1", "failed", 3, "id-1")]


def test_read_texts_reads_what_is_no_text_too(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_bytes(b"secret \xff here")
    assert read_texts([log]) == {str(log): "secret \\xff here"}
