from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.auth import Account, authenticate, refresh, validate
from batchreset.simulator.config import APP_ID, APP_KEY
from batchreset.simulator.replies import Reply
from batchreset.simulator.state import State
from tests.unit.simulator.calls import ACCOUNT, NOW, admin_token, auth_body, auth_headers, make_state

SP = replace(ACCOUNT, corp_id="807074304")


def ask(
    body: dict[str, object],
    headers: dict[str, str] | None = None,
    *,
    account: Account = ACCOUNT,
    state: State | None = None,
    corp_id: str | None = None,
) -> Reply:
    headers = auth_headers(body, corp_id=corp_id) if headers is None else headers
    return authenticate(state or make_state(), account, headers, json.dumps(body).encode(), NOW)


def data(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply
    assert isinstance(reply.data, dict)
    return reply.data


def test_auth_when_signature_is_good_then_every_documented_field_and_times_agree() -> None:
    token = data(ask(auth_body()))
    assert token["expireTime"] == token["createTime"] // 1000 + token["validPeriod"]
    assert token["refreshExpireTime"] == token["refreshCreateTime"] // 1000 + token["refreshValidPeriod"]
    assert 12 * 3600 <= token["validPeriod"] <= 24 * 3600
    assert len(token["user"]["userId"]) == 32
    assert (token["user"]["adminType"], token["user"]["userType"], token["clientType"]) == (0, 2, 72)
    assert token.keys() >= {"tokenIp", "forceLoginInd", "firstLogin", "pwdExpired", "daysPwdAvailable"}
    assert token.keys() >= {"proxyToken", "delayDelete", "tokenType", "refreshToken"}


def test_auth_when_token_was_issued_then_the_state_knows_it() -> None:
    state = make_state()
    value = data(ask(auth_body(), state=state))["accessToken"]
    assert getattr(state.tokens.find(value, NOW), "is_admin", False)


def test_auth_when_hex_is_upper_case_then_accepted_as_the_sdk_sends_it() -> None:
    headers = auth_headers(auth_body())
    start, access = headers["Authorization"].removeprefix("HMAC-SHA256 signature=").split(",")
    headers["Authorization"] = f"HMAC-SHA256 signature={start.upper()},{access}"
    data(ask(auth_body(), headers))


def test_auth_when_null_corp_and_user_then_absent() -> None:
    data(ask(auth_body(corpId=None, userId=None)))


def test_auth_when_corp_id_in_single_mode_then_401() -> None:
    body = auth_body(corpId="807074304")
    reply = ask(body, corp_id="807074304")
    assert (reply.status, reply.code) == (401, "USG.206010025")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appId", None),
        ("appId", 7),
        ("clientType", None),
        ("clientType", 73),
        ("clientType", "72"),
        ("expireTime", None),
        ("expireTime", -1),
        ("expireTime", True),
        ("expireTime", "0"),
        ("nonce", None),
        ("nonce", "n" * 31),
        ("nonce", "n" * 65),
        ("corpId", 1),
        ("userId", 1),
    ],
)
def test_auth_when_field_is_wrong_then_400_names_it(name: str, value: object) -> None:
    reply = ask(auth_body() | {name: value}, auth_headers(auth_body()))
    assert (reply.status, reply.code) == (400, "USG.000000003")
    assert reply.en.endswith(name)


@pytest.mark.parametrize("length", [32, 64])
def test_auth_when_nonce_is_as_short_or_long_as_allowed_then_accepted(length: int) -> None:
    data(ask(auth_body(nonce="n" * length)))


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"\xff"])
def test_auth_when_body_is_no_object_then_400(sent: bytes) -> None:
    reply = authenticate(make_state(), ACCOUNT, auth_headers(auth_body()), sent, NOW)
    assert (reply.status, reply.en) == (400, "Invalid parameter: body")


def test_auth_when_content_type_is_missing_then_400() -> None:
    headers = auth_headers(auth_body())
    del headers["Content-Type"]
    assert ask(auth_body(), headers).en == "Invalid parameter: Content-Type"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "HMAC-SHA256 signature=",
        "HMAC-SHA256 signature=" + "0" * 64,
        "Basic YTpi",
        "HMAC-SHA256 signature=nothex",
    ],
)
def test_auth_when_signature_is_bad_then_401(authorization: str) -> None:
    headers = {**auth_headers(auth_body()), "Authorization": authorization}
    reply = ask(auth_body(), headers)
    assert (reply.status, reply.code) == (401, "USG.206010025")


def test_auth_when_app_key_is_wrong_then_401() -> None:
    assert ask(auth_body(), auth_headers(auth_body(), key="other")).code == "USG.206010025"


def test_auth_when_app_id_is_unknown_then_401() -> None:
    assert ask(auth_body(appId="0" * 32)).code == "USG.206010025"


def test_auth_when_body_differs_from_what_was_signed_then_401() -> None:
    assert ask(auth_body(userId="u"), auth_headers(auth_body())).code == "USG.206010025"


@pytest.mark.parametrize("access", ["####", "b3RoZXI=", "/w=="])
def test_auth_when_access_names_another_app_then_401(access: str) -> None:
    headers = auth_headers(auth_body())
    headers["Authorization"] = headers["Authorization"].split(",")[0] + f",access={access}"
    assert ask(auth_body(), headers).code == "USG.206010025"


def test_auth_when_access_and_token_type_are_missing_then_accepted_as_in_older_documents() -> None:
    headers = auth_headers(auth_body())
    headers["Authorization"] = headers["Authorization"].split(",")[0]
    del headers["X-Token-Type"]
    data(ask(auth_body(), headers))


@pytest.mark.parametrize("left_out", ["access", "X-Token-Type"])
def test_auth_when_strict_then_access_and_token_type_are_demanded(left_out: str) -> None:
    headers = auth_headers(auth_body())
    if left_out == "access":
        headers["Authorization"] = headers["Authorization"].split(",")[0]
    else:
        del headers[left_out]
    state = make_state(Assumptions(strict_auth=True))
    assert ask(auth_body(), headers, state=state).code == "USG.206010025"
    data(ask(auth_body(), state=state))


def test_auth_when_signature_has_expired_then_401_of_its_own() -> None:
    body = auth_body(int(NOW.timestamp()) - 1)
    reply = ask(body)
    assert (reply.status, reply.code) == (401, "USG.206010057")


def test_auth_when_signature_expires_this_second_then_accepted() -> None:
    data(ask(auth_body(int(NOW.timestamp()))))


def test_auth_when_key_is_wrong_and_time_is_over_then_the_key_is_named() -> None:
    body = auth_body(1)
    assert ask(body, auth_headers(body, key="other")).code == "USG.206010025"


def test_auth_when_user_is_unknown_then_registered_as_no_administrator() -> None:
    assert data(ask(auth_body(userId="u")))["user"]["adminType"] == 2


def test_auth_when_user_is_an_administrator_then_admin_type_1() -> None:
    account = replace(ACCOUNT, admins=frozenset({"u"}))
    assert data(ask(auth_body(userId="u"), account=account))["user"]["adminType"] == 1


def test_auth_when_app_of_several_names_its_enterprise_then_its_administrator() -> None:
    body = auth_body(corpId="807074304")
    user = data(ask(body, account=SP, corp_id="807074304"))["user"]
    assert (user["adminType"], user["userType"], user["companyId"]) == (0, 2, "807074304")


@pytest.mark.parametrize("corp_id", [None, ""])
def test_auth_when_app_of_several_names_none_then_nobodys_administrator(corp_id: str | None) -> None:
    user = data(ask(auth_body(corpId=corp_id), account=SP, corp_id=""))["user"]
    assert (user["adminType"], user["userType"]) == (2, 1)


def test_auth_when_app_of_several_names_another_enterprise_then_401() -> None:
    body = auth_body(corpId="1")
    assert ask(body, account=SP, corp_id="1").code == "USG.206010025"


def check_body(token: str, *, renew: bool = False) -> bytes:
    return json.dumps({"token": token, "needGenNewToken": renew}).encode()


def test_validate_when_token_lives_then_its_object_comes_back() -> None:
    state = make_state()
    value = admin_token(state)
    assert data(validate(state, ACCOUNT, check_body(value), NOW))["accessToken"] == value


def test_validate_when_a_new_token_is_wanted_then_both_live() -> None:
    state = make_state()
    value = admin_token(state)
    new = data(validate(state, ACCOUNT, check_body(value, renew=True), NOW))["accessToken"]
    assert new != value
    assert {state.tokens.find(one, NOW) for one in (value, new)} <= {*state.tokens.kept().alive}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (check_body("x"), 401),
        (check_body("x", renew=True), 401),
        (b"{}", 400),
        (b"", 400),
        (b'{"token":1,"needGenNewToken":false}', 400),
        (b'{"token":"x"}', 400),
        (b'{"token":"x","needGenNewToken":"false"}', 400),
    ],
)
def test_validate_when_token_is_wrong_then_refused(body: bytes, status: int) -> None:
    assert validate(make_state(), ACCOUNT, body, NOW).status == status


def test_refresh_when_token_is_known_then_a_new_one_comes() -> None:
    state = make_state()
    value = admin_token(state)
    assert data(refresh(state, ACCOUNT, value, NOW))["accessToken"] != value


def test_refresh_when_token_has_expired_then_401() -> None:
    state = make_state(Assumptions(token_life_s=1))
    assert refresh(state, ACCOUNT, admin_token(state), NOW + timedelta(seconds=2)).status == 401


def test_auth_when_the_app_stands_for_an_ordinary_user_then_admin_type_2() -> None:
    answered = data(ask(auth_body(), account=replace(ACCOUNT, admin_type=2)))
    assert answered["user"]["adminType"] == 2


def test_account_when_shown_then_the_key_is_not() -> None:
    assert APP_KEY not in repr(Account(APP_ID, APP_KEY))
