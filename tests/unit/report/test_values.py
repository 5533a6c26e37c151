from __future__ import annotations

import pytest

from batchreset.report.values import number_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("-7.0", -7),
        ("2.5", 2.5),
        ("2.10235E+19", 2.10235e19),
        ("1e15", 1e15),
        ("x", "x"),
        ("nan", "nan"),
    ],
)
def test_number_of_when_written_in_a_file_then_as_it_is_meant(text: str, number: float | str) -> None:
    found = number_of(text)
    assert (found, type(found)) == (number, type(number))
