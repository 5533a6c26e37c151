"""Mobile numbers and their countries, judged together."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchreset.model import Rules
from batchreset.sheet.criteria import Criteria
from batchreset.sheet.mobile import _CHINESE, Mobile, judge_mobile
from batchreset.sheet.raw import CellKind, RawCell
from tests.unit.sheet.build import (
    CRITERIA,
    DATE,
    ERROR,
    FORMULA,
    MOBILE,
    Content,
    country,
    english,
    filled_cell,
    spot,
)


def judge(mobile: Content, given_country: Content = None, default: str = "chinaPR") -> Mobile:
    return judge_mobile(spot(mobile, "D"), spot(given_country, "E"), Criteria(Rules(), country(default)))


@pytest.mark.parametrize(
    "spelling",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138–0013–8000",
        "+8613800138000",
        "+86 138 0013 8000",
        "(+86) 138 0013 8000",
        "+86 (0)138 0013 8000",
        "0086-138-0013-8000",
        "008613800138000",
        "8613800138000",
        "86-13800138000",
        "013800138000",
        "138.0013.8000",
        "138\t0013 8000",
        13800138000,
        8613800138000,
    ],
)
def test_mobile_when_spelled_as_usual_then_it_is_read(spelling: str | int) -> None:
    assert judge(spelling) == Mobile("+8613800138000", "chinaPR")
    assert judge(spelling, "chinaPR") == Mobile("+8613800138000", "chinaPR")


@pytest.mark.parametrize(
    "spelling",
    ["１３８００１３８０００", "＋８６　１３８００１３８０００", "\u202d13800138000\u202c", " 13800138000"],
)
def test_mobile_when_mended_then_a_note_tells_it_masked(spelling: str) -> None:
    judged = judge(spelling)

    assert judged.number == "+8613800138000"
    assert [(note.kind, note.cell) for note in judged.notes] == [("mended", "T!D2")]
    assert english(judged.notes[0].message).endswith("it is read as +86138****8000.")


@pytest.mark.parametrize(
    ("spelling", "value", "number"),
    [
        ("07400 123456", "UK", "+447400123456"),
        (7400123456, "uk", "+447400123456"),
        ("447400123456", "UK", "+447400123456"),
        ("+44 7797 712345", "UK", "+447797712345"),
        ("415 555 2671", "usa", "+14155552671"),
        ("+1 416 555 0123", "canada", "+14165550123"),
        ("8 912 345-67-89", "russia", "+79123456789"),
        ("+7 701 234 5678", "kazakhstan", "+77012345678"),
        ("6123 4567", "chinaHKG", "+85261234567"),
        ("0912 345 678", "chinaTPE", "+886912345678"),
        ("+590 690 00 00 00", "saintMartin", "+590690000000"),
        ("+1 829 555 1234", "dominica", "+18295551234"),
        ("955 012 345", "GB", "+245955012345"),
        ("+39 312 345 6789", "italy", "+393123456789"),
    ],
)
def test_mobile_when_the_row_says_its_country_then_it_is_read_there(
    spelling: str | int, value: str, number: str
) -> None:
    judged = judge(spelling, value)

    assert (judged.number, judged.problems) == (number, ())
    assert judged.country == country(value).value


@pytest.mark.parametrize(
    ("spelling", "value"),
    [
        ("+44 7400 123456", "UK"),
        ("0044 7400 123456", "UK"),
        ("+852 6123 4567", "chinaHKG"),
        ("+1 284 300 1234", "BVl"),
        ("+1 787 234 5678", "puertoRico"),
        ("+1 829 555 1234", "dominica"),
        ("+44 7797 712345", "UK"),
    ],
)
def test_mobile_when_only_its_plus_says_the_country_then_that_is_taken(spelling: str, value: str) -> None:
    assert judge(spelling).country == value
    assert judge_mobile(spot(spelling), None, CRITERIA).country == value


@pytest.mark.parametrize(
    ("spelling", "values"), [("+1 415 555 2671", "canada, usa"), ("+7 912 345 6789", "kazakhstan, russia")]
)
def test_mobile_when_its_dial_code_is_shared_then_the_country_must_be_said(
    spelling: str, values: str
) -> None:
    (problem,) = judge(spelling).problems

    assert problem.kind == "country-missing"
    assert values in english(problem.message)


@pytest.mark.parametrize("spelling", ["+354 611 1234", "+1 246 250 1234"])
def test_mobile_when_the_service_has_no_value_for_it_then_only_mail_helps(spelling: str) -> None:
    (problem,) = judge(spelling).problems

    assert problem.kind == "country-unserved"
    assert "e-mail" in english(problem.mend)


def test_mobile_when_another_country_is_the_default_then_it_is_read_there() -> None:
    assert judge("07400 123456", default="UK").number == "+447400123456"


def test_mobile_when_it_belongs_to_another_country_than_the_default_then_refused() -> None:
    (problem,) = judge_mobile(spot("416 555 0123"), None, Criteria(Rules(), country("usa"))).problems

    assert problem.kind == "mobile-country"
    assert "canada" in english(problem.mend)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("1380013800", "mobile-invalid"),
        ("138001380000", "mobile-invalid"),
        ("13800138000 13900139000", "mobile-several"),
        ("+999 123456", "mobile-invalid"),
        ("13800138000.0", "mobile-decimal"),
        ("+491711234567.0", "mobile-decimal"),
        ("0755-28780808", "mobile-type"),
        ("1380013800O", "mobile-characters"),
        ("1-800-FLOWERS", "mobile-characters"),
        ("13800138000 (李)", "mobile-characters"),
        ("13800138000#12", "mobile-characters"),
        ("1380013٨000", "mobile-characters"),
        ("+86+13800138000", "mobile-characters"),
        ("-", "mobile-characters"),
        ("无", "mobile-characters"),
        ("13800138000/13900139000", "mobile-several"),
        ("13800138000；13900139000", "mobile-several"),
        ("13800138000、13900139000", "mobile-several"),
        ("13800138000\n13900139000", "mobile-several"),
        ("13800138000 或 13900139000", "mobile-several"),
        ("13800138000 or 13900139000", "mobile-several"),
        (13800138000.5, "mobile-number"),
        (-13800138000, "mobile-number"),
        (RawCell(CellKind.NUMBER, "1.38E+20"), "mobile-number"),
        (DATE, "mobile-date"),
        (True, "mobile-boolean"),
        (ERROR, "mobile-error"),
        (FORMULA, "mobile-formula"),
    ],
)
def test_mobile_when_bad_then_the_kind_says_why(content: Content, kind: str) -> None:
    judged = judge(content)

    assert (judged.number, judged.country) == (None, None)
    assert [(problem.kind, problem.cell) for problem in judged.problems] == [(kind, "T!D2")]


@pytest.mark.parametrize(
    ("content", "char"), [("1380013800O", "O"), ("+", "+"), ("---", "-"), ("+86+138", "+")]
)
def test_mobile_when_a_character_is_wrong_then_it_is_named(content: str, char: str) -> None:
    (problem,) = judge(content).problems

    assert english(problem.message).startswith(f"{char} (U+")


@pytest.mark.parametrize("sign", ["-", "/", "N/A", "无", "同上"])
def test_mobile_when_a_sign_for_nothing_stands_there_then_it_is_quoted_and_to_be_cleared(sign: str) -> None:
    (problem,) = judge(sign).problems

    assert english(problem.message) == f"{sign} stands in the cell instead of a value."
    assert english(problem.mend) == "Write the value, or clear the cell if there is none."


def test_mobile_when_invalid_then_the_mend_depends_on_what_the_row_says() -> None:
    (alone,) = judge("447400123456").problems
    (with_country,) = judge("123", "chinaPR").problems

    assert "needs + and its country code" in english(alone.mend)
    assert english(with_country.mend) == "Check the number with its owner."


@pytest.mark.parametrize("number", ["+44 7400 123456", "07400 123456"])
def test_country_when_gb_goes_with_a_british_number_then_the_mend_is_uk(number: str) -> None:
    (problem,) = judge(number, "GB").problems

    assert problem.kind == "mobile-country"
    assert english(problem.mend) == (
        "To the service GB is Guinea-Bissau; the United Kingdom is UK. Write UK in T!E2."
    )


@pytest.mark.parametrize(
    ("number", "value", "own", "mend"),
    [
        ("+44 7400 123456", "chinaPR", "UK", "Write UK in T!E2"),
        ("+1 416 555 0123", "usa", "canada", "Write canada in T!E2"),
        ("+354 611 1234", "chinaPR", "IS", "e-mail"),
        ("+8613800138000", "UK", "chinaPR", "Write chinaPR in T!E2"),
    ],
)
def test_country_when_it_contradicts_the_number_then_both_are_told(
    number: str, value: str, own: str, mend: str
) -> None:
    (problem,) = judge(number, value).problems

    assert problem.kind == "mobile-country"
    assert english(problem.message).startswith(f"The number belongs to {own}, but the country is {value} (+")
    assert mend in english(problem.mend)


@pytest.mark.parametrize(
    ("value", "mobile", "meant"),
    [
        (86, MOBILE, "Write chinaPR."),
        ("Chinaa", MOBILE, "Write chinaPR."),
        ("Großbritannien", "+44 7400 123456", "Write UK."),
        ("?", MOBILE, "Write a value of the service's own list, such as chinaPR, UK or usa."),
    ],
)
def test_country_when_the_service_has_no_such_value_then_the_right_one_is_told(
    value: Content, mobile: str, meant: str
) -> None:
    (problem,) = judge(mobile, value).problems

    assert (problem.kind, problem.cell) == ("country-unknown", "T!E2")
    assert english(problem.mend) == meant


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (DATE, "country-date"),
        (True, "country-boolean"),
        (ERROR, "country-error"),
        (FORMULA, "country-formula"),
    ],
)
def test_country_when_the_cell_is_no_text_then_it_is_told(content: Content, kind: str) -> None:
    assert [problem.kind for problem in judge(MOBILE, content).problems] == [kind]


def test_country_when_both_cells_are_bad_then_both_are_told() -> None:
    assert [problem.kind for problem in judge("abc", "xyz").problems] == [
        "mobile-characters",
        "country-unknown",
    ]


@pytest.mark.parametrize("spelling", ["CHINAPR", " chinaPR", "ｃｈｉｎａＰＲ"])
def test_country_when_spelled_otherwise_then_a_note_tells_the_value(spelling: str) -> None:
    judged = judge(MOBILE, spelling)

    assert judged.country == "chinaPR"
    assert [(note.kind, note.cell) for note in judged.notes] == [("country-spelling", "T!E2")]


@settings(deadline=None)  # the first example pays for loading the libraries
@given(filled_cell, filled_cell)
def test_cells_when_they_hold_anything_then_they_are_judged_and_nothing_raised(
    mobile: RawCell, given_country: RawCell
) -> None:
    judged = judge(mobile, given_country)

    assert (judged.number is None) == (judged.country is None) == bool(judged.problems)
    for problem in judged.problems + judged.notes:
        assert english(problem.message)
        assert english(problem.mend)


@settings(deadline=None)  # the first example pays for loading the libraries
@given(st.from_regex(r"[+0-9 ().\-]{5,20}", fullmatch=True), st.sampled_from(["chinaPR", "UK", "usa", "GB"]))
def test_mobile_when_made_of_digits_then_what_is_read_is_e164(text: str, value: str) -> None:
    judged = judge(text, value)

    if judged.number is not None:
        assert judged.number.startswith(country(value).dial_code)
        assert judged.number[1:].isdigit()
        assert len(judged.number) <= 16


@settings(deadline=None, max_examples=500)  # as above
@given(st.from_regex(_CHINESE.pattern.replace("(?!79)", ""), fullmatch=True))
def test_mobile_when_chinese_then_it_is_what_phonenumbers_parses(number: str) -> None:
    found = _CHINESE.fullmatch(number)
    if found is None:
        assert number.removeprefix("+86").startswith("179")
    else:
        assert phonenumbers.PhoneNumber(86, int(found[1])) == phonenumbers.parse(number, "CN")


@pytest.mark.parametrize("between", ["/", ";", "、", "\n", " or ", " OR ", "或"])
def test_mobile_when_the_first_of_several_is_taken_then_a_note_tells_it_masked(between: str) -> None:
    criteria = Criteria(Rules(), country("chinaPR"), first_contact=True)
    judged = judge_mobile(spot(f"138 0013 8000{between}13900139000"), None, criteria)

    assert judged.number == "+8613800138000"
    assert [note.kind for note in judged.notes] == ["first-contact"]
    assert "+86138****8000" in english(judged.notes[0].message)


@pytest.mark.parametrize(
    ("number", "kinds"), [(MOBILE, []), ("+44 7400 123456", []), ("+49 1512 3456789", ["mobile-not-allowed"])]
)
def test_mobile_when_countries_are_listed_then_no_other_is_taken(number: str, kinds: list[str]) -> None:
    allowed = frozenset({country("chinaPR"), country("UK")})
    judged = judge_mobile(spot(number), None, Criteria(Rules(), country("chinaPR"), allow_countries=allowed))

    assert [problem.kind for problem in judged.problems] == kinds
    assert (judged.number is None) == bool(kinds)


@pytest.mark.parametrize("text", ["CN", "cn", "CHN", "China", "china ", "中国", "中国大陆", "prc", "ＣＮ"])
def test_country_when_named_otherwise_then_it_is_read_and_told(text: str) -> None:
    judged = judge(MOBILE, text)

    assert (judged.country, [note.kind for note in judged.notes]) == ("chinaPR", ["country-spelling"])
