from __future__ import annotations

from pathlib import Path

from batchreset.annotated.findings import Weight, by_row
from batchreset.rows import Column, Columns, Contact, Problem, Row, Table
from batchreset.text import Text, msg

COLUMNS = Columns(sn=Column(2, "B", "SN"), mobile=Column(3, "C", "Mobile"), email=Column(28, "AB", "E-mail"))
CONTACT = Contact(email="lee@example.com")
ENGLISH = Text("en-US")


def finding(cell: str, said: str = "Odd.") -> Problem:
    return Problem("odd", cell, msg("{x}", x=said), msg("{x}", x="Mend it."))


def table(*rows: Row) -> Table:
    return Table(Path("site.xlsx"), "Site A!", 1, COLUMNS, rows)


def test_by_row_when_a_row_is_good_then_it_has_no_findings() -> None:
    assert by_row(table(Row(2, "A1", CONTACT))) == {}


def test_by_row_when_a_row_has_both_kinds_then_errors_come_first_and_the_heavier_marks_the_cell() -> None:
    row = Row(
        7, "A1", CONTACT,
        problems=(finding("'Site A!'!B7", "Bad."), finding("'Site A!'!AB7")),
        notes=(finding("'Site A!'!B7", "Look."), finding("'Site A!'!C7")),
    )  # fmt: skip
    found = by_row(table(row))[7]
    assert found.marks == {2: Weight.ERROR, 28: Weight.ERROR, 3: Weight.NOTE}
    assert found.weight is Weight.ERROR
    assert found.text(ENGLISH) == (
        "(1) Error in B7: Bad. Mend it. (2) Error in AB7: Odd. Mend it. "
        "(3) Note on B7: Look. Mend it. (4) Note on C7: Odd. Mend it."
    )


def test_by_row_when_a_row_is_a_duplicate_then_noted_at_its_sn() -> None:
    found = by_row(table(Row(2, "A1", CONTACT), Row(9, "a1", CONTACT, duplicate_of=2)))
    assert list(found) == [9]
    assert found[9].marks == {2: Weight.NOTE}
    assert found[9].text(ENGLISH).startswith("Note on B9: Same SN and contact as row 2")


def test_text_when_a_finding_quotes_the_sheet_then_it_begins_with_our_words_and_fits_a_cell() -> None:
    row = Row(2, "", None, problems=(finding("T!B2", "=cmd|'/C calc'!A0\x01" + "x" * 40_000),))
    shown = by_row(table(row))[2].text(ENGLISH)
    assert shown.startswith("Error in B2: =cmd")
    assert "\x01" not in shown
    assert len(shown) <= 32_767
