"""Faults on the wire: what an ordinary HTTP answer can't express. The edge beside `server`."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from http.client import responses
from typing import Final

from batchreset.simulator.faults import DRIPPED, Fault, wire_bytes
from batchreset.simulator.kinds import Act

_LINGER_NONE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def break_connection(transport: asyncio.Transport) -> None:
    """Close with a RST; bytes not yet sent are dropped."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):  # the peer may be gone already
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    transport.abort()


async def wait(stopping: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the simulator stops."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


def send_undated(transport: asyncio.Transport, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Send an answer without a `Date`, which no HTTP library leaves out, and close the connection."""
    lines = [
        f"HTTP/1.1 {status} {responses.get(status, '')}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    lines += [f"{name}: {value}" for name, value in headers.items() if name != "Date"]
    transport.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
    transport.close()


async def withhold(transport: asyncio.Transport, fault: Fault, stopping: asyncio.Event) -> None:
    """Deny the answer in the fault's way; afterwards the connection is closed or closing."""
    act = fault.what.act
    if act is Act.HOLD:
        await wait(stopping, fault.span_s)
    elif act is Act.BYTES:
        transport.write(wire_bytes(fault))
    elif act is Act.DRIP:
        await _drip(transport, fault.span_s, stopping)
    if act in {Act.RESET, Act.HOLD}:
        break_connection(transport)
    else:
        transport.close()


async def _drip(transport: asyncio.Transport, pause_s: float, stopping: asyncio.Event) -> None:
    for byte in DRIPPED:
        if transport.is_closing() or stopping.is_set():
            return
        transport.write(bytes([byte]))
        await wait(stopping, pause_s)
