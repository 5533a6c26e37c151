"""How a plan and a checked sheet look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from batchreset.cli.output import Output
from batchreset.model import FOR_A_PERSON, Status, sn_key
from batchreset.report.ready import open_mark, owner_of
from batchreset.rows import Problem, Row, Table
from batchreset.text import Count, Message, amounts, counted, msg

if TYPE_CHECKING:
    from batchreset.clock import ServiceClock
    from batchreset.plan.build import Plan
    from batchreset.plan.preflight import Inspected
    from batchreset.prepare import Prepared
    from batchreset.settings import Settings

SKEW_SHOWN_S: Final = 300.0
"""A clock that is off by less needs no mention."""
CELLS_SHOWN: Final = 5
"""Cells named for one kind of mistake; the rest is counted."""


def show_clock(out: Output, clock: ServiceClock) -> None:
    """Say so where this machine's clock is wrong: plan and run go by the service's."""
    skew_s = clock.skew_s
    if skew_s is None or abs(skew_s) < SKEW_SHOWN_S:
        return
    off = timedelta(seconds=abs(skew_s))
    ahead = msg("Clock     this machine's is {off} ahead of the service's, whose time is used", off=off)
    behind = msg("Clock     this machine's is {off} behind the service's, whose time is used", off=off)
    out.say(ahead if skew_s > 0 else behind)


def show_plan(out: Output, prepared: Prepared) -> None:
    """What a run would do now, on stderr: stdout stays free for the result."""
    plan, settings = prepared.plan, prepared.settings
    show_table(out, prepared.table)
    out.say(
        msg("Rows      {rows}: {counts}", rows=Count(len(plan.rows)), counts=plan_words(out, plan.counts()))
    )
    if plan.left_out:
        out.say(msg("          {rows} of them left out by --only-first", rows=Count(plan.left_out)))
    _show_left(out, plan)
    out.say(_sending(plan, settings))
    where = msg("the built-in simulator (rehearsal)") if prepared.job.simulated else settings.endpoint
    out.say(msg("To        {endpoint}", endpoint=where))
    if prepared.job.endpoint != settings.endpoint:
        out.say(msg("          but the job was made for {endpoint}", endpoint=prepared.job.endpoint))
    if prepared.inspected is not None:
        _show_preflight(out, prepared.inspected)
    for surprise in prepared.surprises:
        out.say(msg("Surprise  {message}", message=surprise.message))
    done = {p.row.number for p in plan.rows if p.verdict.status is not Status.INVALID}
    show_findings(out, [replace(r, problems=()) if r.number in done else r for r in prepared.table.rows])


def _show_left(out: Output, plan: Plan) -> None:
    """What waits until when, and what no run sends before a person has seen to it."""
    times = plan.due_times()
    if times and times[0] == times[-1]:
        out.say(msg("Waiting   {rows}, until {at}", rows=amounts.rows(len(times)), at=times[0]))
    elif times:
        first, last = times[0], times[-1]
        rows = amounts.rows(len(times))
        out.say(msg("Waiting   {rows}, from {first} to {last}", rows=rows, first=first, last=last))
    counts = plan.counts()
    by_hand = {status: counts[status] for status in FOR_A_PERSON if counts[status]}
    if by_hand:
        rows = amounts.rows(sum(by_hand.values()))
        out.say(msg("By hand   {rows}: {counts}", rows=rows, counts=out.words(by_hand)))


def _show_preflight(out: Output, inspected: Inspected) -> None:
    """What the preflight found beyond unfit terminals; contacts that were filled in, row by row."""
    unfit = len(inspected.kept.unfit)
    out.say(
        counted(
            "Preflight {unfit} terminal can't be reset as it is",
            "Preflight {unfit} terminals can't be reset as they are",
            unfit=unfit,
        )
    )
    if inspected.fillable and not inspected.filled:
        out.say(
            counted(
                "          {rows} row has no contact, but a registered one: --fill-contacts uses it",
                "          {rows} rows have no contact, but a registered one: --fill-contacts uses it",
                rows=inspected.fillable,
            )
        )
    for heading, lines in (
        (msg("Filled in from the registered contacts"), [_line([one]) for one in inspected.filled]),
        (msg("Another contact than the registered one"), grouped(inspected.differing)),
    ):
        if lines:
            out.say(msg("{heading}:", heading=heading))
            for line in lines:
                out.say(line)


def preflight_object(out: Output, inspected: Inspected) -> dict[str, object]:
    """A preflight as it stands in a plan's JSON."""

    def told(problems: Iterable[Problem]) -> list[dict[str, str]]:
        return [{"cell": p.cell, "kind": p.kind, "message": out.text(p.message)} for p in problems]

    return {
        "preflight": {
            "unfit": [
                {"row": row.number, "sn": row.sn, "kind": kind}
                for row in inspected.table.rows
                if row.sn and (kind := inspected.kept.unfit.get(sn_key(row.sn)))
            ],
            "filled": told(inspected.filled),
            "differing": told(inspected.differing),
            "fillable": inspected.fillable,
        }
    }


def _sending(plan: Plan, settings: Settings) -> Message:
    takes = plan.takes(settings.rate)
    resets = amounts.resets(len(plan.to_send))
    if takes is None:
        return msg(
            "Send      {resets} without pacing, {concurrency} at a time",
            resets=resets,
            concurrency=Count(settings.concurrency),
        )
    return msg(
        "Send      {resets} at {rate} a second, {concurrency} at a time; about {time}",
        resets=resets,
        rate=settings.rate,
        concurrency=Count(settings.concurrency),
        time=timedelta(seconds=round(takes.total_seconds())),
    )


def plan_words(out: Output, counts: Mapping[Status, int]) -> str:
    """A plan's counts in words: what a report calls `not_sent` is here still to be sent."""
    to_send = counts[Status.NOT_SENT]
    rest: dict[Status, int] = {
        status: rows for status, rows in counts.items() if status is not Status.NOT_SENT and rows
    }
    send = out.text(msg("{rows} to send", rows=Count(to_send)))
    return out.listed([send, out.words(rest)]) if rest else send


def show_table(out: Output, table: Table) -> None:
    """Which sheet was read, and which column holds what."""
    out.say(
        msg("Sheet     {sheet} in {file}, header in row {row}",
            sheet=table.sheet, file=table.path.name, row=table.header_row)
    )  # fmt: skip
    out.say(msg("Columns   {columns}", columns=out.listed(_columns(table))))
    mark = open_mark(table.path)
    if mark is not None:
        out.say(msg("Open      by {who}: what is not saved yet is not read", who=owner_of(mark)))
    for note in table.notes:
        out.say(note)
    if table.ignored:
        rows = out.listed(str(row) for row in table.ignored)
        out.say(
            counted(
                "Ignored   row {rows}: a total, a signature or the header again",
                "Ignored   rows {rows}: totals, signatures or the header again",
                number=len(table.ignored),
                rows=rows,
            )
        )


def _columns(table: Table) -> Iterable[str]:
    named = table.columns.by_field().items()
    return [f"{name} = {column.letter} “{column.header}”" for name, column in named if column]


def show_findings(out: Output, rows: Iterable[Row]) -> None:
    """Mistakes and mends, equal ones as one line."""
    rows = sorted(rows, key=lambda row: row.number)
    for heading, found in (
        (msg("Can't be used"), [p for row in rows for p in row.problems]),
        (msg("Mended, or worth a look"), [p for row in rows for p in row.notes]),
    ):
        if found:
            out.say(msg("{heading}:", heading=heading))
            for line in grouped(found):
                out.say(line)


def grouped(problems: Iterable[Problem]) -> list[Message]:
    """A line for each kind of finding: where, what, and what to do.

    Findings of one kind that say different things get a line each while they are few, else the first
    of them speaks for all as an example.
    """
    kinds: dict[str, dict[Message, list[Problem]]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, {}).setdefault(problem.message, []).append(problem)
    lines: list[Message] = []
    for by_message in kinds.values():
        if len(by_message) <= CELLS_SHOWN:
            lines += [_line(found) for found in by_message.values()]
        else:
            lines.append(_line([problem for found in by_message.values() for problem in found], alike=False))
    return lines


def _line(found: list[Problem], *, alike: bool = True) -> Message:
    first, more = found[0], len(found) - CELLS_SHOWN
    cells: Message | tuple[str, ...] = tuple(problem.cell for problem in found[:CELLS_SHOWN])
    if more > 0:
        cells = msg("{cells} and {more} more", cells=cells, more=Count(more))
    if alike:
        return msg("  {cells}: {message} {mend}", cells=cells, message=first.message, mend=first.mend)
    return msg("  {cells}, e.g.: {message} {mend}", cells=cells, message=first.message, mend=first.mend)
