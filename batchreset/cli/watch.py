"""`watch`: stays up and runs what falls due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.options import help_text
from batchreset.cli.output import command
from batchreset.cli.setup import gathered, order_of
from batchreset.errors import UsageError
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.watch.decide import Habits


@takes_flags(
    "output", "ledger", "endpoint", "rate", "concurrency", "timeout", "max_failures", "lang", "notify"
)
def watch(
    window: Annotated[
        str | None,
        typer.Option(metavar="HH:MM-HH:MM", help=help_text(msg("Send only in this span of the day."))),
    ] = None,
    tz: Annotated[
        str | None,
        typer.Option(
            metavar="ZONE", help=help_text(msg("Time zone of --window and --cron, e.g. Asia/Shanghai."))
        ),
    ] = None,
    weekdays: Annotated[
        bool, typer.Option("--weekdays", help=help_text(msg("Send from Monday to Friday only.")))
    ] = False,
    cron: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR", help=help_text(msg("Look at these times only: five fields, as in cron."))
        ),
    ] = None,
    every: Annotated[
        float,
        typer.Option(
            metavar="S", min=1, help=help_text(msg("Seconds between two looks for jobs that are new."))
        ),
    ] = 300.0,
    pause: Annotated[
        float,
        typer.Option(
            metavar="S",
            min=0.1,
            help=help_text(msg("Seconds between two rounds; doubles while the service is away.")),
        ),
    ] = 60.0,
    yes: o.Yes = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Stay up, and send whatever falls due."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.watching import watch_all

        settings, order = gathered(flags), order_of(flags)
        out.speak(settings.lang)
        if flags.output is not None:
            order = replace(order, output=settings.output)
        habits = _habits(window, tz, cron, weekdays=weekdays, every_s=every, pause_s=pause)
        raise typer.Exit(watch_all(out, settings, order, habits, yes=yes))


def _habits(
    window: str | None, zone: str | None, cron: str | None, *, weekdays: bool, every_s: float, pause_s: float
) -> Habits:
    from batchreset.watch.cron import cron_ticks
    from batchreset.watch.decide import Habits
    from batchreset.watch.window import parse_window
    from batchreset.world import wall_clock

    by = _zone(zone)
    spanned = window or ("00:00-24:00" if weekdays else None)
    return Habits(
        look_every=timedelta(seconds=every_s),
        pause=timedelta(seconds=pause_s),
        window=None if spanned is None else parse_window(spanned, by, weekdays=weekdays),
        next_tick=None if cron is None else cron_ticks(cron, by, wall_clock()),
    )


def _zone(name: str | None) -> tzinfo:
    """A zone by its name in the IANA database; this machine's own where none is named."""
    from zoneinfo import ZoneInfo

    from tzlocal import get_localzone

    if name is None:
        return get_localzone()  # with its changes of clocks, which an offset from now would lack
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise UsageError(
            "tz-option",
            msg("--tz {name} is no time zone that is known here.", name=name),
            msg("Write one of the IANA names, e.g. Asia/Shanghai or Europe/Berlin."),
        ) from None
