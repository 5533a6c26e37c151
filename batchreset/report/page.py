"""Writes the hand-off page: one HTML file that answers "are we done?" first and opens from a mail, offline.

Nothing comes from anywhere: no font, no picture, and only the one style sheet and the one script that the
page's own policy names by their digests. The page says everything without the script, which adds sorting
and filtering. Contacts are masked, also inside sentences. It is for people who did not run the job, so
the page says what is left and who must act before how it went.
"""

from __future__ import annotations

import functools
import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup, escape

from batchreset.model import DONE, Actor
from batchreset.report.columns import clean, left_open
from batchreset.report.explain import actor_of_stop
from batchreset.report.groups import equation, tally_of
from batchreset.report.headline import headline, sentence
from batchreset.report.lines import ACTOR_WORDS, Lines
from batchreset.report.masking import mask_contacts
from batchreset.report.views import Views
from batchreset.reported import JobReport, RowResult
from batchreset.text import Message, Text
from batchreset.text.forms import Forms

if TYPE_CHECKING:
    from jinja2 import Template

MAX_ROWS: Final = 2000
"""Rows the table of the page shows; the workbooks have all. A browser takes more, a reader doesn't."""


class Part(NamedTuple):
    """What stands inside the page as it is, and the digest by which the page's policy allows it."""

    content: Markup
    digest: str


def write_page(report: JobReport, text: Text, target: Path, *, strangers: Sequence[RowResult] = ()) -> None:
    """Write `render` to `target` as UTF-8. Raises OSError when it can't be written."""
    target.write_bytes(render(report, text, strangers=strangers).encode("utf-8", "replace"))


def render(report: JobReport, text: Text, *, strangers: Sequence[RowResult] = ()) -> str:
    """The page. `strangers` are results that could not be placed in the workbook."""
    forms = Forms(text.lang)
    lines = Lines(report, text, forms)
    views = Views(report, text, forms, lines)
    clauses = headline(report, forms)
    ordered = [*left_open(report.results), *(one for one in report.results if one.status in DONE)]

    def t(sentence: str, **params: object) -> str:
        if any(isinstance(value, Markup) for value in params.values()):
            return escape(text(Message(sentence))).format(**params)
        return text(Message(sentence, tuple(params.items())))

    return _template().render(
        t=t,
        lang=text.lang,
        number=forms.number,
        report=report,
        style=_part("handoff.css"),
        script=_part("handoff.js"),
        title=text(sentence(clauses)),
        clauses=[text(clause) for clause in clauses],
        bar=views.bar(tally_of(report)),
        equation=equation(tally_of(report), text),
        stop=_stop(report, text),
        tasks=views.tasks(),
        done=views.done(),
        changes=views.changes(),
        forecast=views.forecast(),
        groups=views.groups(),
        lines=[lines.line(result) for result in ordered[:MAX_ROWS]],
        left_out=max(0, len(ordered) - MAX_ROWS),
        strangers=[lines.line(result) for result in strangers[:MAX_ROWS]],
        times={
            "made": forms.moment(report.made_at),
            "offset": forms.offset(report.made_at),
            "started": forms.moment(report.started_at) if report.started_at else "",
            "ended": forms.moment(report.ended_at) if report.ended_at else "",
        },
        settings=_shown_settings(report.settings),
    )


def _stop(report: JobReport, text: Text) -> dict[str, str] | None:
    if report.stop is None:
        return None
    actor = actor_of_stop(report.stop)
    return {
        "message": mask_contacts(clean(text(report.stop.message))),
        "hint": mask_contacts(clean(text(report.stop.hint))),
        "who": "" if actor is Actor.NEXT_RUN else text(ACTOR_WORDS[actor]),
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
def _part(name: str) -> Part:
    content = resources.files("batchreset.report").joinpath("templates", name).read_text("utf-8")
    digest = b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return Part(Markup(content), f"sha256-{digest}")  # noqa: S704 - a file of this package


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
