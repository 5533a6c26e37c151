"""One connection to a client: saying bytes to it, keeping it waiting, and ending it in a set way."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from contextlib import suppress
from typing import Final

from tests.faultserver.speech import End, Speech

_LINGER_NONE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Line:
    """`gone` says that the client has broken off; one that only ends its own side is taken for gone too."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader: Final = reader
        self.gone = False
        self._writer: Final = writer
        writer.transport.set_write_buffer_limits(high=0)  # `drain` then means: handed to the network

    async def hold(self, seconds: float) -> None:
        """Keep the client waiting; over at once when it goes. What it says meanwhile is lost."""
        if seconds <= 0 or self.gone:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                try:
                    while await self.reader.read(65536):
                        pass
                except ConnectionError:
                    pass
                self.gone = True

    async def say(self, speech: Speech) -> bool:
        """Say it; whether all of a whole answer was handed to the network, with somebody there to read it."""
        self.gone = self.gone or self.reader.at_eof() or self.reader.exception() is not None
        try:
            if not speech.drip_s:
                await self._write(speech.raw)
            for byte in speech.raw if speech.drip_s else b"":
                await self._write(bytes([byte]))
                await self.hold(speech.drip_s)
        except ConnectionError:
            self.gone = True
        return speech.whole and not self.gone

    async def _write(self, raw: bytes) -> None:
        if self.gone:
            raise ConnectionError
        self._writer.write(raw)
        await self._writer.drain()

    def close(self, end: End) -> None:
        """End the connection: with a RST, bytes not yet sent lost, or in order."""
        if end is not End.RST:
            self._writer.close()
            return
        raw: socket.socket | None = self._writer.get_extra_info("socket")
        if raw is not None:
            with suppress(OSError):  # the client may be gone already
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
        self._writer.transport.abort()
