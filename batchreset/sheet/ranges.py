"""Numbers of rows as people write them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_SHOWN_RANGES: Final = 10


def row_list(numbers: Sequence[int]) -> tuple[str, ...]:
    """Rows as people write them: `5-9, 12`."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:_SHOWN_RANGES]]
    return (*shown, "…") if len(ranges) > _SHOWN_RANGES else tuple(shown)
