from __future__ import annotations

import math

import pytest

from batchreset.model import FOR_A_PERSON, Status
from batchreset.report.looks import BOLD, FILLS, PAINTS, height


@pytest.mark.parametrize(
    ("texts", "points"),
    [
        ([], 15),
        ([("short", 20)], 15),
        ([("x" * 33, 20)], 45),
        ([("x", 20), ("one\ntwo", 20)], 30),
        ([("汉字", 20)], 17),
        ([("汉" * 9, 20)], 42.5),
        ([("x" * 9999, 20)], 409),
    ],
)
def test_height_when_texts_are_wrapped_then_the_row_is_as_high_as_they_need(
    texts: list[tuple[str, float]], points: float
) -> None:
    assert height(texts) == points


def test_looks_when_printed_without_colours_then_statuses_still_differ() -> None:
    assert set(FILLS) == set(PAINTS) == set(Status)
    assert set(BOLD) == set(FOR_A_PERSON)
    looks = {(paint.pattern, round(lightness(paint.colour), 1)) for paint in PAINTS.values()}
    assert len(looks) == len(PAINTS)
    for status in Status:
        assert lightness(FILLS[status]) > 0.5  # dark ink reads on it


def lightness(colour: str) -> float:
    """Relative luminance of RRGGBB, by the WCAG's weights."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return sum(
        weight * math.pow(part, 2.2) for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )
