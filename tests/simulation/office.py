"""The operators: their sheets, and the commands they give, with the product's own code in each.

What a command does is what the command line makes of it (`prepare`, `sending`, `job`, `resolving`),
except that it runs in the simulation's loop, and writes no files but the ledger and the run's log.
"""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from batchreset import anchoring, job, resolving
from batchreset.clock import ServiceClock
from batchreset.dispatch.ports import Answered, Event, Stopping
from batchreset.errors import BatchresetError
from batchreset.ledger.forget import Forgetting
from batchreset.ledger.port import Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Column, Columns, Contact, Job, JobReport, Problem, Resolution, Row, Table, Wishes
from batchreset.prepare import Order, Prepared, prepare_new, prepare_rerun
from batchreset.report.explain import Ending
from batchreset.report.log import RunLog
from batchreset.sending import dispatch
from batchreset.service.wire import AppCredentials
from batchreset.settings import Settings
from batchreset.text.messages import msg
from batchreset.world import World
from tests.simulation.machine import Process, TurnWriter

EPOCH_S: Final = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
"""The service's time when the simulation begins; in its months Europe's clocks go forward."""
CREDENTIALS: Final = AppCredentials("app", "the-app-key-nobody-may-see")
Report = Callable[[JobReport], None]


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


class Sheets:
    """The workbooks, as they are when somebody reads them. The SNs of one overlap with those of others."""

    def __init__(self, dice: Random, terminals: tuple[str, ...], count: int) -> None:
        self._dice: Final = dice
        self._contacts: Final[list[Contact]] = []
        self.tables: Final = {Path(f"/sheets/{n}.xlsx"): self._table(n, terminals) for n in range(count)}

    def shown(self) -> list[str]:
        """Every number and address that ever stood in one of them."""
        return [part for contact in self._contacts for part in (contact.mobile, contact.email) if part]

    def read(self, path: Path, _order: Order, _settings: Settings) -> Table:
        """In place of `prepare.read_sheet`."""
        return self.tables[path]

    def edit(self) -> str:
        """Somebody changes one row of one workbook."""
        path = self._dice.choice(sorted(self.tables))
        rows = list(self.tables[path].rows)
        place = self._dice.randrange(len(rows))
        row = rows[place]
        if row.duplicate_of is not None:
            return "nothing was edited"
        match self._dice.randrange(8):
            case 0 if not any(other.duplicate_of == row.number for other in rows):
                rows[place] = replace(row, contact=None, problems=(_BAD,))
            case _:
                rows[place] = replace(row, contact=self._contact(), problems=())
                again = [other for other in rows if other.duplicate_of == row.number]
                for other in again:
                    rows[rows.index(other)] = replace(other, contact=rows[place].contact)
        self.tables[path] = replace(self.tables[path], rows=tuple(rows))
        return f"{path.stem}: row {row.number} {row.sn} was edited"

    def _table(self, number: int, terminals: tuple[str, ...]) -> Table:
        dice = self._dice
        own = dice.sample(terminals, dice.randint(1, len(terminals)))
        rows = [Row(n, dice.choice((sn, sn.lower())), self._contact()) for n, sn in enumerate(own, 2)]
        if dice.random() < 0.3:
            rows.append(replace(rows[0], number=len(rows) + 2, duplicate_of=rows[0].number))
        columns = Columns(Column(1, "A", "SN"), Column(2, "B", "Mobile"))
        return Table(Path(f"/sheets/{number}.xlsx"), "Terminals", 1, columns, tuple(rows))

    def _contact(self) -> Contact:
        number = self._dice.randrange(10**8)
        contact = Contact(f"+86138{number:08d}", "chinaPR", f"user{number}@example.com")
        self._contacts.append(contact)
        return contact


_BAD: Final = Problem("email", "B2", msg("It is no address."), msg("Correct it."))


class Office:
    """The commands. `note` is told what happens, `reported` every report that an operator gets."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        clock: Clock,
        note: Callable[[str], None],
        reported: Report,
    ) -> None:
        self.ledger_path: Final = folder / "ledger.sqlite3"
        self.log_path: Final = folder / "run.log"
        self.settings: Final = settings
        self._clock: Final = clock
        self._note: Final = note
        self._reported: Final = reported
        self.errors: Final[list[str]] = []
        """Why commands or their runs ended early, in words for scripts."""
        self.made: Final[dict[str, Job]] = {}
        """Jobs by id, those too that were never kept."""
        self.living: Final[set[str]] = set()
        """Ids of runs whose process lives."""
        self.answered: Final[set[str]] = set()
        """Ids of attempts whose own process knows what came of them."""

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
        self.errors.append(error)
        self._note(f"{process.name} ends: {error}")

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
            self._note(f"{process.name} runs {sheet.stem} as {prepared.job.id}{_wishes(prepared.order.wishes)}")
            await self._execute(process, prepared, ledger, world)

    async def rerun(self, process: Process, known: Job, order: Order) -> None:
        """`batchreset rerun JOB`."""
        with self.opened(process) as ledger:
            world = self.world(process)
            await self._learn_time(world)
            prepared = prepare_rerun(known, None, order, self.settings, ledger, world)
            self._note(f"{process.name} reruns {known.id}{_wishes(prepared.order.wishes)}")
            await self._execute(process, prepared, ledger, world)

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
            world.new_id(), own.id, world.now(), "host", 1, "0", own.input_path, wishes.again, wishes.retry_unknown
        )
        try:
            ledger.locks.hold_sheet(own.input_path, job=own.id, since=world.now())
            with RunLog(self.log_path, run, world.now) as log:
                if prepared.is_new:
                    self.made[own.id] = own
                    ledger.add_job(own)
                ledger.begin_run(run)
                self.living.add(run.id)
                process.on_death.append(partial(self.living.discard, run.id))
                observers = [partial(self._observe, process), log.observe]
                stop = await dispatch(
                    prepared, run.id, ledger, CREDENTIALS, world, process.signals, observers
                )
                ending = Ending(stop, again=wishes.again)
                report = job._report(own, prepared.table, prepared.settings, ledger, world, ending=ending)
                error = job._end_run(ledger, run.id, report, stop, world)
                log.finished(report)
        finally:
            self.living.discard(run.id)
            ledger.locks.release()
        if stop is not None:
            self._told(process, stop.code)
        if error is not None:
            self._told(process, error.code)
        self._note(f"{process.name} reports {own.id}: {_counts(report)}")
        self._reported(report)

    def _observe(self, process: Process, event: Event) -> None:
        match event:
            case Answered(row, attempt, outcome):
                self.answered.add(attempt.id)
                self._note(f"{process.name} {row.sn} {attempt.id[:8]} {outcome.state} {outcome.http_status or ''}")
            case Stopping(stop):
                self._note(f"{process.name} drains: {stop.code if stop else 'signal'}")
            case _:
                pass

    async def report(self, process: Process, known: Job, table: Table) -> None:
        """`batchreset report JOB`."""
        with self.opened(process) as ledger:
            world = self.world(process)
            ledger.recover(world.now())
            self._reported(job._report(known, table, self.settings, ledger, world))

    async def resolve(self, process: Process, known: Job, says: Callable[[str], Resolution]) -> None:
        """`batchreset resolve JOB`: each lost call but a few is settled."""
        with self.opened(process) as ledger:
            world = self.world(process)
            lost = [one for one in resolving.lost_calls(known, self.settings, ledger, world) if not one.settled]
            answers = {one.sn: says(one.attempt.id) for one in lost if process.dice.random() < 0.7}
            for sn, answer in answers.items():
                self._note(f"{process.name} resolves {sn} of {known.id}: {answer}")
            resolving.settle_by_hand(lost, answers, ledger, world, operator="op", reason="asked")

    async def forget(self, process: Process, days: float) -> None:
        """`batchreset forget --older-than DAYS`."""
        with self.opened(process) as ledger:
            now = self.world(process).now()
            ledger.recover(now)
            forgotten = ledger.forget(Forgetting(now, now - timedelta(days=days), "op"))
            self._note(f"{process.name} forgets {forgotten.jobs} jobs older than {days:.1f} days")

    def make_ledger(self) -> None:
        """The file, before anybody looks into it."""
        with SqliteLedger(self.ledger_path, rules=self.settings.rules(), simulated=False):
            pass


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


def _wishes(wishes: Wishes) -> str:
    return " again" * wishes.again + " retry-unknown" * wishes.retry_unknown


def _counts(report: JobReport) -> str:
    return " ".join(f"{status}={rows}" for status, rows in report.counts.items() if rows)
