"""Runs against the fault server by a clock of the test's: whose time is it, and what if nobody can tell?"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pydantic import SecretStr

from batchreset.anchoring import ask_once, learn_time
from batchreset.clock import CONTRADICTIONS_MAX, ServiceClock
from batchreset.dispatch.ports import Answered, Event
from batchreset.ledger.port import Claim, Run
from batchreset.ledger.sqlite import SqliteLedger
from batchreset.login import Credentials
from batchreset.model import Attempt, AttemptState, Outcome, Status, Stop, Wishes
from batchreset.plan.terminal import Asking
from batchreset.prepare import Order, Prepared, prepare_new
from batchreset.sending import dispatch
from batchreset.service.wire import AppCredentials
from batchreset.settings import Settings
from batchreset.signals import Interrupts
from batchreset.world import World
from tests.acceptance.cli import sheet
from tests.faultserver.faults import faults_from
from tests.faultserver.process import fault_server
from tests.faultserver.record import Call
from tests.faultserver.server import FaultServer

HOUR_S = 3600.0
AHEAD = timedelta(hours=25)
BEHIND = timedelta(hours=-30)
NO_DATE = [{"kind": "natural", "on": on, "date": ""} for on in ("login", "reset", "other")]
TOKEN = SecretStr("ready")


@dataclass
class Site:
    """A service, a machine whose clock is wrong, and one ledger. All share one time line, moved by `pass_s`.

    `offs` are the errors of the machine's clock, a new one each time it is looked at. `plans` says
    whether the plan has asked for the time, as it does unless the service is out of reach just then.
    """

    server: FaultServer
    folder: Path
    ledger: SqliteLedger
    offs: Iterable[timedelta] = (timedelta(),)
    rows: int = 1
    plans: bool = True
    passed_s: float = 0.0
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offs: Iterator[timedelta] = itertools.cycle(self.offs)

    def pass_s(self, seconds: float) -> None:
        self.passed_s += seconds
        self.server.clock.offset_s += seconds

    def world(self) -> World:
        def wall() -> datetime:
            return datetime.fromtimestamp(self.server.clock.now_s(), UTC) + next(self._offs)

        return World(ServiceClock(wall, lambda: monotonic() + self.passed_s))

    async def run(
        self, credentials: Credentials | None = None, world: World | None = None, **settings: Any
    ) -> Stop | None:
        """One run of a new job over the site's sheet, as `run --again` makes it."""
        world = world or self.world()
        values: dict[str, Any] = {"rate": 0, "concurrency": 1, "output": self.folder / "output", **settings}
        ready = await self._prepared(Settings(endpoint=self.server.url, **values), world)
        self.ledger.add_job(ready.job)
        run = Run(world.new_id(), ready.job.id, world.now(), "host", 1, "0", ready.table.path)
        self.ledger.begin_run(run)
        login = credentials or AppCredentials(
            self.server.service.settings.app_id, self.server.service.settings.app_key
        )
        return await dispatch(ready, run.id, self.ledger, login, world, Interrupts(), [self.observe])

    async def _prepared(self, settings: Settings, world: World) -> Prepared:
        path = sheet(self.folder, [f"SN{number:04d}" for number in range(self.rows)])
        if settings.clock == "service" and self.plans:
            await ask_once(settings, world.clock)
        order = Order(wishes=Wishes(again=True, retry_unknown=True))
        return prepare_new(path, order, settings, self.ledger, world)

    def observe(self, event: Event) -> None:
        self.events.append(event)

    def called(self, endpoint: str) -> list[Call]:
        return [call for call in self.server.calls if call.endpoint == endpoint]

    @property
    def resets(self) -> int:
        return len(self.called("reset"))


@asynccontextmanager
async def site(folder: Path, faults: Iterable[dict[str, Any]] = (), **fields: Any) -> AsyncIterator[Site]:
    rules = Settings().rules()
    async with FaultServer(faults_from([*faults])) as server:
        with SqliteLedger(folder / "ledger.sqlite3", rules=rules, simulated=True) as ledger:
            yield Site(server, folder, ledger, **fields)


# the quota by a wrong clock


@pytest.mark.parametrize(
    "offs",
    [
        pytest.param([AHEAD], id="ahead"),
        pytest.param([BEHIND], id="behind"),
        pytest.param([timedelta()], id="right"),
        pytest.param([AHEAD, BEHIND, timedelta(), BEHIND, AHEAD, timedelta(days=900)], id="jumping"),
        pytest.param([BEHIND] * 7 + [AHEAD] * 11 + [timedelta()] * 5, id="stepped in mid-run"),
    ],
)
async def test_run_by_any_clock_sends_five_in_the_services_day_and_again_right_after_it(
    tmp_path: Path, offs: list[timedelta]
) -> None:
    sent = []
    async with site(tmp_path, offs=offs, rows=2) as here:
        for _ in range(30):
            before = here.resets
            stop = await here.run()
            assert stop is None, stop
            sent.append(here.resets - before)
            here.pass_s(HOUR_S)
        assert all(call.processed for call in here.called("reset")), "the service refused none"
    # the first was at 0:00, so that at 24:10 the margin is over too
    assert sent == [2] * 5 + [0] * 20 + [2] * 5


@pytest.mark.parametrize("plans", [True, False])
@pytest.mark.parametrize("off", [BEHIND, AHEAD])
async def test_run_by_a_wrong_clock_logs_in_at_once(tmp_path: Path, plans: bool, off: timedelta) -> None:
    async with site(tmp_path, offs=[off], plans=plans) as here:
        assert await here.run() is None
        (login,) = here.called("login")
    assert login.processed, "its signature is of the service's time"


async def test_run_whose_clock_is_the_machines_own_is_fooled_as_feared(tmp_path: Path) -> None:
    """Not wanted, but what the setting means; and it shows that the tests above can fail."""
    async with site(tmp_path, offs=[timedelta()]) as here:
        for hours in (0, 25, 50):
            here.offs, here._offs = [], itertools.repeat(timedelta(hours=hours))
            for _ in range(5):
                await here.run(clock="local", quota_margin_minutes=0)
                here.pass_s(1)
        assert [call.status for call in here.called("reset")].count(200) == 5
        assert here.resets > 5
        assert here.called("other") == []


# where the time comes from


async def test_run_with_a_ready_token_asks_for_the_time_without_it(tmp_path: Path) -> None:
    async with site(tmp_path, [{"kind": "status", "status": 200, "body": ""}]) as here:
        world = here.world()
        assert await here.run(TOKEN, world) is None
        asked, whose = here.called("other")
        assert here.resets == 1
        assert whose.target.endswith("/token/validate")
    assert (asked.method, asked.target) == ("HEAD", "/")
    assert not {"x-access-token", "authorization"} & set(asked.names)
    assert world.clock.anchored


async def test_run_takes_the_time_from_the_login_where_nothing_else_has_one(tmp_path: Path) -> None:
    async with site(tmp_path, [{"kind": "natural", "on": "other", "date": ""}]) as here:
        world = here.world()
        assert await here.run(world=world) is None
        assert world.clock.anchored
        assert here.resets == 1


async def test_run_by_a_wrong_clock_that_only_one_answer_contradicts_is_stopped(tmp_path: Path) -> None:
    faults = [{"kind": "natural", "on": "other", "date": ""}]
    async with site(tmp_path, faults, offs=[timedelta(minutes=-9)]) as here:
        stop = await here.run()
        assert stop is not None
        assert (stop.code, stop.exit_code, here.resets) == ("service-clock", 6, 0)


@pytest.mark.parametrize("credentials", [None, TOKEN])
async def test_run_without_any_date_is_stopped_before_its_first_claim(
    tmp_path: Path, credentials: Credentials | None
) -> None:
    async with site(tmp_path, NO_DATE) as here:
        stop = await here.run(credentials)
        assert stop is not None
        assert (stop.code, stop.exit_code) == ("service-no-date", 6)
        assert here.resets == 0
        assert here.ledger.history() == {}


@pytest.mark.parametrize("faults", [NO_DATE, []])
async def test_run_told_to_go_by_this_machines_clock_needs_no_date_and_heeds_none(
    tmp_path: Path, faults: list[dict[str, Any]]
) -> None:
    async with site(tmp_path, faults, offs=[timedelta(minutes=-1)]) as here:
        world = here.world()
        assert await here.run(world=world, clock="local") is None
        assert here.resets == 1
        assert not world.clock.anchored


@pytest.mark.parametrize("kind", ["redirect", "html", "error-json", "status"])
async def test_run_takes_the_time_from_any_answer(tmp_path: Path, kind: str) -> None:
    async with site(tmp_path, [{"kind": kind, "on": "other"}], offs=[BEHIND]) as here:
        assert await here.run() is None
        assert here.resets == 1


async def test_run_with_a_ready_token_that_nobody_answers_says_so(tmp_path: Path) -> None:
    waits_s: list[float] = []

    async def sleep(seconds: float) -> None:
        waits_s.append(seconds)

    async with site(tmp_path, [{"kind": "reset", "on": "other"}]) as here:
        clock = here.world().clock
        stop = await here.run(TOKEN, World(clock, sleep=sleep))
        assert stop is not None
        assert (stop.code, stop.exit_code, here.resets) == ("unreachable", 6, 0)
    assert waits_s == [1.0, 2.0]


async def test_run_with_a_ready_token_survives_a_mishap_at_its_start(tmp_path: Path) -> None:
    async def sleep(_seconds: float) -> None:
        await asyncio.sleep(0)

    faults = [
        {"kind": "reset", "on": "other", "last": 3},
        {"kind": "status", "status": 200, "body": ""},
    ]
    async with site(tmp_path, faults) as here:
        assert await here.run(TOKEN, World(here.world().clock, sleep=sleep)) is None
        assert here.resets == 1


def test_learn_time_where_nobody_answers_is_no_error_and_not_tried_again(tmp_path: Path) -> None:
    clock = World().clock
    learn_time(Settings(endpoint="http://127.0.0.1:1"), clock)
    assert not clock.anchored
    with fault_server(tmp_path) as service:
        learn_time(Settings(endpoint=service.url), clock)
        assert service.log() == [], "once is enough: a network that swallows calls costs its time-out"
        learn_time(Settings(endpoint=service.url), fresh := World().clock)
    assert fresh.anchored


# wrong Dates


@pytest.mark.parametrize("on", ["login", "other", "reset"])
@pytest.mark.parametrize("off", [timedelta(), BEHIND])
async def test_run_ignores_a_single_wrong_date(tmp_path: Path, on: str, off: timedelta) -> None:
    fault = {"kind": "natural", "on": on, "date": "+90000", "times": 1}
    async with site(tmp_path, [fault], rows=9, offs=[off]) as here:
        assert await here.run() is None
        assert here.resets == 9
        now = datetime.fromtimestamp(here.server.clock.now_s(), UTC)
        (stamped,) = here.ledger.history(["SN0000"])["sn0000"]
    assert abs(stamped.opened_at - now) < timedelta(minutes=1)


async def test_run_is_drained_when_dates_go_on_to_contradict_what_it_began_with(tmp_path: Path) -> None:
    fault = {"kind": "natural", "date": "-90000", "first": 3}
    async with site(tmp_path, [fault], rows=30) as here:
        stop = await here.run()
        assert stop is not None
        assert (stop.code, stop.exit_code) == ("service-clock", 6)
        assert here.resets == 2 + CONTRADICTIONS_MAX
        attempts = [attempt for (attempt,) in here.ledger.history().values()]
        now = datetime.fromtimestamp(here.server.clock.now_s(), UTC)
    assert {attempt.state for attempt in attempts} == {AttemptState.SUCCEEDED}
    assert all(abs(attempt.opened_at - now) < timedelta(minutes=1) for attempt in attempts)


async def test_run_that_is_drained_for_its_clock_lets_calls_in_flight_finish(tmp_path: Path) -> None:
    fault = {"kind": "natural", "date": "-90000", "wait_s": 0.1}
    async with site(tmp_path, [fault], rows=60) as here:
        stop = await here.run(concurrency=16)
        assert stop is not None
        assert stop.code == "service-clock"
        ended = {e.attempt.id: e.outcome.state for e in here.events if isinstance(e, Answered)}
        left = {call.request_id for call in here.called("reset")}
        assert {name for name, state in ended.items() if state is AttemptState.SUCCEEDED} == left
        assert {ended[name] for name in ended.keys() - left} <= {AttemptState.UNPROCESSED}
    assert CONTRADICTIONS_MAX <= len(left) < CONTRADICTIONS_MAX + 16


# a ledger that is ahead


async def one_attempt(here: Site, at: datetime) -> None:
    """Somebody with another clock has used the ledger."""
    job = (await here._prepared(Settings(endpoint=here.server.url, output=here.folder), here.world())).job
    here.ledger.add_job(job)
    here.ledger.begin_run(Run("theirs", job.id, at, "host", 1, "0", Path("/x")))
    asking = Asking(job.id, "digest", "theirs")
    claimed = await here.ledger.claim(Claim("id", "OTHER", asking, at, at))
    assert isinstance(claimed, Attempt)
    await here.ledger.settle(claimed, Outcome(AttemptState.SUCCEEDED, http_status=200), at)


@pytest.mark.parametrize("clock", ["service", "local"])
@pytest.mark.parametrize(("ahead", "refused"), [(timedelta(minutes=6), True), (timedelta(minutes=4), False)])
async def test_run_on_a_ledger_that_is_ahead_is_refused(
    tmp_path: Path, clock: str, ahead: timedelta, refused: bool
) -> None:
    async with site(tmp_path) as here:
        now = datetime.fromtimestamp(here.server.clock.now_s(), UTC)
        await one_attempt(here, now + ahead)
        stop = await here.run(clock=clock)
        assert here.resets == (0 if refused else 1)
        assert (stop is not None and (stop.code, stop.exit_code) == ("ledger-ahead", 5)) == refused


async def test_run_with_nothing_to_send_on_a_ledger_that_is_ahead_is_refused_too(tmp_path: Path) -> None:
    async with site(tmp_path) as here:
        now = datetime.fromtimestamp(here.server.clock.now_s(), UTC)
        for _ in range(5):
            assert await here.run() is None
        await one_attempt(here, now + AHEAD)
        world = here.world()
        ready = await here._prepared(Settings(endpoint=here.server.url, output=here.folder), world)
        assert ready.plan.counts()[Status.WAITING] == 1
        stop = await here.run(world=world)
        assert stop is not None
        assert (stop.code, here.resets) == ("ledger-ahead", 5)
