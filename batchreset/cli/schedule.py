"""`schedule`: prints, sets up or removes the entry that runs `rerun --yes` by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from batchreset.cli import options as o
from batchreset.cli import streams
from batchreset.cli.flags import Flags, takes_flags
from batchreset.cli.options import help_text
from batchreset.cli.output import Output, command
from batchreset.cli.setup import gathered
from batchreset.errors import UsageError
from batchreset.text import msg

if TYPE_CHECKING:
    from batchreset.schedule.render import Entry
    from batchreset.schedule.times import Times

_PATIENCE_S: Final = 60


class Kind(StrEnum):
    """The schedulers there are."""

    SYSTEMD = "systemd"
    CRON = "cron"
    WINDOWS = "windows"


@takes_flags("output", "ledger", "endpoint", "rate", "lang")
def schedule(
    kind: Annotated[
        Kind | None,
        typer.Option(help=help_text(msg("Which scheduler; the one this machine has, if not said."))),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="30m|2h", help=help_text(msg("So far apart, all day.")))
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="HH:MM", help=help_text(msg("Once a day.")))] = None,
    cron: Annotated[
        str | None, typer.Option(metavar="EXPR", help=help_text(msg("By a cron expression of five fields.")))
    ] = None,
    install: Annotated[bool, typer.Option("--install", help=help_text(msg("Set it up.")))] = False,
    remove: Annotated[bool, typer.Option("--remove", help=help_text(msg("Take it away again.")))] = False,
    as_json: o.Json = False,
    *,
    flags: Flags,
) -> None:
    """Print the entry, or with `--install` / `--remove` set it up or take it away."""
    with command(flags.lang, as_json=as_json) as out:
        settings = gathered(flags)
        out.speak(settings.lang)
        if install and remove:
            raise UsageError(
                "schedule-options",
                msg("--install and --remove exclude each other."),
                msg("Leave one of the two out."),
            )
        chosen = kind or _own_kind()
        if remove:
            _remove(chosen)
            out.tell(msg("The schedule is removed."))
            _end(out, chosen, {})
        files = _files(chosen, _entry(flags), _times(every, at, cron))
        if install:
            _install(chosen, files)
            out.tell(msg("The schedule is set up."))
        elif not as_json:
            for name, content in files.items():
                streams.write(sys.stdout, f"# {name}\n{content}\n")
        _explain(out, chosen, installed=install)
        _end(out, chosen, files)


def _end(out: Output, kind: Kind, files: dict[str, str]) -> None:
    if out.as_json:
        out.object({"kind": str(kind), "files": files, "exit_code": 0})
    raise typer.Exit(0)


def _own_kind() -> Kind:
    if os.name == "nt":
        return Kind.WINDOWS
    return Kind.SYSTEMD if shutil.which("systemctl") else Kind.CRON


def _times(every: str | None, at: str | None, cron: str | None) -> Times:
    from batchreset.schedule import times

    given = [word for word in (every, at, cron) if word is not None]
    if len(given) > 1:
        raise UsageError(
            "schedule-options",
            msg("--every, --at and --cron exclude each other."),
            msg("Leave all but one of them out."),
        )
    if at is not None:
        return times.daily(at)
    return times.by_cron(cron) if cron is not None else times.every(every or "30m")


def _entry(flags: Flags) -> Entry:
    """What is run: this very Python, from this folder, with the paths that were given made absolute."""
    import platformdirs

    from batchreset.config import APP, state_folder
    from batchreset.schedule.render import Entry

    program = [sys.executable, "-m", "batchreset", "rerun", "--yes"]
    for name, path in (("--ledger", flags.ledger), ("--output", flags.output)):
        if path is not None:
            program += [name, str(path.expanduser().absolute())]
    for name, value in (("--endpoint", flags.endpoint), ("--rate", flags.rate), ("--lang", flags.lang)):
        if value is not None:
            program += [name, str(value)]
    config = platformdirs.user_config_path(APP, appauthor=False)
    state = state_folder()
    return Entry(
        tuple(program), Path.cwd(), config / "secrets.env", state / "schedule.lock", state / "schedule.log"
    )


def _files(kind: Kind, entry: Entry, when: Times) -> dict[str, str]:
    """The entry's texts by where they go."""
    from batchreset.schedule import render
    from batchreset.world import wall_clock

    if kind is Kind.SYSTEMD:
        return {str(_unit_folder() / name): text for name, text in render.units(entry, when).items()}
    if kind is Kind.CRON:
        return {"crontab": render.crontab_lines(entry, when)}
    return {f"{render.NAME}.xml": render.task_xml(entry, when, f"{wall_clock().astimezone():%Y-%m-%d}")}


def _unit_folder() -> Path:
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user"


def _install(kind: Kind, files: dict[str, str]) -> None:
    from batchreset.config import state_folder
    from batchreset.schedule.render import NAME, without_ours

    state_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    if kind is Kind.SYSTEMD:
        _install_units({Path(name): content for name, content in files.items()})
    elif kind is Kind.CRON:
        kept = without_ours(_crontab())
        block = "" if not kept or kept.endswith("\n") else "\n"
        _system("crontab", "-", given=f"{kept}{block}{files['crontab']}")
    else:
        path = state_folder() / f"{NAME}.xml"
        path.write_text(files[f"{NAME}.xml"], "utf-16")
        _system("schtasks", "/Create", "/TN", NAME, "/XML", str(path), "/F")


def _install_units(units: Mapping[Path, str]) -> None:
    """Write the units and start the timer; where systemd takes none, the folder is left as it was."""
    from batchreset.report.safe import replace_file
    from batchreset.schedule.render import NAME

    _unit_folder().mkdir(parents=True, exist_ok=True)
    before = {path: path.read_text("utf-8") if path.exists() else None for path in units}
    for path, content in units.items():
        replace_file(path, partial(_write, content))
    try:
        _system("systemctl", "--user", "daemon-reload")
        _system("systemctl", "--user", "enable", "--now", f"{NAME}.timer")
    except UsageError:
        for path, old in before.items():
            path.unlink() if old is None else replace_file(path, partial(_write, old))
        raise


def _write(content: str, path: Path) -> None:
    path.write_text(content, "utf-8")


def _remove(kind: Kind) -> None:
    from batchreset.schedule.render import NAME, without_ours

    if kind is Kind.SYSTEMD:
        units = [_unit_folder() / f"{NAME}.{ending}" for ending in ("timer", "service")]
        if not any(unit.exists() for unit in units):
            raise _not_there()
        _system("systemctl", "--user", "disable", "--now", f"{NAME}.timer")
        for unit in units:
            unit.unlink(missing_ok=True)
        _system("systemctl", "--user", "daemon-reload")
    elif kind is Kind.CRON:
        before = _crontab()
        after = without_ours(before)
        if after == before:
            raise _not_there()
        _system("crontab", "-", given=after)
    else:
        _system("schtasks", "/Delete", "/TN", NAME, "/F")


def _not_there() -> UsageError:
    return UsageError(
        "no-schedule",
        msg("There is no schedule of batchreset's here."),
        msg("Look with --kind for one that another scheduler keeps."),
    )


def _crontab() -> str:
    """The user's crontab; nothing where there is none yet.

    Raises:
        UsageError: it can't be read: writing a new one would lose it.
    """
    done = _called("crontab", "-l")
    if done.returncode == 0:
        return done.stdout
    if "no crontab" in done.stderr.lower():
        return ""
    raise _failed("crontab", done.stderr)


def _system(*words: str, given: str | None = None) -> None:
    done = _called(*words, given=given)
    if done.returncode != 0:
        raise _failed(words[0], done.stderr or done.stdout)


def _called(*words: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    path = shutil.which(words[0])
    if path is None:
        raise _failed(words[0], "-")
    try:
        return subprocess.run(  # noqa: S603  # fixed words of ours, no shell
            [path, *words[1:]],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "LC_ALL": "C"},  # what crontab says is read
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(words[0], type(error).__name__) from None


def _failed(program: str, said: str) -> UsageError:
    return UsageError(
        "scheduler-failed",
        msg("{program} did not do it: {said}", program=program, said=said.strip()[:500]),
        msg("Print the entry without --install and set it up by hand, or choose another --kind."),
    )


def _explain(out: Output, kind: Kind, *, installed: bool) -> None:
    """What a person must still see to; on stderr, so that what is printed can be piped."""
    if kind is Kind.WINDOWS:
        out.say(
            msg(
                "Secrets: keep the App Key in the keyring (keyring set batchreset <App ID>), not in the task."
            )
        )
        return
    out.say(
        msg(
            "Secrets: in the keyring, or as BATCHRESET_APP_KEY=… in {file} (chmod 600); in no command line.",
            file=_entry(Flags()).secrets,
        )
    )
    if kind is Kind.SYSTEMD:
        out.say(msg("To run without a login session: loginctl enable-linger"))
    if installed and kind is Kind.CRON:
        out.say(msg("What it says goes to {file}", file=_entry(Flags()).log))
