"""Killed again and again on the service's progress, amid its faults: nothing sent twice, nothing lost.

Killing at random times would mostly hit start-up and prove nothing (LEDGER.md §4): here each kill waits
until the service has received, decided or answered some more calls, and the ledger as the kill left it
is looked into before the next run.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.cli import Bench, ended, faulty, kill, sheet
from tests.acceptance.witnesses import jobs_of, judge, lost_in_kills, open_attempts, write_reports
from tests.faultserver.process import ServedFaults
from tests.faultserver.record import Call

HELD_S: Final = 0.08
"""How long the service keeps a call, so that kills meet it there."""
BOTH: Final = (False, True)


def faults(seed: int) -> list[dict[str, Any]]:
    """Of many kinds, together for a third of the calls; all calls are held for a while before or after."""
    lost: list[dict[str, Any]] = [
        *(
            {"kind": kind, "processed": done}
            for kind in ("stall", "reset", "close", "html", "status")
            for done in BOTH
        ),
        *({"kind": kind} for kind in ("cut", "cut-head", "cut-chunk", "bad-chunk")),
        *({"kind": kind} for kind in ("garbage", "huge-header", "broken-json")),
    ]
    told: list[dict[str, Any]] = [
        *({"kind": "status", "status": status} for status in (400, 404, 409)),
        {"kind": "error-json"},
        {"kind": "gateway"},
        {"kind": "throttle", "retry_after": "1"},
        *({"kind": "natural", "date": date} for date in ("+90000", "", "yesterday")),
    ]
    shares = [
        {**one, "share": 0.012, "wait_s": HELD_S, "seed": seed + n} for n, one in enumerate(lost + told)
    ]
    rare = [
        {"kind": "expire-tokens", "first": 20, "every": 50, "wait_s": HELD_S},
        {"kind": "redirect", "share": 0.003, "seed": seed},
    ]
    held = [{"kind": "late", "share": 0.5, "wait_s": HELD_S}, {"kind": "natural", "wait_s": HELD_S}]
    return [*rare, *shares, *held]


AGAIN: Final = ("--again", "--retry-unknown")
AFTER_A_KILL: Final = {
    150: ["rerun JOB"] * 6 + ["rerun"] * 2 + ["run SHEET", "run SHEET AGAIN"],
    12: ["rerun JOB"] * 2 + ["run SHEET AGAIN"] * 4,
}
"""What an operator may do about a run that died, by the rows of its sheet: a small one is pressed to its
terminals' quota."""


def count(calls: Sequence[Call], moment: str) -> int:
    """How many calls have come as far as this."""
    return len(calls) if moment == "received" else sum(bool(getattr(call, moment)) for call in calls)


def is_killed(process: subprocess.Popen[str], service: ServedFaults, dice: random.Random) -> bool:
    """Kill a run after some more progress; False where it came to its own end before that."""
    moment, more = dice.choice(("received", "received", "decided", "ended")), dice.randint(1, 8)
    enough = count(service.resets(), moment) + more
    service.wait_for(lambda _: count(service.resets(), moment) >= enough or process.poll() is not None)
    if process.poll() is None:
        kill(process)
        return True
    assert ended(process).code in (0, 1, 6)
    return False


@dataclass
class Loop:
    """Kills the runs of one bench, sheet after sheet; `left` is what each kill left open."""

    bench: Bench
    service: ServedFaults
    dice: random.Random
    left: list[set[str]] = field(default_factory=list)
    sheets: int = 0

    def kill(self, times: int) -> None:
        """So many kills; runs that come to their own end are none."""
        while len(self.left) < times:
            self.sheets += 1
            rows = self.dice.choice((12, 150))
            sns = [f"2102310QPD{self.sheets:04d}{n:06d}" for n in range(rows)]
            site = sheet(self.bench.folder, sns, f"site-{self.sheets}.xlsx")
            what = "run SHEET"
            while len(self.left) < times and self._gets_on(what, site):
                what = self.dice.choice(AFTER_A_KILL[rows])

    def _gets_on(self, what: str, site: Path) -> bool:
        """One run, killed if it lasts; whether it has made any call."""
        latest = [job for job, _, _ in jobs_of(self.bench.ledger)[-1:]] if "JOB" in what else []
        meant: dict[str, Sequence[str | Path]] = {"JOB": latest, "SHEET": [site], "AGAIN": AGAIN}
        command = [part for word in what.split() for part in meant.get(word, [word])]
        before = len(self.service.resets())
        process = self.bench.start(*command, "--yes", "--concurrency", str(self.dice.choice((1, 4, 8))))
        if is_killed(process, self.service, self.dice):
            self.left.append(set(open_attempts(self.bench.ledger)))
        return len(self.service.resets()) > before


def looped(bench: Bench, kills: int, seed: int) -> Counter[str]:
    """Killed so often amid faults, then finished without any, and judged; the figures.

    The service leaves the quota to the program.
    """
    with faulty(bench, faults(seed), quota_calls=1000, ledger=str(bench.ledger)) as service:
        loop = Loop(bench, service, random.Random(seed))
        loop.kill(kills)
        service.faults()
        assert bench.run("rerun", "--yes").code in (0, 1)
        write_reports(bench)
        evidence = judge(bench, service, faultless=True)
    opened = set().union(*loop.left)
    assert lost_in_kills(bench.ledger) == opened, "what kills left open is unknown for that, and nothing else"
    assert all(call.intent_seen for call in evidence.calls), "a call without its intent, or nobody looked"
    counted = Counter(call.key for call in evidence.calls if not call.proven_unprocessed)
    return Counter(
        {
            "kills": kills,
            "kills with an open intent": sum(map(bool, loop.left)),
            "intents left open": len(opened),
            "sheets": loop.sheets,
            "jobs": len(evidence.reports),
            "rows": sum(len(report.rows) for report in evidence.reports),
            "calls": len(evidence.calls),
            "calls processed": sum(call.processed for call in evidence.calls),
            "calls unknown": sum(attempt.state == "unknown" for attempt in evidence.ledger.attempts),
            "terminals": len(counted),
            "terminals at the quota": sum(calls == evidence.quota_calls for calls in counted.values()),
        }
    )


def test_25_kills_amid_faults_leave_every_row_accounted_for_and_nothing_sent_twice(bench: Bench) -> None:
    figures = looped(bench, 25, seed=1)
    assert figures["kills with an open intent"] >= 0.9 * figures["kills"], figures


@pytest.mark.slow
def test_500_kills_amid_faults_leave_every_row_accounted_for_and_nothing_sent_twice(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    began, figures = time.monotonic(), Counter[str]()
    for seed in range(10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        figures += looped(Bench(folder), 50, seed)
    told = ", ".join(f"{number} {what}" for what, number in figures.items())
    pytestconfig.get_terminal_writer().line(f"\n{told}; {time.monotonic() - began:.0f} s")
    assert figures["kills"] == 500
    assert figures["kills with an open intent"] >= 0.9 * 500
    assert figures["terminals at the quota"] > 0, "the quota was never tried"
