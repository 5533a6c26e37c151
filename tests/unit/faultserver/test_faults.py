"""Which call a fault strikes, and which faults there can't be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faultserver.faults import KINDS, Endpoint, Fault, FaultPlan, MistakeError, Shape, faults_from

RESET, LOGIN, OTHER, CONNECTION = Endpoint.RESET, Endpoint.LOGIN, Endpoint.OTHER, Endpoint.CONNECTION


def struck(faults: list[Fault], calls: list[str]) -> list[bool]:
    """For resets of these SNs, in this order: did a fault strike?"""
    plan = FaultPlan(faults)
    return [plan.pick(RESET, sn) is not None for sn in calls]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ({"first": 4}, [4, 5, 6, 7, 8, 9]),
        ({"first": 4, "last": 5}, [4, 5]),
        ({"every": 3}, [1, 4, 7]),
        ({"first": 3, "every": 3}, [3, 6, 9]),
        ({"times": 1}, [1]),
        ({"first": 2, "times": 2}, [2, 3]),
        ({"share": 0.0}, []),
    ],
)
def test_pick_by_number_strikes_these_calls(options: dict[str, Any], numbers: list[int]) -> None:
    hits = struck([Fault(kind="stall", **options)], [f"SN{n}" for n in range(9)])
    assert [number for number, hit in enumerate(hits, 1) if hit] == numbers


def test_pick_by_sn_goes_by_pattern_and_ignores_case() -> None:
    calls = ["AB1", "ab2", "AC1", "xAB1", "AB"]
    assert struck([Fault(kind="stall", sn="ab?")], calls) == [True, True, False, False, False]


def test_pick_per_sn_strikes_each_terminal_so_often() -> None:
    calls = ["A", "B", "A", "a", "B"]
    assert struck([Fault(kind="stall", per_sn=1)], calls) == [True, True, False, False, False]
    assert struck([Fault(kind="stall", per_sn=2, times=3)], calls) == [True, True, True, False, False]


def test_pick_by_share_hits_the_same_calls_in_any_order_and_others_with_another_seed() -> None:
    sns = [f"SN{n}" for n in range(1000)]

    def hit(seed: int, order: list[str]) -> set[str]:
        plan = FaultPlan([Fault(kind="stall", share=0.3, seed=seed)])
        return {sn for sn in order if plan.pick(RESET, sn)}

    assert hit(1, sns) == hit(1, sns[::-1])
    assert hit(1, sns) != hit(2, sns)
    assert 230 < len(hit(1, sns)) < 370


def test_pick_takes_the_first_that_fits() -> None:
    plan = FaultPlan([Fault(kind="close", sn="A*", times=1), Fault(kind="reset")])
    picked = [plan.pick(RESET, sn) for sn in ("B", "A", "A")]
    assert [fault.kind for fault in picked if fault] == ["reset", "close", "reset"]


def test_pick_counts_each_endpoint_by_itself_and_any_all_but_connections() -> None:
    plan = FaultPlan([Fault(kind="stall", on="login", first=2), Fault(kind="close", on="any", first=4)])
    order = [CONNECTION, RESET, LOGIN, CONNECTION, OTHER, LOGIN, RESET, CONNECTION]
    picked = [plan.pick(on, "") for on in order]
    assert [fault.kind if fault else "" for fault in picked] == ["", "", "", "", "", "stall", "close", ""]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sulk"},
        {"kind": "stall", "on": "device"},
        {"kind": "stall", "status": 500},
        {"kind": "reset", "rst": True},
        {"kind": "cut", "location": "/x"},
        {"kind": "natural", "processed": True},
        {"kind": "status", "status": "500"},
        {"kind": "status", "status": True},
        {"kind": "status", "status": 99},
        {"kind": "status", "processed": 1},
        {"kind": "status", "headers": [["A", "b"]]},
        {"kind": "status", "sn": None},
        {"kind": "stall", "share": 1.5},
        {"kind": "stall", "first": 0},
        {"kind": "stall", "every": 0},
        {"kind": "stall", "first": 3, "last": 2},
        {"kind": "stall", "times": 0},
        {"kind": "stall", "per_sn": 0},
        {"kind": "stall", "wait_s": -1},
        {"kind": "cut", "on": "connection"},
        {"kind": "close", "on": "connection", "processed": True},
        {"kind": "stall", "SN": "A"},
        {"sn": "A"},
        "stall",
    ],
)
def test_faults_that_cannot_be_are_refused(wrong: object) -> None:
    with pytest.raises(MistakeError):
        faults_from([wrong])


def test_faults_that_are_no_list_are_refused() -> None:
    with pytest.raises(MistakeError):
        faults_from({"kind": "stall"})


def test_faults_come_back_as_they_were_told() -> None:
    told = [{"kind": "redirect", "sn": "A*", "location": "/x", "headers": {"A": "b"}}, {"kind": "stall"}]
    assert [fault.as_json() for fault in faults_from(told)] == told


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_each_name_is_processed_as_said_or_as_the_service_decides(kind: str) -> None:
    natural = KINDS[kind].shape is Shape.OWN
    assert (KINDS[kind].processed is None) == natural
    if not natural:
        assert Fault(kind=kind, processed=True).lets_process
        assert not Fault(kind=kind, processed=False).lets_process
