"""What a report says of a job, as plain values: the same for every file that tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from batchreset.model import Actor, Job, Status, Stop
from batchreset.rows import Row, Table
from batchreset.text.messages import Message


@dataclass(frozen=True, slots=True)
class RowResult:
    """A row as it stands in every report: its status, why, and what to do next."""

    row: Row
    status: Status
    reason: Message
    next_step: Message
    not_before: datetime | None = None
    attempts: int = 0
    """Calls this job made for the row's terminal."""
    last_attempt_at: datetime | None = None
    http_status: int | None = None
    error_code: str | None = None
    request_id: str | None = None
    """The id sent with the last attempt (`X-Request-Id`): what Huawei support can look up."""
    actor: Actor = Actor.OPERATOR
    """Who must take the next step."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A row that was open before the job's last run and still is.

    `since` is the first of its job's calls that came to what the last one came to, with no other between
    them; the job's first run where no call was processed.
    """

    result: RowResult
    since: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What a job's last run changed, against how it stood at `before`, the end of the run before that."""

    before: datetime
    newly_done: tuple[RowResult, ...]
    stuck: tuple[Stuck, ...]
    """The longest first."""


@dataclass(frozen=True, slots=True)
class Activation:
    """Which of a job's terminals are registered with the service, and so alive, as of `asked_at`.

    By `sn_key`. `told` are all of which the service said it; `before` those that were alive when the
    preflight looked, None where none did.
    """

    asked_at: datetime
    told: frozenset[str]
    alive: frozenset[str]
    before: frozenset[str] | None = None

    @property
    def since(self) -> frozenset[str] | None:
        """Those that have come alive since the preflight; None where nobody looked then."""
        return None if self.before is None else self.alive - self.before


@dataclass(frozen=True, slots=True)
class JobReport:
    """All a report says, as plain values; the same from a finished, a stopped and a killed job."""

    job: Job
    table: Table
    results: tuple[RowResult, ...]
    made_at: datetime
    counts: dict[Status, int]
    """All eight statuses; they add up to `len(results)`."""
    attempts: int
    """Calls the job made in all its runs."""
    started_at: datetime | None = None
    """First attempt."""
    ended_at: datetime | None = None
    """Last answer."""
    sending_s: float = 0.0
    """How long the runs were at sending, from first attempt to last answer each, together."""
    runs: int = 0
    stop: Stop | None = None
    """Why the last run ended early, if it did."""
    settings: dict[str, str] = field(default_factory=dict)
    """Settings in force, without secrets."""
    strays: tuple[str, ...] = ()
    """SNs this job has sent for that the sheet no longer holds."""
    activation: Activation | None = None
    """What `batchreset activated` has found last, if it was asked."""
    rate: float = 0
    """Calls a second at most, over all terminals; 0 for no pacing."""
    changes: Changes | None = None
    """None where the job has had one run, or none."""


def count_statuses(results: Sequence[RowResult]) -> dict[Status, int]:
    """How many rows have each status; every status is a key."""
    counts = dict.fromkeys(Status, 0)
    for result in results:
        counts[result.status] += 1
    return counts
