"""Whether a workbook is one of our own reports, and of which job: two custom document properties say so.

So `rerun RESULTS.xlsx` finds its job wherever the file was moved or mailed to.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from batchreset.sheet.container import Format, open_sheet_file, told_as_damage
from batchreset.sheet.package import Package

JOB_PROPERTY: Final = "batchreset.job"
KIND_PROPERTY: Final = "batchreset.kind"

Kind = Literal["results", "todo"]
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Origin:
    """The job a workbook was written for, and what it is of it."""

    job: str
    kind: Kind


def read_origin(path: Path) -> Origin | None:
    """Where the workbook comes from; `None` if it isn't ours. Raises the container's `SheetError`s."""
    with open_sheet_file(path) as (file, found), told_as_damage(path):
        if found is not Format.XLSX:
            return None
        package = Package(zipfile.ZipFile(file))
        part = package.only("", "custom-properties")
        if part is None:
            return None
        properties = {prop.get("name"): "".join(prop.itertext()).strip() for prop in package.xml(part)}
    job, kind = properties.get(JOB_PROPERTY), properties.get(KIND_PROPERTY)
    return Origin(job, kind) if job and kind in _KINDS else None
