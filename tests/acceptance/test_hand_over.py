"""A site of 200 rows from its first run to its last: killed, finished, handed over, mended in LibreOffice,
run again, and watched until the quota frees. What every file counts agrees with the service's own log.
"""

from __future__ import annotations

import json
import re
import signal
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import Workbook, load_workbook

from tests.acceptance.cli import Bench, Done, contact, kill, results, sheet, simulator, until
from tests.acceptance.office import OFFICE, edit
from tests.acceptance.test_watch import stop, watching
from tests.acceptance.witnesses import judge_simulated

pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (libreoffice-calc)")

WINDOW_S: Final = 60
ALL: Final = ("succeeded", "failed", "unknown", "not_sent", "waiting", "invalid", "duplicate", "recent")
DONE: Final = {"succeeded", "duplicate", "recent"}
FAULTS: Final = """
[[fault]]
kind = "unknown-terminal"
sn = "F*"
[[fault]]
kind = "reset-after"
sn = "U*"
[[fault]]
kind = "gateway"
sn = "G*"
[[fault]]
kind = "slow"
seconds = 0.02
"""


def sns(kind: str, count: int) -> list[str]:
    """SNs of which the simulator's faults know what becomes of them by their first letter."""
    return [f"{kind}102310QPD10F{n:07d}" for n in range(count)]


FAILS, LOST, GATEWAY, USED_UP, EARLY = sns("F", 6), sns("U", 4), sns("G", 3), sns("Q", 5), sns("E", 4)
GOOD: Final = sns("2", 171)
SITE: Final = [*GOOD[:60], *FAILS, *LOST, *GOOD[60:120], *GATEWAY, *USED_UP, *EARLY, *GOOD[120:]]
SPOILED: Final = ["Z102310QPD10F0000001", "Z102310QPD10F0000002", "Z102310QPD10F0000003"]
"""In rows whose contact is no contact."""
REPEATED: Final = GOOD[:4]


def site(folder: Path) -> Path:
    """200 rows, in two buildings."""
    workbook = Workbook()
    page = workbook.worksheets[0]
    page.title = "Terminals"
    page.append(["Building", "SN", "Mobile", "E-mail"])
    for number, sn in enumerate(SITE, 1):
        page.append([f"Building {'AB'[number % 2]}", sn, *contact(number)])
    for sn in SPOILED:
        page.append(["Building A", sn, None, "nobody at home"])
    for sn in REPEATED:
        page.append(["Building B", sn, *contact(SITE.index(sn) + 1)])
    path = folder / "site.xlsx"
    workbook.save(path)
    assert page.max_row == 201
    return path


def told(bench: Bench, done: Done) -> dict[str, int]:
    """The counts of a job, which every file of it must agree on."""
    assert "counts" in done.object, done.err
    counts = {status: count for status, count in done.object["counts"].items() if count}
    folder = bench.job_folder(done.object["job"])
    said = json.loads((folder / "summary.json").read_text("utf-8"))["counts"]
    assert {status: count for status, count in said.items() if count} == counts
    workbook = load_workbook(folder / "results.xlsx")
    header, *rows = workbook.worksheets[0].iter_rows(values_only=True)
    assert Counter(row[header.index("Result")] for row in rows) == counts
    page = (folder / "handoff.html").read_text("utf-8")
    assert sum(counts.values()) == done.object["rows"] == 200
    for status, count in counts.items():
        assert re.search(rf"<b>{count}</b> {status}\b", page), (status, count)
    todo = load_workbook(folder / "todo.xlsx").worksheets[0]
    left = sum(count for status, count in counts.items() if status not in DONE)
    assert todo.max_row == 1 + left
    return counts


def got_through(log: list[dict[str, Any]]) -> Counter[str]:
    """How often each terminal was reset, by the service's own log."""
    return Counter(call["sn"] for call in log if call["processed"])


def mend(todo: Path, target: Path) -> None:
    """Other SNs for the terminals nobody knew, contacts for the spoiled rows, word of two codes that came."""
    page = load_workbook(todo).worksheets[0]
    header = [cell.value for cell in page[1]]
    sn, mail, result = (header.index(name) + 1 for name in ("SN", "E-mail", "Result"))
    rows = {str(page.cell(row, sn).value): row for row in range(2, page.max_row + 1)}
    cells = {(rows[name], sn): name.replace("F", "K", 1) for name in FAILS}
    cells |= {(rows[name], mail): f"{name.lower()}@example.com" for name in SPOILED}
    cells |= {(rows[name], result): "arrived" for name in LOST[:2]}
    cells |= {(rows[name], result): "not arrived" for name in LOST[2:]}
    edit(todo, target, cells, deleted=[rows[GATEWAY[0]]])


def test_site_of_200_rows_goes_from_its_first_run_to_its_last_and_all_counts_agree(bench: Bench) -> None:
    bench.env |= {
        "BATCHRESET_QUOTA_WINDOW_HOURS": str(WINDOW_S / 3600),
        "BATCHRESET_QUOTA_MARGIN_MINUTES": "0.02",
    }
    assumed = ("--assume", "quota_calls=2", "--assume", f"quota_window_s={WINDOW_S - 10}")
    with simulator(bench, FAULTS, *assumed) as service:
        assert bench.run("run", sheet(bench.folder, EARLY, "early.xlsx"), "--yes").code == 0
        process = bench.start("run", site(bench.folder), "--yes", "--concurrency", "4")
        until(lambda: len(service.log()) > 90)
        kill(process)
        before = len(service.log())
        # meanwhile somebody uses up the quota of five terminals from another machine
        other = Bench(bench.folder)
        other.env = bench.env | {"BATCHRESET_LEDGER": "other/ledger.sqlite3", "BATCHRESET_OUTPUT": "other"}
        for _ in range(2):
            elsewhere = sheet(bench.folder, USED_UP, "elsewhere.xlsx")
            assert other.run("run", elsewhere, "--yes", "--again").code == 0
        between = len(service.log())

        done = bench.run("rerun", "--yes", "--json")
        assert done.code == 1, done.err
        assert re.search(r"^By hand   \d+ rows: .*3 invalid", done.err, re.MULTILINE)
        job = done.object["job"]
        counts = told(bench, done)
        assert {*counts} == {*ALL}, "every status is there"
        log = service.log()
        judge_simulated(bench, [*log[:before], *log[between:]], quota_window_s=WINDOW_S)
        by_log = got_through([*log[:before], *log[between:]])
        assert counts["succeeded"] <= len(by_log.keys() - {*EARLY}) <= counts["succeeded"] + counts["unknown"]
        assert set(by_log.values()) == {1}, "no terminal was reset twice"
        assert (counts["failed"], counts["not_sent"], counts["waiting"]) == (6, 3, 5)

        service.post("faults", "")
        moved = bench.folder / "mended by the night shift.xlsx"
        mend(bench.job_folder(job) / "todo.xlsx", moved)
        unsettled = {sn for sn, row in results(bench, job).items() if row["Result"] == "unknown"} - {*LOST}
        settled = bench.run("resolve", moved, "--reason", "rang them")
        assert settled.code in (0, 1), settled.err
        again = bench.run("rerun", moved, "--yes", "--json", "--retry-unknown")
        counts = told(bench, again)
        assert counts["succeeded"] >= 200 - len(EARLY) - len(REPEATED) - len(USED_UP)
        assert set(counts) <= {"succeeded", "waiting", "recent", "duplicate"}, again.err

        with watching(bench, "--yes", "--every", "600", "--pause", "0.2") as (watch, _):
            until(lambda: all(got_through(service.log())[sn] == 3 for sn in USED_UP))
            assert stop(watch, signal.SIGTERM)[0] == 130
        last = bench.run("report", job, "--json")
        assert (last.code, told(bench, last)) == (0, {"succeeded": 192, "duplicate": 4, "recent": 4})
        rows = results(bench, job)
        twice = {sn for sn, times in got_through(service.log()).items() if times == 2}
        assert twice <= {*LOST[2:], *unsettled}, "again only for whom a person has said that none came"
        assert [rows[name.replace("F", "K", 1)]["Result"] for name in FAILS] == ["succeeded"] * 6
        assert bench.run("verify").code == 0
