"""One run as its operator sees it: the plan shown, the question, the progress, the result."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchreset.cli import streams
from batchreset.cli.notices import notify
from batchreset.cli.output import Output
from batchreset.cli.plans import show_clock, show_plan
from batchreset.cli.setup import inspector
from batchreset.cli.waves import NO_STEPS, PART_DONE, Steps, in_parts, parts_of, show_parts
from batchreset.errors import NotConfirmedError
from batchreset.text import amounts, counted, msg

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.login import Credentials
    from batchreset.prepare import Prepared
    from batchreset.report.files import Files
    from batchreset.simulator.faults import Fault
    from batchreset.world import World


def send(
    out: Output,
    prepared: Prepared,
    book: SqliteLedger,
    credentials: Credentials | None,
    world: World,
    *,
    yes: bool,
    steps: Steps = NO_STEPS,
    faults: Sequence[Fault] = (),
) -> Finished:
    """Show the plan, ask, send (in parts if asked), and write the reports, then tell who is to be told.

    A simulated job brings its own credentials.

    Raises:
        NotConfirmedError: a guard refused the plan, hidden rows are in it, or it was not confirmed; nothing
            was sent.
    """
    show_clock(out, world.clock)
    show_plan(out, prepared)
    guard(prepared)
    parts = parts_of(steps, prepared)
    show_parts(out, steps, parts, prepared.plan)
    confirm(out, len(prepared.plan.to_send), yes=yes)

    def run(part: Prepared) -> Finished:
        return conduct(out, part, book, credentials, world, faults=faults)

    def plan_again(sent: Prepared) -> Prepared:
        return _again(sent, book, credentials, world)

    if steps and prepared.plan.to_send:
        finished = in_parts(out, prepared, steps, parts, run, plan_again)
    else:
        finished = run(prepared)
    notify(out, prepared.settings, finished)
    return finished


def _again(sent: Prepared, book: SqliteLedger, credentials: Credentials | None, world: World) -> Prepared:
    """What is left of a job of which a part was sent: planned, and guarded, like any re-run of it."""
    from batchreset.prepare import prepare_rerun

    known = book.job(sent.job.id)
    job = sent.job if known is None else known[0]  # the ledger's, whose folder is the job's own
    refill = (
        None if credentials is None else inspector(sent.settings, lambda _: credentials, world, fill=True)
    )
    order = replace(sent.order, preflight=False, fill_contacts=False)  # the first part's holds
    left = prepare_rerun(job, None, order, sent.settings, book, world, refill=refill)
    guard(left)
    return left


def guard(prepared: Prepared) -> None:
    """Whether the plan may be confirmed at all.

    Raises:
        NotConfirmedError: rows are hidden in its sheet and nobody said what is to become of them, or it is
            surprising in a way that no `--accept` has named.
    """
    from batchreset.plan.guards import refusal
    from batchreset.reading import refuse_hidden

    refuse_hidden(prepared)
    error = refusal(prepared.surprises, prepared.order.accepted)
    if error is not None:
        raise error


def confirm(out: Output, rows: int, *, yes: bool) -> None:
    """Ask before anything is sent; a plan that sends nothing needs no answer.

    Raises:
        NotConfirmedError: the answer was no, or there is nobody to ask and no `--yes`.
    """
    if yes or rows == 0:
        return
    not_sent = msg("Nothing was sent.")
    if sys.stdin is None or not sys.stdin.isatty():
        raise NotConfirmedError(
            "not-confirmed",
            msg("The plan was not confirmed. {nothing}", nothing=not_sent),
            msg("Run it at a terminal, or with --yes."),
        )
    out.say(msg("Each reset sends a new code and kills the old one; it can't be undone."))
    question = counted(
        "Send {rows} reset now? Type the number to confirm: ",
        "Send {rows} resets now? Type the number to confirm: ",
        rows=rows,
    )
    if not out.typed(question, rows):
        raise NotConfirmedError(
            "not-confirmed",
            msg("The plan was not confirmed. {nothing}", nothing=not_sent),
            msg("Run the command again and type the number of resets."),
        )


def conduct(
    out: Output,
    prepared: Prepared,
    book: SqliteLedger,
    credentials: Credentials | None,
    world: World,
    *,
    faults: Sequence[Fault] = (),
) -> Finished:
    """Send a confirmed plan and write the reports."""
    from batchreset.cli.progress import Progress
    from batchreset.job import execute

    if credentials is not None:
        with Progress(out, len(prepared.plan.to_send)) as progress:
            return execute(prepared, book, credentials, world, [progress.observe])
    with (
        rehearsal(out, prepared, faults) as (at_simulator, login),
        Progress(out, len(prepared.plan.to_send)) as progress,
    ):
        return execute(at_simulator, book, login, world, [progress.observe])


@contextmanager
def rehearsal(
    out: Output, prepared: Prepared, faults: Sequence[Fault]
) -> Iterator[tuple[Prepared, Credentials]]:
    """The built-in simulator with the sheet's terminals, for the time of a run."""
    from batchreset.service.wire import AppCredentials
    from batchreset.settings import with_values
    from batchreset.simulator.config import SimulatorConfig
    from batchreset.simulator.run import SimulatorThread

    terminals = tuple(row.sn for row in prepared.table.rows if row.sn)
    with SimulatorThread(SimulatorConfig(terminals=terminals, faults=tuple(faults))) as simulator:
        settings = with_values(prepared.settings, endpoint=simulator.url)
        yield replace(prepared, settings=settings), AppCredentials(simulator.app_id, simulator.app_key)
        state = simulator.state
        out.say(
            msg(
                "The simulator's own count: {calls} received, {resets} processed.",
                calls=amounts.calls(len(state.log)),
                resets=amounts.resets(state.processed),
            )
        )


def tell(out: Output, finished: Finished) -> int:
    """Say what came of it, as JSON too if asked; the exit code."""
    if out.as_json:
        out.object(as_object(out, finished))
    describe(out, finished)
    return finished.exit_code


def describe(out: Output, finished: Finished) -> None:
    """What came of it in words, ending with the files."""
    report, files = finished.report, finished.files
    streams.told_end()
    asked_for = finished.error is not None and finished.error.code == PART_DONE
    if report.stop is not None and not asked_for:  # else the error says it better
        out.stopped(report.stop)
    out.tell(
        msg(
            "Job {job}: {rows}: {counts}",
            job=report.job.id,
            rows=amounts.rows(len(report.results)),
            counts=out.words(report.counts),
        )
    )
    if finished.error is not None:
        out.failed(finished.error)
    if files is not None:
        _describe_files(out, files)
    if report.strays:
        out.say(msg("Sent for, but no longer in the sheet: {sns}", sns=tuple(report.strays)))
    tell_files(out, finished)


def _describe_files(out: Output, files: Files) -> None:
    for note in files.notes:
        out.say(note)
    for stranger in files.strangers:
        out.say(
            msg(
                "Row {row} ({sn}) could not be found again in the workbook: {reason}",
                row=stranger.row.number,
                sn=stranger.row.sn,
                reason=stranger.reason,
            )
        )


def tell_files(out: Output, finished: Finished) -> None:
    """The paths of a job's files, a line each."""
    for name, path in file_list(finished).items():
        out.tell(msg("  {path}", path=shown(path)))
        if finished.files is not None and name == "handoff":
            out.tell(msg("  {path}", path=shown(finished.files.handoff_book)))


def shown(path: Path) -> str:
    """A path as short as it can be typed here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, or our own folder is gone
        return str(path)


def file_list(finished: Finished) -> dict[str, Path]:
    """The files by their names in CONTRACT.md, and the workbook changed in place with its backup.

    `handoff` is the page; the workbook of that name, of which the contract's object knows nothing, lies
    beside it.
    """
    files = finished.files
    if files is None:
        return {}
    named: Mapping[str, Path | None] = {
        "results": files.results,
        "todo": files.todo,
        "handoff": files.handoff,
        "summary": files.summary,
        "in_place": files.in_place,
        "backup": files.backup,
    }
    return {name: path for name, path in named.items() if path is not None}


def as_object(out: Output, finished: Finished) -> dict[str, Any]:
    """What `--json` prints (CONTRACT.md, "Commands"); `error` only where something went wrong."""
    report = finished.report
    value: dict[str, Any] = {
        "job": report.job.id,
        "counts": {str(status): rows for status, rows in report.counts.items()},
        "rows": len(report.results),
        "files": {name: str(path) for name, path in file_list(finished).items()},
        "exit_code": finished.exit_code,
    }
    stop, error = report.stop, finished.error
    if error is not None and error.exit_code == finished.exit_code:
        value["error"] = out.reason(error.code, error.message, error.hint)
    elif stop is not None and stop.exit_code > 1:
        value["error"] = out.reason(stop.code, stop.message, stop.hint)
    return value
