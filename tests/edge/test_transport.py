"""Did a byte leave? The transport against answers no honest server gives (LEDGER.md §2.4)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from batchreset.service.transport import BODY_MAX, Transport, proxy_for
from batchreset.service.wire import Answer, NoReply, Reply, Request
from tests.raw_server import reset, saying, serving, silent

REQUEST = Request("/v1/x", {"X-Access-Token": "t"}, b'{"a":1}')
OK = b"HTTP/1.1 200 OK\r\nX-Request-Id: abc\r\n"


async def posted(url: str, timeout_s: float = 1.0) -> Answer:
    async with Transport(url, timeout_s=timeout_s, connections=2) as transport:
        return await transport.post(REQUEST)


async def test_post_when_answered_gives_status_headers_and_body() -> None:
    async with serving(saying(OK + b"Content-Length: 2\r\n\r\n{}")) as seen:
        answer = await posted(seen.url)
    assert isinstance(answer, Reply)
    assert (answer.status, answer.body, answer.headers["x-request-id"]) == (200, b"{}", "abc")
    assert seen.bodies == [b'{"a":1}']


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(saying(b""), id="close without an answer"),
        pytest.param(saying(b"", then=reset), id="RST without an answer"),
        pytest.param(silent, id="no answer in time"),
        pytest.param(saying(OK), id="headers cut"),
        pytest.param(saying(OK + b"Content-Length: 99\r\n\r\n{}"), id="body cut"),
        pytest.param(saying(OK + b"Content-Length: 99\r\n\r\n{}", then=reset), id="body broken off"),
        pytest.param(saying(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), id="bad chunk"),
        pytest.param(saying(b"\x16\x03garbage\r\n\r\n"), id="garbage"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"), id="huge header"),
        pytest.param(saying(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), id="not gzip"),
        pytest.param(
            saying(OK + b"Content-Length: %d\r\n\r\n" % (BODY_MAX + 9) + b"x" * (BODY_MAX + 9)), id="too long"
        ),
    ],
)
async def test_post_when_the_answer_is_lost_after_a_byte_left_says_so(
    answer: Callable[..., Awaitable[None]],
) -> None:
    async with serving(answer) as seen:
        answered = await posted(seen.url, timeout_s=0.5)
    assert isinstance(answered, NoReply)
    assert answered.bytes_left
    assert len(seen.heads) == 1, "and the call was made once"


async def test_post_when_closed_before_the_request_is_read_counts_as_left() -> None:
    async with serving(saying(b"", then=reset), read=False) as seen:
        answered = await posted(seen.url)
    assert isinstance(answered, NoReply)
    assert answered.bytes_left


async def test_post_when_refused_proves_that_no_byte_left() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    answered = await posted(f"http://127.0.0.1:{port}")
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left


async def test_post_when_the_name_is_unknown_proves_that_no_byte_left() -> None:
    answered = await posted("https://no-such-host.invalid")
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left


async def test_post_when_the_certificate_is_not_trusted_proves_that_no_byte_left() -> None:
    async with serving(saying(b"no TLS here"), read=False) as seen:
        answered = await posted(seen.url.replace("http://", "https://"))
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left


async def test_post_when_connecting_takes_too_long_proves_that_no_byte_left() -> None:
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    others = [socket.socket() for _ in range(3)]  # fill the queue: the next SYN is dropped
    try:
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        await asyncio.sleep(0.05)
        answered = await posted(f"http://127.0.0.1:{full.getsockname()[1]}", timeout_s=0.5)
    finally:
        for opened in (*others, full):
            opened.close()
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_post_when_redirected_does_not_follow(status: int) -> None:
    head = b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with serving(saying(head)) as seen:
        answered = await posted(seen.url)
    assert isinstance(answered, Reply)
    assert answered.status == status
    assert len(seen.heads) == 1


@pytest.mark.parametrize("phase", ["in flight", "before it left"])
async def test_post_when_cancelled_is_an_answer_that_never_came(phase: str) -> None:
    async with serving(silent) as seen, Transport(seen.url, timeout_s=9, connections=1) as transport:
        first = asyncio.ensure_future(transport.post(REQUEST))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(transport.post(REQUEST))  # waits for the one connection
        await asyncio.sleep(0.05)
        (first if phase == "in flight" else second).cancel()
        answered = await (first if phase == "in flight" else second)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second)
    assert isinstance(answered, NoReply)
    assert answered.bytes_left == (phase == "in flight")


async def test_post_sends_neither_cookies_nor_a_second_copy_of_anything() -> None:
    reply = OK + b"Set-Cookie: a=b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with serving(saying(reply)) as seen, Transport(seen.url, timeout_s=1, connections=1) as transport:
        await transport.post(REQUEST)
        await transport.post(REQUEST)
    assert not any("cookie" in head.lower() for head in seen.heads)
    assert all(head.lower().count("x-access-token:") == 1 for head in seen.heads)


async def test_ask_when_cancelled_is_over() -> None:
    async with serving(silent) as seen, Transport(seen.url, timeout_s=9, connections=1) as transport:
        login = asyncio.ensure_future(transport.ask(REQUEST))
        await asyncio.sleep(0.1)
        login.cancel()
        with pytest.raises(asyncio.CancelledError):
            await login


async def test_post_with_a_header_that_cannot_be_sent_proves_that_no_byte_left() -> None:
    async with serving(silent) as seen, Transport(seen.url, timeout_s=1, connections=1) as transport:
        answered = await transport.post(Request("/v1/x", {"X-Access-Token": "abc\r"}, b""))
    assert isinstance(answered, NoReply)
    assert not answered.bytes_left
    assert "abc" not in answered.error


async def test_post_never_sends_what_netrc_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password sesame\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving(saying(OK + b"Content-Length: 0\r\n\r\n")) as seen:
        await posted(seen.url)
    assert "authorization" not in seen.heads[0].lower()


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
