"""How a plan and a checked sheet look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from batchreset.cli.output import Output
from batchreset.model import Column, Problem, Row, Status, Table
from batchreset.text import Message, msg

if TYPE_CHECKING:
    from batchreset.job import Prepared

CELLS_SHOWN: Final = 5
"""Cells named for one kind of mistake; the rest is counted."""


def show_plan(out: Output, prepared: Prepared) -> None:
    """What a run would do now, on stderr: stdout stays free for the result."""
    plan, settings = prepared.plan, prepared.settings
    show_table(out, prepared.table)
    out.say(msg("Rows      {rows}: {counts}", rows=len(plan.rows), counts=plan_words(out, plan.counts())))
    if plan.left_out:
        out.say(msg("          {rows} of them left out by --only-first", rows=plan.left_out))
    due = plan.next_due()
    if due is not None:
        out.say(msg("Waiting   the first may be sent at {at}", at=due))
    takes = plan.takes(settings.rate)
    out.say(
        msg(
            "Send      {rows} resets at {rate} a second, {concurrency} at a time; about {seconds} s",
            rows=len(plan.to_send),
            rate=f"{settings.rate:g}",
            concurrency=settings.concurrency,
            seconds="?" if takes is None else round(takes.total_seconds()),
        )
    )
    where = msg("the built-in simulator (rehearsal)") if prepared.job.simulated else settings.endpoint
    out.say(msg("To        {endpoint}", endpoint=where))
    show_findings(out, prepared.table.rows)


def plan_words(out: Output, counts: Mapping[Status, int]) -> str:
    """A plan's counts in words: what a report calls `not_sent` is here still to be sent."""
    to_send = counts[Status.NOT_SENT]
    rest: dict[Status, int] = {
        status: rows for status, rows in counts.items() if status is not Status.NOT_SENT and rows
    }
    send = out.text(msg("{rows} to send", rows=to_send))
    return out.listed([send, out.words(rest)]) if rest else send


def show_table(out: Output, table: Table) -> None:
    """Which sheet was read, and which column holds what."""
    out.say(
        msg("Sheet     {sheet} in {file}, header in row {row}",
            sheet=table.sheet, file=table.path.name, row=table.header_row)
    )  # fmt: skip
    out.say(msg("Columns   {columns}", columns=out.listed(_columns(table))))
    for note in table.notes:
        out.say(note)
    if table.ignored:
        rows = out.listed(str(row) for row in table.ignored)
        out.say(msg("Ignored   rows {rows}: blank or totals", rows=rows))


def _columns(table: Table) -> Iterable[str]:
    columns = table.columns
    named: Mapping[str, Column | None] = {
        "sn": columns.sn,
        "mobile": columns.mobile,
        "country": columns.country,
        "email": columns.email,
    }
    return [f"{name} = {column.letter} “{column.header}”" for name, column in named.items() if column]


def show_findings(out: Output, rows: Iterable[Row]) -> None:
    """Mistakes and mends, equal ones as one line."""
    rows = list(rows)
    for heading, found in (
        (msg("Can't be used"), [p for row in rows for p in row.problems]),
        (msg("Mended"), [p for row in rows for p in row.notes]),
    ):
        if found:
            out.say(msg("{heading}:", heading=heading))
            for line in grouped(found):
                out.say(line)


def grouped(problems: Iterable[Problem]) -> list[Message]:
    """One line for each kind of finding: where, what, and what to do."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    return [_line(found) for found in kinds.values()]


def _line(found: list[Problem]) -> Message:
    cells = ", ".join(problem.cell for problem in found[:CELLS_SHOWN])
    first = found[0]
    if len(found) > CELLS_SHOWN:
        return msg(
            "  {cells} and {more} more: {message} {mend}",
            cells=cells,
            more=len(found) - CELLS_SHOWN,
            message=first.message,
            mend=first.mend,
        )
    return msg("  {cells}: {message} {mend}", cells=cells, message=first.message, mend=first.mend)
