"""A sheet's rows, judged: which are data, what is wrong with each, and which repeat an earlier one. Pure.

Every data row comes out as exactly one of usable, invalid (it has problems) and duplicate. All problems
of a row are told at once; none is raised.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from batchreset.model import Column, Columns, Contact, Problem, Row, Rules, sn_key
from batchreset.service.countries import Country
from batchreset.sheet.aliases import field_of, header_key
from batchreset.sheet.cells import Judged, Spot, judge_email, judge_sn, no_sn, shown
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.header import Header
from batchreset.sheet.mobile import Mobile, judge_mobile
from batchreset.sheet.raw import CellKind, RawCell, RawRow, RawSheet, place
from batchreset.text.messages import msg

_TOTALS: Final = frozenset(
    ("合计", "总计", "小计", "共计", "总数", "total", "totals", "subtotal", "subtotals", "grandtotal", "sum")
)
_LABEL: Final = re.compile(r"[^:：]{1,20}[:：]")
"""`制表人：张三`, `Date: 2026-11-23`: what stands below a table."""
_LIKE_SN: Final = re.compile(r"(?=[A-Za-z_]*[0-9])[A-Za-z0-9_]{6,}")
"""`SN: 2102310QPD` is no signature, though the SN can't be used so."""
_NAMED_REPEATS: Final = 10
"""One placeholder in ten thousand rows must not make a message of ten thousand cells for each."""


@dataclass(frozen=True, slots=True)
class Checked:
    """All data rows in sheet order, and the numbers of rows that are not data (totals, sign-offs)."""

    rows: tuple[Row, ...]
    ignored: tuple[int, ...]


def check(sheet: RawSheet, header: Header, *, rules: Rules, default_country: Country) -> Checked:
    """Judge every row below the header. Blank rows are in neither list."""
    data: list[RawRow] = []
    ignored: list[int] = []
    for row in sheet.rows:
        if row.number <= header.row or all(map(is_blank, row.cells)):
            continue
        if _is_data(row, header.columns):
            data.append(row)
        else:
            ignored.append(row.number)
    judge = _Judge(sheet.name, header.columns, rules, default_country)
    return Checked(_settle_repeats([judge.row(row) for row in data], judge), tuple(ignored))


def _is_data(row: RawRow, columns: Columns) -> bool:
    filled = [index for index, cell in enumerate(row.cells, 1) if not is_blank(cell)]
    sn = row.cell(columns.sn.index)
    is_text = sn.kind is CellKind.TEXT and not is_blank(sn)
    has_contact = any(
        column and not is_blank(row.cell(column.index)) for column in (columns.mobile, columns.email)
    )
    if _is_total(row.cell(filled[0])):
        # In a row of totals, counts may stand below the SNs and the contacts.
        return is_text and columns.sn.index != filled[0] and has_contact
    labels_only = not has_contact and all(_is_label(row.cell(index)) for index in filled)
    if is_text:
        # The header again, as on every page of a printed list. No SN is called so.
        return not (_is_header(sn.text, columns.sn) or (labels_only and not _LIKE_SN.search(sn.text)))
    return not is_blank(sn) or has_contact or (len(filled) > 1 and not labels_only)


def _is_total(cell: RawCell) -> bool:
    return cell.kind is CellKind.TEXT and header_key(cell.text) in _TOTALS


def _is_label(cell: RawCell) -> bool:
    return cell.kind is CellKind.TEXT and _LABEL.match(clean(cell.text)) is not None


def _is_header(text: str, column: Column) -> bool:
    key = header_key(text)
    return field_of(text) == "sn" or (key != "" and key == header_key(column.header))


class _Judge:
    """Judges one row after the other of one sheet."""

    def __init__(self, sheet: str, columns: Columns, rules: Rules, default_country: Country) -> None:
        self._sheet: Final = sheet
        self._columns: Final = columns
        self._rules: Final = rules
        self._default_country: Final = default_country

    def row(self, raw: RawRow) -> Row:
        """The row on its own, whatever other rows say."""
        spot = self._spot(raw, self._columns.sn)
        sn = judge_sn(spot, self._rules.sn_max_length) if not spot.blank else Judged(problems=(no_sn(spot),))
        contact = self._contact(raw)
        return Row(
            raw.number,
            sn.value or "",
            contact.value,
            shown(spot.cell),
            problems=sn.problems + contact.problems,
            notes=sn.notes + contact.notes,
        )

    def sn_cell(self, number: int) -> str:
        """The name of a row's SN cell."""
        return place(self._sheet, self._columns.sn.letter, number)

    def _spot(self, raw: RawRow, column: Column) -> Spot:
        return Spot(raw.cell(column.index), place(self._sheet, column.letter, raw.number))

    def _filled(self, raw: RawRow, column: Column | None) -> Spot | None:
        spot = self._spot(raw, column) if column else None
        return spot if spot is not None and not spot.blank else None

    def _contact(self, raw: RawRow) -> _JudgedContact:
        columns = self._columns
        mobile_spot, email_spot = self._filled(raw, columns.mobile), self._filled(raw, columns.email)
        if mobile_spot is None and email_spot is None:
            return _JudgedContact(None, (self._no_contact(raw),))
        country_spot = self._spot(raw, columns.country) if columns.country else None
        mobile = judge_mobile(mobile_spot, country_spot, self._default_country) if mobile_spot else Mobile()
        email = judge_email(email_spot) if email_spot else Judged()
        problems = mobile.problems + email.problems
        contact = Contact(mobile.number, mobile.country, email.value) if not problems else None
        return _JudgedContact(contact, problems, mobile.notes + email.notes)

    def _no_contact(self, raw: RawRow) -> Problem:
        column = self._columns.mobile or self._columns.email or self._columns.sn
        return Problem(
            "contact-missing",
            place(self._sheet, column.letter, raw.number),
            msg("The row has neither a mobile number nor an e-mail address; the new code could not be sent."),
            msg("Give one of the two, or both."),
        )


@dataclass(frozen=True, slots=True)
class _JudgedContact:
    value: Contact | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()


def _settle_repeats(rows: Sequence[Row], judge: _Judge) -> tuple[Row, ...]:
    """Rows of one terminal: with one contact the first speaks for all, otherwise none can be trusted."""
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.sn:
            same[sn_key(row.sn)].append(row)
    settled = {row.number: row for row in rows}
    for group in same.values():
        if len(group) > 1:
            settled |= {row.number: row for row in _settle_group(group, judge)}
    return tuple(settled.values())


def _settle_group(group: Sequence[Row], judge: _Judge) -> Iterable[Row]:
    first = group[0]
    if not first.problems and all(row.contact == first.contact and not row.problems for row in group):
        return [first, *(replace(row, duplicate_of=first.number) for row in group[1:])]
    return [replace(row, problems=(*row.problems, _repeated(row, group, judge))) for row in group]


def _repeated(row: Row, group: Sequence[Row], judge: _Judge) -> Problem:
    others = [judge.sn_cell(other.number) for other in group[: _NAMED_REPEATS + 1] if other is not row]
    cells = ", ".join(others[:_NAMED_REPEATS]) + (", …" if len(group) > _NAMED_REPEATS + 1 else "")
    return Problem(
        "sn-repeated",
        judge.sn_cell(row.number),
        msg(
            "The SN {sn} also stands in {cells}, with a contact that differs or can't be used.",
            sn=row.sn,
            cells=cells,
        ),
        msg("Correct the SN, or keep one row for the terminal."),
    )
