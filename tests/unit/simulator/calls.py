"""Calls and states the simulator's tests share; nothing in here is a test."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from batchreset.service.signing import authorization, signature, string_to_sign
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.auth import Account
from batchreset.simulator.config import APP_ID, APP_KEY
from batchreset.simulator.replies import Reply
from batchreset.simulator.resets import ResetCall, decide_reset
from batchreset.simulator.state import State
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tokens import API_CALLER, DEFAULT_ADMIN, Holder

NOW: Final = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ADMIN: Final = Holder("", None, API_CALLER, DEFAULT_ADMIN)
SN: Final = "2102310QPD10F3001263"
NONCE: Final = "EycLQsHwxhzK9OW8UEKWNfH2I3CGR2nINuU1EBpv162d42d92s"
ACCOUNT: Final = Account(APP_ID, APP_KEY)
MAIL: Final = b'{"emailAddr":"a@site.example"}'


def make_state(assumptions: Assumptions | None = None, known: Iterable[Terminal] | None = None) -> State:
    """A state with a few countries; every well-formed SN is known unless `known` says otherwise."""
    countries = {"chinaPR": "+86", "chinaHKG": "+852", "usa": "+1"}
    return State(assumptions or Assumptions(), known, countries, random.Random(1))


def admin_token(state: State, now: datetime = NOW) -> str:
    return state.tokens.issue(ADMIN, now).value


def reset(state: State, sn: str = SN, body: bytes = MAIL, now: datetime = NOW, token: str = "") -> Reply:
    """One reset by the administrator, who logs in for it unless a token is given."""
    call = ResetCall(token or admin_token(state, now), sn, body)
    return decide_reset(state, call, now)


def auth_body(expire_time_s: int = 0, **changes: object) -> dict[str, object]:
    """The body of `appauth`; a change to `None` sends null."""
    body: dict[str, object] = {
        "appId": APP_ID,
        "clientType": API_CALLER,
        "expireTime": expire_time_s,
        "nonce": NONCE,
    }
    return {**body, **changes}


def auth_headers(
    body: dict[str, object], *, corp_id: str | None = None, key: str = APP_KEY
) -> dict[str, str]:
    """Headers with the signature that goes with `body`, in the shape of the documents since 2024."""
    message = string_to_sign(
        str(body["appId"]),
        int(str(body["expireTime"])),
        str(body["nonce"]),
        corp_id=corp_id,
        user_id=str(body.get("userId") or ""),
    )
    return {
        "Authorization": authorization(str(body["appId"]), signature(key, message)),
        "X-Token-Type": "LongTicket",
        "Content-Type": "application/json; charset=UTF-8",
    }


def said(reply: Reply, *, english: bool = True) -> dict[str, str]:
    """The error object of a reply."""
    parsed = json.loads(reply.body(english=english, request_id="f" * 32))
    assert isinstance(parsed, dict)
    return parsed
