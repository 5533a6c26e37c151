"""The simulator's own pages: what it saw, and its levers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from batchreset.simulator.faults import Fault
from tests.unit.simulator.calls import NOW
from tests.unit.simulator.client import FIXED, SITE, Client, logged_in


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with logged_in() as client:
        yield client


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with logged_in(FIXED) as client:
        yield client


async def test_log_when_calls_came_in_then_each_with_its_fate(site: Client) -> None:
    site.sim.set_faults([Fault("reset-after", "SN_01"), Fault("gateway", "SN_02")])
    await site.reset("SN_00", **{"X-Request-Id": "a"})
    with pytest.raises(aiohttp.ClientError):
        await site.reset("SN_01", **{"X-Request-Id": "b"})
    await site.reset("SN_02", **{"X-Request-Id": "c"})
    at = NOW.astimezone(UTC).isoformat()
    wanted = [
        ("SN_00", "a", True, 200, "", ""),
        ("SN_01", "b", True, "lost", "", "reset-after"),
        ("SN_02", "c", False, 503, "APIG.0202", "gateway"),
    ]
    assert await site.page("log") == [
        {
            "at": at,
            "sn": sn,
            "request_id": request_id,
            "processed": processed,
            "processed_at": at if processed else None,
            "status": status,
            "code": code,
            "fault": fault,
        }
        for sn, request_id, processed, status, code, fault in wanted
    ]
    assert [entry["sn"] for entry in await site.page("log?since=2")] == ["SN_02"]


async def test_summary_when_calls_came_in_then_counts(site: Client) -> None:
    await site.reset("SN_00")
    await site.reset("NOT_HERE")
    summary = await site.page("summary")
    assert (summary["received"], summary["processed"], summary["refused"]) == (2, 1, 1)


async def test_outbox_when_reset_twice_then_only_the_latest_code_is_alive(site: Client) -> None:
    await site.reset("SN_00", {"smsNumber": "+8613800138000", "country": "chinaPR"})
    await site.reset("SN_00")
    first, second = await site.page("outbox")
    assert (first["channel"], first["to"], first["alive"], first["fate"]) == (
        *("sms", "+8613800138000", False, "replaced"),
    )
    assert (second["channel"], second["to"], second["alive"], second["fate"]) == (
        *("mail", "a@b.cn", True, "alive"),
    )
    assert datetime.fromisoformat(second["expires_at"]) == NOW + timedelta(days=10)


@pytest.mark.parametrize("page", ["log", "outbox", "terminals"])
async def test_page_when_one_terminal_is_asked_for_then_only_its_part(site: Client, page: str) -> None:
    await site.reset("SN_00")
    await site.reset("SN_01")
    assert [one["sn"] for one in await site.page(f"{page}?sn=sn_01")] == ["SN_01"]


async def test_faults_when_asked_then_those_in_force_with_their_count(site: Client) -> None:
    site.sim.set_faults([Fault("gateway", "SN_01", times=1)])
    await site.reset("SN_01")
    (fault,) = await site.page("faults")
    assert (fault["kind"], fault["sn"], fault["times"], fault["struck"]) == ("gateway", "SN_01", 1, 1)


async def test_terminals_when_some_were_reset_then_used_quota_is_shown(site: Client) -> None:
    await site.reset("SN_03")
    terminals = await site.page("terminals")
    assert [one["sn"] for one in terminals] == list(SITE)
    assert [one["quota_used"] for one in terminals[2:5]] == [0, 1, 0]


async def test_assumptions_when_asked_then_every_one_is_labelled(site: Client) -> None:
    described = {one["name"]: one for one in await site.page("assumptions")}
    assert described["code_quota_used"]["standing"] == "unknown"
    assert described["tokens_per_user"]["value"] == "64"
    assert "Invented." in described["code_quota_used"]["meaning"]


async def test_assumptions_when_asked_in_chinese_then_chinese(site: Client) -> None:
    answer = await site.send("GET", "/_simulator/assumptions", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert all(re.search("[\u4e00-\u9fff]", one["meaning"]) for one in answer.data)


# --- for people


async def html(client: Client, page: str, language: str = "en") -> str:
    headers = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": language}
    answer = await client.send("GET", f"/_simulator/{page}", headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    return answer.body.decode()


@pytest.mark.parametrize("page", ["", "summary", "log", "outbox", "terminals", "faults", "assumptions"])
@pytest.mark.parametrize(("language", "says"), [("en", "This is no real service"), ("zh-CN", "并非真实服务")])
async def test_page_when_a_browser_asks_then_html_in_its_language(
    site: Client, page: str, language: str, says: str
) -> None:
    await site.reset("SN_00")
    site.sim.set_faults([Fault("gateway", "SN_01")])
    shown = await html(site, page, language)
    assert says in shown
    assert f'lang="{"zh-CN" if language == "zh-CN" else "en-US"}"' in shown


async def test_outbox_when_a_browser_asks_then_the_old_code_is_struck_through(site: Client) -> None:
    await site.reset("SN_00")
    await site.reset("SN_00")
    old, new = (letter.code for letter in site.sim.state.outbox)
    shown = await html(site, "outbox")
    rows = {code: row for row in shown.split("<tr")[1:] for code in (old, new) if code in row}
    assert 'class="dead"' in rows[old]
    assert "a newer code replaced it" in rows[old]
    assert "dead" not in rows[new]


@pytest.mark.parametrize(("language", "says"), [("en", "The connection breaks (RST)"), ("zh-CN", "连接")])
async def test_faults_when_a_browser_asks_then_each_says_what_it_does_and_when(
    site: Client, language: str, says: str
) -> None:
    site.sim.set_faults([Fault("reset-after", "SN_01", share=0.25, times=3, after=117, until=229)])
    shown = await html(site, "faults", language)
    for told in (says, "0.25", "117", "229", ">3<"):
        assert told in shown


async def test_overview_when_a_browser_asks_then_every_lever_is_named(site: Client) -> None:
    shown = await html(site, "")
    pages = (await site.send("GET", "/_simulator/")).data
    levers = [page.removeprefix("POST ") for page in pages["pages"] if page.startswith("POST ")]
    assert levers
    for lever in levers:
        assert f"/_simulator/{lever}</code>" in shown


async def test_log_when_a_caller_sends_markup_then_it_is_only_text(client: Client) -> None:
    await client.reset("A", **{"X-Request-Id": "<script>alert(1)</script>"})
    shown = await html(client, "log")
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


async def test_reset_tokens_when_posted_then_every_token_is_gone(client: Client) -> None:
    assert (await client.send("POST", "/_simulator/reset-tokens")).data == {"dropped": 1}
    assert (await client.reset()).status == 401


async def test_faults_when_posted_then_in_force_and_an_empty_text_clears_them(client: Client) -> None:
    toml = b'[[fault]]\nkind = "not-admin"\n'
    assert (await client.send("POST", "/_simulator/faults", toml)).data == {"faults": 1}
    assert (await client.reset()).status == 403
    assert (await client.send("POST", "/_simulator/faults", b"")).data == {"faults": 0}
    assert (await client.reset()).status == 200


@pytest.mark.parametrize(
    ("page", "body"),
    [
        ("faults", b"[[fault]]\nkind='x'"),
        ("clock", b"{}"),
        ("clock", b"nonsense"),
        ("clock", b'{"advance_s": 1e30}'),
        ("clock", b'{"advance_s": 1e12}'),
        ("activate", b"7"),
    ],
)
async def test_levers_when_given_something_wrong_then_400_says_what(
    client: Client, page: str, body: bytes
) -> None:
    answer = await client.send("POST", f"/_simulator/{page}", body)
    assert (answer.status, list(answer.data)) == (400, ["error"])
    assert (await client.reset()).status == 200


@pytest.mark.parametrize(("page", "status"), [("", 200), ("nothing", 404), ("clock", 404)])
async def test_pages_when_there_is_none_then_a_list_of_those_there_are(
    client: Client, page: str, status: int
) -> None:
    answer = await client.send("GET", f"/_simulator/{page}")
    assert answer.status == status
    assert "GET log" in answer.data["pages"]
