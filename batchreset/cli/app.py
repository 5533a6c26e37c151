"""The list of commands."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from batchreset import __version__
from batchreset.cli import (
    activated,
    audit,
    codes,
    doctor,
    known,
    look,
    resolve,
    schedule,
    send,
    simulator,
    template,
    watch,
)
from batchreset.cli.helping import Command, Group, said
from batchreset.cli.options import help_text
from batchreset.text import msg

app = typer.Typer(
    cls=Group,
    help=help_text(
        msg("Gives a site of Huawei Cloud Meeting terminals new activation codes from a spreadsheet.")
    ),
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,  # plain help: rich would double the start-up time of --help
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
command = partial(app.command, cls=Command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"batchreset {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help=help_text(msg("Show the version and exit."))
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=help_text(msg("Show where an internal error happened.")))
    ] = False,
) -> None:
    """Options before the command; `--debug` is looked at by `cli.main`."""
    del version, debug


command("demo", help=help_text(msg("Run the whole main job on the built-in simulator.")))(send.demo)
command("template", help=help_text(msg("Write an empty workbook to fill in.")))(template.template)
command("check", help=help_text(msg("Validate a sheet: no network, no ledger.")))(look.check)
command("plan", help=help_text(msg("Show what a run would do now; no reset is sent.")))(look.plan)
command("run", help=help_text(msg("Plan, confirm, reset, report.")))(send.run)
command(
    "rerun",
    help=help_text(msg("Send what is left of a job; without an argument, of every job with something due.")),
)(send.rerun)
command("watch", help=help_text(msg("Stay up and send whatever falls due, until stopped.")))(watch.watch)
command(
    "schedule",
    help=help_text(msg("Print, or install, an entry for systemd, cron or Windows that runs `rerun`.")),
)(schedule.schedule)
command("report", help=help_text(msg("Write a job's reports again, from sheet and ledger.")))(look.report)
command("jobs", help=help_text(msg("List the jobs the ledger knows.")))(known.jobs)
command("history", help=help_text(msg("Show every call to a terminal and the quota left.")))(known.history)
command("resolve", help=help_text(msg("Say whether codes arrived whose answers were lost.")))(resolve.resolve)
command("verify", help=help_text(msg("Check that nothing in the ledger was changed, removed or swapped.")))(
    audit.verify
)
command("forget", help=help_text(msg("Remove old jobs from the ledger.")))(audit.forget)
command("codes", help=help_text(msg("The service's error codes and what each means here.")))(codes.codes)
command("activated", help=help_text(msg("Ask which of a job's terminals have come alive.")))(
    activated.activated
)
command("simulator", help=help_text(msg("Serve the simulator on loopback.")))(simulator.simulator)
command("doctor", help=help_text(msg("Check settings, login, ledger and clock; sends no reset.")))(
    doctor.doctor
)


def usage_error_of(error: Exception) -> str | None:
    """What typer has against the command line, in the reader's language; None for any other error."""
    show = getattr(error, "format_message", None)
    if not callable(show):
        return None
    context = getattr(error, "ctx", None)
    usage = f"{context.get_usage()}\n" if context is not None else ""
    return f"{usage}{said(show())}"
