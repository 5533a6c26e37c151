"""When to give a whole run up: a pure decision over the outcomes as they come.

Walking thousands of rows into a dead network or a revoked account helps nobody, and each lost answer
leaves a row for a person to settle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from batchreset.model import Advice, AttemptState, Outcome, Stop
from batchreset.text.messages import Message, msg

SERVICE_EXIT: Final = 6
UNREACHED_IN_A_ROW: Final = 10
FORBIDDEN_IN_A_ROW: Final = 5
NOT_FOUND_IN_A_ROW: Final = 10
LOGIN_LOST_IN_A_ROW: Final = 3
"""Rows that got a 401 with a new token too: one that expires is refused to every call in flight, once."""
LOST_IN_A_ROW: Final = 20
GATEWAY_IN_A_ROW: Final = 30
THROTTLED_IN_A_ROW: Final = 100
"""Calls that left at a pace already cut for the one before (`dispatch.rate`), each after a pause: several
minutes of nothing else. The 429s of calls in flight together are weighed as one."""
WINDOW: Final = 100
FAILED_IN_WINDOW: Final = 50
"""More failed calls than this among the last `WINDOW` (LEDGER.md §2.4): what fails on and off never
fails in a row."""
SHARE_SAMPLE: Final = 20
"""Rows that must have ended before `--max-failures P%` is looked at."""


@dataclass(frozen=True, slots=True)
class MaxFailures:
    """`--max-failures`: a number of rows, or a share of those ended (0 to 1)."""

    rows: int | None = None
    share: float | None = None

    def exceeded(self, failed: int, ended: int) -> bool:
        """Whether so many failed rows are too many."""
        if self.rows is not None:
            return failed > self.rows
        if self.share is not None:
            return ended >= SHARE_SAMPLE and failed / ended > self.share
        return False


@dataclass(frozen=True, slots=True)
class Breaker:
    """What has been seen so far.

    `streak` counts calls in a row that failed in the way `kind`, `login_lost` rows in a row that ended
    with a 401. `recent` has a bit for each of the last `WINDOW` calls, the newest lowest: 1 where what
    failed lies outside the row.
    """

    max_failures: MaxFailures
    kind: str = ""
    streak: int = 0
    login_lost: int = 0
    failed: int = 0
    ended: int = 0
    recent: int = 0

    def after_call(self, outcome: Outcome) -> tuple[Breaker, Stop | None]:
        """The breaker after one more call, and why the run must stop, if it must."""
        kind = _kind(outcome)
        if not kind and not self.kind and not self.recent and outcome.advice is not Advice.STOP:
            return self, None
        streak = self.streak + 1 if kind == self.kind else 1
        # a 401 is weighed when its row ends with it: a token that expires is refused to all calls in flight
        recent = self.recent if outcome.http_status == 401 else _shifted(self.recent, kind in _OUTSIDE)
        after = replace(self, kind=kind, streak=streak, recent=recent)
        if outcome.advice is Advice.STOP:
            return after, _misconfigured(outcome)
        limit, stop = _LIMITS.get(kind, (0, None))
        if stop is None or streak < limit:
            return after, _unsteady(recent)
        return after, Stop(stop[0], SERVICE_EXIT, Message(stop[1].msgid, (("calls", streak),)), stop[2])

    def after_row(self, outcome: Outcome) -> tuple[Breaker, Stop | None]:
        """The breaker after one more row came to its end in this run."""
        login_lost = outcome.http_status == 401
        after = Breaker(
            self.max_failures,
            self.kind,
            self.streak,
            login_lost=self.login_lost + 1 if login_lost else 0,
            failed=self.failed + (outcome.state is not AttemptState.SUCCEEDED),
            ended=self.ended + 1,
            recent=_shifted(self.recent, True) if login_lost else self.recent,
        )
        if after.login_lost >= LOGIN_LOST_IN_A_ROW:
            return after, _login_lost()
        if self.max_failures.exceeded(after.failed, after.ended):
            return after, _too_many(after)
        return after, _unsteady(after.recent) if login_lost else None


_LAST: Final = (1 << WINDOW) - 1


def _shifted(recent: int, failed: bool) -> int:
    return (recent << 1 | failed) & _LAST


def _login_lost() -> Stop:
    return Stop(
        "auth-refused",
        SERVICE_EXIT,
        msg("The service refuses our token, and new ones too."),
        msg("Check the App ID and its rights with `batchreset doctor`, then run `rerun`."),
    )


def _too_many(breaker: Breaker) -> Stop:
    message = msg(
        "{failed} of the {ended} rows sent so far failed, more than --max-failures allows.",
        failed=breaker.failed,
        ended=breaker.ended,
    )
    hint = msg("Look at the reasons in results.xlsx, then run `rerun` for what is left.")
    return Stop("too-many-failures", SERVICE_EXIT, message, hint)


def _unsteady(recent: int) -> Stop | None:
    failed = recent.bit_count()
    if failed <= FAILED_IN_WINDOW:
        return None
    message = msg(
        "{failed} of the last {calls} calls or fewer did not get through, were not allowed, or were left"
        " without an answer.",
        failed=failed,
        calls=WINDOW,
    )
    hint = msg("Check the network, the proxy and the rights with `batchreset doctor`, then run `rerun`.")
    return Stop("unsteady", SERVICE_EXIT, message, hint)


def _kind(outcome: Outcome) -> str:
    if outcome.state is AttemptState.UNKNOWN:
        return "lost"
    if outcome.http_status is None:
        return "unreached"
    kinds = {403: "forbidden", 404: "not-found", 429: "throttled", 502: "gateway", 503: "gateway"}
    return kinds.get(outcome.http_status, "")


_LIMITS: Final[dict[str, tuple[int, tuple[str, Message, Message]]]] = {
    "lost": (
        LOST_IN_A_ROW,
        (
            "answers-lost",
            msg("{calls} calls in a row left without a readable answer."),
            msg("Find out with the service's operator what is wrong before more terminals are touched."),
        ),
    ),
    "unreached": (
        UNREACHED_IN_A_ROW,
        (
            "unreachable",
            msg("The service could not be reached {calls} times in a row."),
            msg("Check the network, the proxy and the endpoint with `batchreset doctor`, then run `rerun`."),
        ),
    ),
    "forbidden": (
        FORBIDDEN_IN_A_ROW,
        (
            "forbidden",
            msg("The service answered 403 {calls} times in a row: the account lacks the right."),
            msg("Ask the enterprise's administrator for the right to manage terminals, then run todo.xlsx."),
        ),
    ),
    "gateway": (
        GATEWAY_IN_A_ROW,
        (
            "service-down",
            msg("The gateway could not reach the service {calls} times in a row."),
            msg("Wait until the service is back, then run `rerun`."),
        ),
    ),
    "throttled": (
        THROTTLED_IN_A_ROW,
        (
            "throttled",
            msg("The service throttled {calls} calls in a row."),
            msg("Run `rerun` later with a lower --rate."),
        ),
    ),
    "not-found": (
        NOT_FOUND_IN_A_ROW,
        (
            "not-found",
            msg("The service answered 404 {calls} times in a row: wrong endpoint, or wrong enterprise."),
            msg("Check the endpoint and the App ID with `batchreset doctor`, then run todo.xlsx."),
        ),
    ),
}


_OUTSIDE: Final = frozenset({"lost", "unreached", "forbidden", "gateway"})
"""Kinds that tell of the network, the service or the account. Not of the row (a 404 may be), and not a
429, which is waited out."""


def _misconfigured(outcome: Outcome) -> Stop:
    if outcome.http_status is not None and 300 <= outcome.http_status < 400:
        message = msg("The endpoint answers with a redirect, which is never followed: the token would leak.")
        return Stop(
            "redirected", SERVICE_EXIT, message, msg("Set BATCHRESET_ENDPOINT to the service's own address.")
        )
    message = msg(
        "The service refuses us, not the row: HTTP {status} {code} {text}",
        status=outcome.http_status,
        code=outcome.error_code or "",
        text=outcome.error_message or "",
    )
    return Stop(
        "refused-by-service",
        SERVICE_EXIT,
        message,
        msg("Check endpoint, App ID and rights with `batchreset doctor`, then run `rerun`."),
    )
