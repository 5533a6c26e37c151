"""What a simulator remembers over a restart, as lines of JSON: one for each change, read back in order. Pure.

The faults and how often they have struck are not part of it: they are the test's, not the service's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from batchreset.simulator.state import Change, Letter, Received, State
from batchreset.simulator.terminals import Record
from batchreset.simulator.tokens import KeptTokens, Tokens

HEADER: Final = b'{"batchreset_simulator": 1}\n'
"""The first line of the file: what it is, and the version of its form."""


@dataclass(frozen=True, slots=True)
class History:
    """What a reset changes of a terminal; all else comes from the settings."""

    sn: str
    calls: list[datetime]
    codes: int
    activated: bool
    phone: str | None
    country: str | None
    email: str | None


Kept = Letter | Received | History | KeptTokens | timedelta

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {
    "letter": TypeAdapter(Letter),
    "call": TypeAdapter(Received),
    "terminal": TypeAdapter(History),
    "tokens": TypeAdapter(KeptTokens),
    "ahead": TypeAdapter(timedelta),
}
_NAMES: Final[dict[type[Kept], str]] = {
    Letter: "letter",
    Received: "call",
    History: "terminal",
    KeptTokens: "tokens",
    timedelta: "ahead",
}


def line_of(change: Change) -> bytes:
    """The line that a change is remembered by."""
    kept = _kept(change)
    name = _NAMES[type(kept)]
    return b'{"%b": %b}\n' % (name.encode(), _ADAPTERS[name].dump_json(kept))


def _kept(change: Change) -> Kept:
    if isinstance(change, Tokens):
        return change.kept()
    if isinstance(change, Record):
        terminal = change.terminal
        return History(
            terminal.sn,
            change.calls,
            change.codes,
            change.activated,
            terminal.phone,
            terminal.country,
            terminal.email,
        )
    return change


def recall(state: State, lines: Iterable[bytes]) -> int | None:
    """Take in what was remembered, header left out; the number of the first line that can't be read.

    A terminal that the enterprise no longer has stays forgotten.
    """
    for number, line in enumerate(lines, 1):
        try:
            ((name, value),) = json.loads(line).items()
            kept = _ADAPTERS[name].validate_python(value)
        except (ValueError, KeyError, AttributeError, ValidationError):
            return number
        _TAKE_IN[name](state, kept)
    return None


def _take_in_terminal(state: State, history: History) -> None:
    record = state.terminals.find(history.sn)
    if record is None:
        return
    record.calls, record.codes, record.activated = history.calls, history.codes, history.activated
    record.terminal = replace(
        record.terminal, phone=history.phone, country=history.country, email=history.email
    )


def _take_in_clock(state: State, ahead: timedelta) -> None:
    state.ahead = ahead


_TAKE_IN: Final[dict[str, Callable[[State, Any], None]]] = {
    "letter": lambda state, letter: state.outbox.append(letter),
    "call": lambda state, entry: state.recall(entry),
    "terminal": _take_in_terminal,
    "tokens": lambda state, tokens: state.tokens.restore(tokens),
    "ahead": _take_in_clock,
}
