"""Writes the hand-off page: one HTML file that answers "are we done?" first and opens from a mail, offline.

No script, no font, no picture from anywhere; contacts are masked, also inside sentences. It is for
people who did not run the job, so the page says what is left and who must act before how it went.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from batchreset.model import DONE, FOR_A_PERSON, JobReport, RowResult, Status
from batchreset.report.columns import clean, left_open, status_word
from batchreset.report.groups import DONE_FIRST
from batchreset.report.masking import mask_contacts
from batchreset.text import Message, Text, local_time, msg

if TYPE_CHECKING:
    from jinja2 import Template

MAX_ROWS: Final = 2000
"""Rows a table of the page shows; the workbooks have all. A browser takes more, a reader doesn't."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the page shows it, all text."""

    row: int
    sn: str
    contact: tuple[str, ...]
    status: Status
    word: str
    reason: str
    next_step: str
    not_before: str
    last_attempt: str
    error_code: str
    request_id: str


def write_page(report: JobReport, text: Text, target: Path, *, strangers: Sequence[RowResult] = ()) -> None:
    """Write `render` to `target` as UTF-8. Raises OSError when it can't be written."""
    target.write_bytes(render(report, text, strangers=strangers).encode("utf-8", "replace"))


def render(report: JobReport, text: Text, *, strangers: Sequence[RowResult] = ()) -> str:
    """The page. `strangers` are results that could not be placed in the workbook."""
    left = [_line(result, text) for result in left_open(report.results)]
    done = [_line(result, text) for result in report.results if result.status in DONE]

    def t(sentence: str, **params: object) -> str:
        return text(Message(sentence, tuple(params.items())))

    shown = [status for status in DONE_FIRST if report.counts[status]]
    return _template().render(
        t=t,
        lang=text.lang,
        report=report,
        headline=text(headline(report)),
        bar=[(status, status_word(status, text), report.counts[status]) for status in shown],
        left=left[:MAX_ROWS],
        left_out=max(0, len(left) - MAX_ROWS),
        done=done[:MAX_ROWS],
        done_out=max(0, len(done) - MAX_ROWS),
        done_count=len(done),
        strangers=[_line(result, text) for result in strangers[:MAX_ROWS]],
        stop=_stop(report, text),
        times={
            "made": local_time(report.made_at),
            "started": _time(report.started_at),
            "ended": _time(report.ended_at),
        },
        settings=_shown_settings(report.settings),
    )


def headline(report: JobReport) -> Message:
    """The answer in one sentence: how many are done, how many wait until when, who must act."""
    counts, rows = report.counts, len(report.results)
    done = sum(counts[status] for status in DONE)
    if not rows:
        return msg("The sheet has no rows.")
    if done == rows:
        return msg("All done: {done} of {rows}", done=done, rows=rows)
    parts = [msg("{done} of {rows} done", done=done, rows=rows)]
    if counts[Status.WAITING]:
        parts.append(_waiting(report))
    if counts[Status.NOT_SENT]:
        parts.append(msg("{count} still to send", count=counts[Status.NOT_SENT]))
    person = sum(counts[status] for status in FOR_A_PERSON)
    if person:
        parts.append(msg("{count} for a person to look at", count=person))
    return functools.reduce(lambda before, after: msg("{before}; {after}", before=before, after=after), parts)


def _waiting(report: JobReport) -> Message:
    count = report.counts[Status.WAITING]
    times = {
        _clock(result.not_before, report.made_at)
        for result in report.results
        if result.status is Status.WAITING and result.not_before
    }
    if not times:
        return msg("{count} waiting", count=count)
    last = max(
        result.not_before
        for result in report.results
        if result.status is Status.WAITING and result.not_before
    )
    until = _clock(last, report.made_at)
    if len(times) == 1:
        return msg("{count} waiting until {time}", count=count, time=until)
    return msg("{count} waiting, the last until {time}", count=count, time=until)


def _clock(at: datetime, seen_from: datetime) -> str:
    """Local hours and minutes, with the date on another day; rounded up, since it says "not before"."""
    local = (at + timedelta(seconds=59)).astimezone()
    return f"{local:%H:%M}" if local.date() == seen_from.astimezone().date() else f"{local:%Y-%m-%d %H:%M}"


def _line(result: RowResult, text: Text) -> Line:
    row = result.row
    sn = clean(row.sn or row.shown_sn)
    return Line(
        row=row.number,
        sn=sn,
        contact=tuple(row.contact.masked().split(", ")) if row.contact else (),
        status=result.status,
        word=status_word(result.status, text),
        reason=mask_contacts(clean(text(result.reason)), keep=sn),
        next_step=mask_contacts(clean(text(result.next_step)), keep=sn),
        not_before=_time(result.not_before),
        last_attempt=_time(result.last_attempt_at),
        error_code=clean(result.error_code or ""),
        request_id=clean(result.request_id or ""),
    )


def _time(at: datetime | None) -> str:
    return local_time(at) if at else ""


def _stop(report: JobReport, text: Text) -> dict[str, str] | None:
    if report.stop is None:
        return None
    return {
        "message": mask_contacts(clean(text(report.stop.message))),
        "hint": mask_contacts(clean(text(report.stop.hint))),
    }


def _shown_settings(settings: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(clean(name), clean(value)) for name, value in settings.items()]


def _commands(sentence: str) -> Markup:
    """A sentence with its `commands` set in type of their own, broken only at blanks; all of it escaped."""

    def command(match: re.Match[str]) -> str:
        words = " ".join(f"<span>{word}</span>" for word in match[1].split())
        return f"<code>{words}</code>"

    return Markup(re.sub("`([^`]+)`", command, str(escape(sentence))))  # noqa: S704 - escaped just here


@functools.cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("batchreset.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["commands"] = _commands
    return environment.get_template("handoff.html.j2")
