"""The rounds of `watch`: look, send what is due, tell, sleep. What and when is decided by `watch.decide`."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from batchreset.cli import streams
from batchreset.cli.conduct import tell_files
from batchreset.cli.due import (
    Gathered,
    as_one_object,
    check_times,
    conduct_all,
    gather,
    log_in,
    new_worlds,
)
from batchreset.cli.ledgers import ledger_path, opened
from batchreset.cli.notices import notify
from batchreset.cli.output import Output
from batchreset.cli.setup import Login
from batchreset.errors import INTERRUPTED, BatchresetError, LedgerError, NotConfirmedError, ServiceError
from batchreset.model import Status
from batchreset.signals import Interrupts, interrupts
from batchreset.text import Message, amounts, msg
from batchreset.watch.decide import Habits, Look, Seen, Sleep, Why, decide, rows_in_time
from batchreset.watch.sleeping import sleep_until
from batchreset.world import steady_clock, wall_clock

if TYPE_CHECKING:
    from batchreset.cli.due import Worlds
    from batchreset.job import Finished
    from batchreset.prepare import Order, Prepared
    from batchreset.settings import Settings

_WHY: Final = {
    Why.IDLE: msg("nothing is due"),
    Why.DUE: msg("the next rows fall due then"),
    Why.PAUSE: msg("a round has ended"),
    Why.TROUBLE: msg("the last try got nowhere"),
    Why.WINDOW: msg("the send window opens then"),
    Why.CRON: msg("the cron expression says so"),
}


@dataclass(frozen=True, slots=True)
class Round:
    """What one look came to; `next_due` is of the waiting rows, by this machine's clock."""

    next_due: datetime | None = None
    sent: bool = False
    fruitless: bool = False


@dataclass
class Watch:
    """One watch over a ledger."""

    out: Output
    settings: Settings
    order: Order
    habits: Habits
    signals: Interrupts
    login: Login
    """Asked for in the first round that needs it, and not again: nobody sits there at the next."""
    told: set[tuple[str, str]] = field(default_factory=set)
    """Jobs that are left alone, with the reason's code: each is told once."""
    last: dict[str, Finished] = field(default_factory=dict)
    """What the last run of each job came to."""
    slept: tuple[Why, datetime] | None = None
    """The last sleep."""

    def halted(self) -> bool:
        """Whether a signal has come."""
        return self.signals.count > 0

    def go(self) -> None:
        """Go on until a signal comes.

        Raises:
            BatchresetError: the ledger or the settings can't be used.
        """
        seen, steady_s = Seen(wall_clock()), steady_clock()
        while not self.halted():
            match decide(wall_clock(), seen, self.habits):
                case Look(until):
                    seen = self._after(seen, self._look(until))
                case Sleep(until, why):
                    self._tell_sleep(until, why)
                    sleep_until(until, now=wall_clock, steady_s=steady_s, nap=time.sleep, halted=self.halted)

    def say(self, message: Message) -> None:
        """A line with its time, for a log as well as for a terminal."""
        self.out.say(msg("{at}  {line}", at=wall_clock(), line=message))

    def _tell_sleep(self, until: datetime, why: Why) -> None:
        """Say so where it is news: an idle watch that looks every few minutes would fill its log."""
        known = self.slept is not None and self.slept[0] is why
        if not known or (why is not Why.IDLE and self.slept is not None and until > self.slept[1] + _JITTER):
            self.say(msg("Sleeping until {until}: {why}.", until=until, why=_WHY[why]))
        self.slept = (why, until)

    def _after(self, seen: Seen, came: Round) -> Seen:
        now = wall_clock()
        if not came.sent and not came.fruitless:
            return replace(seen, looked_at=now, next_due=came.next_due, fruitless=0)
        fruitless = seen.fruitless + 1 if came.fruitless else 0
        # what waits now is known at the next look, which the pause holds back
        return replace(seen, looked_at=now, next_due=now, ended_at=now, fruitless=fruitless)

    def _look(self, until: datetime | None) -> Round:
        try:
            with opened(ledger_path(self.settings), self.settings) as book:
                worlds = new_worlds()
                found = gather(self.settings, self.order, book, worlds, self.login)
                self._tell_left(found)
                due = _fitting(found.due, until)
                if not due or self.halted():
                    return Round(_next_due(found, worlds))
                check_times(self.out, worlds, self.settings, book)
                log_in(self.login, due)
                for ready in due:
                    rows = amounts.rows(len(ready.plan.to_send))
                    self.say(msg("Job {job}: sending {rows}.", job=ready.job.id, rows=rows))
                finished, stopped = conduct_all(self.out, due, book, self.login, worlds, halted=self.halted)
        except ServiceError as error:  # it may come back; the ledger and the settings don't by themselves
            self.say(msg("Error: {message}", message=error.message))
            return Round(fruitless=True)
        for one in finished:
            self._tell(one)
        if (
            stopped is not None
            and stopped.exit_code == LedgerError.exit_code
            and stopped.code != "sheet-held"
        ):
            raise stopped
        return Round(sent=bool(finished), fruitless=_fruitless(due, finished, stopped))

    def _tell_left(self, found: Gathered) -> None:
        left = {(job.id, error.code): error for job, error in found.left}
        for (job, code), error in left.items():
            if (job, code) not in self.told:
                self.say(msg("Job {job} is left alone: {why}", job=job, why=error.message))
                self.out.say(msg("What to do: {hint}", hint=error.hint))
        self.told = set(left)

    def _tell(self, one: Finished) -> None:
        """What a run came to. Others hear of it where it is news: a service away for a night is not."""
        known = self.last.get(one.report.job.id)
        self.last[one.report.job.id] = one
        self.say(msg("Job {job}: {counts}", job=one.report.job.id, counts=self.out.words(one.report.counts)))
        if one.report.stop is not None:
            self.out.stopped(one.report.stop)
        if one.error is not None:
            self.out.failed(one.error)
        tell_files(self.out, one)
        if known is None or known.report.counts != one.report.counts:
            notify(self.out, self.settings, one)


_JITTER: Final = timedelta(seconds=1)
"""A time worked out anew may differ by so much and still be the one that was told."""


def watch_all(out: Output, settings: Settings, order: Order, habits: Habits, *, yes: bool) -> int:
    """Watch until a signal comes, and say what the last runs came to.

    Raises:
        NotConfirmedError: it was not confirmed at its start.
        LedgerError: another one watches the ledger, or it can't be used.
    """
    from batchreset.ledger.locks import Locks

    _consent(out, yes=yes)
    locks = Locks(ledger_path(settings))
    locks.hold_watch(wall_clock())
    try:
        with interrupts() as signals, Login() as login:
            watch = Watch(out, settings, order, habits, signals, login)
            watch.say(msg("Watching {ledger}; Ctrl-C ends it.", ledger=ledger_path(settings)))
            watch.go()
            watch.say(msg("Stopped watching."))
            streams.told_end()
            if out.as_json:
                out.object(_object(out, list(watch.last.values())))
    finally:
        locks.release()
    return INTERRUPTED


def _object(out: Output, finished: list[Finished]) -> dict[str, Any]:
    return as_one_object(out, finished, INTERRUPTED, None)


def _consent(out: Output, *, yes: bool) -> None:
    """Ask once, at the beginning, for all that will be sent."""
    if yes:
        return
    if sys.stdin is not None and sys.stdin.isatty():
        out.say(msg("Each reset sends a new code and kills the old one; it can't be undone."))
        if (
            out.ask(msg("Send whatever falls due, now and later, without asking again? Type watch: "))
            == "watch"
        ):
            return
    raise NotConfirmedError(
        "not-confirmed",
        msg("Watching was not confirmed. {nothing}", nothing=msg("Nothing was sent.")),
        msg("Confirm it at a terminal, or run it with --yes."),
    )


def _fitting(due: list[Prepared], until: datetime | None) -> list[Prepared]:
    """The jobs cut to the rows that their rates can send, job after job, before the window closes."""
    if until is None:
        return due
    left_s = (until - wall_clock()).total_seconds()
    fit = rows_in_time([(len(ready.plan.to_send), ready.settings.rate) for ready in due], left_s)
    return [
        replace(ready, plan=ready.plan.only(ready.plan.to_send[:rows]))
        for ready, rows in zip(due, fit, strict=True)
        if rows
    ]


def _next_due(found: Gathered, worlds: Worlds) -> datetime | None:
    """When the first waiting row may be sent, by this machine's clock, which may be off the service's."""
    times = [
        due + timedelta(seconds=worlds[ready.settings.endpoint].clock.skew_s or 0.0)
        for ready in found.ready
        if (due := ready.plan.next_due()) is not None
    ]
    return min(times, default=None)


def _fruitless(due: list[Prepared], finished: list[Finished], error: BatchresetError | None) -> bool:
    """Whether a round got nowhere: the service refused it, or no row is further than it was."""
    codes = [one.exit_code for one in finished] + ([error.exit_code] if error else [])
    if not finished or {LedgerError.exit_code, ServiceError.exit_code} & set(codes):
        return True
    before = sum(len(ready.plan.to_send) + ready.plan.left_out for ready in due)
    return sum(one.report.counts[Status.NOT_SENT] for one in finished) >= before > 0
