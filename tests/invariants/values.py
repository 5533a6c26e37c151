"""What the witnesses say, as plain values. Times end in `_s`: seconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

DAY_S: Final = 86400.0
PROVEN_UNPROCESSED: Final = frozenset({401, 429})
GATEWAY: Final = frozenset({502, 503})
"""Proven unprocessed as well, where the answer carries a code of the gateway's own (CONTRACT.md)."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that does not hold. `sn` is the terminal it is about, "" for none."""

    invariant: str
    what: str
    evidence: str = ""
    sn: str = ""

    def __str__(self) -> str:
        return f"{self.invariant}: {self.what}" + (f" [{self.evidence}]" if self.evidence else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCall:
    """One call for a reset in the service's own log, with times by the service's clock.

    `status` is the answer's, None where none was given or none that can be read. `by_gateway`: the
    answer carries a code of the API gateway (`APIG.`). `steady_s` is when it came by a clock that nobody
    sets, for the rate. `intent_seen`: whether somebody looked into the ledger as it came, and saw it.
    """

    request_id: str
    sn: str
    received_at_s: float
    processed: bool = False
    processed_at_s: float | None = None
    status: int | None = None
    by_gateway: bool = False
    steady_s: float | None = None
    intent_seen: bool | None = None

    @property
    def key(self) -> str:
        """What terminals are compared by."""
        return self.sn.casefold()

    @property
    def proven_unprocessed(self) -> bool:
        """Whether its answer proves to who reads it that nothing was done."""
        by_gateway = self.status in GATEWAY and self.by_gateway
        return not self.processed and (self.status in PROVEN_UNPROCESSED or by_gateway)

    @property
    def counts_at_s(self) -> float:
        """When the service did with it what it did."""
        return self.received_at_s if self.processed_at_s is None else self.processed_at_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAttempt:
    """An attempt as the ledger's file has it."""

    seq: int
    id: str
    job: str
    run: str
    sn: str
    state: str
    opened_at_s: float
    counts_from_s: float
    settled_at_s: float | None = None
    resolved: str | None = None

    @property
    def key(self) -> str:
        return self.sn.casefold()

    @property
    def confirmed(self) -> bool:
        """Done, as the service says, or a person where its answer was lost."""
        return self.state == "succeeded" or (self.state == "unknown" and self.resolved == "arrived")

    @property
    def settled_by_hand(self) -> bool:
        return self.resolved in ("arrived", "not_arrived")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRun:
    """A run as the ledger's file has it. `stop` is the code of what ended it early, "" for nothing."""

    id: str
    job: str
    again: bool = False
    retry_unknown: bool = False
    ended: bool = True
    stop: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a person said of an attempt whose answer was lost. `seq` orders it among the attempts."""

    seq: int
    attempt: str
    said: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger's file. `broken` names the records whose checksum does not hold."""

    attempts: Sequence[LedgerAttempt] = ()
    runs: Mapping[str, LedgerRun] = field(default_factory=dict)
    resolutions: Sequence[Resolution] = ()
    broken: Sequence[str] = ()

    def by_id(self) -> dict[str, LedgerAttempt]:
        return {attempt.id: attempt for attempt in self.attempts}

    def by_terminal(self) -> dict[str, list[LedgerAttempt]]:
        """The attempts of each terminal in the order they were claimed."""
        found: dict[str, list[LedgerAttempt]] = {}
        for attempt in sorted(self.attempts, key=lambda attempt: attempt.seq):
            found.setdefault(attempt.key, []).append(attempt)
        return found


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a report. `attempts` is how many calls of the job it tells of."""

    number: int
    sn: str
    status: str
    attempts: int = 0
    request_id: str | None = None

    @property
    def key(self) -> str:
        return self.sn.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a job's operator was told, and the rows (number, SN) of the sheet it was told about.

    `counts` are the totals that were told, None where none were. The ledger it is compared with must be
    that of its time.
    """

    job: str
    rows: Sequence[ReportRow]
    expected: Sequence[tuple[int, str]]
    made_at_s: float
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of a scenario after it.

    - `finished`: every run has come to its end, so that nothing may be open any more
    - `faultless`: the reports are of re-runs with all faults off
    - `rate`: calls a second that each run was held to; None where it was not. Not judged by it are runs
      that were `stopped` for a time (SIGSTOP): what was about to leave then leaves together
    - `texts`: by name what was logged or printed; `hidden`: what must be in none of them
    - `clock_error_s`: how far the ledger's time may be ahead of the service's. Whoever reads a `Date`
      can't do better than its second and the answer's travel.
    """

    calls: Sequence[ServiceCall] = ()
    ledger: Ledger = field(default_factory=Ledger)
    reports: Sequence[Report] = ()
    finished: bool = False
    faultless: bool = False
    rate: float | None = None
    stopped: Collection[str] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    hidden: Collection[str] = ()
    clock_error_s: float = 3.0
    quota_calls: int = 5
    quota_window_s: float = DAY_S
    freshness_s: float = 10 * DAY_S
