"""What `activated` found, in the rows of a report: who need not enter a code any more. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from batchreset.model import Status, sn_key
from batchreset.reported import Activation, JobReport, RowResult
from batchreset.text.messages import Message, joined, msg

_CONFIRMED: Final = frozenset({Status.SUCCEEDED, Status.RECENT})


def with_activation(report: JobReport, activation: Activation | None) -> JobReport:
    """The report with what was found, as the next step of every row whose reset is confirmed.

    A row that was called after the service was asked is left as it is: its terminal has a new code since.
    """
    if activation is None:
        return report
    results = tuple(_told(result, activation) for result in report.results)
    return replace(report, results=results, activation=activation)


def _told(result: RowResult, activation: Activation) -> RowResult:
    key = sn_key(result.row.sn)
    called_since = result.last_attempt_at is not None and result.last_attempt_at > activation.asked_at
    if result.status not in _CONFIRMED or key not in activation.told or called_since:
        return result
    return replace(result, next_step=_next_step(result.next_step, key, activation))


def _next_step(before: Message, key: str, activation: Activation) -> Message:
    at = activation.asked_at
    if key not in activation.alive:
        return joined([msg("Not alive yet on {at}.", at=at), before])
    if activation.since is None:
        return msg("Nothing: the terminal was alive on {at}.", at=at)
    if key in activation.since:
        return msg("Nothing: the terminal has come alive since the reset, by {at}.", at=at)
    # a reset need not sign out who was signed in (facts.md §13.4): that it is alive proves nothing
    return joined([msg("Alive on {at}, but so it was before the reset.", at=at), before])
