"""The commands that send: `run`, `rerun`, `demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from batchreset.cli import options as o
from batchreset.cli.conduct import send, tell
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.output import Output, command
from batchreset.cli.setup import (
    as_job_left_it,
    credentials_of,
    demo_ledger,
    find_job,
    gathered,
    inspect_of,
    ledger_path,
    opened,
    order_of,
    settings_of,
)
from batchreset.errors import UsageError
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.job import Finished
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

        settings, order = settings_of(flags), order_of(flags)
        out.speak(settings.lang)
        credentials = None if flags.simulate else credentials_of(settings)
        world = World()
        with opened(ledger_path(settings), settings) as book:
            prepared = prepare_new(
                sheet,
                order,
                settings,
                book,
                world,
                to_send=True,
                inspect=inspect_of(out, flags, settings, credentials, world),
            )
            finished = send(out, prepared, book, credentials, world, yes=yes)
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
        settings, order = gathered(flags), order_of(flags)
        out.speak(settings.lang)
        if flags.output is not None:
            order = replace(order, output=settings.output)
        if job is None:
            from batchreset.cli.due import rerun_all

            raise typer.Exit(rerun_all(out, settings, order, yes=yes))
        finished = _rerun_one(out, job, settings, order, flags, yes=yes)
        raise typer.Exit(tell(out, finished))


def _rerun_one(
    out: Output, job_or_file: str, settings: Settings, order: Order, flags: Flags, *, yes: bool
) -> Finished:
    from batchreset.prepare import prepare_rerun
    from batchreset.world import World

    job_id, source = _job_and_source(job_or_file)
    path, job = find_job(job_id, settings)
    settings = as_job_left_it(settings, job)
    out.speak(settings.lang)
    if job.simulated != order.simulate and order.simulate:
        raise UsageError(
            "job-is-real",
            msg("The job {job} is a real one, it can't be rehearsed under its name.", job=job.id),
            msg("Rehearse its sheet: batchreset run --simulate {sheet}", sheet=job.input_path),
        )
    order = replace(order, simulate=job.simulated)
    credentials = None if job.simulated else credentials_of(settings)
    world = World()
    with opened(path, settings) as book:
        inspect = inspect_of(out, flags, settings, credentials, world)
        prepared = prepare_rerun(job, source, order, settings, book, world, inspect=inspect)
        return send(out, prepared, book, credentials, world, yes=yes)


def _job_and_source(job_or_file: str) -> tuple[str, Path | None]:
    """A job's id, and the workbook to read instead of the job's own where a `results.xlsx` was named."""
    path = Path(job_or_file)
    if path.suffix.lower() not in (".xlsx", ".xlsm") and not path.is_file():
        return job_or_file, None
    from batchreset.sheet.origin import read_origin

    origin = read_origin(path)
    if origin is None:
        raise UsageError(
            "not-a-result",
            msg("{file} is not a results.xlsx of batchreset: it names no job.", file=path.name),
            msg("Name the job (`batchreset jobs`), or run the sheet: batchreset run {file}", file=path),
        )
    if origin.kind == "todo":
        raise UsageError(
            "todo-is-run",
            msg(
                "{file} is a to-do list of job {job}: it holds only some of its rows.",
                file=path.name,
                job=origin.job,
            ),
            msg("Mend it, then run it as a sheet: batchreset run {file}", file=path),
        )
    return origin.job, path


@takes_flags("output", "lang", "rate")
def demo(as_json: o.Json = False, *, flags: Flags) -> None:
    """The whole main job on the built-in simulator: a sample site of 200 terminals, with faults."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.sample import sample_site
        from batchreset.prepare import Order, prepare_new
        from batchreset.settings import with_values
        from batchreset.simulator.demo import demo_faults
        from batchreset.world import World

        settings = settings_of(replace(flags, rate=flags.rate or 40.0, simulate=True))
        out.speak(settings.lang)
        settings = with_values(settings, concurrency=8, timeout=5.0)
        world = World()
        job_id = world.new_job_id(world.now())
        world = replace(world, new_job_id=lambda _now: job_id)
        with opened(demo_ledger(job_id), settings) as book:
            prepared = prepare_new(sample_site(), Order(simulate=True), settings, book, world)
            sns = [planned.row.sn for planned in prepared.plan.to_send]
            finished = send(out, prepared, book, None, world, yes=True, faults=demo_faults(sns, seed=1))
        raise typer.Exit(tell(out, finished))
