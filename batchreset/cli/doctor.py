"""The command `doctor`: what is set, what is reached, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import ledger_path, opened
from batchreset.cli.output import command
from batchreset.cli.setup import credentials_of, settings_of
from batchreset.errors import BatchresetError
from batchreset.text import local_time

if TYPE_CHECKING:
    from batchreset.checkup import Login
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
        from batchreset.cli.doctor_page import show, show_problems
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
            show(out, found, assumed.assumed(settings))
            show_problems(out, errors)
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
