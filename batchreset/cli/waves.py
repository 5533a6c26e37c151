"""`--canary` and `--wave-by`: a job sent in parts, each a run of its own with a question or a pause after it.

After the first part a person looks whether the codes came before the rest goes: that is what these
options are for, so `--yes`, which confirms the plan, does not answer that question. Where nobody can be
asked the job stops there with exit code 4 and says how to go on; `--wave-pause` is for who wants waves
without a person.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from batchreset.cli.flags import Flags
from batchreset.cli.output import Output
from batchreset.errors import INTERRUPTED, BatchresetError, NotConfirmedError, UsageError
from batchreset.model import sn_key
from batchreset.text import Count, Message, amounts, counted, msg

if TYPE_CHECKING:
    from batchreset.job import Finished
    from batchreset.plan.build import Plan, PlannedRow
    from batchreset.plan.waves import Parts
    from batchreset.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Steps:
    """What was asked for; `pause_s` goes on by itself after so many seconds."""

    canary: int | None = None
    by: str | None = None
    pause_s: float | None = None

    def __bool__(self) -> bool:
        return self.canary is not None or self.by is not None


NO_STEPS: Final = Steps()
PART_DONE: Final = "part-done"
"""The code of the error that keeps the rest from going because nobody said yes."""


def steps_of(flags: Flags) -> Steps:
    """The parts asked for.

    Raises:
        UsageError: options that make no sense together.
    """
    wrong = (
        (flags.canary is not None and flags.wave_by is not None)
        or (flags.wave_pause is not None and flags.wave_by is None)
        or (flags.only_first is not None and (flags.canary is not None or flags.wave_by is not None))
    )
    if wrong:
        raise UsageError(
            "wave-options",
            msg("--canary, --wave-by and --only-first exclude each other; --wave-pause needs --wave-by."),
            msg("Leave one of them out."),
        )
    return Steps(flags.canary, flags.wave_by, flags.wave_pause)


def parts_of(steps: Steps, prepared: Prepared) -> Parts:
    """How a job's plan is divided.

    Raises:
        UsageError: the sheet has no such column.
    """
    from batchreset.labels import labels_of
    from batchreset.plan.waves import Parts

    return Parts(steps.canary, None if steps.by is None else labels_of(prepared.table, steps.by))


def show_parts(out: Output, steps: Steps, parts: Parts, plan: Plan) -> None:
    """How the plan is divided, before it is confirmed."""
    from batchreset.plan.waves import next_part

    first = next_part(plan, parts, ())
    if not steps or len(first) == len(plan.to_send):
        return
    if steps.by is None:
        rows = amounts.rows(len(first))
        out.say(msg("Canary    {rows} at first, then a question before the rest", rows=rows))
        return
    waves = {_named(parts.of(planned)) for planned in plan.to_send}
    out.say(
        msg(
            "Waves     {count} by {column}, {label} with {rows} first",
            count=Count(len(waves)),
            column=steps.by,
            label=_named(parts.of(first[0])),
            rows=amounts.rows(len(first)),
        )
    )


def in_parts(
    out: Output,
    prepared: Prepared,
    steps: Steps,
    parts: Parts,
    run: Callable[[Prepared], Finished],
    plan_again: Callable[[Prepared], Prepared],
) -> Finished:
    """Send part after part; what the last of them came to, with the error that keeps the rest from going.

    Raises:
        BatchresetError: as `run`, of the first part: nothing was sent.
    """
    from batchreset.plan.waves import left_of, next_part

    gone: set[str] = set()

    def send_part(part: Sequence[PlannedRow]) -> Finished:
        if steps.by is not None:
            label, rows = _named(parts.of(part[0])), amounts.rows(len(part))
            out.say(msg("Wave      {label}: {rows}", label=label, rows=rows))
        gone.update(sn_key(planned.row.sn) for planned in part)
        return run(replace(prepared, plan=prepared.plan.only(part)))

    finished = send_part(next_part(prepared.plan, parts, gone))
    while finished.exit_code <= 1:
        try:
            prepared = plan_again(prepared)
            parts = parts_of(steps, prepared)  # the sheet's, as it is now
            part = next_part(prepared.plan, parts, gone)
            if not part:
                break
            out.say(msg("So far    {counts}", counts=out.words(finished.report.counts)))
            if finished.files is not None:
                out.say(msg("See       {path}", path=finished.files.results))
            if not _goes_on(out, steps, len(part), _named(parts.of(part[0]))):
                raise _part_done(len(left_of(prepared.plan, gone)), _how_to_go_on(steps, prepared.job.id))
            finished = send_part(part)
        except BatchresetError as error:  # what was sent is told with it
            return replace(finished, exit_code=error.exit_code, error=error)
        except KeyboardInterrupt:
            paused = _paused(_how_to_go_on(steps, prepared.job.id))
            return replace(finished, exit_code=paused.exit_code, error=paused)
    return finished


def _named(label: str) -> str:
    return label or "–"


def _goes_on(out: Output, steps: Steps, rows: int, label: str) -> bool:
    """Whether the next part goes: after a pause, or when a person says so."""
    if steps.pause_s is not None:
        out.say(msg("Next      {label}, in {pause}", label=label, pause=timedelta(seconds=steps.pause_s)))
        time.sleep(steps.pause_s)
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    question = counted(
        "Send the next reset? Type yes: ", "Send the next {rows} resets? Type yes: ", rows=rows
    )
    if steps.by is not None:
        question = msg("Send {label}, {resets}? Type yes: ", label=label, resets=amounts.resets(rows))
    return out.ask(question).casefold() == "yes"


def _how_to_go_on(steps: Steps, job: str) -> Message:
    if steps.by is not None:
        return msg('To go on: batchreset rerun {job} --wave-by "{column}"', job=job, column=steps.by)
    return msg("To send it: batchreset rerun {job}", job=job)


class _PausedError(NotConfirmedError):
    exit_code = INTERRUPTED


def _paused(again: Message) -> _PausedError:
    return _PausedError("interrupted", msg("It was interrupted."), again)


def _part_done(rows: int, again: Message) -> NotConfirmedError:
    return NotConfirmedError(
        PART_DONE,
        counted(
            "The first part is sent, {rows} row that may be sent is not: nobody said yes.",
            "The first part is sent, {rows} rows that may be sent are not: nobody said yes.",
            rows=rows,
        ),
        again,
    )
