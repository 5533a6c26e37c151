from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.simulator.assumptions import Alphabet, Assumptions, SuccessBody, Window
from batchreset.simulator.replies import Reply
from batchreset.simulator.resets import ResetCall, decide_reset
from batchreset.simulator.state import LOST, Fate, State
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tokens import NO_ADMIN
from tests.unit.simulator.calls import ADMIN, MAIL, NOW, SN, admin_token, make_state, reset, said

DAY = timedelta(hours=24)


def body(**values: object) -> bytes:
    return json.dumps(values).encode()


def codes(replies: list[Reply]) -> list[str]:
    return [reply.code for reply in replies]


# --- who may


def test_reset_when_token_is_unknown_then_401() -> None:
    reply = reset(make_state(), token="nobody's")
    assert (reply.status, reply.code, reply.processed) == (401, "USG.000000004", False)


def test_reset_when_header_is_missing_then_401() -> None:
    reply = decide_reset(make_state(), ResetCall(None, SN, MAIL), NOW)
    assert (reply.status, reply.code) == (401, "USG.000000004")


def test_reset_when_token_was_put_out_then_401_of_its_own() -> None:
    state = make_state(Assumptions(tokens_per_user=1))
    old = admin_token(state)
    admin_token(state)
    reply = reset(state, token=old)
    assert (reply.status, reply.code) == (401, "USG.206020002")


def test_reset_when_token_is_no_administrators_then_403() -> None:
    state = make_state()
    token = state.tokens.issue(replace(ADMIN, user_id="u", admin_type=NO_ADMIN), NOW)
    reply = reset(state, token=token.value)
    assert (reply.status, reply.code) == (403, state.assumptions.code_not_admin)


# --- what may be asked


@pytest.mark.parametrize("sn", ["", "AB-1", "AB 1", "２１０２", "A" * 31, "../x"])
def test_reset_when_sn_is_malformed_then_400(sn: str) -> None:
    reply = reset(make_state(), sn)
    assert (reply.status, reply.code) == (400, "USG.000000003")
    assert said(reply)["error_msg"] == "Invalid parameter: sn"
    assert said(reply, english=False)["error_msg"] == "参数无效：sn"


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
        (body(), "smsNumber, emailAddr"),
        (body(smsNumber="", emailAddr=None), "smsNumber, emailAddr"),
        (body(smsNumber="+86 138"), "smsNumber"),
        (body(smsNumber="1" * 33), "smsNumber"),
        (body(smsNumber=13800138000), "smsNumber"),
        (body(smsNumber="+8613800138000", country="CN"), "country"),
        (body(smsNumber="+8613800138000", country="chinapr"), "country"),
        (body(emailAddr="nobody"), "emailAddr"),
        (body(emailAddr=f"{'a' * 251}@b.cn"), "emailAddr"),
    ],
)
def test_reset_when_contact_is_wrong_then_400_names_the_parameter(sent: bytes, named: str) -> None:
    reply = reset(make_state(), body=sent)
    assert (reply.status, reply.code) == (400, "USG.000000003")
    assert said(reply)["error_msg"] == f"Invalid parameter: {named}"


def test_reset_when_mobile_has_no_country_then_default_country_is_taken() -> None:
    assert reset(make_state(), body=body(smsNumber="+8613800138000")).status == 200


def test_reset_when_country_is_assumed_mandatory_then_400_without_it() -> None:
    state = make_state(Assumptions(country_required=True))
    assert said(reset(state, body=body(smsNumber="+8613800138000")))["error_msg"].endswith("country")


@pytest.mark.parametrize(
    ("assumed", "country", "status"),
    [
        ({"country_checked": False}, "atlantis", 200),
        ({}, "usa", 200),
        ({"country_must_fit": True}, "usa", 400),
        ({"country_must_fit": True}, "chinaPR", 200),
    ],
)
def test_reset_when_country_is_odd_then_as_assumed(
    assumed: dict[str, bool], country: str, status: int
) -> None:
    sent = body(smsNumber="+8613800138000", country=country)
    assert reset(make_state(Assumptions(**assumed)), body=sent).status == status  # type: ignore[arg-type]


def test_reset_when_a_status_is_assumed_then_the_refusal_has_it() -> None:
    state = make_state(Assumptions(status_unknown_terminal=404, code_unknown_terminal="USG.1"), known=[])
    reply = reset(state)
    assert (reply.status, reply.code) == (404, "USG.1")


def test_reset_when_sms_is_off_and_no_mail_then_400() -> None:
    state = make_state(Assumptions(sms_enabled=False))
    reply = reset(state, body=body(smsNumber="+8613800138000"))
    assert (reply.status, reply.code) == (400, "USG.206060012")


def test_reset_when_sms_is_off_then_only_the_mail_goes_out() -> None:
    state = make_state(Assumptions(sms_enabled=False))
    assert reset(state, body=body(smsNumber="+8613800138000", emailAddr="a@b.cn")).status == 200
    assert [letter.channel for letter in state.outbox] == ["mail"]


# --- which terminals


@pytest.mark.parametrize(
    ("terminal", "code"),
    [
        (Terminal("OTHER"), Assumptions().code_unknown_terminal),
        (Terminal(SN, foreign=True), Assumptions().code_other_enterprise),
        (Terminal(SN, disabled=True), Assumptions().code_disabled),
        (Terminal(SN, type="3rd"), Assumptions().code_no_activation_code),
    ],
)
def test_reset_when_terminal_cannot_be_then_400_with_its_code(terminal: Terminal, code: str) -> None:
    state = make_state(known=[terminal])
    reply = reset(state)
    assert (reply.status, reply.code, state.outbox) == (400, code, [])


def test_reset_when_case_does_not_matter_then_one_terminal() -> None:
    state = make_state(known=[Terminal("AB_1")])
    assert reset(state, "ab_1").status == 200


def test_reset_when_case_matters_then_another_terminal() -> None:
    state = make_state(Assumptions(sn_case_matters=True), known=[Terminal("AB_1")])
    assert reset(state, "ab_1").status == 400


# --- what happens


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (SuccessBody.EMPTY, b""),
        (SuccessBody.OBJECT, b"{}"),
        (SuccessBody.RETURN_CODE, b'{"returnCode":0,"returnDesc":"SUCCESS"}'),
    ],
)
def test_reset_when_confirmed_then_body_is_the_assumed_one_and_holds_no_code(
    kind: SuccessBody, sent: bytes
) -> None:
    reply = reset(make_state(Assumptions(success_body=kind)))
    assert (reply.status, reply.processed) == (200, True)
    assert reply.body(english=True, request_id="x") == sent


def test_reset_when_both_contacts_then_both_get_the_same_nine_digits() -> None:
    state = make_state()
    reset(state, body=body(smsNumber="+8613800138000", country="chinaPR", emailAddr="a@b.cn"))
    sms, mail = state.outbox
    assert (sms.channel, sms.to, mail.channel, mail.to) == ("sms", "+8613800138000", "mail", "a@b.cn")
    assert sms.code == mail.code
    assert (len(sms.code), sms.code.isdigit()) == (9, True)


def test_reset_when_repeated_then_the_earlier_code_is_dead() -> None:
    state = make_state()
    reset(state)
    reset(state, now=NOW + timedelta(minutes=1))
    fates = [state.fate(letter, NOW + timedelta(minutes=2)) for letter in state.outbox]
    assert fates == [Fate.REPLACED, Fate.ALIVE]


def test_fate_when_ten_days_are_over_then_the_code_has_expired() -> None:
    state = make_state()
    reset(state)
    (letter,) = state.outbox
    assert state.fate(letter, NOW + timedelta(days=10, seconds=-1)) is Fate.ALIVE
    assert state.fate(letter, NOW + timedelta(days=10)) is Fate.EXPIRED


def test_fate_when_old_codes_are_assumed_to_live_on_then_both_do() -> None:
    state = make_state(Assumptions(old_code_dies=False))
    reset(state)
    reset(state)
    assert {state.fate(letter, NOW) for letter in state.outbox} == {Fate.ALIVE}


def test_issue_when_called_in_another_order_then_the_same_terminals_get_the_same_codes() -> None:
    first, second = make_state(), make_state()
    for sn in ("A", "B", "C"):
        reset(first, sn)
    for sn in ("C", "A", "B"):
        reset(second, sn)
    sent = [{letter.sn: letter.code for letter in state.outbox} for state in (first, second)]
    assert sent[0] == sent[1]
    assert len(set(sent[0].values())) == 3


def test_issue_when_length_and_alphabet_are_assumed_then_the_code_has_them() -> None:
    state = make_state(Assumptions(code_length=12, code_alphabet=Alphabet.ALPHANUMERIC))
    reset(state)
    assert re.fullmatch("[A-Z0-9]{12}", state.outbox[0].code)
    assert not state.outbox[0].code.isdigit()


@pytest.mark.parametrize("unbinds", [True, False])
def test_issue_when_terminal_was_activated_then_unbound_only_if_assumed(*, unbinds: bool) -> None:
    state = make_state(Assumptions(reset_unbinds=unbinds))
    assert state.activate(SN)
    reset(state)
    (record,) = state.terminals
    assert record.activated is not unbinds


@pytest.mark.parametrize("updates", [True, False])
def test_issue_when_contact_differs_then_it_is_registered_only_if_assumed(*, updates: bool) -> None:
    known = Terminal(SN, phone="+86138", country="chinaPR", email="old@b.cn")
    state = make_state(Assumptions(reset_updates_contact=updates), [known])
    reset(state, body=body(emailAddr="new@b.cn"))
    (record,) = state.terminals
    assert (record.terminal.email, record.terminal.phone) == (
        ("new@b.cn", None) if updates else ("old@b.cn", "+86138")
    )


def test_activate_when_terminal_is_unknown_then_it_says_so() -> None:
    assert not make_state(known=[]).activate(SN)


# --- the quota


def test_reset_when_called_a_sixth_time_then_refused_and_no_code_goes_out() -> None:
    state = make_state()
    replies = [reset(state) for _ in range(6)]
    assert codes(replies) == [""] * 5 + [state.assumptions.code_quota_used]
    assert (replies[-1].status, len(state.outbox)) == (400, 5)


def test_reset_when_window_is_over_to_the_second_then_allowed_again() -> None:
    state = make_state()
    for _ in range(5):
        reset(state)
    assert reset(state, now=NOW + DAY - timedelta(microseconds=1)).status == 400
    assert reset(state, now=NOW + DAY).status == 200


def test_reset_when_quota_refuses_then_refusals_do_not_prolong_it() -> None:
    state = make_state(Assumptions(refused_calls_count=True))
    for _ in range(8):
        reset(state)
    assert reset(state, now=NOW + DAY).status == 200


def test_reset_when_refused_calls_count_then_bad_rows_use_up_the_quota() -> None:
    state = make_state(Assumptions(refused_calls_count=True))
    for _ in range(5):
        assert reset(state, body=body()).code == "USG.000000003"
    assert reset(state).code == state.assumptions.code_quota_used


def test_reset_when_refused_calls_do_not_count_then_bad_rows_cost_nothing() -> None:
    state = make_state()
    for _ in range(9):
        reset(state, body=body())
    assert reset(state).status == 200


def test_reset_when_window_is_a_calendar_day_then_midnight_of_the_zone_frees_it() -> None:
    state = make_state(Assumptions(quota_window=Window.CALENDAR, quota_zone_hours=8))
    evening = datetime(2026, 3, 1, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Beijing
    for _ in range(5):
        reset(state, now=evening)
    assert reset(state, now=evening).status == 400
    assert reset(state, now=evening + timedelta(seconds=1)).status == 200


def test_use_up_quota_when_some_is_used_then_just_the_rest_is_filled() -> None:
    state = make_state()
    reset(state)
    state.use_up_quota(SN, NOW + timedelta(hours=1))
    assert reset(state, now=NOW + timedelta(hours=2)).status == 400
    assert reset(state, now=NOW + DAY).status == 200


def test_use_up_quota_when_terminal_is_unknown_then_nothing_happens() -> None:
    state = make_state(known=[])
    state.use_up_quota(SN, NOW)
    assert len(state.terminals) == 0


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 8 * 3600), st.sampled_from(["A", "a", "B"]), st.booleans()), max_size=60
    ),
    refused_count=st.booleans(),
    quota=st.integers(1, 5),
)
def test_reset_when_called_in_any_rhythm_then_never_more_than_the_quota_in_a_rolling_window(
    steps: list[tuple[int, str, bool]], refused_count: bool, quota: int
) -> None:
    state = make_state(Assumptions(refused_calls_count=refused_count, quota_calls=quota))
    now, processed = NOW, {"a": list[datetime](), "b": list[datetime]()}
    for pause_s, sn, good in steps:
        now += timedelta(seconds=pause_s)
        if reset(state, sn, MAIL if good else b"{}", now).processed:
            processed[sn.casefold()].append(now)
    for times in processed.values():
        for start in times:
            assert sum(start <= at < start + DAY for at in times) <= quota
    assert len(state.outbox) == sum(map(len, processed.values()))


# --- the log


def settled(state: State, reply: Reply | None, *, processed: bool = False, fault: str = "") -> None:
    state.settle(state.receive(SN, "id", NOW), reply, NOW, processed=processed, fault=fault)


def test_summary_when_calls_came_in_then_every_fate_is_counted() -> None:
    state = make_state()
    settled(state, reset(state), processed=True)
    settled(state, reset(state, body=b""))
    settled(state, reset(state, token="x"))
    settled(state, Reply(429, code="APIG.0308"))
    settled(state, None, processed=True, fault="reset-after")
    settled(state, Reply(500))
    state.receive(SN, "still being held", NOW)
    assert state.summary() == {
        "received": 7,
        "processed": 2,
        "refused": 1,
        "unauthorized": 1,
        "throttled": 1,
        "lost": 1,
        "messages": 1,
        "answers": {"200": 1, "400": 1, "401": 1, "429": 1, "500": 1, LOST: 1},
    }
