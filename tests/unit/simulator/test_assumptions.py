from __future__ import annotations

import random
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from batchreset.errors import UsageError
from batchreset.model import Rules
from batchreset.simulator.api import Endpoint
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.gateway import Throttle, latency_s, response_headers, too_large
from batchreset.simulator.notes import NOTES, Standing
from batchreset.simulator.replies import Reply, Why, refuse
from batchreset.text.catalogue import Text
from tests.unit.simulator.calls import NOW

# --- assumptions


def test_describe_when_asked_then_every_field_has_standing_source_and_sentence() -> None:
    described = Assumptions(quota_calls=3).describe()
    assert [one.name for one in described] == [one.name for one in fields(Assumptions)]
    assert described[0].value == "3"
    for one in described:
        assert isinstance(one.standing, Standing)
        assert re.fullmatch(r"§\d+(\.\d+)?", one.source)
        assert Text()(one.meaning).endswith(".")


def test_notes_when_counted_then_one_for_each_field_and_no_other() -> None:
    assert list(NOTES) == [one.name for one in fields(Assumptions)]


def test_describe_when_a_value_is_changed_then_only_that_one_is_no_default() -> None:
    changed = [one for one in Assumptions(sms_enabled=False).describe() if not one.default]
    assert [(one.name, one.value) for one in changed] == [("sms_enabled", "false")]


# facts.md §13: what was looked for and not found, as far as it is the service's doing. Not of the
# simulator: 7 (titles of a spreadsheet), 8 (a page of the documents), 10 (a signature vector).
UNKNOWN = {
    "§13.1": [
        "unknown_terminal",
        "other_enterprise",
        "quota_used",
        "disabled",
        "no_activation_code",
        "sms_off",
    ],
    "§13.2": ["quota_window", "quota_zone_hours", "refused_calls_count"],
    "§13.3": ["rate_calls", "rate_per", "rate_covers_login", "rate_headers", "rate_retry_after"],
    "§13.4": ["reset_unbinds", "reset_updates_contact", "old_code_dies"],
    "§13.5": ["code_length", "code_alphabet", "code_life_days"],
    "§13.6": ["sn_case_matters", "country_checked", "country_must_fit"],
    "§13.9": ["header_max_bytes", "tls_newest", "echo_request_id"],
}


@pytest.mark.parametrize("place", UNKNOWN)
def test_notes_when_facts_call_a_point_unknown_then_it_can_be_switched(place: str) -> None:
    switches = {name for name, note in NOTES.items() if note.source == place}
    if place == "§13.1":  # each has a code and an HTTP status
        assert switches == {f"{part}_{name}" for name in UNKNOWN[place] for part in ("code", "status")}
    else:
        assert switches == {*UNKNOWN[place]}


def test_describe_when_code_is_invented_then_the_sentence_says_so() -> None:
    for one in Assumptions().describe():
        if one.value.startswith("USG.201059"):
            assert "Invented" in Text()(one.meaning)
            assert one.standing is Standing.UNKNOWN


def test_defaults_when_unchanged_then_those_of_the_products_own_rules() -> None:
    rules, assumed = Rules(), Assumptions()
    assert timedelta(seconds=assumed.quota_window_s) == rules.quota_window
    assert (assumed.quota_calls, assumed.sn_max_length) == (rules.quota_calls, rules.sn_max_length)
    assert timedelta(days=assumed.code_life_days) == rules.freshness


@pytest.mark.parametrize("value", [-1, 1e9, float("nan")])
def test_assumptions_when_a_number_is_impossible_then_usage_error(value: float) -> None:
    with pytest.raises(UsageError):
        Assumptions(latency_median_s=value)


# --- latency


def test_latency_when_none_then_zero() -> None:
    assert latency_s(Assumptions(), random.Random(1)) == 0


def test_latency_when_documented_then_median_and_tp99_are_met() -> None:
    dice, assumed = random.Random(1), Assumptions().with_documented_latency()
    times = sorted(latency_s(assumed, dice) for _ in range(20_000))
    assert times[10_000] == pytest.approx(0.100, rel=0.03)
    assert times[19_800] == pytest.approx(0.369, rel=0.05)


def test_latency_when_tail_is_below_the_median_then_always_the_median() -> None:
    assumed = Assumptions(latency_median_s=0.2)
    assert latency_s(assumed, random.Random(1)) == pytest.approx(0.2)


# --- the gateway's rate


def test_throttle_when_no_rate_then_never_and_no_header() -> None:
    throttle = Throttle(Assumptions())
    assert throttle.refuse(Endpoint.RESET, NOW) is None
    assert throttle.header(Endpoint.RESET) == ()


def test_throttle_when_rate_is_used_up_then_429_until_the_span_is_over() -> None:
    throttle = Throttle(Assumptions(rate_calls=2))
    at = NOW + timedelta(seconds=10)
    replies = [throttle.refuse(Endpoint.RESET, at) for _ in range(3)]
    assert replies[:2] == [None, None]
    assert replies[2] is not None
    assert (replies[2].status, replies[2].code, replies[2].headers) == (429, "APIG.0308", ())
    assert replies[2].en.endswith("limit:2,time:1 minute")
    assert throttle.refuse(Endpoint.SEARCH, at) is None
    assert throttle.refuse(Endpoint.RESET, NOW + timedelta(seconds=60)) is None


def test_throttle_when_retry_after_is_assumed_then_seconds_to_the_next_span() -> None:
    throttle = Throttle(Assumptions(rate_calls=1, rate_retry_after=True))
    at = NOW + timedelta(seconds=10, milliseconds=500)
    throttle.refuse(Endpoint.RESET, at)
    reply = throttle.refuse(Endpoint.RESET, at)
    assert reply is not None
    assert reply.headers == (("Retry-After", "50"),)


def test_throttle_when_rate_is_set_then_header_as_documented() -> None:
    throttle = Throttle(Assumptions(rate_calls=100, rate_per="second"))
    throttle.refuse(Endpoint.RESET, NOW)
    assert throttle.header(Endpoint.RESET) == (("X-APIG-Ratelimit-Api", "remain:99,limit:100,time:1 second"),)


def test_throttle_when_rate_is_hidden_then_it_holds_without_a_header() -> None:
    throttle = Throttle(Assumptions(rate_calls=1, rate_headers=False))
    assert throttle.refuse(Endpoint.RESET, NOW) is None
    assert throttle.header(Endpoint.RESET) == ()
    assert throttle.refuse(Endpoint.RESET, NOW) is not None


def test_throttle_when_login_is_left_out_then_it_has_no_rate() -> None:
    throttle = Throttle(Assumptions(rate_calls=1, rate_covers_login=False))
    assert [throttle.refuse(Endpoint.AUTH, NOW) for _ in range(3)] == [None] * 3


def test_headers_when_longer_than_assumed_then_too_large() -> None:
    headers = [(b"X-A", b"a" * 93), (b"X-B", b"b" * 93)]  # 100 bytes each, with colon, blank and line end
    assert not too_large(headers, Assumptions(header_max_bytes=200))
    assert too_large(headers, Assumptions(header_max_bytes=199))
    assert not too_large(headers, Assumptions())


# --- answers


def test_response_headers_when_answered_then_as_the_documented_sample() -> None:
    headers = response_headers(Reply(200), "a" * 32, datetime(2019, 12, 18, 6, 20, 40, tzinfo=UTC))
    assert headers == {
        "Date": "Wed, 18 Dec 2019 06:20:40 GMT",
        "Content-Type": "application/json;charset=UTF-8",
        "Server": "api-gateway",
        "X-Request-Id": "a" * 32,
        "Pragma": "No-cache",
        "Cache-Control": "no-cache",
    }


@pytest.mark.parametrize("why", list(Why))
def test_refuse_when_any_reason_then_status_code_and_both_languages(why: Why) -> None:
    reply = refuse(why, Assumptions(), "sn")
    assert reply.status >= 400
    assert re.fullmatch(r"(USG\.\d{9}|APIG\.\d{4})", reply.code)
    assert reply.zh
    assert reply.en
    assert "{" not in reply.zh + reply.en


def test_refuse_when_quota_is_used_up_then_only_that_sentence_sounds_like_a_quota() -> None:
    words = re.compile(r"24 ?h|小时|times|次数|limit|上限|exceed|超过|frequent|频繁", re.IGNORECASE)
    for why in set(Why) - {Why.THROTTLED}:
        reply = refuse(why, Assumptions(), "sn")
        found = {bool(words.search(reply.zh)), bool(words.search(reply.en))}
        assert found == {why is Why.QUOTA_USED}, why
