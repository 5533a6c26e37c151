"""Where an annotated copy goes: beside its workbook, and over nothing that somebody may want to keep."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from batchreset.annotated.kept import is_annotated
from batchreset.annotated.workbook import Annotated, write_annotated
from batchreset.errors import SheetError, UsageError
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.package import is_macro_workbook, open_package
from batchreset.ooxml.properties import read_properties
from batchreset.report.ready import open_mark, owner_of
from batchreset.report.safe import digest, replace_file
from batchreset.rows import Table
from batchreset.sheet.container import DAMAGE
from batchreset.text import Text, msg

_ENDING: Final = ".annotated"


class Copy(NamedTuple):
    """A copy to be made: of which file, where, and what the file was when that was decided."""

    source: Path
    target: Path
    before: str | None


def plan_copy(source: Path, asked: Path | None, *, replace: bool) -> Copy:
    """Decide where the annotated copy of `source` goes: `asked`, or beside it.

    A copy that is checked again is written in its own place.

    Raises:
        UsageError: there is a file already, it is open, or it can't be called so.
    """
    suffix = ".xlsm" if is_macro_workbook(source) else ".xlsx"
    stem = source.stem if source.stem.casefold().endswith(_ENDING) else source.stem + _ENDING
    name = f"{stem}{suffix}"
    target = source.with_name(name) if asked is None else asked / name if asked.is_dir() else asked
    if target.suffix.casefold() != suffix:
        raise UsageError(
            "annotate-suffix",
            msg("The copy {path} would not open: it must end in {suffix}.", path=target, suffix=suffix),
            msg("Leave the name out, or give one like {name}.", name=name),
        )
    if target.exists():
        _refuse_harm(source, target, replace=replace)
    return Copy(source, target, digest(source))


def _refuse_harm(source: Path, target: Path, *, replace: bool) -> None:
    mark = open_mark(target)
    if mark is not None:
        raise UsageError(
            "sheet-open",
            msg("{file} is open: {who}", file=target, who=owner_of(mark)),
            msg("Close it, or name another file. If nobody has it open, delete {mark}.", mark=mark),
        )
    if source.exists() and target.samefile(source):
        if not is_annotated(_properties(source)):
            raise UsageError(
                "annotate-input",
                msg("{file} is the sheet itself, which stays as it is.", file=target),
                msg("Leave the name out, or name another file."),
            )
    elif not replace:
        raise UsageError(
            "annotate-exists",
            msg("{file} is there already, perhaps with mends in it.", file=target),
            msg(
                "Go on in it: batchreset check {file} --annotate. Or name another file, or write over it"
                " with --force.",
                file=target,
            ),
        )


def _properties(path: Path) -> dict[str, str]:
    with suppress(UneditableError, *DAMAGE), open_package(path) as package:
        return read_properties(package)
    return {}


def write_copy(copy: Copy, table: Table, text: Text) -> tuple[Path, Annotated]:
    """Write the copy, whole or not at all; returns where it went.

    Raises:
        SheetError: the sheet was changed since it was read.
        UsageError: the copy can't be written.
    """

    def write(target: Path) -> Annotated:
        made = write_annotated(table, text, copy.source, target)
        if digest(copy.source) != copy.before:
            raise SheetError(
                "sheet-changed",
                msg("{file} was changed while it was checked.", file=copy.source),
                msg("Check it again."),
            )
        return made

    try:
        return replace_file(copy.target, write)
    except OSError as error:
        raise UsageError(
            "annotate-not-written",
            msg("{file} can't be written: {error}", file=copy.target, error=error.strerror or error),
            msg("Name another place: batchreset check SHEET --annotate PATH"),
        ) from error
