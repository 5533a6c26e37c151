"""The vendor's own SDK as the judge: of the simulator, and of what our client sends.

Where our client sends something else, the difference stands here with its reason; a difference that is
not listed, or listed and not there, fails.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from batchreset.simulator.config import APP_ID, APP_KEY
from batchreset.simulator.tls import make_tls
from tests.acceptance.cli import ROOT, Bench, ServedSimulator, sheet, simulator
from tests.faultserver.wire import Answer, Request
from tests.recorder import Recorded, recording
from tests.served import PATIENCE_S

SITE = """
[[terminal]]
sn = "2102310QPD10F3001263"
name = "Hangzhou Z5-3-A29"
model = "TE40"
phone = "+8613800138000"
country = "chinaPR"
email = "hall@site.example"

[[terminal]]
sn = "SN_2"
disabled = true

[[terminal]]
sn = "SN_3"
"""
SN = "2102310QPD10F3001263"
CONTACT = {"sms_number": "+8613800138000", "country": "chinaPR", "email_addr": "hall@site.example"}


def sdk(bench: Bench, *calls: tuple[str, dict[str, Any]], ca_file: str | None = None) -> list[dict[str, Any]]:
    """Let the SDK make these calls to the endpoint of the bench, and tell what it has understood."""
    order = {
        "endpoint": bench.env["BATCHRESET_ENDPOINT"],
        "ca_file": ca_file or bench.env["BATCHRESET_CA_FILE"],
        "app_id": bench.env["BATCHRESET_APP_ID"],
        "app_key": bench.env["BATCHRESET_APP_KEY"],
        "corp_id": bench.env.get("BATCHRESET_CORP_ID"),
        "calls": calls,
    }
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "vendor_sdk.py"],
        input=json.dumps(order),
        env={**bench.env, "HOME": str(bench.folder), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = json.loads(done.stdout)
    assert isinstance(outcomes, list)
    return outcomes


# --- the simulator, judged by the SDK


@pytest.fixture
def served(bench: Bench) -> Iterator[ServedSimulator]:
    with simulator(bench, SITE, "--tls") as service:
        yield service


def test_sdk_signs_in_and_resets_a_terminal(bench: Bench, served: ServedSimulator) -> None:
    (done,) = sdk(bench, ("reset", {"sn": SN, "contact": CONTACT}))
    assert done == {"status": 200, "answer": {}, "unknown": []}
    letters = {one["channel"]: one["to"] for one in served.page("outbox")}
    assert letters == {"sms": CONTACT["sms_number"], "mail": CONTACT["email_addr"]}
    (call,) = served.log()
    assert (call["sn"], call["processed"], call["status"]) == (SN, True, 200)


def test_sdk_of_an_app_of_several_enterprises_signs_in_for_one(bench: Bench) -> None:
    with simulator(bench, '[account]\ncorp_id = "807074304"\n', "--tls"):
        (member,) = sdk(bench, ("member", {}))
        assert member["answer"]["corp"]["id"] == "807074304"
        bench.env["BATCHRESET_CORP_ID"] = "1"
        (refused,) = sdk(bench, ("member", {}))
        assert (refused["error"], refused["code"]) == ("ClientRequestException", "USG.206010025")


def test_sdk_finds_and_shows_terminals_with_every_field_it_knows(
    bench: Bench, served: ServedSimulator
) -> None:
    found, detail = sdk(bench, ("search", {"search_key": "hangzhou"}), ("detail", {"sn": SN}))
    assert found["unknown"] == detail["unknown"] == []
    assert {name: found["answer"][name] for name in ("offset", "limit", "count")} == {
        "offset": 0,
        "limit": 10,
        "count": 1,
    }
    assert found["answer"]["data"] == [detail["answer"]]
    number = detail["answer"].pop("number")
    account = detail["answer"].pop("account")
    assert re.fullmatch(r"\+99\d+", number)
    assert re.fullmatch(r"[0-9a-f]{32}", account)
    assert detail["answer"] == {
        "name": "Hangzhou Z5-3-A29",
        "type": "TE",
        "model": "TE40",
        "sn": SN,
        "prj_code_mode": 0,
        "dept_code": "1",
        "dept_name": "Department 1",
        "dept_name_path": "Department 1",
        "phone": "+8613800138000",
        "country": "chinaPR",
        "email": "hall@site.example",
        "description": None,
        "status": 0,
    }


def test_sdk_that_pages_past_the_end_gets_the_last_page_again(bench: Bench, served: ServedSimulator) -> None:
    pages = sdk(bench, *(("search", {"offset": offset, "limit": 2}) for offset in (0, 2, 4)))
    sns = [[one["sn"] for one in page["answer"]["data"]] for page in pages]
    assert sns == [[SN, "SN_2"], ["SN_3"], ["SN_3"]]


def test_sdk_understands_models_registration_and_who_is_asking(bench: Bench, served: ServedSimulator) -> None:
    detail, models, member, corp = sdk(
        bench, ("detail", {"sn": SN}), ("models", {}), ("member", {}), ("corp", {})
    )
    assert {one["model"]: one["enable_active_code"] for one in models["answer"]["body"]}["TE40"] is True
    assert (member["answer"]["admin_type"], member["answer"]["user_type"]) == (0, 2)
    assert member["answer"]["corp"] == corp["answer"]
    assert corp["answer"]["enable_sms"] is True
    number = detail["answer"]["number"]
    (before,) = sdk(bench, ("registered", {"numbers": [number]}))
    served.post("activate", json.dumps([SN]))
    (after,) = sdk(bench, ("registered", {"numbers": [number]}))
    for answer in (models, member, corp, before, after):
        assert answer["unknown"] == []
    assert before["answer"]["body"] == [{"number": f"tel:{number}", "reg_status": "1", "call_status": "0"}]
    assert after["answer"]["body"] == [{"number": f"tel:{number}", "reg_status": "0", "call_status": "1"}]


def test_sdk_renews_its_token_and_logs_out(bench: Bench, served: ServedSimulator) -> None:
    renewed, left, after = sdk(bench, ("refresh", {}), ("logout", {}), ("member", {}))
    assert renewed["unknown"] == []
    token = renewed["answer"]
    assert token["expire_time"] == token["create_time"] // 1000 + token["valid_period"]
    assert token["user"]["admin_type"] == 0
    assert left == {"status": 200, "answer": {}, "unknown": []}
    assert (after["error"], after["status"], after["code"]) == (
        "ClientRequestException",
        401,
        "USG.000000004",
    )


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"sn": "SN_2", "contact": CONTACT}, 400, "USG.201059003"),
        ({"sn": "SN_9", "contact": CONTACT}, 400, "USG.201059001"),
        ({"sn": "SN_3", "contact": {}}, 400, "USG.000000003"),
        ({"sn": "SN/3", "contact": CONTACT}, 400, "USG.000000003"),
    ],
)
def test_sdk_reads_a_refusal_as_its_own_exception(
    bench: Bench, served: ServedSimulator, arguments: dict[str, Any], status: int, code: str
) -> None:
    (refused,) = sdk(bench, ("reset", {**arguments, "accept_language": "en-US"}))
    assert (refused["error"], refused["status"], refused["code"]) == ("ClientRequestException", status, code)
    assert re.fullmatch("[A-Za-z].*", refused["message"])
    assert re.fullmatch("[0-9a-f]{32}", refused["request_id"])


def test_sdk_gets_the_gateways_and_the_services_failures(bench: Bench) -> None:
    faults = '[[fault]]\nkind = "throttle"\nsn = "A"\n[[fault]]\nkind = "gateway"\nsn = "B"\n'
    with simulator(bench, faults, "--tls"):
        throttled, failed = sdk(bench, *(("reset", {"sn": sn, "contact": CONTACT}) for sn in "AB"))
    assert (throttled["error"], throttled["status"], throttled["code"]) == (
        "ClientRequestException",
        429,
        "APIG.0308",
    )
    assert (failed["error"], failed["status"], failed["code"]) == (
        "ServerResponseException",
        503,
        "APIG.0202",
    )


def test_sdk_that_trusts_another_authority_refuses_the_simulator(
    bench: Bench, served: ServedSimulator
) -> None:
    other = bench.folder / "other.pem"
    other.write_bytes(make_tls().authority_pem)
    (refused,) = sdk(bench, ("member", {}), ca_file=str(other))
    assert refused["error"] == "SslHandShakeException"


# --- our client's requests, beside the SDK's


@dataclass(frozen=True)
class Sent:
    """One request as it was on the wire; header names in lower case, the body as JSON."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    def fields(self) -> dict[str, Any]:
        """Everything it says, by what is compared."""
        return {
            "method": self.method,
            "path": self.path,
            **{f"header {name}": value for name, value in self.headers.items()},
            **{f"body {name}": value for name, value in self.body.items()},
        }


def sent(request: Request) -> Sent:
    assert len(request.headers) == len(request.names), "a header is sent twice"
    body = json.loads(request.body or b"{}")
    fields = body if isinstance(body, dict) else {"": body}
    path, _, query = request.target.partition("?")
    parts = sorted(query.split("&"))  # in whatever order: it says the same
    return Sent(request.method, f"{path}?{'&'.join(parts)}" if query else path, dict(request.headers), fields)


def differences(ours: Sent, theirs: Sent) -> set[str]:
    """By name what differs; a field that is null and one that is absent differ."""
    left, right = plain(ours).fields(), plain(theirs).fields()
    names = (left.keys() | right.keys()) - NOT_COMPARED
    return {name for name in names if left.get(name, ABSENT) != right.get(name, ABSENT)}


def plain(request: Sent) -> Sent:
    """The request with what must differ from call to call put as what holds of it: signature, nonce, time."""
    body, headers = dict(request.body), dict(request.headers)
    if "authorization" in headers:
        found = re.fullmatch("HMAC-SHA256 signature=([0-9A-Fa-f]{64}),access=(.+)", headers["authorization"])
        assert found, headers["authorization"]
        assert base64.b64decode(found[2]).decode() == body["appId"]
        right = hmac.new(APP_KEY.encode(), signed_text(body).encode(), hashlib.sha256).hexdigest()
        headers["authorization"] = f"signed: {found[1].lower() == right}, lower case: {found[1].islower()}"
        body["nonce"] = 32 <= len(body["nonce"]) <= 64
        body["expireTime"] = 590 <= body["expireTime"] - time.time() <= 610
    return Sent(request.method, request.path, headers, body)


def signed_text(body: dict[str, Any]) -> str:
    """What facts.md §1.1 says is signed: without the enterprise for an app that has only one."""
    corp = [body["corpId"]] if body.get("corpId") else []
    return ":".join([body["appId"], *corp, body.get("userId") or "", str(body["expireTime"]), body["nonce"]])


ABSENT = object()
NOT_COMPARED = {
    "header accept-encoding",  # the HTTP libraries' own: which decoders happen to be installed
    "header content-length",  # the bodies themselves are compared, as JSON
}
TRANSPORT = {
    "header user-agent": "each names itself",
    "header connection": "requests says keep-alive, which HTTP/1.1 means anyhow",
}
AUTH = TRANSPORT | {
    "header authorization": "its hex digits: lower case as in all documents, upper case in the SDK",
    "header x-token-type": "mandatory in the documents since 2024 (LongTicket), unknown to the SDK",
    "header x-request-id": "optional, advised for tracing: Huawei's support can look it up",
    "header accept-language": "optional: the language of error_msg, which a person will read",
    "header content-type": "the documents: application/json; charset=UTF-8 is mandatory here",
    "body userId": "'' in the SDK; ours sends none ever: an unknown one is registered (facts.md §0.8)",
    "body deptCode": "null in the SDK: no value; ours leaves it out",
}
AUTH_SINGLE = AUTH | {
    "body corpId": "null in the SDK; the documents: must not be filled in for a single enterprise"
}
RESET = TRANSPORT
READING = TRANSPORT | {
    "header content-type": "the SDK names one for a call without a body; ours has none to name",
}


TERMINAL = {"sn": SN, "number": "+991100000001", "model": "TE20", "status": 0}
OTHER = {"sn": "OTHER", "number": "+991100000002", "model": "TE20", "status": 0}
READ: dict[str, object] = {
    "appauth": {"accessToken": "cnrToken", "validPeriod": 50_000, "user": {"adminType": 0}},
    "device": {"offset": 0, "limit": 500, "count": 1, "data": [TERMINAL]},
    "OTHER": OTHER,
    "termdevtype": [],
    "userstatus": [],
}
"""What is answered, by the last part of the path."""


def answered(request: Request) -> Answer:
    """A login gets a token, reading what there is to read, all else an empty 200."""
    found = READ.get(request.target.partition("?")[0].rpartition("/")[2])
    body = b"" if found is None else json.dumps(found).encode()
    return Answer(200, body, {"Connection": "close"})


async def both(bench: Bench, source: Path, *calls: tuple[str, dict[str, Any]]) -> list[Sent]:
    """Login and reset as our program sends them, then as the SDK does."""
    async with answering(bench) as seen:
        done = await asyncio.to_thread(bench.run, "run", source, "--yes", "--json")
        assert done.object["counts"]["succeeded"] == 1, done.err
        outcomes = await asyncio.to_thread(sdk, bench, *calls)
        assert [one["status"] for one in outcomes] == [200]
    requests = spoken(seen)
    assert [request.path.rpartition("/")[2] for request in requests] == ["appauth", "activecode"] * 2
    return requests


@asynccontextmanager
async def answering(bench: Bench) -> AsyncIterator[Recorded]:
    """The recorder over TLS, and its settings in the bench."""
    tls = make_tls()
    ca_file = bench.folder / "authority.pem"
    ca_file.write_bytes(tls.authority_pem)
    async with recording(answered, tls.server) as seen:
        bench.env |= {
            "BATCHRESET_ENDPOINT": seen.url,
            "BATCHRESET_CA_FILE": str(ca_file),
            "BATCHRESET_APP_ID": APP_ID,
            "BATCHRESET_APP_KEY": APP_KEY,
        }
        yield seen


def spoken(seen: Recorded) -> list[Sent]:
    """All requests but ours for the time, a HEAD that says nothing (`batchreset/anchoring.py`)."""
    return [sent(request) for request in seen.requests if request.method != "HEAD"]


async def test_requests_of_ours_differ_from_the_sdks_only_as_listed(bench: Bench) -> None:
    source = sheet(bench.folder, [SN])
    contact = {"sms_number": "+8613800000001", "country": "chinaPR", "email_addr": "user1@example.com"}
    asked = {"sn": SN, "contact": contact, "x_request_id": "mine", "accept_language": "en-US"}
    our_login, our_reset, their_login, their_reset = await both(bench, source, ("reset", asked))
    assert differences(our_login, their_login) == {*AUTH_SINGLE}
    assert our_reset.headers["x-request-id"] != their_reset.headers.pop("x-request-id")
    their_reset.headers["x-request-id"] = our_reset.headers["x-request-id"]
    assert differences(our_reset, their_reset) == {*RESET}
    assert our_reset.body == {
        "smsNumber": "+8613800000001",
        "country": "chinaPR",
        "emailAddr": "user1@example.com",
    }


async def test_login_of_an_app_of_several_enterprises_differs_only_as_listed(bench: Bench) -> None:
    bench.env["BATCHRESET_CORP_ID"] = "807074304"
    source = sheet(bench.folder, [SN])
    asked = {"sn": SN, "contact": {"email_addr": "user1@example.com"}}
    our_login, _, their_login, _ = await both(bench, source, ("reset", asked))
    assert our_login.body["corpId"] == "807074304"
    assert differences(our_login, their_login) == {*AUTH}


async def test_reading_and_logging_out_differ_from_the_sdks_only_as_listed(bench: Bench) -> None:
    bench.env["BATCHRESET_LOGOUT"] = "true"
    source = sheet(bench.folder, [SN, "OTHER"])
    said = {"x_request_id": "mine", "accept_language": "en-US"}
    async with answering(bench) as seen:
        done = await asyncio.to_thread(bench.run, "plan", source, "--online", "--json")
        assert done.object["preflight"]["unfit"] == [], done.err
        ours = spoken(seen)
        seen.requests.clear()
        outcomes = await asyncio.to_thread(
            sdk,
            bench,
            ("search", {"offset": 0, "limit": 500, **said}),
            ("detail", {"sn": "OTHER", **said}),
            ("models", said),
            ("registered", {"numbers": [TERMINAL["number"], OTHER["number"]], **said}),
            ("logout", said),
        )
        assert [one["status"] for one in outcomes] == [200] * 5
        theirs = spoken(seen)
    assert [one.path for one in ours] == [one.path for one in theirs], "not the same calls in the same order"
    for our, their in zip(ours[1:], theirs[1:], strict=True):
        assert our.headers["x-request-id"] != their.headers.pop("x-request-id")
        their.headers["x-request-id"] = our.headers["x-request-id"]
        assert differences(our, their) == {*(RESET if our.method == "POST" else READING)}, our.path


def test_plain_when_a_signature_is_of_another_key_then_it_says_so() -> None:
    """The comparison itself can fail: a signature that does not hold is seen."""
    body = {"appId": APP_ID, "expireTime": int(time.time()) + 600, "nonce": "n" * 36}
    access = base64.b64encode(APP_ID.encode()).decode()
    wrong = Sent("POST", "/", {"authorization": f"HMAC-SHA256 signature={'a' * 64},access={access}"}, body)
    assert plain(wrong).headers["authorization"].startswith("signed: False")
