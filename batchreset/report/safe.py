"""Files that are there as a whole or not at all.

A file is written beside its target, forced to the disk and then put in its place in one step, because
a full disk or a kill in mid-write destroys the file that is written to (WORKBOOK.md, finding 6).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

_MOST_NAMES: Final = 99
"""Names tried before a target that can't be replaced is given up."""


def replace_file(target: Path, write: Callable[[Path], T]) -> tuple[Path, T]:
    """Let `write` make a file, then put it in `target`'s place in one step; returns where it went.

    A target that can't be replaced (open in Excel on Windows) stays, and the new file is put beside it
    under the next free name: `results (2).xlsx`. Raises OSError when the folder can't be written.
    """
    temporary = beside(target)
    try:
        made = write(temporary)
        sync(temporary)
        return _put_in_place(temporary, target), made
    finally:
        temporary.unlink(missing_ok=True)


def copy_whole(path: Path, target: Path, *, copy: Callable[[Path, Path], object] = shutil.copy2) -> None:
    """Copy a file, replacing `target`. Raises OSError."""
    temporary = beside(target)
    try:
        copy(path, temporary)
        sync(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(target.parent)


def beside(target: Path) -> Path:
    """A name in the target's folder that nothing has, with its extension (openpyxl looks at it)."""
    return target.with_name(f".{target.stem}.{secrets.token_hex(4)}.tmp{target.suffix}")


def numbered(path: Path, number: int) -> Path:
    """`results (2).xlsx` for 2; the path itself for 1."""
    return path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")


def digest(path: Path) -> str | None:
    """SHA-256 of a file; `None` when it is not there or can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def sync(path: Path) -> None:
    """Force a file's content to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _put_in_place(temporary: Path, target: Path) -> Path:
    for number in range(1, _MOST_NAMES):
        path = numbered(target, number)
        if number > 1 and path.exists():
            continue
        # a folder that can't be written at all would not have taken the temporary file
        with suppress(PermissionError, IsADirectoryError):
            temporary.replace(path)
            _sync_folder(path.parent)
            return path
    temporary.replace(target)  # fails for the target's own reason
    return target


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable where the system can (Windows can't open a folder)."""
    if os.name == "nt":
        return
    with suppress(OSError):  # the file is in place already; some network folders can't do this
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
