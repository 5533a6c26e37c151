"""The office at work for some weeks, in weather that changes; then a rest, in which all must come right."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

from batchreset.clock import ServiceClock
from batchreset.ledger.contacts import key_file
from batchreset.model import Job, Resolution, Wishes
from batchreset.prepare import Order
from batchreset.rows import Table
from batchreset.settings import Settings
from tests.invariants.values import Violation
from tests.simulation.diary import Diary
from tests.simulation.machine import Blow, Process, running
from tests.simulation.network import Network
from tests.simulation.office import CREDENTIALS, Clock, Office
from tests.simulation.scenario import (
    DAY_S,
    HOUR_S,
    Scenario,
    draw_blows,
    draw_gap_s,
    draw_scenario,
    draw_skew_s,
    draw_weather,
)
from tests.simulation.service import CALM, QUOTA_CALLS, Service
from tests.simulation.sheets import Sheets

JOBS_MAX: Final = 20
_REST: Final = ((25 * HOUR_S, 3), (8 * DAY_S, None))
"""When all is well again, and how many jobs are then looked after: once the quota of the last calls is
free a few, to see that nothing holds them up; once every waiting time is over all."""
Command = Callable[[Process], Awaitable[None]]


class Month:
    """One seed's office. All that is drawn by lot comes from one generator, and others made from it."""

    def __init__(self, diary: Diary, folder: Path) -> None:
        self._diary: Final = diary
        self._dice: Final = Random(diary.seed)
        self._scenario: Final = draw_scenario(self._dice)
        self._loop: Final = asyncio.get_running_loop()
        diary.time_s = self._loop.time
        self._clock: Final = Clock()
        self._sheets: Final = Sheets(self._dice, self._scenario.terminals, self._scenario.sheets)
        key_file(folder / "ledger.sqlite3").write_text(self._dice.randbytes(32).hex(), "ascii")
        self._office: Final = Office(folder, _settings(self._scenario), self._clock, diary)
        self._judge: Final = self._office.judge
        self._service: Final = Service(
            self._clock.service_s,
            Random(self._dice.getrandbits(64)),
            keeps_quota=self._scenario.service_keeps_quota,
            unknown=self._scenario.unknown,
            intent_seen=self._judge.intent_seen,
        )
        self._judge.meet(self._service)
        self._processes = 0
        self._busy: Final[set[asyncio.Task[None]]] = set()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The few places of the product where the simulation stands in: sheets, folders, the network."""
        stands_in: Mapping[str, object] = {
            "prepare.read_sheet": self._sheets.read,
            "resolving.read_sheet": self._sheets.read,
            "prepare.check_writable": lambda _folder: None,
            "prepare._sha256": lambda _sheet: "",
            "reach.Transport": self._network,
            "ledger.ballast.SIZE_BYTES": 1 << 12,  # the disk here is full by other means
        }
        with ExitStack() as stack:
            for name, instead in stands_in.items():
                stack.enter_context(patch(f"batchreset.{name}", instead))
            yield

    def _network(
        self, _endpoint: str, *, timeout_s: float, clock: ServiceClock | None = None, **_of_sockets: Any
    ) -> Network:
        return Network(running(), self._service, timeout_s=timeout_s, clock=clock)

    async def work(self) -> None:
        """Commands at random times, one after the other or several at once."""
        dice = self._dice
        while self._loop.time() < self._scenario.days * DAY_S:
            await asyncio.sleep(self._gap_s())
            self._let_things_change()
            for _ in range(dice.choice((1, 1, 1, 2, 3))):
                self._give_command()
                await asyncio.sleep(dice.uniform(0, 3))
            if dice.random() < 0.1:
                self._loop.call_later(dice.uniform(0, 30), self._set_skew, draw_skew_s(dice))
            await self._let_them_work(dice.uniform(1, 600))
        await self._let_them_work(None)

    def _gap_s(self) -> float:
        """How long until the next command; often until something falls due, as for `watch`."""
        gap_s = draw_gap_s(self._dice, self._scenario.pace)
        now_s = self._clock.service_s()
        due = min((at_s for at_s in self._judge.due.values() if at_s > now_s), default=None)
        if due is None or self._dice.random() < 0.5:
            return gap_s
        return min(due - now_s, DAY_S) + self._dice.uniform(0, 20)

    def _let_things_change(self) -> None:
        dice = self._dice
        if dice.random() < 0.5:
            self._service.weather = draw_weather(dice)
            self._diary.note(f"weather: {self._service.weather.name}")
        if dice.random() < 0.3:
            self._set_skew(draw_skew_s(dice))
        if dice.random() < 0.2:
            self._diary.note(self._sheets.edit())
        if dice.random() < 0.2:
            self._reset_in_the_console(dice.choice(self._scenario.terminals))

    def _set_skew(self, skew_s: float) -> None:
        self._clock.skew_s = skew_s
        self._diary.note(f"this machine's clock is {skew_s / HOUR_S:+.2f} h off")

    def _reset_in_the_console(self, sn: str) -> None:
        """Calls that the ledger can't know of: the service's own quota is used up before ours."""
        counted = self._service.counted(sn)
        counted += [self._clock.service_s()] * self._dice.randint(1, QUOTA_CALLS)
        self._diary.note(f"{sn} is reset in the console, {len(counted)} calls count now")

    async def _let_them_work(self, seconds: float | None) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)

    def _jobs(self) -> list[Job]:
        return [self._office.made[job] for job in self._judge.kept_jobs()]

    def _give_command(self) -> None:
        sheet = self._dice.choice([*self._sheets.tables])
        rows = len(self._sheets.tables[sheet].rows)
        self._start(self._command(sheet), draw_blows(self._dice, self._scenario.blows, rows))

    def _command(self, sheet: Path) -> Command:
        """What somebody does next: most often a first run of a sheet, or another for what is left of it."""
        dice, office, scenario = self._dice, self._office, self._scenario
        wishes = Wishes(dice.random() < scenario.again, dice.random() < scenario.retry_unknown)
        order = Order(wishes, dice.choice((None,) * 8 + (2,)))
        chance = dice.random()
        jobs = self._jobs()
        if not jobs or (chance < scenario.new_jobs and len(jobs) < JOBS_MAX):
            return partial(office.run, sheet=sheet, order=order)
        left = [known for known in jobs if not self._judge.is_done(known.id)]
        known = dice.choice(left or jobs)
        if chance < 0.85:
            return partial(office.rerun, known=known, order=order)
        if chance < 0.93:
            return partial(office.resolve, known=known, says=self._says)
        if chance < 0.98:
            return partial(office.report, known=known, read=self._read)
        return partial(office.forget, days=dice.uniform(10.1, 20))

    def _read(self, sheet: Path) -> Table:
        return self._sheets.tables[sheet]

    def _says(self, attempt: str) -> Resolution:
        """What a person says of a lost call: mostly the truth."""
        arrived = any(call.request_id == attempt and call.processed_at_s for call in self._service.log)
        return Resolution.ARRIVED if arrived is (self._dice.random() < 0.9) else Resolution.NOT_ARRIVED

    def _start(self, command: Command, blows: dict[int, Blow]) -> asyncio.Task[None]:
        self._processes += 1
        dice = Random(self._dice.getrandbits(64))
        process = Process(f"p{self._processes}", dice, blows, self._diary)
        task = self._loop.create_task(self._watch(process, command))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task

    async def _watch(self, process: Process, command: Command) -> None:
        async def main() -> None:
            await command(process)

        try:
            await process.run(main)
        except Exception as error:  # noqa: BLE001  # a mistake of the product's: the seed goes on, and tells
            last = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{process.name}: {type(error).__name__}: {error} in {last.filename}:{last.lineno}"
            self._diary.violated(Violation("crash", "a command broke", what))

    async def rest(self) -> None:
        """All is well again: every job is finished, nothing stops a run, and nothing is left to send."""
        self._service.weather = CALM
        self._set_skew(0.0)
        for seconds, most in _REST:
            await asyncio.sleep(seconds)
            for known in self._jobs()[:most]:
                # the last that was told may be of before a run that was killed
                await self._start(partial(self._office.report, known=known, read=self._read), {})
                if not self._judge.is_done(known.id):
                    await self._finish(known)

    async def _finish(self, known: Job) -> None:
        before = len(self._office.ended_by)
        await self._start(partial(self._office.rerun, known=known, order=Order()), {})
        for reason in self._office.ended_by[before:]:
            if reason != "no-usable-row":  # an edit has spoiled them all
                what = "a run is stopped though all is well"
                self._diary.violated(Violation("L1", what, f"{known.id}: {reason}"))

    def judge(self) -> None:
        """The verdict on all that happened."""
        self._judge.verdict(
            rate=self._scenario.rate,
            log=self._office.log_path,
            hidden=[CREDENTIALS.app_key, *self._service.tokens, *self._sheets.shown()],
            ended_by=self._office.ended_by,
        )
        self._diary.days = self._loop.time() / DAY_S


def _settings(scenario: Scenario) -> Settings:
    return Settings(
        endpoint="https://service.invalid",
        rate=scenario.rate,
        concurrency=scenario.concurrency,
        timeout=scenario.timeout_s,
        quota_counting="strict" if scenario.strict else "lenient",
    )
