"""What a scenario has left behind, read from outside and joined: the service's log, the ledger, the reports.

`judge` ends every test here that lets things go wrong; what it holds them to is `tests/invariants`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.acceptance.cli import Bench, contact
from tests.faultserver.process import ServedFaults
from tests.invariants import check, told
from tests.invariants.adapters import from_fault_server, from_simulator
from tests.invariants.reading import read_ledger, read_results, read_texts, sheet_rows
from tests.invariants.values import Evidence, Report, ServiceCall

_TOLD = ("run.log", "summary.json", "handoff.html")
_RUN_DIED = "the run ended before an answer was recorded"
_CONTACTS_LOOKED_FOR = 40


def judge(bench: Bench, service: ServedFaults, **more: Any) -> Evidence:
    """Hold all that is known of a bench against the invariants; `more` as in `Evidence`.

    Every job must have its report, as of now: where jobs share terminals, see `write_reports`.
    """
    service.wait_for(lambda log: all(call.ended for call in log))  # it may still be at calls of the dead
    tokens = {call.token for call in service.log()} - {""}
    return _judge(bench, from_fault_server(service.log()), tokens, **more)


def judge_simulated(bench: Bench, log: Sequence[Mapping[str, Any]], **more: Any) -> Evidence:
    """`judge` where the built-in simulator was the service; `log` is its log page."""
    return _judge(bench, from_simulator(log), (), **more)


def _judge(bench: Bench, calls: Sequence[ServiceCall], tokens: Iterable[str], **more: Any) -> Evidence:
    more.setdefault("finished", True)
    jobs = jobs_of(bench.ledger)
    reports = [_report(*job) for job in jobs]
    evidence = Evidence(
        calls=calls,
        ledger=read_ledger(bench.ledger),
        reports=reports,
        texts=_texts(bench, [folder for _, _, folder in jobs]),
        hidden={*tokens, *_hidden(bench, max((len(report.expected) for report in reports), default=0))},
        **more,
    )
    broken = check(evidence)
    assert not broken, told(broken)
    return evidence


def write_reports(bench: Bench) -> None:
    """Write every job's report again, by what the ledger says now."""
    for job, _, _ in jobs_of(bench.ledger):
        done = bench.run("report", job)
        assert done.code in (0, 1), done.err


def is_stopping(bench: Bench) -> bool:
    """Whether a run of this bench has begun to stop, by what its log says."""
    return any(" stopping" in path.read_text("utf-8") for path in bench.folder.glob("output/*/run.log"))


def jobs_of(ledger: Path) -> list[tuple[str, Path, Path]]:
    """Id, sheet and folder of every job in a ledger."""
    with closing(sqlite3.connect(ledger)) as connection:
        found = connection.execute("SELECT id, input_path, output_dir FROM job ORDER BY seq")
        return [(job, Path(sheet), Path(folder)) for job, sheet, folder in found]


@contextmanager
def as_left(ledger: Path) -> Iterator[sqlite3.Connection]:
    """A copy of a ledger as a killed run has left it: who opens the file itself tidies it up.

    Of one that is being written to a copy may miss what is newest.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in (ledger, _wal(ledger)):
            if path.exists():
                shutil.copyfile(path, Path(folder) / path.name)
        with closing(sqlite3.connect(Path(folder) / ledger.name)) as connection:
            yield connection


def open_attempts(ledger: Path, *, in_use: bool = False) -> dict[str, str]:
    """The attempts that stand open in a ledger: id and job. `in_use`: others go on writing to it."""
    opened = closing(sqlite3.connect(ledger)) if in_use else as_left(ledger)
    with opened as connection:
        return dict(connection.execute("SELECT id, job FROM attempt WHERE state = 'open'").fetchall())


def lost_in_kills(ledger: Path) -> set[str]:
    """The ids of attempts that are `unknown` because their run died, by what the ledger says of them."""
    with closing(sqlite3.connect(ledger)) as connection:
        select = "SELECT id FROM attempt WHERE state = 'unknown' AND error_message = ?"
        return {name for (name,) in connection.execute(select, (_RUN_DIED,))}


def _report(job: str, sheet: Path, folder: Path) -> Report:
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    return Report(
        job=job,
        rows=read_results(folder / "results.xlsx"),
        expected=sheet_rows(sheet),
        made_at_s=time.time(),
        counts=summary["counts"],
    )


def _texts(bench: Bench, folders: Iterable[Path]) -> dict[str, str]:
    files = [folder / name for folder in folders for name in _TOLD]
    ledger = [path for path in (bench.ledger, _wal(bench.ledger)) if path.exists()]
    return {**read_texts([*files, *ledger]), "what was printed": "\n".join(bench.said)}


def _hidden(bench: Bench, rows: int) -> set[str]:
    """The key, and the contacts of some of so many rows."""
    some = range(1, rows + 1, max(1, rows // _CONTACTS_LOOKED_FOR))
    return {bench.env["BATCHRESET_APP_KEY"], *(part for number in some for part in contact(number))}


def _wal(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + "-wal")
