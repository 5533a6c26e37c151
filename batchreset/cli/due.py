"""`rerun` without an argument: every open job of the ledger that has something due now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchreset.cli.conduct import as_object, conduct, confirm, describe
from batchreset.cli.output import Output
from batchreset.cli.plans import plan_words, show_plan
from batchreset.cli.setup import as_job_left_it, credentials_of, ledger_path, opened
from batchreset.errors import SheetError
from batchreset.model import DONE, Job, Status
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.job import Finished, Order, Prepared
    from batchreset.ledger.port import Run
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.settings import Settings


def rerun_all(out: Output, settings: Settings, order: Order, *, yes: bool) -> int:
    """Show what is due in every open job, ask once, send; the worst exit code of them."""
    with opened(ledger_path(settings), settings) as book:
        open_jobs = [job for job, runs in book.jobs() if _is_open(runs)]
        prepared, unreadable = _prepared(out, open_jobs, settings, order, book)
        for ready in prepared:
            _show(out, ready)
        due = [ready for ready in prepared if ready.plan.to_send]
        confirm(out, sum(len(ready.plan.to_send) for ready in due), yes=yes)
        finished = [_conduct(out, ready, book) for ready in due]
    idle = max(1 if open_jobs else 0, unreadable)
    code = max([idle] if len(finished) < len(open_jobs) else [], default=0)
    code = max(code, *(one.exit_code for one in finished)) if finished else code
    if out.as_json:
        out.object(_object(out, finished, code))
    for one in finished:
        describe(out, one)
    if not due:
        out.say(msg("Nothing is due now."))
    return code


def _is_open(runs: Sequence[Run]) -> bool:
    """Whether a job may have rows left: its last run never said, or left some that are not done."""
    if not runs:
        return True
    counts = runs[-1].counts
    return counts is None or any(rows for status, rows in counts.items() if status not in DONE)


def _prepared(
    out: Output, jobs: Iterable[Job], settings: Settings, order: Order, book: SqliteLedger
) -> tuple[list[Prepared], int]:
    """The jobs with their plans. One whose sheet can't be read is told and left; then the code is 3."""
    from batchreset.job import prepare_rerun
    from batchreset.world import World

    ready, code = [], 0
    for job in jobs:
        own, asked = as_job_left_it(settings, job), replace(order, simulate=job.simulated)
        try:
            ready.append(prepare_rerun(job, None, asked, own, book, World()))
        except SheetError as error:
            out.say(msg("Job {job} is left alone: {why}", job=job.id, why=error.message))
            code = error.exit_code
    return ready, code


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


def _conduct(out: Output, ready: Prepared, book: SqliteLedger) -> Finished:
    return conduct(out, ready, book, None if ready.job.simulated else credentials_of(ready.settings))


def _object(out: Output, finished: Sequence[Finished], code: int) -> dict[str, Any]:
    """One job's own object; for none or several one with their sums, and each job's under `jobs`."""
    if len(finished) == 1:
        return {**as_object(out, finished[0]), "exit_code": code}
    counts = {str(status): sum(one.report.counts[status] for one in finished) for status in Status}
    return {
        "job": None,
        "counts": counts,
        "rows": sum(counts.values()),
        "files": {},
        "jobs": [as_object(out, one) for one in finished],
        "exit_code": code,
    }
