"""`batchreset activated JOB`: which of a job's terminals have come alive since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import as_job_left_it, find_job, opened
from batchreset.cli.output import Output, command, table
from batchreset.cli.setup import Login, gathered
from batchreset.errors import UsageError
from batchreset.model import sn_key
from batchreset.text import Message, amounts, counted, msg

if TYPE_CHECKING:
    from batchreset.reported import Activation, RowResult


@takes_flags("ledger", "endpoint", "lang", "logout")
def activated(job: o.JobId, as_json: o.Json = False, *, flags: Flags) -> None:
    """Exit 0 when every terminal is alive, 1 when some are not, or nobody can tell."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset import job as recipe
        from batchreset.world import World

        settings = gathered(flags)
        path, known = find_job(job, settings)
        if known.simulated:
            raise UsageError(
                "job-is-rehearsal",
                msg("The job {job} was a rehearsal: its simulator is gone.", job=known.id),
                msg("Ask for a job that was sent to a service."),
            )
        settings = as_job_left_it(settings, known)
        out.speak(settings.lang)
        with Login() as login, opened(path, settings) as book:
            finished, found = recipe.activated(known, settings, book, login(settings), World())
        rows = [row for row in finished.report.results if row.row.sn and row.row.duplicate_of is None]
        code = 0 if all(sn_key(one.row.sn) in found.alive for one in rows) else 1
        if as_json:
            out.object({"job": known.id, **_object(rows, found), "exit_code": code})
        else:
            _show(out, rows, found)
        if finished.error is not None:
            out.failed(finished.error)
        raise typer.Exit(code)


def _object(rows: list[RowResult], found: Activation) -> dict[str, object]:
    return {
        "asked_at": found.asked_at.isoformat(),
        "alive": sum(_alive(one, found) is True for one in rows),
        "terminals": [
            {
                "row": one.row.number,
                "sn": one.row.sn,
                "result": str(one.status),
                "alive": _alive(one, found),
                "since": None if found.since is None else sn_key(one.row.sn) in found.since,
            }
            for one in rows
        ],
    }


def _alive(one: RowResult, found: Activation) -> bool | None:
    """None where the service did not tell."""
    key = sn_key(one.row.sn)
    return key in found.alive if key in found.told else None


def _show(out: Output, rows: list[RowResult], found: Activation) -> None:
    from batchreset.report.columns import STATUS_WORDS

    t = out.text
    shown = table(t(msg("Row")), t(msg("SN")), t(msg("Result")), t(msg("Alive")))
    for one in rows:
        words = t(STATUS_WORDS[one.status])
        shown.add_row(str(one.row.number), one.row.sn, words, t(_words(one, found)))
    out.show(shown)
    alive = sum(_alive(one, found) is True for one in rows)
    out.tell(
        counted(
            "{alive} of {terminals} is alive.",
            "{alive} of {terminals} are alive.",
            alive=alive,
            terminals=amounts.terminals(len(rows)),
        )
    )
    if found.since is None:
        out.say(msg("Which of them were alive before is not known: the job had no preflight."))


def _words(one: RowResult, found: Activation) -> Message:
    alive = _alive(one, found)
    if alive is None:
        return msg("not known")
    if not alive:
        return msg("no")
    return msg("yes, since the reset") if found.since and sn_key(one.row.sn) in found.since else msg("yes")
