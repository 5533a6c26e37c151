"""What the enterprise has registered: terminals, models, and which terminals are alive. Pure (facts.md §3).

Keys are read whatever their case: the documents and the vendor's SDK differ in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from batchreset.rows import Contact
from batchreset.service.replies import load_json
from batchreset.service.wire import Reply, Request, read_headers

PAGE_SIZES: Final = (500, 100, 10)
"""Terminals asked for in one page: the most it takes is not published, so less is asked for where more is
refused, down to its own default. A service that gives fewer says so in its answer."""
STATUS_MOST: Final = 100
"""Numbers asked for in one call, as the sibling call documents it (facts.md §3, EN0091)."""
_DEVICE: Final = "/v1/usg/dcs/corp/device"
_MOBILE: Final = re.compile(r"\+[0-9]{7,15}")
_EMAIL: Final = re.compile(r"[^@\s*]+@[^@\s*]+")


@dataclass(frozen=True, slots=True)
class Registered:
    """A terminal as the enterprise's administrator entered it. `contact` None: none that can be used.

    The service may answer with masked contacts (`+86****`), which are none.
    """

    sn: str
    number: str
    model: str
    disabled: bool
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the search: `count` terminals are there in all, at most `limit` in a page."""

    count: int
    limit: int
    terminals: tuple[Registered, ...]


def search_request(offset: int, limit: int, *, token: str, request_id: str, lang: str) -> Request:
    """A page of all terminals. Past the end the service answers with the last page again."""
    query = urlencode({"offset": offset, "limit": limit})
    return Request(f"{_DEVICE}?{query}", read_headers(token, request_id, lang), b"", method="GET")


def detail_request(sn: str, *, token: str, request_id: str, lang: str) -> Request:
    """One terminal."""
    return Request(
        f"{_DEVICE}/{quote(sn, safe='')}", read_headers(token, request_id, lang), b"", method="GET"
    )


def models_request(*, token: str, request_id: str, lang: str) -> Request:
    """The models there are."""
    return Request("/v1/usg/dcs/termdevtype", read_headers(token, request_id, lang), b"", method="GET")


def status_request(numbers: Sequence[str], *, token: str, request_id: str, lang: str) -> Request:
    """Which of at most `STATUS_MOST` terminals are registered, by their numbers."""
    headers = {**read_headers(token, request_id, lang), "Content-Type": "application/json"}
    return Request("/v1/usg/acs/ap/userstatus", headers, json.dumps([*numbers]).encode())


def read_page(reply: Reply) -> Page | None:
    """A page; None for an answer that is none."""
    body = _folded(_json(reply))
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        return None
    terminals = tuple(t for one in body["data"] if (t := _terminal(one)) is not None)
    return Page(_number(body.get("count")), _number(body.get("limit")) or len(terminals), terminals)


def read_terminal(reply: Reply) -> Registered | None:
    """A terminal; None for an answer that is none."""
    return _terminal(_json(reply))


def read_codeless(reply: Reply) -> frozenset[str] | None:
    """The models without activation codes (`enableActiveCode` false); None for an answer that is none."""
    body = _json(reply)
    if not isinstance(body, list):
        return None
    models = [_folded(one) for one in body]
    return frozenset(
        str(one.get("model"))
        for one in models
        if isinstance(one, dict) and one.get("enableactivecode") is False
    )


def read_alive(reply: Reply) -> dict[str, bool] | None:
    """Whether each number is registered (`regStatus` 0 is); None for an answer that is none."""
    body = _json(reply)
    if not isinstance(body, list):
        return None
    told = [_folded(one) for one in body]
    return {
        _plain_number(str(one.get("number"))): str(one.get("regstatus")) == "0"
        for one in told
        if isinstance(one, dict)
    }


def _terminal(value: object) -> Registered | None:
    one = _folded(value)
    if not isinstance(one, dict) or not isinstance(one.get("sn"), str):
        return None
    return Registered(
        sn=one["sn"],
        number=_plain_number(str(one.get("number") or "")),
        model=str(one.get("model") or ""),
        disabled=str(one.get("status")) == "1",
        contact=_contact(one),
    )


def _contact(one: dict[str, Any]) -> Contact | None:
    phone, country, email = (str(one.get(name) or "").strip() for name in ("phone", "country", "email"))
    mobile = phone if _MOBILE.fullmatch(phone) and country else None
    address = email if _EMAIL.fullmatch(email) else None
    return Contact(mobile, country if mobile else None, address) if mobile or address else None


def _plain_number(number: str) -> str:
    return number.removeprefix("tel:")


def _json(reply: Reply) -> object:
    try:
        return load_json(reply.body) if reply.status == 200 else None
    except ValueError:
        return None


def _folded(value: object) -> Any:
    """A mapping with its keys in lower case; anything else as it is."""
    return {str(key).lower(): one for key, one in value.items()} if isinstance(value, dict) else value


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
