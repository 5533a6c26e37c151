"""What the ledger knows: `jobs` and `history`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.ledgers import ledger_path, opened
from batchreset.cli.output import Output, command, table
from batchreset.cli.setup import settings_of
from batchreset.model import Resolution
from batchreset.text import Count, Message, amounts, local_time, msg

if TYPE_CHECKING:
    from batchreset.ledger.port import Resolved, Run
    from batchreset.model import Attempt, Job, Status


@takes_flags("ledger", "simulate", "lang")
def jobs(as_json: o.Json = False, *, flags: Flags) -> None:
    """Every job the ledger knows, with the counts its last run left."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.world import World

        settings = settings_of(flags)
        out.speak(settings.lang)
        with opened(ledger_path(settings), settings) as book:
            book.recover(World().now())
            known = book.jobs()
            so_far = {job.id: book.states_of(job.id) for job, runs in known if _counts(runs) is None}
        if as_json:
            objects = [_job_object(job, runs, so_far.get(job.id)) for job, runs in known]
            out.object({"jobs": objects, "exit_code": 0})
            return
        if not known:
            out.say(msg("The ledger {path} knows no job yet.", path=book.path))
            if not book.simulated:
                out.say(msg("Rehearsals keep a ledger of their own: add --simulate."))
            return
        t = out.text
        shown = table(t(msg("Job")), t(msg("Begun")), t(msg("Sheet")), t(msg("Runs")), t(msg("Last run")))
        shown.columns[0].no_wrap = True  # a job's id is there to be copied
        for job, runs in known:
            counts = _counts(runs)
            last = out.words(counts) if counts else _unended(out, so_far[job.id])
            shown.add_row(job.id, local_time(job.created_at), job.input_path.name, t.number(len(runs)), last)
        out.show(shown)


def _counts(runs: Sequence[Run]) -> dict[Status, int] | None:
    """The rows by status when the last run ended; None where it did not (or not yet)."""
    return runs[-1].counts if runs else None


def _unended(out: Output, states: Mapping[str, int]) -> str:
    """A job whose last run did not end: what its terminals' last calls came to so far."""
    t = out.text
    if not states:
        return t(msg("did not end"))
    so_far = (t(msg("{rows} {status}", rows=Count(n), status=_STATES[state])) for state, n in states.items())
    return t(msg("did not end; so far {calls}", calls=out.listed(so_far)))


def _job_object(job: Job, runs: Sequence[Run], so_far: Mapping[str, int] | None) -> dict[str, Any]:
    counts = _counts(runs)
    return {
        "job": job.id,
        "created_at": job.created_at.isoformat(),
        "input": str(job.input_path),
        "output": str(job.output_dir),
        "simulated": job.simulated,
        "operator": job.operator,
        "runs": len(runs),
        "counts": None if counts is None else {str(status): rows for status, rows in counts.items()},
        "so_far": so_far,
    }


@takes_flags("ledger", "simulate", "lang")
def history(
    sn: Annotated[str, typer.Argument(metavar="SN", help=o.help_text(msg("The terminal's serial number.")))],
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Every call to a terminal, of every job, and how many it has left."""
    with command(flags.lang, as_json=as_json) as out:
        from batchreset.model import sn_key
        from batchreset.plan.quota import calls_left, free_at
        from batchreset.world import World

        settings = settings_of(flags)
        out.speak(settings.lang)
        now, rules = World().now(), settings.rules()
        with opened(ledger_path(settings), settings) as book:
            book.recover(now)
            attempts = book.history([sn]).get(sn_key(sn), ())
            runs = {run.id: run for _, runs in book.jobs() for run in runs}
            said = book.resolved(attempt.id for attempt in attempts)
        left, free = calls_left(attempts, now, rules), free_at(attempts, now, rules)
        if as_json:
            out.object(
                {
                    "sn": sn,
                    "calls_left": left,
                    "free_at": free.isoformat() if free else None,
                    "attempts": [_attempt_object(a, runs.get(a.run), said) for a in attempts],
                    "exit_code": 0,
                }
            )
            return
        if attempts:
            _show_attempts(out, attempts, runs)
            for one in said:
                out.tell(_said(one))
        else:
            out.tell(msg("No call to {sn} is recorded.", sn=sn))
        out.tell(
            msg(
                "{sn}: {left} of {calls} left",
                sn=sn,
                left=Count(left),
                calls=amounts.calls(rules.quota_calls),
            )
        )
        if free is not None:
            out.tell(msg("The next call may leave at {at}.", at=free))


def _attempt_object(attempt: Attempt, run: Run | None, said: Iterable[Resolved]) -> dict[str, Any]:
    return {
        "request_id": attempt.id,
        "job": attempt.job,
        "operator": run.operator if run else None,
        "host": run.host if run else None,
        "state": str(attempt.state),
        "opened_at": attempt.opened_at.isoformat(),
        "settled_at": attempt.settled_at.isoformat() if attempt.settled_at else None,
        "http_status": attempt.http_status,
        "error_code": attempt.error_code,
        "error_message": attempt.error_message,
        "service_request_id": attempt.service_request_id,
        "resolved": [
            {
                "resolution": str(one.resolution),
                "at": one.at.isoformat(),
                "operator": one.operator,
                "reason": one.reason,
            }
            for one in said
            if one.attempt == attempt.id
        ],
    }


_STATES: Final = {
    "open": msg("open"),
    "succeeded": msg("succeeded"),
    "refused": msg("refused"),
    "unprocessed": msg("unprocessed"),
    "unknown": msg("unknown"),
}


def _show_attempts(out: Output, attempts: Sequence[Attempt], runs: Mapping[str, Run]) -> None:
    t = out.text
    shown = table(
        t(msg("Left at")),
        t(msg("Job")),
        t(msg("Operator")),
        t(msg("Outcome")),
        "HTTP",
        t(msg("Code")),
        t(msg("Request ID")),
        t(msg("The service's own ID")),
        t(msg("What it said")),
    )
    for attempt in attempts:
        run = runs.get(attempt.run)
        shown.add_row(
            local_time(attempt.opened_at),
            attempt.job,
            run.operator if run else "-",
            t(_STATES[attempt.state]),
            str(attempt.http_status or "-"),
            attempt.error_code or "-",
            attempt.id,
            attempt.service_request_id or "-",
            attempt.error_message or "-",
        )
    out.show(shown)


def _said(one: Resolved) -> Message:
    """Who settled a lost answer by hand, when, how and why."""
    sentences = {
        Resolution.ARRIVED: msg("{at} {operator}: the code of {id} arrived. {reason}"),
        Resolution.NOT_ARRIVED: msg("{at} {operator}: no code arrived for {id}. {reason}"),
    }
    told = (("at", one.at), ("operator", one.operator), ("id", one.attempt), ("reason", one.reason))
    return Message(sentences[one.resolution].msgid, told)
