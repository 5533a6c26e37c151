"""A loopback endpoint's transport reaches this machine and no other, wherever its name is made to lead."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from batchreset.service.transport import Transport
from batchreset.service.wire import NoReply, Reply, Request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REQUEST = Request("/", {}, b"{}")


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """A server on this machine that says OK to whoever has written something; its address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses, as a hosts file or a resolver might."""

    async def found(_loop: object, _host: str, port: int, **_kw: object) -> list[Any]:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port) + ((0, 0) if ":" in address else ()))
            for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", found)


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hosts that anything in this process has tried to connect to."""
    tried: list[str] = []
    selector = asyncio.SelectorEventLoop.sock_connect

    async def noted(loop: Any, sock: socket.socket, address: Any) -> None:
        tried.append(str(address[0]))
        await selector(loop, sock, address)

    monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", noted)
    return tried


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
async def test_post_when_localhost_leads_elsewhere_then_no_socket_is_opened_to_it(
    monkeypatch: pytest.MonkeyPatch, connected: list[str], address: str
) -> None:
    lead_to(monkeypatch, address)
    async with Transport("http://localhost:9", timeout_s=5, connections=1) as transport:
        answer = await transport.post(REQUEST)
    assert isinstance(answer, NoReply)
    assert not answer.bytes_left
    assert f"{address} is not this machine" in answer.error
    assert connected == []


async def test_post_when_localhost_is_this_machine_then_it_is_reached(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    async with serving() as address:
        lead_to(monkeypatch, "127.0.0.1")
        url = address.replace("127.0.0.1", "localhost")
        async with Transport(url, timeout_s=5, connections=1) as transport:
            assert isinstance(await transport.post(REQUEST), Reply)
    assert connected == ["127.0.0.1"]


async def test_post_when_a_proxy_is_set_then_a_loopback_endpoint_never_uses_it(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    async with serving() as url, Transport(url, timeout_s=5, connections=1) as transport:
        assert isinstance(await transport.post(REQUEST), Reply)
    assert connected == ["127.0.0.1"]


async def test_post_beyond_this_machine_is_not_kept_from_it(
    monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    lead_to(monkeypatch, "192.0.2.1")
    async with Transport("https://h.example", timeout_s=0.2, connections=1) as transport:
        assert isinstance(await transport.post(REQUEST), NoReply)
    assert connected == ["192.0.2.1"]
