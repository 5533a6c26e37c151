from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from batchreset.simulator.replies import Why
from batchreset.simulator.tokens import REFRESH_LIFE_S, Token, Tokens
from tests.unit.simulator.calls import ADMIN, NOW


def make(per_user: int = 64, life_s: int | None = None) -> Tokens:
    return Tokens(per_user, life_s, random.Random(1))


def test_issue_when_life_is_documented_then_it_lies_between_12_and_24_hours() -> None:
    tokens = make()
    lives = [tokens.issue(ADMIN, NOW).life_s for _ in range(50)]
    assert all(12 * 3600 <= life <= 24 * 3600 for life in lives)
    assert len(set(lives)) > 1


def test_issue_when_asked_then_times_agree_with_each_other() -> None:
    token = make(life_s=56326).issue(ADMIN, NOW)
    assert token.expires_s == token.created_ms // 1000 + 56326
    assert (len(token.value), token.value[:3]) == (40, "cnr")


def test_find_when_token_lives_then_it_is_returned() -> None:
    tokens = make(life_s=60)
    token = tokens.issue(ADMIN, NOW)
    assert tokens.find(token.value, NOW + timedelta(seconds=59)) is token


def test_find_when_token_has_expired_then_unknown() -> None:
    tokens = make(life_s=60)
    token = tokens.issue(ADMIN, NOW)
    assert tokens.find(token.value, NOW + timedelta(seconds=60)) is Why.TOKEN_UNKNOWN


def test_find_when_header_is_missing_then_unknown() -> None:
    assert make().find(None, NOW) is Why.TOKEN_UNKNOWN


def test_issue_when_64_live_then_only_the_oldest_is_put_out() -> None:
    tokens = make()
    issued = [tokens.issue(ADMIN, NOW) for _ in range(65)]
    assert tokens.find(issued[0].value, NOW) is Why.TOKEN_EVICTED
    assert all(isinstance(tokens.find(token.value, NOW), Token) for token in issued[1:])


def test_issue_when_fewer_than_64_live_then_none_is_put_out() -> None:
    tokens = make()
    issued = [tokens.issue(ADMIN, NOW) for _ in range(40)]
    assert all(tokens.find(token.value, NOW) is token for token in issued)


def test_issue_when_another_user_logs_in_then_the_first_keeps_its_token() -> None:
    tokens = make(per_user=1)
    first = tokens.issue(ADMIN, NOW)
    tokens.issue(replace(ADMIN, user_id="other"), NOW)
    assert tokens.find(first.value, NOW) is first


def test_issue_when_no_api_caller_then_one_token_at_a_time() -> None:
    tokens = make()
    holder = replace(ADMIN, client_type=55)
    api, first, second = tokens.issue(ADMIN, NOW), tokens.issue(holder, NOW), tokens.issue(holder, NOW)
    assert tokens.find(first.value, NOW) is Why.TOKEN_EVICTED
    assert tokens.find(second.value, NOW) is second
    assert tokens.find(api.value, NOW) is api


def test_issue_when_old_ones_have_expired_then_these_take_no_room() -> None:
    tokens = make(per_user=2, life_s=60)
    tokens.issue(ADMIN, NOW)
    later = NOW + timedelta(seconds=61)
    kept = tokens.issue(ADMIN, later)
    tokens.issue(ADMIN, later)
    assert tokens.find(kept.value, later) is kept


def test_refresh_when_refresh_token_is_given_then_new_token_and_the_old_refresh_is_spent() -> None:
    tokens = make()
    old = tokens.issue(ADMIN, NOW)
    new = tokens.refresh(old.refresh, NOW)
    assert isinstance(new, Token)
    assert new.value != old.value
    assert tokens.refresh(old.refresh, NOW) is Why.TOKEN_UNKNOWN


def test_refresh_when_access_token_is_given_then_new_token() -> None:
    tokens = make()
    assert isinstance(tokens.refresh(tokens.issue(ADMIN, NOW).value, NOW), Token)


def test_refresh_when_30_days_are_over_then_unknown() -> None:
    tokens = make()
    old = tokens.issue(ADMIN, NOW)
    assert tokens.refresh(old.refresh, NOW + timedelta(seconds=REFRESH_LIFE_S)) is Why.TOKEN_UNKNOWN


def test_drop_when_logged_out_then_neither_token_works() -> None:
    tokens = make()
    token = tokens.issue(ADMIN, NOW)
    tokens.drop(token)
    assert tokens.find(token.value, NOW) is Why.TOKEN_UNKNOWN
    assert tokens.refresh(token.refresh, NOW) is Why.TOKEN_UNKNOWN


def test_expire_all_when_tokens_live_then_all_are_unknown_and_counted() -> None:
    tokens = make()
    issued = [tokens.issue(ADMIN, NOW) for _ in range(3)]
    assert (tokens.expire_all(), len(tokens)) == (3, 0)
    assert {tokens.find(token.value, NOW) for token in issued} == {Why.TOKEN_UNKNOWN}
