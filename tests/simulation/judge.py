"""What a seed is judged by: every report as it is made, the living runs, and at the end all together.

Besides the invariants (`tests.invariants`):

- L1: where all is well, no run is refused or stopped
- L2: the database's own rules never have to step in: the program refuses first
- L3: nobody settles what a living run has open, however long that run is stopped
- crash: no command ends by an exception that is no reason in words
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from batchreset.reported import JobReport
from tests.invariants import Rule, check, keeping, sending
from tests.invariants.reading import read_ledger, read_texts, rows_of
from tests.invariants.values import Evidence, Ledger, Report, ServiceCall, Violation
from tests.simulation.diary import Diary
from tests.simulation.service import Service

CLOCK_ERROR_S: Final = 300.0
"""A `Date` that is wrong by less than 4 minutes and agrees with this machine's clock is believed."""
_OF_A_REPORT: Final[tuple[Rule, ...]] = (
    sending.i2_succeeded_was_processed,
    sending.i3_not_sent_was_not_processed,
    sending.i4_failed_was_not_processed,
    keeping.i7_every_row_once,
)
"""What must hold at the moment a report is made."""
_DONE: Final = frozenset({"succeeded", "recent", "duplicate"})


class Judge:
    """Sees what outsiders see: the ledger's file, the service's log, the reports and logs given to people."""

    def __init__(self, diary: Diary, ledger: Path) -> None:
        self._diary: Final = diary
        self._path: Final = ledger
        self._witness: Final = sqlite3.connect(ledger, isolation_level=None)
        self._forgotten = Ledger()
        self._service: Service | None = None
        self.reports: Final[dict[str, Report]] = {}
        """The last one of each job."""
        self.due: Final[dict[str, float]] = {}
        """By job: when its first waiting row may be sent, seconds since 1970."""
        self.answered: Final[set[str]] = set()
        """Ids of attempts whose own process knows what came of them."""
        self.living: Final[set[str]] = set()
        """Ids of runs whose process lives."""
        self.stopped: Final[set[str]] = set()
        """Ids of runs whose process was stopped for a time."""

    def meet(self, service: Service) -> None:
        """The service whose log is the outside truth."""
        self._service = service

    def intent_seen(self, request_id: str) -> bool:
        """Whether an intent is in the file at this very moment."""
        found = self._witness.execute("SELECT count(*) FROM attempt WHERE id = ?", (request_id,))
        return bool(found.fetchone()[0])

    def kept_jobs(self) -> list[str]:
        """Ids of the jobs that are in the file, oldest first."""
        return [job for (job,) in self._witness.execute("SELECT id FROM job ORDER BY seq")]

    def is_done(self, job: str) -> bool:
        """Whether its last report says that nothing is left."""
        return job in self.reports and {row.status for row in self.reports[job].rows} <= _DONE

    def reopened(self, job: str) -> None:
        """Somebody runs it again: what was told of it is not the last word."""
        self.reports.pop(job, None)

    def before_forgetting(self) -> None:
        """Keep what may be forgotten now."""
        self._forgotten = self._ledger()

    def told(self, made: JobReport) -> None:
        """An operator is given a report."""
        report = Report(
            job=made.job.id,
            rows=rows_of(made.results),
            expected=[(row.number, row.sn) for row in made.table.rows],
            made_at_s=made.made_at.timestamp(),
            counts={str(status): rows for status, rows in made.counts.items()},
        )
        self.reports[report.job] = report
        due = min((one.not_before for one in made.results if one.not_before), default=made.made_at)
        self.due[report.job] = due.timestamp()
        ledger = self._ledger()
        self._look_at_the_living(ledger)
        now = Evidence(calls=self._calls(), ledger=ledger, reports=[report])
        for rule in _OF_A_REPORT:
            for violation in rule(now):
                self._diary.violated(violation)

    def _look_at_the_living(self, ledger: Ledger) -> None:
        for attempt in ledger.attempts:
            given_up = attempt.state != "open" and attempt.id not in self.answered
            if given_up and attempt.run in self.living:
                told = f"{attempt.id} of run {attempt.run}"
                self._diary.violated(Violation("L3", "a living run's call was given up", told, attempt.key))

    def verdict(self, *, rate: float, log: Path, hidden: Sequence[str], ended_by: Sequence[str]) -> None:
        """All that happened, at the end. `ended_by` are the reasons why commands ended early."""
        kept = set(self.kept_jobs())
        self._witness.close()
        evidence = Evidence(
            calls=self._calls(),
            ledger=self._ledger(with_seals=True),
            reports=[report for report in self.reports.values() if report.job in kept],
            finished=True,
            faultless=True,
            rate=rate,
            stopped=self.stopped,
            texts=read_texts([log] if log.exists() else []),
            hidden=hidden,
            clock_error_s=CLOCK_ERROR_S,
        )
        for violation in check(evidence):
            self._diary.violated(violation)
        if "ledger-rule" in ended_by:
            self._diary.violated(Violation("L2", "the database had to refuse what the program should have"))
        self._tally(evidence, ended_by)

    def _tally(self, evidence: Evidence, ended_by: Sequence[str]) -> None:
        counts = self._diary.counts
        counts["runs"] = len(evidence.ledger.runs)
        counts["calls"] = len(evidence.calls)
        counts["calls processed"] = sum(call.processed for call in evidence.calls)
        counts.update(f"attempts {attempt.state}" for attempt in evidence.ledger.attempts)
        counts.update(f"resolved {a.resolved}" for a in evidence.ledger.attempts if a.resolved)
        counts.update(f"rows {row.status}" for report in self.reports.values() for row in report.rows)
        counts.update(f"ended by {reason}" for reason in ended_by)

    def _calls(self) -> list[ServiceCall]:
        assert self._service is not None
        return [call.as_call() for call in self._service.log]

    def _ledger(self, *, with_seals: bool = False) -> Ledger:
        """The ledger as it is now, with what was forgotten in it before."""
        kept, forgotten = read_ledger(self._path, with_seals=with_seals), self._forgotten
        attempts = {attempt.id: attempt for attempt in (*forgotten.attempts, *kept.attempts)}
        resolutions = {one.seq: one for one in (*forgotten.resolutions, *kept.resolutions)}
        return Ledger(
            [*attempts.values()], {**forgotten.runs, **kept.runs}, [*resolutions.values()], kept.broken
        )
