"""What an annotated workbook says of itself in its custom document properties. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OWN: Final = "batchreset-check."
"""What the names of ours begin with. Those of a job's report begin otherwise and stay: a copy of its
`results.xlsx` still belongs to the job."""
_HEADING: Final = f"{OWN}heading."
_COLUMN: Final = f"{OWN}column."


def properties(sheet: str, heading: str, column: int, header_row: int) -> dict[str, str]:
    """What to say of a sheet: our column's heading, or its index where the sheet has no headers."""
    own = {f"{_HEADING}{sheet}": heading}
    return own if header_row else {**own, f"{_COLUMN}{sheet}": str(column)}


def is_annotated(said: Mapping[str, str]) -> bool:
    """Whether these are the properties of an annotated workbook."""
    return any(name.startswith(_HEADING) for name in said)


def own(said: Mapping[str, str]) -> dict[str, str]:
    """Those of these properties that are ours; of other sheets, too."""
    return {name: value for name, value in said.items() if name.startswith(OWN)}


def column_in(said: Mapping[str, str], sheet: str, header_row: int, headers: Mapping[int, str]) -> int | None:
    """Our column in a sheet, by its heading among `headers` (column → text).

    The rightmost of several, for a user's own may be called the same; and so may one in another sheet.
    """
    if not header_row:
        column = said.get(f"{_COLUMN}{sheet}", "")
        return int(column) if column.isdecimal() else None
    ours = [column for column, shown in headers.items() if shown == said.get(f"{_HEADING}{sheet}")]
    return max(ours, default=None)
