"""The office at work for some weeks, in weather that changes; then a rest, in which all must come right."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final
from unittest.mock import patch

from batchreset.ledger.contacts import key_file
from batchreset.model import Job, JobReport, Resolution, Wishes
from batchreset.prepare import Order
from batchreset.settings import Settings
from tests.invariants import Rule, check, keeping, sending
from tests.invariants.reading import read_ledger, read_texts, rows_of
from tests.invariants.values import Evidence, Ledger, Report, ServiceCall, Violation
from tests.simulation.machine import Blow, Process, running
from tests.simulation.network import Network
from tests.simulation.office import CREDENTIALS, Clock, Office, Sheets
from tests.simulation.scenario import (
    DAY_S,
    HOUR_S,
    draw_blows,
    draw_gap_s,
    draw_scenario,
    draw_skew_s,
    draw_weather,
)
from tests.simulation.service import CALM, QUOTA_CALLS, Service

CLOCK_ERROR_S: Final = 300.0
"""A `Date` that is wrong by less than 4 minutes and agrees with this machine's clock is believed."""
JOBS_MAX: Final = 30
_REST: Final = (25 * HOUR_S, 8 * DAY_S)
"""When all is well again: the quota of the last calls is free, then every waiting time is over."""
_DONE: Final = frozenset({"succeeded", "recent", "duplicate"})
_OF_A_REPORT: Final[tuple[Rule, ...]] = (
    sending.i2_succeeded_was_processed,
    sending.i3_not_sent_was_not_processed,
    sending.i4_failed_was_not_processed,
    keeping.i7_every_row_once,
)
"""What a report must be at the moment it is made."""


@dataclass(slots=True)
class Outcome:
    """What came of a seed. `trace` has a line for each thing that happened; `counts` how often what did."""

    seed: int
    days: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Month:
    """One seed's office. All that is drawn by lot comes from one generator, and others made from it."""

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self._outcome: Final = outcome
        self._dice: Final = Random(outcome.seed)
        self._scenario: Final = draw_scenario(self._dice)
        self._loop: Final = asyncio.get_running_loop()
        self._clock: Final = Clock()
        self._sheets: Final = Sheets(self._dice, self._scenario.terminals, self._scenario.sheets)
        self._office: Final = Office(folder, self._settings(), self._clock, self._note, self._reported)
        self._ledger: Final = self._office.ledger_path
        key_file(self._ledger).write_text(self._dice.randbytes(32).hex(), "ascii")
        self._office.make_ledger()
        self._witness: Final = sqlite3.connect(self._ledger, isolation_level=None)
        self._service: Final = Service(
            self._clock.service_s,
            Random(self._dice.getrandbits(64)),
            keeps_quota=self._scenario.service_keeps_quota,
            unknown=self._scenario.unknown,
            intent_seen=self._intent_seen,
        )
        self._forgotten = Ledger()
        self._processes = 0
        self._busy: Final[set[asyncio.Task[None]]] = set()
        self._reports: Final[list[Report]] = []
        self._due: Final[dict[str, float]] = {}
        """When the first row of each job may be sent again."""
        self._done: Final[set[str]] = set()
        """Jobs of which nothing is left."""

    def _settings(self) -> Settings:
        scenario = self._scenario
        return Settings(
            endpoint="https://service.invalid",
            rate=scenario.rate,
            concurrency=scenario.concurrency,
            timeout=scenario.timeout_s,
            quota_counting="strict" if scenario.strict else "lenient",
        )

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The few places of the product where the simulation stands in: sheets, folders, the network."""
        stands_in: Mapping[str, object] = {
            "prepare.read_sheet": self._sheets.read,
            "resolving.read_sheet": self._sheets.read,
            "prepare.check_writable": lambda _folder: None,
            "prepare._sha256": lambda _sheet: "",
            "sending.Transport": self._network,
            "anchoring.Transport": self._network,
            "ledger.ballast.SIZE_BYTES": 1 << 12,  # the disk here is full by other means
        }
        with ExitStack() as stack:
            for name, instead in stands_in.items():
                stack.enter_context(patch(f"batchreset.{name}", instead))
            yield

    def _network(self, _endpoint: str, *, timeout_s: float, connections: int, clock: Any = None) -> Network:
        del connections
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
        due = min((at_s for at_s in self._due.values() if at_s > now_s), default=None)
        if due is None or self._dice.random() < 0.5:
            return gap_s
        return min(due - now_s, DAY_S) + self._dice.uniform(0, 20)

    def _let_things_change(self) -> None:
        dice = self._dice
        if dice.random() < 0.5:
            self._service.weather = draw_weather(dice)
            self._note(f"weather: {self._service.weather.name}")
        if dice.random() < 0.3:
            self._set_skew(draw_skew_s(dice))
        if dice.random() < 0.2:
            self._note(self._sheets.edit())
        if dice.random() < 0.2:
            sn = dice.choice(self._scenario.terminals)
            counted = self._service.counted(sn)
            counted += [self._clock.service_s()] * dice.randint(1, QUOTA_CALLS - min(len(counted), 4))
            self._note(f"{sn} is reset in the console, {len(counted)} calls count now")

    async def _let_them_work(self, seconds: float | None) -> None:
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)

    def _set_skew(self, skew_s: float) -> None:
        self._clock.skew_s = skew_s
        self._note(f"this machine's clock is {skew_s / HOUR_S:+.2f} h off")

    def _give_command(self) -> None:
        dice, office = self._dice, self._office
        jobs = self._jobs()
        wishes = Wishes(dice.random() < self._scenario.again, dice.random() < self._scenario.retry_unknown)
        order = Order(wishes, dice.choice((None,) * 8 + (2,)))
        sheet = dice.choice(sorted(self._sheets.tables))
        chance = dice.random()
        left = [known for known in jobs if known.id not in self._done]
        command: Callable[[Process], Awaitable[None]]
        if not jobs or (chance < self._scenario.new_jobs and len(jobs) < JOBS_MAX):
            command = partial(office.run, sheet=sheet, order=order)
        elif chance < 0.85:
            command = partial(office.rerun, known=dice.choice(left or jobs), order=order)
        elif chance < 0.93:
            command = partial(office.resolve, known=dice.choice(left or jobs), says=self._says)
        elif chance < 0.98:
            known = dice.choice(jobs)
            command = partial(office.report, known=known, table=self._sheets.tables[known.input_path])
        else:
            self._forgotten = _joined(self._forgotten, read_ledger(self._ledger))
            command = partial(office.forget, days=dice.uniform(10.1, 20))
        self._start(command, draw_blows(dice))

    def _start(self, command: Callable[[Process], Awaitable[None]], blows: dict[int, Blow]) -> asyncio.Task[None]:
        self._processes += 1
        dice = Random(self._dice.getrandbits(64))
        process = Process(f"p{self._processes}", dice, blows, self._struck)
        task = self._loop.create_task(self._watch(process, command))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task

    async def _watch(self, process: Process, command: Callable[[Process], Awaitable[None]]) -> None:
        async def main() -> None:
            await command(process)

        try:
            await process.run(main)
        except Exception as error:  # noqa: BLE001  # a mistake in the product: the seed goes on and tells of it
            where = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__}: {error} in {where.filename}:{where.lineno}"
            self._violated(Violation("crash", "a command broke", f"{process.name} {what}"))

    def _says(self, attempt: str) -> Resolution:
        """What a person says of a lost call: mostly the truth."""
        arrived = any(call.request_id == attempt and call.processed_at_s for call in self._service.log)
        return Resolution.ARRIVED if arrived is (self._dice.random() < 0.9) else Resolution.NOT_ARRIVED

    async def rest(self) -> None:
        """All is well again: every job is finished, nothing stops a run, and nothing is left to send."""
        self._service.weather = CALM
        self._set_skew(0.0)
        for seconds in _REST:
            await asyncio.sleep(seconds)
            self._reports.clear()
            for known in [known for known in self._jobs() if known.id not in self._done]:
                before = len(self._office.errors)
                await self._start(partial(self._office.rerun, known=known, order=Order()), {})
                for error in self._office.errors[before:]:
                    if error == "no-usable-row":  # somebody has spoiled them all
                        continue
                    told = f"{known.id}: {error}"
                    self._violated(Violation("L1", "a run is stopped though all is well", told))

    def judge(self) -> None:
        """The invariants, over all that happened."""
        self._witness.close()
        log = self._office.log_path
        evidence = Evidence(
            calls=self._calls(),
            ledger=_joined(self._forgotten, read_ledger(self._ledger)),
            reports=self._reports,
            finished=True,
            faultless=True,
            rate=self._scenario.rate,
            texts=read_texts([log] if log.exists() else []),
            hidden=[CREDENTIALS.app_key, *self._service.tokens, *self._sheets.shown()],
            clock_error_s=CLOCK_ERROR_S,
        )
        self._outcome.violations += check(evidence)
        if "ledger-rule" in self._office.errors:
            self._violated(Violation("L2", "the database had to refuse what the program should have"))
        self._outcome.days = self._loop.time() / DAY_S
        self._tally(evidence)

    def _tally(self, evidence: Evidence) -> None:
        counts = self._outcome.counts
        counts["calls"] = len(evidence.calls)
        counts["calls processed"] = sum(call.processed for call in evidence.calls)
        counts.update(f"attempts {attempt.state}" for attempt in evidence.ledger.attempts)
        counts.update(f"attempts resolved {a.resolved}" for a in evidence.ledger.attempts if a.resolved)
        counts.update(f"rows {row.status}" for report in self._reports for row in report.rows)
        counts.update(f"ended by {error}" for error in self._office.errors)
        counts["runs"] = len(evidence.ledger.runs)

    def _jobs(self) -> list[Job]:
        """The jobs that the ledger has now, oldest first."""
        kept = self._witness.execute("SELECT id FROM job ORDER BY seq").fetchall()
        return [self._office.made[job] for (job,) in kept]

    def _calls(self) -> list[ServiceCall]:
        return [call.as_call() for call in self._service.log]

    def _intent_seen(self, request_id: str) -> bool:
        """Whether an intent is in the file at this very moment."""
        found = self._witness.execute("SELECT count(*) FROM attempt WHERE id = ?", (request_id,))
        return bool(found.fetchone()[0])

    def _reported(self, told: JobReport) -> None:
        report = Report(
            job=told.job.id,
            rows=rows_of(told.results),
            expected=[(row.number, row.sn) for row in told.table.rows],
            made_at_s=told.made_at.timestamp(),
            counts={str(status): rows for status, rows in told.counts.items()},
        )
        self._reports.append(report)
        due = min((one.not_before for one in told.results if one.not_before), default=None)
        self._due[report.job] = 0.0 if due is None else due.timestamp()
        (self._done.add if {row.status for row in report.rows} <= _DONE else self._done.discard)(report.job)
        ledger = _joined(self._forgotten, read_ledger(self._ledger))
        now = Evidence(calls=self._calls(), ledger=ledger, reports=[report])
        self._look_at_the_living(ledger)
        for rule in _OF_A_REPORT:
            for violation in rule(now):
                self._violated(violation)

    def _look_at_the_living(self, ledger: Ledger) -> None:
        """L3: nobody settles what a living run has open, however long that run is stopped."""
        for attempt in ledger.attempts:
            if attempt.run in self._office.living and attempt.state != "open":
                if attempt.id not in self._office.answered:
                    told = f"{attempt.id} of run {attempt.run}"
                    self._violated(Violation("L3", "a living run's call was given up", told, attempt.key))

    def _struck(self, told: str) -> None:
        self._outcome.counts[f"struck: {told.split(' at ')[0].partition(' ')[2]}"] += 1
        self._note(told)

    def _violated(self, violation: Violation) -> None:
        self._note(f"VIOLATION {violation}")
        self._outcome.violations.append(violation)

    def _note(self, text: str) -> None:
        days, seconds = divmod(self._loop.time(), DAY_S)
        hours, seconds = divmod(seconds, HOUR_S)
        minutes, seconds = divmod(seconds, 60)
        self._outcome.trace.append(f"day {days:2.0f} {hours:02.0f}:{minutes:02.0f}:{seconds:06.3f} {text}")


def _joined(forgotten: Ledger, kept: Ledger) -> Ledger:
    """The ledger, with what was forgotten in it before."""
    attempts = {attempt.id: attempt for attempt in (*forgotten.attempts, *kept.attempts)}
    resolutions = {one.seq: one for one in (*forgotten.resolutions, *kept.resolutions)}
    return Ledger(
        [*attempts.values()], {**forgotten.runs, **kept.runs}, [*resolutions.values()], kept.broken
    )
