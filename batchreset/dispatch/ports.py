"""What the dispatcher is handed, and what it tells: plain callables and plain values.

A test gives it functions and virtual time; `job.py` gives it the service, the ledger and the clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from batchreset.ledger.port import Claim
from batchreset.model import Attempt, Outcome, Stop, Verdict
from batchreset.rows import Contact, Row


class Send(Protocol):
    """Makes one reset call. Cancelled, it still returns an outcome: unknown if a byte may have left."""

    async def __call__(self, attempt: Attempt, contact: Contact, token: str) -> Outcome: ...


class Tokens(Protocol):
    """Hands out a good token; `refused` is one the service has just refused. Raises ServiceError."""

    async def get(self, refused: str | None = None) -> str: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The edges, as the dispatcher sees them. `monotonic` and `sleep` share one time line, in seconds."""

    claim: Callable[[Claim], Awaitable[Attempt | Verdict]]
    settle: Callable[[Attempt, Outcome, datetime], Awaitable[None]]
    send: Send
    tokens: Tokens
    pace: Callable[[], Awaitable[None]]
    depart: Callable[[], Awaitable[None]]
    """As `pace`, once more after the claim: evens out what claiming took (`dispatch.pace`)."""
    tune: Callable[[float], None]
    """Sets the calls a second that `pace` and `depart` keep."""
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answered:
    """A call (`attempt`, as it was claimed) came to its outcome; it is being made durable."""

    row: Row
    attempt: Attempt
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RowEnded:
    """The run is done with a row, and that is durable. `outcome` None: no call left, for `verdict`."""

    row: Row
    outcome: Outcome | None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """All workers hold for so long: the service asked for it."""

    seconds: float
    http_status: int | None


@dataclass(frozen=True, slots=True)
class Paced:
    """So many calls a second leave from now on: the pace has learned of the service's own."""

    per_second: float


@dataclass(frozen=True, slots=True)
class Stopping:
    """No new call leaves any more. `stop` None: by a signal."""

    stop: Stop | None


Event = Answered | RowEnded | Paused | Paced | Stopping


class Observer(Protocol):
    """Is told what happens, in order. It must not block; what it raises stops the run (drained)."""

    def __call__(self, event: Event) -> None: ...
