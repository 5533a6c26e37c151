"""The simulator over a real socket: authentication, resets, terminals and the gateway."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.config import SimulatorConfig, utc_now
from batchreset.simulator.gateway import MAX_BODY
from batchreset.simulator.run import Simulator
from tests.raw_client import until
from tests.unit.simulator.calls import NOW, admin_token, auth_body, auth_headers
from tests.unit.simulator.client import AUTH, FIXED, SITE, Client, logged_in


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with logged_in() as client:
        yield client


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with logged_in(FIXED) as client:
        yield client


# --- authentication


async def test_auth_when_signature_is_good_then_token_works_at_once(client: Client) -> None:
    answer = await client.login()
    assert (answer.status, answer.data["clientType"]) == (200, 72)
    assert (await client.reset()).status == 200


async def test_auth_when_corp_and_user_are_null_then_accepted(client: Client) -> None:
    assert (await client.login(corpId=None, userId=None)).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"expireTime": 1}, 401, "USG.206010057"),
        ({"corpId": "807074304"}, 401, "USG.206010025"),
        ({"appId": "0" * 32}, 401, "USG.206010025"),
        ({"nonce": "n" * 31}, 400, "USG.000000003"),
        ({"nonce": "n" * 65}, 400, "USG.000000003"),
        ({"clientType": 1}, 400, "USG.000000003"),
    ],
)
async def test_auth_when_something_is_wrong_then_the_code_of_that(
    client: Client, changes: dict[str, object], status: int, code: str
) -> None:
    answer = await client.login(**changes)
    assert (answer.status, answer.code) == (status, code)


async def test_auth_when_key_is_wrong_then_401(client: Client) -> None:
    answer = await client.send("POST", AUTH, auth_body(), auth_headers(auth_body(), key="other"))
    assert (answer.status, answer.code) == (401, "USG.206010025")


async def test_auth_when_strict_then_access_is_demanded() -> None:
    async with logged_in(SimulatorConfig(assumptions=Assumptions(strict_auth=True))) as client:
        headers = auth_headers(auth_body())
        headers["Authorization"] = headers["Authorization"].split(",")[0]
        assert (await client.send("POST", AUTH, auth_body(), headers)).status == 401
        assert (await client.login()).status == 200


async def test_tokens_when_a_65th_is_issued_then_the_first_is_put_out(client: Client) -> None:
    first = client.token
    for _ in range(64):
        await client.login()
    assert (await client.reset(**{"X-Access-Token": first})).code == "USG.206020002"
    assert (await client.reset()).status == 200


async def test_tokens_when_life_is_over_then_401_until_a_new_login() -> None:
    async with logged_in(SimulatorConfig(assumptions=Assumptions(token_life_s=60))) as client:
        client.sim.advance(timedelta(seconds=61))
        assert (await client.reset()).code == "USG.000000004"
        await client.login()
        assert (await client.reset()).status == 200


async def test_token_calls_when_used_then_validate_refresh_and_log_out_work(client: Client) -> None:
    path = "/v1/usg/acs/token"
    valid = await client.send("POST", f"{path}/validate", {"token": client.token, "needGenNewToken": False})
    assert (valid.status, valid.data["accessToken"]) == (200, client.token)
    fresh = (await client.send("PUT", path)).data["accessToken"]
    assert (await client.send("DELETE", path, headers={"X-Access-Token": fresh})).status == 200
    gone = await client.send("POST", f"{path}/validate", {"token": fresh, "needGenNewToken": False})
    assert (gone.status, gone.code) == (401, "USG.000000004")


async def test_tokens_when_another_simulator_has_the_same_seed_then_it_knows_none_of_them(
    client: Client,
) -> None:
    async with logged_in() as stranger:
        assert (await client.reset(**{"X-Access-Token": stranger.token})).status == 401


# --- resets


async def test_reset_when_confirmed_then_empty_200_with_the_documented_headers(site: Client) -> None:
    answer = await site.reset("SN_00")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.headers["Server"] == "api-gateway"
    assert (answer.headers["Pragma"], answer.headers["Cache-Control"]) == ("No-cache", "no-cache")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert parsedate_to_datetime(answer.headers["Date"]) == NOW


async def test_reset_when_request_id_is_assumed_to_echo_then_it_does() -> None:
    async with logged_in(SimulatorConfig(assumptions=Assumptions(echo_request_id=True))) as client:
        answer = await client.reset(**{"X-Request-Id": "mine"})
        assert answer.headers["X-Request-Id"] == "mine"


@pytest.mark.parametrize(
    ("language", "says"),
    [("en-US", "The terminal does not exist."), ("zh-CN", "终端不存在"), ("", "终端不存在")],
)
async def test_reset_when_refused_then_in_the_language_asked_for(
    site: Client, language: str, says: str
) -> None:
    answer = await site.reset("NOT_HERE", **{"Accept-Language": language})
    assert (answer.status, answer.data["error_msg"]) == (400, says)


async def test_reset_when_sn_has_an_encoded_slash_then_400_and_no_other_call(site: Client) -> None:
    assert (await site.reset("SN_00%2Factivecode")).status in {400, 404}
    assert await site.page("outbox") == []


async def test_reset_when_called_a_sixth_time_at_once_then_exactly_five_are_processed(site: Client) -> None:
    answers = await asyncio.gather(*(site.reset("SN_00") for _ in range(12)))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [400] * 7


async def test_reset_when_clock_is_set_ahead_a_day_then_allowed_again(site: Client) -> None:
    for _ in range(5):
        await site.reset("SN_00")
    assert (await site.reset("SN_00")).status == 400
    answer = await site.send("POST", "/_simulator/clock", {"advance_s": 86400})
    assert datetime.fromisoformat(answer.data["now"]) == NOW + timedelta(days=1)
    await site.login()
    assert (await site.reset("SN_00")).status == 200


# --- terminals


async def test_search_when_paged_naively_past_the_end_then_the_last_page_comes_for_ever(site: Client) -> None:
    pages = [
        (await site.send("GET", f"/v1/usg/dcs/corp/device?limit=10&offset={offset}")).data
        for offset in (0, 20, 30, 40)
    ]
    assert pages[1] == pages[2] == pages[3]
    assert [one["sn"] for one in pages[3]["data"]] == list(SITE[20:])


async def test_search_when_key_is_encoded_then_found(site: Client) -> None:
    page = (await site.send("GET", "/v1/usg/dcs/corp/device?searchKey=terminal%20sn%5F07")).data
    assert page["count"] == 0
    page = (await site.send("GET", "/v1/usg/dcs/corp/device?searchKey=sn%5F07")).data
    assert [one["sn"] for one in page["data"]] == ["SN_07"]


async def test_detail_when_asked_then_the_terminal(site: Client) -> None:
    assert (await site.send("GET", "/v1/usg/dcs/corp/device/SN_07")).data["sn"] == "SN_07"


async def test_activate_when_told_then_the_terminal_is_registered(site: Client) -> None:
    number = (await site.send("GET", "/v1/usg/dcs/corp/device/SN_07")).data["number"]
    assert (await site.send("POST", "/_simulator/activate", ["SN_07", "NOT_HERE"])).data == {"activated": 1}
    (status,) = (await site.send("POST", "/v1/usg/acs/ap/userstatus", [number])).data
    assert status["RegStatus"] == "0"


# --- the gateway


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", AUTH), ("DELETE", "/v1/usg/dcs/corp/device/A/activecode"), ("POST", "/v1/no")],
)
async def test_gateway_when_path_or_method_is_unknown_then_404_with_request_id(
    client: Client, method: str, path: str
) -> None:
    answer = await client.send(method, path)
    assert (answer.status, answer.code) == (404, "APIG.0101")
    assert answer.data["request_id"] == answer.headers["X-Request-Id"]


async def test_gateway_when_rate_is_used_up_then_429_and_nothing_is_processed() -> None:
    assumed = Assumptions(rate_calls=2, rate_retry_after=True)
    async with logged_in(SimulatorConfig(assumptions=assumed, clock=lambda: NOW)) as client:
        answers = [await client.reset() for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[0].headers["X-APIG-Ratelimit-Api"] == "remain:1,limit:2,time:1 minute"
        assert (answers[2].code, answers[2].headers["Retry-After"]) == ("APIG.0308", "60")
        assert len(client.sim.state.outbox) == 2


async def test_gateway_when_headers_are_longer_than_assumed_then_400_of_its_own() -> None:
    async with logged_in(SimulatorConfig(assumptions=Assumptions(header_max_bytes=4000))) as client:
        answer = await client.reset(**{"X-Long": "x" * 4000})
        assert (answer.status, answer.code) == (400, "APIG.0201")
        assert (await client.reset()).status == 200


async def test_gateway_when_nothing_is_assumed_of_headers_then_long_ones_pass(client: Client) -> None:
    assert (await client.reset(**{"X-Long": "x" * 60_000})).status == 200


async def test_gateway_when_body_is_larger_than_12_mb_then_413(client: Client) -> None:
    answer = await client.reset(body=b" " * (MAX_BODY + 1))
    assert (answer.status, answer.code) == (413, "APIG.0201")


async def test_latency_when_assumed_then_the_call_is_processed_before_the_wait() -> None:
    assumed = Assumptions(latency_median_s=3600)
    async with aiohttp.ClientSession() as http:
        async with Simulator(SimulatorConfig(assumptions=assumed)) as sim:
            client = Client(sim, http, admin_token(sim.state, utc_now()))
            waiting = asyncio.create_task(client.reset())
            await until(lambda: bool(sim.state.outbox))
            assert not waiting.done()
        assert (await waiting).status == 200
