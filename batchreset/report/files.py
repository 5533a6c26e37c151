"""Puts a job's files into its folder: each whole or not at all, and none lost to an open Excel.

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
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from batchreset.errors import UsageError
from batchreset.model import JobReport, RowResult
from batchreset.ooxml.errors import UneditableError
from batchreset.text import Message, Text, msg

if TYPE_CHECKING:
    from batchreset.report.sidecar import Written

T = TypeVar("T")

_SUMMARY: Final = "summary.json"
_MOST_NAMES: Final = 99
"""Names tried before a target that can't be replaced is given up."""


@dataclass(frozen=True, slots=True)
class Files:
    """What was written, and what people must be told of it.

    `strangers` are results that could not be placed in the workbook. `in_place` is the input workbook
    when it was replaced, `backup` its copy from before. `notes` say where something went otherwise
    than asked.
    """

    results: Path
    todo: Path
    handoff: Path
    summary: Path
    strangers: tuple[RowResult, ...] = ()
    in_place: Path | None = None
    backup: Path | None = None
    notes: tuple[Message, ...] = ()


def write_all(
    report: JobReport,
    text: Text,
    source: Path,
    folder: Path,
    *,
    exit_code: int,
    in_place_of: Path | None = None,
) -> Files:
    """Write `results`, `todo`, `handoff` and `summary` into `folder`, which is made if need be.

    With `in_place_of` (the input workbook) the results replace it as well, after a backup beside it.
    Raises UsageError "output-not-writable" when `folder` can't be written.
    """
    before = _digest(in_place_of) if in_place_of else None
    notes: list[Message] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files, written = _write_files(report, text, source, folder, exit_code, notes)
    except OSError as error:
        raise _not_writable(folder, error) from error
    in_place = backup = None
    notes.extend(written.notes)
    if written.refusal is not None:
        notes.append(_not_copied(source, written.refusal, files.results))
    elif in_place_of:
        in_place, backup = _replace_input(in_place_of.resolve(), files.results, report.job.id, before, notes)
    return Files(
        files.results,
        files.todo,
        files.handoff,
        files.summary,
        strangers=written.strangers,
        in_place=in_place,
        backup=backup,
        notes=tuple(notes),
    )


def check_writable(folder: Path) -> None:
    """Make `folder` if need be and try to write there, before anything is sent.

    Raises UsageError "output-not-writable".
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = _beside(folder / "probe.tmp")
        try:
            probe.write_bytes(b"batchreset")
            _sync(probe)
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise _not_writable(folder, error) from error


def replace_file(target: Path, write: Callable[[Path], T]) -> tuple[Path, T]:
    """Let `write` make a file, then put it in `target`'s place in one step; returns where it went.

    A target that can't be replaced (open in Excel on Windows) stays, and the new file is put beside it
    under the next free name: `results (2).xlsx`. Raises OSError when the folder can't be written.
    """
    temporary = _beside(target)
    try:
        made = write(temporary)
        _sync(temporary)
        return _put_in_place(temporary, target), made
    finally:
        temporary.unlink(missing_ok=True)


def _write_files(
    report: JobReport, text: Text, source: Path, folder: Path, exit_code: int, notes: list[Message]
) -> tuple[Files, Written]:
    from batchreset.ooxml.package import is_macro_workbook
    from batchreset.report.page import write_page
    from batchreset.report.summary import write_summary, written_before
    from batchreset.report.todo import write_todo
    from batchreset.report.workbook import write_results

    digests = {
        name: sha for name, sha in written_before(folder / _SUMMARY).items() if (folder / name).exists()
    }

    def put_book(name: str, write: Callable[[Path], T]) -> tuple[Path, T]:
        """A workbook that people may have written into since: what they wrote is kept beside it."""
        edited = _keep_edited(folder / name, digests.get(name), source)
        if edited is not None:
            notes.append(_was_edited(folder / name, edited))
        path, made = put(name, write)
        digests[path.name] = _digest(path) or ""
        return path, made

    def put(name: str, write: Callable[[Path], T]) -> tuple[Path, T]:
        path, made = replace_file(folder / name, write)
        if path.name != name:
            notes.append(_other_name(folder / name, path))
        return path, made

    # Excel refuses a workbook whose extension does not say what it is
    suffix = ".xlsm" if is_macro_workbook(source) else ".xlsx"
    results, written = put_book(f"results{suffix}", lambda to: write_results(report, text, source, to))
    todo, _ = put_book("todo.xlsx", lambda to: write_todo(report, text, source, to))
    strangers = written.strangers
    handoff, _ = put("handoff.html", lambda to: write_page(report, text, to, strangers=strangers))
    summary, _ = put(
        _SUMMARY,
        lambda to: write_summary(report, text, to, exit_code=exit_code, strangers=strangers, written=digests),
    )
    return Files(results, todo, handoff, summary), written


def _keep_edited(path: Path, written: str | None, source: Path) -> Path | None:
    """A copy of a workbook that is no longer as we wrote it; None for one that is, or was read just now."""
    found = _digest(path)
    if written is None or found is None or found == written:
        return None
    with suppress(OSError):
        if path.samefile(source):  # its rows, edits included, are what the new one is made from
            return None
    names = (path.with_name(f"{path.stem}.edited-{number}{path.suffix}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    _copy_whole(path, kept)
    return kept


def _replace_input(
    path: Path, results: Path, job: str, before: str | None, notes: list[Message]
) -> tuple[Path | None, Path | None]:
    """Put the results in the input's place; what stands in the way is told, and the input stays as it is."""
    try:
        if before is None or _digest(path) != before:
            notes.append(_not_replaced(path, msg("it was changed meanwhile"), results))
            return None, None
        if path.suffix.lower() != results.suffix:
            notes.append(_not_replaced(path, msg("it is a file of another kind"), results))
            return None, None
        backup = _backup(path, job)
        temporary = _beside(path)
        try:
            shutil.copyfile(results, temporary)
            shutil.copymode(path, temporary)
            _sync(temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        notes.append(_not_replaced(path, error.strerror or error, results))
        return None, None
    _sync_folder(path.parent)
    return path, backup


def _backup(path: Path, job: str) -> Path:
    """A copy of the input beside it; one that is there already and the same is enough."""
    digest = _digest(path)
    named = path.with_name(f"{path.stem}.backup-{job}{path.suffix}")
    names = (_numbered(named, number) for number in count(1))
    backup = next(name for name in names if not name.exists() or _digest(name) == digest)
    if backup.exists():
        return backup
    _copy_whole(path, backup)
    return backup


def _copy_whole(path: Path, target: Path) -> None:
    """A copy that is there as a whole or not at all."""
    temporary = _beside(target)
    try:
        shutil.copy2(path, temporary)
        _sync(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _put_in_place(temporary: Path, target: Path) -> Path:
    for number in range(1, _MOST_NAMES):
        path = _numbered(target, number)
        if number > 1 and path.exists():
            continue
        # a folder that can't be written at all would not have taken the temporary file
        with suppress(PermissionError, IsADirectoryError):
            temporary.replace(path)
            _sync_folder(path.parent)
            return path
    temporary.replace(target)  # fails for the target's own reason
    return target


def _beside(target: Path) -> Path:
    """A name in the target's folder that nothing has, with its extension (openpyxl looks at it)."""
    return target.with_name(f".{target.stem}.{secrets.token_hex(4)}.tmp{target.suffix}")


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")


def _digest(path: Path) -> str | None:
    """SHA-256 of a file; `None` when it is not there or can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _sync(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


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


def _not_writable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        "output-not-writable",
        msg("The folder {folder} can't be written: {error}", folder=folder, error=error.strerror or error),
        msg("Choose another folder with --output."),
    )


def _other_name(wanted: Path, path: Path) -> Message:
    return msg(
        "{wanted} is in use, perhaps open in Excel; the new one is {path}.",
        wanted=wanted.name,
        path=path.name,
    )


def _was_edited(path: Path, kept: Path) -> Message:
    return msg(
        "{file} had been changed since it was written; the changed one is kept as {kept}.",
        file=path.name,
        kept=kept.name,
    )


def _not_copied(source: Path, refusal: UneditableError, results: Path) -> Message:
    if refusal.other_kind and source.exists():
        return msg(
            "Nothing can be added to a file like {file}: {results} is a new workbook with its rows.",
            file=source.name,
            results=results.name,
        )
    return msg(
        "{file} could not be given its results ({why}): {results} holds them beside the SNs instead.",
        file=source.name,
        why=refusal.why,
        results=results.name,
    )


def _not_replaced(path: Path, why: object, results: Path) -> Message:
    return msg(
        "{file} was left as it is ({why}); the results are in {results}.",
        file=path.name,
        why=why,
        results=results,
    )
