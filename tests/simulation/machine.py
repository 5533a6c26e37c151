"""Processes on one virtual machine: each can be killed, stopped and signalled at any step of its work.

A step is anything a process does to the world outside: it asks the ledger, the ledger commits, the
answer comes back, bytes leave, an answer arrives (`Process.step`). What strikes it is laid down
beforehand by the number of the step, so that strikes fall on work in progress and not on idle time.

- killed (`kill -9`): nothing it does from then on has any effect, what it had committed stays, and the
  operating system lets its locks go
- stopped (SIGSTOP): none of its code runs for a time, while its timers, the network and the service go on
- signalled (Ctrl-C), once or twice
- its disk is full from then on
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any, Final, TypeVar, TypeVarTuple, Unpack

from batchreset.ledger.writer import BATCH_MAX, Asked, Transactions, Work, asked_alone
from batchreset.signals import Interrupts
from tests.simulation.diary import Diary
from tests.virtual import VirtualLoop

T = TypeVar("T")
Q = TypeVar("Q")
Ts = TypeVarTuple("Ts")
COMMIT_S: Final = (0.0002, 0.02)
"""How long a commit may take."""


class Killed(BaseException):
    """A dead process tried to do something. No `Exception`: nothing may take it for a failure."""


class Strike(StrEnum):
    KILL = "kill"
    STOP = "stop"
    INTERRUPT = "interrupt"
    DISK_FULL = "disk full"


@dataclass(frozen=True, slots=True)
class Blow:
    """What strikes at a step; `seconds` is how long a stop lasts."""

    strike: Strike
    seconds: float = 0.0


_RUNNING: Final[ContextVar[Process | None]] = ContextVar("process", default=None)


def running() -> Process:
    """The process whose code this is."""
    process = _RUNNING.get()
    assert process is not None
    return process


class MachineLoop(VirtualLoop):
    """A virtual loop that runs no step of a stopped process."""

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(_task_of_a_process)

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Tasks and futures always give the context they belong to; what gives none is nobody's."""
        process = None if context is None else context.get(_RUNNING)
        if process is None or not process.stopped:
            return super().call_soon(callback, *args, context=context)
        process.when_it_goes_on(lambda: super(MachineLoop, self).call_soon(callback, *args, context=context))
        return asyncio.Handle(callback, args, self, context)


def _task_of_a_process(
    loop: asyncio.AbstractEventLoop,
    coroutine: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    *,
    context: Context | None = None,
) -> asyncio.Future[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context)
    process = _RUNNING.get()
    if process is not None:
        process.tasks.append(task)
    return task


class Process:
    """One command of one operator, and what strikes it by the number of the step.

    `on_death` is what the operating system does then, `fill_disk` how its disk becomes full.
    """

    def __init__(self, name: str, dice: Random, blows: dict[int, Blow], diary: Diary) -> None:
        self.name: Final = name
        self.dice: Final = dice
        self.signals: Final = Interrupts()
        self.tasks: Final[list[asyncio.Task[Any]]] = []
        self.alive = True
        self.stopped = False
        self.steps = 0
        self.job = ""
        """The id of the job it is at."""
        self.was_stopped = False
        self.on_death: list[Callable[[], None]] = []
        self.fill_disk: Callable[[], None] = lambda: None
        self._blows: Final = blows
        self._diary: Final = diary
        self._later: list[Callable[[], object]] = []

    async def run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `main` to its end, or to the process's."""
        context = copy_context()
        context.run(_RUNNING.set, self)
        task = asyncio.get_running_loop().create_task(main(), context=context)
        self.tasks.append(task)
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if self.alive and (error is not None or task.cancelled()):
            raise error or AssertionError(f"{self.name} was cancelled")
        self.alive = False
        await self._unwind()

    def step(self, what: str) -> bool:
        """Something that a blow may fall on; whether the process still lives after it."""
        self.steps += 1
        blow = self._blows.get(self.steps)
        if blow is not None and self.alive:
            self._diary.counts[f"struck: {blow.strike}"] += 1
            self._diary.note(f"{self.name} {blow.strike} at step {self.steps}, {what}")
            self._strike(blow)
        return self.alive

    def must_live(self) -> None:
        """Raises Killed in a process that is dead."""
        if not self.alive:
            raise Killed

    def when_it_goes_on(self, act: Callable[[], object]) -> None:
        """Do it now, or when the process is no longer stopped."""
        if self.stopped:
            self._later.append(act)
        else:
            act()

    def _strike(self, blow: Blow) -> None:
        match blow.strike:
            case Strike.KILL:
                self._die()
            case Strike.STOP if not self.stopped:
                self.stopped = self.was_stopped = True
                asyncio.get_running_loop().call_later(blow.seconds, self._go_on)
            case Strike.INTERRUPT:
                self.when_it_goes_on(lambda: self.signals._on_signal(2, None))
            case Strike.DISK_FULL:
                self.fill_disk()
            case _:
                pass

    def _go_on(self) -> None:
        self.stopped = False
        later, self._later = self._later, []
        for act in later:
            act()

    def _die(self) -> None:
        self.alive = False
        for act in self.on_death:
            act()
        self._go_on()
        for task in self.tasks:
            task.cancel()

    async def _unwind(self) -> None:
        """Let Python's frames of a dead process go; nothing they do has an effect any more."""
        for _ in range(100):
            left = [task for task in self.tasks if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            await asyncio.sleep(0)
        assert all(task.done() for task in self.tasks), f"{self.name} does not end"
        for task in self.tasks:
            if not task.cancelled():
                task.exception()  # looked at: the loop need not tell of it
        self.tasks.clear()


class TurnWriter:
    """`ledger.writer.Writes` in the loop's own turns: each commit takes some virtual time, in group.

    The same transactions as the thread's, made in the same order in every run of a seed.
    """

    def __init__(self, process: Process, transactions: Transactions) -> None:
        self._process: Final = process
        self._transactions: Final = transactions
        self._asked: Final[list[Asked]] = []
        self._due = False

    def submit(self, work: Work[Q, T], question: Q, *, settling: bool = False) -> asyncio.Future[T]:
        """See `Writes`."""
        self._process.must_live()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._asked.append(Asked(work, question, settling, loop, answer))
        if not self._due:
            self._wake(loop)
        self._process.step("asks the ledger")
        return answer

    def call(self, operation: Callable[[Any], T]) -> T:
        """See `Writes`."""
        answer: Future[Any] = Future()
        asked = asked_alone(operation, answer)
        self._process.step("asks the ledger to keep")
        self._process.must_live()
        batch = [*self._asked, asked]
        self._commit(batch)
        self._process.step("has kept")
        self._process.must_live()
        self._answer(batch)
        result: T = answer.result()
        return result

    def close(self) -> None:
        """See `Writes`."""
        if self._asked:
            self._commit(list(self._asked))
        self._transactions.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """What the ledger is written through."""
        return self._transactions._connection

    def abandon(self) -> None:
        """Let the file go as the end of a process does: nothing more is written."""
        self._asked.clear()
        self._transactions.close()

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = True
        # in a context of nobody: it is the loop that works here, not the process
        wait_s = self._process.dice.uniform(*COMMIT_S)
        loop.call_later(wait_s, self._process.when_it_goes_on, self._turn, context=Context())

    def _turn(self) -> None:
        self._due = False
        batch = self._asked[:BATCH_MAX]
        if not self._process.alive or not batch:
            return
        if not self._process.step("is about to commit"):
            return
        self._commit(batch)
        if self._asked:
            self._wake(asyncio.get_running_loop())
        self._process.step("has committed")
        self._process.when_it_goes_on(lambda: self._answer(batch))

    def _commit(self, batch: list[Asked]) -> None:
        self._transactions.commit(batch)
        del self._asked[: len(batch)]

    def _answer(self, batch: list[Asked]) -> None:
        if self._process.alive:
            for asked in batch:
                asked.resolve()
