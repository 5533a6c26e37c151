"""I1 to I6 and I9: each finds the case it is for, and no other one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.invariants import check, told
from tests.invariants.values import Resolution
from tests.unit.invariants.build import (
    DAY_S,
    HOUR_S,
    NOW_S,
    attempt,
    broken,
    call,
    ledger,
    report,
    row,
    run,
    sound,
    unprocessed,
)


def test_check_when_all_is_as_it_should_be_finds_nothing() -> None:
    assert check(sound()) == []


@pytest.mark.parametrize(
    "calls",
    [
        [call(), call("nobody's")],
        [call(), call()],
        [call(sn="T2")],
        [call(intent_seen=False)],
        [call(at_s=NOW_S - 60)],
    ],
    ids=["no intent", "one intent for two", "another terminal's", "not yet durable", "intent after the call"],
)
def test_i1_when_a_call_has_no_intent_of_its_own_before_it_finds_it(calls: list[Any]) -> None:
    assert broken(sound(calls=calls)) >= {"I1"}


def test_i1_when_the_clocks_differ_by_a_second_takes_it_for_that() -> None:
    assert broken(sound(calls=[call(at_s=NOW_S - 2, intent_seen=True)])) == set()


def test_i2_when_succeeded_was_never_processed_finds_attempt_and_row() -> None:
    found = check(sound(calls=[unprocessed()]))
    assert [violation.invariant for violation in found] == ["I2", "I2"]
    assert "T1" in told(found)


def test_i2_when_a_person_says_it_arrived_believes_it() -> None:
    said = ledger(attempt(state="unknown", resolved="arrived"))
    assert broken(sound(calls=[unprocessed()], ledger=said)) == set()


@pytest.mark.parametrize(
    ("seen", "wrong"),
    [
        ([], False),
        ([unprocessed(status=401)], False),
        ([unprocessed(status=429)], False),
        ([unprocessed(status=503, by_gateway=True)], False),
        ([unprocessed(status=503)], True),
        ([unprocessed()], True),
        ([unprocessed(status=500)], True),
        ([call(status=429)], True),
    ],
)
def test_i3_when_kept_as_never_sent_wants_proof(seen: list[Any], wrong: bool) -> None:
    kept = ledger(attempt(state="unprocessed"))
    found = broken(sound(calls=seen, ledger=kept, reports=[report(row("not_sent"))], faultless=False))
    assert ("I3" in found) is wrong


@pytest.mark.parametrize(
    ("fields", "made_at_s", "wrong"),
    [
        ({}, NOW_S + 60, True),
        ({"resolved": "arrived"}, NOW_S + 60, True),
        ({"resolved": "not_arrived"}, NOW_S + 60, False),
        ({"resolved": "retried"}, NOW_S + 60, False),
        ({}, NOW_S + 11 * DAY_S, False),
    ],
)
def test_i3_when_told_as_not_sent_but_processed_wants_somebody_to_have_given_it_over(
    fields: dict[str, Any], made_at_s: float, wrong: bool
) -> None:
    kept = ledger(attempt(state="unknown", **fields))
    reports = [report(row("not_sent"), made_at_s=made_at_s)]
    assert ("I3" in broken(sound(ledger=kept, reports=reports, faultless=False))) is wrong


def test_i4_when_a_refused_call_was_processed_finds_attempt_and_row() -> None:
    evidence = sound(ledger=ledger(attempt(state="refused")), reports=[report(row("failed"))])
    assert [violation.invariant for violation in check(evidence)] == ["I4", "I4"]


def test_i4_when_refused_unprocessed_or_after_a_call_given_over_finds_nothing() -> None:
    first = attempt("a0", "unknown", NOW_S - HOUR_S, resolved="not_arrived")
    evidence = sound(
        calls=[call("a0", at_s=NOW_S - HOUR_S), unprocessed(status=400)],
        ledger=ledger(first, attempt(state="refused", run="R2")),
        reports=[report(row("failed", attempts=2))],
    )
    assert broken(evidence) == {"C1"}, "no more than that nobody's word is on record before the second"


def times(*at_s: float, **fields: Any) -> dict[str, Any]:
    """Calls of many jobs to one terminal at these times."""
    return {
        "calls": [call(f"a{n}", at_s=at, **fields) for n, at in enumerate(at_s)],
        "ledger": ledger(
            *(attempt(f"a{n}", at_s=at - 1, job=f"J{n}", run=f"R{n}") for n, at in enumerate(at_s))
        ),
        "reports": [],
    }


@pytest.mark.parametrize(
    ("last_s", "wrong"), [(5 * HOUR_S, True), (DAY_S - 1, True), (DAY_S, False), (2 * DAY_S, False)]
)
def test_i5_when_a_sixth_call_falls_into_any_24_hours_finds_it(last_s: float, wrong: bool) -> None:
    at_s = [NOW_S + hours * HOUR_S for hours in (0, 1, 2, 3, 4)]
    assert ("I5" in broken(sound(**times(*at_s, NOW_S + last_s)))) is wrong


def test_i5_counts_a_lost_call_where_it_came_and_not_one_that_is_proven_unprocessed() -> None:
    at_s = [NOW_S + hours * HOUR_S for hours in range(6)]
    assert "I5" in broken(sound(**times(*at_s, processed=False, processed_at_s=None, status=None)))
    assert "I5" not in broken(sound(**times(*at_s, processed=False, processed_at_s=None, status=401)))


def test_i5_counts_from_when_a_call_was_processed_and_terminals_ignoring_case() -> None:
    late = sound(**times(*[NOW_S + hours * HOUR_S for hours in (0, 1, 2, 3, 4)]))
    sixth = call("late", "t1", NOW_S + 23 * HOUR_S, processed_at_s=NOW_S + DAY_S + 1)
    calls = [*late.calls, sixth]
    assert "I5" not in broken(sound(**{**times(NOW_S), "calls": calls}))
    early = call("late", "t1", NOW_S + 23 * HOUR_S)
    assert "I5" in broken(sound(**{**times(NOW_S), "calls": [*late.calls, early]}))


def twice(gap_s: float = HOUR_S, first: dict[str, Any] | None = None, **runs: Any) -> Any:
    """Two processed calls of one job, the first of whose answers was lost."""
    before = attempt("a0", "unknown", NOW_S - gap_s, run="R0", **(first or {}))
    kept = ledger(before, attempt(), runs={"R0": run("R0"), "R": run("R", **runs)})
    calls = [call("a0", at_s=NOW_S - gap_s), call()]
    return sound(calls=calls, ledger=kept, reports=[report(row(attempts=2))])


def test_i6_when_a_job_resets_a_terminal_twice_unasked_finds_it() -> None:
    assert broken(twice()) == {"I6", "C1"}
    assert "I6" in broken(twice(first={"resolved": "retried"})), "nobody has asked for that"
    assert "I6" in broken(twice(again=True)), "--again speaks of codes that live, not of lost answers"


def test_i6_when_a_person_asked_for_more_or_the_blocking_ran_out_finds_nothing() -> None:
    assert broken(twice(first={"resolved": "retried"}, retry_unknown=True)) == set()
    assert "I6" not in broken(twice(first={"resolved": "not_arrived"}))
    assert broken(twice(gap_s=10 * DAY_S + 60)) == set()


def test_i6_when_the_same_run_sends_again_finds_it_whatever_was_asked() -> None:
    kept = ledger(attempt("a0", "unknown", NOW_S - 60), attempt(), runs={"R": run("R", retry_unknown=True)})
    evidence = sound(calls=[call("a0", at_s=NOW_S - 60), call()], ledger=kept, reports=[])
    assert broken(evidence) == {"I6", "C1"}


@pytest.mark.parametrize(
    ("spaces_s", "wrong"),
    [
        ([0.2] * 60, False),
        ([1.0] * 5 + [0.15] * 6 + [1.0] * 5, True),
        ([0.19] * 59, True),
        ([0.5] * 10, False),
    ],
    ids=["even", "a burst in one second", "a little too fast for ten seconds", "slow"],
)
def test_i9_when_a_second_or_ten_hold_too_many_calls_finds_it(spaces_s: list[float], wrong: bool) -> None:
    at_s = [NOW_S + sum(spaces_s[:place]) for place in range(len(spaces_s) + 1)]
    calls = [call(f"a{n}", f"T{n}", at) for n, at in enumerate(at_s)]
    kept = ledger(*(attempt(f"a{n}", at_s=at - 0.1, sn=f"T{n}") for n, at in enumerate(at_s)))
    evidence = sound(calls=calls, ledger=kept, reports=[], rate=5.0)
    assert ("I9" in broken(evidence)) is wrong
    assert "I9" not in broken(sound(calls=calls, ledger=kept, reports=[], rate=5.0, stopped=["R"]))
    assert "I9" not in broken(sound(calls=calls, ledger=kept, reports=[], rate=None))


def test_i9_judges_each_run_by_itself_and_by_a_clock_that_nobody_sets() -> None:
    at_s = [NOW_S + place * 0.2 for place in range(20)]
    both = [(f"{name}{n}", name, at) for name in ("x", "y") for n, at in enumerate(at_s)]
    calls = [call(id_, id_, NOW_S, steady_s=at) for id_, _, at in both]
    kept = ledger(*(attempt(id_, at_s=at - 9, sn=id_, run=name) for id_, name, at in both))
    assert broken(sound(calls=calls, ledger=kept, reports=[])) == set()


def test_c1_when_a_lost_answer_is_passed_over_finds_it_in_other_jobs_too() -> None:
    lost = attempt("a0", "unknown", NOW_S - HOUR_S, job="K", run="R0")
    calls = [unprocessed("a0", at_s=NOW_S - HOUR_S), call()]
    assert broken(sound(calls=calls, ledger=ledger(lost, attempt()))) == {"C1"}
    refused = attempt("a0", "refused", NOW_S - HOUR_S, job="K", run="R0")
    seen = [unprocessed("a0", at_s=NOW_S - HOUR_S, status=400), call()]
    assert broken(sound(calls=seen, ledger=ledger(refused, attempt()))) == set()


def test_c1_when_it_was_settled_by_hand_before_finds_nothing_and_after_finds_it() -> None:
    lost = attempt("a0", "unknown", NOW_S - HOUR_S, job="K", run="R0", resolved="not_arrived")
    calls = [unprocessed("a0", at_s=NOW_S - HOUR_S), call()]
    kept = ledger(lost, attempt())
    for seq, wrong in ((1, set[str]()), (3, {"C1"})):
        said = Resolution(seq=seq, attempt="a0", said="not_arrived")
        numbered = ledger(*kept.attempts, resolutions=[said])
        assert broken(sound(calls=calls, ledger=numbered)) == wrong


@pytest.mark.parametrize(
    ("first", "asked", "wrong"),
    [
        ({"job": "K"}, {}, True),
        ({"job": "K"}, {"again": True}, False),
        ({"job": "J"}, {"again": True}, True),
        ({"job": "K", "at_s": NOW_S - 11 * DAY_S}, {}, False),
    ],
    ids=["alive", "asked for", "its own", "dead by now"],
)
def test_c2_when_a_living_code_is_killed_unasked_finds_it(
    first: dict[str, Any], asked: dict[str, Any], wrong: bool
) -> None:
    at_s = first.pop("at_s", NOW_S - HOUR_S)
    before = attempt("a0", at_s=at_s, run="R0", **first)
    kept = ledger(before, attempt(), runs={"R0": run("R0"), "R": run("R", **asked)})
    evidence = sound(calls=[call("a0", at_s=at_s + 0.1), call()], ledger=kept, reports=[])
    assert ("C2" in broken(evidence)) is wrong
