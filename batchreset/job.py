"""The recipe of a job: read, check, plan, (confirm,) dispatch, report. The only file that joins the edges.

It neither prints nor exits: it returns values, tells observers, and raises `BatchresetError` where a
job can't go on. Between `prepare_*` and `execute` the caller shows the plan and asks.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from batchreset import __version__
from batchreset.dispatch.breaker import MaxFailures
from batchreset.dispatch.pace import make_pace
from batchreset.dispatch.pool import Dispatcher, Errand, Policy
from batchreset.dispatch.ports import Event, Observer, Ports, Tokens
from batchreset.errors import INTERRUPTED, BatchresetError, LedgerError, SheetError, UsageError
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import DONE, Job, JobReport, Stop, Table, Wishes
from batchreset.plan.build import Plan, make_plan
from batchreset.report.explain import Ending
from batchreset.report.facts import Grounds, make_report
from batchreset.report.files import Files, check_writable, write_all
from batchreset.report.log import RunLog
from batchreset.service.client import ResetClient
from batchreset.service.codes import CodeTable, load_table
from batchreset.service.endpoint import is_loopback
from batchreset.service.token import ReadyToken, TokenKeeper
from batchreset.service.transport import Transport
from batchreset.service.wire import Answer, AppCredentials, Request
from batchreset.settings import Settings
from batchreset.sheet.load import load
from batchreset.signals import Interrupts, interrupts
from batchreset.text import Text
from batchreset.text.messages import joined, msg
from batchreset.world import World, host, operator

Credentials = AppCredentials | SecretStr
"""What logs us in: an App ID with its key, or a ready access token."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked of one run beyond the settings."""

    wishes: Wishes = field(default_factory=Wishes)
    only_first: int | None = None
    max_failures: MaxFailures = field(default_factory=MaxFailures)
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    in_place: bool = False
    simulate: bool = False
    output: Path | None = None
    """Where an old job's files go this time, instead of its own folder."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job ready to run: its sheet read and judged, its plan made. `is_new`: not yet in the ledger."""

    job: Job
    table: Table
    plan: Plan
    order: Order
    settings: Settings
    codes: CodeTable
    is_new: bool


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run left behind: the report, its files, and the exit code (CONTRACT.md).

    `error` is what failed after the sending was over; without `files` they could not be written.
    """

    report: JobReport
    files: Files | None
    exit_code: int
    error: BatchresetError | None = None


def prepare_new(
    sheet: Path, order: Order, settings: Settings, ledger: SqliteLedger, world: World
) -> Prepared:
    """Read and judge a workbook and plan a new job for it. Nothing is sent or kept yet.

    Raises:
        SheetError: it can't be used, or no row of it can.
        UsageError: the output folder can't be written.
        LedgerError: the ledger is kept for the other kind of terminals, real or simulated.
    """
    table = _load(sheet, order, settings)
    check_writable(settings.output)
    now = world.now()
    job_id = world.new_job_id(now)
    job = Job(
        id=job_id,
        created_at=now,
        input_path=sheet.resolve(),
        input_sha256=_sha256(sheet),
        sheet=table.sheet,
        output_dir=(settings.output / job_id).resolve(),
        lang=settings.lang,
        simulated=order.simulate,
        endpoint=settings.endpoint,
        operator=operator(),
        columns=tuple(order.columns.items()),
    )
    return _prepared(job, table, order, settings, ledger, world, is_new=True)


def prepare_rerun(
    job: Job, source: Path | None, order: Order, settings: Settings, ledger: SqliteLedger, world: World
) -> Prepared:
    """Read a job's workbook again and plan what is left of it.

    `source` is the workbook to read instead of the job's own (its `results.xlsx`, mended); without one
    and with the input gone, the job's `results.xlsx` stands in: it holds all of the input's rows.

    Raises:
        SheetError: it can't be used, or no row of it can.
        UsageError: the folder asked for can't be written.
        LedgerError: the ledger is kept for the other kind of terminals, real or simulated.
    """
    runs = next((runs for known, runs in ledger.jobs() if known.id == job.id), [])
    # --again is part of what the job is for: who finishes an interrupted run need not say it anew
    wishes = replace(order.wishes, again=order.wishes.again or any(run.again for run in runs[-1:]))
    asked = replace(
        order, sheet=order.sheet or job.sheet, columns=order.columns or dict(job.columns), wishes=wishes
    )
    table = _load(source or input_of(job), asked, settings)
    if order.output is not None:
        check_writable(order.output)
        job = replace(job, output_dir=(order.output / job.id).absolute())
    return _prepared(job, table, asked, settings, ledger, world, is_new=False)


def input_of(job: Job) -> Path:
    """The workbook of a job: its input, or its results where that is gone."""
    known = [job.input_path, job.output_dir / "results.xlsx", job.output_dir / "results.xlsm"]
    return next((path for path in known if path.exists()), job.input_path)


def _load(sheet: Path, order: Order, settings: Settings) -> Table:
    table = _read(sheet, order, settings)
    if not any(row.usable for row in table.rows):
        raise no_usable_row(table)
    return table


def _read(sheet: Path, order: Order, settings: Settings) -> Table:
    return load(
        sheet,
        rules=settings.rules(),
        sheet=order.sheet,
        columns=order.columns,
        default_country=settings.country,
    )


def no_usable_row(table: Table) -> SheetError:
    """The error for a sheet of which no row can be sent; it names the first mistakes."""
    problems = [problem for row in table.rows for problem in row.problems][:3]
    first = joined([msg("{cell}: {problem}", cell=p.cell, problem=p.message) for p in problems])
    return SheetError(
        "no-usable-row",
        msg(
            "None of the {rows} rows of {sheet} can be used. {first}",
            rows=len(table.rows),
            sheet=table.sheet,
            first=first,
        ),
        msg("See every row's mistakes and how to mend them with `batchreset check`."),
    )


def _prepared(
    job: Job,
    table: Table,
    order: Order,
    settings: Settings,
    ledger: SqliteLedger,
    world: World,
    *,
    is_new: bool,
) -> Prepared:
    ledger.check_kind(simulated=is_loopback(settings.endpoint))
    ledger.recover(world.now())
    plan = make_plan(
        table.rows,
        ledger.history(row.sn for row in table.rows if row.sn),
        job=job.id,
        job_at=job.created_at,
        wishes=order.wishes,
        digest=ledger.digest,
        now=world.now(),
        rules=settings.rules(),
        only_first=order.only_first,
    )
    return Prepared(job, table, plan, order, settings, load_table(settings.codes), is_new)


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
    """
    check_writable(prepared.job.output_dir)
    try:
        ledger.locks.hold_sheet(prepared.job.input_path, job=prepared.job.id, since=world.now())
        return _run(prepared, ledger, credentials, world, observers)
    finally:
        ledger.locks.release()


def _run(
    prepared: Prepared,
    ledger: SqliteLedger,
    credentials: Credentials,
    world: World,
    observers: Sequence[Observer],
) -> Finished:
    job, again = prepared.job, prepared.order.wishes.again
    run = Run(world.new_id(), job.id, world.now(), host(), os.getpid(), __version__, again)
    with interrupts() as signals, _run_log(job.output_dir / "run.log", run, world) as log:
        if prepared.is_new:
            ledger.add_job(job)
        ledger.begin_run(run)
        stop = asyncio.run(
            _dispatch(prepared, run.id, ledger, credentials, world, signals, [*observers, log.observe])
        )
        # first the ledger, then the files: what can't be written any more must not cost the record
        report = _report(
            job, prepared.table, prepared.settings, ledger, world, ending=Ending(stop, again=again)
        )
        error = _end_run(ledger, run.id, report, stop, world)
        with suppress(OSError, ValueError):
            log.finished(report)
        finished = _write(report, prepared.table, prepared.settings, in_place=prepared.order.in_place)
    if error is None:
        return finished
    return replace(finished, error=error, exit_code=max(finished.exit_code, error.exit_code))


@contextmanager
def _run_log(path: Path, run: Run, world: World) -> Iterator[RunLog]:
    """The run's log. That it can't be begun is told before anything is sent; later it ends nothing.

    Raises:
        UsageError: it can't be written.
    """
    with ExitStack() as stack:
        try:
            log = stack.enter_context(RunLog(path, run, world.now))
        except OSError as error:
            raise UsageError(
                "output-not-writable",
                msg("The file {file} can't be written: {error}", file=path, error=error.strerror or error),
                msg("Choose another folder with --output."),
            ) from error
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


async def _dispatch(
    prepared: Prepared,
    run: str,
    ledger: SqliteLedger,
    credentials: Credentials,
    world: World,
    signals: Interrupts,
    observers: Sequence[Observer],
) -> Stop | None:
    settings = prepared.settings
    errands = [
        Errand(planned.row, planned.row.contact, planned.contact)
        for planned in prepared.plan.to_send
        if planned.row.contact is not None
    ]
    if not errands:
        return _cut_short(prepared)

    def observe(event: Event) -> None:
        for observer in observers:
            with suppress(OSError, ValueError):  # a full disk or a closed terminal of who only watches
                observer(event)

    async with Transport(
        settings.endpoint, timeout_s=settings.timeout, connections=settings.concurrency + 1
    ) as transport:
        dispatcher = Dispatcher(
            _ports(prepared, ledger, credentials, world, transport), _policy(prepared, run), observe
        )

        def hear(signal: int) -> None:
            dispatcher.drain(_INTERRUPTED)
            if signal > 1:
                dispatcher.abort()

        with signals.heard_by(hear):
            stop = await dispatcher.run(errands)
    return stop or _cut_short(prepared)


_INTERRUPTED: Final = Stop(
    "interrupted",
    INTERRUPTED,
    msg("It was interrupted; calls in flight were waited for."),
    msg("Run `batchreset rerun` for what is left."),
)


def _cut_short(prepared: Prepared) -> Stop | None:
    if not prepared.plan.left_out:
        return None
    return Stop(
        "only-first",
        1,
        msg("Only the first {rows} rows were to be sent.", rows=prepared.order.only_first),
        msg("Run `batchreset rerun` for the rest."),
    )


def _policy(prepared: Prepared, run: str) -> Policy:
    return Policy(
        job=prepared.job.id,
        run=run,
        wishes=prepared.order.wishes,
        job_at=prepared.job.created_at,
        concurrency=prepared.settings.concurrency,
        timeout_s=prepared.settings.timeout,
        max_failures=prepared.order.max_failures,
    )


def _ports(
    prepared: Prepared, ledger: SqliteLedger, credentials: Credentials, world: World, transport: Transport
) -> Ports:
    settings = prepared.settings
    client = ResetClient(
        transport.post,
        table=prepared.codes,
        rules=settings.rules(),
        now=world.now,
        lang=settings.lang,
    )
    return Ports(
        claim=ledger.claim,
        settle=ledger.settle,
        send=client.send,
        tokens=make_tokens(credentials, transport.ask, prepared.codes, settings.lang, world),
        pace=make_pace(settings.rate),
        now=world.now,
        monotonic=world.monotonic,
        sleep=world.sleep,
        new_id=world.new_id,
    )


def make_tokens(
    credentials: Credentials,
    post: Callable[[Request], Awaitable[Answer]],
    codes: CodeTable,
    lang: str,
    world: World,
) -> Tokens:
    """A keeper that signs for itself, or the operator's ready token."""
    if isinstance(credentials, SecretStr):
        return ReadyToken(credentials.get_secret_value())
    return TokenKeeper(
        credentials,
        post=post,
        now=world.now,
        sleep=world.sleep,
        new_id=world.new_id,
        table=codes,
        lang=lang,
    )


def report_again(
    job: Job, settings: Settings, ledger: SqliteLedger, world: World, *, in_place: bool = False
) -> Finished:
    """Write all files of a job from what its sheet and the ledger say now.

    Raises:
        SheetError: neither the input nor its `results.xlsx` can be read.
    """
    ledger.recover(world.now())
    order = Order(sheet=job.sheet, columns=dict(job.columns))
    return write_report(
        job, _read(input_of(job), order, settings), settings, ledger, world, in_place=in_place
    )


def write_report(
    job: Job,
    table: Table,
    settings: Settings,
    ledger: SqliteLedger,
    world: World,
    *,
    in_place: bool = False,
) -> Finished:
    """Write all files of a job from its sheet and the ledger."""
    return _write(_report(job, table, settings, ledger, world), table, settings, in_place=in_place)


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
    runs = next((runs for known, runs in ledger.jobs() if known.id == job.id), [])
    grounds = Grounds(
        job=job,
        history=ledger.history((row.sn for row in table.rows if row.sn), of_job=job.id),
        ending=ending or ending_of(runs),
        runs=len(runs),
        rules=settings.rules(),
        codes=load_table(settings.codes),
        digest=ledger.digest,
        settings=settings.shown(),
    )
    return make_report(table, grounds, world.now())


def _write(report: JobReport, table: Table, settings: Settings, *, in_place: bool) -> Finished:
    """The files; a folder that can't be written leaves the report in words, and its own exit code."""
    job, exit_code = report.job, exit_code_of(report)
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


def ending_of(runs: Sequence[Run]) -> Ending:
    """How a job's last run ended, as the ledger knows it; a killed one never said."""
    if not runs:
        return Ending()
    last = runs[-1]
    return Ending(last.stop, ended=last.ended_at is not None, again=last.again)


def exit_code_of(report: JobReport) -> int:
    """0: every row is done; 1: some need something; else what stopped the run (CONTRACT.md)."""
    if report.stop is not None:
        return report.stop.exit_code
    return 0 if all(result.status in DONE for result in report.results) else 1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
