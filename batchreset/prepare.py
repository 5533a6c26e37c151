"""The first half of a job: read, check and plan. No reset is sent, and nothing is kept.

A plan that is about to be carried out asks the service what time it is: by a wrong clock of this
machine it would hold rows back that may be sent, or promise some that may not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from batchreset.dispatch.breaker import MaxFailures
from batchreset.errors import SheetError
from batchreset.kept import kept_in
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Job, Status, Wishes
from batchreset.plan.build import Plan, make_plan
from batchreset.plan.guards import Ended, Surprise, last_ended, surprises
from batchreset.plan.preflight import Inspect, Inspected, Kept, filled_again, to_fill_again, with_unfit
from batchreset.reading import as_read_before, kept_reading, read_sheet
from batchreset.report.ready import check_writable
from batchreset.rows import Table
from batchreset.service.codes import CodeTable, load_table
from batchreset.service.endpoint import is_loopback
from batchreset.settings import Settings
from batchreset.sheet.criteria import HiddenRows
from batchreset.sheet.grouping import GroupBy
from batchreset.text.messages import counted, joined, msg
from batchreset.world import World, operator


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked of one run beyond the settings."""

    wishes: Wishes = field(default_factory=Wishes)
    only_first: int | None = None
    max_failures: MaxFailures = field(default_factory=MaxFailures)
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    header_row: int | None = None
    hidden_rows: HiddenRows | None = None
    first_contact: bool = False
    preflight: bool = False
    fill_contacts: bool = False
    """As `preflight`, and rows without a contact take the registered one."""
    in_place: bool = False
    simulate: bool = False
    accepted: frozenset[str] = frozenset()
    """Kinds of surprise (`plan.guards.Guard`) that are let pass."""
    output: Path | None = None
    """Where an old job's files go this time, instead of its own folder."""
    group_by: GroupBy = field(default_factory=GroupBy)
    """The column by which the reports group the rows."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job ready to run: its sheet read and judged, its plan made. `is_new`: not yet in the ledger.

    `surprises` are all there are in the plan, those too that the order accepts.
    """

    job: Job
    table: Table
    plan: Plan
    surprises: tuple[Surprise, ...]
    order: Order
    settings: Settings
    codes: CodeTable
    is_new: bool
    inspected: Inspected | None = None
    """Its preflight, where there was one."""
    home: Path | None = None
    """The job's own folder, where its files go elsewhere this time."""


def prepare_new(
    sheet: Path,
    order: Order,
    settings: Settings,
    ledger: SqliteLedger,
    world: World,
    *,
    to_send: bool = False,
    inspect: Inspect | None = None,
) -> Prepared:
    """Read and judge a workbook and plan a new job for it. Nothing is sent or kept yet.

    `to_send` is for a plan that is about to be carried out: the service is asked what time it is.
    `inspect` is a preflight of the sheet.

    Raises:
        SheetError: it can't be used, or no row of it can.
        UsageError: the output folder can't be written.
        LedgerError: the ledger is kept for the other kind of terminals, real or simulated.
    """
    table, inspected = _load_inspected(sheet, order, settings, inspect)
    check_writable(settings.output)
    if to_send:
        _learn_time(order, settings, world)
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
        columns=kept_reading(order, settings),
    )
    prepared = _prepared(job, table, order, settings, ledger, world, is_new=True)
    return replace(prepared, inspected=inspected)


def prepare_rerun(
    job: Job,
    source: Path | None,
    order: Order,
    settings: Settings,
    ledger: SqliteLedger,
    world: World,
    *,
    inspect: Inspect | None = None,
    refill: Inspect | None = None,
) -> Prepared:
    """Read a job's workbook again and plan what is left of it, by the service's time.

    `source` is the workbook to read instead of the job's own (its `results.xlsx`, mended); without one
    it is the one that `input_of` finds. Without a new preflight (`inspect`) the last one of the job holds:
    rows that took their registered contact then are asked for it again by `refill`, if they may be sent.

    Raises:
        SheetError: it can't be used, or no row of it can.
        UsageError: the folder asked for can't be written.
        LedgerError: the ledger is kept for the other kind of terminals, real or simulated.
        ServiceError: what `inspect` or `refill` asks for can't be had.
    """
    runs, kept = runs_of(job, ledger), kept_in(job.output_dir)
    asked, settings = as_read_before(_as_asked_before(order, runs), settings, job)
    table, inspected = _load_inspected(source or input_of(job, runs), asked, settings, inspect, kept)
    if inspected is None:
        table = with_unfit(table, kept)
    home = job.output_dir
    if order.output is not None:
        check_writable(order.output)
        job = replace(job, output_dir=(order.output / job.id).absolute())
    _learn_time(asked, settings, world)
    prepared = _prepared(job, table, asked, settings, ledger, world, is_new=False)
    left = {planned.row.number for planned in prepared.plan.rows if planned.verdict.status is Status.INVALID}
    rows = tuple(row for row in to_fill_again(table, kept) if row.number in left)
    if rows and refill is not None and not order.fill_contacts:
        found = refill(replace(table, rows=rows))
        inspected = filled_again(inspected or Inspected(table, kept), found)
        prepared = _prepared(job, inspected.table, asked, settings, ledger, world, is_new=False)
    return replace(prepared, inspected=inspected, home=home)


def _as_asked_before(order: Order, runs: Sequence[Run]) -> Order:
    """The order with what is part of what a job is for, as its earlier runs were told.

    Who finishes an interrupted run need not say `--again` and `--accept` anew, and a schedule is not held
    up for ever by what a person has let pass already.
    """
    again = order.wishes.again or any(run.again for run in runs[-1:])
    accepted = order.accepted.union(*(run.accepted for run in runs))
    return replace(order, wishes=replace(order.wishes, again=again), accepted=accepted)


def _learn_time(order: Order, settings: Settings, world: World) -> None:
    if not order.simulate:  # the simulator is not there yet, and has this machine's clock
        from batchreset.anchoring import learn_time

        learn_time(settings, world.clock)


def input_of(job: Job, runs: Sequence[Run]) -> Path:
    """The workbook of a job: what its last run read, which may be a mended `results.xlsx`; else its input.

    Where these are gone the job's results stand in: they hold all of the input's rows.
    """
    known = [
        *(run.source for run in runs[-1:]),
        job.input_path,
        job.output_dir / "results.xlsx",
        job.output_dir / "results.xlsm",
    ]
    return next((path for path in known if path.exists()), job.input_path)


def runs_of(job: Job, ledger: SqliteLedger) -> list[Run]:
    """A job's runs, oldest first."""
    known = ledger.job(job.id)
    return [] if known is None else known[1]


_NOTHING_KEPT: Final = Kept()


def _load_inspected(
    sheet: Path, order: Order, settings: Settings, inspect: Inspect | None, kept: Kept = _NOTHING_KEPT
) -> tuple[Table, Inspected | None]:
    """The table, which must have a row to send before its preflight makes fewer of them.

    One that takes a registered contact counts, be it by this preflight or by the last one (`kept`).
    """
    table = read_sheet(sheet, order, settings)
    inspected = None if inspect is None else inspect(table)
    filled = (inspected and inspected.filled) or to_fill_again(table, kept)
    if not filled and not any(row.usable for row in table.rows):
        raise no_usable_row(table)
    return (table, None) if inspected is None else (inspected.table, inspected)


def no_usable_row(table: Table) -> SheetError:
    """The error for a sheet of which no row can be sent; it names the first mistakes."""
    problems = [problem for row in table.rows for problem in row.problems][:3]
    first = joined([msg("{cell}: {problem}", cell=p.cell, problem=p.message) for p in problems])
    return SheetError(
        "no-usable-row",
        counted(
            "The one row of {sheet} can't be used. {first}",
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
    found = surprises(
        plan,
        last_ended(job, _ended_jobs(job, ledger), Path.exists),
        max_per_contact=settings.max_per_contact,
        parted=table.parted,
    )
    return Prepared(job, table, plan, found, order, settings, load_table(settings.codes), is_new)


_LOOKED_AT: Final = 1000
"""Jobs among which a plan's predecessor is looked for: a ledger may hold very many."""


def _ended_jobs(job: Job, ledger: SqliteLedger) -> list[Ended]:
    """The newest jobs of which a run has ended, newest first; before them this one, where it has."""
    itself = ledger.job(job.id)
    known = [*ledger.jobs(newest=_LOOKED_AT), *([] if itself is None else [itself])]
    ended: list[Ended] = []
    for one, runs in reversed(known):
        for run in reversed(runs):
            if run.ended_at is not None and run.counts is not None:
                ended.append(Ended(one, run.ended_at, run.counts))
                break
    return ended


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
