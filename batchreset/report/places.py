"""Where a row's result belongs in the sheet as it is now, which may have changed since it was read.

Results matched by position alone end up beside the wrong terminal as soon as someone sorts the sheet.
So a row is its number *and* its SN; when they no longer meet, the SN alone decides if it can, and
otherwise nobody guesses: the result is handed back.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from batchreset.model import sn_key
from batchreset.reported import RowResult

_WRITTEN_OUT: Final = re.compile("‹U\\+[0-9A-F]{4,6}›")


@dataclass(frozen=True, slots=True)
class Places:
    """`found` is (sheet row now, result), `strangers` are results whose row could not be told."""

    found: tuple[tuple[int, RowResult], ...]
    strangers: tuple[RowResult, ...]


def place(results: Iterable[RowResult], sn_at: Mapping[int, Collection[str]]) -> Places:
    """Find each result's row. `sn_at` gives, for every row that holds anything, `readings` of its SN cell.

    A row that is where it was and still has its SN stays; one that has moved is found by its SN when
    exactly one row has it that no other result claims. An SN that says little (none, or one that stands
    twice) stays only where the rows around it do.
    """
    stay: dict[int, RowResult] = {}
    moved: list[RowResult] = []
    for result in results:
        number = result.row.number
        if wanted(result) in sn_at.get(number, ()) and number not in stay:
            stay[number] = result
        else:
            moved.append(result)
    if not moved:
        return Places(tuple(stay.items()), ())
    rows_with = _rows_by_sn(sn_at)
    targets = {id(result): _only(rows_with.get(wanted(result), [])) for result in (*stay.values(), *moved)}
    loose = _loose(stay, moved, targets)
    moved += [stay.pop(number) for number in loose]
    claims = Counter(targets[id(result)] for result in moved)
    found, strangers = list(stay.items()), []
    for result in moved:
        target = targets[id(result)]
        if target is None or target in stay or claims[target] > 1:
            strangers.append(result)
        else:
            found.append((target, result))
    return Places(tuple(found), tuple(strangers))


def _loose(
    stay: Mapping[int, RowResult], moved: Iterable[RowResult], targets: Mapping[int, int | None]
) -> list[int]:
    """The rows of `stay` whose SN does not prove that it is the same row, next to rows that have moved.

    A row of which nothing is found any more proves nothing: its SN may have been corrected where it is.
    """
    said = {number: True for number, result in stay.items() if targets[id(result)] == number}
    said |= {result.row.number: False for result in moved if targets[id(result)] is not None}
    known = sorted(said)
    loose = []
    for number in stay:
        if number not in said:
            at = bisect(known, number)
            if not all(said[beside] for beside in known[max(at - 1, 0) : at + 1]):
                loose.append(number)
    return loose


def wanted(result: RowResult) -> str:
    """What the SN cell of a result's row must read, for comparing."""
    return text_key(result.row.shown_sn or result.row.sn)


def readings(value: object, number_format: str = "General") -> frozenset[str]:
    """All ways to read an SN cell as text, for comparing: a number or a date has more than one.

    >>> sorted(readings(12345.0, "00000000"))
    ['00012345', '12345', '12345.0']
    """
    if value is None:
        return frozenset({""})
    texts = {str(value)}
    if isinstance(value, int | float):
        texts |= _number_readings(value, number_format)
    elif isinstance(value, date):
        texts |= {value.isoformat(), str(value).removesuffix(" 00:00:00")}
    return frozenset(text_key(text) for text in texts)


def _number_readings(value: float, number_format: str) -> set[str]:
    texts = {f"{value:.15g}"}
    if value == value and abs(value) != float("inf") and value == int(value):
        texts.add(str(int(value)))
        if number_format and not number_format.strip("0"):
            texts.add(str(int(value)).zfill(len(number_format)))
    return texts


def text_key(text: str) -> str:
    """What two cell texts are compared by: without case, blanks, and what can't be seen.

    A text in which `‹U+200B›` stands for the unseen is the same too.
    """
    if text.isascii() and text.isprintable() and " " not in text:  # nearly all; a hundred thousand add up
        return sn_key(text)
    plain = unicodedata.normalize("NFKC", _WRITTEN_OUT.sub("", text))
    return sn_key("".join(char for char in plain if char.isprintable() and not char.isspace()))


def _rows_by_sn(sn_at: Mapping[int, Collection[str]]) -> dict[str, list[int]]:
    rows = defaultdict(list)
    for row, texts in sn_at.items():
        for text in texts:
            if text:
                rows[text].append(row)
    return rows


def _only(rows: list[int]) -> int | None:
    return rows[0] if len(rows) == 1 else None
