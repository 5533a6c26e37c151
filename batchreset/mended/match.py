"""Which rows of a job a mended to-do list speaks for, and what it changes in them. Pure.

The list may have been sorted, filtered, shortened and renamed, so a row is known by its SN alone. Rows
that the list does not hold stay as the job's sheet has them. One whose SN itself was mended is known by
all its other cells, where exactly one row of the job fits that had no SN to be used. Anything else is
ambiguous: a reset can't be taken back, so it is told and not guessed. So is a row whose SN the service
has refused, where the list no longer holds that SN.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from batchreset.model import sn_key
from batchreset.report.values import UNSEEN
from batchreset.rows import FIELDS, Field, Row
from batchreset.sheet.cells import MERGED
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell
from batchreset.text.messages import Message, msg


@dataclass(frozen=True, slots=True)
class Entry:
    """A judged row, the cells of its `FIELDS` (None: the sheet has no such column), and all its others.

    `others` are texts by their header, without columns of ours.
    """

    row: Row
    cells: tuple[RawCell | None, ...]
    others: Mapping[str, str]

    @property
    def key(self) -> str:
        """What the row is known by; "" where its SN cell is empty."""
        return sn_key(self.row.sn or self.row.shown_sn.strip())

    @property
    def clear(self) -> bool:
        """Whether an SN and a contact were read from it, whatever other rows say."""
        return bool(self.row.sn) and self.row.contact is not None


@dataclass(frozen=True, slots=True)
class Edit:
    """The cell of a field in a row of the job that becomes the one of a row of the list."""

    row: int
    field: Field
    from_row: int


@dataclass(frozen=True, slots=True)
class Matched:
    """What the list changes. `refused` say which of its rows are ambiguous, `notes` what is good to know."""

    edits: tuple[Edit, ...]
    notes: tuple[Message, ...]
    refused: tuple[Message, ...]


def match(job: Sequence[Entry], todo: Sequence[Entry], refused_rows: Collection[int] = ()) -> Matched:
    """Match the rows of a to-do list with those of its job.

    `refused_rows` are numbers of the job's rows whose last call is proven to have reset nothing.
    """
    known = {entry.key for entry in job if entry.key}
    strangers = [entry for entry in todo if entry.key not in known]
    listed = {entry.key for entry in todo}
    mendable = [
        at for at in job if at.row.problems or (at.row.number in refused_rows and at.key not in listed)
    ]
    placed, notes, refused = _placed(mendable, strangers)
    edits = [edit for entry, at in placed for edit in _edits(at, entry)]
    taken = {at.row.number for _, at in placed}
    said: dict[str, list[Entry]] = defaultdict(list)
    for entry in todo:
        if entry.key in known:
            said[entry.key].append(entry)
    held: dict[str, list[Entry]] = defaultdict(list)
    for entry in job:
        if entry.row.number not in taken:
            held[entry.key].append(entry)
    for key, speaking in said.items():
        found = _group(held[key], speaking)
        edits += found.edits
        notes += found.notes
        refused += found.refused
    return Matched(tuple(edits), tuple(notes), tuple(refused))


def _placed(
    mendable: Sequence[Entry], strangers: Sequence[Entry]
) -> tuple[list[tuple[Entry, Entry]], list[Message], list[Message]]:
    """Rows of the list whose SN the job does not have, with the row of the job that each was."""
    fits = {
        entry.row.number: [
            at for at in mendable if _same_others(at, entry) and (not at.row.sn or entry.row.sn)
        ]
        for entry in strangers
    }
    claims = Counter(at.row.number for found in fits.values() for at in found)
    placed: list[tuple[Entry, Entry]] = []
    notes: list[Message] = []
    refused: list[Message] = []
    for entry in strangers:
        found = fits[entry.row.number]
        if len(found) == 1 and claims[found[0].row.number] == 1:
            placed.append((entry, found[0]))
            if not found[0].row.problems:
                notes.append(_other_sn(entry, found[0]))
        elif entry.row.sn:
            refused.append(
                msg(
                    "Row {row}: this job has no SN {sn}, and no single row of it fits the other cells.",
                    row=entry.row.number,
                    sn=entry.row.sn,
                )
            )
        elif not any(_cells_differ(at, entry) == [] for at in mendable):
            notes.append(msg("Row {row} of the list still has no SN and is left out.", row=entry.row.number))
    return placed, notes, refused


def _other_sn(entry: Entry, at: Entry) -> Message:
    return msg(
        "Row {row} of the list gives row {at} of the job's sheet another SN: {new} for {old}.",
        row=entry.row.number,
        at=at.row.number,
        new=_sn(entry),
        old=_sn(at),
    )


def _same_others(one: Entry, other: Entry) -> bool:
    """Whether two rows agree in all the columns both have, the SN's aside; rows of blanks tell nothing."""
    shared = one.others.keys() & other.others.keys()
    return any(one.others[name] for name in shared) and all(
        one.others[name] == other.others[name] for name in shared
    )


def _group(held: Sequence[Entry], speaking: Sequence[Entry]) -> Matched:
    """All rows of one SN: what the list says of it holds for every row of the job that has it."""
    numbers = tuple(entry.row.number for entry in speaking)
    if not held:
        return _refused(
            msg("Rows {rows}: the SN {sn} stands in several places.", rows=numbers, sn=_sn(speaking[0]))
        )
    if all(any(not _changes(at, entry) for at in held) for entry in speaking) and len(speaking) > 1:
        return Matched((), (), ())
    if not _agree(speaking):
        return _refused(
            msg(
                "Rows {rows}: the SN {sn} stands there with contacts that differ or can't be used.",
                rows=numbers,
                sn=_sn(speaking[0]),
            )
        )
    edits = tuple(edit for at in held for edit in _edits(at, speaking[0]))
    if not edits or _agree(held):
        return Matched(edits, (), ())
    rows = tuple(at.row.number for at in held)
    note = msg(
        "Rows {rows} of the job's sheet, all of SN {sn}, take the contact of row {row} of the list.",
        rows=rows,
        sn=_sn(speaking[0]),
        row=speaking[0].row.number,
    )
    return Matched(edits, (note,), ())


def _refused(why: Message) -> Matched:
    return Matched((), (), (why,))


def _sn(entry: Entry) -> str:
    return entry.row.sn or entry.row.shown_sn


def _agree(entries: Sequence[Entry]) -> bool:
    """Whether rows of one SN say the same: a single one does, several if each is clear and all are alike."""
    first = entries[0]
    return len(entries) == 1 or all(entry.clear and not _changes(first, entry) for entry in entries)


def _changes(at: Entry, entry: Entry) -> bool:
    """Whether a row of the list says something else than a row of the job."""
    if at.clear and entry.clear:
        return (at.row.sn, at.row.contact) != (entry.row.sn, entry.row.contact)
    return bool(_cells_differ(at, entry))


def _edits(at: Entry, entry: Entry) -> Iterable[Edit]:
    if not _changes(at, entry):
        return []
    return [Edit(at.row.number, field, entry.row.number) for field in _cells_differ(at, entry)]


def _cells_differ(at: Entry, entry: Entry) -> list[Field]:
    """The fields of which the list's cell is another; one for which it has no column stays."""
    return [
        field
        for field, ours, theirs in zip(FIELDS, at.cells, entry.cells, strict=True)
        if theirs is not None and not _same(ours or BLANK_CELL, theirs, merged=_is_merged(at.row, field))
    ]


def text_of(cell: RawCell) -> str:
    """A cell's text for comparing; what can't be seen is nothing in both."""
    return "" if _is_unseen(cell) else cell.text.strip()


def _is_unseen(cell: RawCell) -> bool:
    return cell.kind is CellKind.ERROR and cell.text == UNSEEN.value


def _is_merged(row: Row, field: Field) -> bool:
    return any(problem.kind == f"{field}-{MERGED}" for problem in row.problems)


def _same(ours: RawCell, theirs: RawCell, *, merged: bool) -> bool:
    """Whether a cell of the list says what that of the job's row does.

    What can't be seen there (`UNSEEN`) is an error in the list; lists made before were blank there.
    """
    if (merged or ours.kind is CellKind.FORMULA) and _is_unseen(theirs):
        return True
    return theirs == (BLANK_CELL if ours.kind is CellKind.FORMULA else ours)
