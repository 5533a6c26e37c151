"""Ctrl-C and SIGTERM: the first drains, the second stops at once (CONTRACT.md, exit code 130).

By `signal.signal` and not `loop.add_signal_handler`, which Windows' event loops lack. While reports
are being written a signal changes nothing any more: they are what it should leave behind.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


class Interrupts:
    """Counts the signals of a run, and passes them on while there is somebody to hear them.

    `outer` is who had the signals before, such as a watch over many runs: it hears of each one too,
    also where the run had nothing more to stop.
    """

    def __init__(self, outer: Interrupts | None = None) -> None:
        self.count = 0
        self._outer: Final = outer
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hear: Callable[[int], None] | None = None

    @contextmanager
    def heard_by(self, hear: Callable[[int], None]) -> Iterator[None]:
        """Inside a running loop: `hear(1)` on the first signal, `hear(2)` on the second, and so on."""
        self._loop, self._hear = asyncio.get_running_loop(), hear
        if self.count:
            hear(self.count)
        try:
            yield
        finally:
            self._loop = self._hear = None

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self._outer is not None:
            self._outer._on_signal(_number, _frame)  # noqa: SLF001  # of our own class
        if self._loop is not None and self._hear is not None:
            self._loop.call_soon_threadsafe(self._hear, self.count)


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Take the signals over for a run; before and after they end the program as usual."""
    owner = getattr(signal.getsignal(SIGNALS[0]), "__self__", None)
    caught = Interrupts(owner if isinstance(owner, Interrupts) else None)
    before = {number: signal.signal(number, caught._on_signal) for number in SIGNALS}  # noqa: SLF001  # same file
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
