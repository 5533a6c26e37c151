"""The simulator's pages as a person sees them in a browser: tables of what `pages` answers as JSON."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from batchreset.simulator.assumptions import Described
from batchreset.simulator.state import Fate
from batchreset.text.catalogue import Text, local_time
from batchreset.text.messages import Message, msg
from batchreset.text.messages import counted as sentence_of

if TYPE_CHECKING:
    from jinja2 import Template

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}
"""What is shown came from callers: nothing in it may run."""
ROWS_MAX: Final = 1000
"""Rows a table shows, the latest first where they have a time; the JSON has all."""

_TIMES: Final = {"at", "processed_at", "expires_at"}
_NEWEST_FIRST: Final = {"log", "outbox"}
TITLES: Final[dict[str, Message]] = {
    "terminals": msg("Terminals"),
    "outbox": msg("Outbox"),
    "log": msg("Calls received"),
    "faults": msg("Faults in force"),
    "assumptions": msg("Assumptions"),
}
_COLUMNS: Final[dict[str, dict[str, Message]]] = {
    "terminals": {
        "sn": msg("SN"),
        "name": msg("Name"),
        "model": msg("Model"),
        "phone": msg("Mobile"),
        "email": msg("E-mail"),
        "disabled": msg("Disabled"),
        "activated": msg("Activated"),
        "codes": msg("Codes issued"),
        "quota_used": msg("Quota used"),
    },
    "outbox": {
        "at": msg("Time"),
        "channel": msg("Sent by"),
        "to": msg("To"),
        "sn": msg("SN"),
        "code": msg("Activation code"),
        "fate": msg("What became of it"),
        "expires_at": msg("Valid until"),
    },
    "log": {
        "at": msg("Time"),
        "sn": msg("SN"),
        "request_id": msg("Request ID"),
        "processed": msg("Code issued"),
        "status": msg("Answer"),
        "code": msg("Error code"),
        "fault": msg("Fault"),
    },
    "faults": {
        "kind": msg("Kind"),
        "on": msg("On"),
        "sn": msg("SN"),
        "share": msg("Share"),
        "after": msg("After calls"),
        "until": msg("Until call"),
        "times": msg("Times per SN"),
        "struck": msg("Struck"),
        "meaning": msg("What the simulator does"),
    },
    "assumptions": {
        "name": msg("Assumption"),
        "value": msg("Value"),
        "standing": msg("How well known"),
        "source": msg("Where"),
        "meaning": msg("Meaning"),
    },
}
_LEVERS: Final = (
    ("activate", '["SN", …]', msg("lets these terminals register, as after their activation")),
    ("clock", '{"advance_s": 90000}', msg("sets the service's clock ahead")),
    ("faults", "[[fault]] …", msg("puts other faults in force; an empty body puts none")),
    ("reset-tokens", "", msg("throws every token away")),
)
"""What can be done by POST (`pages`), with the body it takes."""
_WORDS: Final[dict[str, Message]] = {
    Fate.ALIVE: msg("alive"),
    Fate.REPLACED: msg("dead: a newer code replaced it"),
    Fate.EXPIRED: msg("dead: expired"),
    "sms": msg("SMS"),
    "mail": msg("e-mail"),
    "lost": msg("none: it was lost"),
    "documented": msg("documented"),
    "inferred": msg("inferred"),
    "unknown": msg("not known"),
}
_COUNTS: Final[dict[str, Message]] = {
    "received": msg("calls received"),
    "processed": msg("codes issued"),
    "refused": msg("refused"),
    "unauthorized": msg("not logged in (401)"),
    "throttled": msg("throttled (429)"),
    "lost": msg("answers lost"),
    "messages": msg("messages sent"),
}


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows. `page` "" is the first one; `assumed` are assumptions that were changed."""

    page: str
    items: Sequence[Mapping[str, Any]]
    summary: Mapping[str, object]
    assumed: Sequence[Described]
    faults: int
    now: datetime


def render(view: View, text: Text) -> str:
    """The page as HTML in the text's language."""

    def t(sentence: str, **params: object) -> str:
        return text(Message(sentence, tuple(params.items())))

    def counted(one: str, many: str, **params: object) -> str:
        return text(sentence_of(one, many, **params))

    columns = _COLUMNS.get(view.page, {})
    items = [*reversed(view.items)] if view.page in _NEWEST_FIRST else [*view.items]
    return _template().render(
        t=t,
        counted=counted,
        lang=text.lang,
        page=view.page,
        titles={name: text(title) for name, title in TITLES.items()},
        headings=[text(heading) for heading in columns.values()],
        rows=[_row(item, columns, text) for item in items[:ROWS_MAX]],
        left_out=max(0, len(items) - ROWS_MAX),
        counts=[(text(word), view.summary[name]) for name, word in _COUNTS.items()],
        levers=[(f"/_simulator/{name}", body, text(does)) for name, body, does in _LEVERS],
        assumed=view.assumed,
        faults=view.faults,
        now=local_time(view.now),
    )


def _row(item: Mapping[str, Any], columns: Mapping[str, Message], text: Text) -> dict[str, Any]:
    dead = item.get("fate", Fate.ALIVE) != Fate.ALIVE
    return {"dead": dead, "cells": [(name, _cell(name, item.get(name), text)) for name in columns]}


def _cell(name: str, value: object, text: Text) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return text(msg("yes")) if value else text(msg("no"))
    if name in _TIMES:
        return local_time(datetime.fromisoformat(str(value)))
    if name in {"fate", "channel", "standing", "status"} and str(value) in _WORDS:
        return text(_WORDS[str(value)])
    return str(value)


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("batchreset.simulator"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
