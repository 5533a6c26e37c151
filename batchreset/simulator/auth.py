"""App ID authentication and the life of its tokens (facts.md §1.1, §1.3). Pure.

Checks come in this order: the parameters (400), who signed (401), whether the signature still holds
(401). Why not the signature's time first: a wrong key must not be reported as a wrong clock.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from batchreset.service.signing import signature, string_to_sign
from batchreset.simulator.replies import JSON_TYPE, Reply, Why, refuse
from batchreset.simulator.resets import parsed
from batchreset.simulator.state import State
from batchreset.simulator.tokens import (
    ADMIN,
    CLIENT_TYPES,
    DEFAULT_ADMIN,
    NO_ADMIN,
    REFRESH_LIFE_S,
    Holder,
    Token,
)

_NONCE_LENGTHS: Final = range(32, 65)
_AUTHORIZATION: Final = re.compile(r"HMAC-SHA256 signature=([0-9A-Fa-f]+)(?:,\s*access=(\S+))?")
_SP_ADMIN, ENTERPRISE_USER = 1, 2
CORP_ID: Final = "807074304"
"""The enterprise of an app that has only one."""
FLAGSHIP: Final = 0
"""`corpType` of the edition that has hard terminals (facts.md §8)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the service knows. `corp_id` None is an app of one enterprise (facts.md §1.1).

    `admins` are third-party user ids of ordinary administrators; every other one is registered as an
    ordinary user at its first call, as the real service does (facts.md §0.8). `admin_type` is the role
    of whom the app stands for where no user is named: the default administrator, unless set otherwise.
    """

    app_id: str
    app_key: str = field(repr=False)
    corp_id: str | None = None
    admins: frozenset[str] = frozenset()
    admin_type: int = DEFAULT_ADMIN


@dataclass(frozen=True, slots=True)
class _Asked:
    app_id: str
    client_type: int
    expire_time_s: int
    nonce: str
    corp_id: str
    user_id: str


def authenticate(
    state: State, account: Account, headers: Mapping[str, str], body: bytes, now: datetime
) -> Reply:
    """`POST /v2/usg/acs/auth/appauth`."""
    asked = _read(headers, body)
    if isinstance(asked, str):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, asked)
    if not _signed_by(account, asked, headers, strict=state.assumptions.strict_auth):
        return refuse(Why.BAD_SIGNATURE, state.assumptions)
    if asked.expire_time_s and now.timestamp() > asked.expire_time_s:
        return refuse(Why.SIGNATURE_EXPIRED, state.assumptions)
    holder = Holder(asked.user_id, asked.corp_id or None, asked.client_type, _admin_type(account, asked))
    return token_reply(state.tokens.issue(holder, now), account)


def _read(headers: Mapping[str, str], body: bytes) -> _Asked | str:
    """The body's fields, or the name of the one that is wrong. null is absent (facts.md §11)."""
    if not headers.get("Content-Type", "").lower().startswith("application/json"):
        return "Content-Type"
    data = parsed(body)
    if not isinstance(data, dict):
        return "body"
    if bad := next((name for name, fits in _FIELDS.items() if not fits(data.get(name))), None):
        return bad
    return _Asked(
        data["appId"],
        data["clientType"],
        data["expireTime"],
        data["nonce"],
        data.get("corpId") or "",
        data.get("userId") or "",
    )


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _text_or_absent(value: object) -> bool:
    return value is None or isinstance(value, str)


_FIELDS: Final[dict[str, Callable[[object], bool]]] = {
    "appId": lambda value: isinstance(value, str) and value != "",
    "clientType": lambda value: _whole(value) and value in CLIENT_TYPES,
    "expireTime": _whole,
    "nonce": lambda value: isinstance(value, str) and len(value) in _NONCE_LENGTHS,
    "corpId": _text_or_absent,
    "userId": _text_or_absent,
}


def _signed_by(account: Account, asked: _Asked, headers: Mapping[str, str], *, strict: bool) -> bool:
    found = _AUTHORIZATION.fullmatch(headers.get("Authorization", ""))
    if found is None or asked.app_id != account.app_id:
        return False
    given, access = found.groups()
    if strict and (access is None or headers.get("X-Token-Type") != "LongTicket"):
        return False
    if access is not None and _plain(access) != account.app_id:
        return False
    if asked.corp_id not in {"", account.corp_id}:
        return False
    corp_id = None if account.corp_id is None else asked.corp_id
    message = string_to_sign(
        asked.app_id, asked.expire_time_s, asked.nonce, corp_id=corp_id, user_id=asked.user_id
    )
    return hmac.compare_digest(given.lower(), signature(account.app_key, message))


def _plain(access: str) -> str:
    try:
        return base64.b64decode(access, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _admin_type(account: Account, asked: _Asked) -> int:
    """An app of several enterprises that names none is nobody's administrator (inferred)."""
    if account.corp_id is not None and not asked.corp_id:
        return NO_ADMIN
    if not asked.user_id:
        return account.admin_type
    return ADMIN if asked.user_id in account.admins else NO_ADMIN


def refresh(state: State, account: Account, value: str | None, now: datetime) -> Reply:
    """`PUT /v1/usg/acs/token`."""
    token = state.tokens.refresh(value, now)
    return refuse(token, state.assumptions) if isinstance(token, Why) else token_reply(token, account)


def validate(state: State, account: Account, body: bytes, now: datetime) -> Reply:
    """`POST /v1/usg/acs/token/validate`; with `needGenNewToken` the answer is a new token's.

    https://support.huaweicloud.com/intl/en-us/api-meeting/meeting_21_0308.html
    """
    data = parsed(body)
    if not isinstance(data, dict) or not isinstance(data.get("token"), str):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "token")
    renew = data.get("needGenNewToken")
    if not isinstance(renew, bool):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "needGenNewToken")
    token = state.tokens.find(data["token"], now)
    if renew and not isinstance(token, Why):
        token = state.tokens.refresh(token.value, now)
    return refuse(token, state.assumptions) if isinstance(token, Why) else token_reply(token, account)


def token_reply(token: Token, account: Account) -> Reply:
    """The whole answer of facts.md §1.1, its times in agreement with each other."""
    data = {
        "accessToken": token.value,
        "tokenIp": "127.0.0.1",
        "validPeriod": token.life_s,
        "expireTime": token.expires_s,
        "createTime": token.created_ms,
        "user": _user(token, account),
        "clientType": token.client_type,
        "forceLoginInd": 0,
        "firstLogin": False,
        "pwdExpired": False,
        "daysPwdAvailable": -19678,
        "proxyToken": None,
        "delayDelete": False,
        "tokenType": 0,
        "refreshToken": token.refresh,
        "refreshValidPeriod": REFRESH_LIFE_S,
        "refreshExpireTime": token.created_ms // 1000 + REFRESH_LIFE_S,
        "refreshCreateTime": token.created_ms,
    }
    headers = (
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Frame-Options", "SAMEORIGIN"),
    )
    return Reply(200, data=data, content_type=JSON_TYPE, headers=headers)


def holder_name(token: Token) -> str:
    """What the service calls the token's holder."""
    return token.user_id or "Simulated administrator"


def holder_id(token: Token, account: Account) -> str:
    """The holder's own id at the service: 32 hex digits, the same in every run."""
    return signature(account.app_id, f"user:{token.user_id}")[:32]


def _user(token: Token, account: Account) -> dict[str, object]:
    sp_admin = account.corp_id is not None and token.corp_id is None
    return {
        "realm": "huaweicloud.com",
        "userId": holder_id(token, account),
        "ucloginAccount": token.user_id or "admin",
        "serviceAccount": "sip:+991100000000001@huaweicloud.com",
        "numberHA1": None,
        "alias1": None,
        "companyId": token.corp_id or account.corp_id or CORP_ID,
        "spId": "8a8df0a174a1c6680174a26f578b0000",
        "companyDomain": "simulated.example",
        "userType": _SP_ADMIN if sp_admin else ENTERPRISE_USER,
        "adminType": token.admin_type,
        "name": holder_name(token),
        "nameEn": "",
        "isBindPhone": None,
        "freeUser": False,
        "thirdAccount": token.user_id,
        "visionAccount": None,
        "headPictureUrl": None,
        "password": None,
        "status": 0,
        "paidAccount": None,
        "paidPassword": None,
        "weLinkUser": False,
        "appId": account.app_id,
        "tr069Account": None,
        "corpType": FLAGSHIP,
        "cloudUserId": None,
        "grayUser": True,
    }
