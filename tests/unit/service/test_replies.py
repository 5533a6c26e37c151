"""What each answer proves (CONTRACT.md) and what it asks for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Advice, AttemptState, Outcome
from batchreset.service.codes import load_table
from batchreset.service.replies import classify, read_error, retry_after_s
from batchreset.service.wire import Answer, NoReply, Reply
from tests.unit.build import NOW, RULES

OK, REFUSED = AttemptState.SUCCEEDED, AttemptState.REFUSED
FREE, LOST = AttemptState.UNPROCESSED, AttemptState.UNKNOWN


def judged(answer: Answer) -> Outcome:
    return classify(answer, load_table(), RULES, NOW)


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("status", "content", "state"),
    [
        (200, b"", OK),
        (200, b" \r\n", OK),
        (200, b"{}", OK),
        (200, b'{"returnCode":0,"returnDesc":"SUCCESS"}', OK),
        (200, b'{"returnCode":"0"}', OK),
        (200, b'{"error_code":null}', OK),
        (200, b'{"anything":["else"]}', OK),
        (200, b"[]", OK),
        (200, b'{"code":200,"message":"OK"}', OK),
        (200, b'{"code":"OK","data":{"code":"200","message":"fine"}}', OK),
        (200, b'{"returnCode":0,"returnDesc":"SUCCESS","data":{"code":"123456789","message":"sent"}}', OK),
        (200, b'{"returnCode":0.0}', OK),
        (200, b'{"returnCode":"0.0"}', OK),
        (200, b'{"returnCode":0,"code":"USG.000000003"}', OK),
        (200, b'{"error_code":"000","data":{"error_code":"USG.000000003"}}', OK),
        (200, b'{"errorCode":0,"data":{"error_code":"USG.000000003"}}', OK),
        (200, b'{"returnCode":false,"data":{"error_code":"USG.000000003"}}', REFUSED),
        (200, b'{"returnCode":0,"error_code":"USG.000000003"}', REFUSED),
        (200, b'{"code":"USG.000000003"}', REFUSED),
        (200, b"[" * 200_000, LOST),
        (200, b'{"returnCode":17,"returnDesc":"no"}', REFUSED),
        (200, body(error_code="USG.000000003", error_msg="bad"), REFUSED),
        (200, body(error={"code": "USG.000000003", "message": "bad"}), REFUSED),
        (200, b"<html>sign in</html>", LOST),
        (200, b'{"returnCode":', LOST),
        (200, b"\xff\xfe\x00", LOST),
        (201, b"", LOST),
        (204, b"", LOST),
        (301, b"", LOST),
        (307, b"", LOST),
        (400, body(error_code="USG.000000003"), REFUSED),
        (400, b"", REFUSED),
        (400, b"<html>", REFUSED),
        (400, b"[" * 200_000, REFUSED),
        (400, b'{"returnCode":0}', REFUSED),
        (403, b"", REFUSED),
        (404, b"", REFUSED),
        (409, b"", REFUSED),
        (401, b"", FREE),
        (401, body(error_code="USG.000000004"), FREE),
        (429, b"", FREE),
        (429, body(error_code="APIG.0308"), FREE),
        (502, body(error_code="APIG.0202"), FREE),
        (503, body(error_code="APIG.0607"), FREE),
        (502, b"", LOST),
        (503, body(error_code="USG.000000005"), LOST),
        (503, b"<html>maintenance</html>", LOST),
        (500, body(error_code="USG.000000002"), LOST),
        (504, body(error_code="APIG.0203"), LOST),
        (408, b"", LOST),
        (405, b"", LOST),
        (418, b"", LOST),
        (599, b"", LOST),
    ],
)
def test_answer_of_each_kind_is_judged_as_the_contract_says(
    status: int, content: bytes, state: AttemptState
) -> None:
    assert judged(Reply(status, {}, content)).state is state


def test_no_reply_when_no_byte_left_is_unprocessed_and_may_be_repeated() -> None:
    outcome = judged(NoReply(False, "refused"))
    assert (outcome.state, outcome.advice) == (FREE, Advice.RETRY)


def test_no_reply_when_a_byte_left_is_unknown_even_if_a_good_status_came() -> None:
    outcome = judged(NoReply(True, "cut", http_status=200))
    assert (outcome.state, outcome.advice, outcome.http_status) == (LOST, Advice.NONE, 200)


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (Reply(307), Advice.STOP),
        (Reply(401), Advice.AUTH),
        (Reply(401, {}, body(error_code="USG.206020002")), Advice.AUTH),
        (Reply(429), Advice.RETRY),
        (Reply(502, {}, body(error_code="APIG.0202")), Advice.RETRY),
        (Reply(400, {}, body(error_code="USG.000000003")), Advice.ROW),
        (Reply(400, {}, body(error_code="USG.299999999", error_msg="whatever")), Advice.ROW),
        (Reply(403), Advice.ROW),
        (Reply(404), Advice.ROW),
        (Reply(404, {}, body(error_code="APIG.0101")), Advice.STOP),
        (Reply(500), Advice.NONE),
    ],
)
def test_advice_for_each_kind_of_answer(answer: Answer, advice: Advice) -> None:
    assert judged(answer).advice is advice


@pytest.mark.parametrize("text", ["limit of 5 times in 24 hours exceeded", "24小时内次数已达上限"])
def test_refusal_in_words_of_the_quota_waits_for_a_whole_window(text: str) -> None:
    outcome = judged(Reply(400, {}, body(error_code="USG.201059999", error_msg=text)))
    assert outcome.state is REFUSED
    assert outcome.advice is Advice.LATER
    assert outcome.wait_s == RULES.quota_window.total_seconds()


def test_refusal_that_says_try_again_is_later_and_not_repeated_at_once() -> None:
    outcome = judged(Reply(400, {}, body(error_code="USG.000000001", error_msg="busy")))
    assert (outcome.state, outcome.advice) == (REFUSED, Advice.LATER)
    assert outcome.wait_s is not None
    assert outcome.wait_s > 0


def test_retry_after_of_the_service_goes_before_the_tables_own_wait() -> None:
    assert judged(Reply(429, {"retry-after": "7"})).wait_s == 7


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", None),
        ("soon", None),
        ("3", 3.0),
        ("1.5", 1.5),
        ("99999999", 300.0),
        ("-3", None),
        ("Mon, 23 Nov 2026 08:00:20 GMT", 20.0),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2099 07:00:00 GMT", 300.0),
        ("Mon, 99 Nov 2026 07:00:00 GMT", None),
        ("Mon, 23 Nov 2026 08:00:20 +99999999999999999999", None),
        ("Mon, 23 Nov 99999999999999999999 08:00:20 GMT", None),
        ("9" * 400, 300.0),
    ],
)
def test_retry_after_in_each_form_is_seconds_within_reason(value: str, expected: float | None) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == expected


BUSY = body(error_code="USG.000000001", error_msg="busy")
QUOTA = body(error_code="USG.201059999", error_msg="limit of 5 times in 24 hours exceeded")
DAY_S = 86400.0


@pytest.mark.parametrize(
    ("status", "content", "retry_after", "wait_s"),
    [
        (429, b"", "86400", 300.0),
        (429, body(error_code="APIG.0308"), "0", 0.0),
        (502, body(error_code="APIG.0202"), "86400", 300.0),
        (400, BUSY, "86400", DAY_S),
        (400, BUSY, "99999999", 7 * DAY_S),
        (400, QUOTA, "3600", 3600.0),
        (400, QUOTA, "90000", 90000.0),
        (400, QUOTA, "0", DAY_S),
        (400, QUOTA, "Mon, 23 Nov 2026 07:00:00 GMT", DAY_S),
        (400, QUOTA, "", DAY_S),
        (400, QUOTA, "soon", DAY_S),
    ],
)
def test_retry_after_of_a_refusal_is_honoured_further_than_a_throttles(
    status: int, content: bytes, retry_after: str, wait_s: float
) -> None:
    assert judged(Reply(status, {"retry-after": retry_after}, content)).wait_s == wait_s


def test_outcome_keeps_code_message_and_the_services_request_id() -> None:
    reply = Reply(400, {"x-request-id": "085d"}, body(error_code="USG.1", error_msg="a\nb\x00c"))
    outcome = judged(reply)
    assert (outcome.error_code, outcome.error_message, outcome.service_request_id) == (
        "USG.1",
        "a b c",
        "085d",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"error_code": "USG.1", "error_msg": "m"}, ("USG.1", "m")),
        ({"error_code": "USG.1", "error_msg": ["m"]}, ("USG.1", "['m']")),
        ({"errorCode": "X", "errorMsg": "m"}, ("X", "m")),
        ({"code": "APIG.0308", "message": "m"}, ("APIG.0308", "m")),
        ({"code": "USGAA.1", "message": "m"}, ("USGAA.1", "m")),
        ({"code": 7}, (None, '{"code": 7}')),
        ({"code": 7, "message": "m"}, (None, '{"code": 7, "message": "m"}')),
        ({"code": "TOOLONG.1"}, (None, '{"code": "TOOLONG.1"}')),
        ({"data": {"code": "USG.3", "message": "m"}}, ("USG.3", "m")),
        ({"error": {"error_code": "USG.2"}}, ("USG.2", "")),
        ({"error_code": True}, (None, '{"error_code": true}')),
    ],
)
def test_error_in_each_shape_is_found(
    fields: dict[str, object], expected: tuple[str | None, str | None]
) -> None:
    assert read_error(Reply(400, {}, json.dumps(fields).encode())) == expected


@pytest.mark.parametrize("key", ["error_code", "returnCode", "code", "error_msg", "message"])
def test_read_error_whatever_depth_can_just_be_parsed_never_fails(key: str) -> None:
    for depth in range(100, 1100, 10):
        deep = "[" * depth + "]" * depth
        content = f'{{"{key}":{deep},"data":{{"error_code":"USG.1","error_msg":{deep}}}}}'
        assert judged(Reply(400, {}, content.encode())).state is REFUSED


@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=30))
def test_classify_whatever_comes_never_fails_and_never_invents_success(
    status: int, content: bytes, retry_after: str
) -> None:
    outcome = judged(Reply(status, {"retry-after": retry_after}, content))
    if outcome.state is OK:
        assert status == 200
    if outcome.wait_s is not None:
        assert 0 <= outcome.wait_s <= timedelta(days=7).total_seconds()
