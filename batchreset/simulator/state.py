"""What the simulated service remembers: terminals, tokens, messages sent, calls received. Pure.

The log and the outbox are what tests and `demo` judge batchreset by: every reset call received with
what became of it, and every message with a code.
"""

from __future__ import annotations

import hashlib
import random
import string
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from batchreset.simulator.assumptions import Alphabet, Assumptions
from batchreset.simulator.replies import Reply
from batchreset.simulator.terminals import Record, Terminal, Terminals, quota_used
from batchreset.simulator.tokens import Tokens

LOST: Final = "lost"
"""Status in the log of a call whose answer never left, or not as an answer one can read."""
_ALPHABETS: Final = {
    Alphabet.DIGITS: string.digits,
    Alphabet.ALPHANUMERIC: string.ascii_uppercase + string.digits,
}


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


class Fate(StrEnum):
    """What has become of a code that was sent."""

    ALIVE = "alive"
    """It can be entered at the terminal."""
    REPLACED = "replaced"
    """A newer code has killed it."""
    EXPIRED = "expired"
    """Its time is over."""


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
    """Where a call wants its code sent. `country` is "" where the call names none."""

    mobile: str
    email: str
    country: str = ""


Change = Letter | Received | Record | Tokens | timedelta
"""What may change, as it is handed to whoever keeps the state over a restart; the span is `State.ahead`."""


def _forget(_change: Change) -> None:
    """Keep nothing."""


class State:
    """Everything the simulated service remembers.

    `countries` are the values it takes for `country` with their dial codes; `token_dice` must differ in
    every run, so that a simulator that keeps no state knows no token of the one before. `seed` decides
    the activation codes. The attribute `keep` hears of every change, after it was made.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        known: Iterable[Terminal] | None,
        countries: dict[str, str],
        token_dice: random.Random,
        *,
        seed: int = 0,
    ) -> None:
        self.assumptions: Final = assumptions
        self.countries: Final = countries
        self.terminals: Final = Terminals(known, assumptions)
        self.tokens: Final = Tokens(
            assumptions.tokens_per_user, assumptions.token_life_s, token_dice, self._tokens_changed
        )
        self.outbox: Final[list[Letter]] = []
        self.log: Final[list[Received]] = []
        self.keep: Callable[[Change], None] = _forget
        self.ahead = timedelta()
        self._seed: Final = seed
        self._processed = 0
        self._answers: Final[Counter[str]] = Counter()

    def advance(self, by: timedelta) -> None:
        """Set the service's clock ahead of the machine's, by so much more."""
        self.ahead += by
        self.keep(self.ahead)

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
        entry.processed_at = now if processed else None
        if answer is not None:
            entry.status, entry.code = answer.status, answer.code
        self._count(entry)
        self.keep(entry)

    def recall(self, entry: Received) -> None:
        """Take in a settled call of an earlier life."""
        self.log.append(entry)
        self._count(entry)

    def _count(self, entry: Received) -> None:
        self._processed += entry.processed_at is not None
        self._answers[str(entry.status)] += 1

    @property
    def processed(self) -> int:
        """How many resets were carried out: a code was issued for each."""
        return self._processed

    def summary(self) -> dict[str, object]:
        """Counts: calls received, processed (a code was issued), refused (4xx but 401 and 429),
        unauthorized (401), throttled (429), lost answers, messages; and answers by status.
        """
        answers = self._answers
        refused = {status for status in answers if status.startswith("4")} - {"401", "429"}
        return {
            "received": len(self.log),
            "processed": self._processed,
            "refused": sum(answers[status] for status in refused),
            "unauthorized": answers["401"],
            "throttled": answers["429"],
            "lost": answers[LOST],
            "messages": len(self.outbox),
            "answers": dict(sorted(answers.items())),
        }

    def fate(self, letter: Letter, now: datetime) -> Fate:
        """Whether the letter's code can still be used, or why not."""
        record = self.terminals.find(letter.sn)
        if now >= letter.expires_at:
            return Fate.EXPIRED
        if self.assumptions.old_code_dies and (record is None or record.codes != letter.number):
            return Fate.REPLACED
        return Fate.ALIVE

    def issue(self, record: Record, asked: Asked, now: datetime) -> None:
        """Carry out a reset: a new code, its messages, and what else a reset is assumed to do."""
        assumed = self.assumptions
        record.calls.append(now)
        record.codes += 1
        record.activated = record.activated and not assumed.reset_unbinds
        sn, number = record.terminal.sn, record.codes
        code, expires_at = self._code(record), now + timedelta(days=assumed.code_life_days)
        if asked.mobile and assumed.sms_enabled:
            self._send(Letter(sn, "sms", asked.mobile, code, now, expires_at, number))
        if asked.email:
            self._send(Letter(sn, "mail", asked.email, code, now, expires_at, number))
        if assumed.reset_updates_contact:
            record.terminal = replace(
                record.terminal,
                phone=asked.mobile or None,
                country=asked.country or None,
                email=asked.email or None,
            )
        self.keep(record)

    def count_call(self, record: Record, now: datetime) -> None:
        """Let a call that was refused use up a part of the quota."""
        record.calls.append(now)
        self.keep(record)

    def use_up_quota(self, sn: str, now: datetime) -> None:
        """As if somebody had used the terminal's whole quota in the console just now."""
        record = self.terminals.find(sn)
        if record is not None:
            free = self.assumptions.quota_calls - quota_used(record, now, self.assumptions)
            record.calls += [now] * free
            self.keep(record)

    def activate(self, sn: str) -> bool:
        """Let a terminal register with its latest code; False for one the enterprise does not have."""
        record = self.terminals.find(sn)
        if record is None:
            return False
        record.activated = True
        self.keep(record)
        return True

    def _send(self, letter: Letter) -> None:
        self.outbox.append(letter)
        self.keep(letter)

    def _code(self, record: Record) -> str:
        """Drawn from seed, terminal and count: the same in whatever order concurrent calls come in."""
        word = f"{self._seed}:{self.terminals.key(record.terminal.sn)}:{record.codes}"
        drawn = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=64).digest())
        alphabet = _ALPHABETS[self.assumptions.code_alphabet]
        characters = []
        for _ in range(self.assumptions.code_length):
            drawn, place = divmod(drawn, len(alphabet))
            characters.append(alphabet[place])
        return "".join(characters)

    def _tokens_changed(self) -> None:
        self.keep(self.tokens)
