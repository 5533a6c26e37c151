"""The witness under oath: what the fault server logs is what it did, and is logged before it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faultserver.faults import KINDS, Fault, Shape
from tests.faultserver.line import Line
from tests.faultserver.record import Call, LogReader, hashed, read_log
from tests.faultserver.server import FaultServer
from tests.faultserver.service import DAY_S, LOGIN_PATH, Settings
from tests.faultserver.speech import Speech
from tests.raw_client import BROKEN, NATURAL_END, Seen, call, connect, exchange, until

SN = "2102310QPD10F3001263"
BODY = {"smsNumber": "+8613800138000", "country": "chinaPR", "emailAddr": "a@b.cn"}
BEYOND_ANY_TEST_S = 86400.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FaultServer]:
    async with FaultServer(log=tmp_path / "calls.jsonl") as running:
        yield running


def log_of(server: FaultServer, tmp_path: Path) -> list[Call]:
    """The log as its file has it now, which must be what memory has."""
    written = read_log(tmp_path / "calls.jsonl")
    assert written == server.calls
    return written


def reset_call(server: FaultServer, sn: str = SN, body: object = BODY, **more: Any) -> bytes:
    token = server.service.grant(server.clock.now_s())["accessToken"]
    headers = {"X-Access-Token": token, "X-Request-Id": f"id-{sn}"}
    return call("POST", f"/v1/usg/dcs/corp/device/{sn}/activecode", body, headers, **more)


async def reset(server: FaultServer, *faults: Fault, sn: str = SN) -> Seen:
    """One reset that meets these faults."""
    server.set_faults(faults)
    return await exchange(server.url, reset_call(server, sn))


# what the log holds


async def test_log_of_a_clean_call_tells_all_of_it(server: FaultServer, tmp_path: Path) -> None:
    assert (await reset(server)).status == 200
    (logged,) = log_of(server, tmp_path)
    assert (logged.seq, logged.number, logged.connection, logged.endpoint) == (1, 1, 1, "reset")
    assert (logged.method, logged.sn, logged.request_id) == ("POST", SN, f"id-{SN}")
    assert logged.token.startswith("fault-token-1-")
    assert logged.names.count("x-access-token") == 1
    assert logged.injected is None
    assert (logged.decided, logged.processed, logged.counted) == (True, True, True)
    assert (logged.ended, logged.status, logged.complete, logged.client_gone) == (True, 200, True, False)
    assert logged.decided_monotonic_s is not None
    assert logged.ended_monotonic_s is not None
    assert logged.received_monotonic_s <= logged.decided_monotonic_s <= logged.ended_monotonic_s


async def test_log_holds_no_contact_but_tells_two_of_them_apart(server: FaultServer, tmp_path: Path) -> None:
    await reset(server)
    text = (tmp_path / "calls.jsonl").read_text()
    assert "13800138000" not in text
    assert "a@b.cn" not in text
    sms, mail = hashed("+8613800138000"), hashed("a@b.cn")
    assert server.calls[0].body == {"smsNumber": sms, "country": "chinaPR", "emailAddr": mail}
    assert sms != mail


async def test_log_is_written_before_a_byte_of_the_answer(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_first_byte: list[Call] = []
    say = Line.say

    async def saying(line: Line, speech: Speech) -> bool:
        at_first_byte.extend(read_log(tmp_path / "calls.jsonl"))
        return await say(line, speech)

    monkeypatch.setattr(Line, "say", saying)
    await reset(server)
    (then,) = at_first_byte
    assert (then.decided, then.processed, then.ended) == (True, True, False)


@pytest.mark.parametrize("processed", [False, True])
async def test_log_when_the_answer_is_held_back_has_told_all_but_the_end(
    server: FaultServer, tmp_path: Path, processed: bool
) -> None:
    fault = Fault(kind="stall", processed=processed, wait_s=BEYOND_ANY_TEST_S)
    waiting = asyncio.create_task(reset(server, fault))
    await until(lambda: bool(server.calls) and server.calls[0].decided)
    (logged,) = log_of(server, tmp_path)
    assert (logged.processed, logged.ended) == (processed, False)
    assert logged.injected == {"kind": "stall", "processed": processed, "wait_s": BEYOND_ANY_TEST_S}
    waiting.cancel()


async def test_log_when_processing_is_late_says_so_only_then_although_the_client_has_gone(
    server: FaultServer, tmp_path: Path
) -> None:
    server.set_faults([Fault(kind="late", wait_s=0.2)])
    _, writer = await connect(server.url)
    writer.write(reset_call(server))
    await until(lambda: bool(server.calls))
    writer.transport.abort()
    (before,) = log_of(server, tmp_path)
    assert (before.decided, before.processed) == (False, False)
    assert server.service.used(SN, server.clock.now_s()) == 0
    await until(lambda: server.calls[0].ended)
    (after,) = log_of(server, tmp_path)
    assert (after.processed, after.complete, after.client_gone) == (True, False, True)
    assert after.decided_at_s is not None
    assert after.decided_at_s >= after.received_at_s + 0.2


async def test_log_when_the_client_breaks_off_says_so_at_once(server: FaultServer, tmp_path: Path) -> None:
    server.set_faults([Fault(kind="natural", wait_s=BEYOND_ANY_TEST_S)])
    _, writer = await connect(server.url)
    writer.write(reset_call(server))
    await until(lambda: bool(server.calls))
    writer.transport.abort()
    await until(lambda: server.calls[0].ended)
    (logged,) = log_of(server, tmp_path)
    assert (logged.processed, logged.status, logged.complete, logged.client_gone) == (True, None, False, True)


async def test_log_when_read_while_it_grows_misses_nothing_and_takes_no_half_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    async with FaultServer(log=path) as server:
        await reset(server, sn="A")
        reader = LogReader(path)
        assert [logged.sn for logged in reader.read()] == ["A"]
        await reset(server, sn="B")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert [(logged.sn, logged.ended) for logged in reader.read()] == [("A", True), ("B", False)]
    path.write_bytes(whole)
    assert [(logged.sn, logged.ended) for logged in reader.read()] == [("A", True), ("B", True)]


async def test_log_of_a_second_server_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    for sn in ("A", "B"):
        async with FaultServer(log=path) as server:
            await reset(server, sn=sn)
    assert [(logged.sn, logged.seq, logged.status) for logged in read_log(path)] == [
        ("A", 1, 200),
        ("B", 1, 200),
    ]


# processed exactly when it should be


@pytest.mark.parametrize("processed", [False, True])
@pytest.mark.parametrize("kind", [kind for kind, what in KINDS.items() if what.shape is not Shape.OWN])
async def test_fault_of_each_kind_is_processed_as_told_and_the_quota_knows(
    server: FaultServer, tmp_path: Path, kind: str, processed: bool
) -> None:
    brief = {"stall": 0.01, "drip": 0.00001}
    await reset(server, Fault(kind=kind, processed=processed, wait_s=brief.get(kind)))
    await until(lambda: server.calls[0].ended)
    (logged,) = log_of(server, tmp_path)
    assert (logged.processed, logged.counted, logged.fault) == (processed, processed, kind)
    assert server.service.used(SN, server.clock.now_s()) == processed


async def test_fault_after_processing_when_the_service_refuses_is_not_processed(server: FaultServer) -> None:
    server.set_faults([Fault(kind="reset", processed=True)])
    unknown_token = call("POST", f"/v1/usg/dcs/corp/device/{SN}/activecode", BODY, {"X-Access-Token": "?"})
    assert (await exchange(server.url, unknown_token)).end == BROKEN
    assert not server.calls[0].processed


async def test_fault_that_counts_uses_the_quota_though_nothing_is_processed(server: FaultServer) -> None:
    await reset(server, Fault(kind="status", status=400, counted=True))
    assert (server.calls[0].processed, server.calls[0].counted) == (False, True)
    assert server.service.used(SN, server.clock.now_s()) == 1


async def test_expired_tokens_are_refused_until_the_next_login(server: FaultServer) -> None:
    assert (await reset(server, Fault(kind="expire-tokens", times=1))).status == 401
    assert not server.calls[0].processed
    server.set_faults([])
    assert (await exchange(server.url, reset_call(server))).status == 200


async def test_throttled_call_meets_no_fault_and_is_not_processed(tmp_path: Path) -> None:
    async with FaultServer([Fault(kind="close", first=2)], Settings(rate=1)) as server:
        assert [(await exchange(server.url, reset_call(server))).status for _ in range(2)] == [200, 429]
        assert [(logged.fault, logged.processed) for logged in server.calls] == [("", True), ("", False)]


# what the caller sees


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault(kind="reset"), BROKEN),
        (Fault(kind="reset", processed=True), BROKEN),
        (Fault(kind="stall", wait_s=0.01), BROKEN),
        (Fault(kind="close"), NATURAL_END),
        (Fault(kind="close", processed=True), NATURAL_END),
    ],
)
async def test_silence_is_not_a_byte_and_its_end_is_what_it_says(
    server: FaultServer, fault: Fault, end: str
) -> None:
    assert await reset(server, fault) == Seen(b"", end)
    assert (server.calls[0].status, server.calls[0].complete) == (None, False)


@pytest.mark.parametrize(("kind", "end"), [("reset", BROKEN), ("close", NATURAL_END), ("stall", BROKEN)])
async def test_connection_that_is_struck_ends_before_anything_is_read(
    server: FaultServer, tmp_path: Path, kind: str, end: str
) -> None:
    server.set_faults([Fault(kind=kind, on="connection", wait_s=0.01)])
    assert await exchange(server.url, b"") == Seen(b"", end)
    assert server.calls == []
    assert '"event":"connected"' in (tmp_path / "calls.jsonl").read_text()


@pytest.mark.parametrize("kind", ["cut", "cut-head", "cut-chunk", "bad-chunk", "garbage"])
async def test_broken_answer_is_not_whole_and_logged_as_that(server: FaultServer, kind: str) -> None:
    seen = await reset(server, Fault(kind=kind))
    assert seen.raw
    assert seen.end == NATURAL_END
    assert (server.calls[0].complete, server.calls[0].status) == (False, None if kind == "garbage" else 200)
    assert (await reset(server, Fault(kind=kind, rst=True))).end == BROKEN


async def test_broken_answers_are_broken_in_their_own_way(server: FaultServer) -> None:
    cut = await reset(server, Fault(kind="cut"))
    assert len(cut.body) < int(cut.header("Content-Length") or 0)
    assert b"\r\n\r\n" not in (await reset(server, Fault(kind="cut-head"))).raw
    assert not (await reset(server, Fault(kind="cut-chunk"))).body.endswith(b"0\r\n\r\n")
    assert b"\r\nzz\r\n" in (await reset(server, Fault(kind="bad-chunk"))).body
    assert not (await reset(server, Fault(kind="garbage"))).raw.startswith(b"HTTP/")
    assert len((await reset(server, Fault(kind="huge-header"), sn="B")).head) > 8192


async def test_drip_comes_byte_by_byte_and_is_never_whole(server: FaultServer) -> None:
    server.set_faults([Fault(kind="drip", wait_s=0.001)])
    reader, writer = await connect(server.url)
    writer.write(reset_call(server))
    pieces = [await reader.read(65536) for _ in range(20)]
    writer.transport.abort()
    assert all(len(piece) < 20 for piece in pieces)
    await until(lambda: server.calls[0].ended)
    assert (server.calls[0].complete, server.calls[0].client_gone) == (False, True)


@pytest.mark.parametrize(
    ("fault", "status", "has"),
    [
        (Fault(kind="status"), 500, b"USG.000000002"),
        (Fault(kind="status", status=400), 400, b"USG.000000003"),
        (Fault(kind="status", status=401), 401, b"USG.000000004"),
        (Fault(kind="status", status=409, code="USG.1", text="no"), 409, b'"no"'),
        (Fault(kind="status", status=502, code=""), 502, b""),
        (Fault(kind="status", status=200, body="{}"), 200, b"{}"),
        (Fault(kind="status", status=999), 999, b"USG"),
        (Fault(kind="throttle"), 429, b"APIG.0308"),
        (Fault(kind="gateway"), 503, b"APIG.0202"),
        (Fault(kind="html"), 200, b"<html>"),
        (Fault(kind="broken-json"), 200, b'"returnDe'),
        (Fault(kind="error-json"), 200, b"USG.000000003"),
        (Fault(kind="natural", headers={"Age": "5"}), 200, b""),
    ],
)
async def test_other_answer_is_whole_and_what_was_asked_for(
    server: FaultServer, fault: Fault, status: int, has: bytes
) -> None:
    seen = await reset(server, fault)
    assert (seen.status, seen.end, has in seen.body) == (status, NATURAL_END, True)
    assert int(seen.header("Content-Length") or -1) == len(seen.body)
    assert (server.calls[0].status, server.calls[0].complete) == (status, True)
    assert all(seen.header(name) == value for name, value in fault.headers.items())


async def test_retry_after_is_sent_as_it_stands_or_as_a_date_by_the_services_clock(
    server: FaultServer,
) -> None:
    server.clock.offset_s = DAY_S
    for value in ("7", "-5", "soon", "99999999999999"):
        assert (await reset(server, Fault(kind="throttle", retry_after=value))).header("Retry-After") == value
    told = (await reset(server, Fault(kind="throttle", retry_after="date+30"))).header("Retry-After")
    ahead_s = parsedate_to_datetime(told or "").timestamp() - time.time()
    assert ahead_s == pytest.approx(DAY_S + 30, abs=5)


async def test_redirect_leads_to_the_call_itself_or_elsewhere_and_who_follows_is_seen(
    server: FaultServer,
) -> None:
    seen = await reset(server, Fault(kind="redirect", processed=True))
    assert seen.header("Location") == f"/v1/usg/dcs/corp/device/{SN}/activecode"
    seen = await reset(server, Fault(kind="redirect", status=302, location="/elsewhere"))
    followed = call("POST", seen.header("Location") or "", BODY, {"X-Access-Token": "leaked"})
    assert (await exchange(server.url, followed)).status == 404
    assert [(c.endpoint, c.status) for c in server.calls] == [("reset", 307), ("reset", 302), ("other", 404)]
    assert server.calls[-1].token == "leaked"


async def test_login_that_is_refused_gives_no_token(server: FaultServer) -> None:
    server.set_faults([Fault(kind="status", on="login", status=401, code="USG.206010025")])
    seen = await exchange(server.url, call("POST", LOGIN_PATH, {"appId": "fault-app"}))
    assert (seen.status, json.loads(seen.body)["error_code"]) == (401, "USG.206010025")
    assert (server.calls[0].endpoint, server.calls[0].processed) == ("login", False)


# its clock


def date_of(seen: Seen) -> float:
    return parsedate_to_datetime(seen.header("Date") or "").timestamp() - time.time()


@pytest.mark.parametrize("offset_s", [0.0, 90_000.0, -108_000.0])
async def test_date_of_every_answer_is_the_services_clock(server: FaultServer, offset_s: float) -> None:
    server.clock.offset_s = offset_s
    for request in (reset_call(server), call("HEAD", "/"), call("GET", "/nowhere"), call("POST", LOGIN_PATH)):
        assert date_of(await exchange(server.url, request)) == pytest.approx(offset_s, abs=5)
    assert server.calls[0].received_at_s - time.time() == pytest.approx(offset_s, abs=5)
    assert (server.calls[0].decided_at_s or 0) - time.time() == pytest.approx(offset_s, abs=5)


async def test_date_of_one_answer_can_be_false_missing_or_garbage(server: FaultServer) -> None:
    assert date_of(await reset(server, Fault(kind="natural", date="+90000"))) == pytest.approx(90_000, abs=5)
    assert date_of(await reset(server, Fault(kind="natural", date="-108000"))) == pytest.approx(
        -108_000, abs=5
    )
    assert (await reset(server, Fault(kind="natural", date=""))).header("Date") is None
    assert (await reset(server, Fault(kind="natural", date="yesterday"))).header("Date") == "yesterday"
    assert date_of(await reset(server)) == pytest.approx(0, abs=5)


async def test_quota_runs_on_the_services_clock(server: FaultServer) -> None:
    statuses = []
    for offset_s in (0, 0, 0, 0, 0, 0, DAY_S - 60, DAY_S + 60, -DAY_S):
        server.clock.offset_s = offset_s
        statuses.append((await reset(server)).status)
    assert statuses == [200, 200, 200, 200, 200, 400, 400, 200, 400]
    assert sum(logged.processed for logged in server.calls) == 6


# HTTP


async def test_connection_is_kept_for_the_next_call_and_each_is_numbered(server: FaultServer) -> None:
    reader, writer = await connect(server.url)
    for _ in range(3):
        writer.write(reset_call(server, keep=True))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
    writer.transport.abort()
    await reset(server, sn="B")
    assert [logged.connection for logged in server.calls] == [1, 1, 1, 2]


async def test_connection_that_is_idle_for_too_long_is_closed_in_order() -> None:
    async with FaultServer(settings=Settings(idle_s=0.01)) as server:
        assert await exchange(server.url, b"") == Seen(b"", NATURAL_END)


async def test_head_gets_no_body_and_get_one(server: FaultServer) -> None:
    head, get = [await exchange(server.url, call(method, "/time")) for method in ("HEAD", "GET")]
    assert (head.status, head.body, get.status) == (404, b"", 404)
    assert head.header("Content-Length") == get.header("Content-Length") == str(len(get.body))


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01 hello\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
    ],
)
async def test_what_is_no_request_is_turned_away_and_logged(
    server: FaultServer, raw: bytes, status: int
) -> None:
    assert (await exchange(server.url, raw)).status == status
    (logged,) = server.calls
    assert (logged.endpoint, logged.method, logged.status, logged.processed) == ("other", "", status, False)


async def test_request_that_is_broken_off_is_no_call(server: FaultServer) -> None:
    _, writer = await connect(server.url)
    writer.write(reset_call(server)[:-5])
    await writer.drain()
    await until(lambda: server.record.counts().connections == 1)
    writer.transport.abort()
    assert (await reset(server, sn="B")).status == 200
    assert [logged.sn for logged in server.calls] == ["B"]


# the pages it is driven by


async def page(server: FaultServer, method: str, name: str, body: object = None) -> tuple[int, Any]:
    seen = await exchange(server.url, call(method, f"/__fault__/{name}", body))
    return seen.status, json.loads(seen.body)


async def test_pages_tell_and_set_what_goes_on_and_are_no_calls(server: FaultServer) -> None:
    assert await page(server, "POST", "faults", [{"kind": "reset", "times": 1}]) == (
        200,
        [{"kind": "reset", "times": 1}],
    )
    for sn in ("A", "B"):
        await exchange(server.url, reset_call(server, sn))
    status, clock = await page(server, "POST", "clock", {"offset_s": 90_000})
    assert (status, clock["offset_s"]) == (200, 90_000)
    assert clock["now_s"] - time.time() == pytest.approx(90_000, abs=5)
    log = (await page(server, "GET", "log"))[1]["calls"]
    assert [(entry["sn"], entry["processed"]) for entry in log] == [("A", False), ("B", True)]
    assert [entry["sn"] for entry in (await page(server, "GET", "log?since=1"))[1]["calls"]] == ["B"]
    assert (await page(server, "GET", "counts"))[1] == {
        "received": {"reset": 2},
        "processed": 1,
        "open": 0,
        "connections": 7,
    }
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    ("method", "name", "body", "status"),
    [
        ("POST", "faults", [{"kind": "sulk"}], 400),
        ("POST", "faults", {"kind": "stall"}, 400),
        ("POST", "clock", {"offset_s": "1"}, 400),
        ("POST", "clock", [], 400),
        ("GET", "log?since=x", None, 400),
        ("GET", "nothing", None, 404),
        ("PUT", "faults", [], 404),
    ],
)
async def test_page_when_asked_for_nonsense_says_so_and_changes_nothing(
    server: FaultServer, method: str, name: str, body: object, status: int
) -> None:
    server.set_faults([Fault(kind="close")])
    answered, content = await page(server, method, name, body)
    assert (answered, list(content)) == (status, ["error"])
    assert [fault.kind for fault in server.plan.faults] == ["close"]
    assert server.clock.offset_s == 0


async def test_server_that_fails_itself_fails_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing() -> None:
        async with FaultServer() as server:
            monkeypatch.setattr(server.service, "judge", None)
            await exchange(server.url, reset_call(server))

    with pytest.raises(ExceptionGroup, match="the witness itself failed"):
        await failing()
