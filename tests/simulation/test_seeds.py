"""Seeds: a few in every run, thousands by the marker, and that they notice when the code is broken."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

import pytest

from batchreset.model import AttemptState, Rules, Status
from batchreset.service import replies
from batchreset.service.wire import Reply
from tests.simulation.__main__ import run_many
from tests.simulation.machine import Strike
from tests.simulation.run import simulate

FEW: Final = range(30)
MANY: Final = range(1_000, 4_000)
ENOUGH: Final = 60
"""Seeds within which a broken program must have been noticed."""


def test_few_seeds_hold_and_meet_all_there_is_to_meet() -> None:
    counts: Counter[str] = Counter()
    for seed in FEW:
        diary = simulate(seed)
        assert not diary.violations, diary.explained()
        counts += diary.counts
    states = {f"attempts {state}" for state in AttemptState if state is not AttemptState.OPEN}
    resolved = {"resolved arrived", "resolved not_arrived", "resolved retried"}
    rows = {f"rows {status}" for status in Status if status is not Status.NOT_SENT}
    stops = {"ended by interrupted", "ended by unreachable", "ended by sheet-held", "ended by redirected"}
    expected = states | resolved | rows | stops | {f"struck: {strike}" for strike in Strike}
    assert expected <= {*counts}, "a simulation that never goes there proves nothing about it"
    assert counts["attempts open"] == 0


@pytest.mark.slow
def test_many_seeds_hold(capsys: pytest.CaptureFixture[str]) -> None:
    failed = run_many(MANY, os.cpu_count() or 1)
    assert not failed, capsys.readouterr().out


def test_seed_run_twice_comes_to_the_same() -> None:
    for seed in range(2):
        first, second = simulate(seed), simulate(seed)
        assert first.lines == second.lines
        assert len(first.lines) > 20


_state: Final = replies._state


def _lost_is_unprocessed(reply: Reply, code: str | None) -> AttemptState:
    state = _state(reply, code)
    return AttemptState.UNPROCESSED if state is AttemptState.UNKNOWN else state


async def _at_once(_gate: object) -> None:
    return


BREAKS: Final[dict[str, tuple[dict[str, Any], set[str]]]] = {
    "the quota is not judged": (
        {"plan.terminal.free_at": lambda *_: None},
        {"L2"},
    ),
    "the quota is kept nowhere": (
        {"plan.terminal.free_at": lambda *_: None, "ledger.file.Rules": lambda: Rules(quota_calls=10**6)},
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
        {"dispatch.pace._Gate.passed": _at_once},
        {"I9"},
    ),
}
"""Places of the program that are replaced, and the violations of which one must come of it."""


@contextmanager
def broken(name: str) -> Iterator[None]:
    with ExitStack() as stack:
        for place, instead in BREAKS[name][0].items():
            stack.enter_context(patch(f"batchreset.{place}", instead))
        yield


@pytest.mark.parametrize("name", BREAKS)
def test_seeds_when_the_program_is_broken_notice_it(name: str) -> None:
    wanted, seen = BREAKS[name][1], set[str]()
    with broken(name):
        for seed in range(ENOUGH):
            diary = simulate(seed)
            seen |= {violation.invariant for violation in diary.violations}
            if wanted & seen:
                assert f"--seed {seed}" in diary.explained()
                return
    pytest.fail(f"{ENOUGH} seeds noticed nothing but {seen}")
