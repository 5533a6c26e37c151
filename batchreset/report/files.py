"""Puts a job's files into its folder: each whole or not at all, and none lost to an open Excel."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from batchreset.ooxml.errors import UneditableError
from batchreset.report.ready import not_writable, open_mark, owner_of
from batchreset.report.safe import copy_whole, digest, numbered, replace_file
from batchreset.reported import JobReport, RowResult
from batchreset.text import Message, Text, msg

if TYPE_CHECKING:
    from batchreset.report.sidecar import Written

T = TypeVar("T")

_SUMMARY: Final = "summary.json"


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
    handoff_book: Path
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
    """Write `results`, `todo`, the two of `handoff` and `summary` into `folder`, which is made if need be.

    With `in_place_of` (the input workbook) the results replace it as well, after a backup beside it.
    Raises UsageError "output-not-writable" when `folder` can't be written.
    """
    before = digest(in_place_of) if in_place_of else None
    notes: list[Message] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files, written = _write_files(report, text, source, folder, exit_code, notes)
    except OSError as error:
        raise not_writable(folder, error) from error
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
        files.handoff_book,
        files.summary,
        strangers=written.strangers,
        in_place=in_place,
        backup=backup,
        notes=tuple(notes),
    )


def _write_files(
    report: JobReport, text: Text, source: Path, folder: Path, exit_code: int, notes: list[Message]
) -> tuple[Files, Written]:
    from batchreset.ooxml.package import is_macro_workbook
    from batchreset.report.handoff_book import write_handoff
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
        digests[path.name] = digest(path) or ""
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
    handoff_book, _ = put_book("handoff.xlsx", lambda to: write_handoff(report, text, to))
    handoff, _ = put("handoff.html", lambda to: write_page(report, text, to, strangers=strangers))
    summary, _ = put(
        _SUMMARY,
        lambda to: write_summary(report, text, to, exit_code=exit_code, strangers=strangers, written=digests),
    )
    return Files(results, todo, handoff, handoff_book, summary), written


def _keep_edited(path: Path, written: str | None, source: Path) -> Path | None:
    """A copy of a workbook that is no longer as we wrote it; None for one that is, or was read just now."""
    found = digest(path)
    if written is None or found is None or found == written:
        return None
    with suppress(OSError):
        if path.samefile(source):  # its rows, edits included, are what the new one is made from
            return None
    names = (path.with_name(f"{path.stem}.edited-{number}{path.suffix}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    copy_whole(path, kept)
    return kept


def _replace_input(
    path: Path, results: Path, job: str, before: str | None, notes: list[Message]
) -> tuple[Path | None, Path | None]:
    """Put the results in the input's place; what stands in the way is told, and the input stays as it is."""
    try:
        if before is None or digest(path) != before:
            notes.append(_not_replaced(path, msg("it was changed meanwhile"), results))
            return None, None
        if path.suffix.lower() != results.suffix:
            notes.append(_not_replaced(path, msg("it is a file of another kind"), results))
            return None, None
        mark = open_mark(path)
        if mark is not None:  # what its owner saves later would undo the results
            notes.append(_not_replaced(path, msg("it is open: {who}", who=owner_of(mark)), results))
            return None, None
        backup = _backup(path, job)
        copy_whole(results, path, copy=partial(_as_old, path))
    except OSError as error:
        notes.append(_not_replaced(path, error.strerror or error, results))
        return None, None
    return path, backup


def _as_old(old: Path, results: Path, target: Path) -> None:
    """Copy the results with the rights that the workbook they replace has."""
    shutil.copyfile(results, target)
    shutil.copymode(old, target)


def _backup(path: Path, job: str) -> Path:
    """A copy of the input beside it; one that is there already and the same is enough."""
    same = digest(path)
    named = path.with_name(f"{path.stem}.backup-{job}{path.suffix}")
    names = (numbered(named, number) for number in count(1))
    backup = next(name for name in names if not name.exists() or digest(name) == same)
    if backup.exists():
        return backup
    copy_whole(path, backup)
    return backup


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
