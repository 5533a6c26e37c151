"""What `activated` found stands in the rows whose reset is confirmed, and in no other."""

from __future__ import annotations

from datetime import timedelta

from batchreset.model import Status
from batchreset.report.activation import with_activation
from batchreset.reported import Activation
from batchreset.text import Text, msg
from tests.unit.report.build import NOW, report, result

ENTER = msg("Enter the new code.")
FOUND = Activation(
    asked_at=NOW,
    told=frozenset("abcfl"),
    alive=frozenset("abfl"),
    before=frozenset("b"),
)


def steps(found: Activation | None) -> dict[str, str]:
    early, late = NOW - timedelta(hours=1), NOW + timedelta(seconds=1)
    rows = [
        *(result(n, sn, next_step=ENTER, last_attempt_at=early) for n, sn in enumerate("ABCD", 2)),
        result(6, "F", Status.FAILED, next_step=ENTER, last_attempt_at=early),
        result(7, "L", next_step=ENTER, last_attempt_at=late),
    ]
    text = Text()
    return {one.row.sn: text(one.next_step) for one in with_activation(report(rows), found).results}


def test_with_activation_when_nobody_asked_then_nothing_is_said() -> None:
    assert set(steps(None).values()) == {"Enter the new code."}


def test_with_activation_then_each_confirmed_row_says_what_was_found_of_its_terminal() -> None:
    said = steps(FOUND)
    assert said["A"].startswith("Nothing: the terminal has come alive since the reset")
    assert said["B"].endswith("but so it was before the reset. Enter the new code.")
    assert said["C"].startswith("Not alive yet on ")
    assert said["C"].endswith(". Enter the new code.")
    assert {said[sn] for sn in "DFL"} == {"Enter the new code."}, "not told, refused, called since"


def test_with_activation_without_a_preflight_then_since_is_not_claimed() -> None:
    unknown_before = Activation(NOW, FOUND.told, FOUND.alive)
    assert steps(unknown_before)["A"] == steps(unknown_before)["B"]
    assert "since" not in steps(unknown_before)["A"]
