"""What time it is for the service: told by the `Date` of its answers and a clock that nobody can set. Pure.

The quota's 24 hours are the service's. This machine's clock may be wrong, stepped in mid-run or set
back by a day, and a ledger stamped by it lets a sixth call through, or blocks a terminal for a day too
long (LEDGER.md §2.3). So the run is anchored once, and from then on only the steady clock moves it.

Every time in here is kept as "the service's time when the steady clock stood at 0", so that two
answers can be compared however much later the second one came.

Why later answers may narrow the anchor and never move it: each one tells the time only to a second and
its own travel, so following them would make the clock tremble, and a service (or a proxy) whose `Date`
creeps would lead it away step by step. A steady clock is off by seconds a day, the margin is minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from batchreset.errors import LedgerError, ServiceError
from batchreset.service.wire import http_date
from batchreset.text.messages import msg

TOLERANCE: Final = timedelta(minutes=4)
"""Times that differ by no more agree. Twice this (one run too early, the next too late) and the slowest
answer lie within the quota's margin of 10 minutes."""
GRANULARITY: Final = timedelta(seconds=1)
"""A `Date` is in whole seconds, the rest cut off."""
SLOWEST_S: Final = 60.0
"""An answer that was longer under way tells too little of the time."""
CONTRADICTIONS_MAX: Final = 5
"""So many `Date`s against all that is known, and nobody can say what time it is."""
AHEAD_MAX: Final = timedelta(minutes=5)
"""A ledger may be so far ahead of the service (LEDGER.md §2.3): two anchors may err by most of it."""
_YEARS: Final = range(2020, 2200)
"""A `Date` outside is that of a clock that was never set."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one answer tells: at second 0 of the steady clock the service's time was within these."""

    earliest: datetime
    latest: datetime

    def agrees(self, other: Sight) -> bool:
        """Whether both may be of one clock, give or take `TOLERANCE`."""
        apart = max(self.earliest - other.latest, other.earliest - self.latest)
        return apart <= TOLERANCE

    def narrowed(self, other: Sight) -> Sight:
        """What holds by both; where nothing does, this one."""
        both = Sight(max(self.earliest, other.earliest), min(self.latest, other.latest))
        return both if both.earliest <= both.latest else self


def sight_of(date: datetime, *, sent_s: float, answered_s: float) -> Sight | None:
    """What a `Date` tells of an answer asked for and begun at these steady seconds; None where too little."""
    if date.year not in _YEARS or not 0 <= answered_s - sent_s <= SLOWEST_S:
        return None
    return Sight(date - timedelta(seconds=answered_s), date + GRANULARITY - timedelta(seconds=sent_s))


@dataclass(frozen=True, slots=True)
class Reckoning:
    """All that is known of the service's time.

    `against` are the sights that contradict the anchor, one after the other and all of one clock; while
    there is no anchor, the sights that nothing has confirmed.
    """

    anchor: Sight | None = None
    against: tuple[Sight, ...] = ()

    @property
    def contradicted(self) -> bool:
        """Whether nobody can say what time it is."""
        return len(self.against) >= CONTRADICTIONS_MAX

    def after(self, sight: Sight, local: datetime) -> Reckoning:
        """The reckoning after one more sight; `local` is this machine's clock, at steady second 0 as well.

        An anchor needs a second witness, because a single `Date` may be wrong: this machine's clock
        where it agrees, which costs nothing and is the usual case, else another answer. Once there is
        one, a single `Date` against it is ignored.
        """
        if self.anchor is None:
            witnesses = (Sight(local, local), *self.against)
            if any(sight.agrees(witness) for witness in witnesses):
                return Reckoning(sight)
            return Reckoning(None, (*self.against, sight))
        if sight.agrees(self.anchor):
            return Reckoning(self.anchor.narrowed(sight))
        of_one_clock = bool(self.against) and sight.agrees(self.against[-1])
        return Reckoning(self.anchor, (*self.against, sight) if of_one_clock else (sight,))


class ServiceClock:
    """Tells the service's time; this machine's until that is known.

    `wall` is this machine's clock in aware UTC: it may be wrong and may jump. `steady` is one in seconds
    that can't be set and goes on while the machine sleeps. `asked` is for who asks the service for the
    time (`batchreset.anchoring`): whether that was done.
    """

    def __init__(self, wall: Callable[[], datetime], steady: Callable[[], float]) -> None:
        self.wall: Final = wall
        self.steady: Final = steady
        self.asked = False
        self._reckoning = Reckoning()
        self._told: datetime | None = None

    @property
    def anchored(self) -> bool:
        """Whether the service's time is known."""
        return self._reckoning.anchor is not None

    @property
    def contradicted(self) -> bool:
        """Whether nobody can say what time it is (`CONTRADICTIONS_MAX`)."""
        return self._reckoning.contradicted

    @property
    def contradictions(self) -> int:
        """How many `Date`s nothing confirms."""
        return len(self._reckoning.against)

    @property
    def skew_s(self) -> float | None:
        """This machine's clock minus the service's, in seconds (exact to one); None while that is unknown."""
        anchor = self._reckoning.anchor
        if anchor is None:
            return None
        middle = anchor.earliest + (anchor.latest - anchor.earliest) / 2
        return (self._local() - middle).total_seconds()

    def now(self) -> datetime:
        """The latest time it can be for the service, never before one it has told already.

        Before the anchor: this machine's time.
        """
        anchor = self._reckoning.anchor
        if anchor is None:
            return self.wall()
        now = anchor.latest + timedelta(seconds=self.steady())
        self._told = now if self._told is None else max(now, self._told)
        return self._told

    def observe(self, headers: Mapping[str, str], sent_s: float) -> None:
        """Learn from an answer that begins now and was asked for at `sent_s`; header names in lower case."""
        date = http_date(headers.get("date", ""))
        if date is None or "age" in headers:  # from a cache: of an answer to somebody else, some time ago
            return
        sight = sight_of(date, sent_s=sent_s, answered_s=self.steady())
        if sight is not None:
            self._reckoning = self._reckoning.after(sight, self._local())

    def doubt(self) -> ServiceError | None:
        """Why the time can't be told: `Date`s contradict the anchor, or there is only one and no witness."""
        against = self._reckoning.against
        if not against or (self.anchored and not self.contradicted):
            return None
        return ServiceError(
            "service-clock",
            msg(
                "It can't be told what time it is: an answer of the service says {told}, all else {known}.",
                told=against[-1].latest + timedelta(seconds=self.steady()),
                known=self.now(),
            ),
            msg("Set this machine's clock, look at `batchreset doctor`, then run `rerun`."),
        )

    def _local(self) -> datetime:
        return self.wall() - timedelta(seconds=self.steady())


def ledger_ahead(latest: datetime | None, now: datetime) -> LedgerError | None:
    """Why a ledger whose latest attempt is of `latest` must not be used at `now`; None where it may be.

    By its window terminals would wait far too long, or, once it is restored from elsewhere, not at all.
    """
    if latest is None or latest - now <= AHEAD_MAX:
        return None
    return LedgerError(
        "ledger-ahead",
        msg("The ledger's latest call is of {latest}, but it is only {now}.", latest=latest, now=now),
        msg(
            "Either a wrong clock wrote it, or it is not this machine's ledger, or the time is wrong now:"
            " see `batchreset doctor`. It can be used again from {latest} on.",
            latest=latest,
        ),
    )
