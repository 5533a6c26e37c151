"""Any order of calls, deaths, late answers, people's words and removals, against a model of its own.

Several programs work on one real ledger file while a virtual clock jumps by hours and days. What must
never happen is checked by the test's own arithmetic: nothing of `plan` is imported.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchreset.ledger.port import Claim, Resolved
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.model import Advice, Attempt, AttemptState, Outcome, Resolution, Verdict, Wishes
from batchreset.plan.terminal import Asking
from tests.edge.ledgers import begin, end, forgetting, opened, rows
from tests.unit.build import NOW

T = TypeVar("T")
DAY: Final = timedelta(hours=24)
COUNTED: Final = DAY + timedelta(minutes=10)
FRESH: Final = timedelta(days=10)
CALL: Final = timedelta(seconds=30)
OPEN, SUCCEEDED, REFUSED, FREE, UNKNOWN = (
    AttemptState.OPEN,
    AttemptState.SUCCEEDED,
    AttemptState.REFUSED,
    AttemptState.UNPROCESSED,
    AttemptState.UNKNOWN,
)
OUTCOMES: Final = (
    Outcome(SUCCEEDED, http_status=200),
    Outcome(REFUSED, Advice.ROW, 400),
    Outcome(REFUSED, Advice.STOP, 403),
    Outcome(REFUSED, Advice.LATER, 400, wait_s=7200),
    Outcome(FREE, Advice.RETRY),
    Outcome(FREE, Advice.LATER, 429, wait_s=300),
    Outcome(UNKNOWN),
)
COUNTING: Final = (Outcome(SUCCEEDED), Outcome(REFUSED, Advice.ROW, 400), Outcome(UNKNOWN))
TERMINALS: Final = ("A", "ß")
STEPS: Final = (
    timedelta(seconds=10),
    timedelta(minutes=10),
    timedelta(hours=2),
    timedelta(hours=8),
    DAY,
    COUNTED,
    FRESH - DAY,
    FRESH,
    3 * FRESH,
)
"""By which the clock jumps, give or take a second: so that it comes to stand at the edges of all windows."""


@dataclass(eq=False)
class Job:
    name: str
    made_at: datetime
    last_run_at: datetime
    """When a run of it began or ended last."""


@dataclass(eq=False)
class Run:
    name: str
    job: Job
    again: bool
    retry: bool


@dataclass(eq=False)
class Program:
    """A process with the ledger open; a dead one may be a zombie that still has answers to write."""

    ledger: SqliteLedger
    runs: list[Run] = field(default_factory=list)
    alive: bool = True


@dataclass(eq=False)
class Call:
    """What is true of one attempt, as the world knows it."""

    attempt: Attempt
    terminal: str
    run: Run
    program: Program
    contact: str
    latest: datetime
    """The last instant at which the service may have processed it."""
    state: AttemptState = OPEN
    resolved: Resolution | None = None
    advice: Advice = Advice.NONE
    not_before: datetime | None = None
    settled_at: datetime | None = None
    said_at: datetime | None = None
    """When somebody settled it by hand last."""

    @property
    def binds_until(self) -> datetime:
        """Its last sign of life."""
        signs = (self.latest, self.settled_at, self.not_before, self.said_at)
        return max(at for at in signs if at is not None)

    @property
    def may_be_processed(self) -> bool:
        return self.state is not FREE

    @property
    def confirmed(self) -> bool:
        return self.state is SUCCEEDED or (self.state is UNKNOWN and self.resolved is Resolution.ARRIVED)

    @property
    def holds_its_place(self) -> bool:
        return self.state in (OPEN, SUCCEEDED, UNKNOWN) and self.resolved in (None, Resolution.ARRIVED)


def pick(some: Sequence[T], number: int) -> T:
    return some[number % len(some)]


any_number = st.integers(0, 999)


class LedgerModel(RuleBasedStateMachine):
    """The ledger, and beside it what is true."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.sqlite3"
        self.loop = asyncio.new_event_loop()
        self.now = NOW
        self.numbers = count(1)
        self.jobs: list[Job] = []
        self.programs: list[Program] = []
        self.zombies: list[Program] = []
        self.calls: list[Call] = []

    def teardown(self) -> None:
        for program in (*self.programs, *self.zombies):
            program.ledger.__exit__(None, None, None)
        self.loop.close()
        self.folder.cleanup()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def living_runs(self) -> list[tuple[Program, Run]]:
        return [(program, run) for program in self.programs for run in program.runs if run.job in self.jobs]

    def of(self, terminal: str) -> list[Call]:
        return [call for call in self.calls if call.terminal == terminal]

    @initialize()
    def start(self) -> None:
        self.programs.append(Program(opened(self.path)))
        self.begin_run(0, -1, again=False, retry=False)

    @rule()
    @precondition(lambda self: len(self.programs) < 3)
    def start_program(self) -> None:
        self.programs.append(Program(opened(self.path)))

    @rule(passed=st.sampled_from(STEPS), seconds=st.integers(0, 3))
    def time_passes(self, passed: timedelta, seconds: int) -> None:
        self.now += passed + timedelta(seconds=seconds - 1)

    @rule(which=any_number, of=st.integers(-1, 5), again=st.booleans(), retry=st.booleans())
    @precondition(lambda self: self.programs)
    def begin_run(self, which: int, of: int, *, again: bool, retry: bool) -> None:
        program, new = pick(self.programs, which), of < 0 or not self.jobs
        if new:
            self.jobs.append(Job(f"job-{next(self.numbers)}", self.now, self.now))
        job = self.jobs[-1] if new else pick(self.jobs, of)
        run = Run(f"run-{next(self.numbers)}", job, again, retry)
        begin(program.ledger, run.name, job.name, new_job=new, at=self.now)
        program.runs.append(run)
        job.last_run_at = self.now

    @rule(
        which=any_number,
        asked=st.lists(
            st.tuples(any_number, st.sampled_from(TERMINALS), st.sampled_from("cd")), min_size=1, max_size=4
        ),
    )
    @precondition(lambda self: self.living_runs())
    def claim(self, which: int, asked: list[tuple[int, str, str]]) -> None:
        """Several at once by one program: they may share a transaction."""
        program, _ = pick(self.living_runs(), which)
        runs = [run for owner, run in self.living_runs() if owner is program]
        self.ask(program, [(pick(runs, number), terminal, contact) for number, terminal, contact in asked])

    def ask(self, program: Program, wishes: list[tuple[Run, str, str]]) -> None:
        async def ask() -> list[Attempt | Verdict]:
            return await asyncio.gather(*(program.ledger.claim(self.wish(*one)) for one in wishes))

        for (run, terminal, contact), answer in zip(wishes, self.wait(ask()), strict=True):
            assert isinstance(answer, Attempt) == self.may_be_sent(run, terminal, contact), answer
            if isinstance(answer, Attempt):
                self.sent(program, run, terminal, contact, answer)

    @rule(
        terminal=st.sampled_from(TERMINALS),
        outcomes=st.lists(st.sampled_from(COUNTING), min_size=1, max_size=5),
        passed=st.sampled_from(STEPS),
        seconds=st.integers(0, 3),
    )
    @precondition(lambda self: self.programs)
    def site_is_set_up_again_and_again(
        self, terminal: str, outcomes: list[Outcome], passed: timedelta, seconds: int
    ) -> None:
        """What uses up a quota; and once more after some time."""
        for outcome in outcomes:
            self.new_job_calls(terminal, outcome)
            self.now += timedelta(seconds=1)
        self.time_passes(passed - timedelta(seconds=len(outcomes)), seconds)
        self.new_job_calls(terminal, OUTCOMES[0])

    def new_job_calls(self, terminal: str, outcome: Outcome | None) -> None:
        self.begin_run(0, -1, again=True, retry=True)
        program, before = self.programs[0], len(self.calls)
        self.ask(program, [(program.runs[-1], terminal, "c")])
        if outcome is not None and len(self.calls) > before:
            self.settle(self.calls, -1, outcome)

    def wish(self, run: Run, terminal: str, contact: str) -> Claim:
        wishes = Wishes(again=run.again, retry_unknown=run.retry)
        asking = Asking(run.job.name, contact, run.name, wishes, run.job.made_at)
        return Claim(f"id-{next(self.numbers)}", terminal, asking, self.now, self.now + CALL)

    def sent(self, program: Program, run: Run, terminal: str, contact: str, attempt: Attempt) -> None:
        """A call leaves. That it may is checked here by the invariants alone (LEDGER.md §4)."""
        assert rows(self.path, "SELECT state FROM attempt WHERE id = ?", attempt.id) == [("open",)]  # I1
        before = self.of(terminal)
        assert not [call for call in before if call.state is OPEN]
        within = [call for call in before if call.may_be_processed and call.latest > self.now - DAY]
        assert len(within) < 5  # I5
        own = [call for call in before if call.run.job is run.job]
        assert not [call for call in own if call.confirmed]  # I6
        for call in own:
            if (
                call.state is UNKNOWN and call.resolved is None
            ):  # a wish of the operator's, or its time is over
                assert run.retry or call.latest <= self.now - FRESH or call is not before[-1]
                call.resolved = Resolution.RETRIED
        self.calls.append(Call(attempt, terminal, run, program, contact, self.now + CALL))

    def may_be_sent(self, run: Run, terminal: str, contact: str) -> bool:
        """Nor may the ledger hold back what nothing stands against."""
        calls = self.of(terminal)
        told = [call for call in calls if call.may_be_processed]
        own = [call for call in told if call.run.job is run.job]
        if any(call.state is OPEN for call in told) or any(call.confirmed for call in own):
            return False
        for last in (*told[-1:], *own[-1:]):
            open_question = last.state is UNKNOWN and last.resolved in (None, Resolution.RETRIED)
            binds = last.run is run or (last.latest > self.now - FRESH and not run.retry)
            if open_question and binds:
                return False
        codes = [call for call in told if call.state is not REFUSED]
        fresh_from = min(self.now, run.job.made_at) - FRESH
        if codes and codes[-1].confirmed and codes[-1].latest > fresh_from and not run.again:
            return False
        if calls and calls[-1].not_before is not None and calls[-1].not_before > self.now:
            return False
        if own and own[-1].state is REFUSED:
            same = own[-1].contact == contact and own[-1].advice is Advice.ROW
            if own[-1].run is run or same:
                return False
        return sum(call.latest > self.now - COUNTED for call in told) < 5

    @rule(which=any_number, outcome=st.sampled_from(OUTCOMES))
    @precondition(lambda self: any(call.state is OPEN and call.program.alive for call in self.calls))
    def answer_comes(self, which: int, outcome: Outcome) -> None:
        self.settle(
            [call for call in self.calls if call.state is OPEN and call.program.alive], which, outcome
        )

    @rule(which=any_number, outcome=st.sampled_from(OUTCOMES))
    @precondition(lambda self: self.late())
    def answer_comes_late(self, which: int, outcome: Outcome) -> None:
        """To a program that all others take for dead; some have settled its calls as unknown."""
        self.settle(self.late(), which, outcome)

    def late(self) -> list[Call]:
        return [c for c in self.calls if c.program in self.zombies and c.state in (OPEN, UNKNOWN)]

    def settle(self, calls: list[Call], which: int, outcome: Outcome) -> None:
        call = pick(calls, which)

        async def work() -> None:
            await call.program.ledger.settle(call.attempt, outcome, self.now)

        self.wait(work())
        answered = outcome.state in (SUCCEEDED, REFUSED)
        call.latest = self.now if answered else max(call.latest, self.now)
        call.state, call.advice = outcome.state, outcome.advice
        call.not_before = None
        if outcome.wait_s is not None:
            call.not_before = self.now + timedelta(seconds=outcome.wait_s)
        call.settled_at = self.now

    @rule(which=any_number, buried=st.booleans())
    @precondition(lambda self: self.programs)
    def program_dies(self, which: int, *, buried: bool) -> None:
        """Its locks are free at once; unless it is `buried`, its calls may be answered all the same."""
        program = pick(self.programs, which)
        self.programs.remove(program)
        program.alive = False
        if buried:
            program.ledger.__exit__(None, None, None)
        else:
            program.ledger.locks.release()
            self.zombies.append(program)

    @rule(terminal=st.sampled_from(TERMINALS), outcome=st.sampled_from(OUTCOMES), again=st.booleans())
    @precondition(lambda self: self.programs)
    def program_sleeps_through_its_answer(self, terminal: str, outcome: Outcome, *, again: bool) -> None:
        """Taken for dead meanwhile; the terminal may be sent once more before its answer is written."""
        self.new_job_calls(terminal, None)
        calls = [call for call in self.calls if call.state is OPEN and call.program is self.programs[0]]
        self.program_dies(0, buried=False)
        self.programs.append(Program(opened(self.path)))
        self.recover(0)
        if again:
            self.new_job_calls(terminal, OUTCOMES[0])
        for call in calls:
            self.settle([call], 0, outcome)

    @rule(which=any_number)
    @precondition(lambda self: self.programs)
    def recover(self, which: int) -> None:
        dead = [call for call in self.calls if call.state is OPEN and not call.program.alive]
        assert pick(self.programs, which).ledger.recover(self.now) == len(dead)
        for call in dead:
            call.state, call.settled_at = UNKNOWN, self.now
        alive = {run.name for program in self.programs for run in program.runs}
        still = {name for (name,) in rows(self.path, "SELECT run FROM attempt WHERE state = 'open'")}
        assert still <= alive  # I8

    @rule(
        which=any_number,
        resolution=st.sampled_from([Resolution.ARRIVED, Resolution.NOT_ARRIVED]),
        said=any_number,
    )
    @precondition(lambda self: self.programs and self.calls)
    def somebody_says(self, which: int, resolution: Resolution, said: int) -> None:
        call = pick(self.calls, which)
        place_taken = any(
            other.holds_its_place
            for other in self.of(call.terminal)
            if other is not call and other.run.job is call.run.job
        )
        kept = call.state is UNKNOWN and not place_taken
        word = Resolved(call.attempt.id, resolution, self.now, "me", "asked")
        assert pick(self.programs, said).ledger.resolve([word]) == [kept]
        if kept:
            call.resolved, call.said_at = resolution, self.now

    @rule(which=any_number)
    @precondition(lambda self: any(program.runs for program in self.programs))
    def run_ends(self, which: int) -> None:
        program = pick([program for program in self.programs if program.runs], which)
        run = pick(program.runs, which)
        if any(call.run is run and call.state is OPEN for call in self.calls):
            return  # no run ends with calls in flight
        end(program.ledger, run.name, self.now)
        program.runs.remove(run)
        run.job.last_run_at = self.now

    @rule(which=any_number, days=st.integers(0, 40))
    @precondition(lambda self: self.programs)
    def forget(self, which: int, days: int) -> None:
        cutoff = self.now - max(timedelta(days=days), FRESH, COUNTED)
        kept = {c.run.job for c in self.calls if c.state is OPEN or c.binds_until >= cutoff}
        old = [job for job in self.jobs if job.last_run_at < cutoff and job not in kept]
        calls = [call for call in self.calls if call.run.job in old]
        done = pick(self.programs, which).ledger.forget(forgetting(self.now, timedelta(days=days)))
        assert (done.jobs, done.attempts) == (len(old), len(calls))
        self.jobs = [job for job in self.jobs if job not in old]
        self.calls = [call for call in self.calls if call not in calls]

    @invariant()
    @precondition(lambda self: self.programs)
    def ledger_tells_what_is_true(self) -> None:
        ledger = self.programs[-1].ledger
        told = [
            (attempt.id, attempt.state, attempt.resolved, attempt.counts_from, attempt.not_before)
            for history in ledger.history().values()
            for attempt in history
        ]
        true = [
            (call.attempt.id, call.state, call.resolved, call.latest, call.not_before)
            for terminal in dict.fromkeys(call.terminal for call in self.calls)
            for call in self.of(terminal)
        ]
        assert told == true
        assert {job.id for job, _ in ledger.jobs()} == {job.name for job in self.jobs}

    @invariant()
    @precondition(lambda self: self.programs)
    def ledger_holds(self) -> None:
        assert self.programs[0].ledger.verify().broken is None  # I11


def test_ledger_in_any_order_of_what_happens_keeps_its_promises() -> None:
    run_state_machine_as_test(LedgerModel, settings=settings(max_examples=25, stateful_step_count=40))


@pytest.mark.slow
def test_ledger_in_very_many_orders_of_what_happens_keeps_its_promises() -> None:
    run_state_machine_as_test(LedgerModel, settings=settings(max_examples=600, stateful_step_count=120))
