"""Every kind of fault, seen from a raw socket: exactly these bytes, exactly this end of the connection."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from batchreset.simulator.faults import Fault
from batchreset.simulator.kinds import KINDS
from batchreset.simulator.run import Simulator
from tests.raw_client import BROKEN, NATURAL_END, Seen, call, connect, exchange, until
from tests.unit.simulator.calls import SN, auth_body, auth_headers


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator() as simulator:
        yield simulator


async def login(sim: Simulator) -> str:
    body = auth_body()
    seen = await exchange(sim.url, call("POST", "/v2/usg/acs/auth/appauth", body, auth_headers(body)))
    return str(json.loads(seen.body)["accessToken"])


def reset_request(token: str, sn: str = SN) -> bytes:
    headers = {"X-Access-Token": token, "Accept-Language": "en-US"}
    return call("POST", f"/v1/usg/dcs/corp/device/{sn}/activecode", {"emailAddr": "a@b.cn"}, headers)


async def reset(sim: Simulator, sn: str = SN) -> Seen:
    return await exchange(sim.url, reset_request(await login(sim), sn))


def codes_sent(sim: Simulator) -> int:
    return len(sim.state.outbox)


# --- no answer


@pytest.mark.parametrize(
    ("kind", "end", "sent"),
    [
        ("reset-before", BROKEN, 0),
        ("reset-after", BROKEN, 1),
        ("close-before", NATURAL_END, 0),
        ("close-after", NATURAL_END, 1),
        ("timeout-before", BROKEN, 0),
        ("timeout-after", BROKEN, 1),
    ],
)
async def test_fault_when_no_answer_then_not_a_byte_and_the_log_says_lost(
    sim: Simulator, kind: str, end: str, sent: int
) -> None:
    seconds = 0.01 if kind.startswith("timeout") else None
    sim.set_faults([Fault(kind, seconds=seconds)])
    assert await reset(sim) == Seen(b"", end)
    (entry,) = sim.state.log
    assert (entry.status, entry.fault, entry.processed_at is not None) == ("lost", kind, bool(sent))
    assert codes_sent(sim) == sent
    assert sim.state.summary()["lost"] == 1


async def test_timeout_when_the_answer_is_held_then_the_log_has_it_already(sim: Simulator) -> None:
    sim.set_faults([Fault("timeout-after")])
    waiting = asyncio.create_task(reset(sim))
    await until(lambda: bool(codes_sent(sim)))
    assert sim.state.log[0].processed_at is not None
    assert not waiting.done()
    waiting.cancel()


async def test_stop_when_answers_are_held_then_they_are_dropped_and_not_waited_for() -> None:
    async with Simulator() as sim:
        sim.set_faults([Fault("timeout-before", seconds=86400)])
        waiting = asyncio.create_task(reset(sim))
        await until(lambda: bool(sim.state.log))
    assert (await waiting).raw == b""


# --- part of an answer


async def test_cut_when_read_then_body_is_shorter_than_its_length(sim: Simulator) -> None:
    sim.set_faults([Fault("cut")])
    seen = await reset(sim)
    assert b"Content-Length: 143" in seen.head
    assert len(seen.body) < 143
    assert codes_sent(sim) == 1


async def test_cut_when_not_to_be_processed_then_no_code_is_sent(sim: Simulator) -> None:
    sim.set_faults([Fault("cut", processed=False)])
    await reset(sim)
    assert codes_sent(sim) == 0


async def test_garbage_when_read_then_no_http(sim: Simulator) -> None:
    sim.set_faults([Fault("garbage")])
    seen = await reset(sim)
    assert seen.raw
    assert not seen.raw.startswith(b"HTTP/")


async def test_huge_header_when_read_then_longer_than_callers_take(sim: Simulator) -> None:
    sim.set_faults([Fault("huge-header")])
    assert len((await reset(sim)).head) > 65536


async def test_bad_chunk_when_read_then_its_length_is_no_number(sim: Simulator) -> None:
    sim.set_faults([Fault("bad-chunk")])
    assert (await reset(sim)).body.startswith(b"zz\r\n")


async def test_drip_when_read_then_byte_by_byte_and_never_whole(sim: Simulator) -> None:
    sim.set_faults([Fault("drip", seconds=0)])
    seen = await reset(sim)
    assert seen.raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in seen.raw
    assert codes_sent(sim) == 1


async def test_drip_when_the_caller_has_gone_then_it_ends(sim: Simulator) -> None:
    sim.set_faults([Fault("drip", seconds=0.001)])
    waiting = asyncio.create_task(reset(sim))
    await until(lambda: bool(sim.state.log))
    waiting.cancel()


# --- another answer


@pytest.mark.parametrize(
    ("fault", "status", "has", "sent"),
    [
        (Fault("status-before"), 500, b"USG.000000002", 0),
        (Fault("status-after", status=500), 500, b"USG.000000002", 1),
        (Fault("status-after", status=409, code="USG.1"), 409, b"USG.1", 1),
        (Fault("throttle"), 429, b"APIG.0308", 0),
        (Fault("gateway"), 503, b"APIG.0202", 0),
        (Fault("gateway", status=502), 502, b"APIG.0202", 0),
        (Fault("gateway-timeout"), 504, b"APIG.0203", 1),
        (Fault("html"), 200, b"<html>", 0),
        (Fault("html", processed=True), 200, b"<html>", 1),
        (Fault("broken-json"), 200, b'"returnDe', 1),
        (Fault("error-json"), 200, b"USG.000000003", 0),
        (Fault("return-code"), 200, b'"returnCode":1', 0),
        (Fault("unknown-terminal"), 400, b"The terminal does not exist.", 0),
        (Fault("disabled"), 400, b"The terminal is disabled.", 0),
        (Fault("no-activation-code"), 400, b"no activation code", 0),
        (Fault("sms-off"), 400, b"USG.206060012", 0),
        (Fault("other-enterprise"), 400, b"does not belong to this enterprise", 0),
        (Fault("token-evicted"), 401, b"USG.206020002", 0),
        (Fault("wrong-date"), 200, b"", 1),
        (Fault("no-date"), 200, b"", 1),
        (Fault("not-admin"), 403, b"Insufficient permissions", 0),
        (Fault("expire-tokens"), 401, b"USG.000000004", 0),
        (Fault("quota-used"), 400, b"upper limit", 0),
        (Fault("slow", seconds=0.01), 200, b"", 1),
        (Fault("late", seconds=0.01), 200, b"", 1),
    ],
)
async def test_fault_when_it_answers_then_status_body_and_log(
    sim: Simulator, fault: Fault, status: int, has: bytes, sent: int
) -> None:
    sim.set_faults([fault])
    seen = await reset(sim)
    assert (seen.status, has in seen.body, seen.end) == (status, True, NATURAL_END)
    (entry,) = sim.state.log
    assert (entry.status, entry.fault, entry.processed_at is not None) == (status, fault.kind, bool(sent))
    assert codes_sent(sim) == sent


def test_faults_when_all_kinds_are_counted_then_this_file_tries_each() -> None:
    with open(__file__, encoding="utf-8") as source:  # noqa: PTH123  the name is what Python gave us
        text = source.read()
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []


@pytest.mark.parametrize(
    "value", ["1", "Sun, 01 Mar 2026 08:00:30 GMT", "-5", "99999999999999999999", "soon"]
)
async def test_throttle_when_retry_after_is_set_then_sent_as_it_stands(sim: Simulator, value: str) -> None:
    sim.set_faults([Fault("throttle", retry_after=value)])
    assert f"Retry-After: {value}\r\n".encode() in (await reset(sim)).head + b"\r\n"


async def test_redirect_when_followed_once_then_the_second_call_is_processed_too(sim: Simulator) -> None:
    sim.set_faults([Fault("redirect", times=1, processed=True)])
    path = f"/v1/usg/dcs/corp/device/{SN}/activecode"
    seen = await reset(sim)
    assert seen.status == 307
    assert f"Location: {path}\r\n".encode() in seen.head + b"\r\n"
    await reset(sim)
    assert codes_sent(sim) == 2


async def test_expire_tokens_when_struck_once_then_a_new_login_goes_on(sim: Simulator) -> None:
    sim.set_faults([Fault("expire-tokens", times=1)])
    token = await login(sim)
    assert [(await exchange(sim.url, reset_request(token))).status for _ in range(2)] == [401, 401]
    assert (await reset(sim)).status == 200


async def test_quota_used_when_struck_once_then_it_is_used_up_for_later_calls_too(sim: Simulator) -> None:
    sim.set_faults([Fault("quota-used", SN, times=1)])
    assert [(await reset(sim)).status for _ in range(2)] == [400, 400]
    assert (await reset(sim, "OTHER")).status == 200


async def test_late_when_the_caller_gave_up_then_it_is_processed_all_the_same(sim: Simulator) -> None:
    sim.set_faults([Fault("late", seconds=0.05)])
    request = reset_request(await login(sim))
    _, writer = await connect(sim.url)
    writer.write(request)
    await until(lambda: bool(sim.state.log))
    writer.transport.abort()
    assert codes_sent(sim) == 0
    await until(lambda: bool(codes_sent(sim)))


async def test_slow_when_held_then_processed_before_the_wait(sim: Simulator) -> None:
    sim.set_faults([Fault("slow", seconds=86400)])
    waiting = asyncio.create_task(reset(sim))
    await until(lambda: bool(codes_sent(sim)))
    waiting.cancel()


async def test_fault_when_struck_after_a_refusal_then_not_processed(sim: Simulator) -> None:
    sim.set_faults([Fault("reset-after")])
    assert (await exchange(sim.url, reset_request("wrong"))).end == BROKEN
    assert (sim.state.log[0].status, sim.state.log[0].processed_at) == ("lost", None)


async def test_wrong_date_when_read_then_off_by_its_seconds(sim: Simulator) -> None:
    sim.set_faults([Fault("wrong-date", seconds=-7200)])
    seen = await reset(sim)
    (date,) = re.findall(rb"\r\nDate: ([^\r]+)", seen.head)
    off = parsedate_to_datetime(date.decode()) - sim.state.log[0].at
    assert timedelta(hours=-2, seconds=-2) < off <= timedelta(hours=-2)


async def test_no_date_when_read_then_all_other_headers_are_there(sim: Simulator) -> None:
    sim.set_faults([Fault("no-date")])
    head = (await reset(sim)).head
    assert b"Date:" not in head
    assert b"\r\nX-Request-Id: " in head
    assert b"\r\nContent-Type: application/json;charset=UTF-8" in head


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("signature-expired", 401, b"USG.206010057"),
        ("wrong-site", 401, b"USG.206010064"),
        ("account-disabled", 412, b"USG.206010007"),
        ("account-locked", 423, b"USG.206030015"),
    ],
)
async def test_login_when_it_is_refused_for_the_account_then_status_and_code(
    sim: Simulator, kind: str, status: int, code: bytes
) -> None:
    sim.set_faults([Fault(kind, on="auth")])
    body = auth_body()
    seen = await exchange(sim.url, call("POST", "/v2/usg/acs/auth/appauth", body, auth_headers(body)))
    assert (seen.status, code in seen.body) == (status, True)


async def test_fault_when_set_on_auth_then_the_login_fails(sim: Simulator) -> None:
    sim.set_faults([Fault("status-before", on="auth", status=423, code="USG.206030015")])
    body = auth_body()
    seen = await exchange(sim.url, call("POST", "/v2/usg/acs/auth/appauth", body, auth_headers(body)))
    assert (seen.status, sim.state.log) == (423, [])
