"""The model of the service: logins, tokens, terminals, the quota by its own clock, the rate."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.faultserver.faults import Endpoint, MistakeError
from tests.faultserver.service import DAY_S, LOGIN_PATH, Service, Settings, Verdict, route, settings_from
from tests.faultserver.wire import Request

NOW_S = 1_795_000_000.0
MAIL = {"emailAddr": "a@b.cn"}
APP_ID, APP_KEY = "fdb8e4699586458bbd10c834872dcc62", "0123456789abcdef0123456789abcdef"
EXPIRES_S = 1_627_722_929
NONCE = "EycLQsHwxhzK9OW8UEKWNfH2I3CGR2nINuU1EBpv162d42d92s"
SINGLE = "bf003ebe5a82053053b4a14f195562e720eb3474a6a107599be0bad2fdd8a816"
OF_CORP = "aae3c47b319179cbf35e078f2430282c33b23fa171698c9828eeb61e51ed99ae"
ACCESS = "ZmRiOGU0Njk5NTg2NDU4YmJkMTBjODM0ODcyZGNjNjI="
"""facts.md §1.1: its own vectors."""


def request(path: str, body: object, **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, named, tuple(named), json.dumps(body).encode())


def reset(
    service: Service, sn: str = "A1", now_s: float = NOW_S, token: str = "", body: object = MAIL
) -> Verdict:
    token = token or service.grant(now_s)["accessToken"]
    path = f"/v1/usg/dcs/corp/device/{sn}/activecode"
    return service.judge(Endpoint.RESET, sn, request(path, body, x_access_token=token), now_s)


def status(verdict: Verdict) -> int:
    assert verdict.answer is not None
    return verdict.answer.status


def login(service: Service, signature: str = SINGLE, now_s: float = EXPIRES_S, **changes: Any) -> Verdict:
    body = {"appId": APP_ID, "clientType": 72, "expireTime": EXPIRES_S, "nonce": NONCE, **changes}
    signed = f"HMAC-SHA256 signature={signature},access={ACCESS}"
    return service.judge(Endpoint.LOGIN, "", request(LOGIN_PATH, body, authorization=signed), now_s)


@pytest.fixture
def known() -> Service:
    return Service(Settings(APP_ID, APP_KEY))


# logins and tokens


def test_login_with_the_documented_signature_gives_a_token_that_works(known: Service) -> None:
    verdict = login(known, now_s=EXPIRES_S)
    assert verdict.processed
    assert verdict.answer is not None
    given = json.loads(verdict.answer.body)
    assert given["expireTime"] == EXPIRES_S + given["validPeriod"]
    assert reset(known, now_s=EXPIRES_S + 1, token=given["accessToken"]).processed


def test_login_takes_the_vendors_upper_case_too(known: Service) -> None:
    assert login(known, SINGLE.upper()).processed


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"signature": "0" * 64}, 401),
        ({"appId": "other"}, 401),
        ({"corpId": "807074304"}, 401),
        ({"corpId": None, "userId": ""}, 200),
        ({"now_s": EXPIRES_S + 1}, 401),
        ({"expireTime": "1627722929"}, 400),
        ({"clientType": 0}, 400),
        ({"nonce": "short"}, 400),
    ],
)
def test_login_is_judged_as_documented(known: Service, changes: dict[str, Any], expected: int) -> None:
    verdict = login(known, **changes)
    assert (status(verdict), verdict.processed) == (expected, expected == 200)


def test_login_of_an_app_of_several_enterprises_needs_its_own_signature() -> None:
    service = Service(Settings(APP_ID, APP_KEY, "807074304"))
    assert login(service, OF_CORP, corpId="807074304").processed
    assert not login(service, SINGLE, corpId="807074304").processed


def test_login_when_signatures_do_not_expire_goes_by_no_clock() -> None:
    service = Service(Settings(APP_ID, APP_KEY, signatures_expire=False))
    assert login(service, now_s=EXPIRES_S + DAY_S).processed


def test_token_is_good_until_its_end_by_the_services_clock_and_no_longer() -> None:
    service = Service(Settings(token_life_s=60))
    token = service.grant(NOW_S)["accessToken"]
    assert [status(reset(service, now_s=NOW_S + s, token=token)) for s in (0, 59, 60)] == [200, 200, 401]


def test_tokens_when_put_out_or_one_too_many_are_refused() -> None:
    service = Service(Settings(tokens_max=2))
    first, second, third = (service.grant(NOW_S)["accessToken"] for _ in range(3))
    assert [status(reset(service, token=token)) for token in (first, second, third)] == [401, 200, 200]
    service.expire_tokens()
    assert [status(reset(service, token=token)) for token in (second, third)] == [401, 401]
    assert status(reset(service, token="never given")) == 401


# terminals and the quota


def test_quota_lets_five_calls_through_in_any_24_hours_of_its_clock() -> None:
    service = Service(Settings())
    hours = [0, 1, 2, 3, 23, 23.9, 24, 24.5, 25, 26, 27]
    statuses = [status(reset(service, now_s=NOW_S + hour * 3600)) for hour in hours]
    assert statuses == [200, 200, 200, 200, 200, 400, 200, 400, 200, 200, 200]


def test_quota_is_each_terminals_own_and_ignores_case() -> None:
    service = Service(Settings(quota_calls=1))
    assert [status(reset(service, sn)) for sn in ("a1", "A1", "B1")] == [200, 400, 200]


def test_quota_when_used_up_says_so_and_does_not_count_the_call() -> None:
    service = Service(Settings(quota_calls=1))
    reset(service)
    verdict = reset(service)
    assert verdict.answer is not None
    assert (verdict.processed, verdict.counted) == (False, False)
    assert b"24 hours" in verdict.answer.body
    assert service.used("A1", NOW_S) == 1


def test_reset_refused_for_its_body_counts_though_it_is_not_processed() -> None:
    service = Service(Settings(quota_calls=1))
    verdict = reset(service, body={"country": "chinaPR"})
    assert (status(verdict), verdict.processed, verdict.counted) == (400, False, True)
    assert status(reset(service)) == 400
    assert service.used("A1", NOW_S) == 1


@pytest.mark.parametrize("sn", ["A-1", "A" * 31, "BAD7", "bad8"])
def test_reset_of_what_is_no_terminal_here_is_refused_and_counts_for_nothing(sn: str) -> None:
    service = Service(Settings(unknown=["BAD*"]))
    verdict = reset(service, sn)
    assert (status(verdict), verdict.processed, verdict.counted) == (400, False, False)


# the rest


def test_rate_lets_so_many_through_in_any_second() -> None:
    service = Service(Settings(rate=2, rate_retry_after="7"))
    times = [0.0, 0.5, 0.9, 1.0, 1.4, 1.5, 2.4, 2.6]
    throttled = [service.throttled(at) for at in times]
    assert [verdict is not None for verdict in throttled] == [
        False,
        False,
        True,
        False,
        True,
        False,
        False,
        False,
    ]
    (first, *_) = [verdict.answer for verdict in throttled if verdict]
    assert first is not None
    assert (first.status, first.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [
        ("POST", "/v1/usg/dcs/corp/device/A1/activecode", (Endpoint.RESET, "A1")),
        ("POST", "/v1/usg/dcs/corp/device/A%201/activecode", (Endpoint.RESET, "A 1")),
        ("POST", "/v1/usg/dcs/corp/device/A1/activecode?x=1", (Endpoint.RESET, "A1")),
        ("GET", "/v1/usg/dcs/corp/device/A1/activecode", (Endpoint.OTHER, "")),
        ("POST", "/v1/usg/dcs/corp/device/A1/B/activecode", (Endpoint.OTHER, "")),
        ("POST", LOGIN_PATH, (Endpoint.LOGIN, "")),
        ("HEAD", "/", (Endpoint.OTHER, "")),
    ],
)
def test_route_knows_resets_and_logins(method: str, target: str, expected: tuple[Endpoint, str]) -> None:
    assert route(Request(method, target, {}, ())) == expected


def test_settings_nobody_knows_are_refused() -> None:
    assert settings_from({"rate": 3}).rate == 3
    for wrong in ({"quota": 3}, [3]):
        with pytest.raises(MistakeError):
            settings_from(wrong)
