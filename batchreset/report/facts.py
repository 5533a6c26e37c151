"""What a report says, worked out from the sheet and the ledger alone: pure.

The dispatcher's memory plays no part, so the report is the same after a finished, a stopped and a
killed run, and can be made again at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from batchreset.ledger.port import Resolved, Run
from batchreset.model import DONE, Attempt, Job, Rules, Wishes, sn_key
from batchreset.plan.build import Digest, History
from batchreset.plan.terminal import Asking, judge_row
from batchreset.report.changes import changes
from batchreset.report.explain import Ending, explain
from batchreset.reported import Changes, JobReport, RowResult, count_statuses
from batchreset.rows import Row, Table
from batchreset.service.codes import CodeTable


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a report rests on besides the sheet.

    `history` is of every terminal that this job or its sheet names, `runs` are the job's, oldest first,
    `said` is what persons said of attempts of `history`, oldest first. `rate` is in calls a second.
    """

    job: Job
    history: History
    ending: Ending
    runs: Sequence[Run]
    rules: Rules
    codes: CodeTable
    digest: Digest
    settings: Mapping[str, str]
    rate: float = 0
    said: Sequence[Resolved] = ()


def make_report(table: Table, grounds: Grounds, now: datetime) -> JobReport:
    """The report as of `now`."""
    results = tuple(_result(row, grounds, now) for row in table.rows)
    own = [a for attempts in grounds.history.values() for a in attempts if a.job == grounds.job.id]
    in_sheet = {sn_key(row.sn) for row in table.rows}
    return JobReport(
        job=grounds.job,
        table=table,
        results=results,
        made_at=now,
        counts=count_statuses(results),
        attempts=len(own),
        started_at=min((a.opened_at for a in own), default=None),
        ended_at=max((a.settled_at for a in own if a.settled_at), default=None),
        sending_s=_sending_s(own),
        runs=len(grounds.runs),
        stop=grounds.ending.stop,
        settings=dict(grounds.settings),
        strays=tuple(sorted({a.sn for a in own if sn_key(a.sn) not in in_sheet})),
        rate=grounds.rate,
        changes=_changes(results, grounds),
    )


def _sending_s(own: Sequence[Attempt]) -> float:
    """Seconds from first attempt to last answer of each run, added up."""
    begun: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    for one in own:
        last = one.settled_at or one.opened_at
        begun[one.run] = min(begun.get(one.run, one.opened_at), one.opened_at)
        ended[one.run] = max(ended.get(one.run, last), last)
    return sum((ended[run] - begun[run]).total_seconds() for run in begun)


def _changes(results: Sequence[RowResult], grounds: Grounds) -> Changes | None:
    def was_done(row: Row, attempts: Sequence[Attempt], at: datetime) -> bool:
        return judge_row(row, attempts, _asking(row, grounds), at, grounds.rules).status in DONE

    return changes(results, grounds.runs, grounds.history, grounds.said, was_done)


def _asking(row: Row, grounds: Grounds) -> Asking:
    wishes = Wishes(again=grounds.ending.again)
    return Asking(grounds.job.id, grounds.digest(row.contact), None, wishes, grounds.job.created_at)


def _result(row: Row, grounds: Grounds, now: datetime) -> RowResult:
    history: Sequence[Attempt] = grounds.history.get(sn_key(row.sn), ()) if row.sn else ()
    asking = _asking(row, grounds)
    verdict = judge_row(row, history, asking, now, grounds.rules)
    own = [] if row.duplicate_of is not None else [a for a in history if a.job == grounds.job.id]
    words = explain(row, verdict, own, grounds.ending, grounds.codes, grounds.rules, asking.contact)
    told = verdict.attempt if not verdict.sendable and verdict.attempt else (own[-1] if own else None)
    return RowResult(
        row=row,
        status=verdict.status,
        reason=words.reason,
        next_step=words.next_step,
        not_before=verdict.not_before,
        attempts=len(own),
        last_attempt_at=told.opened_at if told else None,
        http_status=told.http_status if told else None,
        error_code=told.error_code if told else None,
        request_id=told.id if told else None,
        actor=words.actor,
    )
