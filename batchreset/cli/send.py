"""The commands that send: `run`, `rerun`, `demo`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from batchreset.cli import options as o
from batchreset.cli.conduct import send, tell
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import as_job_left_it, demo_ledger, find_job, ledger_path, opened
from batchreset.cli.output import Output, command
from batchreset.cli.setup import Login, gathered, inspect_of, inspector, order_of, settings_of
from batchreset.cli.waves import Steps, steps_of
from batchreset.errors import UsageError
from batchreset.text import amounts, msg

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.model import Job
    from batchreset.prepare import Order
    from batchreset.settings import Settings


@takes_flags()
def run(
    sheet: o.SheetFile,
    yes: o.Yes = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Plan, confirm, reset, report."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.prepare import prepare_new
        from batchreset.world import World

        settings, order, steps = settings_of(flags), order_of(flags), steps_of(flags)
        out.speak(settings.lang)
        world = World()
        with Login() as login:
            credentials = None if flags.simulate else login(settings)
            with opened(ledger_path(settings), settings) as book:
                inspect = inspect_of(out, flags, settings, credentials, world)
                prepared = prepare_new(sheet, order, settings, book, world, to_send=True, inspect=inspect)
                finished = send(out, prepared, book, credentials, world, yes=yes, steps=steps)
        raise typer.Exit(tell(out, finished))


@takes_flags()
def rerun(
    job: o.MaybeJob = None,
    yes: o.Yes = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """What is left of a job; with no argument, of every open job that has something due."""
    with command(flags.lang, as_json=as_json) as out:
        settings, order, steps = gathered(flags), order_of(flags), steps_of(flags)
        out.speak(settings.lang)
        if flags.output is not None:
            order = replace(order, output=settings.output)
        if job is None:
            from batchreset.cli.due import rerun_all

            if steps or flags.group_by is not None:
                raise UsageError(
                    "wave-options",
                    msg("--canary, --wave-by and --group-by are for one job."),
                    msg("Name the job (`batchreset jobs`), or leave them out."),
                )
            raise typer.Exit(rerun_all(out, settings, order, yes=yes))
        finished = _rerun_one(out, job, settings, order, flags, steps, yes=yes)
        raise typer.Exit(tell(out, finished))


def _rerun_one(
    out: Output,
    job_or_file: str,
    settings: Settings,
    order: Order,
    flags: Flags,
    steps: Steps,
    *,
    yes: bool,
) -> Finished:
    from batchreset.prepare import prepare_rerun
    from batchreset.world import World

    named = named_job(job_or_file)
    path, job = find_job(named.job, settings)
    settings = as_job_left_it(settings, job)
    out.speak(settings.lang)
    if order.simulate and not job.simulated:
        raise UsageError(
            "job-is-real",
            msg("The job {job} is a real one, it can't be rehearsed under its name.", job=job.id),
            msg("Rehearse its sheet: batchreset run --simulate {sheet}", sheet=job.input_path),
        )
    order = replace(order, simulate=job.simulated)
    world = World()
    with Login() as login:
        credentials = None if job.simulated else login(settings)
        with opened(path, settings) as book, _source(out, named, job, order, settings, book) as source:
            inspect = inspect_of(out, flags, settings, credentials, world)
            refill = None if job.simulated else inspector(settings, login, world, fill=True)
            left = prepare_rerun(job, source, order, settings, book, world, inspect=inspect, refill=refill)
            return send(out, left, book, credentials, world, yes=yes, steps=steps)


@contextmanager
def _source(
    out: Output, named: Named, job: Job, order: Order, settings: Settings, book: SqliteLedger
) -> Iterator[Path | None]:
    """The workbook to read instead of the job's own: a `results.xlsx`, or what a mended list makes of it."""
    if named.todo is None:
        yield named.results
        return
    from batchreset.mending import mended_sheet

    with mended_sheet(named.todo, job, order, settings, book) as mended:
        out.say(
            msg("To-do     {file} mends {rows} of job {job}",
                file=named.todo.name, rows=amounts.rows(mended.rows), job=job.id)
        )  # fmt: skip
        for note in mended.notes:
            out.say(note)
        yield mended.sheet


@dataclass(frozen=True, slots=True)
class Named:
    """What `rerun` was given: a job, by its id or by a workbook of ours that knows it."""

    job: str
    results: Path | None = None
    todo: Path | None = None


def named_job(job_or_file: str) -> Named:
    """The job that an id, a `results.xlsx` or a `todo.xlsx` names.

    Raises:
        UsageError: the workbook is none of ours.
        SheetError: it can't be read.
    """
    path = Path(job_or_file)
    if path.suffix.lower() not in (".xlsx", ".xlsm") and not path.is_file():
        return Named(job_or_file)
    from batchreset.sheet.origin import read_origin

    origin = read_origin(path)
    if origin is None:
        raise UsageError(
            "not-a-result",
            msg("{file} is no workbook of batchreset's: it names no job.", file=path.name),
            msg("Name the job (`batchreset jobs`), or run the sheet: batchreset run {file}", file=path),
        )
    return Named(origin.job, todo=path) if origin.kind == "todo" else Named(origin.job, results=path)


@takes_flags("output", "lang", "rate", "group_by")
def demo(as_json: o.Json = False, *, flags: Flags) -> None:
    """The whole main job on the built-in simulator: a sample site of 200 terminals, with faults."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.sample import sample_site
        from batchreset.prepare import prepare_new
        from batchreset.settings import with_values
        from batchreset.simulator.demo import demo_faults
        from batchreset.world import World

        settings = settings_of(replace(flags, rate=40.0 if flags.rate is None else flags.rate, simulate=True))
        out.speak(settings.lang)
        settings = with_values(settings, concurrency=8, timeout=5.0)
        world, order = World(), replace(order_of(flags), simulate=True)
        job_id = world.new_job_id(world.now())
        world = replace(world, new_job_id=lambda _now: job_id)
        with opened(demo_ledger(job_id), settings) as book:
            prepared = prepare_new(sample_site(), order, settings, book, world)
            sns = [planned.row.sn for planned in prepared.plan.to_send]
            finished = send(out, prepared, book, None, world, yes=True, faults=demo_faults(sns, seed=1))
        raise typer.Exit(tell(out, finished))
