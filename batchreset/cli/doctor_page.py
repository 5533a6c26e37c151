"""What `doctor` found, as a page for people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from batchreset.cli.output import Output, table
from batchreset.cli.plans import SKEW_SHOWN_S
from batchreset.errors import BatchresetError
from batchreset.text import Count, Message, msg, span

if TYPE_CHECKING:
    from batchreset.cli.assumed import Assumed


def show(out: Output, found: dict[str, Any], assumptions: list[Assumed]) -> None:
    """Show what was found, part by part (`program`, `settings`, `service`, `ledger`, `login`, `clock`)."""
    headings = {
        "program": msg("Program"),
        "settings": msg("Settings in force (no secrets)"),
        "service": msg("Service"),
        "ledger": msg("Ledger"),
        "login": msg("Login"),
        "clock": msg("Clock"),
    }
    names = {
        "path": msg("file"),
        "integrity": msg("integrity"),
        "attempts": msg("calls recorded"),
        "jobs": msg("jobs"),
        "unknown": msg("answers lost and not settled"),
        "ok": msg("good for resets"),
        "by": msg("by"),
        "enterprise": msg("for the enterprise"),
        "token_life_left_s": msg("which is in"),
        "version": msg("version"),
        "python": msg("Python"),
        "system": msg("system"),
        "endpoint": msg("address"),
        "site": msg("site"),
        "proxy": msg("by way of the proxy"),
        "certificates": msg("certificates trusted"),
        "codes": msg("error codes listed"),
        "latest_at": msg("latest call"),
        "source": msg("attempts are counted by the time of"),
        "now": msg("which is now"),
        "skew_s": msg("this machine's clock, seen from the service's"),
        "token_expires_at": msg("the token lasts until"),
        "admin_type": msg("the token's role (adminType)"),
    }
    for part, heading in headings.items():
        shown = table(out.text(heading), "")
        for name, value in found[part].items():
            # settings go by the names they are set by
            label = out.text(names[name]) if part != "settings" and name in names else name
            shown.add_row(label, out.text(_value(name, value)))
        out.show(shown)
    shown = table(out.text(msg("What is assumed of the service")), "", out.text(msg("Known")))
    for one in assumptions:
        shown.add_row(*map(out.text, (one.label, one.value, one.known)))
    out.show(shown)


def show_problems(out: Output, errors: list[BatchresetError]) -> None:
    """On the page itself: it is what gets sent to whoever is asked for help."""
    if not errors:
        out.tell(msg("Nothing is wrong."))
        return
    shown = table(*map(out.text, (msg("What is wrong"), msg("What to do"))))
    for error in errors:
        shown.add_row(out.text(error.message), out.text(error.hint))
    out.show(shown)


_WORDS: Final[dict[str, dict[object, Message]]] = {
    "site": {
        "mainland": msg("mainland China"),
        "international": msg("international"),
        "loopback": msg("this machine: every run is a rehearsal"),
        "other": msg("neither of the vendor's public ones"),
    },
    "certificates": {
        "system": msg("the system's"),
        "none": msg("none: without TLS"),
    },
    "integrity": {"ok": msg("sound")},
    "by": {
        "app_id": msg("App ID and App Key"),
        "access_token": msg("a ready access token"),
    },
    "admin_type": {
        0: msg("0: default administrator"),
        1: msg("1: administrator"),
        2: msg("2: not an administrator"),
    },
}


_COUNTED: Final = ("codes", "attempts", "unknown", "jobs")
"""Numbers of things; all other numbers are settings, as they are set."""
_MISSING: Final = {
    "proxy": msg("none"),
    "latest_at": msg("none"),
    "enterprise": msg("the only one of the App ID"),
}


def _value(name: str, value: object) -> Message:
    """A finding as it reads best; what has no words of its own as it is."""
    if value is None:
        return _MISSING.get(name, msg("not known"))
    if isinstance(value, bool):
        return msg("yes") if value else msg("no")
    if name == "token_life_left_s":
        return _life(timedelta(seconds=int(str(value))))
    if name in _WORDS and value in _WORDS[name]:
        return _WORDS[name][value]
    if name == "skew_s":
        return _skew(float(str(value)))
    if name == "source":
        return msg("the service") if value == "service" else msg("this machine")
    shown = Count(value) if name in _COUNTED and isinstance(value, int) else str(value)
    return Message("{value}", (("value", shown),))


def _life(left: timedelta) -> Message:
    return span(left) if left > timedelta(0) else msg("none: it is over")


def _skew(skew_s: float) -> Message:
    off = timedelta(seconds=abs(skew_s))
    told = msg("{off} ahead", off=off) if skew_s >= 0 else msg("{off} behind", off=off)
    return told if abs(skew_s) < SKEW_SHOWN_S else msg("{off}: set it right", off=told)
