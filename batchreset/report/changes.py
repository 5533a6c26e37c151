"""What a job's last run changed, worked out from the ledger's attempts and runs alone: pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Final

from batchreset.ledger.port import Resolved, Run
from batchreset.model import DONE, Attempt, AttemptState, Resolution, sn_key
from batchreset.plan.build import History
from batchreset.reported import Changes, RowResult, Stuck
from batchreset.rows import Row

SETTLED_BY_A_PERSON: Final = frozenset({Resolution.ARRIVED, Resolution.NOT_ARRIVED})


def changes(
    results: Sequence[RowResult],
    runs: Sequence[Run],
    history: History,
    said: Sequence[Resolved],
    was_done: Callable[[Row, Sequence[Attempt], datetime], bool],
) -> Changes | None:
    """What has become of the rows since the run before the last one; None where there is no such run.

    `runs` are the job's, oldest first. `was_done` judges a row by the attempts of its terminal as they
    stood at an instant; `said` is what persons said of attempts, which is undone for that.
    """
    if len(runs) < 2:
        return None
    before = runs[-2].ended_at or runs[-1].started_at
    words = {one.attempt: one.resolution for one in said if one.at <= before}
    then = {key: as_of(attempts, before, words) for key, attempts in history.items()}
    open_then = [
        result
        for result in results
        if not was_done(result.row, then.get(sn_key(result.row.sn), ()) if result.row.sn else (), before)
    ]
    stuck = (_stuck(result, history, runs) for result in open_then if result.status not in DONE)
    return Changes(
        before=before,
        newly_done=tuple(result for result in open_then if result.status in DONE),
        stuck=tuple(sorted(stuck, key=lambda one: (one.since, one.result.row.number))),
    )


def as_of(attempts: Sequence[Attempt], at: datetime, words: Mapping[str, Resolution]) -> tuple[Attempt, ...]:
    """The attempts as they stood at an instant: later ones gone, later answers and words not there yet.

    `words` are what persons had said by then, by the attempt's id.
    """
    return tuple(_as_of(one, at, words) for one in attempts if one.opened_at <= at)


def _as_of(attempt: Attempt, at: datetime, words: Mapping[str, Resolution]) -> Attempt:
    if attempt.settled_at is None or attempt.settled_at > at:
        return replace(attempt, state=AttemptState.OPEN, settled_at=None, not_before=None, resolved=None)
    if attempt.resolved in SETTLED_BY_A_PERSON:
        return replace(attempt, resolved=words.get(attempt.id))
    return attempt


def _stuck(result: RowResult, history: History, runs: Sequence[Run]) -> Stuck:
    own = {run.id for run in runs}
    attempts = history.get(sn_key(result.row.sn), ()) if result.row.sn else ()
    sent = [] if result.row.duplicate_of is not None else [one for one in attempts if one.run in own]
    alike = list(takewhile(lambda one: _outcome(one) == _outcome(sent[-1]), reversed(sent)))
    if len(alike) == len(sent) and all(one.state is AttemptState.UNPROCESSED for one in sent):
        return Stuck(result, runs[0].started_at)
    return Stuck(result, alike[-1].opened_at)


def _outcome(attempt: Attempt) -> tuple[object, ...]:
    return (attempt.state, attempt.http_status, attempt.error_code)
