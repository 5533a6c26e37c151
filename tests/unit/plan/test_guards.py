"""What in a plan is surprising, with which figures, and what a job is compared with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import AttemptState, Job, Status, Wishes
from batchreset.plan.build import Plan, make_plan
from batchreset.plan.guards import Ended, Guard, Surprise, last_ended, refusal, surprises
from batchreset.rows import Column, Contact, Row
from batchreset.text import LANGS, Text
from tests.unit.build import NOW, RULES, attempt, row

EN = Text("en-US")
PARTED = Column(1, "A", "SN"), Column(5, "E", "Mobile")


def job(number: int = 1, **fields: Any) -> Job:
    values: dict[str, Any] = {
        "id": f"job-{number}",
        "created_at": NOW,
        "input_path": Path("/sites/site.xlsx"),
        "input_sha256": "",
        "sheet": "Terminals",
        "output_dir": Path(f"/output/job-{number}"),
        "lang": "en-US",
        "simulated": True,
        "endpoint": "http://127.0.0.1",
        "operator": "li",
    }
    return Job(**{**values, **fields})


def ended(rows: int = 0, invalid: int = 0, *, of: Job | None = None) -> Ended:
    return Ended(of or job(), NOW, {Status.SUCCEEDED: rows - invalid, Status.INVALID: invalid})


def good(count: int, first: int = 2) -> list[Row]:
    """Rows with a contact each."""
    return [
        row(n, f"A{n}", contact=Contact(f"+86138{n:08d}", "chinaPR", f"u{n}@example.com"))
        for n in range(first, first + count)
    ]


def bad(count: int) -> list[Row]:
    return [row(n, f"B{n}", contact=None) for n in range(5000, 5000 + count)]


def planned(rows: Iterable[Row], *, first: int | None = None, recent: Iterable[str] = ()) -> Plan:
    """A plan in which the terminals `recent` have a living code."""
    history = {sn.casefold(): [attempt(AttemptState.SUCCEEDED, job="other", sn=sn)] for sn in recent}
    return make_plan(
        list(rows),
        history,
        job="job",
        wishes=Wishes(),
        digest=lambda contact: "digest" if contact else "",
        now=NOW,
        rules=RULES,
        only_first=first,
    )


def found(plan: Plan, before: Ended | None = None, most: int = 50) -> dict[str, Surprise]:
    return {str(surprise.kind): surprise for surprise in surprises(plan, before, max_per_contact=most)}


# more rows


@pytest.mark.parametrize(
    ("before", "to_send", "surprising"),
    [
        (10, 59, False),
        (10, 60, True),
        (60, 120, False),
        (60, 121, True),
        (200, 400, False),
        (200, 401, True),
        (0, 49, False),
        (0, 50, True),
    ],
)
def test_more_rows_are_more_than_twice_and_at_least_fifty_more(
    before: int, to_send: int, surprising: bool
) -> None:
    assert ("more-rows" in found(planned(good(to_send)), ended(before))) is surprising


def test_more_rows_of_a_sheet_never_run_are_no_surprise() -> None:
    assert found(planned(good(5000))) == {}


def test_more_rows_are_counted_by_what_would_be_sent() -> None:
    rows = good(500)
    assert "more-rows" in found(planned(rows), ended(50))
    assert found(planned(rows, first=100), ended(50)) == {}
    assert found(planned(rows, recent=[r.sn for r in rows[:400]]), ended(50)) == {}
    assert found(planned([*good(90), *bad(80)]), ended(50, 50)) == {}


def test_more_rows_are_told_with_both_figures_the_job_and_the_flag() -> None:
    told = found(planned(good(300)), ended(20, of=job(7)))["more-rows"]
    text = EN(told.message)
    assert text.startswith("300 rows are to be sent, but the sheet had only 20 rows when job job-7 ended on ")
    assert "--accept more-rows" in EN(told.hint)


# invalid rows


@pytest.mark.parametrize(
    ("invalid", "usable", "surprising"),
    [(9, 1, False), (10, 9, True), (10, 10, False), (51, 50, True), (50, 50, False)],
)
def test_invalid_rows_are_more_than_half_and_at_least_ten(
    invalid: int, usable: int, surprising: bool
) -> None:
    told = found(planned([*good(usable), *bad(invalid)]))
    assert ("invalid-rows" in told) is surprising
    if surprising:
        text = EN(told["invalid-rows"].message)
        assert text == f"{invalid} of the sheet's {invalid + usable} rows can't be used."
        assert "--accept invalid-rows" in EN(told["invalid-rows"].hint)


@pytest.mark.parametrize(("before", "surprising"), [(0, True), (29, True), (30, False), (40, False)])
def test_invalid_rows_that_were_there_when_it_last_ran_are_no_surprise(before: int, surprising: bool) -> None:
    plan = planned([*good(5), *bad(30)])
    assert ("invalid-rows" in found(plan, ended(100, before))) is surprising


# one contact


def sharing(count: int, **contact: str) -> list[Row]:
    return [replace(r, contact=Contact(**contact)) for r in good(count)]


@pytest.mark.parametrize("contact", [{"mobile": "+8613800138000"}, {"email": "desk@example.com"}])
def test_one_contact_is_one_mobile_or_address_for_more_terminals_than_set(contact: dict[str, str]) -> None:
    assert found(planned(sharing(50, **contact))) == {}
    assert "one-contact" in found(planned(sharing(51, **contact)))
    assert found(planned(sharing(51, **contact)), most=51) == {}


def test_one_contact_is_seen_beside_another_that_differs_and_in_any_case() -> None:
    rows = good(60)
    for n, r in enumerate(rows):
        assert r.contact is not None
        email = "Desk@Example.com" if n % 2 else "desk@example.com"
        rows[n] = replace(r, contact=replace(r.contact, email=email))
    told = EN(found(planned(rows))["one-contact"].message)
    assert told == "One contact would get the codes of more than 50 terminals: d***@example.com (60)."


def test_one_contact_counts_only_rows_that_would_be_sent() -> None:
    rows = sharing(60, email="desk@example.com")
    assert found(planned(rows, first=50)) == {}
    assert found(planned(rows, recent=[r.sn for r in rows[:10]])) == {}
    assert found(planned([*rows[:50], *(replace(r, duplicate_of=2) for r in rows[50:])])) == {}


def test_one_contact_names_those_with_the_most_first_masked_and_a_few() -> None:
    rows = [
        replace(r, contact=Contact(email=f"{'abcd'[n % 4]}@example.com"))
        for n, r in enumerate(good(20))
        if n not in (3, 7)
    ]
    told = found(planned(rows), most=2)["one-contact"]
    assert EN(told.message).endswith(": a***@example.com (5), b***@example.com (5), c***@example.com (5), ….")
    assert "--accept one-contact" in EN(told.hint)
    assert "max_per_contact" in EN(told.hint)


def test_contact_is_masked_in_every_language() -> None:
    rows = sharing(60, mobile="+8613800138000", email="desk@example.com")
    (told,) = found(planned(rows)).values()
    for lang in LANGS:
        text = Text(lang)(told.message)
        assert re.search(r"\+86138\*{4}8000 \(60\)(, |、)d\*{3}@example\.com \(60\)", text)


# all of them


def test_plan_that_sends_nothing_surprises_nobody() -> None:
    rows = sharing(60, email="desk@example.com")
    plan = planned([*rows, *bad(99)], recent=[r.sn for r in rows])
    assert found(plan, ended(1)) == {}


def every_surprise() -> tuple[Surprise, ...]:
    plan = planned([*sharing(60, email="desk@example.com"), *bad(61)])
    return surprises(plan, ended(3), max_per_contact=50, parted=PARTED)


def test_refusal_names_all_that_is_not_accepted_and_has_the_code_of_the_first() -> None:
    told = every_surprise()
    assert [surprise.kind for surprise in told] == list(Guard)
    error = refusal(told, {"more-rows"})
    assert error is not None
    assert (error.code, error.exit_code) == ("guard-invalid-rows", 4)
    assert "61 of the sheet's 121 rows" in EN(error.message)
    assert "d***@example.com (60)" in EN(error.message)
    assert "60 rows are to be sent" not in EN(error.message)
    assert EN(error.message).endswith("Nothing was sent.")
    assert "--accept invalid-rows" in EN(error.hint)
    assert "--accept one-contact" in EN(error.hint)


@given(st.sets(st.sampled_from(list(Guard))))
def test_refusal_is_there_unless_every_surprise_is_accepted(accepted: set[Guard]) -> None:
    assert (refusal(every_surprise(), accepted) is None) == (accepted == set(Guard))


def test_refusal_of_no_surprise_is_none() -> None:
    assert refusal((), ()) is None


# what a plan is compared with


def compared(this: Job, *known: Job, gone: Iterable[Path] = ()) -> str | None:
    """The id of the job `this` is compared with; `known` are oldest first."""
    missing = set(gone)
    newest_first = [ended(of=one) for one in reversed(known)]
    before = last_ended(this, newest_first, lambda path: path not in missing)
    return None if before is None else before.job.id


HERE = Path("/sites/site.xlsx")
MOVED = Path("/archive/site.xlsx")


def test_job_is_compared_with_itself_first() -> None:
    assert compared(job(1), job(1), job(2), job(3)) == "job-1"


def test_new_job_is_compared_with_the_newest_of_the_same_sheet() -> None:
    assert compared(job(3), job(1), job(2)) == "job-2"
    assert compared(job(3)) is None


def test_other_sheet_of_a_workbook_is_another_sheet() -> None:
    assert compared(job(3), job(1), job(2, sheet="Old")) == "job-1"


def test_moved_sheet_is_known_by_its_name_where_the_old_file_is_gone() -> None:
    this, old = job(3, input_path=MOVED), job(1)
    assert compared(this, old, gone=[HERE]) == "job-1"
    assert compared(this, old) is None, "two sites may keep lists of the same name"
    assert compared(this, job(1, sheet="Old"), gone=[HERE]) is None


def test_file_at_its_place_goes_before_a_newer_one_that_has_its_name() -> None:
    assert compared(job(3), job(1), job(2, input_path=MOVED), gone=[MOVED]) == "job-1"


def test_todo_list_is_compared_with_the_job_it_is_of_and_with_no_other() -> None:
    this = job(3, input_path=Path("/output/job-1/todo.xlsx"))
    assert compared(this, job(1), job(2)) == "job-1"
    other = job(2, input_path=Path("/gone/todo.xlsx"))
    assert compared(this, other, gone=[other.input_path]) is None


# two lists


def test_two_lists_are_a_surprise_wherever_anything_is_to_be_sent() -> None:
    (surprise,) = surprises(planned(good(1)), None, max_per_contact=50, parted=PARTED)
    assert surprise.kind == "two-lists"
    assert (
        EN(surprise.message)
        == "The SNs (column A) and the contacts (column E) may be two lists side by side."
    )
    assert "--accept two-lists" in EN(surprise.hint)
    assert surprises(planned([]), None, max_per_contact=50, parted=PARTED) == ()
