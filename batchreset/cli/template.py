"""`batchreset template`: an empty list to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from batchreset.cli import options as o
from batchreset.cli.output import command
from batchreset.errors import UsageError
from batchreset.text import msg

_NAME: Final = "terminals.xlsx"
_SUFFIX: Final = ".xlsx"


def template(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]",
            help=o.help_text(msg("The new workbook; terminals.xlsx in this folder if left out.")),
        ),
    ] = None,
    force: o.Force = False,
    as_json: o.Json = False,
    lang: o.Lang = None,
) -> None:
    """Write an empty workbook to fill in, with headers in both languages."""
    with command(lang, as_json=as_json) as out:
        from batchreset.config import load_settings
        from batchreset.report.safe import replace_file
        from batchreset.template import write_template

        out.speak(load_settings(lang=lang).lang)
        wanted = Path(_NAME) if path is None else path / _NAME if path.is_dir() else path
        _refuse(wanted, replace=force)
        try:
            made, _ = replace_file(wanted, lambda to: write_template(out.text, to))
        except OSError as error:
            raise UsageError(
                "template-not-written",
                msg("{file} can't be written: {error}", file=wanted, error=error.strerror or error),
                msg("Name another place: batchreset template PATH"),
            ) from error
        if as_json:
            out.object({"template": made, "exit_code": 0})
        out.tell(msg("{file}: fill it in, then batchreset check {file}", file=made))


def _refuse(path: Path, *, replace: bool) -> None:
    if path.suffix.casefold() != _SUFFIX:
        raise UsageError(
            "template-suffix",
            msg("{file} is no name for a workbook.", file=path),
            msg("Give it the ending {suffix}.", suffix=_SUFFIX),
        )
    if path.exists() and not replace:
        raise UsageError(
            "template-exists",
            msg("{file} is there already.", file=path),
            msg("Name another file, or write over it with --force."),
        )
