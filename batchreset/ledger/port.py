"""What the dispatcher and the reports may ask of a ledger, and what it promises.

1. An awaited `claim` gives an attempt only when it is durable (fsynced): the call may leave after that, not
   before. Quota, freshness and unsettled answers are judged inside its transaction, by
   `plan.terminal.judge_terminal`, over all jobs and processes that share the ledger.
2. An awaited `settle` returns when the outcome is durable.
3. Any failure to keep these is a `LedgerError`; after it no claim succeeds any more. Outcomes are still
   tried, with room kept free for them on a full disk.
4. `claim` and `settle` ask when they are called, and no claim is durable before what was settled
   ahead of it: who gets its attempt may send, even if nobody has awaited the settling yet.
5. Every record is sealed when it is written and checked when it is read; what was changed is a
   `LedgerError`, never a value.
6. `recover` turns the open attempts of dead runs, and only of those, into `unknown`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from batchreset.model import Attempt, Job, Outcome, Resolution, Status, Stop, Verdict
from batchreset.plan.terminal import Asking


@dataclass(frozen=True, slots=True)
class Claim:
    """The wish to send one call. `id` becomes the attempt's id and the call's `X-Request-Id`.

    `latest_processing_at` is the last instant at which the service may process it: now plus the
    call's time-out.
    """

    id: str
    sn: str
    asking: Asking
    at: datetime
    latest_processing_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a job, as the ledger keeps it. `stop` says why it ended early."""

    id: str
    job: str
    started_at: datetime
    host: str
    pid: int
    version: str
    source: Path
    """The workbook it read: the job's input, or a mended `results.xlsx` that was named instead."""
    again: bool = False
    """Whether it was asked to reset terminals that have a living code too."""
    retry_unknown: bool = False
    """Whether it was asked to send rows again whose last answer was lost."""
    operator: str = ""
    """Who ran it."""
    accepted: tuple[str, ...] = ()
    """Guards (`plan.guards`) its operator passed by name."""
    ended_at: datetime | None = None
    stop: Stop | None = None
    counts: dict[Status, int] | None = None
    """Rows by status when it ended."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a person said of an attempt (by its id) whose answer was lost, who, when and why."""

    attempt: str
    resolution: Resolution
    at: datetime
    operator: str
    reason: str


class Ledger(Protocol):
    """The promises are in the module's docstring."""

    def claim(self, claim: Claim) -> Awaitable[Attempt | Verdict]:
        """A durable open attempt, or the verdict that stands against it."""

    def settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> Awaitable[None]:
        """Make an attempt's outcome durable."""

    def history(
        self, sns: Iterable[str] | None = None, *, of_job: str | None = None
    ) -> dict[str, tuple[Attempt, ...]]:
        """All attempts by `sn_key`, oldest first: of these SNs (None: of every terminal), and of every
        terminal the job has ever sent to."""

    def add_job(self, job: Job) -> None:
        """Keep a new job."""

    def job(self, job: str) -> tuple[Job, list[Run]] | None:
        """A job by its id, with its runs, oldest first; None where there is none."""

    def jobs(self, *, newest: int | None = None) -> list[tuple[Job, list[Run]]]:
        """Every job, or so many of the newest, with its runs; both oldest first."""

    def begin_run(self, run: Run) -> None:
        """Keep a run that starts now; it is alive until its process ends (an OS lock, no time-out)."""

    def end_run(self, run: str, *, at: datetime, stop: Stop | None, counts: dict[Status, int]) -> None:
        """Keep how a run ended."""

    def recover(self, at: datetime) -> int:
        """Settle what dead runs left open as `unknown`; how many attempts that were."""

    def resolve(self, said: Sequence[Resolved]) -> list[bool]:
        """Keep what a person said; of each whether it was kept: False where the attempt is not unknown, or
        its job has sent to the terminal once more: the word is then about that call."""
