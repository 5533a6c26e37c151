"""The entries themselves, as the three schedulers read them. Pure.

No secret is in any of them: command lines are seen by everybody on the machine and unit files are read
by backups. Secrets lie in the keyring, or in a file that only their owner can read.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final
from xml.sax.saxutils import escape

from batchreset.errors import UsageError
from batchreset.schedule.times import WEEKDAYS, Field, Times
from batchreset.text.messages import msg

NAME: Final = "batchreset-rerun"
BEGIN: Final = f"# {NAME}: begin"
END: Final = f"# {NAME}: end"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is run: absolute paths throughout.

    `folder` is where `batchreset.toml` and the output lie, `secrets` a file of `BATCHRESET_…=` lines
    that need not exist, `lock` and `log` are for schedulers that have neither.
    """

    program: tuple[str, ...]
    folder: PurePath
    secrets: PurePath
    lock: PurePath
    log: PurePath

    def refuse_odd(self) -> None:
        """Raises UsageError for a line break in a path, which no entry could hold."""
        for part in (*self.program, str(self.folder), str(self.secrets), str(self.lock), str(self.log)):
            if not part.isprintable():
                raise UsageError(
                    "schedule-path",
                    msg("The path {path} can't stand in a schedule.", path=ascii(part)),
                    msg("Use a folder without line breaks in its name."),
                )


def units(entry: Entry, times: Times) -> dict[str, str]:
    """A systemd user timer and its service, by file name. A service runs once at a time by itself."""
    entry.refuse_odd()
    command = " ".join(map(_systemd_word, entry.program))
    calendar = "\n".join(f"OnCalendar={line}" for line in calendars(times))
    service = f"""\
[Unit]
Description=batchreset: send what is left of open jobs and due
Documentation=man:systemd.timer(5)

[Service]
Type=oneshot
WorkingDirectory={_systemd_path(entry.folder)}
EnvironmentFile=-{_systemd_path(entry.secrets)}
ExecStart={command}
# 1: some rows need a person; the reports say which
SuccessExitStatus=1
# a stop drains the calls in flight and writes the reports
KillMode=mixed
TimeoutStopSec=180
"""
    timer = f"""\
[Unit]
Description=When batchreset sends what is left of open jobs

[Timer]
{calendar}
Persistent=true
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
"""
    return {f"{NAME}.service": service, f"{NAME}.timer": timer}


def calendars(times: Times) -> list[str]:
    """Times as systemd's calendar expressions: two where cron takes either kind of days."""
    clock = f"{_listed(times.hours)}:{_listed(times.minutes)}:00"
    months, named = _listed(times.months), ""
    if times.weekdays is not None:
        named = ",".join(WEEKDAYS[number] for number in times.weekdays) + " "
    if times.days is not None and times.weekdays is not None:
        return [f"*-{months}-{_listed(times.days)} {clock}", f"{named}*-{months}-* {clock}"]
    return [f"{named}*-{months}-{_listed(times.days)} {clock}"]


def _listed(field: Field) -> str:
    return "*" if field is None else ",".join(f"{number:02}" for number in field)


def _systemd_word(word: str) -> str:
    plain = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w@%+=:,./$-]+", plain):
        return plain
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _systemd_path(path: PurePath) -> str:
    return str(path).replace("%", "%%")


def crontab_lines(entry: Entry, times: Times) -> str:
    """A block for a crontab, between marks of ours. `flock` keeps two runs apart."""
    entry.refuse_odd()
    secrets = shlex.quote(str(entry.secrets))
    command = (
        f"cd {shlex.quote(str(entry.folder))} && if [ -r {secrets} ]; then set -a; . {secrets}; set +a; fi"
        f" && flock -n {shlex.quote(str(entry.lock))} {shlex.join(entry.program)}"
        f" >> {shlex.quote(str(entry.log))} 2>&1"
    )
    fields = (times.minutes, times.hours, times.days, times.months, times.weekdays)
    when = " ".join("*" if field is None else ",".join(map(str, field)) for field in fields)
    escaped = command.replace("%", "\\%")  # a bare one ends the command for cron
    return f"{BEGIN}\n{when} {escaped}\n{END}\n"


def without_ours(crontab: str) -> str:
    """A crontab without the block of ours; everything else stays as it is, byte for byte."""
    block = rf"^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n?"
    return re.sub(block, "", crontab, flags=re.DOTALL | re.MULTILINE)


def task_xml(entry: Entry, times: Times, start: str) -> str:
    """A task for the Windows Task Scheduler (schema 1.2). `start` is a local `YYYY-MM-DD`.

    Raises:
        UsageError: the times are a cron expression, which it does not know.
    """
    entry.refuse_odd()
    if times.every_minutes is None and not times.daily:
        raise UsageError(
            "schedule-cron",
            msg("The Windows Task Scheduler knows no cron expressions."),
            msg("Use --every or --at; or leave `batchreset watch --cron` running."),
        )
    repetition, at = "", "00:00:00"
    if times.every_minutes is not None:
        interval = f"<Interval>PT{times.every_minutes}M</Interval>"
        repetition = f"<Repetition>{interval}<Duration>P1D</Duration></Repetition>"
    elif times.hours and times.minutes:
        at = f"{times.hours[0]:02}:{times.minutes[0]:02}:00"
    command, *arguments = entry.program
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>batchreset: send what is left of open jobs and due</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      {repetition}<StartBoundary>{start}T{at}</StartBoundary>
      <Enabled>true</Enabled>
      <ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <Enabled>true</Enabled>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{escape(command)}</Command>
      <Arguments>{escape(" ".join(map(_windows_word, arguments)))}</Arguments>
      <WorkingDirectory>{escape(str(entry.folder))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def _windows_word(word: str) -> str:
    """An argument as the C runtime reads it back."""
    if word and not re.search(r'[\s"]', word):
        return word
    quoted = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", quoted) + '"'
