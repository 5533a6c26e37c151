"""The calls the simulated service answers: where each lives, and what it does. Pure.

Not in facts.md §12, but what batchreset asks besides (facts.md §3): who am I, and which terminals
have registered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from batchreset.simulator import auth
from batchreset.simulator.replies import Reply, Why, refuse
from batchreset.simulator.state import ResetCall, State, decide_reset, parsed
from batchreset.simulator.terminals import terminal_json
from batchreset.simulator.tokens import Token

_DEVICE: Final = "/v1/usg/dcs/corp/device"
_DEFAULT_PAGE: Final = 10


class Endpoint(StrEnum):
    """The calls there are; a fault names one with `on`."""

    AUTH = "auth"
    REFRESH = "refresh"
    LOGOUT = "logout"
    VALIDATE = "validate"
    RESET = "reset"
    SEARCH = "search"
    DETAIL = "detail"
    REGISTERED = "registered"
    MEMBER = "member"


_FIXED: Final = {
    ("POST", "/v2/usg/acs/auth/appauth"): Endpoint.AUTH,
    ("PUT", "/v1/usg/acs/token"): Endpoint.REFRESH,
    ("DELETE", "/v1/usg/acs/token"): Endpoint.LOGOUT,
    ("POST", "/v1/usg/acs/token/validate"): Endpoint.VALIDATE,
    ("GET", _DEVICE): Endpoint.SEARCH,
    ("POST", "/v1/usg/acs/ap/userstatus"): Endpoint.REGISTERED,
    ("GET", "/v1/usg/dcs/member"): Endpoint.MEMBER,
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
    """The service behind its gateway: state, account and dice, and one reply for each call."""

    state: State
    account: auth.Account
    dice: random.Random

    def reply(self, endpoint: Endpoint, call: Call, now: datetime) -> Reply:
        if endpoint is Endpoint.RESET:
            return decide_reset(self.state, ResetCall(call.token, call.sn, call.body), now, self.dice)
        if endpoint is Endpoint.AUTH:
            return auth.authenticate(self.state, self.account, call.headers, call.body, now)
        if endpoint is Endpoint.REFRESH:
            return auth.refresh(self.state, self.account, call.token, now)
        if endpoint is Endpoint.VALIDATE:
            return auth.validate(self.state, self.account, call.body, now)
        token = self.state.tokens.find(call.token, now)
        if isinstance(token, Why):
            return refuse(token, self.state.assumptions)
        return _WITH_TOKEN[endpoint](self.state, call, token)


def _logout(state: State, _call: Call, token: Token) -> Reply:
    state.tokens.drop(token)
    return Reply(200)


def _search(state: State, call: Call, token: Token) -> Reply:
    if not token.is_admin:
        return refuse(Why.NOT_ADMIN, state.assumptions)
    offset, limit = (
        _number(call.query.get("offset", "0")),
        _number(call.query.get("limit", str(_DEFAULT_PAGE))),
    )
    if offset is None or not limit:
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "offset" if offset is None else "limit")
    offset, count, page = state.terminals.page(offset, limit, call.query.get("searchKey", ""))
    data = [terminal_json(terminal) for terminal in page]
    return Reply(200, data={"offset": offset, "limit": limit, "count": count, "data": data})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _detail(state: State, call: Call, token: Token) -> Reply:
    if not token.is_admin:
        return refuse(Why.NOT_ADMIN, state.assumptions)
    if not state.terminals.well_formed(call.sn):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "sn")
    record = state.terminals.find(call.sn)
    if record is None:
        return refuse(Why.UNKNOWN_TERMINAL, state.assumptions)
    return Reply(200, data=terminal_json(record.terminal))


def _registered(state: State, call: Call, _token: Token) -> Reply:
    """`regStatus` 0 is registered, 1 is not; one number of another enterprise refuses the whole call."""
    numbers = parsed(call.body)
    if not isinstance(numbers, list):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "body")
    records = [(number, state.terminals.by_number(str(number))) for number in numbers]
    if any(record is None for _, record in records):
        return refuse(Why.NOT_ADMIN, state.assumptions)
    data = [
        {"number": number, "regStatus": int(not record.activated), "callStatus": int(record.activated)}
        for number, record in records
        if record is not None
    ]
    return Reply(200, data=data)


def _member(_state: State, _call: Call, token: Token) -> Reply:
    name = token.user_id or "Simulated administrator"
    data = {"id": "0" * 32, "userAccount": name, "name": name, "adminType": token.admin_type}
    return Reply(200, data=data)


_WITH_TOKEN: Final[dict[Endpoint, Callable[[State, Call, Token], Reply]]] = {
    Endpoint.LOGOUT: _logout,
    Endpoint.SEARCH: _search,
    Endpoint.DETAIL: _detail,
    Endpoint.REGISTERED: _registered,
    Endpoint.MEMBER: _member,
}
