"""Schedules as text: what they say, and that no odd path breaks out of them."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from batchreset.errors import UsageError
from batchreset.schedule.render import (
    BEGIN,
    Entry,
    calendars,
    crontab_lines,
    task_xml,
    units,
    without_ours,
)
from batchreset.schedule.times import Times, by_cron, daily, every

ENTRY = Entry(
    ("/opt/my venv/bin/python", "-m", "batchreset", "rerun", "--yes", "--output", "/srv/50% $HOME"),
    PurePosixPath("/srv/site's folder"),
    PurePosixPath("/home/op/.config/batchreset/secrets.env"),
    PurePosixPath("/home/op/state/schedule.lock"),
    PurePosixPath("/home/op/state/schedule.log"),
)
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
CHILDREN = {
    "Task": ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"],
    "CalendarTrigger": ["Repetition", "StartBoundary", "Enabled", "ScheduleByDay"],
    "Exec": ["Command", "Arguments", "WorkingDirectory"],
    "Repetition": ["Interval", "Duration"],
}
"""The order that the schema's sequences ask for (MS-TSCH 2.5), of the elements we use."""


@pytest.mark.parametrize(
    ("times", "cron", "calendar"),
    [
        (every("30m"), "0,30 * * * *", ["*-*-* *:00,30:00"]),
        (every("6h"), "0 0,6,12,18 * * *", ["*-*-* 00,06,12,18:00:00"]),
        (daily("08:30"), "30 8 * * *", ["*-*-* 08:30:00"]),
        (by_cron("*/30 8-9 * * 1-5"), "0,30 8,9 * * 1,2,3,4,5", ["Mon,Tue,Wed,Thu,Fri *-*-* 08,09:00,30:00"]),
        (by_cron("0 9 1 jan sun"), "0 9 1 1 0", ["*-01-01 09:00:00", "Sun *-01-* 09:00:00"]),
        (by_cron("0 9 * * 7"), "0 9 * * 0", ["Sun *-*-* 09:00:00"]),
    ],
)
def test_times_read_the_same_for_cron_and_systemd(times: Times, cron: str, calendar: list[str]) -> None:
    assert calendars(times) == calendar
    assert crontab_lines(ENTRY, times).splitlines()[1].startswith(f"{cron} cd ")


@pytest.mark.parametrize("text", ["7m", "0m", "5h", "90m", "m", "30", "-5m"])
def test_every_that_divides_nothing_evenly_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="every-option"):
        every(text)


@pytest.mark.parametrize(
    "text", ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-3 * * * *", "*/0 * * * *"]
)
def test_cron_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cron-expression"):
        by_cron(text)


def test_units_escape_what_systemd_would_replace() -> None:
    service = units(ENTRY, every("30m"))["batchreset-rerun.service"]
    assert (
        'ExecStart="/opt/my venv/bin/python" -m batchreset rerun --yes --output "/srv/50%% $$HOME"' in service
    )
    assert "WorkingDirectory=/srv/site's folder\n" in service
    assert "Type=oneshot" in service


def test_crontab_line_is_one_line_whose_shell_words_are_the_programs() -> None:
    block = crontab_lines(ENTRY, every("30m"))
    assert block.count("\n") == 3
    line = block.splitlines()[1]
    assert not re.search(r"(?<!\\)%", line)
    words = shlex.split(line.replace(r"\%", "%"))
    at = words.index("flock")
    assert words[at + 1 :][: 2 + len(ENTRY.program)] == ["-n", str(ENTRY.lock), *ENTRY.program]


@given(st.text(st.characters(codec="ascii", exclude_characters="\r"), max_size=200))
def test_crontab_of_others_is_kept_byte_for_byte(others: str) -> None:
    if BEGIN in others:
        return
    before = others if not others or others.endswith("\n") else others + "\n"
    assert without_ours(before + crontab_lines(ENTRY, daily("01:00"))) == before
    assert without_ours(before) == before


@pytest.mark.parametrize("times", [every("30m"), daily("08:30")])
def test_task_keeps_to_the_schemas_order_and_starts_no_second_one(times: Times) -> None:
    entry = Entry(
        (r"C:\My venv\python.exe", "-m", "batchreset", "--output", "C:\\out dir\\", "a&b<c"),
        PureWindowsPath(r"C:\Sites & more"),
        *(PureWindowsPath(r"C:\x"),) * 3,
    )
    task = fromstring(task_xml(entry, times, "2026-11-23").replace('encoding="UTF-16"', ""))
    assert task.tag == f"{TASK}Task"
    for element in task.iter():
        order = CHILDREN.get(element.tag.removeprefix(TASK))
        if order:
            places = [order.index(child.tag.removeprefix(TASK)) for child in element]
            assert places == sorted(places)
    assert task.findtext(f".//{TASK}MultipleInstancesPolicy") == "IgnoreNew"
    assert task.findtext(f".//{TASK}Command") == r"C:\My venv\python.exe"
    assert task.findtext(f".//{TASK}WorkingDirectory") == r"C:\Sites & more"
    assert task.findtext(f".//{TASK}Arguments") == r'-m batchreset --output "C:\out dir\\" a&b<c'
    start = task.findtext(f".//{TASK}StartBoundary") or ""
    assert re.fullmatch(r"2026-11-23T\d\d:\d\d:00", start)


def test_task_by_cron_is_refused() -> None:
    with pytest.raises(UsageError, match="schedule-cron"):
        task_xml(ENTRY, by_cron("0 9 * * 1"), "2026-11-23")


def test_path_with_a_line_break_is_refused() -> None:
    odd = Entry(("python",), PurePosixPath("/a\nExecStart=/bin/sh"), *(PurePosixPath("/x"),) * 3)
    for make in (lambda: units(odd, every("1h")), lambda: crontab_lines(odd, every("1h"))):
        with pytest.raises(UsageError, match="schedule-path"):
            make()
