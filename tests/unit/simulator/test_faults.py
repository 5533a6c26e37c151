from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.errors import UsageError
from batchreset.simulator.api import Endpoint
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.faults import OPTIONS, Fault, FaultPlan, answer, wire_bytes
from batchreset.simulator.kinds import KINDS, Act
from batchreset.simulator.replies import Reply
from batchreset.text.catalogue import Text
from tests.unit.simulator.calls import NOW, said


def hits(plan: FaultPlan, sns: Iterable[str], endpoint: Endpoint = Endpoint.RESET) -> list[bool]:
    return [plan.pick(endpoint, sn) is not None for sn in sns]


def answered(fault: Fault) -> Reply:
    return answer(fault, Assumptions(), "/v1/path", NOW)


# --- which calls


def test_pick_when_pattern_fits_in_another_case_then_applies() -> None:
    assert hits(FaultPlan([Fault("html", "ab*07")], 0), ["AB007", "AB008", "xAB007"]) == [True, False, False]


def test_pick_when_times_is_set_then_so_often_per_sn() -> None:
    plan = FaultPlan([Fault("html", times=2)], 0)
    assert hits(plan, ["A", "B", "a", "A", "B", "B"]) == [True, True, True, False, True, False]


def test_pick_when_several_fit_then_the_first_with_times_left() -> None:
    plan = FaultPlan([Fault("html", times=1), Fault("garbage")], 0)
    picked = [plan.pick(Endpoint.RESET, "A") for _ in range(3)]
    assert [fault and fault.kind for fault in picked] == ["html", "garbage", "garbage"]


def test_pick_when_a_span_of_calls_is_set_then_only_these() -> None:
    plan = FaultPlan([Fault("html", after=2, until=4)], 0)
    assert hits(plan, "ABCDEF") == [False, False, True, True, False, False]


def test_pick_when_another_endpoint_is_named_then_resets_are_spared() -> None:
    plan = FaultPlan([Fault("html", on="auth")], 0)
    assert hits(plan, [""], Endpoint.AUTH) == [True]
    assert hits(plan, ["A"]) == [False]


def test_pick_when_share_is_set_then_about_so_many() -> None:
    plan = FaultPlan([Fault("html", share=0.1)], 7)
    assert 60 < sum(hits(plan, (f"SN{i}" for i in range(1000)))) < 140


@pytest.mark.parametrize(("share", "all_hit"), [(0.0, False), (1.0, True)])
def test_pick_when_share_is_none_or_all_then_exact(share: float, all_hit: bool) -> None:
    assert hits(FaultPlan([Fault("html", share=share)], 0), "ABC") == [all_hit] * 3


@given(order=st.permutations([f"SN{i}" for i in range(30)] * 2), seed=st.integers(0, 99))
def test_pick_when_calls_come_in_another_order_then_the_same_are_hit(order: list[str], seed: int) -> None:
    def struck(sns: Iterable[str]) -> list[tuple[str, int]]:
        plan = FaultPlan([Fault("html", share=0.3)], seed)
        seen: dict[str, int] = {}
        found = []
        for sn in sns:
            seen[sn] = seen.get(sn, 0) + 1
            if plan.pick(Endpoint.RESET, sn):
                found.append((sn, seen[sn]))
        return sorted(found)

    assert struck(order) == struck(sorted(order))


@given(calls=st.lists(st.sampled_from("ABC"), max_size=40), times=st.integers(1, 3), share=st.floats(0, 1))
def test_pick_when_times_and_share_then_never_more_than_times(
    calls: list[str], times: int, share: float
) -> None:
    plan = FaultPlan([Fault("html", share=share, times=times)], 1)
    struck = [sn for sn in calls if plan.pick(Endpoint.RESET, sn)]
    assert all(struck.count(sn) <= times for sn in "ABC")


# --- what can't be


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        (Fault("no-such"), "no-such"),
        (Fault("html", on="nowhere"), "`on`"),
        (Fault("html", share=1.5), "`share`"),
        (Fault("html", share=float("nan")), "`share`"),
        (Fault("html", times=0), "`times`"),
        (Fault("html", after=5, until=5), "`until`"),
        (Fault("html", after=-1), "`after`"),
        (Fault("slow", seconds=-1), "`seconds`"),
        (Fault("slow", seconds=float("inf")), "`seconds`"),
        (Fault("status-before", status=99), "`status`"),
        (Fault("html", status=500), "`status`"),
        (Fault("reset-after", processed=False), "`processed`"),
    ],
)
def test_plan_when_a_fault_cannot_be_then_usage_error_names_it(fault: Fault, names: str) -> None:
    with pytest.raises(UsageError) as caught:
        FaultPlan([Fault("html"), fault], 0)
    text = Text()(caught.value.message)
    assert text.startswith("Fault 2: ")
    assert names in text


# --- the kinds


def test_kinds_when_listed_then_each_has_a_sentence_and_known_options() -> None:
    text = Text()
    for kind in KINDS.values():
        assert text(kind.meaning).endswith(".")
        assert kind.options <= set(OPTIONS)


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.act is Act.ANSWER])
def test_answer_when_kind_answers_then_a_reply_that_claims_no_code_was_issued(name: str) -> None:
    reply = answered(Fault(name))
    assert 200 <= reply.status <= 599
    assert not reply.processed
    reply.body(english=True, request_id="x")


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.act is Act.BYTES])
def test_wire_bytes_when_kind_is_bytes_then_there_are_some(name: str) -> None:
    assert wire_bytes(Fault(name))


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault("status-before"), 500, "USG.000000002"),
        (Fault("status-after", status=418, code="X.1", text="tea"), 418, "X.1"),
        (Fault("throttle"), 429, "APIG.0308"),
        (Fault("gateway"), 503, "APIG.0202"),
        (Fault("gateway", status=502), 502, "APIG.0202"),
        (Fault("gateway-timeout"), 504, "APIG.0203"),
        (Fault("error-json"), 200, "USG.000000003"),
        (Fault("unknown-terminal"), 400, Assumptions().code_unknown_terminal),
        (Fault("disabled"), 400, Assumptions().code_disabled),
        (Fault("no-activation-code"), 400, Assumptions().code_no_activation_code),
        (Fault("sms-off"), 400, "USG.206060012"),
        (Fault("not-admin"), 403, Assumptions().code_not_admin),
    ],
)
def test_answer_when_kind_has_a_code_then_status_and_code(fault: Fault, status: int, code: str) -> None:
    reply = answered(fault)
    assert (reply.status, said(reply)["error_code"]) == (status, code)


def test_answer_when_gateway_speaks_then_request_id_is_in_the_body() -> None:
    assert said(answered(Fault("gateway")))["request_id"] == "f" * 32


def test_answer_when_text_is_set_then_it_is_said() -> None:
    assert said(answered(Fault("status-before", text="out to lunch")))["error_msg"] == "out to lunch"


def test_answer_when_code_is_empty_then_no_error_object() -> None:
    assert answered(Fault("status-before", status=500, code="")).body(english=True, request_id="x") == b""


@pytest.mark.parametrize(
    ("given_value", "sent"),
    [
        ("7", "7"),
        ("-1", "-1"),
        ("soon", "soon"),
        ("99999999999", "99999999999"),
        ("date", "Sun, 01 Mar 2026 08:00:00 GMT"),
        ("date+30", "Sun, 01 Mar 2026 08:00:30 GMT"),
        ("date-30", "Sun, 01 Mar 2026 07:59:30 GMT"),
    ],
)
def test_answer_when_retry_after_is_set_then_sent_as_it_stands_or_as_a_date(
    given_value: str, sent: str
) -> None:
    assert answered(Fault("throttle", retry_after=given_value)).headers == (("Retry-After", sent),)


@pytest.mark.parametrize(
    ("fault", "location"),
    [
        (Fault("redirect"), "/v1/path"),
        (Fault("redirect", location="http://elsewhere/"), "http://elsewhere/"),
    ],
)
def test_answer_when_redirect_then_location(fault: Fault, location: str) -> None:
    reply = answered(fault)
    assert (reply.status, reply.headers) == (307, (("Location", location),))


def test_answer_when_html_then_no_json() -> None:
    reply = answered(Fault("html"))
    assert reply.content_type.startswith("text/html")
    assert reply.body(english=True, request_id="x").startswith(b"<!doctype html>")


def test_answer_when_broken_json_then_it_cannot_be_parsed() -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(answered(Fault("broken-json")).body(english=True, request_id="x"))


def test_answer_when_return_code_then_old_object() -> None:
    body = answered(Fault("return-code", code="7", text="NO")).body(english=True, request_id="x")
    assert json.loads(body) == {"returnCode": "7", "returnDesc": "NO"}


def test_lets_process_when_overridden_then_the_override_holds() -> None:
    assert not Fault("html").lets_process
    assert Fault("html", processed=True).lets_process
    assert not Fault("cut", processed=False).lets_process


def test_span_s_when_not_set_then_what_suits_the_kind() -> None:
    assert Fault("timeout-after").span_s >= 60
    assert Fault("slow").span_s == 1
    assert Fault("slow", seconds=0).span_s == 0
    assert Fault("wrong-date").span_s > 24 * 3600


def test_struck_when_faults_hit_then_counted_over_all_terminals() -> None:
    plan = FaultPlan([Fault("html", "A*", times=1), Fault("gateway", "B"), Fault("slow", "C")], 0)
    for sn in ("A1", "A1", "A2", "B", "B"):
        plan.pick(Endpoint.RESET, sn)
    assert plan.struck() == [2, 2, 0]
