"""What the transport puts on the wire, and when it gives up. Sent or not sent: `test_sent_or_not_sent.py`."""

from __future__ import annotations

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from batchreset.service.transport import Transport, proxy_for
from batchreset.service.wire import Answer, NoReply, Reply, Request, time_request
from tests.faultserver.faults import Fault
from tests.faultserver.process import fault_server
from tests.faultserver.server import FaultServer
from tests.raw_client import until

PATH = "/v1/usg/dcs/corp/device/A1/activecode"
REQUEST = Request(PATH, {"X-Access-Token": "t"}, b'{"a":1}')
SILENT = Fault(kind="stall")


def saying(body: str = "", **headers: str) -> Fault:
    return Fault(kind="status", status=200, body=body, headers=headers)


async def posted(url: str, timeout_s: float = 20.0) -> Answer:
    async with Transport(url, timeout_s=timeout_s, connections=2) as transport:
        return await transport.post(REQUEST)


async def test_post_when_answered_gives_status_headers_and_body() -> None:
    async with FaultServer([saying("{}")]) as server:
        answer = await posted(server.url)
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers["x-request-id"] == f"{1:032x}"
    assert [call.body for call in server.calls] == [{"a": 1}]


async def test_post_when_cancelled_in_flight_is_an_answer_that_never_came() -> None:
    async with (
        FaultServer([SILENT]) as server,
        Transport(server.url, timeout_s=20, connections=1) as transport,
    ):
        call = asyncio.ensure_future(transport.post(REQUEST))
        await until(lambda: bool(server.calls))
        call.cancel()
        answered = await call
    assert isinstance(answered, NoReply)
    assert answered.bytes_left


async def test_post_when_cancelled_before_it_left_proves_that_no_byte_left() -> None:
    async with (
        FaultServer([SILENT]) as server,
        Transport(server.url, timeout_s=20, connections=1) as transport,
    ):
        first = asyncio.ensure_future(transport.post(REQUEST))
        await until(lambda: bool(server.calls))
        second = asyncio.ensure_future(transport.post(REQUEST))  # waits for the one connection
        await asyncio.sleep(0)
        second.cancel()
        answered = await second
        first.cancel()
        await first
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left
    assert len(server.calls) == 1


async def test_post_sends_neither_cookies_nor_a_second_copy_of_anything() -> None:
    async with (
        FaultServer([saying(**{"Set-Cookie": "a=b", "Connection": "close"})]) as server,
        Transport(server.url, timeout_s=20, connections=1) as transport,
    ):
        await transport.post(REQUEST)
        await transport.post(REQUEST)
    assert len(server.calls) == 2
    for call in server.calls:
        assert "cookie" not in call.names
        assert len(call.names) == len(set(call.names))
        assert call.names.count("x-access-token") == 1


async def test_ask_when_cancelled_is_over() -> None:
    async with (
        FaultServer([SILENT]) as server,
        Transport(server.url, timeout_s=20, connections=1) as transport,
    ):
        login = asyncio.ensure_future(transport.ask(REQUEST))
        await until(lambda: bool(server.calls))
        login.cancel()
        with pytest.raises(asyncio.CancelledError):
            await login


async def test_post_with_a_header_that_cannot_be_sent_proves_that_no_byte_left() -> None:
    async with FaultServer() as server, Transport(server.url, timeout_s=20, connections=1) as transport:
        answered = await transport.post(Request("/v1/x", {"X-Access-Token": "abc\r"}, b""))
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left
    assert "abc" not in answered.error
    assert server.calls == []


async def test_post_never_sends_what_netrc_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password sesame\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with FaultServer([saying()]) as server:
        await posted(server.url)
    assert [("authorization" in call.names) for call in server.calls] == [False]


@pytest.mark.parametrize(
    ("endpoint", "no_proxy", "expected"),
    [
        ("https://api.example.com", "", "http://proxy:3128"),
        ("https://api.example.com", "example.com", None),
        ("http://127.0.0.1:8080", "", None),
    ],
)
def test_proxy_for_each_endpoint(
    endpoint: str, no_proxy: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert proxy_for(endpoint) == expected


def test_transport_verifies_certificates_by_default() -> None:
    context = ssl.create_default_context()
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_answer_that_came_while_the_program_was_held_up_beyond_the_time_out_is_read(
    tmp_path: Path,
) -> None:
    with fault_server(tmp_path, [{"kind": "late", "on": "other", "wait_s": 0.1}]) as service:
        async with Transport(service.url, timeout_s=0.3, connections=1) as transport:
            asyncio.get_running_loop().call_later(0.05, time.sleep, 0.6)  # as a suspended machine would be
            answer = await transport.ask(time_request())
            assert isinstance(answer, Reply), answer

            service.faults([{"kind": "late", "on": "other", "wait_s": 60}])
            lost = await transport.ask(time_request())
            assert isinstance(lost, NoReply)
            assert lost.bytes_left, "it may have been carried out"
