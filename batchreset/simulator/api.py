"""The calls the simulated service answers: where each lives, and what it does. Pure.

Beyond facts.md §12, what batchreset and the vendor's SDK ask besides (facts.md §3): who am I, which
terminals and models are there, which terminals have registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from batchreset.simulator import auth, people
from batchreset.simulator.models import types_json
from batchreset.simulator.replies import Reply, Why, refuse
from batchreset.simulator.resets import ResetCall, decide_reset, parsed, why_no_terminal
from batchreset.simulator.state import State
from batchreset.simulator.terminals import ROOT_DEPARTMENT, Record, Search, terminal_json

_DEVICE: Final = "/v1/usg/dcs/corp/device"
_DEFAULT_PAGE: Final = 10
_TEL: Final = "tel:"


class Endpoint(StrEnum):
    """The calls there are; a fault names one with `on`."""

    AUTH = "auth"
    REFRESH = "refresh"
    LOGOUT = "logout"
    VALIDATE = "validate"
    RESET = "reset"
    SEARCH = "search"
    DETAIL = "detail"
    MODELS = "models"
    REGISTERED = "registered"
    MEMBER = "member"
    CORP = "corp"


_FIXED: Final = {
    ("POST", "/v2/usg/acs/auth/appauth"): Endpoint.AUTH,
    ("PUT", "/v1/usg/acs/token"): Endpoint.REFRESH,
    ("DELETE", "/v1/usg/acs/token"): Endpoint.LOGOUT,
    ("POST", "/v1/usg/acs/token/validate"): Endpoint.VALIDATE,
    ("GET", _DEVICE): Endpoint.SEARCH,
    ("GET", "/v1/usg/dcs/termdevtype"): Endpoint.MODELS,
    ("POST", "/v1/usg/acs/ap/userstatus"): Endpoint.REGISTERED,
    ("GET", "/v1/usg/dcs/member"): Endpoint.MEMBER,
    ("GET", "/v1/usg/dcs/corp"): Endpoint.CORP,
}
_PREFIX: Final = _DEVICE + "/"
_SUFFIX: Final = "/activecode"


def route(method: str, raw_path: str) -> tuple[Endpoint, str] | None:
    """The call meant and its SN ("" for those without); `None` for a path or method there is not.

    `raw_path` is still percent-encoded, so that an encoded `/` can't change the path.
    """
    if not raw_path.startswith(_PREFIX):
        endpoint = _FIXED.get((method, raw_path))
        return None if endpoint is None else (endpoint, "")
    rest = raw_path.removeprefix(_PREFIX)
    sn = rest.removesuffix(_SUFFIX)
    if "/" in sn or not sn:
        return None
    if method == "POST" and rest != sn:
        return Endpoint.RESET, unquote(sn)
    return (Endpoint.DETAIL, unquote(sn)) if method == "GET" and rest == sn else None


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in; the header mapping ignores case."""

    sn: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes

    @property
    def token(self) -> str | None:
        return self.headers.get("X-Access-Token")


@dataclass(frozen=True, slots=True)
class Api:
    """The service behind its gateway: state and account, and one reply for each call."""

    state: State
    account: auth.Account

    def reply(self, endpoint: Endpoint, call: Call, now: datetime) -> Reply:
        if endpoint is Endpoint.RESET:
            return decide_reset(self.state, ResetCall(call.token, call.sn, call.body), now)
        if endpoint is Endpoint.AUTH:
            return auth.authenticate(self.state, self.account, call.headers, call.body, now)
        if endpoint is Endpoint.REFRESH:
            return auth.refresh(self.state, self.account, call.token, now)
        if endpoint is Endpoint.VALIDATE:
            return auth.validate(self.state, self.account, call.body, now)
        token = self.state.tokens.find(call.token, now)
        if isinstance(token, Why):
            return refuse(token, self.state.assumptions)
        if endpoint in _FOR_ADMINISTRATORS and not token.is_admin:
            return refuse(Why.NOT_ADMIN, self.state.assumptions)
        if endpoint is Endpoint.LOGOUT:
            self.state.tokens.drop(token)
            return Reply(200)
        if endpoint in _OF_PEOPLE:
            return Reply(200, data=_OF_PEOPLE[endpoint](token, self.account, self.state.assumptions))
        return _OF_TERMINALS[endpoint](self.state, call)


def _search(state: State, call: Call) -> Reply:
    asked = _read_search(call.query)
    if isinstance(asked, str):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, asked)
    limit = min(asked.limit, state.assumptions.page_limit_max)
    offset, count, page = state.terminals.page(replace(asked, limit=limit))
    data = [terminal_json(terminal) for terminal in page]
    return Reply(200, data={"offset": offset, "limit": limit, "count": count, "data": data})


def _read_search(query: Mapping[str, str]) -> Search | str:
    """What is searched for, or the name of the parameter that is wrong."""
    offset, limit = _number(query.get("offset", "0")), _number(query.get("limit", str(_DEFAULT_PAGE)))
    below = query.get("enableSubDept", "true").lower()
    if offset is None:
        return "offset"
    if not limit:
        return "limit"
    if below not in {"true", "false"}:
        return "enableSubDept"
    return Search(
        offset,
        limit,
        key=query.get("searchKey", ""),
        model=query.get("model", ""),
        dept_code=query.get("deptCode") or ROOT_DEPARTMENT,
        with_sub_departments=below == "true",
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _detail(state: State, call: Call) -> Reply:
    if not state.terminals.well_formed(call.sn):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "sn")
    record = state.terminals.find(call.sn)
    if record is None:
        return refuse(why_no_terminal(state, call.sn), state.assumptions)
    return Reply(200, data=terminal_json(record.terminal))


def _models(_state: State, _call: Call) -> Reply:
    return Reply(200, data=types_json())


def _registered(state: State, call: Call) -> Reply:
    """One number of another enterprise refuses the whole call: "the authentication fails".

    https://support.huaweicloud.com/intl/en-us/api-meeting/meeting_21_0094.html
    """
    numbers = parsed(call.body)
    if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "body")
    records = [state.terminals.by_number(number.removeprefix(_TEL)) for number in numbers]
    if None in records:
        return refuse(Why.NOT_ADMIN, state.assumptions)
    prefix = _TEL if state.assumptions.status_number_tel else ""
    return Reply(200, data=[_status(record, prefix) for record in records if record is not None])


def _status(record: Record, prefix: str) -> dict[str, str]:
    """`RegStatus` 0 is registered, 1 is not; `CallStatus` 0 is offline, 1 idle: all of it text."""
    return {
        "Number": prefix + record.terminal.number,
        "RegStatus": str(int(not record.activated)),
        "CallStatus": str(int(record.activated)),
    }


_FOR_ADMINISTRATORS: Final = {Endpoint.SEARCH, Endpoint.DETAIL, Endpoint.MODELS, Endpoint.CORP}
_OF_PEOPLE: Final = {Endpoint.MEMBER: people.member_json, Endpoint.CORP: people.corp_json}
_OF_TERMINALS: Final[dict[Endpoint, Callable[[State, Call], Reply]]] = {
    Endpoint.SEARCH: _search,
    Endpoint.DETAIL: _detail,
    Endpoint.MODELS: _models,
    Endpoint.REGISTERED: _registered,
}
