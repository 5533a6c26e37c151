"""The commands around the ledger itself: `verify` and `forget`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import ledger_path, opened
from batchreset.cli.output import Output, command
from batchreset.cli.setup import settings_of
from batchreset.errors import LedgerError, NotConfirmedError, UsageError
from batchreset.text import Message, amounts, counted, msg

if TYPE_CHECKING:
    from pathlib import Path

    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.ledger.verify import Broken, Verified
    from batchreset.model import Rules
    from batchreset.settings import Settings


@takes_flags("ledger", "simulate", "lang")
def verify(
    accept_restored: Annotated[
        str | None,
        typer.Option(
            "--accept-restored",
            metavar="REASON",
            help=o.help_text(msg("Take a ledger into use that was put back from a copy; say why.")),
        ),
    ] = None,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Recompute the ledger's hash chain; exit 5 names the first record that does not hold."""
    with command(flags.lang, as_json=as_json) as out:
        settings = settings_of(flags)
        out.speak(settings.lang)
        path = ledger_path(settings)
        _must_exist(path.exists() or accept_restored is not None, path)
        if accept_restored is not None and _accepted(path, settings, accept_restored):
            out.say(msg("The ledger is taken into use as it is."))
        with opened(path, settings) as book:
            found = book.verify()
        if out.as_json:
            out.object(_verified_object(found))
        out.tell(
            msg(
                "{path}: {entries}, {calls}, head {head}",
                path=path,
                entries=counted("{n} entry", "{n} entries", n=found.entries),
                calls=amounts.calls(found.attempts),
                head=found.head,
            )
        )
        if found.broken is None:
            out.tell(msg("The ledger holds: nothing was changed, removed or swapped."))
            return
        raise typer.Exit(_tell_broken(out, found.broken))


def _accepted(path: Path, settings: Settings, reason: str) -> bool:
    """Whether a ledger that was put back is taken into use, by the time that its calls were counted by."""
    from batchreset.anchoring import certain_time
    from batchreset.ledger.head import read_head
    from batchreset.ledger.place import real
    from batchreset.ledger.restore import Restoring, accept_restored
    from batchreset.world import World, operator

    if read_head(real(path)) is None:
        return False
    now = certain_time(settings, World().clock)
    return accept_restored(path, Restoring(now, operator(), reason), settings.rules())


def _verified_object(found: Verified) -> dict[str, object]:
    broken = found.broken
    return {
        "entries": found.entries,
        "attempts": found.attempts,
        "head": found.head,
        "broken": None
        if broken is None
        else {"seq": broken.seq, "kind": broken.kind, "fault": str(broken.fault), "name": broken.name},
        "exit_code": 0 if broken is None else LedgerError.exit_code,
    }


def _tell_broken(out: Output, broken: Broken) -> int:
    sentences: dict[str, Message] = {
        "changed": msg("The first that does not hold: {kind} no. {seq} ({name}) was changed."),
        "removed": msg("The first that does not hold: {kind} no. {seq} was removed."),
        "added": msg("The first that does not hold: {kind} no. {seq} ({name}) was added from outside."),
        "chain": msg(
            "The first that does not hold: entry no. {seq} of the chain was changed, moved or removed."
        ),
    }
    told = (("kind", _KINDS.get(broken.kind, broken.kind)), ("seq", broken.seq), ("name", broken.name))
    out.tell(Message(sentences[broken.fault].msgid, told))
    out.say(
        msg("What to do: {hint}", hint=msg("Restore the ledger from before that; send nothing until then."))
    )
    return LedgerError.exit_code


_KINDS: Final = {
    "job": msg("job"),
    "run": msg("run"),
    "attempt": msg("call"),
    "resolution": msg("settling by hand"),
    "forgetting": msg("removal"),
    "restoring": msg("taking into use"),
}


def _must_exist(exists: bool, path: object) -> None:
    if not exists:
        raise UsageError(
            "no-ledger",
            msg("There is no ledger {path}.", path=path),
            msg("Name it with --ledger or BATCHRESET_LEDGER."),
        )


@takes_flags("ledger", "simulate", "lang")
def forget(
    older_than: Annotated[
        int,
        typer.Option(
            "--older-than",
            metavar="DAYS",
            min=1,
            help=o.help_text(msg("Remove jobs with nothing newer than this.")),
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help=o.help_text(msg("Remove without asking.")))] = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Remove old jobs that nothing depends on any more; `verify` still holds."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.ledger.forget import Forgetting
        from batchreset.world import operator

        settings = settings_of(flags)
        out.speak(settings.lang)
        age = timedelta(days=older_than)
        _check_age(age, settings.rules())
        path = ledger_path(settings)
        _must_exist(path.exists(), path)
        _confirm(out, older_than, yes=yes)
        with opened(path, settings) as book:
            now = _time_to_forget_by(book, settings)
            book.recover(now)
            forgotten = book.forget(Forgetting(now, now - age, operator()))
        if out.as_json:
            out.object({"jobs": forgotten.jobs, "attempts": forgotten.attempts, "exit_code": 0})
        out.tell(
            msg(
                "Removed: {jobs} with {calls}.",
                jobs=amounts.jobs(forgotten.jobs),
                calls=amounts.calls(forgotten.attempts),
            )
        )


def _time_to_forget_by(book: SqliteLedger, settings: Settings) -> datetime:
    """By a clock that is a month ahead calls would be forgotten that count: the service is asked.

    A simulator's terminals harm nobody: where it is gone, this machine's clock will do.
    """
    from batchreset.anchoring import certain_time, learn_time
    from batchreset.world import World

    clock = World().clock
    if not book.simulated:
        return certain_time(settings, clock)
    learn_time(settings, clock)
    return clock.now()


def _check_age(age: timedelta, rules: Rules) -> None:
    from batchreset.plan.quota import binds_for

    binds = binds_for(rules)
    if age <= binds:
        raise UsageError(
            "too-young",
            msg("What is younger than {age} still has a say in what may be sent.", age=binds),
            msg("Give more days, e.g. --older-than 400."),
        )


def _confirm(out: Output, days: int, *, yes: bool) -> None:
    import sys

    if yes:
        return
    not_confirmed = NotConfirmedError(
        "not-confirmed",
        msg("The removal was not confirmed; nothing was removed."),
        msg("Run it at a terminal, or with --yes."),
    )
    if sys.stdin is None or not sys.stdin.isatty():
        raise not_confirmed
    question = counted(
        "Remove jobs with nothing newer than {days} day for good? Type the days: ",
        "Remove jobs with nothing newer than {days} days for good? Type the days: ",
        days=days,
    )
    if not out.typed(question, days):
        raise not_confirmed
