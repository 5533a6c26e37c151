"""How long the rest takes: arithmetic over due times."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from batchreset.plan.forecast import TOGETHER, Slot, foretell, full_minute
from tests.unit.build import NOW

MINUTE = timedelta(minutes=1)
spans = st.timedeltas(timedelta(0), timedelta(days=2))


def test_foretell_when_nothing_is_left_then_nothing_is_foretold() -> None:
    assert foretell(0, [], NOW, per_second=5) is None


def test_foretell_when_rows_are_ready_then_the_rate_says_how_long() -> None:
    found = foretell(600, [], NOW, per_second=5)
    assert found is not None
    assert (found.sending, found.ends_at, found.slots) == (2 * MINUTE, NOW + 2 * MINUTE, ())


def test_foretell_when_there_is_no_pacing_then_no_time_is_told_and_none_passes() -> None:
    found = foretell(600, [], NOW, per_second=0)
    assert found is not None
    assert (found.sending, found.ends_at) == (None, NOW)


def test_foretell_when_quotas_free_close_together_then_they_are_one_slot() -> None:
    first, far = NOW + 10 * MINUTE, NOW + 10 * MINUTE + TOGETHER
    found = foretell(0, [far, first, far + MINUTE], NOW, per_second=1)
    assert found is not None
    assert found.slots == (Slot(first, far, 2), Slot(far + MINUTE, far + MINUTE, 1))
    assert found.waiting == 3


def test_foretell_when_many_quotas_free_at_once_then_the_rate_adds_to_the_last() -> None:
    due = NOW + 60 * MINUTE
    found = foretell(0, [due] * 120, NOW, per_second=1)
    assert found is not None
    assert found.ends_at == due + 2 * MINUTE


def test_full_minute_when_not_on_one_then_the_next() -> None:
    assert full_minute(NOW) == NOW
    assert full_minute(NOW + timedelta(microseconds=1)) == NOW + MINUTE


@given(st.integers(0, 50), st.lists(spans, max_size=20), st.sampled_from([0.0, 0.5, 5.0, 100.0]))
def test_foretell_when_anything_then_no_row_is_lost_and_the_end_is_after_all_of_it(
    ready: int, due: list[timedelta], rate: float
) -> None:
    times = [NOW + span for span in due]
    found = foretell(ready, times, NOW, per_second=rate)
    if found is None:
        assert not ready
        assert not times
        return
    assert (found.ready, found.waiting) == (ready, len(times))
    assert all(one.until - one.at <= TOGETHER for one in found.slots)
    assert all(one.until < other.at for one, other in zip(found.slots, found.slots[1:], strict=False))
    sending = timedelta(seconds=(ready + len(times)) / rate) if rate else timedelta(0)
    soonest = max(times, default=NOW)
    tick = timedelta(milliseconds=1)
    assert soonest - tick <= found.ends_at <= max(soonest, NOW) + sending + MINUTE + tick
