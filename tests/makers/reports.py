"""Reports of made-up jobs in every state a page must tell of, worked out as real ones are.

python -m tests.makers.reports FOLDER    write the page of each, in both languages
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from batchreset.ledger.port import Run
from batchreset.model import Advice, Attempt, AttemptState, Job, Rules, Stop
from batchreset.report.explain import Ending
from batchreset.report.facts import Grounds, make_report
from batchreset.report.page import write_page
from batchreset.reported import JobReport
from batchreset.rows import Column, Columns, Contact, Grouping, Problem, Row, Table
from batchreset.service.codes import load_table
from batchreset.text import LANGS, Text, msg

NOW: Final = datetime(2026, 11, 24, 6, 3, 20, tzinfo=UTC)
FIRST: Final = NOW - timedelta(hours=20)
"""When the job's first run began, where it has two."""
SITES: Final = ("Hangzhou Binjiang", "Hangzhou Xiaoshan", "Ningbo", "Wenzhou", "Jinhua", "Shaoxing")
STOP: Final = Stop(
    "forbidden",
    6,
    msg("The service answered 403 {calls} times in a row: the account lacks the right.", calls=5),
    msg("Ask the enterprise's administrator for the right to manage terminals, then run todo.xlsx."),
)

Fate = Callable[["Maker", int, datetime], list[Attempt]]
"""The attempts of row `n` in the job's last run, which begins at an instant."""


class Maker:
    """Makes one report: rows of six sites, each with the fate it is given."""

    def __init__(self, *, two_runs: bool = False, simulated: bool = False) -> None:
        self.two_runs: Final = two_runs
        self.simulated: Final = simulated
        self.began: Final = NOW - timedelta(minutes=6)
        self.rows: list[Row] = []
        self.attempts: dict[str, list[Attempt]] = {}
        self._ids = 0

    def add(self, count: int, fate: Fate, **more: Any) -> Maker:
        """So many rows with one fate; `more` are fields of Row."""
        for _ in range(count):
            number = len(self.rows) + 2
            sn = f"2102311{337_400_000_000 + number * 7919}"
            contact = Contact(f"+86138{number * 7717 % 10**8:08d}", "chinaPR", f"user{number}@example.com")
            row = Row(number, sn, **{"contact": contact, "shown_sn": sn, **more})
            self.rows.append(row)
            if row.sn and row.duplicate_of is None:
                self.attempts[sn.casefold()] = fate(self, number, self.began)
        return self

    def call(self, number: int, at: datetime, state: AttemptState, **more: Any) -> Attempt:
        """One attempt for a row, `number` tenths of a second after an instant."""
        self._ids += 1
        opened = at + timedelta(seconds=number / 10)
        values: dict[str, Any] = {
            "id": f"{self._ids:08x}-2f4b-4c1e-9a57-{number:012x}",
            "job": "20261124-060132-7k2m",
            "run": "second" if at >= self.began else "first",
            "sn": self.rows[-1].sn,
            "contact": "digest",
            "state": state,
            "opened_at": opened,
            "counts_from": opened,
            "settled_at": opened + timedelta(seconds=1),
        }
        return Attempt(**{**values, **more})

    def made(self, ending: Ending | None = None) -> JobReport:
        began = FIRST if self.two_runs else self.began
        job = Job(
            id="20261124-060132-7k2m",
            created_at=began,
            input_path=Path("/work/zhejiang-2026.xlsx"),
            input_sha256="0" * 64,
            sheet="Terminals",
            output_dir=Path("/work/output"),
            lang="en-US",
            simulated=self.simulated,
            endpoint="http://127.0.0.1:8080" if self.simulated else "https://api.meeting.huaweicloud.com",
            operator="lee",
        )
        labels = {row.number: SITES[row.number * 31 % 97 % len(SITES)] for row in self.rows}
        table = Table(
            job.input_path,
            job.sheet,
            1,
            Columns(Column(2, "B", "SN"), Column(3, "C", "Mobile"), None, Column(4, "D", "E-mail")),
            tuple(self.rows),
            grouping=Grouping("Site", labels),
        )
        second = _run("second", self.began)
        first = replace(_run("first", FIRST), ended_at=FIRST + timedelta(minutes=9))
        grounds = Grounds(
            job=job,
            history={key: tuple(attempts) for key, attempts in self.attempts.items()},
            ending=ending or Ending(),
            runs=(first, second) if self.two_runs else (second,),
            rules=Rules(),
            codes=load_table(),
            digest=lambda contact: "digest" if contact else "",
            settings={"rate": "5.0", "concurrency": "8", "timeout": "30.0", "lang": "en-US"},
            rate=5,
        )
        return make_report(table, grounds, NOW)


def _run(name: str, at: datetime) -> Run:
    return Run(name, "20261124-060132-7k2m", at, "host", 1, "0.1.0", Path("/work/zhejiang-2026.xlsx"))


# --- fates


def succeeded(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return [make.call(n, at, AttemptState.SUCCEEDED, http_status=200)]


def done_before(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return [make.call(n, FIRST, AttemptState.SUCCEEDED, http_status=200)]


def lost(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return [make.call(n, at, AttemptState.UNKNOWN, error_message="Connection reset by peer")]


def lost_before(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return lost(make, n, FIRST)


def no_such_terminal(make: Maker, n: int, at: datetime) -> list[Attempt]:
    words = "The terminal does not exist."
    return [_refused(make, n, at, "USG.201040017", words)]


def refused_twice(make: Maker, n: int, at: datetime) -> list[Attempt]:
    words = "Invalid parameter: email."
    return [_refused(make, n, FIRST, "USG.000000003", words), _refused(make, n, at, "USG.000000003", words)]


def _refused(make: Maker, n: int, at: datetime, code: str, words: str) -> Attempt:
    return make.call(
        n, at, AttemptState.REFUSED, advice=Advice.ROW, http_status=400, error_code=code, error_message=words
    )


def used_up(make: Maker, n: int, at: datetime) -> list[Attempt]:
    """The quota: five calls, freed between 14 and 15 hours from now."""
    ago = timedelta(hours=9, minutes=n % 40)
    return [
        make.call(n, at - ago + timedelta(minutes=minute), AttemptState.REFUSED, run="other", job="other")
        for minute in range(5)
    ]


def never_sent(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return []


def not_reached(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return [make.call(n, at, AttemptState.UNPROCESSED, error_message="Name or service not known")]


def recent(make: Maker, n: int, at: datetime) -> list[Attempt]:
    return [
        make.call(n, at - timedelta(days=2), AttemptState.SUCCEEDED, run="other", job="20261122-080000-aaaa")
    ]


def spoilt(cell: str) -> dict[str, Any]:
    problem = Problem(
        "email", f"Terminals!{cell}", msg("The e-mail address has no @."), msg("Type it again.")
    )
    return {"contact": None, "problems": (problem,)}


# --- states


def mixed(done: int = 180, **maker: Any) -> JobReport:
    """Every status, as a site of 200 might come to them."""
    make = Maker(**maker).add(done, succeeded).add(3, recent).add(2, never_sent, duplicate_of=4)
    make.add(1, never_sent, **spoilt("D187")).add(1, never_sent, **spoilt("D188")).add(4, no_such_terminal)
    return make.add(3, lost).add(5, used_up).add(1, not_reached).made()


def all_done() -> JobReport:
    return Maker().add(197, succeeded).add(3, recent).made()


def stuck() -> JobReport:
    """A second run: some newly done, some as they were."""
    make = Maker(two_runs=True).add(150, done_before).add(28, succeeded).add(6, refused_twice)
    return make.add(4, lost_before).add(3, no_such_terminal).add(9, used_up).made()


def stopped() -> JobReport:
    return Maker().add(40, succeeded).add(5, no_such_terminal).add(155, never_sent).made(Ending(STOP))


def nothing_sent() -> JobReport:
    return Maker().add(60, never_sent).made(Ending(ended=False))


def rehearsal() -> JobReport:
    return mixed(simulated=True)


def forty_open() -> JobReport:
    """Two hundred rows of which forty are open, for six reasons: about what fits on one sheet."""
    make = Maker(two_runs=True).add(140, done_before).add(20, succeeded)
    make.add(6, refused_twice).add(6, no_such_terminal).add(4, lost_before).add(4, lost)
    for row in range(5):
        make.add(1, never_sent, **spoilt(f"D{182 + row}"))
    return make.add(9, used_up).add(6, not_reached).made()


def sampler() -> JobReport:
    """A little of everything that a page can show, at once."""
    make = Maker(two_runs=True, simulated=True).add(6, done_before).add(3, succeeded).add(1, recent)
    make.add(1, never_sent, duplicate_of=4).add(1, never_sent, **spoilt("D13")).add(2, refused_twice)
    make.add(2, lost_before).add(3, used_up).add(14, never_sent)
    strayed = make.call(1, make.began, AttemptState.SUCCEEDED, sn="21023113370000000001")
    make.attempts[strayed.sn] = [strayed]
    return make.made(Ending(STOP))


def empty() -> JobReport:
    return Maker().made()


def large() -> JobReport:
    """As many rows as the page shows."""
    return mixed(done=1980)


STATES: Final[dict[str, Callable[[], JobReport]]] = {
    "mixed": mixed,
    "all-done": all_done,
    "stuck": stuck,
    "stopped": stopped,
    "nothing-sent": nothing_sent,
    "rehearsal": rehearsal,
    "forty-open": forty_open,
    "sampler": sampler,
    "empty": empty,
    "large": large,
}


def main(arguments: Sequence[str] | None = None) -> int:
    folder = Path((arguments or sys.argv[1:])[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in STATES.items():
        for lang in LANGS:
            write_page(make(), Text(lang), folder / f"{name}.{lang}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
