"""The worker pool: rows in, durable outcomes out.

A row's way: token → rate → durable claim → evened out → call → durable outcome → again or done
(LEDGER.md §2.5).
The rate comes before the claim, so that a killed run leaves open only what was in flight. A claimed call
that has not left when the run stops never does; once it has, nothing interrupts its worker but the
second signal, and that only the call itself.

A success asks nothing more of anybody: its worker goes on to the next row's claim, which the ledger
never makes durable without the outcome before it (`ledger.port`), so that both share one commit.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from batchreset.dispatch.breaker import Breaker, MaxFailures
from batchreset.dispatch.pacing import Pacing
from batchreset.dispatch.ports import Answered, Event, Observer, Ports, RowEnded, Stopping
from batchreset.dispatch.retry import Done, Tries, decide, pause_s
from batchreset.dispatch.stops import as_stop, internal_stop
from batchreset.errors import LedgerError, ServiceError
from batchreset.ledger.port import Claim
from batchreset.model import Advice, Attempt, AttemptState, Outcome, Stop, Verdict, Wishes
from batchreset.plan.terminal import Asking
from batchreset.rows import Contact, Row


@dataclass(frozen=True, slots=True)
class Errand:
    """One row to send: the row, its contact, and the contact's digest."""

    row: Row
    contact: Contact
    digest: str


@dataclass(frozen=True, slots=True)
class Policy:
    """How a run sends. `timeout_s` bounds one call; `rate` is in calls a second, 0 for no pacing."""

    job: str
    run: str
    wishes: Wishes
    job_at: datetime
    concurrency: int
    timeout_s: float
    max_failures: MaxFailures = field(default_factory=MaxFailures)
    rate: float = 0.0


@dataclass(slots=True)
class _Settling:
    """An outcome on its way into the ledger."""

    durable: asyncio.Future[None]
    row: Row
    attempt: Attempt
    outcome: Outcome
    at: datetime


class Dispatcher:
    """Runs errands through a pool of workers; `drain` and `abort` are for the signals."""

    def __init__(self, ports: Ports, policy: Policy, observe: Observer) -> None:
        self._ports: Final = ports
        self._policy: Final = policy
        self._observe: Final = observe
        self._errands: deque[Errand] = deque()
        self._timeout: Final = timedelta(seconds=policy.timeout_s)
        self._breaker = Breaker(policy.max_failures)
        self._pacing: Final = Pacing(ports, policy.rate, self._tell)
        self._stop: Stop | None = None
        self._stopping = False
        self._waiting: Final[set[asyncio.Task[None]]] = set()
        self._calling: Final[set[asyncio.Task[None]]] = set()
        self._settling: Final[asyncio.Queue[_Settling | None]] = asyncio.Queue()
        self._unkept: Final[list[_Settling]] = []
        self._aborting = False
        self.gave_up = False
        """Whether calls in flight were cut."""

    async def run(self, errands: Iterable[Errand]) -> Stop | None:
        """Send them all, in order; why it stopped early, None where it did not or a signal did it."""
        self._errands.extend(errands)
        workers = min(self._policy.concurrency, len(self._errands))
        async with asyncio.TaskGroup() as group:
            pool = [group.create_task(self._work()) for _ in range(workers)]
            group.create_task(self._tell_settled())
            if pool:
                await asyncio.wait(pool)
            self._settling.put_nowait(None)
        await self._keep_unkept()
        return self._stop

    def drain(self, stop: Stop | None = None) -> None:
        """Let no new call leave; calls in flight finish. Workers that wait for anything else end now."""
        if self._stopping:
            return
        self._stopping = True
        self._stop = stop
        for worker in self._waiting:
            worker.cancel()
        self._tell(Stopping(stop))

    def abort(self) -> None:
        """Also cut the calls in flight: what may have left becomes `unknown`."""
        self.drain()
        self._aborting = True
        self.gave_up = self.gave_up or bool(self._calling)
        for worker in self._calling:
            worker.cancel()

    async def _work(self) -> None:
        while self._errands and not self._stopping:
            errand = self._errands.popleft()
            try:
                await self._row(errand)
            except (ServiceError, LedgerError) as error:
                self.drain(as_stop(error))
            except Exception as error:  # noqa: BLE001  # a mistake of ours ends the run in order: drained, reported
                self.drain(internal_stop(error))

    async def _row(self, errand: Errand) -> None:
        tries, refused = Tries(), None
        while not self._stopping:
            token = await self._may_send(refused)
            if token is None:
                return
            claimed = await self._claim(errand)
            if isinstance(claimed, Verdict):
                self._tell(RowEnded(errand.row, None, claimed))
                return
            outcome, left_at_s = await self._call(claimed, errand.contact, token)
            self._tell(Answered(errand.row, claimed, outcome))
            fresh = self._pacing.learn(outcome, left_at_s)
            at = self._ports.now()
            durable = asyncio.ensure_future(self._ports.settle(claimed, outcome, at))
            settling = _Settling(durable, errand.row, claimed, outcome, at)
            if outcome.state is AttemptState.SUCCEEDED:
                self._settling.put_nowait(settling)
                self._weigh(*self._breaker.after_call(outcome))
                self._weigh(*self._breaker.after_row(outcome))
                return
            await self._kept(settling)
            if fresh and outcome is not _HELD_UP:  # which says nothing of the service
                self._weigh(*self._breaker.after_call(outcome))
            self._pacing.hold(pause_s(outcome, tries), outcome.http_status)
            step = decide(outcome, tries)
            if isinstance(step, Done):
                self._tell(RowEnded(errand.row, outcome))
                self._weigh(*self._breaker.after_row(outcome))
                return
            tries, refused = step.tries, token if outcome.advice is Advice.AUTH else None
            if not await self._undisturbed(step.wait_s):
                return

    async def _tell_settled(self) -> None:
        """Tell of successes once they are durable; their workers are at other rows by then."""
        while (one := await self._settling.get()) is not None:
            try:
                await self._kept(one)
            except LedgerError as error:
                self.drain(as_stop(error))
            except Exception as error:  # noqa: BLE001  # as in `_work`: it must not cut the calls in flight
                self.drain(internal_stop(error))
            else:
                self._tell(RowEnded(one.row, one.outcome))

    async def _kept(self, one: _Settling) -> None:
        """Until the outcome is durable. One that can't be kept now is tried once more at the end."""
        try:
            await one.durable
        except LedgerError:
            self._unkept.append(one)
            raise

    async def _keep_unkept(self) -> None:
        """What was read and not kept (a ledger locked for a while) may be kept by now."""
        # all are asked before one is awaited: they share one commit, or one wait for a lock
        kept = [asyncio.ensure_future(self._ports.settle(o.attempt, o.outcome, o.at)) for o in self._unkept]
        for one in kept:
            with contextlib.suppress(LedgerError):  # the run stops for it already; the attempt stays open
                await one

    async def _may_send(self, refused: str | None) -> str | None:
        """A token once the rate and every pause allow a call; None when the run stops meanwhile."""
        with self._interruptible() as waiting:
            # at once, so that nobody else goes on with one that was refused; and again after the waits,
            # in which a token may come to its end
            await self._ports.tokens.get(refused)
            while True:
                held_s = self._pacing.held_s()
                if held_s > 0:
                    await self._ports.sleep(held_s)
                    continue
                await self._ports.pace()
                token = await self._ports.tokens.get(refused)
                if self._pacing.held_s() <= 0:
                    break
        return token if waiting.through and not self._stopping else None

    async def _undisturbed(self, seconds: float) -> bool:
        if seconds <= 0 or self._stopping:
            return not self._stopping
        with self._interruptible() as waiting:
            await self._ports.sleep(seconds)
        return waiting.through

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[_Waiting]:
        """Inside, a drain ends the wait; nothing durable may happen in here."""
        worker = _this_task()
        waiting = _Waiting()
        self._waiting.add(worker)
        try:
            yield waiting
            waiting.through = True
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            worker.uncancel()
        finally:
            self._waiting.discard(worker)

    async def _claim(self, errand: Errand) -> Attempt | Verdict:
        now = self._ports.now()
        policy = self._policy
        return await self._ports.claim(
            Claim(
                id=self._ports.new_id(),
                sn=errand.row.sn,
                asking=Asking(policy.job, errand.digest, policy.run, policy.wishes, policy.job_at),
                at=now,
                latest_processing_at=now + self._timeout,
            )
        )

    async def _call(self, attempt: Attempt, contact: Contact, token: str) -> tuple[Outcome, float]:
        """What the call came to, and when it left (`monotonic`)."""
        worker, left_at_s = _this_task(), self._ports.monotonic()
        if not await self._departed():
            return _NEVER_LEFT, left_at_s
        self._calling.add(worker)
        try:
            if self._ports.now() - attempt.opened_at > HELD_UP_MAX:
                return _HELD_UP, left_at_s
            left_at_s = self._ports.monotonic()
            self._pacing.departed(left_at_s)
            return await self._ports.send(attempt, contact, token), left_at_s
        except asyncio.CancelledError:
            if not self._aborting:
                raise
            return _NEVER_LEFT, left_at_s  # `send` makes an outcome of a cancelled call: this had not begun
        except Exception as error:  # noqa: BLE001  # whatever broke, the call may have been processed
            return Outcome(
                AttemptState.UNKNOWN, error_message=f"{type(error).__name__} in batchreset"
            ), left_at_s
        finally:
            self._calling.discard(worker)
            while self._aborting and worker.cancelling():
                worker.uncancel()  # `abort` meant the call, which has become an outcome, not the worker

    async def _departed(self) -> bool:
        """Whether a claimed call may leave: not once the run stops, least of all for its ledger."""
        if self._stopping:
            return False
        with self._interruptible() as waiting:
            await self._ports.depart()
        return waiting.through and not self._stopping

    def _weigh(self, breaker: Breaker, stop: Stop | None) -> None:
        self._breaker = breaker
        if stop is not None:
            self.drain(stop)

    def _tell(self, event: Event) -> None:
        try:
            self._observe(event)
        except Exception as error:  # noqa: BLE001  # a broken observer must not keep an outcome from the ledger
            self.drain(internal_stop(error))


def _this_task() -> asyncio.Task[None]:
    worker = asyncio.current_task()
    assert worker is not None  # noqa: S101  # for the type checker: workers are tasks
    return worker


class _Waiting:
    """Whether a wait came to its own end."""

    through = False


_NEVER_LEFT: Final = Outcome(AttemptState.UNPROCESSED, error_message="stopped before it left")
HELD_UP_MAX: Final = timedelta(seconds=60)
"""A call that has not left so long after its claim does not leave: the machine slept, or the process was
stopped. Its quota is counted from the claim on if nobody is left to tell when it was processed, and the
margin of that has no room for more."""
_HELD_UP: Final = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, error_message="held up before it left")
