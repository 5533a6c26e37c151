"""The result columns and their words, the same in every file of a job (CONTRACT.md, "Files of a job").

Headings and status words are catalogue messages: the order is fixed, only the language changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from batchreset.model import DONE, Status
from batchreset.ooxml.texts import fit
from batchreset.reported import JobReport, RowResult
from batchreset.text import LANGS, Message, Text, local_time, msg

Cell = str | int | None
"""What stands in a result cell; `None` is an empty one."""

HEADINGS: Final[tuple[Message, ...]] = (
    RESULT := msg("Result"),
    REASON := msg("Reason"),
    NEXT_STEP := msg("Next step"),
    NOT_BEFORE := msg("Not before"),
    ATTEMPTS := msg("Attempts"),
    LAST_ATTEMPT := msg("Last attempt"),
    HTTP_STATUS := msg("HTTP status"),
    ERROR_CODE := msg("Error code"),
    REQUEST_ID := msg("Request ID"),
)
REHEARSAL: Final = msg("REHEARSAL / 演练: a simulator answered, no real terminal was reset.")
"""What a rehearsal says behind the last heading: a simulated result must not be taken for a real one, and
scripts that look for the contract's headings must find them."""
TODO_COLUMNS: Final = 3
"""`todo.xlsx` carries the first three only: the outcome, why, and what to do."""

STATUS_WORDS: Final[dict[Status, Message]] = {
    Status.SUCCEEDED: msg("succeeded"),
    Status.FAILED: msg("failed"),
    Status.UNKNOWN: msg("unknown"),
    Status.NOT_SENT: msg("not_sent"),
    Status.WAITING: msg("waiting"),
    Status.INVALID: msg("invalid"),
    Status.DUPLICATE: msg("duplicate"),
    Status.RECENT: msg("recent"),
}

OPEN_ORDER: Final = (Status.INVALID, Status.FAILED, Status.UNKNOWN, Status.NOT_SENT, Status.WAITING)
"""What still needs something: what a person must do first, then what a run sends now, then what must wait."""

OWN_PROPERTIES: Final = "batchreset."
"""What the names of our custom document properties begin with."""
MAX_TEXT: Final = 1000
"""Characters of one cell. Excel takes 32,767 (WORKBOOK.md), but no one reads a reason that long."""


def clean(value: str) -> str:
    """`value` fit for a cell: no characters XML forbids, line ends as `\\n`, at most `MAX_TEXT` long."""
    held = fit(value)
    return held if len(held) <= MAX_TEXT else f"{held[: MAX_TEXT - 1]}…"


def headings(text: Text) -> tuple[str, ...]:
    """The nine headings in a language."""
    return tuple(text(heading) for heading in HEADINGS)


def heading_positions() -> dict[str, int]:
    """Every heading a report ever writes, in each language and casefolded, with its place among the nine."""
    return {heading.casefold(): place for lang in LANGS for place, heading in enumerate(headings(Text(lang)))}


def is_note(heading: str) -> bool:
    """Whether a heading is what a rehearsal said, in whatever language."""
    return heading in {Text(lang)(REHEARSAL) for lang in LANGS}


def status_word(status: Status, text: Text) -> str:
    """The status as people read it; in English the contract's own word."""
    return text(STATUS_WORDS[status])


def cells(result: RowResult, text: Text) -> tuple[Cell, ...]:
    """The nine cells of one row, in the order of `HEADINGS`, fit for a workbook."""
    return tuple(clean(value) or None if isinstance(value, str) else value for value in outcome(result, text))


def outcome(result: RowResult, text: Text) -> tuple[Cell, ...]:
    """What is said of one row, in the order of `HEADINGS`, whatever a cell can hold of it. Times are local
    with their offset."""
    return (
        status_word(result.status, text),
        text(result.reason),
        text(result.next_step),
        _time(result.not_before),
        result.attempts,
        _time(result.last_attempt_at),
        result.http_status,
        result.error_code,
        result.request_id,
    )


def _time(at: datetime | None) -> str | None:
    return local_time(at) if at else None


def left_open(results: Iterable[RowResult]) -> list[RowResult]:
    """The rows that still need something, in the order of `OPEN_ORDER`, inside it by row number."""
    place = {status: index for index, status in enumerate(OPEN_ORDER)}
    still = (result for result in results if result.status not in DONE)
    return sorted(still, key=lambda result: (place[result.status], result.row.number))


def properties(report: JobReport, kind: str) -> dict[str, str]:
    """What a workbook of ours says of itself in its custom document properties."""
    said = {f"{OWN_PROPERTIES}job": report.job.id, f"{OWN_PROPERTIES}kind": kind}
    if report.job.rehearsal:
        said[f"{OWN_PROPERTIES}simulated"] = "true"
    return said
