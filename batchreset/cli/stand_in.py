"""What the simulator can be told, explained: its faults and its assumptions."""

from __future__ import annotations

from typing import Final

from batchreset.cli.output import Output, table
from batchreset.simulator.api import Endpoint
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.kinds import KINDS
from batchreset.simulator.notes import Standing
from batchreset.text import Message, msg

_EVERY_FAULT: Final[dict[str, Message]] = {
    "kind": msg("What happens; one of those below."),
    "sn": msg('Which terminals: a pattern with *, ? and […], "*" if left out; case is ignored.'),
    "share": msg("The share of their calls it strikes, from 0 to 1; 1 if left out. Drawn by --seed."),
    "times": msg("How often it strikes one terminal at most; without end if left out."),
    "after": msg("It strikes only once so many calls have come in."),
    "until": msg("It no longer strikes once so many calls have come in."),
    "on": msg("The call it strikes: {calls}; reset if left out.", calls=tuple(Endpoint)),
}
_OPTIONS: Final[dict[str, Message]] = {
    "status": msg("The answer's HTTP status."),
    "code": msg("The answer's error code."),
    "text": msg("The answer's words."),
    "seconds": msg("How long it waits, or how wrong a date is."),
    "retry_after": msg("The Retry-After header as it is sent; date+30 is the date in 30 seconds."),
    "location": msg("Where a redirect leads; the same call if left out."),
    "processed": msg("true or false: whether the call is carried out before the fault shows."),
}
_EXAMPLE: Final = """\
[[fault]]
kind = "reset-after"
share = 0.02
times = 1

[[fault]]
kind = "throttle"
after = 100
until = 120
retry_after = "2"

[[terminal]]
sn = "2102310QPD10F3001263"
name = "Hall 1"
email = "hall@site.example"
disabled = true

[account]
admin_type = 2

[assumptions]
quota_window_s = 60
"""
_STANDING: Final[dict[Standing, Message]] = {
    Standing.DOCUMENTED: msg("documented"),
    Standing.INFERRED: msg("inferred"),
    Standing.UNKNOWN: msg("not known"),
}


def list_faults(out: Output) -> None:
    """The kinds of fault, what every one takes, the options of some, and a file to begin with."""
    t = out.text
    kinds = table(t(msg("Kind")), t(msg("What the simulator does")), t(msg("Options")))
    for name, kind in KINDS.items():
        kinds.add_row(name, t(kind.meaning), out.listed(sorted(kind.options)))
    out.show(kinds)
    for heading, rows in (
        (msg("Every fault takes"), _EVERY_FAULT),
        (msg("Options of some kinds"), _OPTIONS),
    ):
        shown = table(t(heading), "")
        for name, meaning in rows.items():
            shown.add_row(name, t(meaning))
        out.show(shown)
    out.tell(msg("A file for --faults. With a [[terminal]] in it, only those listed are known:"))
    out.tell(Message("{text}", (("text", _EXAMPLE),)))


def list_assumptions(out: Output) -> None:
    """Every assumption with its value, how well it is known, and what it means."""
    t = out.text
    shown = table(
        t(msg("Assumption")),
        t(msg("Value")),
        t(msg("How well known")),
        t(msg("Where")),
        t(msg("Meaning")),
    )
    for one in Assumptions().describe():
        shown.add_row(one.name, one.value, t(_STANDING[one.standing]), one.source, t(one.meaning))
    out.show(shown)
    out.tell(msg("Change one with --assume NAME=VALUE, or in the file of --faults under [assumptions]."))
