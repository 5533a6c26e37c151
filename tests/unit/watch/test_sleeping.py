"""Sleeping by a wall clock that may jump."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchreset.watch.sleeping import sleep_until

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clocks:
    """Naps move both clocks; `jumps` move the wall clock after so many naps."""

    def __init__(self, jumps: dict[int, timedelta] | None = None, halt_after: int | None = None) -> None:
        self.wall, self.steady, self.naps = NOW, 100.0, 0
        self.jumps, self.halt_after = jumps or {}, halt_after

    def nap(self, seconds: float) -> None:
        self.naps += 1
        self.steady += seconds
        self.wall += timedelta(seconds=seconds) + self.jumps.get(self.naps, timedelta())

    def sleep(self, seconds: float) -> float:
        """How long it slept, in steady seconds."""
        sleep_until(
            NOW + timedelta(seconds=seconds),
            now=lambda: self.wall,
            steady_s=lambda: self.steady,
            nap=self.nap,
            halted=lambda: self.halt_after is not None and self.naps >= self.halt_after,
        )
        return self.steady - 100.0


def test_sleep_lasts_as_long_as_asked_for() -> None:
    assert abs(Clocks().sleep(60) - 60) < 0.01
    assert Clocks().sleep(-5) == 0


def test_sleep_ends_when_the_clock_jumps_past_its_end() -> None:
    assert Clocks({4: timedelta(hours=1)}).sleep(600) == 2.0


def test_sleep_is_no_longer_when_the_clock_is_set_back() -> None:
    assert abs(Clocks({4: -timedelta(days=1)}).sleep(60) - 60) < 0.01


def test_sleep_ends_when_a_signal_has_come() -> None:
    assert Clocks(halt_after=3).sleep(600) == 1.5
