from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.ooxml.refs import LAST_COLUMN, LAST_ROW, Area, cell_ref


@pytest.mark.parametrize(
    ("ref", "area"),
    [
        ("A1:H100", Area(1, 1, 8, 100)),
        ("B17", Area(2, 17, 2, 17)),
        ("$A$1:$XFD$1048576", Area(1, 1, LAST_COLUMN, LAST_ROW)),
        (" a1:b2 ", Area(1, 1, 2, 2)),
    ],
)
def test_area_when_a_reference_then_its_edges(ref: str, area: Area) -> None:
    assert Area.parse(ref) == area


@pytest.mark.parametrize("ref", ["", "A", "A:C", "1:3", "#REF!", "AAAA1", "A1:B2:C3", "A1 B2", "Sheet!A1"])
def test_area_when_no_reference_to_cells_then_none(ref: str) -> None:
    assert Area.parse(ref) is None


@given(st.tuples(*[st.integers(1, LAST_COLUMN), st.integers(1, LAST_ROW)] * 2))
def test_area_when_written_and_read_then_the_same(edges: tuple[int, int, int, int]) -> None:
    assert Area.parse(Area(*edges).ref) == Area(*edges)


def test_joined_when_two_areas_then_the_smallest_that_holds_both() -> None:
    assert Area.joined(Area(2, 3, 4, 5), Area(1, 4, 3, 9)) == Area(1, 3, 4, 9)


def test_cell_ref_when_far_right_then_three_letters() -> None:
    assert (cell_ref(2, 17), cell_ref(LAST_COLUMN, 1)) == ("B17", "XFD1")
