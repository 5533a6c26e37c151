"""What rows say of each other: the same SN twice, and SNs that one misread letter makes the same. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from batchreset.model import sn_key
from batchreset.rows import Problem, Row
from batchreset.text.messages import msg

_NAMED: Final = 10
"""One placeholder in ten thousand rows must not make a message of ten thousand cells for each."""
_LOOK_ALIKES: Final = str.maketrans("oib", "018")
"""Letters that are taken for digits, and the other way round."""

CellOf = Callable[[int], str]
"""The name of the SN cell of a row, given the row's number."""


def settled(rows: Sequence[Row], cell_of: CellOf) -> tuple[Row, ...]:
    """The rows with what the others say of them: duplicates and contradictions; look-alikes as notes."""
    rows = _settle_repeats(rows, cell_of)
    return _tell_look_alikes(rows, cell_of)


def _settle_repeats(rows: Sequence[Row], cell_of: CellOf) -> tuple[Row, ...]:
    """Rows of one terminal: with one contact the first speaks for all, otherwise none can be trusted."""
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.sn:
            same[sn_key(row.sn)].append(row)
    changed: dict[int, Row] = {}
    for group in same.values():
        if len(group) > 1:
            changed |= {row.number: row for row in _settle_group(group, cell_of)}
    return tuple(changed.get(row.number, row) for row in rows)


def _settle_group(group: Sequence[Row], cell_of: CellOf) -> Iterable[Row]:
    first = group[0]
    if not first.problems and all(row.contact == first.contact and not row.problems for row in group):
        return [first, *(replace(row, duplicate_of=first.number) for row in group[1:])]
    return [replace(row, problems=(*row.problems, _repeated(row, group, cell_of))) for row in group]


def _repeated(row: Row, group: Sequence[Row], cell_of: CellOf) -> Problem:
    return Problem(
        "sn-repeated",
        cell_of(row.number),
        msg(
            "The SN {sn} also stands in {cells}, with a contact that differs or can't be used.",
            sn=row.sn,
            cells=_cells([other for other in group[: _NAMED + 2] if other is not row], cell_of),
        ),
        msg("Correct the SN, or keep one row for the terminal."),
    )


def _tell_look_alikes(rows: Sequence[Row], cell_of: CellOf) -> tuple[Row, ...]:
    alike: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.sn:
            alike[sn_key(row.sn).translate(_LOOK_ALIKES)].append(row)
    noted: dict[int, Row] = {}
    for group in alike.values():
        spelled: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            spelled[sn_key(row.sn)].append(row)
        if len(spelled) > 1:
            for key, own in spelled.items():
                others = list(islice(_other_than(key, spelled), _NAMED + 1))
                for row in own:
                    note = _look_alike(row, others, cell_of)
                    noted[row.number] = replace(row, notes=(*row.notes, note))
    return tuple(noted.get(row.number, row) for row in rows)


def _other_than(key: str, spelled: Mapping[str, list[Row]]) -> Iterable[Row]:
    return chain.from_iterable(rows for other, rows in spelled.items() if other != key)


def _look_alike(row: Row, others: Sequence[Row], cell_of: CellOf) -> Problem:
    return Problem(
        "sn-look-alike",
        cell_of(row.number),
        msg(
            "{sn} differs from the SN in {cells} only by letters that look like digits (O and 0, I and 1, "
            "B and 8).",
            sn=row.sn,
            cells=_cells(others, cell_of),
        ),
        msg("Compare both with the terminals before you go on."),
    )


def _cells(rows: Sequence[Row], cell_of: CellOf) -> tuple[str, ...]:
    """The SN cells of the rows, the first few of them."""
    named = tuple(cell_of(row.number) for row in rows[:_NAMED])
    return (*named, "…") if len(rows) > _NAMED else named
