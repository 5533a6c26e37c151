"""The commands around a job: `simulator` and `doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.output import Output, command, table
from batchreset.cli.plans import SKEW_SHOWN_S
from batchreset.cli.setup import credentials_of, ledger_path, opened, settings_of
from batchreset.errors import BatchresetError
from batchreset.text import Count, Message, local_time, msg, span

if TYPE_CHECKING:
    from batchreset.checkup import Login
    from batchreset.cli.assumed import Assumed
    from batchreset.clock import ServiceClock
    from batchreset.settings import Settings
    from batchreset.world import World


@takes_flags("ledger", "endpoint", "lang")
def doctor(as_json: o.Json = False, *, flags: Flags) -> None:
    """Check settings, login, ledger and clock; sends no reset. Exit code of the first thing that is wrong."""
    with command(flags.lang, as_json=as_json) as out:
        settings = settings_of(flags)
        out.speak(settings.lang)
        from batchreset.cli import assumed, diagnosis
        from batchreset.world import World

        errors: list[BatchresetError] = []
        world = World()
        ledger, latest_at = _ledger_facts(settings, errors)
        found: dict[str, Any] = {
            "program": diagnosis.program(),
            "settings": settings.shown(),
            "service": diagnosis.service(settings, errors),
            "assumptions": assumed.as_object(settings, out.text),
            "ledger": ledger,
            "login": _login_facts(settings, world, errors),
        }
        found["clock"] = _clock_facts(settings, world.clock, latest_at, errors)
        code = errors[0].exit_code if errors else 0
        if as_json:
            problems = [out.reason(error.code, error.message, error.hint) for error in errors]
            out.object({**found, "problems": problems, "exit_code": code})
            for error in errors:
                out.failed(error)
        else:
            _show(out, found, assumed.assumed(settings))
            _show_problems(out, errors)
        raise typer.Exit(code)


def _ledger_facts(
    settings: Settings, errors: list[BatchresetError]
) -> tuple[dict[str, Any], datetime | None]:
    """What the ledger is like, and when its latest attempt was."""
    from batchreset.service.endpoint import is_loopback

    path = ledger_path(settings)
    facts: dict[str, Any] = {"path": str(path)}
    latest_at = None
    try:
        with opened(path, settings) as book:
            facts["integrity"] = book.check()
            facts["attempts"] = book.count_attempts()
            facts["unknown"] = book.count_unknown()
            facts["jobs"] = len(book.jobs())
            latest_at = book.latest_at()
            facts["latest_at"] = None if latest_at is None else local_time(latest_at)
            book.check_kind(simulated=is_loopback(settings.endpoint))
    except BatchresetError as error:
        errors.append(error)
    return facts, latest_at


def _login_facts(settings: Settings, world: World, errors: list[BatchresetError]) -> dict[str, Any]:
    import asyncio

    from batchreset.checkup import log_in

    try:
        login = asyncio.run(log_in(settings, credentials_of(settings), world))
    except BatchresetError as error:
        errors.append(error)
        return {"ok": False}
    errors += [error for error in (login.failure, login.timeless) if error is not None]
    return _login_object(settings, login, world)


def _login_object(settings: Settings, login: Login, world: World) -> dict[str, Any]:
    token = login.token
    left = None if token is None else token.expires_at - world.now()
    return {
        "ok": login.failure is None,
        "by": "access_token" if settings.access_token else "app_id",
        "enterprise": settings.corp_id,
        "token_expires_at": None if token is None else local_time(token.expires_at),
        "token_life_left_s": None if left is None else round(left.total_seconds()),
        "admin_type": None if token is None else token.admin_type,
    }


def _clock_facts(
    settings: Settings, clock: ServiceClock, latest_at: datetime | None, errors: list[BatchresetError]
) -> dict[str, Any]:
    """Whose time attempts are counted by, and whether the ledger agrees with it."""
    from batchreset.anchoring import ahead_of, time_in_force

    now = time_in_force(settings, clock)
    ahead = ahead_of(settings, clock, latest_at)
    if ahead is not None:
        errors.append(ahead)
    return {
        "source": settings.clock,
        "now": None if now is None else local_time(now),
        "skew_s": None if clock.skew_s is None else round(clock.skew_s, 1),
    }


def _show(out: Output, found: dict[str, Any], assumptions: list[Assumed]) -> None:
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


def _show_problems(out: Output, errors: list[BatchresetError]) -> None:
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


def simulator(
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65535, help=o.help_text(msg("Port on 127.0.0.1; 0: any free one."))
        ),
    ] = 0,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls",
            help=o.help_text(msg("Speak HTTPS, with a certificate of its own; says how to trust it.")),
        ),
    ] = False,
    faults: Annotated[
        Path | None,
        typer.Option(
            "--faults",
            metavar="FILE",
            help=o.help_text(msg("Faults, assumptions, terminals and account to play (TOML).")),
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume",
            metavar="NAME=VALUE",
            help=o.help_text(msg("Assume something else of the service, e.g. rate_calls=25; repeatable.")),
        ),
    ] = None,
    documented_latency: Annotated[
        bool,
        typer.Option(
            "--documented-latency",
            help=o.help_text(msg("Answer as slowly as the documents say: median 100 ms, TP99 369 ms.")),
        ),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="FILE", help=o.help_text(msg("Remember terminals, tokens and mail in FILE."))
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help=o.help_text(msg("Makes its chances repeatable.")))] = 0,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help=o.help_text(msg("Explain the kinds of faults and exit.")))
    ] = False,
    list_assumptions: Annotated[
        bool,
        typer.Option("--list-assumptions", help=o.help_text(msg("Explain what is assumed and exit."))),
    ] = False,
    lang: o.Lang = None,
) -> None:
    """Serve the simulator on loopback until Ctrl-C; prints its address and settings to paste."""
    with command(lang) as out:
        if list_faults or list_assumptions:
            from batchreset.cli import stand_in

            if list_faults:
                stand_in.list_faults(out)
            if list_assumptions:
                stand_in.list_assumptions(out)
            return
        from batchreset.cli.serve import Wanted, serve

        serve(out, Wanted(port, tls, faults, assume or (), documented_latency, state, seed))
