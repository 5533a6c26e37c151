"""Whether a workbook is one of our own reports, and of which job: two custom document properties say so.

So `rerun RESULTS.xlsx` finds its job wherever the file was moved or mailed to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from batchreset.sheet.container import open_workbook_file

JOB_PROPERTY: Final = "batchreset.job"
KIND_PROPERTY: Final = "batchreset.kind"

Kind = Literal["results", "todo"]
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_PART: Final = "docProps/custom.xml"


@dataclass(frozen=True, slots=True)
class Origin:
    """The job a workbook was written for, and what it is of it."""

    job: str
    kind: Kind


def read_origin(path: Path) -> Origin | None:
    """Where the workbook comes from; `None` if it isn't ours. Raises the container's `SheetError`s."""
    from defusedxml.ElementTree import fromstring

    with open_workbook_file(path) as (_, archive):
        if _PART not in archive.namelist():
            return None
        properties = {
            prop.get("name"): "".join(prop.itertext()).strip() for prop in fromstring(archive.read(_PART))
        }
    job, kind = properties.get(JOB_PROPERTY), properties.get(KIND_PROPERTY)
    return Origin(job, kind) if job and kind in _KINDS else None
