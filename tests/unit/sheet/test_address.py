"""The e-mail address: what the library says of one, whichever way it is asked; and the allow-list."""

from __future__ import annotations

import email_validator
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchreset.sheet.address import ascii_domain, judge_email
from tests.unit.sheet.build import english, spot

plain = st.from_regex(r"[A-Za-z0-9._+\-]{1,70}", fullmatch=True)
domains = st.sampled_from(
    [
        "example.com",
        "Example.COM",
        "mail.例子.cn",
        "xn--fsqu00a.cn",
        "localhost",
        "a..b",
        "",
        "x." * 120 + "com",
    ]
) | st.from_regex(r"[a-z0-9.\-]{1,20}", fullmatch=True)


def validated(text: str) -> str | None:
    try:
        return email_validator.validate_email(
            text, check_deliverability=False, allow_smtputf8=False
        ).ascii_email
    except email_validator.EmailNotValidError:
        return None


@settings(deadline=None)  # the first example pays for loading the library
@given(plain, domains)
def test_address_when_its_domain_is_known_already_then_the_library_would_have_said_the_same(
    local: str, domain: str
) -> None:
    text = f"{local}@{domain}"

    assert judge_email(spot(text)).value == validated(text)


@pytest.mark.parametrize(
    ("domain", "plain"),
    [("Example.COM", "example.com"), ("例子.cn", "xn--fsqu00a.cn"), ("example.com.", "example.com")],
)
def test_domain_when_good_then_it_is_as_it_is_compared(domain: str, plain: str) -> None:
    assert ascii_domain(domain) == plain


@pytest.mark.parametrize("domain", ["", "localhost", "a b.com", "a@b.com", "-.com"])
def test_domain_when_no_domain_then_none(domain: str) -> None:
    assert ascii_domain(domain) is None


@pytest.mark.parametrize(
    ("address", "kinds"),
    [
        ("li@example.com", []),
        ("li@EXAMPLE.com", []),
        ("li@sub.example.com", ["email-not-allowed"]),
        ("li@notexample.com", ["email-not-allowed"]),
        ("li@gmail.com", ["email-not-allowed"]),
    ],
)
def test_address_when_domains_are_listed_then_no_other_is_taken(address: str, kinds: list[str]) -> None:
    judged = judge_email(spot(address), allowed=frozenset({"example.com"}))

    assert [problem.kind for problem in judged.problems] == kinds
    assert (judged.value is None) == bool(kinds)


def test_address_when_not_allowed_then_the_option_is_told_and_not_the_address() -> None:
    (problem,) = judge_email(spot("li.na@gmail.com"), allowed=frozenset({"example.com"})).problems

    assert "--allow-domain gmail.com" in english(problem.mend)
    assert "li.na" not in english(problem.message) + english(problem.mend)


@pytest.mark.parametrize("between", ["; ", "；", ",", "，", "、", "/", "\n", "  "])
def test_address_when_the_first_of_several_is_taken_then_a_note_tells_it_masked(between: str) -> None:
    judged = judge_email(spot(f"li@example.com{between}b@example.com"), first_of_several=True)

    assert judged.value == "li@example.com"
    assert judged.notes[-1].kind == "first-contact"
    assert "l***@example.com" in english(judged.notes[-1].message)
