"""Who hears a signal while runs lie inside a watch."""

from __future__ import annotations

import signal

from batchreset.signals import interrupts


def test_signal_during_a_run_is_heard_by_who_watches_over_it_too() -> None:
    with interrupts() as outer:
        with interrupts() as inner:
            signal.raise_signal(signal.SIGINT)
        assert (inner.count, outer.count) == (1, 1)
        signal.raise_signal(signal.SIGTERM)
        assert (inner.count, outer.count) == (1, 2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_signal_during_a_run_by_itself_is_heard_once() -> None:
    with interrupts() as alone:
        signal.raise_signal(signal.SIGINT)
    assert alone.count == 1
