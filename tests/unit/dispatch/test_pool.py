"""The pool in virtual time: order of steps, concurrency, pauses, renewals, drain and abort."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.dispatch.breaker import MaxFailures
from batchreset.dispatch.pace import Pace
from batchreset.dispatch.pool import Dispatcher, Errand, Policy
from batchreset.dispatch.ports import Answered, Event, Paced, Paused, Ports, RowEnded, Stopping
from batchreset.errors import LedgerError, ServiceError
from batchreset.ledger.port import Claim
from batchreset.model import Advice, Attempt, AttemptState, Outcome, Rules, Stop, Verdict, Wishes, sn_key
from batchreset.plan.quota import counts_from, not_before
from batchreset.plan.terminal import judge_terminal
from batchreset.rows import Contact
from batchreset.text import msg
from tests.unit.build import CONTACT, row
from tests.virtual import run_virtually

GOOD = Outcome(AttemptState.SUCCEEDED, http_status=200)
BAD_ROW = Outcome(AttemptState.REFUSED, Advice.ROW, http_status=400)
LOST = Outcome(AttemptState.UNKNOWN)
UNREACHED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY)
NOT_LOGGED_IN = Outcome(AttemptState.UNPROCESSED, Advice.AUTH, http_status=401)
THROTTLED = Outcome(AttemptState.UNPROCESSED, Advice.RETRY, http_status=429, wait_s=30)
REDIRECTED = Outcome(AttemptState.UNKNOWN, Advice.STOP, http_status=307)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class World:
    """A ledger in memory with the real rules, a service by script, and a log of what happened when."""

    def __init__(self, script: Callable[[str, int], Outcome], *, latency_s: float = 0.1) -> None:
        self.script = script
        self.latency_s = latency_s
        self.attempts: list[Attempt] = []
        self.log: list[tuple[str, str, float]] = []
        self.events: list[Event] = []
        self.calls: dict[str, int] = {}
        self.in_flight = self.most_in_flight = 0
        self.tokens_made = 0
        self.refuse_login: ServiceError | None = None
        self.break_ledger_at: int | None = None
        self.observer_breaks_at = 0
        self.depart: Callable[[], Awaitable[None]] | None = None
        self.lose_outcome_of = ""
        self._ids = count(1)
        self._renewing = asyncio.Lock()

    def ports(self, rate: float) -> Ports:
        loop, pace = asyncio.get_running_loop(), Pace(rate)
        return Ports(
            claim=self.claim,
            settle=self.settle,
            send=self.send,
            tokens=self,
            pace=pace.claiming,
            depart=self.depart or pace.leaving,
            tune=pace.tune,
            now=lambda: EPOCH + timedelta(seconds=loop.time()),
            monotonic=loop.time,
            sleep=asyncio.sleep,
            new_id=lambda: f"id-{next(self._ids)}",
        )

    def observe(self, event: Event) -> None:
        self.events.append(event)
        if len(self.events) == self.observer_breaks_at:
            raise ValueError("a mistake")

    def note(self, what: str, sn: str) -> None:
        self.log.append((what, sn, asyncio.get_running_loop().time()))

    async def get(self, refused: str | None = None) -> str:
        if self.refuse_login:
            raise self.refuse_login
        async with self._renewing:
            if self.tokens_made == 0 or refused == f"token-{self.tokens_made}":
                await asyncio.sleep(0.5)
                self.tokens_made += 1
        return f"token-{self.tokens_made}"

    async def claim(self, claim: Claim) -> Attempt | Verdict:
        await asyncio.sleep(0.001)
        if self.break_ledger_at is not None and len(self.attempts) >= self.break_ledger_at:
            raise LedgerError("ledger-full", msg("full"), msg("free some"))
        history = [a for a in self.attempts if sn_key(a.sn) == sn_key(claim.sn)]
        verdict = judge_terminal(history, claim.asking, claim.at, Rules())
        if not verdict.sendable:
            return verdict
        attempt = Attempt(
            claim.id,
            claim.asking.job,
            claim.asking.run or "",
            claim.sn,
            claim.asking.contact,
            AttemptState.OPEN,
            claim.at,
            claim.latest_processing_at,
        )
        self.attempts.append(attempt)
        self.note("claimed", claim.sn)
        return attempt

    def settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> Awaitable[None]:
        if attempt.sn == self.lose_outcome_of:
            self.break_ledger_at = 0  # asked when called: no claim after it is kept without it
        return self._settle(attempt, outcome, at)

    async def _settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
        await asyncio.sleep(0.001)
        if attempt.sn == self.lose_outcome_of:
            raise LedgerError("ledger-full", msg("full"), msg("free some"))
        place = next(n for n, kept in enumerate(self.attempts) if kept.id == attempt.id)
        self.attempts[place] = replace(
            attempt,
            state=outcome.state,
            settled_at=at,
            advice=outcome.advice,
            counts_from=counts_from(attempt, outcome, at),
            not_before=not_before(outcome, at),
        )
        self.note("settled", attempt.sn)

    async def send(self, attempt: Attempt, contact: Contact, token: str) -> Outcome:
        assert contact == CONTACT
        assert token.startswith("token-")
        assert attempt in self.attempts, "a call left without a durable claim"
        self.note("sent", attempt.sn)
        number = self.calls[attempt.sn] = self.calls.get(attempt.sn, 0) + 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.latency_s)
        except asyncio.CancelledError:
            return LOST
        finally:
            self.in_flight -= 1
        return self.script(attempt.sn, number)

    def times(self, what: str) -> list[float]:
        return [at for kind, _, at in self.log if kind == what]

    def states(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for attempt in self.attempts:
            found.setdefault(attempt.sn, []).append(attempt.state)
        return found


def errands(sns: Iterable[str]) -> list[Errand]:
    return [Errand(row(number, sn), CONTACT, "digest") for number, sn in enumerate(sns, 2)]


def dispatch(
    world: World,
    sns: Iterable[str],
    *,
    rate: float = 10.0,
    concurrency: int = 4,
    meanwhile: Callable[[Dispatcher], Any] | None = None,
    max_failures: MaxFailures | None = None,
) -> Stop | None:
    async def main() -> Stop | None:
        breaks = max_failures or MaxFailures()
        policy = Policy("job", "run", Wishes(), EPOCH, concurrency, 30.0, breaks, rate)
        dispatcher = Dispatcher(world.ports(rate), policy, world.observe)
        if meanwhile is not None:
            meanwhile(dispatcher)
        return await dispatcher.run(errands(sns))

    return run_virtually(main())


def always(outcome: Outcome) -> Callable[[str, int], Outcome]:
    return lambda _sn, _number: outcome


SNS = [f"A{n}" for n in range(40)]


def test_pool_when_all_is_well_sends_each_row_once_in_order_at_the_rate() -> None:
    world = World(always(GOOD))
    assert dispatch(world, SNS, rate=10) is None
    assert world.states() == {sn: ["succeeded"] for sn in SNS}
    sent = world.times("sent")
    order = [SNS.index(sn) for kind, sn, _ in world.log if kind == "sent"]
    assert max(abs(place - at) for place, at in enumerate(order)) < 4, "out of order by more than the workers"
    assert min(b - a for a, b in pairwise(sent)) > 0.04
    assert max(sum(t <= other < t + 1 for other in sent) for t in sent) <= 11
    assert (len(sent) - 1) / (sent[-1] - sent[0]) == pytest.approx(10, rel=0.02)


def test_pool_when_calls_are_slow_keeps_to_its_concurrency() -> None:
    world = World(always(GOOD), latency_s=5)
    dispatch(world, SNS, rate=100, concurrency=3)
    assert world.most_in_flight == 3


def test_pool_for_each_row_claims_then_sends_then_settles() -> None:
    world = World(always(GOOD))
    dispatch(world, SNS[:5])
    for sn in SNS[:5]:
        assert [kind for kind, logged, _ in world.log if logged == sn] == ["claimed", "sent", "settled"]


def test_pool_when_unreached_repeats_and_each_repeat_is_an_attempt_of_its_own() -> None:
    world = World(lambda sn, number: UNREACHED if sn == "A1" and number < 3 else GOOD)
    dispatch(world, SNS[:3])
    assert world.states()["A1"] == ["unprocessed", "unprocessed", "succeeded"]
    assert len({attempt.id for attempt in world.attempts}) == 5


@pytest.mark.parametrize("outcome", [LOST, BAD_ROW])
def test_pool_when_it_may_have_been_processed_never_repeats(outcome: Outcome) -> None:
    world = World(always(outcome))
    dispatch(world, SNS[:5])
    assert set(world.calls.values()) == {1}


def test_pool_when_throttled_holds_all_workers_for_the_services_time() -> None:
    world = World(lambda sn, number: THROTTLED if sn == "A5" and number == 1 else GOOD)
    dispatch(world, SNS, rate=10, concurrency=8)
    settled_at = next(at for kind, sn, at in world.log if kind == "settled" and sn == "A5")
    assert not [at for at in world.times("sent") if settled_at < at < settled_at + 30]
    assert world.states()["A5"] == ["unprocessed", "succeeded"]
    assert any(isinstance(event, Paused) for event in world.events)
    sent = world.times("sent")
    assert max(sum(t <= other < t + 1 for other in sent) for t in sent) <= 11, "a burst after the pause"


class Gateway:
    """A service's hidden rate, counted by its own clock's seconds as gateways do; names no time."""

    def __init__(self, limit: int, span_s: int = 1) -> None:
        self.limit, self.span_s = limit, span_s
        self.answers: list[tuple[float, bool]] = []
        self._counts: dict[int, int] = {}

    def __call__(self, _sn: str, _number: int) -> Outcome:
        at = asyncio.get_running_loop().time()
        span = int(at // self.span_s)
        count = self._counts[span] = self._counts.get(span, 0) + 1
        if count > self.limit:
            self._counts[span] = self.limit
        self.answers.append((at, count > self.limit))
        return replace(THROTTLED, wait_s=5) if count > self.limit else GOOD


@pytest.mark.parametrize("concurrency", [1, 8, 256])
@pytest.mark.parametrize("latency_s", [0.005, 0.1, 1.0])
def test_pool_when_the_services_rate_is_hidden_finds_it_and_sends_every_row(
    concurrency: int, latency_s: float
) -> None:
    gateway = Gateway(25)
    world = World(gateway, latency_s=latency_s)
    sns = [f"A{n}" for n in range(600)]
    assert dispatch(world, sns, rate=200, concurrency=concurrency) is None
    assert {states[-1] for states in world.states().values()} == {"succeeded"}
    later = [throttled for at, throttled in gateway.answers if at > 5 + 15 * latency_s]
    assert sum(later) <= len(later) / 10
    if latency_s * 25 < concurrency:
        assert gateway.answers[-1][0] < 600 / 25 * 3, "far below what the service lets through"


def test_pool_when_the_services_rate_is_hidden_and_by_the_minute_every_row_is_sent() -> None:
    gateway = Gateway(30, span_s=60)
    world = World(gateway, latency_s=0.1)
    assert dispatch(world, [f"A{n}" for n in range(200)], rate=200, concurrency=16) is None
    assert {states[-1] for states in world.states().values()} == {"succeeded"}


def test_pool_when_the_pace_changes_tells_it() -> None:
    world = World(Gateway(25), latency_s=0.1)
    dispatch(world, [f"A{n}" for n in range(200)], rate=200, concurrency=16)
    paced = [event.per_second for event in world.events if isinstance(event, Paced)]
    assert paced[0] <= 100
    assert any(b > a for a, b in pairwise(paced)), "never came back"


def test_pool_when_the_token_dies_renews_once_for_all_and_sends_again() -> None:
    world = World(lambda _sn, number: NOT_LOGGED_IN if number == 1 else GOOD, latency_s=1.0)
    dispatch(world, SNS[:4], rate=100, concurrency=4)
    assert world.tokens_made == 2
    assert all(states == ["unprocessed", "succeeded"] for states in world.states().values())


class ShortLived(World):
    """Tokens live 10 s and are renewed 2 s ahead; a call with a dead one is seen."""

    born_at: float | None = None
    dead = 0

    async def get(self, refused: str | None = None) -> str:
        now = asyncio.get_running_loop().time()
        if self.born_at is None or now >= self.born_at + 8 or refused == f"token-{self.tokens_made}":
            self.born_at = now
            self.tokens_made += 1
        return f"token-{self.tokens_made}"

    async def send(self, attempt: Attempt, contact: Contact, token: str) -> Outcome:
        assert self.born_at is not None
        age_s = asyncio.get_running_loop().time() - self.born_at
        self.dead += token != f"token-{self.tokens_made}" or age_s >= 10
        return await super().send(attempt, contact, token)


def test_pool_when_a_token_ends_while_calls_wait_for_their_turn_none_leaves_with_it() -> None:
    world = ShortLived(lambda sn, number: THROTTLED if (sn, number) == ("A20", 1) else GOOD)
    assert dispatch(world, SNS, rate=1, concurrency=8) is None
    assert world.tokens_made > 3
    assert world.dead == 0


def test_pool_when_the_token_never_works_stops_with_6() -> None:
    world = World(always(NOT_LOGGED_IN))
    stop = dispatch(world, SNS, concurrency=1)
    assert stop is not None
    assert (stop.code, stop.exit_code) == ("auth-refused", 6)
    assert sum(world.calls.values()) == 6, "three rows, each once more with a new token"


def test_pool_when_the_login_is_refused_claims_nothing() -> None:
    world = World(always(GOOD))
    world.refuse_login = ServiceError("auth-refused", msg("no"), msg("check"))
    stop = dispatch(world, SNS)
    assert stop is not None
    assert (stop.code, stop.exit_code) == ("auth-refused", 6)
    assert not world.attempts


def test_pool_when_redirected_stops_at_once_and_lets_calls_in_flight_finish() -> None:
    world = World(lambda sn, _number: REDIRECTED if sn == "A3" else GOOD, latency_s=2.0)
    stop = dispatch(world, SNS, rate=10, concurrency=8)
    assert stop is not None
    assert stop.code == "redirected"
    assert all(state != "open" for states in world.states().values() for state in states)
    assert len(world.attempts) < 20


def test_pool_when_the_ledger_fails_sends_nothing_more_and_settles_what_is_in_flight() -> None:
    world = World(always(GOOD), latency_s=1.0)
    world.break_ledger_at = 6
    stop = dispatch(world, SNS, rate=10, concurrency=4)
    assert stop is not None
    assert stop.exit_code == 5
    assert len(world.times("sent")) == 6
    assert [a.state for a in world.attempts] == ["succeeded"] * 6


def test_pool_when_a_success_cannot_be_kept_stops_and_does_not_tell_of_it() -> None:
    world = World(always(GOOD), latency_s=1.0)
    world.lose_outcome_of = "A2"
    stop = dispatch(world, SNS, rate=10, concurrency=2)
    assert stop is not None
    assert (stop.code, stop.exit_code) == ("ledger-full", 5)
    ended = {e.row.sn for e in world.events if isinstance(e, RowEnded)}
    assert ended == {sn for sn, states in world.states().items() if states == ["succeeded"]}
    assert "A2" not in ended
    assert len(world.times("sent")) <= 4, "those in flight when it failed"


def test_pool_when_the_ledger_fails_lets_no_claimed_call_leave_after_it() -> None:
    world = World(always(GOOD), latency_s=1.0)
    world.lose_outcome_of = SNS[0]
    pace = Pace(0)

    async def first_at_once() -> None:
        await asyncio.sleep(0 if len(world.times("claimed")) == 1 else 5.0)
        await pace.leaving()

    world.depart = first_at_once
    stop = dispatch(world, SNS, rate=10, concurrency=4)
    assert stop is not None
    assert stop.code == "ledger-full"
    assert [sn for what, sn, _ in world.log if what == "sent"] == [SNS[0]]
    assert {states[0] for sn, states in world.states().items() if sn != SNS[0]} == {"unprocessed"}
    assert len(world.attempts) == 4


class BrokenWorld(World):
    """A mistake of ours in keeping one success."""

    async def _settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
        if attempt.sn == "A2":
            raise RuntimeError("a mistake")
        await super()._settle(attempt, outcome, at)


def test_pool_when_keeping_a_success_breaks_lets_the_calls_in_flight_finish() -> None:
    world = BrokenWorld(always(GOOD), latency_s=1.0)
    stop = dispatch(world, SNS, rate=10, concurrency=4)
    assert stop is not None
    assert stop.code == "internal"
    left = {sn for what, sn, _ in world.log if what == "sent"}
    others = {sn: states for sn, states in world.states().items() if sn != "A2"}
    assert others == {sn: ["succeeded" if sn in left else "unprocessed"] for sn in others}
    assert len(left) > 3


class LockedWorld(World):
    """Another program locks its ledger: each try to settle waits ten seconds for nothing."""

    def settle(self, attempt: Attempt, outcome: Outcome, at: datetime) -> Awaitable[None]:
        del outcome, at
        self.note("asked", attempt.sn)
        return self._wait_in_vain()

    async def _wait_in_vain(self) -> None:
        await asyncio.sleep(10)
        raise LedgerError("ledger-locked", msg("locked"), msg("close it"))


def test_pool_tries_all_that_could_not_be_kept_once_more_and_together() -> None:
    world = LockedWorld(always(GOOD), latency_s=1.0)
    world.break_ledger_at = 4
    stop = dispatch(world, SNS, rate=0, concurrency=4)
    assert stop is not None
    assert [sn for what, sn, _ in world.log if what == "asked"] == [*SNS[:4], *SNS[:4]]
    assert len(set(world.times("asked")[4:])) == 1, "one wait, however many were in flight"


def test_pool_tells_of_a_row_only_once_its_outcome_is_durable() -> None:
    world = World(lambda sn, _number: BAD_ROW if sn == "A3" else GOOD)
    untold: list[Event] = []

    def observe(event: Event) -> None:
        if isinstance(event, RowEnded):
            kept = next(a for a in world.attempts if a.sn == event.row.sn)
            assert kept.state is not AttemptState.OPEN
            untold.append(event)

    world.observe = observe  # type: ignore[method-assign]
    dispatch(world, SNS, concurrency=8)
    assert len(untold) == len(SNS)


def test_pool_when_too_many_fail_stops() -> None:
    world = World(always(BAD_ROW))
    stop = dispatch(world, SNS, concurrency=1, max_failures=MaxFailures(rows=3))
    assert stop is not None
    assert stop.code == "too-many-failures"
    assert len(world.attempts) == 4


def test_pool_when_the_client_itself_breaks_takes_the_call_for_lost_and_goes_on() -> None:
    def script(sn: str, _number: int) -> Outcome:
        if sn == "A3":
            raise RecursionError
        return GOOD

    world = World(script)
    assert dispatch(world, SNS[:10]) is None
    assert world.states() == {**{sn: ["succeeded"] for sn in SNS[:10]}, "A3": ["unknown"]}


def test_pool_when_an_observer_breaks_drains_and_says_that_it_is_a_mistake() -> None:
    world = World(always(GOOD), latency_s=1.0)
    world.observer_breaks_at = 3
    stop = dispatch(world, SNS, concurrency=4)
    assert stop is not None
    assert (stop.code, stop.exit_code) == ("internal", 70)
    assert all(attempt.state is not AttemptState.OPEN for attempt in world.attempts)
    assert len(world.attempts) < 15


@pytest.mark.parametrize("workers", [1, 20])
def test_pool_when_held_up_between_claim_and_call_does_not_send_on_the_old_claim(workers: int) -> None:
    world = World(always(GOOD))
    pace = Pace(0)

    async def sleep_like_the_machine() -> None:
        if asyncio.get_running_loop().time() < 3600:
            await asyncio.sleep(7200)
        await pace.leaving()

    world.depart = sleep_like_the_machine
    assert dispatch(world, SNS[:workers], rate=0, concurrency=workers) is None
    assert world.states() == {sn: ["unprocessed", "succeeded"] for sn in SNS[:workers]}
    assert set(world.calls.values()) == {1}


def later(seconds: float, act: Callable[[Dispatcher], None]) -> Callable[[Dispatcher], Any]:
    return lambda dispatcher: asyncio.get_running_loop().call_later(seconds, act, dispatcher)


def test_drain_lets_calls_in_flight_finish_and_nothing_new_leave() -> None:
    world = World(always(GOOD), latency_s=3.0)
    dispatch(world, SNS, rate=2, concurrency=4, meanwhile=later(2.0, Dispatcher.drain))
    assert max(world.times("sent")) <= 2.0
    assert [a.state for a in world.attempts] == ["succeeded"] * len(world.times("sent"))
    assert world.times("settled")[-1] <= 2.0 + 3.1
    assert [e for e in world.events if isinstance(e, Stopping)] == [Stopping(None)]


def test_drain_while_all_wait_for_a_long_pause_ends_at_once() -> None:
    world = World(always(THROTTLED), latency_s=0.1)
    dispatch(world, SNS, rate=10, concurrency=4, meanwhile=later(5.0, Dispatcher.drain))
    assert all(at <= 5.0 for _, _, at in world.log)
    assert all(a.state == "unprocessed" for a in world.attempts)


@pytest.mark.parametrize("outcome", [THROTTLED, replace(UNREACHED, wait_s=250), NOT_LOGGED_IN])
def test_drain_while_calls_are_in_flight_waits_for_no_repeat_of_them(outcome: Outcome) -> None:
    world = World(always(outcome), latency_s=3.0)

    async def main() -> float:
        policy = Policy("job", "run", Wishes(), EPOCH, 4, 30.0)
        dispatcher = Dispatcher(world.ports(0), policy, world.observe)
        later(2.0, Dispatcher.drain)(dispatcher)
        await dispatcher.run(errands(SNS))
        return asyncio.get_running_loop().time()

    assert run_virtually(main()) <= 3.6
    assert len(world.times("sent")) == 4


@pytest.mark.parametrize("end", [Dispatcher.drain, Dispatcher.abort])
def test_signal_while_calls_wait_to_leave_settles_them_as_never_sent(
    end: Callable[[Dispatcher], None],
) -> None:
    world = World(always(GOOD))
    world.depart = lambda: asyncio.sleep(60)
    dispatch(world, SNS, rate=10, concurrency=4, meanwhile=later(3.0, end))
    assert world.times("sent") == []
    assert [a.state for a in world.attempts] == ["unprocessed"] * 4
    assert world.times("settled")[-1] <= 3.1


def test_abort_makes_what_was_sent_unknown_at_once() -> None:
    world = World(always(GOOD), latency_s=20.0)
    dispatch(world, SNS, rate=10, concurrency=4, meanwhile=later(3.0, Dispatcher.abort))
    assert [a.state for a in world.attempts] == ["unknown"] * 4
    assert world.times("settled")[-1] <= 3.1


@given(
    st.lists(st.sampled_from([GOOD, BAD_ROW, LOST, UNREACHED, THROTTLED, NOT_LOGGED_IN]), min_size=1),
    st.integers(1, 9),
    st.none() | st.floats(0, 60),
)
def test_pool_whatever_the_service_does_leaves_nothing_open_and_tells_each_row_once(
    outcomes: list[Outcome], concurrency: int, drain_at_s: float | None
) -> None:
    turn = count()
    world = World(lambda _sn, _number: outcomes[next(turn) % len(outcomes)])
    meanwhile = None if drain_at_s is None else later(drain_at_s, Dispatcher.drain)
    stop = dispatch(world, SNS[:12], concurrency=concurrency, meanwhile=meanwhile)
    assert all(attempt.state is not AttemptState.OPEN for attempt in world.attempts)
    ended = [event.row.sn for event in world.events if isinstance(event, RowEnded)]
    assert len(ended) == len(set(ended))
    if stop is None and drain_at_s is None:
        assert sorted(ended) == sorted(SNS[:12])
    processed = [a.sn for a in world.attempts if a.state is not AttemptState.UNPROCESSED]
    assert len(processed) == len(set(processed)), "a row was sent again that may have been processed"
    assert len([e for e in world.events if isinstance(e, Answered)]) == len(world.attempts)
