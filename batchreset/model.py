"""The values all stages share. No clock, no file, no environment in here.

Words are those of CONTRACT.md: a *row* of the operator's sheet, its *SN*, a *job* (one workbook with
its settings), a *run* (one execution of a job), an *attempt* (one call that left, or may have left).
Times are aware UTC datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from batchreset.service.endpoint import is_loopback
from batchreset.text.messages import Message


class Status(StrEnum):
    """What a row came to; every data row has exactly one (CONTRACT.md, "What a row came to")."""

    SUCCEEDED = "succeeded"
    """The service confirmed the reset."""
    FAILED = "failed"
    """The service refused it for a reason in the row."""
    UNKNOWN = "unknown"
    """It may have been processed and the answer was lost."""
    NOT_SENT = "not_sent"
    """Provably not processed, or never reached."""
    WAITING = "waiting"
    """The terminal's quota is used up; `not_before` says until when."""
    INVALID = "invalid"
    """The row can't be used; nothing was sent."""
    DUPLICATE = "duplicate"
    """The same SN and contact as an earlier row, which speaks for it."""
    RECENT = "recent"
    """A code for this SN was confirmed within the freshness window and still lives."""


DONE = frozenset({Status.SUCCEEDED, Status.RECENT, Status.DUPLICATE})
"""Statuses that need nobody and nothing more; a job of only these exits with 0."""
LATER = (Status.WAITING, Status.NOT_SENT)
"""What another run sends."""
FOR_A_PERSON = (Status.INVALID, Status.FAILED, Status.UNKNOWN)
"""What only a person can settle."""


def sn_key(sn: str) -> str:
    """What two SNs are compared by: CONTRACT.md compares ignoring case (the SN itself is sent as written)."""
    return sn.casefold()


class AttemptState(StrEnum):
    """How far an attempt came. Only `UNPROCESSED` does not count against the quota (CONTRACT.md)."""

    OPEN = "open"
    """Durable, the call may be about to leave or in flight."""
    SUCCEEDED = "succeeded"
    """The service confirmed it."""
    REFUSED = "refused"
    """A complete refusal by the service."""
    UNPROCESSED = "unprocessed"
    """Proven not processed: no byte left, 401, 429, or a gateway's own 502/503."""
    UNKNOWN = "unknown"
    """Anything else: it may have been processed."""


class Resolution(StrEnum):
    """What a person said of an attempt whose answer was lost."""

    ARRIVED = "arrived"
    """The code arrived: the reset is as good as confirmed."""
    NOT_ARRIVED = "not_arrived"
    """No code arrived: the terminal may be sent again (the call still counts against the quota)."""
    RETRIED = "retried"
    """Nobody knows, and it was sent again all the same (`--retry-unknown`, or its blocking ran out)."""


class Advice(StrEnum):
    """What an answer asks for, as the table of codes says (`batchreset/service/codes.toml`)."""

    NONE = "none"
    """Nothing: the reset is done, or its fate is unknown."""
    ROW = "row"
    """The row must change first."""
    RETRY = "retry"
    """Send again shortly."""
    LATER = "later"
    """Send again after a time."""
    AUTH = "auth"
    """Get a new token, then send again."""
    STOP = "stop"
    """Nothing in the row is wrong: the settings, the account or the service are. Stop the job."""


class Actor(StrEnum):
    """Who must act on a row's next step."""

    OPERATOR = "operator"
    """Whoever runs this program: mend the row, settings or network, run it again."""
    SITE = "site"
    """The contact of the row, who stands at the terminal."""
    ADMINISTRATOR = "administrator"
    """Of the enterprise, at the service."""
    SUPPORT = "support"
    """Huawei's."""
    NEXT_RUN = "next run"
    """`rerun` sends it as it is, by hand, in a watch or by a schedule."""
    NOBODY = "nobody"
    """It comes by itself with time, or nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the gateway says of its own rate (facts.md §5): `limit` calls in any `span_s` seconds.

    `remaining` of them in the current span, None where that is not told.
    """

    limit: int
    span_s: float
    remaining: int | None = None

    @property
    def per_second(self) -> float:
        return self.limit / self.span_s


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to.

    `wait_s` goes with `RETRY` and `LATER`, where the service or the table names a time. `listed` says
    that the table of codes knows the answer's code, so that `advice` is more than a guess by status.
    """

    state: AttemptState
    advice: Advice = Advice.NONE
    http_status: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    service_request_id: str | None = None
    wait_s: float | None = None
    listed: bool = False
    allowance: Allowance | None = None
    """Where the answer tells it; of use to the running pace only, and not kept."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as the ledger holds it.

    `id` is also the call's `X-Request-Id`. `counts_from` is the latest instant at which the service
    may have processed it: the quota's window runs from there. `contact` is a keyed digest. `resolved`
    is what a person said of it while its state was `UNKNOWN`. `seq` is its record's place in the ledger.
    """

    id: str
    job: str
    run: str
    sn: str
    contact: str
    state: AttemptState
    opened_at: datetime
    counts_from: datetime
    settled_at: datetime | None = None
    advice: Advice = Advice.NONE
    http_status: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    service_request_id: str | None = None
    not_before: datetime | None = None
    resolved: Resolution | None = None
    seq: int = 0

    @property
    def confirmed(self) -> bool:
        """Whether the reset is done: the service says so, or a person where its answer was lost."""
        if self.state is AttemptState.UNKNOWN:
            return self.resolved is Resolution.ARRIVED
        return self.state is AttemptState.SUCCEEDED


REHEARSAL_MARK: Final = "REHEARSAL / 演练"
"""What every file of a rehearsal holds: none may be taken for one of real terminals."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is assumed of the service where it says too little, and what we keep to.

    Every field is shown by `doctor` and honoured by the simulator. Sources: facts.md §2 (quota), §9
    (a code's life), §13 (what is unknown); LEDGER.md §2.3 (margin).
    """

    quota_calls: int = 5
    """Attempts a terminal has in any window (documented: 5)."""
    quota_window: timedelta = timedelta(hours=24)
    """Documented as "every 24 hours"; rolling is assumed, the stricter reading."""
    quota_margin: timedelta = timedelta(minutes=10)
    """Kept on top of the window for clock error and calls in flight."""
    quota_counts_unprocessed: bool = False
    """Count answers too that prove a call unprocessed (401, 429, a gateway's): the strict reading."""
    freshness: timedelta = timedelta(days=10)
    """A code's life; a terminal confirmed within it is not reset again unasked."""
    sn_max_length: int = 30
    """From the older documents and the 2021 SDK; today's page gives no length."""


class Reason(StrEnum):
    """Why a row has its status, where neither the sheet nor the service's code says it."""

    SENDABLE = "sendable"
    """Nothing stands against sending it now."""
    CONFIRMED = "confirmed"
    """This job's own reset was confirmed."""
    CONFIRMED_EARLIER = "confirmed-earlier"
    """Another job's reset was confirmed within the freshness window."""
    ANSWER_LOST = "answer-lost"
    """The terminal's last attempt is unknown and not settled."""
    IN_FLIGHT = "in-flight"
    """A live run is at this terminal just now."""
    REFUSED = "refused"
    """The service refused this very row in this job."""
    SERVICE_SAYS_LATER = "service-says-later"
    """The service itself asked to come back later (its own quota, or a time-out of its own)."""
    QUOTA = "quota"
    """The ledger counts all calls of the window as used."""
    BAD_ROW = "bad-row"
    """The sheet's row can't be used."""
    SPOKEN_FOR = "spoken-for"
    """An earlier row with the same SN and contact speaks for it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ledger's history says of a row at one instant.

    `attempt` is the one the verdict rests on. Only `Reason.SENDABLE` may be sent.
    """

    status: Status
    reason: Reason
    not_before: datetime | None = None
    attempt: Attempt | None = None

    @property
    def sendable(self) -> bool:
        return self.reason is Reason.SENDABLE


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for beyond the safe default."""

    again: bool = False
    """Reset terminals too whose code was confirmed within the freshness window."""
    retry_unknown: bool = False
    """Send rows again whose last answer was lost, at the risk of a second code."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before its plan was through; `code` is stable for scripts."""

    code: str
    exit_code: int
    message: Message
    hint: Message


@dataclass(frozen=True, slots=True)
class Job:
    """One input workbook with its settings, as the ledger keeps it."""

    id: str
    created_at: datetime
    input_path: Path
    input_sha256: str
    sheet: str
    output_dir: Path
    lang: str
    simulated: bool
    """On the built-in simulator, which is gone with the run."""
    endpoint: str
    operator: str
    columns: tuple[tuple[str, str], ...] = ()
    """How the sheet is read, kept for a re-run: (field, header) as given with `--column`, and other
    options of reading by their names (`prepare.kept_reading`)."""

    @property
    def rehearsal(self) -> bool:
        """Whether no real terminal can have been reset: by the built-in simulator, or one on this machine."""
        return self.simulated or is_loopback(self.endpoint)
