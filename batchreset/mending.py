"""From a mended to-do list to the sheet its job is run from: joins `mended` with ledger and reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from batchreset.errors import SheetError
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.mended.workbook import Mended, mend, refuse_untaken
from batchreset.model import AttemptState, Job, sn_key
from batchreset.prepare import Order, input_of, runs_of
from batchreset.reading import as_read_before, read_sheet
from batchreset.rows import Table
from batchreset.settings import Settings
from batchreset.sheet.grouping import GroupBy


@contextmanager
def mended_sheet(
    todo: Path, job: Job, order: Order, settings: Settings, ledger: SqliteLedger
) -> Iterator[Mended]:
    """The job's sheet with a list's mends in it; it stays only if a run has begun from it.

    Raises:
        SheetError: the list or the job's sheet can't be read, or rows of the list are ambiguous.
        UsageError: the job's folder can't be written.
    """
    asked, settings = as_read_before(order, settings, job)
    base = read_sheet(_base_of(job, ledger), asked, settings)
    folder = job.output_dir if order.output is None else (order.output / job.id).absolute()
    listed = _read_list(todo, asked, settings)
    mended = mend(listed, base, folder, _refused_rows(job, base, ledger))
    try:
        if mended.sheet is not None:
            refuse_untaken(read_sheet(mended.sheet, asked, settings), listed, mended.edits)
        yield mended
    finally:
        sources = {run.source for run in runs_of(job, ledger)}
        if mended.sheet is not None and mended.sheet.resolve() not in sources:  # as a run records it
            mended.sheet.unlink(missing_ok=True)


def _refused_rows(job: Job, base: Table, ledger: SqliteLedger) -> set[int]:
    """The rows whose last call by this job is proven to have reset nothing: their SN may be mended, too."""
    history = ledger.history((row.sn for row in base.rows if row.sn), of_job=job.id)
    last = {key: [a.state for a in calls if a.job == job.id][-1:] for key, calls in history.items()}
    without = [[AttemptState.REFUSED], [AttemptState.UNPROCESSED]]
    return {row.number for row in base.rows if row.sn and last.get(sn_key(row.sn)) in without}


def _base_of(job: Job, ledger: SqliteLedger) -> Path:
    """The sheet that takes the mends in: of a list that is no workbook, the job's results."""
    path = input_of(job, runs_of(job, ledger))
    results = job.output_dir / "results.xlsx"
    return path if path.suffix.lower() in (".xlsx", ".xlsm") or not results.exists() else results


def _read_list(todo: Path, asked: Order, settings: Settings) -> Table:
    """The list, whatever its sheet is called now; among several, the one called as the job's.

    A row that is filtered out is as good as any other.
    """
    asked = replace(asked, header_row=None, hidden_rows=None, group_by=GroupBy())
    try:
        return read_sheet(todo, replace(asked, sheet=None), settings)
    except SheetError as error:
        if error.code != "sheets-several":
            raise
        return read_sheet(todo, asked, settings)
