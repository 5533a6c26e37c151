"""What an answer means: one pure function from answer to outcome.

CONTRACT.md ("What proves that …") decides by HTTP status how far a call came; the table of codes
(`codes.toml`) adds what to do about it. A status or a body that proves nothing is `unknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from batchreset.model import Advice, AttemptState, Outcome, Rules
from batchreset.service.allowance import allowance_of
from batchreset.service.codefile import CodeEntry
from batchreset.service.codes import CodeTable
from batchreset.service.wire import Answer, NoReply, Reply, http_date
from batchreset.text.messages import Message, msg

REFUSING: Final = frozenset({400, 403, 404, 409})
"""A complete answer with one of these is a refusal (CONTRACT.md)."""
RETRY_AFTER_CAP_S: Final = 300.0
"""A `Retry-After` beyond this is absurd for a per-minute throttle (facts.md §5) and is cut to it."""
REFUSAL_CAP_S: Final = 7 * 86400.0
"""The same for a refusal, which may well name a day: its row waits by itself and holds nobody up."""
LATER_DEFAULT_S: Final = 60.0
"""How long a row waits when the service says "later" and neither it nor the table says how long."""
MESSAGE_MAX: Final = 500


def classify(answer: Answer, table: CodeTable, rules: Rules, now: datetime) -> Outcome:
    """The outcome of one reset call. `now` is only used to read a `Retry-After` date."""
    if isinstance(answer, NoReply):
        if answer.bytes_left:
            return Outcome(
                AttemptState.UNKNOWN, http_status=answer.http_status, error_message=answer.error[:MESSAGE_MAX]
            )
        return Outcome(AttemptState.UNPROCESSED, Advice.RETRY, error_message=answer.error[:MESSAGE_MAX])
    code, message = read_error(answer)
    allowance = allowance_of(answer.headers, answer.status, message)
    return replace(_judged(answer, code, message, table, rules, now), allowance=allowance)


def _judged(
    answer: Reply, code: str | None, message: str | None, table: CodeTable, rules: Rules, now: datetime
) -> Outcome:
    state = _state(answer, code)
    if state is AttemptState.SUCCEEDED:
        return _outcome(answer, state, Advice.NONE)
    entry = table.lookup(code, answer.status, message or "")
    wait_s = _wait_s(answer, state, entry, rules, now)
    outcome = _outcome(answer, state, _advice(state, answer.status, entry), code, message, wait_s)
    return replace(outcome, listed=bool(entry.code))


def _state(reply: Reply, code: str | None) -> AttemptState:
    status = reply.status
    if status == 200:
        if code is not None:
            return AttemptState.REFUSED
        return AttemptState.SUCCEEDED if _is_api_body(reply.body) else AttemptState.UNKNOWN
    if status in (401, 429):
        return AttemptState.UNPROCESSED
    if status in (502, 503) and code is not None and code.startswith("APIG."):
        return AttemptState.UNPROCESSED
    if status in REFUSING:
        return AttemptState.REFUSED
    return AttemptState.UNKNOWN


def _advice(state: AttemptState, status: int, entry: CodeEntry) -> Advice:
    if 300 <= status < 400:
        return Advice.STOP
    if state is AttemptState.UNKNOWN:
        return Advice.NONE
    if state is AttemptState.UNPROCESSED:
        if entry.advice in (Advice.STOP, Advice.LATER):
            return entry.advice
        return Advice.AUTH if status == 401 else Advice.RETRY
    # A refusal has used up one of the terminal's calls: it is never repeated within the run. "Try
    # again" becomes "later", and a token or account that is refused by a 4xx stops the job.
    match entry.advice:
        case Advice.RETRY | Advice.LATER:
            return Advice.LATER
        case Advice.AUTH | Advice.STOP if entry.code:
            return Advice.STOP
        case _:
            return Advice.ROW


def _wait_s(reply: Reply, state: AttemptState, entry: CodeEntry, rules: Rules, now: datetime) -> float | None:
    throttled = state is AttemptState.UNPROCESSED and not entry.quota
    asked = retry_after_s(reply.headers, now, RETRY_AFTER_CAP_S if throttled else REFUSAL_CAP_S)
    # "at once" can't be meant for a quota that is used up: the call would be refused, and counted, again
    if asked or (asked is not None and not entry.quota):
        return asked
    if state is AttemptState.UNPROCESSED and reply.status != 429:
        return None  # one call's mishap at the gateway: its own back-off, no pause for all
    if entry.wait_s is not None:
        return entry.wait_s
    if entry.quota:
        return rules.quota_window.total_seconds()
    return LATER_DEFAULT_S if state is AttemptState.REFUSED else None


def _outcome(
    reply: Reply,
    state: AttemptState,
    advice: Advice,
    code: str | None = None,
    message: str | None = None,
    wait_s: float | None = None,
) -> Outcome:
    return Outcome(
        state=state,
        advice=advice,
        http_status=reply.status,
        error_code=code,
        error_message=message,
        service_request_id=reply.headers.get("x-request-id"),
        wait_s=wait_s if advice in (Advice.RETRY, Advice.LATER) else None,
    )


def load_json(body: bytes) -> object:
    """The body as JSON.

    Raises:
        ValueError: it is none, or none that anybody means (nested without end).
    """
    try:
        return json.loads(body)
    except RecursionError as cause:
        raise ValueError("nested too deep") from cause


def _json(body: bytes) -> object:
    """The body as JSON; None where there is none to read."""
    try:
        return load_json(body)
    except ValueError:
        return None


def _is_api_body(body: bytes) -> bool:
    """Whether a 200's body can be the API's: empty or JSON. A page of HTML is somebody else's."""
    if not body.strip():
        return True
    try:
        load_json(body)
    except ValueError:
        return False
    return True


_CODE_KEYS: Final = (("error_code", "error_msg"), ("errorCode", "errorMsg"), ("returnCode", "returnDesc"))


def read_error(reply: Reply) -> tuple[str | None, str | None]:
    """Error code and message in a body: `error_code`, `errorCode`, old `returnCode`, gateway's `code`.

    Also one level nested, as the vendor's SDK reads them (facts.md §4.1, §11), unless the top level
    says zero in as many words. Of a body without a code the start of its text is the message, for
    support.
    """
    parsed = _json(reply.body)
    found = _error_in(parsed) if isinstance(parsed, dict) else None
    if found is not None:
        return found
    if reply.status == 200:
        return None, None
    text = clean(reply.body[:4096].decode("utf-8", "replace"))
    return None, text or None


def _error_in(body: Mapping[str, object]) -> tuple[str, str] | None:
    named = _named_code(body)
    if named is not None or any(_is_zero(body.get(key)) for key, _ in _CODE_KEYS):
        return named
    nested = [value for value in body.values() if isinstance(value, dict)]
    found = (_bare_code(body), *(_named_code(inner) or _bare_code(inner) for inner in nested))
    return next(filter(None, found), None)


def _named_code(body: Mapping[str, object]) -> tuple[str, str] | None:
    for code_key, message_key in _CODE_KEYS:
        code = _text_of(body.get(code_key))
        if code:
            return code, _words(body.get(message_key))
    return None


def _bare_code(body: Mapping[str, object]) -> tuple[str, str] | None:
    """By `code`: too common a word (a status, an activation code) unless shaped like the service's."""
    code = _text_of(body.get("code"))
    if code and re.fullmatch(r"[A-Z]{2,5}\.\d+", code):
        return code, _words(body.get("message"))
    return None


def _is_zero(code: object) -> bool:
    return re.fullmatch(r"-?0+(\.0+)?", _plain(code)) is not None


def _text_of(code: object) -> str | None:
    text = _plain(code)
    return None if not text or _is_zero(text) else clean(text)[:64]


def _plain(value: object) -> str:
    """The text of a string or a number, "" for anything else."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _words(message: object) -> str:
    """A message, whatever it is made of: what is no text may still tell support something."""
    try:
        return clean(str(message or ""))
    except RecursionError:
        return ""


def cited(reply: Reply, code: str | None) -> Message:
    """An answer as Huawei's support can find it: status, code, and the service's own request ID."""
    cites = msg("HTTP {status} {code}", status=reply.status, code=code or "-")
    found = clean(reply.headers.get("x-request-id", ""))
    return msg("{answer}, request ID {request_id}", answer=cites, request_id=found) if found else cites


def clean(text: str) -> str:
    """Text of the service fit for a cell and a log line: printable, one line, at most 500 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MESSAGE_MAX]


def retry_after_s(
    headers: Mapping[str, str], now: datetime, cap_s: float = RETRY_AFTER_CAP_S
) -> float | None:
    """`Retry-After` in seconds, given as seconds or as a date; capped, never negative; None if unreadable."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value):
        seconds = float(value)
    else:
        at = http_date(value)
        if at is None:
            return None
        seconds = (at - now).total_seconds()
    return min(max(seconds, 0.0), cap_s)
