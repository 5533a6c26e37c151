"""A sheet's rows, judged: which are data, what is wrong with each, and which repeat an earlier one. Pure.

Every data row comes out as exactly one of usable, invalid (it has problems) and duplicate. All problems
of a row are told at once; none is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from batchreset.rows import Column, Columns, Contact, Field, Problem, Row
from batchreset.sheet.address import judge_email
from batchreset.sheet.cells import Judged, Spot, judge_sn, no_sn, not_seen_merged, shown, struck_through
from batchreset.sheet.criteria import Criteria
from batchreset.sheet.header import Header
from batchreset.sheet.lines import divided
from batchreset.sheet.merges import Merges
from batchreset.sheet.mobile import Mobile, judge_mobile
from batchreset.sheet.raw import RawRow, RawSheet, place
from batchreset.sheet.repeats import settled
from batchreset.text.messages import msg


@dataclass(frozen=True, slots=True)
class Checked:
    """All data rows in sheet order, and the numbers of rows that are not data (totals, sign-offs).

    `hidden` are the numbers of data rows that nobody sees in the sheet, `skipped` those of them that were
    left out of `rows`, because that was asked for.
    """

    rows: tuple[Row, ...]
    ignored: tuple[int, ...]
    hidden: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()


def check(sheet: RawSheet, header: Header, criteria: Criteria) -> Checked:
    """Judge every row below the header. Blank rows are in no list."""
    data, ignored = divided(sheet.rows, header)
    hidden = tuple(row.number for row in data if row.hidden)
    skipped = hidden if criteria.hidden_rows == "skip" else ()
    if skipped:
        data = [row for row in data if not row.hidden]
    judge = _Judge(sheet, header.columns, criteria)
    rows = settled([judge.row(row) for row in data], judge.sn_cell)
    return Checked(rows, tuple(ignored), hidden, skipped)


class _Judge:
    """Judges one row after the other of one sheet."""

    def __init__(self, sheet: RawSheet, columns: Columns, criteria: Criteria) -> None:
        self._sheet: Final = sheet.name
        self._columns: Final = columns
        self._criteria: Final = criteria
        used = (columns.sn, columns.mobile, columns.country, columns.email)
        self._merges: Final = Merges(sheet, (column.index for column in used if column))

    def row(self, raw: RawRow) -> Row:
        """The row on its own, whatever other rows say."""
        spot = self._spot(raw, self._columns.sn)
        sn = judge_sn(spot, self._criteria.rules.sn_max_length) if not spot.blank else self._without_sn(spot)
        contact = self._contact(raw)
        struck = self._struck(raw) if raw.struck else ()
        return Row(
            raw.number,
            sn.value or "",
            None if struck else contact.value,
            shown(spot.cell),
            problems=sn.problems + contact.problems + struck,
            notes=sn.notes + contact.notes,
        )

    def _struck(self, raw: RawRow) -> tuple[Problem, ...]:
        """The problems of what is struck through and would be used."""
        return tuple(
            struck_through(field, self._spot(raw, column))
            for field, column in self._columns.by_field().items()
            if column and field != "country"
            if column.index in raw.struck and not self._spot(raw, column).blank
        )

    def sn_cell(self, number: int) -> str:
        """The name of a row's SN cell."""
        return place(self._sheet, self._columns.sn.letter, number)

    def _spot(self, raw: RawRow, column: Column) -> Spot:
        return Spot(raw.cell(column.index), self._sheet, column.letter, raw.number)

    def _without_sn(self, spot: Spot) -> Judged:
        merged = self._not_seen("sn", spot, self._columns.sn)
        return Judged(problems=(merged or no_sn(spot),))

    def _not_seen(self, field: Field, spot: Spot, column: Column) -> Problem | None:
        """The problem of a blank cell that looks filled, being merged with one above it."""
        first = self._merges.filled_above(spot.row, column.index)
        return not_seen_merged(field, spot, first) if first else None

    def _contact(self, raw: RawRow) -> _JudgedContact:
        columns = self._columns
        mobile, mobile_problem = self._field("mobile", raw, columns.mobile)
        country, country_problem = self._field("country", raw, columns.country)
        email, email_problem = self._field("email", raw, columns.email)
        judged_mobile = judge_mobile(mobile, country, self._criteria) if mobile else Mobile()
        judged_email = self._email(email) if email else Judged()
        found = (
            mobile_problem,
            country_problem if mobile else None,  # without a number its country doesn't matter
            *judged_mobile.problems,
            email_problem,
            *judged_email.problems,
        )
        problems = tuple(problem for problem in found if problem)
        if mobile is None and email is None and not problems:
            return _JudgedContact(None, (self._no_contact(raw),))
        if problems:
            return _JudgedContact(None, problems, judged_mobile.notes + judged_email.notes)
        contact = Contact(judged_mobile.number, judged_mobile.country, judged_email.value)
        return _JudgedContact(contact, (), judged_mobile.notes + judged_email.notes)

    def _field(self, field: Field, raw: RawRow, column: Column | None) -> tuple[Spot | None, Problem | None]:
        """The field's cell unless it is blank; then the problem of one that only looks filled."""
        if column is None:
            return None, None
        spot = self._spot(raw, column)
        return (spot, None) if not spot.blank else (None, self._not_seen(field, spot, column))

    def _email(self, spot: Spot) -> Judged:
        criteria = self._criteria
        return judge_email(spot, first_of_several=criteria.first_contact, allowed=criteria.allow_domains)

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
