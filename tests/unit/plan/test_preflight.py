"""The sheet against what is registered: who is unfit, whose contact differs, who is given one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from batchreset.model import sn_key
from batchreset.plan.preflight import (
    Inspected,
    Kept,
    Unfit,
    as_left,
    compare,
    filled_again,
    to_fill_again,
    with_unfit,
)
from batchreset.rows import Column, Columns, Contact, Problem, Row, Table
from batchreset.service.registered import Registered
from batchreset.text import Text, msg

OWN = Contact("+8613800138000", "chinaPR", "own@site.example")
OTHER = Contact("+8613900139000", "chinaPR", "other@site.example")
NO_CONTACT = Problem("contact-missing", "S!C2", msg("none"), msg("give one"))
BAD_SN = Problem("sn-number", "S!B2", msg("bad"), msg("mend"))


def table(*rows: Row) -> Table:
    return Table(Path("x"), "Site A", 1, Columns(Column(2, "B", "SN")), rows)


def terminal(
    sn: str, contact: Contact | None = None, *, model: str = "TE20", disabled: bool = False
) -> Registered:
    return Registered(sn, f"+99{sn}", model, disabled, contact)


def inspected(rows: list[Row], *terminals: Registered, fill: bool = False) -> Inspected:
    known = {sn_key(one.sn): one for one in terminals}
    return compare(table(*rows), known, frozenset({"cisco"}), fill=fill)


def test_compare_when_a_terminal_is_unfit_then_its_row_is_invalid_and_says_why() -> None:
    rows = [Row(n, sn, OWN) for n, sn in enumerate(("A", "B", "C", "D"), 2)]
    found = inspected(rows, terminal("a"), terminal("B", disabled=True), terminal("C", model="cisco"))
    assert [[p.kind for p in row.problems] for row in found.table.rows] == [
        [],
        ["terminal-disabled"],
        ["terminal-no-code"],
        ["terminal-unknown"],
    ]
    assert found.table.rows[1].problems[0].cell == "'Site A'!B3"
    assert found.kept == Kept(
        {"b": Unfit.DISABLED, "c": Unfit.NO_CODE, "d": Unfit.UNKNOWN}, {"a": "+99a", "b": "+99B", "c": "+99C"}
    )


def test_with_unfit_when_applied_twice_then_the_problem_stands_once() -> None:
    once = with_unfit(table(Row(2, "A", OWN)), Kept({"a": Unfit.UNKNOWN}))
    assert with_unfit(once, Kept({"a": Unfit.UNKNOWN})) == once


def test_with_unfit_leaves_duplicates_and_rows_without_sn_alone() -> None:
    rows = (Row(2, "", None, problems=(BAD_SN,)), Row(3, "A", OWN, duplicate_of=2))
    assert with_unfit(table(*rows), Kept({"": Unfit.UNKNOWN, "a": Unfit.UNKNOWN})).rows == rows


def test_compare_when_contacts_differ_then_told_masked_and_the_row_still_goes_to_its_own() -> None:
    found = inspected([Row(2, "A", OWN)], terminal("A", OTHER))
    (told,) = found.differing
    assert "o***@site.example" in Text()(told.message)
    assert "other@" not in Text()(told.message)
    assert found.table.rows[0].contact == OWN
    assert found.table.rows[0].usable


def test_compare_when_one_side_says_nothing_or_the_same_in_other_letters_then_nothing_differs() -> None:
    louder = replace(OWN, email="OWN@site.example")
    for registered in (None, louder, Contact(email="own@site.example")):
        assert inspected([Row(2, "A", OWN)], terminal("A", registered)).differing == ()
    assert (
        inspected(
            [Row(2, "A", Contact(email="x@y.z"))], terminal("A", Contact("+8613800138000", "chinaPR"))
        ).differing
        == ()
    )


def test_compare_when_asked_to_fill_then_only_rows_that_lack_nothing_but_a_contact() -> None:
    rows = [
        Row(2, "A", None, problems=(NO_CONTACT,)),
        Row(3, "B", None, problems=(NO_CONTACT, BAD_SN)),
        Row(4, "C", None, problems=(NO_CONTACT,)),
        Row(5, "c", OWN),
        Row(6, "D", None, problems=(NO_CONTACT,)),
    ]
    known = [terminal(sn, OTHER) for sn in "ABC"] + [terminal("D")]
    found = inspected(rows, *known, fill=True)
    assert [row.usable for row in found.table.rows] == [True, False, False, True, False]
    assert found.table.rows[0].contact == OTHER
    assert [note.cell for note in found.filled] == ["'Site A'!B2"]
    assert found.kept.filled == {"a"}
    unasked = inspected(rows, *known)
    assert (unasked.fillable, unasked.filled, unasked.table.rows[0].usable) == (1, (), False)


LACKING = Row(2, "A", None, problems=(NO_CONTACT,))
GONE_BAD = Row(3, "B", None, problems=(NO_CONTACT, BAD_SN))
TWICE = (Row(5, "D", None, problems=(NO_CONTACT,)), Row(6, "d", OWN))
FILLED = Kept(filled=frozenset({"a", "b", "c", "d"}))


def test_to_fill_again_are_rows_filled_before_that_still_lack_nothing_but_a_contact() -> None:
    rows = (LACKING, GONE_BAD, Row(4, "C", OWN), *TWICE, Row(7, "E", None, problems=(NO_CONTACT,)))
    assert to_fill_again(table(*rows), FILLED) == (LACKING,)


def test_as_left_when_a_row_was_filled_then_it_awaits_its_contact_unless_its_terminal_is_unfit() -> None:
    (row,) = as_left(table(LACKING), FILLED).rows
    assert (row.awaits_contact, row.problems, row.usable) == (True, (), False)
    (unfit,) = as_left(table(LACKING), replace(FILLED, unfit={"a": Unfit.DISABLED})).rows
    assert [problem.kind for problem in unfit.problems] == ["terminal-disabled"]
    (never,) = as_left(table(LACKING), Kept()).rows
    assert never == LACKING


def test_filled_again_when_some_rows_were_asked_for_then_what_is_known_of_the_others_stays() -> None:
    other = Row(8, "X", OWN)
    before = Inspected(
        table(LACKING, Row(4, "C", None, problems=(NO_CONTACT,)), other),
        Kept({"x": Unfit.DISABLED}, {"x": "+1", "a": "+2"}, frozenset({"x", "a"}), frozenset({"a", "c"})),
    )
    asked = replace(before.table, rows=before.table.rows[:2])
    found = compare(asked, {"a": terminal("A", OTHER), "c": terminal("C")}, frozenset(), fill=True)
    found = replace(found, kept=replace(found.kept, alive=frozenset({"c"})))

    again = filled_again(before, found)

    assert [row.contact for row in again.table.rows] == [OTHER, None, OWN]
    assert again.kept == Kept(
        {"x": Unfit.DISABLED},
        {"x": "+1", "a": "+99A", "c": "+99C"},
        frozenset({"x", "c"}),
        frozenset({"a"}),
    )
    assert [note.cell for note in again.filled] == ["'Site A'!B2"]
