"""The sheet against what the enterprise has registered, before one call of the quota is spent. Pure.

A row that the service is known to refuse is `invalid`: it can't be used as it is, and sending it again
changes nothing until somebody changes the sheet or the registration. What a preflight found holds for
the job, its re-runs and its reports, until the next preflight of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeVar

from batchreset.model import sn_key
from batchreset.rows import Contact, Problem, Row, Table
from batchreset.service.registered import Registered
from batchreset.sheet.raw import place
from batchreset.text.messages import Message, msg

_Value = TypeVar("_Value")
CONTACT_MISSING: Final = "contact-missing"
"""The sheet's own kind for a row without mobile and e-mail."""


class Unfit(StrEnum):
    """Why a terminal can't be reset, as far as reading tells. The values are kinds of problem."""

    UNKNOWN = "terminal-unknown"
    DISABLED = "terminal-disabled"
    NO_CODE = "terminal-no-code"


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a preflight is kept with the job: by `sn_key`, who is unfit, and each terminal's number.

    `alive` are those that were registered then, None where that is not known. `filled` are those whose
    row takes the registered contact: who may get a code was settled then, so re-runs ask for it again.
    """

    unfit: Mapping[str, Unfit] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    alive: frozenset[str] | None = None
    filled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Inspected:
    """A table after its preflight.

    `filled` and `differing` are told row by row; `fillable` counts rows without a contact whose
    registered one could be used.
    """

    table: Table
    kept: Kept
    filled: tuple[Problem, ...] = ()
    differing: tuple[Problem, ...] = ()
    fillable: int = 0


Inspect = Callable[[Table], Inspected]
"""A preflight, ready to be made of a table. May raise ServiceError."""


def compare(
    table: Table, known: Mapping[str, Registered], codeless: frozenset[str], *, fill: bool
) -> Inspected:
    """The table by what is registered (by `sn_key`); `codeless` are models without activation codes."""
    kept = _kept(table, known, codeless)
    lacking = {row.number for row in _lacking(table)}
    rows: list[Row] = []
    filled: dict[str, Problem] = {}
    differing: list[Problem] = []
    fillable = 0
    for row in table.rows:
        terminal = known.get(sn_key(row.sn)) if row.sn else None
        contact = terminal.contact if terminal else None
        if contact is not None and row.number in lacking:
            fillable += 1
            if fill:
                filled[sn_key(row.sn)] = _filled(table, row, contact)
                row = replace(row, contact=contact, problems=())  # noqa: PLW2901  # the row as it is from here on
        elif contact is not None and row.contact is not None and _differ(row.contact, contact):
            differing.append(_differs(table, row, contact))
        rows.append(row)
    kept = replace(kept, filled=frozenset(filled))
    judged = with_unfit(replace(table, rows=tuple(rows)), kept)
    return Inspected(judged, kept, tuple(filled.values()), tuple(differing), fillable)


def with_unfit(table: Table, kept: Kept) -> Table:
    """The table with what a preflight found of its terminals."""
    return replace(
        table, rows=tuple(_judged(table, row, kept.unfit.get(sn_key(row.sn))) for row in table.rows)
    )


def to_fill_again(table: Table, kept: Kept) -> tuple[Row, ...]:
    """The rows that took their registered contact before, and have none of their own since."""
    return tuple(row for row in _lacking(table) if sn_key(row.sn) in kept.filled)


def filled_again(before: Inspected, found: Inspected) -> Inspected:
    """A table and what is kept of it, with what was found anew for some of its rows."""
    table, kept = before.table, before.kept
    new = {row.number: row for row in found.table.rows}
    asked = {sn_key(row.sn) for row in found.table.rows}

    def others(mapping: Mapping[str, _Value]) -> dict[str, _Value]:
        return {key: value for key, value in mapping.items() if key not in asked}

    merged = Kept(
        others(kept.unfit) | {**found.kept.unfit},
        others(kept.numbers) | {**found.kept.numbers},
        None if kept.alive is None else (kept.alive - asked) | (found.kept.alive or frozenset()),
        (kept.filled - asked) | found.kept.filled,
    )
    rows = tuple(new.get(row.number, row) for row in table.rows)
    filled = (*before.filled, *found.filled)
    return replace(before, table=replace(table, rows=rows), kept=merged, filled=filled)


def as_left(table: Table, kept: Kept) -> Table:
    """The table as its last preflight left it, for a report: the service is not asked for it."""
    awaiting = {row.number for row in to_fill_again(table, kept)}
    rows = (
        replace(row, problems=(), awaits_contact=True) if row.number in awaiting else row
        for row in table.rows
    )
    return with_unfit(replace(table, rows=tuple(rows)), kept)


def _lacking(table: Table) -> Iterator[Row]:
    """The rows of which nothing is wrong but that they have no contact; not where their SN stands twice."""
    times = Counter(sn_key(row.sn) for row in table.rows)
    for row in table.rows:
        missing = [problem.kind for problem in row.problems] == [CONTACT_MISSING]
        if row.sn and missing and times[sn_key(row.sn)] == 1:
            yield row


def _kept(table: Table, known: Mapping[str, Registered], codeless: frozenset[str]) -> Kept:
    keys = [sn_key(row.sn) for row in table.rows if row.sn]
    found = {key: _unfit(known.get(key), codeless) for key in keys}
    return Kept(
        {key: unfit for key, unfit in found.items() if unfit is not None},
        {key: known[key].number for key in keys if key in known and known[key].number},
    )


def _unfit(terminal: Registered | None, codeless: frozenset[str]) -> Unfit | None:
    if terminal is None:
        return Unfit.UNKNOWN
    if terminal.disabled:
        return Unfit.DISABLED
    return Unfit.NO_CODE if terminal.model in codeless else None


def _judged(table: Table, row: Row, unfit: Unfit | None) -> Row:
    if unfit is None or not row.sn or row.duplicate_of is not None:
        return row
    message, mend = _WORDS[unfit]
    problem = Problem(unfit, _cell(table, row), message, mend)
    return replace(row, problems=(*(p for p in row.problems if p.kind != unfit), problem))


def _differ(own: Contact, registered: Contact) -> bool:
    """Where both say something, and not the same."""
    pairs = ((own.mobile, registered.mobile), (own.email, registered.email))
    return any(one and other and one.casefold() != other.casefold() for one, other in pairs)


def _filled(table: Table, row: Row, contact: Contact) -> Problem:
    return Problem(
        "contact-filled",
        _cell(table, row),
        msg("The row has no contact; the registered one is used: {contact}.", contact=contact.masked()),
        msg("Look whether its owner still has it."),
    )


def _differs(table: Table, row: Row, contact: Contact) -> Problem:
    return Problem(
        "contact-differs",
        _cell(table, row),
        msg("Another contact is registered for the terminal: {contact}.", contact=contact.masked()),
        msg("The code goes to the row's contact; look which of the two is right."),
    )


def _cell(table: Table, row: Row) -> str:
    return place(table.sheet, table.columns.sn.letter, row.number)


_WORDS: Final[dict[Unfit, tuple[Message, Message]]] = {
    Unfit.UNKNOWN: (
        msg("The enterprise has no terminal of this SN."),
        msg("Correct the SN, or have the terminal added to the enterprise; then run with `--preflight`."),
    ),
    Unfit.DISABLED: (
        msg("The terminal is disabled at the enterprise."),
        msg("Have the enterprise's administrator enable it, then run with `--preflight`."),
    ),
    Unfit.NO_CODE: (
        msg("Terminals of this model have no activation code."),
        msg("Take the row out: the terminal is signed in in another way."),
    ),
}
