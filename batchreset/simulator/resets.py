"""How the simulated service decides a reset. Pure: time is handed in."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from batchreset.simulator.replies import Reply, Why, confirmed, refuse
from batchreset.simulator.state import Asked, State
from batchreset.simulator.terminals import Record, quota_used

DEFAULT_COUNTRY: Final = "chinaPR"
_MOBILE: Final = re.compile(r"[+]?[0-9]{1,32}", re.ASCII)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_EMAIL_MAX: Final = 255
_MOBILE_MAX: Final = 32


@dataclass(frozen=True, slots=True)
class ResetCall:
    """One call of the reset endpoint as it came in. `token` is None where the header is missing."""

    token: str | None
    sn: str
    body: bytes


def decide_reset(state: State, call: ResetCall, now: datetime) -> Reply:
    """Decide one reset, issue its code and its messages; a reply with `processed` False did nothing.

    The only thing a refusal may change is the quota, and only where refused calls are assumed to count.
    """
    token = state.tokens.find(call.token, now)
    if isinstance(token, Why):
        return refuse(token, state.assumptions)
    if not token.is_admin:
        return refuse(Why.NOT_ADMIN, state.assumptions)
    if not state.terminals.well_formed(call.sn):
        return refuse(Why.INVALID_PARAMETER, state.assumptions, "sn")
    asked = read_contact(state, call.body)
    record = state.terminals.find(call.sn)
    refusal = _why_not(state, call.sn, record, asked, now)
    if refusal is None and record is not None and isinstance(asked, Asked):
        state.issue(record, asked, now)
        return confirmed(state.assumptions)
    why = refusal or Why.INVALID_PARAMETER
    if record is not None and state.assumptions.refused_calls_count and why is not Why.QUOTA_USED:
        state.count_call(record, now)
    return refuse(why, state.assumptions, asked if isinstance(asked, str) else "")


def _why_not(state: State, sn: str, record: Record | None, asked: Asked | str, now: datetime) -> Why | None:
    assumptions = state.assumptions
    if isinstance(asked, str):
        return Why.INVALID_PARAMETER
    if record is None:
        return why_no_terminal(state, sn)
    if not record.terminal.has_activation_code:
        return Why.NO_ACTIVATION_CODE
    if record.terminal.disabled:
        return Why.DISABLED
    if not assumptions.sms_enabled and not asked.email:
        return Why.SMS_OFF
    if quota_used(record, now, assumptions) >= assumptions.quota_calls:
        return Why.QUOTA_USED
    return None


def why_no_terminal(state: State, sn: str) -> Why:
    """Why this enterprise has no terminal of this SN."""
    return Why.OTHER_ENTERPRISE if state.terminals.is_foreign(sn) else Why.UNKNOWN_TERMINAL


def parsed(body: bytes) -> object:
    """A call's body as JSON; `None` where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read_contact(state: State, body: bytes) -> Asked | str:
    """Where the code is to go, or the name of the parameter that is wrong (facts.md §2). null is absent."""
    data = parsed(body)
    if not isinstance(data, dict):
        return "body"
    values = {name: data.get(name) or "" for name in ("smsNumber", "country", "emailAddr")}
    if bad := next((name for name, value in values.items() if not isinstance(value, str)), None):
        return bad
    asked = Asked(values["smsNumber"], values["emailAddr"], values["country"])
    return _problem(asked) or ("country" if _wrong_country(asked, state) else asked)


def _problem(asked: Asked) -> str | None:
    """The parameter that can't be, countries left aside."""
    mobile, email = asked.mobile, asked.email
    if not mobile and not email:
        return "smsNumber, emailAddr"
    if mobile and (len(mobile) > _MOBILE_MAX or not _MOBILE.fullmatch(mobile)):
        return "smsNumber"
    if email and (len(email) > _EMAIL_MAX or not _EMAIL.fullmatch(email)):
        return "emailAddr"
    return None


def _wrong_country(asked: Asked, state: State) -> bool:
    assumed, country = state.assumptions, asked.country or DEFAULT_COUNTRY
    if asked.mobile and not asked.country and assumed.country_required:
        return True
    dial_code = state.countries.get(country)
    if dial_code is None:
        return assumed.country_checked
    return (
        assumed.country_must_fit and asked.mobile.startswith("+") and not asked.mobile.startswith(dial_code)
    )
