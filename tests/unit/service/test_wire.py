"""Requests field by field, as the documents ask for them."""

from __future__ import annotations

import json

from batchreset.rows import Contact
from batchreset.service.signing import signature
from batchreset.service.wire import AppCredentials, Token, auth_request, reset_request
from tests.unit.build import NOW

CONTACT = Contact("+8613800138000", "chinaPR", "li@example.com")


def test_reset_request_with_both_contacts_matches_the_documents() -> None:
    request = reset_request("2102310QPD10F3001263", CONTACT, token="stb1", request_id="id-1", lang="en-US")
    assert request.path == "/v1/usg/dcs/corp/device/2102310QPD10F3001263/activecode"
    assert request.headers == {
        "X-Access-Token": "stb1",
        "X-Request-Id": "id-1",
        "Accept-Language": "en-US",
        "Content-Type": "application/json",
    }
    assert json.loads(request.body) == {
        "smsNumber": "+8613800138000",
        "country": "chinaPR",
        "emailAddr": "li@example.com",
    }


def test_reset_request_with_mail_only_sends_no_country() -> None:
    request = reset_request("A1", Contact(email="a@b.cn"), token="t", request_id="i", lang="zh-CN")
    assert json.loads(request.body) == {"emailAddr": "a@b.cn"}


def test_auth_request_never_names_a_user() -> None:
    request = auth_request(
        AppCredentials("app", "key"), expire_time_s=1627722929, nonce="n" * 36, request_id="r", lang="en-US"
    )
    assert request.path == "/v2/usg/acs/auth/appauth"
    assert json.loads(request.body) == {
        "appId": "app",
        "clientType": 72,
        "expireTime": 1627722929,
        "nonce": "n" * 36,
    }
    signed = signature("key", f"app::1627722929:{'n' * 36}")
    assert request.headers["Authorization"] == f"HMAC-SHA256 signature={signed},access=YXBw"
    assert request.headers["X-Token-Type"] == "LongTicket"
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"


def test_auth_request_of_several_enterprises_signs_and_sends_the_corp() -> None:
    request = auth_request(
        AppCredentials("app", "key", "807"), expire_time_s=1, nonce="n" * 36, request_id="r", lang="en-US"
    )
    assert json.loads(request.body)["corpId"] == "807"
    assert signature("key", f"app:807::1:{'n' * 36}") in request.headers["Authorization"]


def test_repr_of_requests_tokens_and_credentials_shows_no_secret() -> None:
    request = reset_request("A1", CONTACT, token="sesame", request_id="i", lang="en-US")
    token = Token("sesame", NOW, NOW)
    shown = f"{request!r} {token!r} {AppCredentials('app', 'sesame')!r} {CONTACT!r}"
    assert "sesame" not in shown
    assert "13800138000" not in shown
    assert "li@example" not in shown
