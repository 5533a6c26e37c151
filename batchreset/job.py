"""The recipe of a job: read, check, plan (`prepare`), confirm (the caller), dispatch (`sending`), report.

These three files are the only ones that join the edges. They neither print nor exit: they return
values, tell observers, and raise `BatchresetError` where a job can't go on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from batchreset import __version__
from batchreset.dispatch.ports import Observer
from batchreset.errors import BatchresetError, LedgerError, UsageError
from batchreset.inspecting import ask_alive
from batchreset.kept import ACTIVATED, FILE, activation_in, keep, keep_activation, kept_in
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.login import Credentials
from batchreset.model import DONE, Job, Stop
from batchreset.plan.preflight import as_left
from batchreset.prepare import Order, Prepared, input_of, runs_of
from batchreset.reading import as_read_before, read_sheet
from batchreset.report.activation import with_activation
from batchreset.report.explain import Ending
from batchreset.report.facts import Grounds, make_report
from batchreset.report.files import Files, write_all
from batchreset.report.log import RunLog
from batchreset.report.ready import check_replaceable, check_writable, room_for
from batchreset.reported import Activation, JobReport
from batchreset.rows import Table
from batchreset.sending import dispatch
from batchreset.service.codes import load_table
from batchreset.settings import Settings
from batchreset.sheet.container import open_sheet_file
from batchreset.signals import interrupts
from batchreset.text import Text
from batchreset.text.messages import msg
from batchreset.world import World, host, operator


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run left behind: the report, its files, and the exit code (CONTRACT.md).

    `error` is what failed after the sending was over; without `files` they could not be written.
    """

    report: JobReport
    files: Files | None
    exit_code: int
    error: BatchresetError | None = None


def execute(
    prepared: Prepared,
    ledger: SqliteLedger,
    credentials: Credentials,
    world: World,
    observers: Sequence[Observer],
) -> Finished:
    """Send the plan and write every report, whatever stops it. Signals drain it (`batchreset.signals`).

    Raises:
        LedgerError: the sheet is being run already, or the ledger failed before anything was sent.
        UsageError: the files can't be written, or the disk has no room for them; nothing was sent.
        SheetError: the sheet has gone since it was planned; nothing was sent.
    """
    _check_room(prepared)
    try:
        ledger.locks.hold_sheet(prepared.job.input_path, job=prepared.job.id, since=world.now())
        # a mended list's may go while its operator is asked: another one has said no to the same list;
        # re-runs would then read the sheet without the mends
        with open_sheet_file(prepared.table.path):
            pass
        return _run(prepared, ledger, credentials, world, observers)
    finally:
        ledger.locks.release()


def _check_room(prepared: Prepared) -> None:
    """What would keep the reports from being written is found before anything is sent, if it can be."""
    table = prepared.table
    room_bytes = room_for(table.path, len(table.rows))
    if prepared.order.in_place:
        check_replaceable(prepared.job.input_path, room_bytes=room_bytes)
    check_writable(prepared.job.output_dir, room_bytes=room_bytes)


def _run(
    prepared: Prepared,
    ledger: SqliteLedger,
    credentials: Credentials,
    world: World,
    observers: Sequence[Observer],
) -> Finished:
    job, run = prepared.job, _begun(prepared, world)
    with interrupts() as signals, _run_log(job, run, world) as log:
        _keep_preflight(prepared)
        if prepared.is_new:
            ledger.add_job(job)
        ledger.begin_run(run)
        stop = asyncio.run(
            dispatch(prepared, run.id, ledger, credentials, world, signals, [*observers, log.observe])
        )
        # first the ledger, then the files: what can't be written any more must not cost the record
        report = _report(
            job, prepared.table, prepared.settings, ledger, world, ending=Ending(stop, again=run.again)
        )
        error = _end_run(ledger, run.id, report, stop, world)
        with suppress(OSError, ValueError):
            log.finished(report)
        finished = _write(
            report,
            prepared.table,
            prepared.settings,
            exit_code=_exit_code(report),
            in_place=prepared.order.in_place,
        )
    if error is None:
        return finished
    return replace(finished, error=error, exit_code=max(finished.exit_code, error.exit_code))


def _begun(prepared: Prepared, world: World) -> Run:
    wishes = prepared.order.wishes
    return Run(
        world.new_id(),
        prepared.job.id,
        world.now(),
        host(),
        os.getpid(),
        __version__,
        source=prepared.table.path.resolve(),
        again=wishes.again,
        retry_unknown=wishes.retry_unknown,
        operator=operator(),
        accepted=tuple(sorted(prepared.order.accepted)),
    )


def _keep_preflight(prepared: Prepared) -> None:
    """That it can't be kept is told before anything is sent: a later report would say something else."""
    inspected, folder = prepared.inspected, prepared.home or prepared.job.output_dir
    if inspected is not None:
        with _told(folder / FILE):
            keep(inspected.kept, folder, rehearsal=prepared.job.rehearsal)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Tell of a file that can't be written as of any mistake in the settings."""
    try:
        yield
    except OSError as error:
        raise UsageError(
            "output-not-writable",
            msg("The file {file} can't be written: {error}", file=file, error=error.strerror or error),
            msg("Choose another folder with --output."),
        ) from error


@contextmanager
def _run_log(job: Job, run: Run, world: World) -> Iterator[RunLog]:
    """The run's log. That it can't be begun is told before anything is sent; later it ends nothing.

    Raises:
        UsageError: it can't be written.
    """
    path = job.output_dir / "run.log"
    with ExitStack() as stack:
        with _told(path):
            log = stack.enter_context(RunLog(path, run, world.now, rehearsal=job.rehearsal))
        yield log


def _end_run(
    ledger: SqliteLedger, run: str, report: JobReport, stop: Stop | None, world: World
) -> LedgerError | None:
    """Record the end. What failed at it, unless the ledger has stopped the run and that is told already."""
    try:
        ledger.end_run(run, at=world.now(), stop=stop, counts=report.counts)
    except LedgerError as error:
        return None if stop is not None and stop.exit_code == LedgerError.exit_code else error
    return None


def report_again(
    job: Job, settings: Settings, ledger: SqliteLedger, world: World, order: Order | None = None
) -> Finished:
    """Write all files of a job from what its sheet and the ledger say now.

    Of `order` count `in_place` and `group_by`.

    Raises:
        SheetError: neither the input nor its `results.xlsx` can be read.
        UsageError: the sheet has no such column to group by.
    """
    ledger.recover(world.now())
    order = order or Order()
    table, settings = _table_of(job, order, settings, ledger)
    report = _report(job, table, settings, ledger, world)
    return _write(report, table, settings, exit_code=_of_rows(report), in_place=order.in_place)


def activated(
    job: Job, settings: Settings, ledger: SqliteLedger, credentials: Credentials, world: World
) -> tuple[Finished, Activation]:
    """Ask which of the job's terminals are alive, keep it, and write the reports again.

    Raises:
        ServiceError: the service can't be reached, or does not show its terminals.
        UsageError: the job's folder can't be written.
    """
    table, settings = _table_of(job, Order(), settings, ledger)
    check_writable(job.output_dir)
    sns = (row.sn for row in table.rows if row.sn)
    found = ask_alive(sns, kept_in(job.output_dir), settings, credentials, world)
    with _told(job.output_dir / ACTIVATED):
        keep_activation(found, job.output_dir, rehearsal=job.rehearsal)
    return report_again(job, settings, ledger, world), found


def _table_of(job: Job, order: Order, settings: Settings, ledger: SqliteLedger) -> tuple[Table, Settings]:
    """The job's sheet as its runs read it, with what its last preflight found; and the settings of that."""
    order, settings = as_read_before(order, settings, job)
    table = read_sheet(input_of(job, runs_of(job, ledger)), order, settings)
    return as_left(table, kept_in(job.output_dir)), settings


def _report(
    job: Job,
    table: Table,
    settings: Settings,
    ledger: SqliteLedger,
    world: World,
    *,
    ending: Ending | None = None,
) -> JobReport:
    """What sheet and ledger say; `ending` is how the last run ended, where the ledger doesn't know yet."""
    runs = runs_of(job, ledger)
    history = ledger.history((row.sn for row in table.rows if row.sn), of_job=job.id)
    grounds = Grounds(
        job=job,
        history=history,
        ending=ending or _ending_of(runs),
        runs=runs,
        rules=settings.rules(),
        codes=load_table(settings.codes),
        digest=ledger.digest,
        settings=settings.shown(),
        rate=settings.rate,
        said=ledger.resolved(a.id for attempts in history.values() for a in attempts if a.resolved),
    )
    report = make_report(table, grounds, world.now())
    return with_activation(report, activation_in(job.output_dir))


def _write(
    report: JobReport, table: Table, settings: Settings, *, exit_code: int, in_place: bool
) -> Finished:
    """The files; a folder that can't be written leaves the report in words, and its own exit code."""
    job = report.job
    try:
        files = write_all(
            report,
            Text(settings.lang),
            table.path,
            job.output_dir,
            exit_code=exit_code,
            in_place_of=job.input_path if in_place else None,
        )
    except UsageError as error:
        hint = msg(
            "What was sent is recorded. Once the folder can be written: batchreset report {job}", job=job.id
        )
        told = UsageError(error.code, error.message, hint)
        return Finished(report, None, max(exit_code, told.exit_code), told)
    return Finished(report, files, exit_code)


def _ending_of(runs: Sequence[Run]) -> Ending:
    """How a job's last run ended, as the ledger knows it; a killed one never said."""
    if not runs:
        return Ending()
    last = runs[-1]
    return Ending(last.stop, ended=last.ended_at is not None, again=last.again)


def _exit_code(report: JobReport) -> int:
    """What stopped the run, else what its rows came to (CONTRACT.md)."""
    return _of_rows(report) if report.stop is None else report.stop.exit_code


def _of_rows(report: JobReport) -> int:
    """0: every row is done; 1: some need a person or another run."""
    return 0 if all(result.status in DONE for result in report.results) else 1
