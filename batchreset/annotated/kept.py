"""What an annotated workbook says of itself in its custom document properties. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OWN: Final = "batchreset-check."
"""What the names of ours begin with. Those of a job's report begin otherwise and stay: a copy of its
`results.xlsx` still belongs to the job."""
_HEADING: Final = f"{OWN}heading"
_COLUMN: Final = f"{OWN}column"


def properties(heading: str, column: int, header_row: int, marks: Mapping[str, str]) -> dict[str, str]:
    """What to say: our column's heading, or its index in a sheet without headers, and what `marks` say."""
    own = {_HEADING: heading} if header_row else {_HEADING: heading, _COLUMN: str(column)}
    return own | {f"{OWN}{name}": value for name, value in marks.items()}


def is_annotated(said: Mapping[str, str]) -> bool:
    """Whether these are the properties of an annotated workbook."""
    return _HEADING in said


def marks_in(said: Mapping[str, str]) -> dict[str, str]:
    """What was said of marks, as it was given."""
    return {name.removeprefix(OWN): value for name, value in said.items() if name.startswith(OWN)}


def column_in(said: Mapping[str, str], header_row: int, headers: Mapping[int, str]) -> int | None:
    """Our column, by its heading among `headers` (column → text); the rightmost of several, for a user's
    own may be called the same."""
    if not header_row:
        column = said.get(_COLUMN, "")
        return int(column) if column.isdecimal() else None
    ours = [column for column, shown in headers.items() if shown == said.get(_HEADING)]
    return max(ours, default=None)
