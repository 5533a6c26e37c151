"""The SN and the e-mail address, judged."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from batchreset.sheet.address import judge_email
from batchreset.sheet.cells import judge_sn, shown
from batchreset.sheet.raw import CellKind, RawCell
from tests.unit.sheet.build import DATE, EMAIL, ERROR, FORMULA, Content, cell, english, filled_cell, spot


@pytest.mark.parametrize(
    "sn", ["2102310QPD10F3001263", "2102113374P0F4000046", "asdasfscasd", "a_B_1", "1E5", "0", "x" * 30]
)
def test_sn_when_of_the_services_form_then_it_is_taken_as_written(sn: str) -> None:
    judged = judge_sn(spot(sn), 30)

    assert (judged.value, judged.problems, judged.notes) == (sn, (), ())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (2102311452104001, "sn-number"),
        (1.5, "sn-number"),
        (DATE, "sn-date"),
        (True, "sn-boolean"),
        (ERROR, "sn-error"),
        (FORMULA, "sn-formula"),
        ("2.10235E+19", "sn-scientific"),
        ("2,10235E+19", "sn-scientific"),
        ("2102E-3", "sn-scientific"),
        ("210–5", "sn-characters"),
        ("210-5", "sn-characters"),
        ("'2105", "sn-characters"),
        ("21 05", "sn-characters"),
        ("21\n05", "sn-characters"),
        ("21О5", "sn-characters"),
        ("21①5", "sn-characters"),
        ("无", "sn-characters"),
        ("x" * 31, "sn-length"),
    ],
)
def test_sn_when_it_cannot_be_trusted_then_it_is_a_problem_and_never_repaired(
    content: Content, kind: str
) -> None:
    judged = judge_sn(spot(content), 30)

    assert judged.value is None
    assert [(problem.kind, problem.cell) for problem in judged.problems] == [(kind, "T!B2")]
    assert english(judged.problems[0].mend)


def test_sn_when_a_number_then_reason_and_mend_say_what_was_lost() -> None:
    (problem,) = judge_sn(spot(RawCell(CellKind.NUMBER, "2.10235123456789E+19")), 30).problems

    assert english(problem.message) == (
        "The cell holds a number (2.10235123456789E+19): leading zeros, or digits past the 15th, may be lost."
    )
    assert english(problem.mend) == "Format the column as Text and type the SN again."


def test_sn_when_a_character_is_wrong_then_it_is_named() -> None:
    (problem,) = judge_sn(spot("21О5"), 30).problems

    assert "О (U+041E)" in english(problem.message)


def test_sn_when_a_control_character_is_left_then_it_is_named_by_its_number() -> None:
    (problem,) = judge_sn(spot("21\u20295"), 30).problems
    (other,) = judge_sn(spot("21\ue0005"), 30).problems

    assert "a blank or a line break" in english(problem.message)
    assert "? (U+E000)" in english(other.message)


def test_sn_when_mended_then_a_note_tells_raw_and_clean() -> None:
    judged = judge_sn(spot("２１\u200b０５ "), 30)

    assert judged.value == "2105"
    assert [note.kind for note in judged.notes] == ["mended"]
    assert "２１‹U+200B›０５  is read as 2105." in english(judged.notes[0].message)


def test_sn_when_its_case_is_odd_then_it_is_kept() -> None:
    assert judge_sn(spot("2102310qpD"), 30).value == "2102310qpD"


@pytest.mark.parametrize(
    ("sn", "suspect"),
    [("21023114521040100000", True), ("21023114521040000001", False), ("210235100000", False)],
)
def test_sn_when_it_ends_like_a_rounded_number_then_a_note_warns(sn: str, *, suspect: bool) -> None:
    judged = judge_sn(spot(sn), 30)

    assert judged.value == sn
    assert [note.kind for note in judged.notes] == (["sn-zeros"] if suspect else [])


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("A\u200b 1\n2", "A 1 2"),
        (12345, "12345"),
        (DATE, "2021-02-10"),
        (ERROR, "#N/A"),
        (FORMULA, ""),
        (None, ""),
    ],
)
def test_shown_when_asked_then_it_is_what_a_person_sees(content: Content, text: str) -> None:
    assert shown(cell(content)) == text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (EMAIL, EMAIL),
        ("Li.Na+it@Example.COM", "Li.Na+it@example.com"),
        ("wei@例子.cn", "wei@xn--fsqu00a.cn"),
        ("a/b@example.cn", "a/b@example.cn"),
    ],
)
def test_email_when_good_then_its_domain_is_in_lower_case(text: str, address: str) -> None:
    judged = judge_email(spot(text))

    assert (judged.value, judged.problems, judged.notes) == (address, (), ())


@pytest.mark.parametrize("text", ["li＠example．com", " li@example.com", "li@\u200bexample.com"])
def test_email_when_mended_then_a_note_tells_it_masked(text: str) -> None:
    judged = judge_email(spot(text))

    assert judged.value == "li@example.com"
    assert [note.kind for note in judged.notes] == ["mended"]
    assert "l***@example.com" in english(judged.notes[0].message)
    assert "li@" not in english(judged.notes[0].message)


@pytest.mark.parametrize("between", [";", "；", ",", "，", "、", "\n", " ", "/", " ; "])
def test_email_when_several_stand_in_the_cell_then_that_is_the_reason(between: str) -> None:
    judged = judge_email(spot(f"a@example.com{between}b@example.com"))

    assert [problem.kind for problem in judged.problems] == ["email-several"]


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        ("li.example.com", "email-invalid", "no @"),
        ("li na@example.com", "email-invalid", "blank"),
        ("李@example.com", "email-invalid", "李 (U+674E)"),
        ("a@example.com;", "email-invalid", "; (U+003B)"),
        ("Li Na <li@example.com>", "email-invalid", "more than the e-mail address"),
        ("mailto:li@example.com", "email-invalid", "more than the e-mail address"),
        ("N/A", "email-invalid", "instead of a value"),
        ("无", "email-invalid", "instead of a value"),
        ("a@@example.com", "email-invalid", "mail server"),
        ("a@localhost", "email-invalid", "mail server"),
        ("a@example..com", "email-invalid", "mail server"),
        (f"a@{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 20}.com", "email-invalid", "mail server"),
        (13800138000, "email-number", "number"),
        (DATE, "email-date", "date"),
        (False, "email-boolean", "FALSE"),
        (ERROR, "email-error", "#N/A"),
        (FORMULA, "email-formula", "never calculated"),
    ],
)
def test_email_when_bad_then_the_reason_is_told(content: Content, kind: str, reason: str) -> None:
    (problem,) = judge_email(spot(content)).problems

    assert problem.kind == kind
    assert reason in english(problem.message)


@settings(deadline=None)  # the first example pays for loading the libraries
@given(filled_cell)
def test_cell_when_it_holds_anything_then_it_is_judged_and_nothing_raised(content: RawCell) -> None:
    for judged in (judge_sn(spot(content), 30), judge_email(spot(content))):
        assert (judged.value is None) == bool(judged.problems)
        for problem in judged.problems + judged.notes:
            assert english(problem.message)
            assert english(problem.mend)
