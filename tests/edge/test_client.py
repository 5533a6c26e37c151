"""The client's edge with recorded-like replies (aioresponses): what goes out, what comes back as outcome."""

from __future__ import annotations

import inspect
import json
from typing import Any

import aiohttp
import aioresponses
import pytest

from batchreset.model import Advice, AttemptState
from batchreset.rows import Contact
from batchreset.service.client import ResetClient
from batchreset.service.codes import load_table
from batchreset.service.transport import Transport
from tests.unit.build import CONTACT, NOW, RULES, attempt

HOST = "https://api.meeting.huaweicloud.com"
URL = f"{HOST}/v1/usg/dcs/corp/device/A1/activecode"


async def sent(contact: Contact = CONTACT) -> Any:
    async with Transport(HOST, timeout_s=1, connections=1) as transport:
        client = ResetClient(transport.post, table=load_table(), rules=RULES, now=lambda: NOW, lang="en-US")
        return await client.send(attempt(AttemptState.OPEN, id="id-1"), contact, "token-1")


async def test_send_when_confirmed_gives_success_and_the_services_id(
    mocked: aioresponses.aioresponses,
) -> None:
    mocked.post(URL, status=200, headers={"X-Request-Id": "085d1f96"})
    outcome = await sent()
    assert (outcome.state, outcome.http_status, outcome.service_request_id) == (
        AttemptState.SUCCEEDED,
        200,
        "085d1f96",
    )
    ((_, calls),) = mocked.requests.items()
    (call,) = calls
    assert call.kwargs["headers"]["X-Request-Id"] == "id-1"
    assert call.kwargs["headers"]["X-Access-Token"] == "token-1"
    assert call.kwargs["allow_redirects"] is False
    assert json.loads(call.kwargs["data"])["smsNumber"] == CONTACT.mobile


@pytest.mark.parametrize(
    ("status", "payload", "state", "advice"),
    [
        (400, {"error_code": "USG.000000003", "error_msg": "bad"}, AttemptState.REFUSED, Advice.ROW),
        (401, {"error_code": "USG.000000004"}, AttemptState.UNPROCESSED, Advice.AUTH),
        (429, {"error_code": "APIG.0308"}, AttemptState.UNPROCESSED, Advice.RETRY),
        (503, {"error_code": "APIG.0202"}, AttemptState.UNPROCESSED, Advice.RETRY),
        (500, {"error_code": "USG.000000002"}, AttemptState.UNKNOWN, Advice.NONE),
    ],
)
async def test_send_when_refused_maps_status_and_code(
    mocked: aioresponses.aioresponses,
    status: int,
    payload: dict[str, str],
    state: AttemptState,
    advice: Advice,
) -> None:
    mocked.post(URL, status=status, payload=payload)
    outcome = await sent()
    assert (outcome.state, outcome.advice, outcome.error_code) == (state, advice, payload["error_code"])


async def test_send_when_the_service_repeats_the_contact_masks_it(
    mocked: aioresponses.aioresponses,
) -> None:
    mocked.post(
        URL,
        status=400,
        payload={"error_code": "USG.1", "error_msg": "8613800138000 / li@example.com is bad"},
    )
    outcome = await sent()
    assert outcome.error_message == "**** / ***@*** is bad"


@pytest.mark.parametrize(
    ("contact", "text", "shown"),
    [
        (CONTACT, "LI@Example.COM is bad", "***@*** is bad"),
        (CONTACT, "number 13800138000", "number ****"),
        (CONTACT, "number +86 138-0013-8000, 86-138 0013 8000", "number ****, ****"),
        (CONTACT, "0086 138 0013 8000 or 138.0013.8000", "**** or ****"),
        (CONTACT, "手机号13800138000无效", "手机号****无效"),
        (Contact("+447700900123", "UK"), "+44 (0)7700 900123 / 07700 900123", "**** / ****"),
        (Contact("+12845551234", "britishVirginIs"), "(284) 555-1234", "(****"),
        (Contact(email="13800138000@163.com"), "13800138000@163.COM", "***@***"),
        (
            Contact("+8613800138000", "chinaPR", "13800138000@163.com"),
            "13800138000@163.com/13800138000",
            "***@***/****",
        ),
        (CONTACT, "code 138, SN 2102310, at 13:80", "code 138, SN 2102310, at 13:80"),
    ],
)
async def test_send_when_the_contact_comes_back_otherwise_written_masks_it_too(
    mocked: aioresponses.aioresponses, contact: Contact, text: str, shown: str
) -> None:
    mocked.post(URL, status=400, payload={"error_code": "USG.1", "error_msg": text})
    outcome = await sent(contact)
    assert outcome.error_message == shown


async def test_aioresponses_shim_is_still_needed() -> None:
    """A canary: when this fails, upstream has mended itself and the shim in conftest.py can go."""
    assert "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters
    with aioresponses.aioresponses() as unmended:
        unmended.post(URL)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(TypeError, match="stream_writer"):
                await session.post(URL)
