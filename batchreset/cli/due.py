"""`rerun` without an argument: every open job of the ledger that has something due now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from batchreset.cli.conduct import as_object, conduct, confirm, describe, guard
from batchreset.cli.ledgers import as_job_left_it, ledger_path, opened
from batchreset.cli.notices import notify
from batchreset.cli.output import Output
from batchreset.cli.plans import plan_words, show_clock, show_plan
from batchreset.cli.setup import Login, inspector
from batchreset.errors import (
    INTERRUPTED,
    BatchresetError,
    LedgerError,
    NotConfirmedError,
    ServiceError,
    SheetError,
    UsageError,
)
from batchreset.model import DONE, Job, Status
from batchreset.signals import interrupts
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.ledger.port import Run
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.prepare import Order, Prepared
    from batchreset.settings import Settings
    from batchreset.world import World

    Worlds = defaultdict[str, World]
    """By endpoint: all jobs of a service go by the time it told once."""

ENDS_ALL: Final = LedgerError.exit_code
"""Exit codes from this on end the rest too: the ledger, the service, the operator or a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The open jobs with their plans, and those that are left alone with the reason."""

    ready: tuple[Prepared, ...]
    left: tuple[tuple[Job, BatchresetError], ...]

    @property
    def due(self) -> list[Prepared]:
        """The jobs that have rows to send now."""
        return [one for one in self.ready if one.plan.to_send]


def rerun_all(out: Output, settings: Settings, order: Order, *, yes: bool) -> int:
    """Show what is due in every open job, ask once, send; the worst exit code of them."""
    with Login() as login, opened(ledger_path(settings), settings) as book:
        worlds = new_worlds()
        found = gather(settings, order, book, worlds, login)
        for job, error in found.left:
            left_alone(out, job, error)
        check_times(out, worlds, settings, book)
        for ready in found.ready:
            _show(out, ready)
        due = found.due
        confirm(out, sum(len(ready.plan.to_send) for ready in due), yes=yes)
        log_in(login, due)
        with (
            interrupts() as signals
        ):  # one that comes between two runs, or while files are written, is not lost
            finished, stopped = conduct_all(out, due, book, login, worlds, halted=lambda: signals.count > 0)
    worst = worst_of([*(error for _, error in found.left), stopped])
    codes = [0, *(one.exit_code for one in finished)]
    if len(due) < len(found.ready):
        codes.append(1)
    if worst is not None:
        codes.append(worst.exit_code)
    code = max(codes)
    if out.as_json:
        out.object(as_one_object(out, finished, code, worst))
    for one in finished:
        describe(out, one)
        notify(out, settings, one)
    if not due and worst is None:
        out.say(msg("Nothing is due now."))
    return code


def log_in(login: Login, due: Iterable[Prepared]) -> None:
    """Have what logs the real ones of some jobs in before the first is begun.

    Raises:
        UsageError: there is no login.
    """
    for ready in due:
        if not ready.job.simulated:
            login(ready.settings)


def check_times(out: Output, worlds: Worlds, settings: Settings, book: SqliteLedger) -> None:
    """Tell of a wrong clock, and refuse a ledger that is ahead: its rows would wait, and nobody know why.

    Raises:
        LedgerError: it is ahead of a service's time.
    """
    from batchreset.anchoring import ahead_of

    for world in worlds.values():
        show_clock(out, world.clock)
        ahead = ahead_of(settings, world.clock, book.latest_at())
        if ahead is not None:
            raise ahead


def new_worlds() -> Worlds:
    """A world for each endpoint that is asked for."""
    from batchreset.world import World

    return defaultdict(World)


def conduct_all(
    out: Output,
    due: Iterable[Prepared],
    book: SqliteLedger,
    login: Login,
    worlds: Worlds,
    *,
    halted: Callable[[], bool],
) -> tuple[list[Finished], BatchresetError | None]:
    """Send job after job; what came of each, and the worst that kept one from being run.

    A job that another process runs, or whose folder can't be written, is told and left. No further one
    begins once `halted` says so, or one has come to an end that ends them all.
    """
    finished: list[Finished] = []
    worst: BatchresetError | None = None
    ended = False
    for ready in due:
        if ended or halted():
            out.say(msg("Job {job} was not begun.", job=ready.job.id))
            worst, ended = (worst if ended else _stopped()), True
            continue
        try:
            world = worlds[ready.settings.endpoint]
            credentials = None if ready.job.simulated else login(ready.settings)
            done = conduct(out, ready, book, credentials, world)
        except BatchresetError as error:
            left_alone(out, ready.job, error)
            worst = worst_of([worst, error])
            ended = error.exit_code >= ENDS_ALL and error.code != "sheet-held"
            continue
        finished.append(done)
        ended = done.exit_code >= ENDS_ALL
    return finished, worst


def worst_of(errors: Iterable[BatchresetError | None]) -> BatchresetError | None:
    """The error with the highest exit code, of equal ones the first."""
    there = [error for error in errors if error is not None]
    return max(there, key=lambda error: error.exit_code, default=None)


class _StoppedError(BatchresetError):
    exit_code = INTERRUPTED


def _stopped() -> _StoppedError:
    return _StoppedError(
        "interrupted", msg("It was interrupted."), msg("Run `batchreset rerun` for what is left.")
    )


def left_alone(out: Output, job: Job, error: BatchresetError) -> None:
    """Tell that a job is not run, and why."""
    out.say(msg("Job {job} is left alone: {why}", job=job.id, why=error.message))
    out.say(msg("What to do: {hint}", hint=error.hint))


def _is_open(runs: Sequence[Run]) -> bool:
    """Whether a job may have rows left: its last run never said, or left some that are not done."""
    if not runs:
        return True
    counts = runs[-1].counts
    return counts is None or any(rows for status, rows in counts.items() if status not in DONE)


def gather(settings: Settings, order: Order, book: SqliteLedger, worlds: Worlds, login: Login) -> Gathered:
    """Plan every open job of the ledger that has rows left.

    One that can't be planned, or whose plan a guard refuses, is left alone.
    """
    ready: list[Prepared] = []
    left: list[tuple[Job, BatchresetError]] = []
    for job in [job for job, runs in book.jobs() if _is_open(runs)]:
        try:
            one = _plan(job, as_job_left_it(settings, job), order, book, worlds, login)
            guard(one)
            ready.append(one)
        except (SheetError, UsageError, NotConfirmedError, ServiceError) as error:
            left.append((job, error))
    return Gathered(tuple(filter(_has_left, ready)), tuple(left))


def _plan(
    job: Job, settings: Settings, order: Order, book: SqliteLedger, worlds: Worlds, login: Login
) -> Prepared:
    from batchreset.prepare import prepare_rerun

    world, asked = worlds[settings.endpoint], replace(order, simulate=job.simulated)
    if job.simulated:  # its simulator is gone: there is nobody to ask
        return prepare_rerun(job, None, asked, settings, book, world)
    inspect = inspector(settings, login, world, fill=order.fill_contacts) if order.preflight else None
    refill = inspector(settings, login, world, fill=True)
    return prepare_rerun(job, None, asked, settings, book, world, inspect=inspect, refill=refill)


def _has_left(ready: Prepared) -> bool:
    """Whether any row needs something still: another job may have done them all meanwhile."""
    return any(planned.verdict.status not in DONE for planned in ready.plan.rows)


def _show(out: Output, ready: Prepared) -> None:
    if ready.plan.to_send:
        out.say(msg("Job {job}:", job=ready.job.id))
        show_plan(out, ready)
        return
    counts = plan_words(out, ready.plan.counts())
    due = ready.plan.next_due()
    if due is None:
        out.say(msg("Job {job}: {counts}; what is left needs a person.", job=ready.job.id, counts=counts))
    else:
        out.say(msg("Job {job}: {counts}; next at {at}.", job=ready.job.id, counts=counts, at=due))


def as_one_object(
    out: Output, finished: Sequence[Finished], code: int, error: BatchresetError | None
) -> dict[str, Any]:
    """One job's own object; for none or several one with their sums, and each job's under `jobs`.

    `error` is the one that the exit code is of: what kept jobs from being run, else what stopped one.
    """
    jobs = [as_object(out, one) for one in finished]
    stopped = next((one["error"] for one in jobs if one["exit_code"] == code and "error" in one), None)
    told = {} if stopped is None else {"error": stopped}
    if error is not None and (error.exit_code == code or stopped is None):
        told = {"error": out.reason(error.code, error.message, error.hint)}
    if len(jobs) == 1:
        return {**jobs[0], "jobs": jobs, **told, "exit_code": code}
    counts = {str(status): sum(one.report.counts[status] for one in finished) for status in Status}
    return {
        "job": None,
        "counts": counts,
        "rows": sum(counts.values()),
        "files": {},
        "jobs": jobs,
        **told,
        "exit_code": code,
    }
