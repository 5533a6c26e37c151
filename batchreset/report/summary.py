"""`summary.json`: a job's figures for scripts. No contact and no secret is in it.

Times are ISO 8601 in UTC, keys are stable; sentences are in the report's language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from batchreset import __version__
from batchreset.model import JobReport, RowResult, Stop
from batchreset.report.columns import clean
from batchreset.report.masking import mask_contacts
from batchreset.text import Message, Text


def write_summary(
    report: JobReport,
    text: Text,
    target: Path,
    *,
    exit_code: int,
    strangers: Sequence[RowResult] = (),
    written: Mapping[str, str] | None = None,
) -> None:
    """Write `summary` to `target` as UTF-8, with the SHA-256 of the workbooks `written` beside it.

    Raises OSError when it can't be written.
    """
    found = summary(report, text, exit_code=exit_code, strangers=strangers)
    content = json.dumps({**found, "files": dict(written or {})}, ensure_ascii=False, indent=2)
    # a path can hold what UTF-8 can't; one odd character is no reason to have no summary
    target.write_bytes((content + "\n").encode("utf-8", "replace"))


def written_before(path: Path) -> dict[str, str]:
    """The SHA-256 of the workbooks written with a `summary.json`; empty when it can't be told."""
    try:
        files = json.loads(path.read_text("utf-8")).get("files", {})
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def summary(
    report: JobReport, text: Text, *, exit_code: int, strangers: Sequence[RowResult] = ()
) -> dict[str, object]:
    """The figures of a job. `strangers` are results that could not be placed in the workbook."""
    job = report.job
    return {
        "job": job.id,
        "batchreset": __version__,
        "simulated": job.rehearsal,
        "input": {
            "path": str(report.table.path),
            "sheet": report.table.sheet,
            "sha256": job.input_sha256,
        },
        "rows": len(report.results),
        "counts": {status.value: count for status, count in report.counts.items()},
        "attempts": report.attempts,
        "runs": report.runs,
        "by_reason": by_reason(report.results, text),
        "times": {
            "created": _utc(job.created_at),
            "started": _utc(report.started_at),
            "ended": _utc(report.ended_at),
            "made": _utc(report.made_at),
        },
        "operator": job.operator,
        "endpoint": job.endpoint,
        "settings": report.settings,
        "stop": _stop(report.stop, text),
        "strays": list(report.strays),
        "not_placed": [
            {"row": result.row.number, "sn": result.row.sn, "status": result.status.value}
            for result in strangers
        ],
        "exit_code": exit_code,
    }


def by_reason(results: Iterable[RowResult], text: Text) -> list[dict[str, object]]:
    """Rows by status, error code and kind of reason, the most frequent first.

    Reasons of one kind differ in their values (a row number, a time): what differs is shown as `…`.
    """
    import pandas as pd

    kept = list(results)
    table = pd.DataFrame(
        [(result.status.value, result.error_code or "", _kind(result.reason)) for result in kept],
        columns=["status", "error_code", "kind"],
        dtype=object,
    )
    groups = []
    for _, members in table.groupby(list(table.columns), sort=False):
        of = [kept[index] for index in members.index]
        reason = mask_contacts(clean(text(_common([result.reason for result in of]))))
        groups.append((len(of), of[0].status.value, of[0].error_code or None, reason))
    groups.sort(key=lambda group: -group[0])
    return [
        {"status": status, "error_code": code, "reason": reason, "rows": rows}
        for rows, status, code, reason in groups
    ]


def _kind(message: Message) -> str:
    """The sentence without its values; a sentence among the values is part of the kind."""
    inner = "".join(_kind(value) for _, value in message.params if isinstance(value, Message))
    return "\x00".join((message.msgid, *(name for name, _ in message.params), inner))


def _common(messages: Sequence[Message]) -> Message:
    """One message for many of a kind, with `…` where they differ."""
    first = messages[0]
    params = (
        (name, _common_value([message.params[index][1] for message in messages]))
        for index, (name, _) in enumerate(first.params)
    )
    return Message(first.msgid, tuple(params))


def _common_value(values: Sequence[object]) -> object:
    if all(value == values[0] for value in values):
        return values[0]
    inner = [value for value in values if isinstance(value, Message)]
    return _common(inner) if inner else "…"


def _stop(stop: Stop | None, text: Text) -> dict[str, str] | None:
    if stop is None:
        return None
    message, hint = (mask_contacts(clean(text(words))) for words in (stop.message, stop.hint))
    return {"code": stop.code, "message": message, "hint": hint}


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
