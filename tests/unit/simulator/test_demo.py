from __future__ import annotations

from collections import Counter

import pytest

from batchreset.simulator.demo import demo_faults
from batchreset.simulator.faults import FaultPlan

SITE = [f"2102310QPD10F3{i:06d}" for i in range(200)]


def test_demo_when_200_terminals_then_every_kind_of_result_and_most_are_spared() -> None:
    faults = demo_faults(SITE)
    assert Counter(fault.kind for fault in faults) == {
        "throttle": 2,
        "gateway": 2,
        "expire-tokens": 1,
        "unknown-terminal": 2,
        "quota-used": 1,
        "reset-after": 2,
        "reset-before": 1,
        "html": 1,
    }
    assert len({fault.sn for fault in faults}) == len(faults)
    FaultPlan(faults, 0)


def test_demo_when_burst_then_neighbours_with_retry_after_1() -> None:
    burst = [fault for fault in demo_faults(SITE) if fault.kind == "throttle"]
    places = [SITE.index(fault.sn) for fault in burst]
    assert places == list(range(places[0], places[0] + 2))
    assert {fault.retry_after for fault in burst} == {"1"}


def test_demo_when_same_list_and_seed_then_same_faults() -> None:
    assert demo_faults(SITE, 3) == demo_faults(list(SITE), 3)
    assert demo_faults(SITE, 3) != demo_faults(SITE, 4)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 10, 40, 47, 48])
def test_demo_when_site_is_small_then_at_most_a_quarter_is_hit(count: int) -> None:
    faults = demo_faults(SITE[:count])
    assert len(faults) <= count // 4
    assert len(faults) == min(count // 4, 10) or count == 48
