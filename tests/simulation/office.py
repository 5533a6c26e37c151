"""The operators: their sheets, and the commands they give, with the product's own code in each.

What a command does is what the command line makes of it (`prepare`, `sending`, `job`, `resolving`),
except that it runs in the simulation's loop, and writes no files but the ledger and the run's log.
"""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from batchreset import anchoring, job, resolving
from batchreset.clock import ServiceClock
from batchreset.dispatch.ports import Answered, Event, Observer, Stopping
from batchreset.errors import BatchresetError
from batchreset.ledger.forget import Forgetting
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Job, Resolution
from batchreset.prepare import Order, Prepared, prepare_new, prepare_rerun
from batchreset.report.explain import Ending
from batchreset.report.log import RunLog
from batchreset.reported import JobReport
from batchreset.rows import Table
from batchreset.sending import dispatch
from batchreset.service.wire import AppCredentials
from batchreset.settings import Settings
from batchreset.world import World
from tests.simulation.diary import Diary
from tests.simulation.judge import Judge
from tests.simulation.machine import Process, TurnWriter

EPOCH_S: Final = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
"""The service's time when the simulation begins; in its months Europe's clocks go forward."""
CREDENTIALS: Final = AppCredentials("app", "the-app-key-nobody-may-see")


class Clock:
    """The time: the loop's, the service's, and this machine's, which is off by `skew_s`."""

    def __init__(self) -> None:
        self.skew_s = 0.0
        self._loop: Final = asyncio.get_running_loop()

    def steady_s(self) -> float:
        return self._loop.time()

    def service_s(self) -> float:
        """Seconds since 1970."""
        return EPOCH_S + self._loop.time()

    def wall(self) -> datetime:
        """What this machine takes for the time."""
        return datetime.fromtimestamp(self.service_s() + self.skew_s, UTC)


class Office:
    """The commands, each within a process. What it tells goes to the diary and the judge."""

    def __init__(self, folder: Path, settings: Settings, clock: Clock, diary: Diary) -> None:
        self.ledger_path: Final = folder / "ledger.sqlite3"
        self.log_path: Final = folder / "run.log"
        self.settings: Final = settings
        self.ended_by: Final[list[str]] = []
        """Why commands or their runs ended early, in words for scripts."""
        self.made: Final[dict[str, Job]] = {}
        """Jobs by id, those too that were never kept."""
        self._clock: Final = clock
        self._diary: Final = diary
        with SqliteLedger(self.ledger_path, rules=settings.rules(), simulated=False):
            pass  # it is there before anybody looks into it
        self.judge: Final = Judge(diary, self.ledger_path)

    @contextmanager
    def opened(self, process: Process) -> Iterator[SqliteLedger]:
        """The ledger in a process; a reason that the command can't go on ends it in words."""
        try:
            writing = partial(TurnWriter, process)
            ledger = SqliteLedger(
                self.ledger_path, rules=self.settings.rules(), simulated=False, writing=writing
            )
            process.on_death.append(lambda: drop(ledger))
            process.fill_disk = partial(fill_disk, ledger)
            try:
                yield ledger
            finally:
                if process.alive:
                    ledger.__exit__(None, None, None)
        except BatchresetError as error:
            process.must_live()
            self._told(process, self._reason(process, error.code))

    def _reason(self, process: Process, code: str) -> str:
        """A job that was forgotten while its rerun began breaks a rule of the database, and no other's."""
        with closing(sqlite3.connect(self.ledger_path)) as ledger:
            kept = {job for (job,) in ledger.execute("SELECT id FROM job")}
        return "job-forgotten" if code == "ledger-rule" and process.job not in kept else code

    def _told(self, process: Process, error: str) -> None:
        self.ended_by.append(error)
        self._diary.note(f"{process.name} ends: {error}")

    def world(self, process: Process) -> World:
        dice = process.dice
        return World(
            clock=ServiceClock(self._clock.wall, self._clock.steady_s),
            monotonic=self._clock.steady_s,
            sleep=asyncio.sleep,
            new_id=lambda: str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            new_job_id=lambda _now: f"J{dice.getrandbits(24):06x}",
        )

    async def run(self, process: Process, sheet: Path, order: Order) -> None:
        """`batchreset run`."""
        with self.opened(process) as ledger:
            world = self.world(process)
            await self._learn_time(world)
            prepared = prepare_new(sheet, order, self.settings, ledger, world, to_send=True)
            self._begins(process, f"runs {sheet.stem} as", prepared)
            await self._execute(process, prepared, ledger, world)

    async def rerun(self, process: Process, known: Job, order: Order) -> None:
        """`batchreset rerun JOB`."""
        with self.opened(process) as ledger:
            self.judge.reopened(known.id)
            world = self.world(process)
            await self._learn_time(world)
            prepared = prepare_rerun(known, None, order, self.settings, ledger, world)
            self._begins(process, "reruns", prepared)
            await self._execute(process, prepared, ledger, world)

    def _begins(self, process: Process, what: str, prepared: Prepared) -> None:
        wishes = prepared.order.wishes
        asked = " again" * wishes.again + " retry-unknown" * wishes.retry_unknown
        self._diary.note(f"{process.name} {what} {prepared.job.id}{asked}")

    async def _learn_time(self, world: World) -> None:
        """`anchoring.learn_time`, within a loop that runs already."""
        world.clock.asked = True
        await anchoring.ask_once(self.settings, world.clock)

    async def _execute(
        self, process: Process, prepared: Prepared, ledger: SqliteLedger, world: World
    ) -> None:
        """`job.execute` without signal handlers and files."""
        own, wishes = prepared.job, prepared.order.wishes
        process.job = own.id
        run = Run(
            world.new_id(),
            own.id,
            world.now(),
            "host",
            1,
            "0",
            own.input_path,
            again=wishes.again,
            retry_unknown=wishes.retry_unknown,
        )
        try:
            ledger.locks.hold_sheet(own.input_path, job=own.id, since=world.now())
            with RunLog(self.log_path, run, world.now) as log:
                if prepared.is_new:
                    self.made[own.id] = own
                    ledger.add_job(own)
                ledger.begin_run(run)
                self.judge.living.add(run.id)
                process.on_death.append(partial(self.judge.living.discard, run.id))
                observers: Sequence[Observer] = [partial(self._observe, process), log.observe]
                stop = await dispatch(
                    prepared, run.id, ledger, CREDENTIALS, world, process.signals, observers
                )
                ending = Ending(stop, again=wishes.again)
                report = job._report(own, prepared.table, prepared.settings, ledger, world, ending=ending)
                error = job._end_run(ledger, run.id, report, stop, world)
                log.finished(report)
        finally:
            self.judge.living.discard(run.id)
            if process.was_stopped:
                self.judge.stopped.add(run.id)
            ledger.locks.release()
        if stop is not None:
            self._told(process, stop.code)
        if error is not None:
            self._told(process, error.code)
        self._diary.note(f"{process.name} reports {own.id}: {_counts(report)}")
        self.judge.told(report)

    def _observe(self, process: Process, event: Event) -> None:
        match event:
            case Answered(row, attempt, outcome):
                self.judge.answered.add(attempt.id)
                said = f"{outcome.state} {outcome.http_status or ''}"
                self._diary.note(f"{process.name} {row.sn} {attempt.id[:8]} {said}")
            case Stopping(stop):
                self._diary.note(f"{process.name} drains: {stop.code if stop else 'signal'}")
            case _:
                pass

    async def report(self, process: Process, known: Job, read: Callable[[Path], Table]) -> None:
        """`batchreset report JOB`."""
        with self.opened(process) as ledger:
            world = self.world(process)
            ledger.recover(world.now())
            self.judge.told(job._report(known, read(known.input_path), self.settings, ledger, world))

    async def resolve(self, process: Process, known: Job, says: Callable[[str], Resolution]) -> None:
        """`batchreset resolve JOB`: each lost call but a few is settled."""
        with self.opened(process) as ledger:
            world = self.world(process)
            lost = resolving.lost_calls(known, self.settings, ledger, world)
            asked = [one for one in lost if not one.settled and process.dice.random() < 0.7]
            answers = {one.sn: says(one.attempt.id) for one in asked}
            for sn, answer in answers.items():
                self._diary.note(f"{process.name} resolves {sn} of {known.id}: {answer}")
            resolving.settle_by_hand(lost, answers, ledger, world, operator="op", reason="asked")

    async def forget(self, process: Process, days: float) -> None:
        """`batchreset forget --older-than DAYS`."""
        with self.opened(process) as ledger:
            world = self.world(process)
            answer = await anchoring.ask_once(self.settings, world.clock)
            if not world.clock.anchored:  # as `anchoring.certain_time`, within a loop that runs already
                raise anchoring.time_unknown(world.clock, answer)
            now = world.now()
            ledger.recover(now)
            self.judge.before_forgetting()
            forgotten = ledger.forget(Forgetting(now, now - timedelta(days=days), "op"))
            self._diary.note(f"{process.name} forgets {forgotten.jobs} jobs older than {days:.1f} days")


def drop(ledger: SqliteLedger) -> None:
    """What the operating system does at a process's death: locks and files are let go, nothing is tidied."""
    for lock in ledger.locks._held.values():
        lock.release(force=True)
    ledger.locks._held.clear()
    writer = ledger._writer
    assert isinstance(writer, TurnWriter)
    writer.abandon()
    ledger._reader.close()


def fill_disk(ledger: SqliteLedger) -> None:
    """From now on the ledger's file can't grow."""
    writer = ledger._writer
    assert isinstance(writer, TurnWriter)
    writer.connection.execute("PRAGMA max_page_count = 1")


def _counts(report: JobReport) -> str:
    return " ".join(f"{status}={rows}" for status, rows in report.counts.items() if rows)
