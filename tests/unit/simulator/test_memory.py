"""What a simulator remembers: every kind of change survives being written and read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.memory import line_of, recall
from batchreset.simulator.replies import Why
from batchreset.simulator.state import Fate, State
from batchreset.simulator.terminals import Terminal
from tests.unit.simulator.calls import MAIL, NOW, SN, admin_token, make_state, reset


def remembered(state: State) -> list[bytes]:
    """Where a state's changes go from now on."""
    lines: list[bytes] = []
    state.keep = lambda change: lines.append(line_of(change))
    return lines


def reborn(lines: list[bytes], assumptions: Assumptions | None = None) -> State:
    """A simulator started anew with these lines."""
    state = make_state(assumptions)
    assert recall(state, lines) is None
    return state


def test_recall_when_codes_were_sent_then_outbox_and_their_fates_are_the_same() -> None:
    state = make_state()
    lines = remembered(state)
    reset(state)
    reset(state)
    again = reborn(lines)
    assert again.outbox == state.outbox
    assert [again.fate(letter, NOW) for letter in again.outbox] == [Fate.REPLACED, Fate.ALIVE]


def test_recall_when_quota_was_used_then_it_still_is() -> None:
    state = make_state()
    lines = remembered(state)
    for _ in range(4):
        reset(state)
    again = reborn(lines)
    assert [reset(again).status for _ in range(2)] == [200, 400]
    assert len({letter.code for letter in again.outbox}) == 5, "codes go on where they were"


def test_recall_when_refused_calls_count_or_quota_was_taken_then_that_too() -> None:
    assumed = Assumptions(refused_calls_count=True)
    state = make_state(assumed)
    lines = remembered(state)
    reset(state, body=b"{}")
    state.use_up_quota("OTHER", NOW)
    again = reborn(lines, assumed)
    used = {record.terminal.sn: len(record.calls) for record in again.terminals}
    assert used == {SN: 1, "OTHER": 5}


def test_recall_when_calls_were_settled_then_log_and_counts_are_the_same() -> None:
    state = make_state()
    lines = remembered(state)
    for body, lost in ((MAIL, False), (b"{}", False), (MAIL, True)):
        entry = state.receive(SN, "id", NOW)
        reply = reset(state, body=body)
        fault = "reset-after" if lost else ""
        state.settle(entry, None if lost else reply, NOW, processed=reply.processed, fault=fault)
    again = reborn(lines)
    assert again.log == state.log
    assert again.summary() == state.summary()


def test_recall_when_tokens_were_issued_then_they_still_hold_and_dead_ones_stay_dead() -> None:
    assumed = Assumptions(tokens_per_user=1)
    state = make_state(assumed)
    lines = remembered(state)
    dropped = state.tokens.find(admin_token(state), NOW)
    assert not isinstance(dropped, Why)
    state.tokens.drop(dropped)
    evicted, alive = admin_token(state), admin_token(state)
    again = reborn(lines, assumed)
    assert again.tokens.find(alive, NOW) == state.tokens.find(alive, NOW)
    assert again.tokens.find(evicted, NOW) is Why.TOKEN_EVICTED
    assert again.tokens.find(dropped.value, NOW) is Why.TOKEN_UNKNOWN
    assert again.tokens.kept() == state.tokens.kept()


def test_recall_when_all_tokens_were_thrown_away_then_none_holds() -> None:
    state = make_state()
    lines = remembered(state)
    token = admin_token(state)
    state.tokens.expire_all()
    assert reborn(lines).tokens.find(token, NOW) is Why.TOKEN_UNKNOWN


def test_recall_when_clock_and_activation_were_set_then_they_are() -> None:
    state = make_state()
    lines = remembered(state)
    state.advance(timedelta(hours=25))
    state.advance(timedelta(seconds=0.5))
    state.activate(SN)
    again = reborn(lines)
    assert again.ahead == timedelta(hours=25, seconds=0.5)
    assert [record.activated for record in again.terminals] == [True]


def test_recall_when_contact_was_replaced_then_it_is() -> None:
    assumed = Assumptions(reset_updates_contact=True)
    state = make_state(assumed)
    lines = remembered(state)
    reset(state)
    (record,) = reborn(lines, assumed).terminals
    assert record.terminal.email == "a@site.example"


def test_recall_when_the_enterprise_no_longer_has_a_terminal_then_it_stays_gone() -> None:
    state = make_state()
    lines = remembered(state)
    reset(state)
    again = make_state(known=[Terminal("OTHER")])
    assert recall(again, lines) is None
    assert [record.terminal.sn for record in again.terminals] == ["OTHER"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"letter":{}}',
        b'{"comet":{}}',
        b'{"ahead":1,"call":2}',
        b'{"call":[]}',
    ],
)
def test_recall_when_a_line_cannot_be_read_then_its_number(line: bytes) -> None:
    assert recall(make_state(), [b'{"ahead": "PT1S"}', line]) == 2
