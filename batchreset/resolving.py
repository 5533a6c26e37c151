"""Settling by hand what the machine can't: calls whose answer was lost (CONTRACT.md, `resolve`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from batchreset.errors import UsageError
from batchreset.ledger.port import Resolved
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Attempt, AttemptState, Job, Resolution, sn_key
from batchreset.prepare import Order, input_of, runs_of
from batchreset.reading import as_read_before, read_sheet
from batchreset.report.answers import read_answers, said
from batchreset.settings import Settings
from batchreset.text.messages import msg
from batchreset.world import World


@dataclass(frozen=True, slots=True)
class Lost:
    """A terminal whose last call got no answer, and what was said of that call already."""

    sn: str
    attempt: Attempt

    @property
    def settled(self) -> bool:
        return self.attempt.resolved in (Resolution.ARRIVED, Resolution.NOT_ARRIVED)


def lost_calls(job: Job, settings: Settings, ledger: SqliteLedger, world: World) -> list[Lost]:
    """The terminals of a job's sheet, and those it has sent to, whose last call got no answer.

    In the sheet's order; also where that call was another job's.

    Raises:
        SheetError: the job's sheet can't be read.
    """
    ledger.recover(world.now())
    order, settings = as_read_before(Order(), settings, job)
    table = read_sheet(input_of(job, runs_of(job, ledger)), order, settings)
    history = ledger.history((row.sn for row in table.rows if row.sn), of_job=job.id)
    in_order = dict.fromkeys([*(sn_key(row.sn) for row in table.rows if row.sn), *history])
    lost = (_lost(history.get(key, ())) for key in in_order)
    return [one for one in lost if one is not None]


def _lost(history: tuple[Attempt, ...]) -> Lost | None:
    telling = [attempt for attempt in history if attempt.state is not AttemptState.UNPROCESSED]
    if not telling or telling[-1].state is not AttemptState.UNKNOWN:
        return None
    return Lost(telling[-1].sn, telling[-1])


def answers_in(workbook: Path, job: Job, settings: Settings) -> dict[str, Resolution]:
    """What was written into the `Result` cells of a job's `todo.xlsx` or `results.xlsx`, by SN.

    Raises:
        SheetError: it can't be read.
        UsageError: a cell holds something else than a status or an answer.
    """
    order, settings = as_read_before(Order(), settings, job)
    table = read_sheet(workbook, replace(order, sheet=None), settings)
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
