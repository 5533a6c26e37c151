"""What the simulated service knows, and how it decides a reset. Pure: time and dice are handed in.

The log and the outbox are what tests and `demo` judge batchreset by: every reset call received with
what became of it, and every message with a code.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.replies import Reply, Why, confirmed, refuse
from batchreset.simulator.terminals import Record, Terminal, Terminals, quota_used
from batchreset.simulator.tokens import Tokens

LOST: Final = "lost"
"""Status in the log of a call whose answer never left, or not as an answer one can read."""
DEFAULT_COUNTRY: Final = "chinaPR"
_MOBILE: Final = re.compile(r"[+]?[0-9]{1,32}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_EMAIL_MAX: Final = 255
_MOBILE_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with a code, as sent. `number` counts the terminal's codes; only the latest one lives."""

    sn: str
    channel: Literal["sms", "mail"]
    to: str
    code: str
    at: datetime
    expires_at: datetime
    number: int


@dataclass(slots=True)
class Received:
    """One reset call in the log, written before anything of the answer leaves.

    `request_id` is what the client sent. `processed_at` is when a code was issued for it, `None` as
    long as none was. `status` is the answer's, or "lost". `fault` is the fault applied, or "".
    """

    at: datetime
    sn: str
    request_id: str
    processed_at: datetime | None = None
    status: int | Literal["lost"] = LOST
    code: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a call wants its code sent."""

    mobile: str
    email: str


class State:
    """Everything the simulated service remembers.

    `countries` are the values it takes for `country`; `token_dice` must differ in every run, so that
    a restarted simulator does not know the tokens of the one before.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        known: Iterable[Terminal] | None,
        countries: frozenset[str],
        token_dice: random.Random,
    ) -> None:
        self.assumptions: Final = assumptions
        self.countries: Final = countries
        self.terminals: Final = Terminals(known, assumptions)
        self.tokens: Final = Tokens(assumptions.tokens_per_user, assumptions.token_life_s, token_dice)
        self.outbox: Final[list[Letter]] = []
        self.log: Final[list[Received]] = []
        self._counts: Final[Counter[str]] = Counter()
        self._answers: Final[Counter[str]] = Counter()

    def receive(self, sn: str, request_id: str, now: datetime) -> Received:
        """Note a call that came in whole."""
        entry = Received(now, sn, request_id)
        self.log.append(entry)
        return entry

    def settle(
        self, entry: Received, answer: Reply | None, now: datetime, *, processed: bool, fault: str = ""
    ) -> None:
        """Note what becomes of a call; to be called once, before the answer is sent. `None`: it is lost."""
        entry.fault = fault
        if processed:
            entry.processed_at = now
            self._counts["processed"] += 1
        if answer is not None:
            entry.status, entry.code = answer.status, answer.code
        self._answers[str(entry.status)] += 1

    def summary(self) -> dict[str, object]:
        """Counts: calls received, processed (a code was issued), refused (4xx but 401 and 429),
        unauthorized (401), throttled (429), lost answers, messages; and answers by status.
        """
        answers = self._answers
        refused = {status for status in answers if status.startswith("4")} - {"401", "429"}
        return {
            "received": len(self.log),
            "processed": self._counts["processed"],
            "refused": sum(answers[status] for status in refused),
            "unauthorized": answers["401"],
            "throttled": answers["429"],
            "lost": answers[LOST],
            "messages": len(self.outbox),
            "answers": dict(sorted(answers.items())),
        }

    def alive(self, letter: Letter, now: datetime) -> bool:
        """Whether the letter's code can still be used: the terminal's latest, and not expired."""
        record = self.terminals.find(letter.sn)
        return record is not None and record.codes == letter.number and now < letter.expires_at

    def use_up_quota(self, sn: str, now: datetime) -> None:
        """As if somebody had used the terminal's whole quota in the console just now."""
        record = self.terminals.find(sn)
        if record is not None:
            free = self.assumptions.quota_calls - quota_used(record, now, self.assumptions)
            record.calls += [now] * free


@dataclass(frozen=True, slots=True)
class ResetCall:
    """One call of the reset endpoint as it came in. `token` is None where the header is missing."""

    token: str | None
    sn: str
    body: bytes


def decide_reset(state: State, call: ResetCall, now: datetime, dice: random.Random) -> Reply:
    """Decide one reset, issue its code and its messages; a reply with `processed` False did nothing.

    The only thing a refusal may change is the quota, and only where refused calls are assumed to count.
    """
    token = state.tokens.find(call.token, now)
    if isinstance(token, Why):
        return refuse(token, state.assumptions)
    if not token.is_admin:
        return refuse(Why.NOT_ADMIN, state.assumptions)
    if not state.terminals.well_formed(call.sn):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "sn")
    asked = read_contact(call.body, state.assumptions, state.countries)
    record = state.terminals.find(call.sn)
    refusal = _why_not(state, record, asked, now)
    if refusal is None and record is not None and isinstance(asked, Asked):
        _issue(state, record, asked, now, dice)
        return confirmed(state.assumptions)
    why = refusal or Why.INVALID_PARAMETER
    if record is not None and state.assumptions.refused_calls_count and why is not Why.QUOTA_USED:
        record.calls.append(now)
    return refuse(why, state.assumptions, asked if isinstance(asked, str) else "")


def _why_not(state: State, record: Record | None, asked: Asked | str, now: datetime) -> Why | None:
    assumptions = state.assumptions
    if isinstance(asked, str):
        return Why.INVALID_PARAMETER
    if record is None:
        return Why.UNKNOWN_TERMINAL
    if not record.terminal.has_activation_code:
        return Why.NO_ACTIVATION_CODE
    if record.terminal.disabled:
        return Why.DISABLED
    if not assumptions.sms_enabled and not asked.email:
        return Why.SMS_OFF
    if quota_used(record, now, assumptions) >= assumptions.quota_calls:
        return Why.QUOTA_USED
    return None


def _issue(state: State, record: Record, asked: Asked, now: datetime, dice: random.Random) -> None:
    """Nine digits: the form of the sibling "vision" codes; a terminal's own is unknown (facts.md §13.5)."""
    record.calls.append(now)
    record.codes += 1
    code = f"{dice.randrange(10**9):09d}"
    expires_at = now + timedelta(days=state.assumptions.code_life_days)
    sn, number = record.terminal.sn, record.codes
    if asked.mobile and state.assumptions.sms_enabled:
        state.outbox.append(Letter(sn, "sms", asked.mobile, code, now, expires_at, number))
    if asked.email:
        state.outbox.append(Letter(sn, "mail", asked.email, code, now, expires_at, number))


def parsed(body: bytes) -> object:
    """A call's body as JSON; `None` where it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def read_contact(body: bytes, assumptions: Assumptions, countries: frozenset[str]) -> Asked | str:
    """Where the code is to go, or the name of the parameter that is wrong (facts.md §2). null is absent."""
    data = parsed(body)
    if not isinstance(data, dict):
        return "body"
    values = {name: data.get(name) or "" for name in ("smsNumber", "country", "emailAddr")}
    if bad := next((name for name, value in values.items() if not isinstance(value, str)), None):
        return bad
    return _judge_contact(values, assumptions, countries)


def _judge_contact(
    values: dict[str, str], assumptions: Assumptions, countries: frozenset[str]
) -> Asked | str:
    mobile, country, email = values["smsNumber"], values["country"], values["emailAddr"]
    if not mobile and not email:
        return "smsNumber, emailAddr"
    if mobile and (len(mobile) > _MOBILE_MAX or not _MOBILE.fullmatch(mobile)):
        return "smsNumber"
    if mobile and not country and assumptions.country_required:
        return "country"
    if (country or DEFAULT_COUNTRY) not in countries:
        return "country"
    if email and (len(email) > _EMAIL_MAX or not _EMAIL.fullmatch(email)):
        return "emailAddr"
    return Asked(mobile, email)
