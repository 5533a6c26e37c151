"""Which rows a mended to-do list speaks for, and that it never speaks for others."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from batchreset.mended.match import Edit, Entry, match, text_of
from batchreset.model import sn_key
from batchreset.sheet.check import check
from batchreset.sheet.header import find
from batchreset.text import Text
from tests.unit.sheet.build import CRITERIA, ERROR, FORMULA, Content, sheet

HEADER = ("SN", "Mobile", "E-mail", "Room")
A, B, C = "2102310QPD10F3001263", "2102310QPD10F3001264", "2102310QPD10F3001265"
Line = tuple[Content, ...]


def entries(rows: Sequence[Line], merged: Sequence[str] = ()) -> list[Entry]:
    """Rows under `HEADER`, from row 2 on, judged as the sheet stage does."""
    raw = sheet(HEADER, *rows, merged=merged)
    header = find(raw, {})
    cells = {row.number: row for row in raw.rows}
    return [
        Entry(
            row,
            (cells[row.number].cell(1), cells[row.number].cell(2), None, cells[row.number].cell(3)),
            {
                name: text_of(cells[row.number].cell(index))
                for index, name in enumerate(("mobile", "e-mail", "room"), start=2)
            },
        )
        for row in check(raw, header, CRITERIA).rows
    ]


def line(sn: Content, number: int = 1, room: str = "R1") -> Line:
    return (sn, f"+86138{number:08d}", f"u{number}@example.com", room)


def told(
    job: Sequence[Line], todo: Sequence[Line], refused: Sequence[int] = ()
) -> tuple[list[Edit], list[str], list[str]]:
    found = match(entries(job), entries(todo), refused)
    return list(found.edits), [Text()(n) for n in found.notes], [Text()(r) for r in found.refused]


def test_match_when_nothing_was_mended_changes_nothing() -> None:
    job = [line(A, 1), line(B, 2), line(10**14, 3), ("", "+8613800000004", "", "R4")]
    assert told(job, job[::-1]) == ([], [], [])


def test_match_when_a_contact_was_mended_changes_that_cell_of_the_row_with_its_sn() -> None:
    edits, notes, refused = told(
        [line(A, 1), line(B, 2)], [(*line(B.lower(), 2)[:2], "new@example.com", "x")]
    )
    assert edits == [Edit(3, "sn", 2), Edit(3, "email", 2)]
    assert (notes, refused) == ([], [])


def test_match_when_an_sn_was_mended_finds_its_row_by_the_other_cells() -> None:
    job = [line(A, 1, "R1"), line("bad sn!", 2, "R2"), line(10**14, 3, "R3")]
    edits, _, refused = told(job, [line(C, 3, "R3"), line(B, 2, "R2")])
    assert sorted(edits, key=lambda e: e.row) == [Edit(3, "sn", 3), Edit(4, "sn", 2)]
    assert refused == []


def test_match_when_two_rows_fit_an_unknown_sn_refuses_it() -> None:
    job = [line("bad sn!", 1), line("bad too!", 1)]
    edits, _, refused = told(job, [line(C, 1)])
    assert edits == []
    assert [C in sentence and "Row 2" in sentence for sentence in refused] == [True]


def test_match_when_two_unknown_sns_fit_one_row_refuses_both() -> None:
    edits, _, refused = told([line("bad sn!", 1)], [line(B, 1), line(C, 1)])
    assert edits == []
    assert len(refused) == 2


def test_match_when_an_sn_is_of_no_job_row_refuses_it() -> None:
    assert len(told([line(A)], [line(C)])[2]) == 1
    assert len(told([line(A)], [(C, "", "", "")])[2]) == 1, "blank cells fit nothing"


def test_match_when_the_list_contradicts_itself_refuses_both_rows() -> None:
    edits, _, refused = told([line(A, 1)], [line(A, 2), line(A, 3)])
    assert edits == []
    assert "Rows 2, 3" in refused[0]


def test_match_when_one_of_two_contradicting_rows_was_kept_lets_it_speak_for_both_and_says_so() -> None:
    edits, notes, refused = told([line(A, 1), line(A, 2)], [line(A, 2)])
    assert [(e.row, e.field) for e in edits] == [(2, "mobile"), (2, "email")]
    assert "Rows 2, 3" in notes[0]
    assert refused == []


def test_match_when_contradicting_rows_were_left_as_they_are_leaves_them_invalid() -> None:
    assert told([line(A, 1), line(A, 2)], [line(A, 2), line(A, 1)]) == ([], [], [])


def test_match_when_a_terminal_stands_twice_mends_the_duplicate_too() -> None:
    edits, _, _ = told([line(A, 1), line(A, 1)], [line(A, 5)])
    assert {(e.row, e.field) for e in edits} == {(r, f) for r in (2, 3) for f in ("mobile", "email")}


def test_match_when_one_of_two_equal_sns_was_corrected_mends_only_that_row() -> None:
    edits, _, refused = told([line(A, 1), line(A, 2)], [line(A, 1), line(B, 2)])
    assert edits == [Edit(3, "sn", 3)]
    assert refused == []


def test_match_when_a_row_still_has_no_sn_says_so_and_goes_on() -> None:
    edits, notes, refused = told([line(A, 1), ("", "bad", "", "R2")], [("", "+8613800000009", "", "R2")])
    assert (edits, refused) == ([], [])
    assert "Row 2" in notes[0]


def test_match_when_the_list_holds_an_error_for_what_cannot_be_seen_then_nothing_is_mended() -> None:
    job: list[Line] = [(A, "+8613800000001", FORMULA, "R1"), (FORMULA, "+8613800000002", FORMULA, "R2")]
    listed: list[Line] = [(A, "+8613800000001", ERROR, "R1"), (ERROR, "+8613800000002", ERROR, "R2")]
    assert told(job, listed) == ([], [], [])
    assert told(job, [(A, "+8613800000001", "", "R1")])[0] == [], "as older lists have it"
    assert told(job, [(A, "+8613800000001", "b@example.com", "R1")])[0] == [Edit(2, "email", 2)]
    assert told(job, [(B, "+8613800000002", ERROR, "R2")])[0] == [Edit(3, "sn", 2)]


def test_match_when_a_merged_cell_is_an_error_in_the_list_then_nothing_is_mended() -> None:
    job: list[Line] = [line(A, 1), (B, "+8613800000002", "", "R2")]
    listed: list[Line] = [(B, "+8613800000002", ERROR, "R2")]
    assert match(entries(job, merged=["C2:C3"]), entries(listed)).edits == ()
    assert told(job, listed)[0] == [Edit(3, "email", 2)], "an error that a person put there"


@given(st.integers(1, 12), st.integers(0, 2**32))
def test_match_of_a_shuffled_list_gives_each_mended_row_its_own_cells(rows: int, seed: int) -> None:
    dice = Random(seed)
    job = [line(f"2102310QPD10F30{n:05d}", n, f"R{n}") for n in range(rows)]
    mended = {n: dice.random() < 0.5 for n in range(rows)}
    todo = [line(job[n][0], 500 + n if mended[n] else n, f"R{n}") for n in range(rows) if dice.random() < 0.8]
    dice.shuffle(todo)
    found = match(entries(job), entries(todo))
    assert found.refused == found.notes == ()
    ours = {entry.row.number: entry.row for entry in entries(job)}
    theirs = {entry.row.number: entry.row for entry in entries(todo)}
    assert {sn_key(ours[e.row].sn) for e in found.edits} == {
        sn_key(row.sn)
        for row in theirs.values()
        if row.contact != next(own.contact for own in ours.values() if own.sn == row.sn)
    }
    assert all(ours[e.row].sn == theirs[e.from_row].sn for e in found.edits)


def test_match_when_a_refused_sn_was_corrected_then_its_row_is_known_by_the_other_cells_and_it_is_told() -> (
    None
):
    job = [line(A, 1), line(B, 2)]
    edits, notes, refused = told(job, [line(C, 2)], refused=[3])
    assert edits == [Edit(3, "sn", 2)]
    assert notes == [f"Row 2 of the list gives row 3 of the job's sheet another SN: {C} for {B}."]
    assert refused == []


def test_match_when_another_sn_fits_no_refused_row_or_several_then_it_is_refused() -> None:
    alike = [line(A, 1), line(B, 1)]
    for job, todo, refused_rows in (
        ([line(A, 1), line(B, 2)], [line(C, 2)], []),  # it was reset, or never called
        ([line(A, 1), line(B, 2)], [line(B, 2), line(C, 2)], [3]),  # the list still holds the old SN
        (alike, [line(C, 1)], [2, 3]),
        (alike, [line(C, 1), line(C[:-1] + "9", 1)], [3]),
        ([line(A, 1), line(B, 2)], [line(C, 3)], [2, 3]),
    ):
        edits, notes, refused = told(job, todo, refused_rows)
        assert (edits, notes) == ([], []), todo
        assert refused, todo
        assert all("this job has no SN" in one for one in refused)
