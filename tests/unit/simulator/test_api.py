from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from batchreset.simulator.api import Api, Call, Endpoint, route
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.replies import Reply
from batchreset.simulator.state import State
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tokens import NO_ADMIN
from tests.unit.simulator.calls import ACCOUNT, ADMIN, NOW, SN, admin_token, make_state

SITE = [Terminal(f"SN_{i:02d}", name=f"Room {i}") for i in range(25)]


def ask(
    state: State,
    endpoint: Endpoint,
    *,
    token: str | None = None,
    sn: str = "",
    body: bytes = b"",
    query: dict[str, str] | None = None,
) -> Reply:
    headers = {"X-Access-Token": admin_token(state) if token is None else token}
    return Api(state, ACCOUNT).reply(endpoint, Call(sn, headers, query or {}, body), NOW)


def data(reply: Reply) -> Any:
    assert reply.status == 200, reply
    return reply.data


# --- paths


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("POST", "/v2/usg/acs/auth/appauth", (Endpoint.AUTH, "")),
        ("PUT", "/v1/usg/acs/token", (Endpoint.REFRESH, "")),
        ("DELETE", "/v1/usg/acs/token", (Endpoint.LOGOUT, "")),
        ("POST", "/v1/usg/acs/token/validate", (Endpoint.VALIDATE, "")),
        ("GET", "/v1/usg/dcs/corp/device", (Endpoint.SEARCH, "")),
        ("GET", "/v1/usg/dcs/corp/device/A_1", (Endpoint.DETAIL, "A_1")),
        ("POST", "/v1/usg/dcs/corp/device/A_1/activecode", (Endpoint.RESET, "A_1")),
        ("POST", "/v1/usg/dcs/corp/device/A%2F1/activecode", (Endpoint.RESET, "A/1")),
        ("POST", "/v1/usg/acs/ap/userstatus", (Endpoint.REGISTERED, "")),
        ("GET", "/v1/usg/dcs/member", (Endpoint.MEMBER, "")),
        ("GET", "/v1/usg/dcs/corp", (Endpoint.CORP, "")),
        ("GET", "/v1/usg/dcs/termdevtype", (Endpoint.MODELS, "")),
        ("GET", "/v1/usg/dcs/corp/device/A_1/activecode", None),
        ("POST", "/v1/usg/dcs/corp/device/A_1", None),
        ("POST", "/v1/usg/dcs/corp/device//activecode", None),
        ("POST", "/v1/usg/dcs/corp/device/A/B/activecode", None),
        ("GET", "/v1/usg/dcs/corp/device/", None),
        ("GET", "/v2/usg/acs/auth/appauth", None),
        ("GET", "/", None),
    ],
)
def test_route_when_asked_then_the_call_meant(
    method: str, path: str, found: tuple[Endpoint, str] | None
) -> None:
    assert route(method, path) == found


# --- terminals


def test_search_when_paged_then_every_terminal_once_in_order() -> None:
    state = make_state(known=SITE)
    pages = [data(ask(state, Endpoint.SEARCH, query={"offset": str(offset)})) for offset in (0, 10, 20)]
    assert [one["sn"] for page in pages for one in page["data"]] == [one.sn for one in SITE]
    assert [(page["offset"], page["limit"], page["count"]) for page in pages] == [
        (0, 10, 25),
        (10, 10, 25),
        (20, 10, 25),
    ]


@pytest.mark.parametrize("offset", ["25", "30", "9999"])
def test_search_when_offset_is_past_the_end_then_the_last_page_again(offset: str) -> None:
    page = data(ask(make_state(known=SITE), Endpoint.SEARCH, query={"offset": offset}))
    assert (page["offset"], [one["sn"] for one in page["data"]]) == (20, [one.sn for one in SITE[20:]])


def test_search_when_there_is_no_terminal_then_an_empty_page() -> None:
    assert data(ask(make_state(known=[]), Endpoint.SEARCH, query={"offset": "5"}))["data"] == []


@pytest.mark.parametrize(("key", "sn"), [("sn_07", "SN_07"), ("room 24", "SN_24")])
def test_search_when_key_is_part_of_sn_or_name_then_found(key: str, sn: str) -> None:
    page = data(ask(make_state(known=SITE), Endpoint.SEARCH, query={"searchKey": key}))
    assert ([one["sn"] for one in page["data"]], page["count"]) == ([sn], 1)


def test_search_when_limit_is_larger_than_assumed_then_it_is_cut_and_said() -> None:
    page = data(ask(make_state(Assumptions(page_limit_max=3), SITE), Endpoint.SEARCH, query={"limit": "100"}))
    assert (page["limit"], len(page["data"]), page["count"]) == (3, 3, 25)


MIXED = [
    Terminal("A", model="TE10"),
    Terminal("B", model="TE20", dept_code="7"),
    Terminal("C", model="TE20"),
    Terminal("D", foreign=True),
]


@pytest.mark.parametrize(
    ("query", "sns"),
    [
        ({}, "ABC"),
        ({"model": "TE20"}, "BC"),
        ({"deptCode": "7"}, "B"),
        ({"deptCode": "1", "enableSubDept": "false"}, "AC"),
        ({"deptCode": "8"}, ""),
        ({"searchKey": "b", "model": "TE20"}, "B"),
    ],
)
def test_search_when_filtered_then_only_those_that_fit(query: dict[str, str], sns: str) -> None:
    page = data(ask(make_state(known=MIXED), Endpoint.SEARCH, query=query))
    assert [one["sn"] for one in page["data"]] == [*sns]
    assert page["count"] == len(sns)


@pytest.mark.parametrize(
    "query", [{"offset": "-1"}, {"offset": "x"}, {"limit": "0"}, {"limit": ""}, {"enableSubDept": "maybe"}]
)
def test_search_when_paging_is_wrong_then_400(query: dict[str, str]) -> None:
    reply = ask(make_state(known=SITE), Endpoint.SEARCH, query=query)
    assert (reply.status, reply.en) == (400, f"Invalid parameter: {next(iter(query))}")


def test_detail_when_known_then_the_terminal_without_any_code() -> None:
    state = make_state(known=[Terminal(SN, "Hall", phone="+86138", country="chinaPR", email="a@b.cn")])
    found = data(ask(state, Endpoint.DETAIL, sn=SN))
    assert (found["sn"], found["name"], found["phone"], found["status"]) == (SN, "Hall", "+86138", 0)
    assert not [key for key in found if "code" in key.lower() and key not in {"prjCodeMode", "deptCode"}]


def test_detail_when_any_sn_is_known_then_it_is_made_up_and_kept() -> None:
    state = make_state()
    number = data(ask(state, Endpoint.DETAIL, sn=SN))["number"]
    assert data(ask(state, Endpoint.DETAIL, sn=SN))["number"] == number
    assert len(state.terminals) == 1


@pytest.mark.parametrize(("sn", "code"), [("NOT_HERE", "USG.201059001"), ("a b", "USG.000000003")])
def test_detail_when_not_there_then_400_and_not_404(sn: str, code: str) -> None:
    reply = ask(make_state(known=SITE), Endpoint.DETAIL, sn=sn)
    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("endpoint", [Endpoint.SEARCH, Endpoint.DETAIL, Endpoint.MODELS, Endpoint.CORP])
def test_terminals_when_asked_by_no_administrator_then_403(endpoint: Endpoint) -> None:
    state = make_state(known=SITE)
    token = state.tokens.issue(replace(ADMIN, admin_type=NO_ADMIN), NOW).value
    assert ask(state, endpoint, token=token, sn="SN_01").status == 403


# --- the rest


def test_registered_when_activated_then_reg_status_0() -> None:
    state = make_state(known=SITE)
    record = state.terminals.find("SN_01")
    assert record is not None
    record.activated = True
    numbers = [one.number for one in SITE[:2]]
    found = data(ask(state, Endpoint.REGISTERED, body=json.dumps(numbers).encode()))
    assert found == [
        {"Number": f"tel:{numbers[0]}", "RegStatus": "1", "CallStatus": "0"},
        {"Number": f"tel:{numbers[1]}", "RegStatus": "0", "CallStatus": "1"},
    ]


def test_registered_when_asked_with_tel_then_the_same_terminal() -> None:
    state = make_state(Assumptions(status_number_tel=False), SITE)
    (found,) = data(ask(state, Endpoint.REGISTERED, body=json.dumps([f"tel:{SITE[3].number}"]).encode()))
    assert found["Number"] == SITE[3].number


def test_registered_when_one_number_is_foreign_then_the_whole_call_is_refused() -> None:
    body = json.dumps([SITE[0].number, "+99999"]).encode()
    assert ask(make_state(known=SITE), Endpoint.REGISTERED, body=body).status == 403


@pytest.mark.parametrize("body", [b"", b"{}", b"[7]"])
def test_registered_when_body_is_no_list_then_400(body: bytes) -> None:
    assert ask(make_state(), Endpoint.REGISTERED, body=body).status == 400


def test_member_when_administrator_asks_then_admin_type_0_and_the_enterprise() -> None:
    member = data(ask(make_state(Assumptions(sms_enabled=False)), Endpoint.MEMBER))
    assert (member["adminType"], member["corp"]["enableSMS"]) == (0, False)


def test_corp_when_asked_then_whether_it_has_sms() -> None:
    assert data(ask(make_state(), Endpoint.CORP))["enableSMS"] is True


def test_models_when_asked_then_a_terminal_of_each_type_agrees_about_activation_codes() -> None:
    listed = data(ask(make_state(), Endpoint.MODELS))
    assert {one["model"]: one["enableActiveCode"] for one in listed}["TE20"] is True
    for one in listed:
        terminal = Terminal("X", type=one["type"], model=one["model"])
        assert terminal.has_activation_code is one["enableActiveCode"]


def test_logout_when_done_then_the_token_is_gone() -> None:
    state = make_state()
    token = admin_token(state)
    assert ask(state, Endpoint.LOGOUT, token=token).status == 200
    assert ask(state, Endpoint.LOGOUT, token=token).status == 401


@pytest.mark.parametrize("endpoint", sorted(set(Endpoint) - {Endpoint.AUTH, Endpoint.VALIDATE}))
def test_any_call_when_token_is_wrong_then_401(endpoint: Endpoint) -> None:
    reply = ask(make_state(), endpoint, token="wrong", sn=SN)
    assert (reply.status, reply.code) == (401, "USG.000000004")
