"""What the gateway tells of its own rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.model import Allowance
from batchreset.service.allowance import allowance_of

API, ALLENV = "x-apig-ratelimit-api", "x-apig-ratelimit-api-allenv"
WORDS = "The throttling threshold has been reached: policy user over ratelimit,limit:25,time:1 second"


@pytest.mark.parametrize(
    ("headers", "status", "message", "told"),
    [
        ({}, 200, None, None),
        ({API: "remain:99,limit:100,time:1 minute"}, 200, None, Allowance(100, 60, 99)),
        ({API: "limit:20,time:2 second"}, 400, "x", Allowance(20, 2)),
        # the documented sample (facts.md §5): 100 a minute is tighter than 200 a second
        (
            {ALLENV: "remain:199,limit:200,time:1 second", API: "remain:99,limit:100,time:1 minute"},
            200,
            None,
            Allowance(100, 60, 99),
        ),
        (
            {ALLENV: "remain:0,limit:200,time:1 second", API: "remain:99,limit:100,time:1 minute"},
            200,
            None,
            Allowance(200, 1, 0),
        ),
        ({API: "remain:9,limit:100,time:1 minute"}, 429, WORDS, Allowance(25, 1)),
        ({}, 200, WORDS, None),
        ({API: "remain:0,limit:0,time:1 second"}, 200, None, None),
        ({API: "remain:0,limit:5,time:0 second"}, 200, None, None),
        ({API: "nonsense", "x-other": "limit:5,time:1 second"}, 200, None, None),
    ],
)
def test_allowance_when_told_then_the_tightest(
    headers: dict[str, str], status: int, message: str | None, told: Allowance | None
) -> None:
    assert allowance_of(headers, status, message) == told


@given(st.text(), st.text())
def test_allowance_of_any_text_never_fails(header: str, message: str) -> None:
    allowance_of({API: header}, 429, message)
