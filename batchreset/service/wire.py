"""Requests as the service wants them, and answers as it gives them: plain values, no I/O.

Sources: the API page (`reset-activation-code.txt`), facts.md §1.1 (authentication), §2 (reset), §7
(headers).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from batchreset.rows import Contact
from batchreset.service.signing import authorization, signature, string_to_sign

AUTH_PATH: Final = "/v2/usg/acs/auth/appauth"
CLIENT_TYPE_API: Final = 72
"""The "API call type": its tokens do not kick each other out up to 64 of them (facts.md §1.1)."""
SIGNATURE_LIFE_S: Final = 600
"""Suggested life of a signature (facts.md §1.1)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call. Headers and body carry the token, the signature and the contact: the repr hides them."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class NoReply:
    """No complete answer came. `bytes_left` is the transport's proof: False means not one byte left.

    `http_status` is set when the answer began and was cut.
    """

    bytes_left: bool
    error: str
    http_status: int | None = None


Answer = Reply | NoReply


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """What signs for us. `corp_id` only for an app of several enterprises (facts.md §1.1)."""

    app_id: str
    app_key: str = field(repr=False)
    corp_id: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token (facts.md §1.1).

    `admin_type`: 0 default administrator, 1 administrator, 2 not one, None not told.
    """

    value: str = field(repr=False)
    created_at: datetime
    expires_at: datetime
    admin_type: int | None = None


def reset_request(sn: str, contact: Contact, *, token: str, request_id: str, lang: str) -> Request:
    """The reset of one terminal's activation code (facts.md §2).

    `request_id` is the attempt's id: it is all Huawei's support can look a lost answer up by.
    """
    body: dict[str, str] = {}
    if contact.mobile:
        body["smsNumber"] = contact.mobile
        if contact.country:
            body["country"] = contact.country
    if contact.email:
        body["emailAddr"] = contact.email
    return Request(
        path=f"/v1/usg/dcs/corp/device/{sn}/activecode",
        headers={**read_headers(token, request_id, lang), "Content-Type": "application/json"},
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def auth_request(
    credentials: AppCredentials, *, expire_time_s: int, nonce: str, request_id: str, lang: str
) -> Request:
    """App ID authentication (facts.md §1.1).

    Never with a `userId`: an unknown one is registered as a new user. `nonce` is 32 to 64 characters.
    """
    signed = signature(
        credentials.app_key,
        string_to_sign(credentials.app_id, expire_time_s, nonce, corp_id=credentials.corp_id),
    )
    body: dict[str, str | int] = {
        "appId": credentials.app_id,
        "clientType": CLIENT_TYPE_API,
        "expireTime": expire_time_s,
        "nonce": nonce,
    }
    if credentials.corp_id is not None:
        body["corpId"] = credentials.corp_id
    return Request(
        path=AUTH_PATH,
        headers={
            "Authorization": authorization(credentials.app_id, signed),
            "X-Token-Type": "LongTicket",
            "X-Request-Id": request_id,
            "Accept-Language": lang,
            "Content-Type": "application/json; charset=UTF-8",
        },
        body=json.dumps(body, separators=(",", ":")).encode(),
    )


def validate_request(token: str, *, request_id: str, lang: str) -> Request:
    """Asks whether a token is good, and whose it is (facts.md §1.3)."""
    body = {"token": token, "needGenNewToken": False, "needAccountInfo": True}
    return Request(
        "/v1/usg/acs/token/validate",
        {**read_headers(token, request_id, lang), "Content-Type": "application/json"},
        json.dumps(body, separators=(",", ":")).encode(),
    )


def logout_request(token: str, *, request_id: str, lang: str) -> Request:
    """Ends a token's life (facts.md §1.3)."""
    return Request("/v1/usg/acs/token", read_headers(token, request_id, lang), b"", method="DELETE")


def read_headers(token: str, request_id: str, lang: str) -> dict[str, str]:
    """What every call with a token carries."""
    return {"X-Access-Token": token, "X-Request-Id": request_id, "Accept-Language": lang}


def time_request() -> Request:
    """Asks for nothing but the headers of an answer, of which the `Date` is wanted; without a token."""
    return Request("/", {"Cache-Control": "no-cache"}, b"", method="HEAD")


def http_date(text: str) -> datetime | None:
    """An HTTP date in any of its spellings, all of which mean UTC (RFC 9110 §5.6.7); None if unreadable."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for a year or a zone beyond any number
        return None
