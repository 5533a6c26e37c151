"""The modelled service: terminals, quota, tokens and what goes wrong, by its own clock. Pure but for dice.

Own code against the documents, like the fault server's, but without bytes: what it is handed is a
`wire.Request`, what it gives is a `Step` or two. It keeps the log that the run is judged by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum
from itertools import cycle
from random import Random
from typing import Any, Final

from tests.invariants.values import DAY_S, ServiceCall

QUOTA_CALLS: Final = 5
TOKEN_LIFE_S: Final = 12 * 3600
_ALNUM: Final = "0123456789abcdef"


class Fate(StrEnum):
    """What becomes of one call for a reset."""

    FINE = "fine"
    NEVER_LEFT = "never left"
    """No connection: not one byte leaves."""
    LOST_ON_THE_WAY = "lost on the way"
    """Bytes leave, nothing is received."""
    LOST_BEFORE = "lost before"
    """Received, never processed, never answered."""
    LOST_AFTER = "lost after"
    """Processed, never answered."""
    BROKEN_AFTER = "broken after"
    """Processed, and an answer that no client can read."""
    LATE = "late"
    """Processed when the client may long have given up."""
    ERROR_BEFORE = "error before"
    """500 or 504, nothing done."""
    ERROR_AFTER = "error after"
    """500, and yet processed."""
    GATEWAY = "gateway"
    """502 or 503 with the gateway's own code."""
    PROXY = "proxy"
    """502 or 503 of who knows whom; processed or not."""
    THROTTLED = "throttled"
    LOGGED_OUT = "logged out"
    """All tokens are put out, then the call is judged."""
    PAGE_BEFORE = "page before"
    """200 with a portal's page, nothing done."""
    CUT_AFTER = "cut after"
    """Processed, and 200 with half a JSON."""
    REFUSED_AS_JSON = "refused as json"
    """200 whose JSON carries an error code."""
    FORBIDDEN = "forbidden"
    REDIRECT = "redirect"


_INTERNAL: Final = ("USG.000000002", "internal")
_INSTEAD: Final = {
    Fate.ERROR_BEFORE: ((500, *_INTERNAL), (504, *_INTERNAL)),
    Fate.GATEWAY: ((502, "APIG.0202", "backend unavailable"), (503, "APIG.0202", "backend unavailable")),
    Fate.FORBIDDEN: ((403, "USG.201040005", "no right"),),
}
"""Status, code and text of answers in the place of the service's own."""


@dataclass(frozen=True, slots=True)
class Said:
    """A whole answer, as `wire.Reply` has it."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely things go wrong for a time.

    `fates` are shares of the calls, the rest is fine. `login_fails` is that of logins, `wrong_date` and
    `no_date` those of all answers. A wrong `Date` is off by minutes that may pass for right, or `far_off`.
    """

    name: str
    fates: Mapping[Fate, float] = field(default_factory=dict)
    login_fails: float = 0.0
    wrong_date: float = 0.0
    no_date: float = 0.0
    far_off: bool = False


CALM: Final = Weather("calm")


@dataclass(slots=True)
class Terminal:
    """`counted` are the times of calls that count, by the service's clock."""

    known: bool = True
    counted: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Logged:
    """One call in the log; `left_s` is when its first byte left, by the steady clock."""

    request_id: str
    sn: str
    received_at_s: float
    left_s: float
    intent_seen: bool
    processed_at_s: float | None = None
    status: int | None = None
    by_gateway: bool = False

    def as_call(self) -> ServiceCall:
        return ServiceCall(
            request_id=self.request_id,
            sn=self.sn,
            received_at_s=self.received_at_s,
            processed=self.processed_at_s is not None,
            processed_at_s=self.processed_at_s,
            status=self.status,
            by_gateway=self.by_gateway,
            steady_s=self.left_s,
            intent_seen=self.intent_seen,
        )


class Service:
    """`now_s` is its clock, in seconds since 1970. `keeps_quota`: whether it refuses a sixth call."""

    def __init__(
        self,
        now_s: Callable[[], float],
        dice: Random,
        *,
        keeps_quota: bool,
        unknown: frozenset[str],
        intent_seen: Callable[[str], bool],
    ) -> None:
        self.now_s: Final = now_s
        self.weather = CALM
        self.log: Final[list[Logged]] = []
        self._dice: Final = dice
        self._keeps_quota: Final = keeps_quota
        self._unknown: Final = unknown
        self._intent_seen: Final = intent_seen
        # no two in a row agree, nor one with a clock that is wrong by whole hours: a wrong `Date` that has
        # a witness is believed, and this machine's clock and a later answer are all the witnesses there are
        self._far_off: Final = cycle(dice.sample([(hour + 0.5) * 3600 for hour in range(-30, 30)], 60))
        self._terminals: Final[dict[str, Terminal]] = {}
        self._tokens: Final[dict[str, float]] = {}
        self.tokens: Final[list[str]] = []
        """All that were ever given out."""

    def receive(self, sn: str, request_id: str, left_s: float) -> Logged:
        """A call is here: it is logged before anything else happens."""
        call = Logged(request_id, sn, self.now_s(), left_s, self._intent_seen(request_id))
        self.log.append(call)
        return call

    def judge(self, call: Logged, token: str, fate: Fate) -> Said | None:
        """Carry it out or refuse it; the answer, None where none leaves."""
        said = self._faulty(call, token, fate)
        if said is not None:
            call.status = said.status
            call.by_gateway = b'"APIG.' in said.body
        return said

    def _faulty(self, call: Logged, token: str, fate: Fate) -> Said | None:
        if fate is Fate.LOST_BEFORE:
            return None
        if fate is Fate.PROXY and self._dice.random() < 0.5:
            return self._said(self._dice.choice((502, 503)), b"<html>Bad gateway</html>")
        if fate in _INSTEAD:
            status, code, text = self._dice.choice(_INSTEAD[fate])
            return self._error(status, code, text)
        match fate:
            case Fate.THROTTLED:
                return self._throttled()
            case Fate.PAGE_BEFORE:
                return self._said(200, b"<html>Sign in to the network</html>")
            case Fate.REFUSED_AS_JSON:
                return self._said(200, b'{"returnCode": 201050021, "returnDesc": "no"}')
            case Fate.REDIRECT:
                return self._said(307, b"", Location="https://elsewhere.invalid/")
            case Fate.LOGGED_OUT:
                self._tokens.clear()
        said = self._judge(call, token)
        return said if call.processed_at_s is None else self._after(said, fate)

    def _after(self, said: Said, fate: Fate) -> Said | None:
        """What is said of a call that was processed."""
        match fate:
            case Fate.LOST_AFTER | Fate.BROKEN_AFTER:
                return None
            case Fate.ERROR_AFTER:
                return self._error(500, "USG.000000002", "internal")
            case Fate.CUT_AFTER:
                return self._said(200, b'{"returnCode":0,"returnDe')
            case Fate.PROXY:
                return self._said(self._dice.choice((502, 503)), b"")
            case _:
                return said

    def _judge(self, call: Logged, token: str) -> Said:
        now_s = self.now_s()
        if self._tokens.get(token, 0.0) <= now_s:
            return self._error(401, "USG.000000004", "token invalid")
        key = call.sn.casefold()
        if key in self._unknown:
            return self._error(400, "USG.201050021", "no such terminal")
        counted = self.counted(call.sn)
        if self._keeps_quota and len(counted) >= QUOTA_CALLS:
            return self._error(400, "USG.209999999", "The terminal can be reset 5 times in 24 hours only")
        counted.append(now_s)
        call.processed_at_s = now_s
        return self._said(200, self._dice.choice((b"", b"{}", b'{"returnCode": 0}')))

    def counted(self, sn: str) -> list[float]:
        """The calls that count against a terminal's quota now; more may be added (resets in the console)."""
        terminal = self._terminals.setdefault(sn.casefold(), Terminal())
        since_s = self.now_s() - DAY_S
        terminal.counted = [at for at in terminal.counted if at > since_s]
        return terminal.counted

    def log_in(self, body: Mapping[str, Any]) -> Said:
        """A token; refused where the signature's own time has passed."""
        if self._dice.random() < self.weather.login_fails:
            return self._error(self._dice.choice((500, 503, 429)), "USG.000000001", "try again")
        if body["expireTime"] < self.now_s():
            return self._error(401, "USG.206010057", "the signature has expired")
        token = "t-" + "".join(self._dice.choices(_ALNUM, k=16))
        self._tokens[token] = self.now_s() + TOKEN_LIFE_S
        self.tokens.append(token)
        answer = {"accessToken": token, "validPeriod": TOKEN_LIFE_S, "user": {"adminType": 0}}
        return self._said(200, json.dumps(answer).encode())

    def other(self) -> Said:
        """The answer to anything else."""
        return self._error(404, "APIG.0101", "no such API")

    def _throttled(self) -> Said:
        after = self._dice.choice(("", "", "2", "30", "100000", formatdate(self.now_s() + 20, usegmt=True)))
        said = self._error(429, "APIG.0308", "the throttling threshold has been reached")
        return Said(429, {**said.headers, **({"retry-after": after} if after else {})}, said.body)

    def _error(self, status: int, code: str, text: str) -> Said:
        return self._said(status, json.dumps({"error_code": code, "error_msg": text}).encode())

    def _said(self, status: int, body: bytes, **headers: str) -> Said:
        lower = {name.lower(): value for name, value in headers.items()}
        return Said(status, {**self._date(), **lower}, body)

    def _date(self) -> dict[str, str]:
        chance = self._dice.random()
        if chance < self.weather.no_date:
            return {}
        off_s = 0.0
        if chance < self.weather.no_date + self.weather.wrong_date:
            off_s = next(self._far_off) if self.weather.far_off else self._dice.uniform(-200, 200)
        return {"date": formatdate(int(self.now_s() + off_s), usegmt=True)}

    def fate(self) -> Fate:
        """What is going to become of the next call, by the weather."""
        chance = self._dice.random()
        for fate, share in self.weather.fates.items():
            chance -= share
            if chance < 0:
                return fate
        return Fate.FINE
