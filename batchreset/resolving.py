"""Settling by hand what the machine can't: calls whose answer was lost (CONTRACT.md, `resolve`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from batchreset.errors import UsageError
from batchreset.ledger.port import Resolved
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, AttemptState, Job, Resolution, sn_key
from batchreset.prepare import Order, as_read_before, input_of, read_sheet, runs_of
from batchreset.report.answers import read_answers, said
from batchreset.settings import Settings
from batchreset.text.messages import msg
from batchreset.world import World


@dataclass(frozen=True, slots=True)
class Lost:
    """A terminal whose last call, or the job's own last one to it, got no answer; and what was said of it."""

    sn: str
    attempt: Attempt

    @property
    def settled(self) -> bool:
        return self.attempt.resolved in (Resolution.ARRIVED, Resolution.NOT_ARRIVED)


def lost_calls(job: Job, settings: Settings, ledger: SqliteLedger, world: World) -> list[Lost]:
    """The terminals of a job's sheet, and those it has sent to, whose last call got no answer.

    In the sheet's order; also where that call was another job's, or where only the job's own was lost.

    Raises:
        SheetError: the job's sheet can't be read.
    """
    ledger.recover(world.now())
    order, reading = as_read_before(Order(), settings, job)
    table = read_sheet(input_of(job, runs_of(job, ledger)), order, reading)
    history = ledger.history((row.sn for row in table.rows if row.sn), of_job=job.id)
    in_order = dict.fromkeys([*(sn_key(row.sn) for row in table.rows if row.sn), *history])
    lost = (_lost(history.get(key, ()), job.id) for key in in_order)
    return [one for one in lost if one is not None]


def _lost(history: Sequence[Attempt], job: str) -> Lost | None:
    """What blocks a terminal for the job: the last call of all, or its own last, without an answer."""
    telling = [attempt for attempt in history if attempt.state is not AttemptState.UNPROCESSED]
    own = [attempt for attempt in telling if attempt.job == job]
    last = [*telling[-1:], *own[-1:]]
    lost = [Lost(attempt.sn, attempt) for attempt in last if attempt.state is AttemptState.UNKNOWN]
    return next((one for one in lost if not one.settled), lost[0] if lost else None)


def answers_in(workbook: Path, job: Job, settings: Settings) -> dict[str, Resolution]:
    """What was written into the `Result` cells of a job's `todo.xlsx` or `results.xlsx`, by SN.

    Raises:
        SheetError: it can't be read.
        UsageError: a cell holds something else than a status or an answer.
    """
    order, reading = as_read_before(Order(), settings, job)
    table = read_sheet(workbook, replace(order, sheet=None, header_row=None), reading)
    return said(read_answers(workbook, table))


def settle_by_hand(
    lost: list[Lost],
    answers: Mapping[str, Resolution],
    ledger: SqliteLedger,
    world: World,
    *,
    operator: str,
    reason: str,
) -> int:
    """Keep what a person said of lost calls, by SN; how many that settled.

    Raises:
        UsageError: an SN is named whose last call is not one with a lost answer. Nothing is kept then.
    """
    by_key = {sn_key(one.sn): one.attempt for one in lost}
    for sn in answers:
        if sn_key(sn) not in by_key:
            raise UsageError(
                "not-unknown",
                msg("The last call to {sn} is not one whose answer was lost.", sn=sn),
                msg("See what became of it with `batchreset history {sn}`.", sn=sn),
            )
    at = world.now()
    chosen = [(by_key[sn_key(sn)], resolution) for sn, resolution in answers.items()]
    new = [
        Resolved(attempt.id, resolution, at, operator, reason)
        for attempt, resolution in chosen
        if attempt.resolved is not resolution
    ]
    return sum(ledger.resolve(new))
