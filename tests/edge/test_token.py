"""The token keeper: one login however many ask, ahead of the end, and what a refusal becomes."""

from __future__ import annotations

import asyncio
import json
import math
from datetime import datetime, timedelta

import pytest

from batchreset.errors import ServiceError
from batchreset.service.codes import load_table
from batchreset.service.token import ReadyToken, TokenKeeper
from batchreset.service.wire import Answer, AppCredentials, NoReply, Reply, Request
from tests.unit.build import NOW


class Service:
    """Answers logins by script and counts them."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.now: datetime = NOW
        self.slept_s: list[float] = []
        self.ids = 0

    async def post(self, request: Request) -> Answer:
        self.requests.append(request)
        await asyncio.sleep(0.01)
        return self.answers.pop(0) if self.answers else granted(f"token-{len(self.requests)}")

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:036d}"

    def keeper(self) -> TokenKeeper:
        return TokenKeeper(
            AppCredentials("app", "key"),
            post=self.post,
            now=lambda: self.now,
            sleep=self.sleep,
            new_id=self.new_id,
            table=load_table(),
            lang="en-US",
        )


def granted(value: str, *, period_s: int = 56326, admin: int = 0) -> Reply:
    body = {"accessToken": value, "validPeriod": period_s, "user": {"adminType": admin}}
    return Reply(200, {}, json.dumps(body).encode())


def refused(status: int, code: str) -> Reply:
    return Reply(status, {}, json.dumps({"error_code": code, "error_msg": "no"}).encode())


async def test_get_when_many_ask_at_once_logs_in_once() -> None:
    service = Service()
    keeper = service.keeper()
    assert set(await asyncio.gather(*(keeper.get() for _ in range(50)))) == {"token-1"}
    assert len(service.requests) == 1


async def test_get_when_fifty_workers_see_the_same_token_refused_renews_once() -> None:
    service = Service()
    keeper = service.keeper()
    old = await keeper.get()
    assert set(await asyncio.gather(*(keeper.get(refused=old) for _ in range(50)))) == {"token-2"}
    assert await keeper.get(refused=old) == "token-2", "a straggler gets the one that is good by now"
    assert len(service.requests) == 2


@pytest.mark.parametrize(("life_s", "good_for_s"), [(56326, 56326 - 300), (100, 90)])
async def test_get_shortly_before_the_end_renews_ahead(life_s: int, good_for_s: int) -> None:
    service = Service(granted("first", period_s=life_s))
    keeper = service.keeper()
    await keeper.get()
    service.now = NOW + timedelta(seconds=good_for_s - 1)
    assert await keeper.get() == "first"
    service.now = NOW + timedelta(seconds=good_for_s)
    assert await keeper.get() == "token-2"


async def test_get_with_expire_time_only_takes_that() -> None:
    body = json.dumps({"accessToken": "first", "expireTime": int(NOW.timestamp()) + 1000}).encode()
    service = Service(Reply(200, {}, body))
    keeper = service.keeper()
    await keeper.get()
    service.now = NOW + timedelta(seconds=899)
    assert await keeper.get() == "first"
    service.now = NOW + timedelta(seconds=900)
    assert await keeper.get() == "token-2"


@pytest.mark.parametrize(
    "times",
    [
        {"expireTime": int(NOW.timestamp() + 50_000) * 1000},
        {"expireTime": 10**400},
        {"expireTime": math.inf},
        {"expireTime": math.nan},
        {"expireTime": int(NOW.timestamp()) - 1},
        {"validPeriod": math.nan},
        {"validPeriod": True},
        {},
    ],
)
async def test_get_with_absurd_times_takes_the_documented_least_life(times: dict[str, object]) -> None:
    service = Service(Reply(200, {}, json.dumps({"accessToken": "first", **times}).encode()))
    keeper = service.keeper()
    await keeper.get()
    service.now = NOW + timedelta(hours=12, minutes=-5, seconds=-1)
    assert await keeper.get() == "first"
    service.now = NOW + timedelta(hours=12, minutes=-5)
    assert await keeper.get() == "token-2"


async def test_get_with_a_life_beyond_any_number_ends_within_a_week() -> None:
    service = Service(granted("first", period_s=10**400))
    keeper = service.keeper()
    await keeper.get()
    service.now = NOW + timedelta(days=7)
    assert await keeper.get() == "token-2"


async def test_get_when_the_key_is_wrong_fails_at_once_with_6() -> None:
    service = Service(refused(401, "USG.206010025"))
    with pytest.raises(ServiceError) as caught:
        await service.keeper().get()
    assert (caught.value.code, caught.value.exit_code) == ("auth-refused", 6)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "answer", [NoReply(False, "refused"), NoReply(True, "cut"), refused(503, "x"), refused(429, "APIG.0308")]
)
async def test_get_when_the_trouble_may_pass_tries_three_times(answer: Answer) -> None:
    service = Service(answer, answer)
    assert await service.keeper().get() == "token-3"
    service = Service(answer, answer, answer)
    with pytest.raises(ServiceError):
        await service.keeper().get()
    assert len(service.requests) == 3
    assert service.slept_s == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (granted("t", admin=2), "not-an-admin"),
        (Reply(200, {}, b"<html>"), "not-the-service"),
        (Reply(200, {}, b"[]"), "not-the-service"),
        (Reply(200, {}, b'{"accessToken": ""}'), "not-the-service"),
        (Reply(200, {}, b"[" * 200_000), "not-the-service"),
        (granted("two words"), "not-the-service"),
        (granted("line\r\nX-Evil: 1"), "not-the-service"),
        (granted("t\n"), "not-the-service"),
        (granted("tok\x7fen"), "not-the-service"),
        (granted("令牌"), "not-the-service"),
        (Reply(302, {"location": "https://elsewhere"}), "redirected"),
        (refused(412, ""), "auth-refused"),
        (refused(423, ""), "auth-refused"),
    ],
)
async def test_get_when_the_login_is_no_good_says_what_is_wrong(answer: Answer, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        await Service(answer).keeper().get()
    assert caught.value.code == code


def ready_token(service: Service) -> ReadyToken:
    return ReadyToken(
        "given",
        post=service.post,
        now=lambda: NOW,
        new_id=service.new_id,
        table=load_table(),
        lang="en-US",
    )


async def test_ready_token_when_many_ask_at_once_asks_whose_it_is_once() -> None:
    service = Service()
    ready = ready_token(service)
    assert set(await asyncio.gather(*(ready.get() for _ in range(20)))) == {"given"}
    (request,) = service.requests
    assert json.loads(request.body)["token"] == "given"


@pytest.mark.parametrize(
    ("answer", "code"),
    [(granted("given", admin=2), "not-an-admin"), (refused(401, "USG.000000004"), "token-refused")],
)
async def test_ready_token_when_it_is_no_good_ends_the_job_before_it_is_handed_out(
    answer: Answer, code: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        await ready_token(Service(answer)).get()
    assert caught.value.code == code


@pytest.mark.parametrize("answer", [refused(404, "APIG.0101"), NoReply(True, "cut"), Reply(200, {}, b"{}")])
async def test_ready_token_when_the_service_does_not_say_whose_it_is_goes_on(answer: Answer) -> None:
    assert await ready_token(Service(answer)).get() == "given"


async def test_logout_when_logged_in_ends_that_token_and_without_one_asks_nothing() -> None:
    service = Service()
    keeper = service.keeper()
    await keeper.logout()
    assert service.requests == []
    token = await keeper.get()
    await keeper.logout()
    assert (service.requests[1].method, service.requests[1].headers["X-Access-Token"]) == ("DELETE", token)
    assert await keeper.get() != token


async def test_ready_token_when_refused_ends_the_job() -> None:
    ready = ready_token(Service())
    assert await ready.get() == "given"
    with pytest.raises(ServiceError) as caught:
        await ready.get(refused="given")
    assert caught.value.code == "token-refused"
