"""SNs that one misread letter makes the same."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import sn_key
from batchreset.rows import Contact, Row
from batchreset.sheet.repeats import settled
from tests.unit.sheet.build import english

CONTACT = Contact(email="li@example.com")


def noted(*sns: str) -> list[list[str]]:
    """The cells that each row's look-alike note names."""
    rows = settled([Row(number, sn, CONTACT) for number, sn in enumerate(sns, 2)], lambda row: f"A{row}")
    return [[english(note.message) for note in row.notes if note.kind == "sn-look-alike"] for row in rows]


@pytest.mark.parametrize(
    ("one", "other"), [("21O", "210"), ("21o", "210"), ("2I", "21"), ("2i", "21"), ("2B", "28")]
)
def test_sns_when_they_look_alike_then_each_names_the_other(one: str, other: str) -> None:
    (first,), (second,) = noted(one, other)

    assert first.startswith(f"{one} differs from the SN in A3")
    assert second.startswith(f"{other} differs from the SN in A2")


@pytest.mark.parametrize(
    ("one", "other"), [("2S", "25"), ("2Z", "22"), ("2l", "21"), ("210", "21"), ("210", "2100")]
)
def test_sns_when_they_only_resemble_each_other_then_nothing_is_said(one: str, other: str) -> None:
    assert noted(one, other) == [[], []]


def test_sns_when_they_differ_in_case_only_then_they_are_repeats_and_no_look_alikes() -> None:
    assert noted("2102o", "2102O") == [[], []]


def test_look_alikes_when_repeated_then_a_row_does_not_name_its_own_sn() -> None:
    notes = noted("21O", "210", "210")

    assert "A3, A4" in notes[0][0]
    assert "SN in A2 only" in notes[1][0]
    assert "SN in A2 only" in notes[2][0]


def test_look_alikes_when_there_are_very_many_then_ten_are_named() -> None:
    first, *_ = noted("O", *["0"] * 30)

    assert first[0].count("A") == 10
    assert "A12, …" in first[0]


@given(st.lists(st.text("O0I1B8x", min_size=1, max_size=3), max_size=8), st.randoms(use_true_random=False))
def test_look_alikes_when_rows_change_places_then_the_same_rows_are_noted(
    sns: list[str], random: Random
) -> None:
    shuffled = random.sample(sns, len(sns))

    assert sorted((sn_key(sn), bool(note)) for sn, note in zip(sns, noted(*sns), strict=True)) == sorted(
        (sn_key(sn), bool(note)) for sn, note in zip(shuffled, noted(*shuffled), strict=True)
    )
