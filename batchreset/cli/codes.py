"""`batchreset codes`: the service's error codes, and what each means and asks for here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.output import Output, command, table
from batchreset.model import Advice
from batchreset.text import Message, msg

if TYPE_CHECKING:
    from batchreset.service.codefile import CodeEntry
    from batchreset.service.codes import CodeTable

CLASSES: Final[dict[Advice, Message]] = {
    Advice.NONE: msg("fate unknown"),
    Advice.ROW: msg("the row must change"),
    Advice.RETRY: msg("send again shortly"),
    Advice.LATER: msg("send again after a time"),
    Advice.AUTH: msg("log in again"),
    Advice.STOP: msg("stop the job"),
}
_BASES: Final[dict[str, Message]] = {
    "documented": msg("documented"),
    "observed": msg("observed"),
    "inferred": msg("inferred"),
}


def codes(
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CODE]...", help=o.help_text(msg("Only these codes; all if left out."))),
    ] = None,
    as_json: o.Json = False,
    lang: o.Lang = None,
) -> None:
    """The service's error codes and what each means here."""
    with command(lang, as_json=as_json) as out:
        from batchreset.config import load_settings
        from batchreset.service.codes import load_table

        settings = load_settings(lang=lang)
        out.speak(settings.lang)
        known = load_table(settings.codes)
        unlisted = [code for code in wanted or () if not known.known(code)]
        listed = [entry for entry in known.entries() if not wanted or known.is_one_of(entry, wanted)]
        if as_json:
            out.object(_object(out, known, listed, unlisted))
            return
        _show(out, known, listed, unlisted)
        if settings.codes is not None:
            out.tell(msg("Extended by {path}: its codes are marked with *.", path=settings.codes))


def _show(out: Output, known: CodeTable, listed: list[CodeEntry], unlisted: list[str]) -> None:
    t = out.text
    if listed:
        shown = _table(out, msg("Code"), msg("HTTP"))
        for entry in listed:
            mark = "*" if known.own(entry) else ""
            shown.add_row(entry.code + mark, _http(entry), *_meaning(out, entry), t(_BASES[entry.basis]))
        out.show(shown)
        out.tell(msg("An HTTP status in brackets is our conclusion; no source names it."))
    for code in unlisted:
        out.tell(
            msg(
                "{code} is not listed. What is done then hangs on the answer, which is shown in full:",
                code=code,
            )
        )
    if unlisted or not listed or len(listed) == len(known.entries()):
        shown = _table(out, msg("An answer without a listed code"))
        for when, entry in known.fallbacks():
            shown.add_row(t(when), *_meaning(out, entry), t(_BASES[entry.basis]))
        out.show(shown)


def _table(out: Output, *first: Message) -> Any:
    headings = (*first, msg("Class"), msg("What happened"), msg("What to do"), msg("Known"))
    return table(*map(out.text, headings))


def _http(entry: CodeEntry) -> str:
    statuses = "/".join(map(str, entry.http))
    return statuses if entry.http_known or not statuses else f"({statuses})"


def _meaning(out: Output, entry: CodeEntry) -> tuple[str, str, str]:
    return _class(out, entry), out.text(entry.reason), out.text(entry.next_step)


def _class(out: Output, entry: CodeEntry) -> str:
    """The class in words, with the wait where the table names one."""
    word = out.text(CLASSES[entry.advice])
    if entry.wait_s is not None:
        return out.text(msg("{advice} ({wait})", advice=word, wait=timedelta(seconds=entry.wait_s)))
    if entry.quota:
        return out.text(msg("{advice} (when the quota frees)", advice=word))
    return word


def _object(out: Output, known: CodeTable, listed: list[CodeEntry], unlisted: list[str]) -> dict[str, object]:
    return {
        "codes": [
            {
                "code": entry.code,
                "http": [*entry.http],
                "http_known": entry.http_known,
                **_facts(out, entry),
                "own": known.own(entry),
            }
            for entry in listed
        ],
        "unlisted": unlisted,
        "fallbacks": [{"when": out.text(when), **_facts(out, entry)} for when, entry in known.fallbacks()],
        "exit_code": 0,
    }


def _facts(out: Output, entry: CodeEntry) -> dict[str, object]:
    return {
        "class": str(entry.advice),
        "wait_s": entry.wait_s,
        "quota": entry.quota,
        "reason": out.text(entry.reason),
        "next_step": out.text(entry.next_step),
        "basis": entry.basis,
    }
