"""Processes on the virtual machine: what a kill, a stop and a signal do at their step."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from batchreset.errors import LedgerError
from batchreset.ledger.writer import Transactions
from tests.simulation.diary import Diary
from tests.simulation.machine import Blow, Killed, MachineLoop, Process, Strike, TurnWriter

Main = Callable[[Process], Coroutine[Any, Any, None]]


def run(main: Main, blows: dict[int, Blow]) -> Process:
    """One process from its begin to its end."""
    process = Process("p", Random(1), blows, Diary(0))

    async def body() -> None:
        await process.run(lambda: main(process))

    with asyncio.Runner(loop_factory=MachineLoop) as runner:
        runner.run(body())
    return process


def kill(step: int) -> dict[int, Blow]:
    return {step: Blow(Strike.KILL)}


class Table:
    """A file with one table of numbers, and a writer in the process's turns."""

    def __init__(self, path: Path, process: Process) -> None:
        self.path = path
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number)")
        self.writer = TurnWriter(process, Transactions(connection, lambda _: None, lambda: None))
        process.on_death.append(self.writer.abandon)

    async def keep(self, number: int) -> int:
        def insert(connection: sqlite3.Connection, numbers: Any) -> list[int]:
            return [connection.execute("INSERT INTO kept VALUES (?)", (one,)).rowcount for one in numbers]

        return await self.writer.submit(insert, number)


def kept(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM kept")]


@pytest.mark.parametrize(
    ("step", "there", "told"),
    [(1, [], []), (2, [], []), (3, [1], []), (4, [1], [1]), (99, [1, 2], [1, 2])],
    ids=["asks", "is about to commit", "has committed", "asks for the next", "lives"],
)
def test_kill_at_a_step_keeps_what_was_committed_and_tells_nobody(
    tmp_path: Path, step: int, there: list[int], told: list[int]
) -> None:
    known: list[int] = []

    async def main(process: Process) -> None:
        table = Table(tmp_path / "file", process)
        for number in (1, 2):
            await table.keep(number)
            known.append(number)
        table.writer.close()

    process = run(main, kill(step))
    assert (kept(tmp_path / "file"), known) == (there, told)
    assert not process.alive


def test_kill_ends_all_tasks_of_the_process_and_what_they_clean_up_has_no_effect(tmp_path: Path) -> None:
    done: list[str] = []

    async def work(process: Process, table: Table) -> None:
        try:
            await asyncio.sleep(3600)
            done.append("worked on")
        finally:
            with pytest.raises(Killed):
                await table.keep(7)
            done.append("tried to clean up")

    async def main(process: Process) -> None:
        table = Table(tmp_path / "file", process)
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(work(process, table))
            await asyncio.sleep(1)
            process.step("the first")

    run(main, kill(1))
    assert done == ["tried to clean up"] * 3
    assert kept(tmp_path / "file") == []


def test_stop_holds_all_steps_of_the_process_while_time_and_others_go_on() -> None:
    times: list[tuple[str, float]] = []

    async def ticking(name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            times.append((name, round(asyncio.get_running_loop().time())))

    async def main(process: Process) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(ticking("own"))
            await asyncio.sleep(1.5)
            process.step("the first")

    async def body() -> None:
        process = Process("p", Random(1), {1: Blow(Strike.STOP, 100.0)}, Diary(0))
        await asyncio.gather(process.run(lambda: main(process)), ticking("other"))

    with asyncio.Runner(loop_factory=MachineLoop) as runner:
        runner.run(body())
    assert [at for name, at in times if name == "other"] == [1, 2, 3]
    assert [at for name, at in times if name == "own"] == [1, 102, 103]


@pytest.mark.parametrize("signals", [1, 2])
def test_interrupt_is_heard_as_often_as_it_comes(signals: int) -> None:
    heard: list[int] = []

    async def main(process: Process) -> None:
        with process.signals.heard_by(heard.append):
            for _ in range(5):
                process.step("works")
                await asyncio.sleep(1)

    run(main, {step: Blow(Strike.INTERRUPT) for step in range(1, signals + 1)})
    assert heard == list(range(1, signals + 1))


def test_writer_in_turns_commits_what_came_in_together_and_tells_of_failures(tmp_path: Path) -> None:
    async def main(process: Process) -> None:
        table = Table(tmp_path / "file", process)
        assert await asyncio.gather(*(table.keep(number) for number in range(5))) == [1] * 5
        assert process.steps == 5 + 2, "one commit for all"
        assert table.writer.call(lambda connection: connection.total_changes) == 5
        table.writer.connection.execute("DROP TABLE kept")
        with pytest.raises(LedgerError):
            await table.keep(6)
        table.writer.close()

    run(main, {})


def test_process_that_breaks_says_so() -> None:
    async def main(_process: Process) -> None:
        raise ValueError("a mistake")

    with pytest.raises(ValueError, match="a mistake"):
        run(main, {})
