"""Whether the reports can be written, found out before anything is sent as far as it can be."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from batchreset.errors import UsageError
from batchreset.report.safe import beside, sync
from batchreset.text import Message, msg

_COPIES: Final = 4
"""Of the input on the disk at one time, at most: results, what is left to do, a backup, a temporary one."""
_BYTES_PER_ROW: Final = 1024
"""What a row's results add to all files together, and some."""
_ALWAYS_BYTES: Final = 4 << 20
_OWNER_NAME_AT: Final = 55
"""Excel's owner file: from here a count of two bytes and the name in UTF-16 (WORKBOOK.md)."""


def check_writable(folder: Path, *, room_bytes: int = 0) -> None:
    """Make `folder` if need be and try to write there; see that the disk has room.

    Raises UsageError "output-not-writable" or "disk-full".
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = beside(folder / "probe.tmp")
        try:
            probe.write_bytes(b"batchreset")
            sync(probe)
        finally:
            probe.unlink(missing_ok=True)
        _see_room(folder, room_bytes, msg("Make room, or choose another folder with --output."))
    except OSError as error:
        raise not_writable(folder, error) from error


def _see_room(folder: Path, room_bytes: int, hint: Message) -> None:
    """Raise UsageError "disk-full" where the disk of a folder has less room than that."""
    disk = shutil.disk_usage(folder)
    if disk.total and disk.free < room_bytes:  # some network folders say nothing but zeros
        raise UsageError(
            "disk-full",
            msg(
                "The disk of {folder} has {free} MB left; the reports may need {room} MB.",
                folder=folder,
                free=disk.free >> 20,
                room=(room_bytes >> 20) + 1,
            ),
            hint,
        )


def room_for(path: Path, rows: int) -> int:
    """Bytes that all reports of a job on an input may need at one time, generously."""
    try:
        input_bytes = path.stat().st_size
    except OSError:  # it is gone: there is nothing to copy
        input_bytes = 0
    return _COPIES * input_bytes + _BYTES_PER_ROW * rows + _ALWAYS_BYTES


def check_replaceable(path: Path, *, room_bytes: int = 0) -> None:
    """See that the input workbook can be replaced by one with its results (`--in-place`).

    Raises UsageError "sheet-open" when somebody has it open, "sheet-not-replaceable" when it can't be
    written, and "disk-full".
    """
    mark = open_mark(path)
    if mark is not None:
        raise UsageError(
            "sheet-open",
            msg("{file} is open: {who}", file=path, who=owner_of(mark)),
            msg("Close it, or run without --in-place. If nobody has it open, delete {mark}.", mark=mark),
        )
    try:
        with path.open("r+b"):
            pass
        probe = beside(path)
        probe.touch(exist_ok=False)
        probe.unlink()
        _see_room(path.parent, room_bytes, msg("Make room, or run without --in-place."))
    except OSError as error:
        raise UsageError(
            "sheet-not-replaceable",
            msg("{file} can't be replaced: {error}", file=path, error=error.strerror or error),
            msg("Close it in other programs, or run without --in-place."),
        ) from error


def not_writable(folder: Path, error: OSError) -> UsageError:
    """The error for a folder that takes no files."""
    return UsageError(
        "output-not-writable",
        msg("The folder {folder} can't be written: {error}", folder=folder, error=error.strerror or error),
        msg("Choose another folder with --output."),
    )


def open_mark(path: Path) -> Path | None:
    """The mark that Excel, WPS or LibreOffice puts beside a workbook while somebody has it open."""
    marks = (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#"))
    return next((mark for mark in marks if mark.exists()), None)


def owner_of(mark: Path) -> str:
    """Who has a workbook open, as its mark says; the mark's name if that can't be told."""
    with suppress(OSError, UnicodeDecodeError, IndexError):
        raw = mark.read_bytes()
        if mark.name.startswith(".~lock."):
            # the name set in LibreOffice, which may be none, and the one of the account
            names = raw.decode("utf-8").split(",")[:2]
            name = next((name.strip() for name in names if name.strip()), "")
        else:
            begin = _OWNER_NAME_AT + 2
            name = raw[begin : begin + 2 * raw[_OWNER_NAME_AT]].decode("utf-16-le").strip()
        if name and name.isprintable():
            return name
    return mark.name
