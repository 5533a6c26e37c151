"""Seeds: a few in every run, thousands by the marker, and that they notice when the code is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

import pytest

from batchreset.model import Advice, AttemptState, Rules, Status
from batchreset.service import replies
from tests.simulation.diary import Diary
from tests.simulation.machine import Strike
from tests.simulation.run import simulate

FEW: Final = range(30)
MANY: Final = range(1_000, 4_000)
ENOUGH: Final = 60
"""Seeds within which a broken program must have been noticed."""


def hold(seeds: Iterable[int]) -> Counter[str]:
    """Run them all; how often what happened."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        diary = simulate(seed)
        assert not diary.violations, diary.explained()
        counts += diary.counts
    return counts


def test_few_seeds_hold_and_meet_all_there_is_to_meet() -> None:
    counts = hold(FEW)
    states = {f"attempts {state}" for state in AttemptState if state is not AttemptState.OPEN}
    resolved = {"resolved arrived", "resolved not_arrived", "resolved retried"}
    rows = {f"rows {status}" for status in Status if status is not Status.NOT_SENT}
    stops = {"ended by interrupted", "ended by unreachable", "ended by sheet-held", "ended by redirected"}
    expected = states | resolved | rows | stops | {f"struck: {strike}" for strike in Strike}
    assert expected <= {*counts}, "a simulation that never goes there proves nothing about it"
    assert counts["attempts open"] == 0


@pytest.mark.slow
def test_many_seeds_hold() -> None:
    hold(MANY)


def test_seed_run_twice_comes_to_the_same() -> None:
    for seed in range(2):
        first, second = simulate(seed), simulate(seed)
        assert first.lines == second.lines
        assert len(first.lines) > 20


def _lost_is_unprocessed(reply: Any, code: str | None) -> AttemptState:
    state = replies_state(reply, code)
    return AttemptState.UNPROCESSED if state is AttemptState.UNKNOWN else state


replies_state: Final = replies._state
NO_RULES: Final = Rules(quota_calls=10**6)
BREAKS: Final[dict[str, tuple[dict[str, Any], set[str]]]] = {
    "the quota is not judged": (
        {"plan.terminal.free_at": lambda *_: None},
        {"L2"},
    ),
    "the quota is kept nowhere": (
        {"plan.terminal.free_at": lambda *_: None, "ledger.file.Rules": lambda: NO_RULES},
        {"I5"},
    ),
    "what may have been processed is taken for unprocessed": (
        {"service.replies._state": _lost_is_unprocessed},
        {"I3", "I6"},
    ),
    "the dead are not looked after": (
        {"ledger.sqlite.SqliteLedger.recover": lambda *_: 0},
        {"I8"},
    ),
    "the living are taken for dead": (
        {"ledger.locks.Locks.is_alive": lambda *_: False},
        {"L3"},
    ),
    "any 200 is a success": (
        {"service.replies._is_api_body": lambda _body: True},
        {"I2"},
    ),
    "a lost answer blocks nobody": (
        {"plan.terminal._blocks_as_unknown": lambda *_: False},
        {"C1"},
    ),
    "a living code protects nobody": (
        {"plan.terminal._living": lambda *_: None},
        {"C2"},
    ),
    "this machine's clock is believed": (
        {"clock.ServiceClock.now": lambda clock: clock.wall()},
        {"I1"},
    ),
    "calls leave when they like": (
        {"sending.make_pace": lambda _rate: _at_once},
        {"I9"},
    ),
}


async def _at_once() -> None:
    return


def broken_by(name: str, seeds: Iterable[int]) -> Iterable[Diary]:
    with ExitStack() as stack:
        for place, instead in BREAKS[name][0].items():
            stack.enter_context(patch(f"batchreset.{place}", instead))
        yield from map(simulate, seeds)


@pytest.mark.parametrize("name", BREAKS)
def test_seeds_when_the_program_is_broken_notice_it(name: str) -> None:
    wanted, seen = BREAKS[name][1], set[str]()
    for diary in broken_by(name, range(ENOUGH)):
        seen |= {violation.invariant for violation in diary.violations}
        if wanted & seen:
            assert f"--seed {diary.seed}" in diary.explained()
            return
    pytest.fail(f"{ENOUGH} seeds noticed nothing but {seen}")
