"""A zip is weighed before anything of it is unpacked: a few kilobytes can unpack to gigabytes.

WORKBOOK.md has the figures: honest files stay below a ratio of 121, a bomb was seen at 294.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Final

from batchreset.errors import SheetError
from batchreset.text.messages import msg

MAX_UNPACKED_BYTES: Final = 500 * 1024 * 1024
MAX_RATIO: Final = 200
RATIO_MATTERS_BYTES: Final = 50 * 1024 * 1024
"""Small parts of little content compress better than 200 to 1 in honest files too."""
MAX_MEMBERS: Final = 10_000

MAIN_PART: Final = re.compile(rb"(?:spreadsheetml|ms-excel)\.[\w.]+\.main\+xml")
"""The content type of a workbook's main part; embedded workbooks of a .docx have none."""
_CONTENT_TYPES: Final = "[content_types].xml"
_MAX_MIMETYPE_BYTES: Final = 100


def part_name(member: zipfile.ZipInfo) -> str:
    """A member's name as parts are compared: without case, `/` between folders whoever wrote it."""
    return member.filename.replace("\\", "/").lstrip("/").lower()


def refuse_heavy(path: Path, zipped: zipfile.ZipFile) -> None:
    """Raise `SheetError` for what unpacks to too much, and `BadZipFile` for two parts of one name."""
    members = zipped.infolist()
    bombs = [
        member
        for member in members
        if member.file_size > RATIO_MATTERS_BYTES and member.file_size > MAX_RATIO * member.compress_size
    ]
    if bombs or len(members) > MAX_MEMBERS:
        raise too_large(path)
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise too_large(path)
    if len(set(map(part_name, members))) != len(members):
        # Programs disagree which of the two counts (WORKBOOK.md).
        raise zipfile.BadZipFile


def too_large(path: Path) -> SheetError:
    """The error for a file that is more than a list of terminals can be."""
    return SheetError(
        "sheet-too-large",
        msg("{path} holds far more than a list of terminals needs.", path=path),
        msg("Copy the rows into a new workbook and use that."),
    )


def content_types(zipped: zipfile.ZipFile) -> bytes:
    """What the package says its parts are; empty where it says nothing. Raises `BadZipFile` for a DOCTYPE."""
    types = next(
        (zipped.read(member) for member in zipped.infolist() if part_name(member) == _CONTENT_TYPES), b""
    )
    if b"<!DOCTYPE" in types:
        raise zipfile.BadZipFile
    return types


def is_open_document(zipped: zipfile.ZipFile) -> bool:
    """Whether it is an OpenDocument spreadsheet (`mimetype` is the format's own mark)."""
    if "mimetype" not in zipped.namelist():
        return False
    with zipped.open("mimetype") as part:
        return b"opendocument.spreadsheet" in part.read(_MAX_MIMETYPE_BYTES)
