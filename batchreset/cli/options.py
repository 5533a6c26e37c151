"""The options commands share, each written once."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from batchreset.cli.language import early
from batchreset.plan.guards import Guard
from batchreset.text import Message, Text, msg


class HiddenRowsChoice(StrEnum):
    """What `--hidden-rows` can be (`sheet.criteria.HiddenRows`)."""

    INCLUDE = "include"
    SKIP = "skip"


TEXT: Final = Text(early(sys.argv[1:], os.environ))
"""The language of help, which is shown before settings are read."""


def help_text(message: Message) -> str:
    """A help sentence in the language of the command line or of the environment."""
    return TEXT(message)


SheetFile = Annotated[
    Path,
    typer.Argument(
        metavar="SHEET", help=help_text(msg("The list: .xlsx, .xlsm, or .xls, .xlsb, .ods, .csv, .tsv."))
    ),
]
AnnotatedFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[COPY]",
        help=help_text(msg("Where the annotated copy goes; else beside the sheet, as NAME.annotated.xlsx.")),
    ),
]
Annotate = Annotated[
    bool,
    typer.Option(
        "--annotate",
        help=help_text(msg("Write a copy of the sheet with every finding beside its row.")),
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help=help_text(msg("Write over a file that is there already.")))
]
JobId = Annotated[str, typer.Argument(metavar="JOB", help=help_text(msg("The job's id.")))]
MaybeJob = Annotated[
    str | None,
    typer.Argument(
        metavar="[JOB|RESULTS.xlsx|TODO.xlsx]",
        help=help_text(msg("A job's id, its results.xlsx, or its todo.xlsx, mended.")),
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help=help_text(msg("Send without asking.")))]
Json = Annotated[bool, typer.Option("--json", help=help_text(msg("Print one JSON object on stdout.")))]
Output = Annotated[
    Path | None, typer.Option("--output", metavar="DIR", help=help_text(msg("Folder for the job's files.")))
]
LedgerPath = Annotated[
    Path | None, typer.Option("--ledger", metavar="PATH", help=help_text(msg("The ledger's file.")))
]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", metavar="URL", help=help_text(msg("The service's address.")))
]
Rate = Annotated[
    float | None,
    typer.Option("--rate", metavar="N", help=help_text(msg("Calls a second, over all terminals."))),
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", metavar="N", help=help_text(msg("Calls in flight at most.")))
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="S", help=help_text(msg("Seconds for one call.")))
]
OnlyFirst = Annotated[
    int | None,
    typer.Option("--only-first", metavar="N", min=1, help=help_text(msg("Send only the first N rows."))),
]
MaxFailures = Annotated[
    str | None,
    typer.Option(
        "--max-failures",
        metavar="N|P%",
        help=help_text(
            msg("Stop when more rows than this fail: a number, or a share (judged from 20 rows on).")
        ),
    ),
]
Accept = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        metavar="KIND",
        help=help_text(msg("Let a surprising plan pass ({kinds}); may be given again.", kinds=tuple(Guard))),
    ),
]
Again = Annotated[
    bool,
    typer.Option("--again", help=help_text(msg("Also reset terminals that have a code which still lives."))),
]
RetryUnknown = Annotated[
    bool,
    typer.Option(
        "--retry-unknown",
        help=help_text(msg("Also send rows whose last answer was lost; a second code may go out.")),
    ),
]
Preflight = Annotated[
    bool,
    typer.Option(
        "--preflight",
        help=help_text(msg("Ask the service first which terminals it has; unfit ones are not sent.")),
    ),
]
FillContacts = Annotated[
    bool,
    typer.Option(
        "--fill-contacts",
        help=help_text(msg("Use the registered contact for rows that have none (with a preflight).")),
    ),
]
Logout = Annotated[
    bool, typer.Option("--logout", help=help_text(msg("End the access token's life when the run is over.")))
]
Lang = Annotated[
    str | None,
    typer.Option("--lang", metavar="en-US|zh-CN", help=help_text(msg("Language of texts and files."))),
]
SheetName = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help=help_text(msg("The sheet in the workbook.")))
]
ColumnHeaders = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=HEADER",
        help=help_text(msg('Which column holds sn, mobile, country or email, e.g. sn="Serial no."')),
    ),
]
HeaderRow = Annotated[
    int | None,
    typer.Option(
        "--header-row", metavar="N", min=1, help=help_text(msg("The row in which the headers begin."))
    ),
]
HiddenRows = Annotated[
    HiddenRowsChoice | None,
    typer.Option(
        "--hidden-rows",
        metavar="HOW",
        help=help_text(msg("Rows hidden in the sheet: include or skip. Without it a run stops at them.")),
    ),
]
FirstContact = Annotated[
    bool,
    typer.Option("--first-contact", help=help_text(msg("Take the first of several contacts in one cell."))),
]
AllowDomain = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-domain",
        metavar="DOMAIN",
        help=help_text(msg("Only e-mail addresses at this domain (may be given again).")),
    ),
]
AllowCountry = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-country",
        metavar="NAME",
        help=help_text(msg("Only mobile numbers of this country (may be given again).")),
    ),
]
InPlace = Annotated[
    bool,
    typer.Option(
        "--in-place", help=help_text(msg("Also write the results into the workbook; keeps a backup."))
    ),
]
Simulate = Annotated[
    bool,
    typer.Option(
        "--simulate", help=help_text(msg("Rehearse on the built-in simulator, with a ledger of its own."))
    ),
]
Canary = Annotated[
    int | None,
    typer.Option(
        "--canary",
        metavar="N",
        min=1,
        help=help_text(msg("Send the first N rows, then ask before the rest (without a terminal: stop).")),
    ),
]
WaveBy = Annotated[
    str | None,
    typer.Option(
        "--wave-by",
        metavar="HEADER",
        help=help_text(msg("Send site by site, by the text of this column, and ask in between.")),
    ),
]
WavePause = Annotated[
    float | None,
    typer.Option(
        "--wave-pause",
        metavar="S",
        min=0,
        help=help_text(msg("Wait S seconds between waves instead of asking.")),
    ),
]
Notify = Annotated[
    list[str] | None,
    typer.Option(
        "--notify",
        metavar="mailto:ADDRESS|https://WEBHOOK",
        help=help_text(msg("Tell of a job's end: counts, no contacts; may be given again.")),
    ),
]
GroupBy = Annotated[
    str | None,
    typer.Option(
        "--group-by",
        metavar="HEADER",
        help=help_text(
            msg("Group the reports by this column; without it by one of sites, departments or the like.")
        ),
    ),
]
