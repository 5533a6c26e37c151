"""`resolve`: a person says whether codes arrived whose answers were lost."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import as_job_left_it, find_job, opened
from batchreset.cli.output import Output, command
from batchreset.cli.setup import gathered
from batchreset.errors import UsageError
from batchreset.model import Resolution
from batchreset.text import Count, counted, msg

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.ledger.sqlite import SqliteLedger
    from batchreset.model import Job
    from batchreset.resolving import Lost
    from batchreset.settings import Settings

Named = Annotated[
    list[str] | None,
    typer.Option("--arrived", metavar="SN", help=o.help_text(msg("The code of this terminal arrived."))),
]
NamedNot = Annotated[
    list[str] | None,
    typer.Option("--not-arrived", metavar="SN", help=o.help_text(msg("No code arrived for this terminal."))),
]
Why = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help=o.help_text(msg("How you know; kept with the answer."))),
]
JobOrFile = Annotated[
    str,
    typer.Argument(
        metavar="JOB|TODO.xlsx",
        help=o.help_text(msg("A job's id, or its todo.xlsx or results.xlsx with answers in `Result`.")),
    ),
]


@takes_flags("ledger", "lang")
def resolve(
    job: JobOrFile,
    arrived: Named = None,
    not_arrived: NamedNot = None,
    reason: Why = "",
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Settle unknown rows: by SN, by an edited workbook, or one by one at a terminal."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.cli.conduct import as_object, describe

        settings = gathered(flags)
        job_id, workbook = _job_and_workbook(job)
        path, known = find_job(job_id, settings)
        settings = as_job_left_it(settings, known)
        out.speak(settings.lang)
        named = _named(arrived or (), not_arrived or ())
        with opened(path, settings) as book:
            settled, finished = _settle(out, known, settings, book, named, workbook, reason)
        if out.as_json:
            out.object({**as_object(out, finished), "resolved": settled})
        out.tell(counted("{count} call settled by hand.", "{count} calls settled by hand.", count=settled))
        describe(out, finished)
        raise typer.Exit(finished.exit_code)


def _settle(
    out: Output,
    job: Job,
    settings: Settings,
    book: SqliteLedger,
    named: dict[str, Resolution],
    workbook: Path | None,
    reason: str,
) -> tuple[int, Finished]:
    from batchreset.job import report_again
    from batchreset.resolving import answers_in, lost_calls, settle_by_hand
    from batchreset.world import World, operator

    world = World()
    lost = lost_calls(job, settings, book, world)
    answers = named
    if workbook is not None:
        answers = {**answers_in(workbook, job, settings), **named}
        reason = reason or workbook.name
    elif not named:
        answers = _asked(out, [one for one in lost if not one.settled])
    settled = settle_by_hand(lost, answers, book, world, operator=operator(), reason=reason)
    return settled, report_again(job, settings, book, world)


def _job_and_workbook(job_or_file: str) -> tuple[str, Path | None]:
    from batchreset.sheet.origin import read_origin

    path = Path(job_or_file)
    if path.suffix.lower() not in (".xlsx", ".xlsm") and not path.is_file():
        return job_or_file, None
    origin = read_origin(path)
    if origin is None:
        raise UsageError(
            "not-a-result",
            msg("{file} is not a results.xlsx of batchreset: it names no job.", file=path.name),
            msg("Name the job (`batchreset jobs`) and the terminals: --arrived SN, --not-arrived SN."),
        )
    return origin.job, path


def _named(arrived: Iterable[str], not_arrived: Iterable[str]) -> dict[str, Resolution]:
    answers = dict.fromkeys(arrived, Resolution.ARRIVED)
    for sn in not_arrived:
        if sn in answers:
            raise UsageError(
                "answer-twice",
                msg("{sn} is named both as arrived and as not arrived.", sn=sn),
                msg("Name it once."),
            )
        answers[sn] = Resolution.NOT_ARRIVED
    return answers


def _asked(out: Output, lost: Sequence[Lost]) -> dict[str, Resolution]:
    """Go through them at a terminal; what is skipped stays unknown."""
    if not lost:
        out.say(msg("No call of this job waits to be settled."))
        return {}
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "nothing-said",
            counted(
                "Nothing was said of the {count} call whose answer was lost.",
                "Nothing was said of the {count} calls whose answer was lost.",
                count=len(lost),
            ),
            msg("Name terminals with --arrived SN or --not-arrived SN, or give an edited todo.xlsx."),
        )
    answers: dict[str, Resolution] = {}
    keys = {"a": Resolution.ARRIVED, "n": Resolution.NOT_ARRIVED}
    for place, one in enumerate(lost, start=1):
        out.say(
            msg(
                "{place} of {count}: {sn}, called {at} by job {job}, request id {id}",
                place=Count(place),
                count=Count(len(lost)),
                sn=one.sn,
                at=one.attempt.opened_at,
                job=one.attempt.job,
                id=one.attempt.id,
            )
        )
        answer = ""
        while answer not in ("a", "n", "s", "q"):
            answer = (
                out.ask(msg("Did the code arrive? a: arrived, n: not arrived, s: skip, q: quit  ")) or "q"
            )
        if answer == "q":
            break
        if answer in keys:
            answers[one.sn] = keys[answer]
    return answers
