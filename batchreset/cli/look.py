"""The commands that look at a sheet or a job and send nothing: `check`, `plan`, `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import as_job_left_it, find_job, ledger_path, opened
from batchreset.cli.output import Output, command
from batchreset.cli.setup import credentials_of, gathered, inspect_of, order_of, settings_of
from batchreset.errors import UsageError
from batchreset.text import Count, amounts, counted, msg

if TYPE_CHECKING:
    from pathlib import Path

    from batchreset.annotated.files import Copy
    from batchreset.rows import Problem, Row, Table


READING: Final = (
    "sheet_name",
    "column",
    "header_row",
    "hidden_rows",
    "first_contact",
    "allow_domain",
    "allow_country",
)
"""How a sheet is read and judged."""


@takes_flags("lang", *READING)
def check(
    sheet: o.SheetFile,
    copy: o.AnnotatedFile = None,
    annotate: o.Annotate = False,
    force: o.Force = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Validate only: exit 0 when every row is good, 1 when some are not, 3 when none can be used."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.plans import show_findings, show_table
        from batchreset.prepare import no_usable_row
        from batchreset.reading import read_sheet

        settings = settings_of(flags)
        out.speak(settings.lang)
        planned = _planned_copy(sheet, copy, annotate=annotate, force=force)
        read = read_sheet(sheet, order_of(flags), settings)
        show_table(out, read)
        show_findings(out, read.rows)
        written = _annotated(out, planned, read) if planned else None
        usable, invalid, duplicate = _tally(read)
        code = 3 if not usable else (1 if invalid else 0)
        if as_json:
            out.object({**_checked(out, read, code), "annotated": written})
        out.tell(
            msg(
                "{rows}: {usable} good, {invalid} invalid, {duplicate} duplicate",
                rows=amounts.rows(len(read.rows)),
                usable=Count(usable),
                invalid=Count(invalid),
                duplicate=Count(duplicate),
            )
        )
        if not usable:
            out.say(no_usable_row(read).message)
        raise typer.Exit(code)


def _planned_copy(sheet: Path, copy: Path | None, *, annotate: bool, force: bool) -> Copy | None:
    """Where an annotated copy is to go, found out before anything is read."""
    if not annotate:
        if copy is not None or force:
            raise UsageError(
                "annotate-missing",
                msg("A second file, and --force, go with --annotate only."),
                msg("batchreset check {sheet} --annotate", sheet=sheet),
            )
        return None
    from batchreset.annotated.files import plan_copy

    return plan_copy(sheet, copy, replace=force)


def _annotated(out: Output, planned: Copy, read: Table) -> Path:
    """Write the annotated copy and tell of it."""
    from batchreset.annotated.files import write_copy

    path, made = write_copy(planned, read, out.text)
    if made.refusal is not None and made.refusal.other_kind:
        out.say(
            msg(
                "Nothing can be added to a file like {file}: {results} is a new workbook with its rows.",
                file=planned.source.name,
                results=path.name,
            )
        )
    elif made.refusal is not None:
        out.say(
            msg(
                "{file} can't take findings in ({why}): the copy is a new workbook with its rows.",
                file=planned.source.name,
                why=made.refusal.why,
            )
        )
    if made.rows:
        out.say(
            counted(
                "Findings beside {rows} row in {path}; mend it there and check it again with --annotate.",
                "Findings beside {rows} rows in {path}; mend them there and check it again with --annotate.",
                rows=made.rows,
                path=path,
            )
        )
    else:
        out.say(msg("Nothing was found; {path} is a copy without findings.", path=path))
    return path


def _tally(read: Table) -> tuple[int, int, int]:
    usable = sum(row.usable for row in read.rows)
    duplicate = sum(row.duplicate_of is not None for row in read.rows)
    return usable, len(read.rows) - usable - duplicate, duplicate


def _checked(out: Output, read: Table, code: int) -> dict[str, Any]:
    usable, invalid, duplicate = _tally(read)
    return {
        "sheet": read.sheet,
        "header_row": read.header_row,
        "rows": len(read.rows),
        "counts": {"usable": usable, "invalid": invalid, "duplicate": duplicate},
        "ignored": list(read.ignored),
        "hidden": list(read.hidden),
        "skipped": list(read.skipped),
        "notes": [out.text(note) for note in read.notes],
        "findings": [_finding(out, row, p, "problem") for row in read.rows for p in row.problems]
        + [_finding(out, row, p, "note") for row in read.rows for p in row.notes],
        "exit_code": code,
    }


def _finding(out: Output, row: Row, problem: Problem, weight: str) -> dict[str, Any]:
    return {
        "row": row.number,
        "cell": problem.cell,
        "kind": problem.kind,
        "weight": weight,
        "message": out.text(problem.message),
        "mend": out.text(problem.mend),
    }


@takes_flags(
    "ledger",
    "endpoint",
    "rate",
    "only_first",
    "again",
    "retry_unknown",
    "lang",
    "simulate",
    "fill_contacts",
    *READING,
)
def plan(
    sheet: o.SheetFile,
    online: Annotated[
        bool,
        typer.Option(
            "--online", help=o.help_text(msg("Ask the service which terminals it has, as a preflight."))
        ),
    ] = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """What a run would do now; no reset is sent and no job is begun."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.plans import preflight_object, show_plan
        from batchreset.prepare import prepare_new
        from batchreset.world import World

        settings = settings_of(flags)
        out.speak(settings.lang)
        with opened(ledger_path(settings), settings) as book:
            world = World()
            ask = online or flags.fill_contacts
            credentials = credentials_of(settings) if ask and not flags.simulate else None
            inspect = inspect_of(out, flags, settings, credentials, world, online=online)
            prepared = prepare_new(
                sheet, order_of(flags), settings, book, world, to_send=ask, inspect=inspect
            )
        if as_json:
            made = prepared.plan
            due = made.next_due()
            out.object(
                {
                    "sheet": prepared.table.sheet,
                    "rows": len(made.rows),
                    "to_send": len(made.to_send),
                    "counts": {str(status): rows for status, rows in made.counts().items()},
                    "next_due": due.isoformat() if due else None,
                    "surprises": [
                        {"kind": s.kind, "message": out.text(s.message), "hint": out.text(s.hint)}
                        for s in prepared.surprises
                    ],
                    **({} if prepared.inspected is None else preflight_object(out, prepared.inspected)),
                    "exit_code": 0,
                }
            )
        show_plan(out, prepared)


@takes_flags("ledger", "lang", "in_place", "group_by")
def report(job: o.JobId, as_json: o.Json = False, *, flags: Flags) -> None:
    """Write all files of a job again, from its sheet and the ledger."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.conduct import tell
        from batchreset.job import report_again
        from batchreset.world import World

        settings = gathered(flags)
        path, known = find_job(job, settings)
        settings = as_job_left_it(settings, known)
        out.speak(settings.lang)
        with opened(path, settings) as book:
            finished = report_again(known, settings, book, World(), order_of(flags))
        raise typer.Exit(tell(out, finished))
