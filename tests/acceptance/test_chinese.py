"""A Chinese reader at a terminal: help, tables, labels, the question and the progress line up."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.acceptance.cli import PROGRAM, Bench, contact
from tests.acceptance.cli import sheet as site_of
from tests.served import PATIENCE_S
from tests.wide import cells, spread

HAN = re.compile("[\u4e00-\u9fff]")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
LABEL_CELLS = 10
COMMANDS = (
    *("demo", "template", "check", "plan", "run", "rerun", "watch", "schedule", "report", "jobs", "history"),
    *("resolve", "verify", "forget", "codes", "activated", "simulator", "doctor"),
)
SNS = [f"21023113374{n:09d}" for n in range(12)]


@contextmanager
def _terminal(columns: int) -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def at_terminal(bench: Bench, columns: int, *words: str, typed: str = "") -> str:
    """All that a command shows at a Chinese terminal so wide, without its colours."""
    env = {name: value for name, value in bench.env.items() if name not in ("COLUMNS", "NO_COLOR")}
    env |= {"TERM": "xterm-256color", "BATCHRESET_LANG": "zh-CN", "BATCHRESET_RATE": "5"}
    with _terminal(columns) as (ours, theirs):
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=bench.folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = b"".join(_read(ours))
        process.wait(PATIENCE_S)
    text = shown.decode("utf-8")
    assert "Traceback" not in text, text
    return CONTROL.sub("", text)


def _read(ours: int) -> Iterator[bytes]:
    try:
        while block := os.read(ours, 65_536):
            yield block
    except OSError:  # EIO: how a Linux terminal says that the other side has gone
        return


def tables(text: str) -> list[list[str]]:
    """The tables of a page: lines from a header to the end, as they stand above and below a rule."""
    lines = text.replace("\r", "").split("\n")
    found = []
    for at, line in enumerate(lines):
        if set(line.strip()) == {"─"}:
            first, last = at, at
            while first and lines[first - 1].strip():
                first -= 1
            while last + 1 < len(lines) and lines[last + 1].strip() and cells(lines[last + 1]) == cells(line):
                last += 1
            found.append(lines[first : last + 1])
    return found


def misplaced(table: Sequence[str]) -> list[str]:
    """Lines of a table that are of another width, or have text in a gap between two columns."""
    head = spread(table[0])
    starts = [
        at for at in range(2, len(head)) if head[at] not in (" ", "") and head[at - 1] == head[at - 2] == " "
    ]
    rows = [line for line in table if "─" not in line]
    return [
        line
        for line in rows
        if cells(line) != cells(table[0])
        or any(spread(line)[at - 1] != " " for at in starts if at < len(spread(line)))
    ]


def test_misplaced_when_a_table_goes_by_characters_then_told() -> None:
    """The check itself: what str.ljust makes of wide characters does not line up."""
    good = ["任务    表格", "────────────", "甲      乙  ", "丙      丁  "]
    assert misplaced(good) == []
    assert misplaced([*good[:2], "x      y    ", "甲甲甲甲戊 "]) == ["x      y    ", "甲甲甲甲戊 "]


# --- help


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_when_chinese_then_every_line_of_it_and_none_too_wide(bench: Bench, command: str) -> None:
    shown = at_terminal(bench, 80, *command.split(), "--help").replace("\r", "")
    usage, *lines = shown.rstrip("\n").split("\n")
    assert usage.startswith("用法： batchreset")
    assert [line for line in lines if cells(line) > 80] == []
    entries = re.split(r"\n(?=  \S|\S|\n)", "\n".join(lines))
    explained = [entry for entry in entries if re.match(r"  (-|[a-z]+  )", entry)]
    assert explained
    assert [entry for entry in explained if not HAN.search(entry)] == []
    assert [line for line in lines if re.search(r"[A-Z][a-z]+ [a-z]+ [a-z]+", line)] == []


@pytest.mark.parametrize("command", ["", "run"])
def test_help_when_chinese_then_its_second_column_begins_in_one_place(bench: Bench, command: str) -> None:
    lines = at_terminal(bench, 80, *command.split(), "--help").replace("\r", "").split("\n")
    begins = {
        match.end() for line in lines if (match := re.match(r"  (?:-\S+(?: \S+)*|[a-z]+) {2,}(?=\S)", line))
    }
    assert len(begins) <= 2, "more columns than those of options and of commands"


def test_help_when_all_commands_are_listed_then_they_are_those_of_this_test(bench: Bench) -> None:
    shown = at_terminal(bench, 80, "--help")
    listed = re.findall(r"^  ([a-z]+)  ", shown.partition("命令：")[2], re.MULTILINE)
    assert listed == list(COMMANDS)


def test_mistake_on_the_command_line_when_chinese_then_in_chinese(bench: Bench) -> None:
    assert "缺少参数 'SHEET'。" in at_terminal(bench, 80, "run")
    assert "'--rate' 的值无效：必须是数字" in at_terminal(bench, 80, "run", "x.xlsx", "--rate", "fast")


# --- tables


@pytest.mark.parametrize("columns", [80, 120])
def test_tables_when_chinese_then_they_line_up(bench: Bench, columns: int) -> None:
    site = str(site_of(bench.folder, SNS[:3], "站点一览表.xlsx"))
    done = bench.run("run", site, "--simulate", "--yes", "--json")
    assert done.code == 0, done.err
    job = done.object["job"]
    for words, count in (
        (("jobs", "--simulate"), 1),
        (("history", SNS[0], "--simulate"), 1),
        (("codes",), 1),
        (("doctor",), 6),
        (("simulator", "--list-faults"), 3),
        (("simulator", "--list-assumptions"), 1),
    ):
        shown = at_terminal(bench, columns, *words)
        found = tables(shown)
        assert len(found) >= count, shown
        assert max(map(cells, shown.replace("\r", "").split("\n"))) <= columns or words[0] == "doctor"
        for table in found:
            assert len(table) > 2, shown
            assert HAN.search("".join(table)), shown
            assert misplaced(table) == [], "\n".join(table)
        if words[0] == "jobs":
            assert job in shown, "an id to copy stays whole"


# --- the plan, the question, the progress


@pytest.mark.parametrize("columns", [80, 120])
def test_run_when_chinese_then_labels_question_and_progress_fit(bench: Bench, columns: int) -> None:
    site = str(site_of(bench.folder, SNS, "站点.xlsx"))
    shown = at_terminal(bench, columns, "run", site, "--simulate", "--rate", "20", typed=f"{len(SNS)}\n")
    assert "现在发送 12 次重置？请输入该数字以确认：" in shown
    assert "任务 " in shown
    assert "共 12 行：成功 12" in shown
    frames = [line for line in re.split(r"[\r\n]+", shown) if "/秒" in line]
    assert frames, shown
    assert any("成功" in frame for frame in frames), shown
    assert [frame for frame in frames if cells(frame) > columns] == []
    labelled = [
        line for line in re.split(r"[\r\n]+", shown) if re.match(r"(行数|发送|发往|工作表|列) ", line)
    ]
    assert len(labelled) == 5, shown
    for line in labelled:
        assert spread(line)[LABEL_CELLS - 1] == " ", line
        assert spread(line)[LABEL_CELLS] != " ", line


def test_check_when_chinese_then_masked_contacts_and_counts_are_whole(bench: Bench) -> None:
    site = str(site_of(bench.folder, [*SNS[:2], SNS[0]], "站点.xlsx"))
    shown = at_terminal(bench, 80, "check", site)
    assert "共 3 行：可用 1，数据无效 2，重复 0" in shown
    assert contact(0)[1] not in shown
