"""Clock, sleep and chance: the edges that `job.py` hands to everything else, in one place."""

from __future__ import annotations

import asyncio
import getpass
import os
import platform
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final

from batchreset.clock import ServiceClock


class Ids:
    """Random UUIDs (version 4) from the system's own randomness, which is asked once for many of them."""

    _BYTES: Final = 16
    _AT_ONCE: Final = 128

    def __init__(self) -> None:
        self._pool = b""

    def next(self) -> str:
        """A UUID with dashes, 36 characters."""
        if not self._pool:
            self._pool = os.urandom(self._BYTES * self._AT_ONCE)
        own, self._pool = self._pool[: self._BYTES], self._pool[self._BYTES :]
        return str(uuid.UUID(bytes=own, version=4))


def wall_clock() -> datetime:
    """This machine's clock, which anybody can set."""
    return datetime.now(UTC)


def steady_clock() -> Callable[[], float]:
    """A clock in seconds that can't be set and goes on while the machine sleeps.

    CLOCK_BOOTTIME on Linux. CLOCK_MONOTONIC elsewhere: it counts a Mac's sleep, which Python's own
    `monotonic` does not. On Windows `monotonic`, which does there.
    """
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        number = getattr(time, name, None)
        if number is not None:
            with suppress(OSError):  # a kernel or a sandbox without it
                time.clock_gettime(number)
                return partial(time.clock_gettime, number)
    return time.monotonic


def _service_clock() -> ServiceClock:
    return ServiceClock(wall_clock, steady_clock())


@dataclass(frozen=True, slots=True)
class World:
    """What is outside. A test gives its own; `monotonic` and `sleep` share one time line in seconds.

    One world is of one endpoint, whose time `clock` learns; pacing and time-outs go by `monotonic`.
    """

    clock: ServiceClock = field(default_factory=_service_clock)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    new_id: Callable[[], str] = field(default_factory=lambda: Ids().next)
    new_job_id: Callable[[datetime], str] = lambda now: new_job_id(now, secrets.token_hex(2))

    def now(self) -> datetime:
        """The time by which attempts are counted: the service's, this machine's until that is known."""
        return self.clock.now()


def new_job_id(now: datetime, chance: str) -> str:
    """A job's id: short enough to type, sorted by time, safe as a folder's name: `20261123-213005-a3f9`."""
    return f"{now.astimezone():%Y%m%d-%H%M%S}-{chance}"


def operator() -> str:
    """Who runs us, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without a name, or Windows without one
        return str(os.getpid())


def host() -> str:
    """This machine's name."""
    return platform.node() or "localhost"
