"""`summary.json`: a job's figures for scripts. No contact and no secret is in it.

Times are ISO 8601 in UTC, keys are stable; sentences are in the report's language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from batchreset import __version__
from batchreset.model import REHEARSAL_MARK, Status, Stop
from batchreset.report.columns import clean
from batchreset.report.groups import by_label, by_reason
from batchreset.report.masking import mask_contacts
from batchreset.reported import JobReport, RowResult
from batchreset.text import Text


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
        "rehearsal": REHEARSAL_MARK if job.rehearsal else None,
        "input": {
            "path": str(report.table.path),
            "sheet": report.table.sheet,
            "sha256": job.input_sha256,
        },
        "rows": len(report.results),
        "counts": _counts(report.counts),
        "attempts": report.attempts,
        "runs": report.runs,
        "by_reason": _by_reason(report.results, text),
        "group_by": _by_label(report),
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


def _by_reason(results: Iterable[RowResult], text: Text) -> list[dict[str, object]]:
    return [
        {
            "status": group.status.value,
            "error_code": group.error_code,
            "reason": mask_contacts(clean(text(group.reason))),
            "rows": len(group.results),
        }
        for group in by_reason(results)
    ]


def _by_label(report: JobReport) -> dict[str, object] | None:
    if report.table.grouping is None:
        return None
    return {
        "column": report.table.grouping.header,
        "groups": [
            {"label": group.label, "rows": group.tally.rows, "counts": _counts(group.tally.counts)}
            for group in by_label(report)
        ],
    }


def _counts(counts: Mapping[Status, int]) -> dict[str, int]:
    return {status.value: count for status, count in counts.items()}


def _stop(stop: Stop | None, text: Text) -> dict[str, str] | None:
    if stop is None:
        return None
    message, hint = (mask_contacts(clean(text(words))) for words in (stop.message, stop.hint))
    return {"code": stop.code, "message": message, "hint": hint}


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
