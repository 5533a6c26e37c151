"""What an answer to the authentication means: a token, or why there is none. Pure (facts.md §1.1, §4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from batchreset.service.codes import CodeTable
from batchreset.service.replies import cited, load_json, read_error, retry_after_s
from batchreset.service.wire import Answer, NoReply, Reply, Token
from batchreset.text.messages import Message, msg

RENEW_BEFORE: Final = timedelta(minutes=5)
"""How long before its `expireTime` a token is renewed (never later than at nine tenths of its life)."""
NOT_AN_ADMIN: Final = 2
LIFE_MAX: Final = timedelta(days=7)
"""No token is believed to live longer; 12 to 24 h are documented (facts.md §1.1)."""
LIFE_LEAST: Final = timedelta(hours=12)
"""The documented minimum (facts.md §1.1), for a token that comes without a believable life."""
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
"""How OpenSSL calls a certificate that nobody trusted has signed."""
_HEADER_SAFE: Final = re.compile(r"[!-~]+")
"""What can go into a header as it is: anything else would fail, or forge a header, in every call."""


@dataclass(frozen=True, slots=True)
class AuthFailure:
    """Why there is no token. `transient` failures are worth another try after `wait_s`."""

    code: str
    message: Message
    hint: Message
    transient: bool
    wait_s: float | None = None


def read_token(answer: Answer, table: CodeTable, now: datetime) -> Token | AuthFailure:
    """The token in an answer to `appauth`, or the failure in words."""
    if isinstance(answer, NoReply):
        return unreachable(answer)
    if answer.status != 200:
        return _refusal(answer, table, now)
    return _token(answer, now) or AuthFailure(
        "not-the-service",
        msg("The endpoint answered the login with something that is not the service's answer."),
        msg("A portal or proxy may stand in between, or the endpoint is wrong: see `batchreset doctor`."),
        transient=False,
    )


def unreachable(lost: NoReply) -> AuthFailure:
    """The failure for a call before any reset that got no answer."""
    hint = msg(
        "Check the network, and proxy and endpoint as `batchreset doctor` shows them, then run `rerun`."
    )
    if _UNTRUSTED in lost.error:
        hint = msg(
            "Its certificate is not trusted. A simulator, or a proxy that opens TLS, has an authority of "
            "its own: name its certificate with BATCHRESET_CA_FILE."
        )
    return AuthFailure(
        "unreachable",
        msg("The service can't be reached: {error}", error=lost.error),
        hint,
        transient=True,
    )


def _refusal(reply: Reply, table: CodeTable, now: datetime) -> AuthFailure:
    code, text = read_error(reply)
    if 300 <= reply.status < 400:
        return AuthFailure(
            "redirected",
            msg("The endpoint answers with a redirect, which is never followed: the token would leak."),
            msg("Set BATCHRESET_ENDPOINT to the service's own address."),
            transient=False,
        )
    entry = table.lookup(code, reply.status, text or "")
    if not entry.code and reply.status in _UNLISTED:  # the table's words for a status are of a reset
        reason, next_step = _UNLISTED[reply.status]
        reason = Message(reason.msgid, (("words", text or "-"),))
        entry = entry.model_copy(update={"reason": reason, "next_step": next_step})
    return AuthFailure(
        "auth-refused" if reply.status < 500 and reply.status != 429 else "auth-failed",
        msg(
            "The service refused the login: {reason} ({answer})",
            reason=entry.reason,
            answer=cited(reply, code),
        ),
        entry.next_step,
        transient=reply.status >= 500 or reply.status == 429,
        wait_s=retry_after_s(reply.headers, now),
    )


_UNLISTED: Final[dict[int, tuple[Message, Message]]] = {
    401: (
        msg('It does not accept App ID and App Key, and says: "{words}"'),
        msg(
            "Compare App ID and App Key with the Meeting console (a lost key can only be reset there), and "
            "name an enterprise (BATCHRESET_CORP_ID) only with an App ID of several. Then run "
            "`batchreset rerun`."
        ),
    ),
    404: (
        msg('There is no login at this address, which says: "{words}"'),
        msg(
            "Correct the endpoint (mainland China or international site): check with `batchreset doctor`, "
            "then run `batchreset rerun`."
        ),
    ),
}
"""What a refusal means whose code is not listed, by status."""


def _token(reply: Reply, now: datetime) -> Token | None:
    try:
        body = load_json(reply.body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    value = body.get("accessToken")
    if not isinstance(value, str) or not _HEADER_SAFE.fullmatch(value):
        return None
    user = body.get("user")
    admin_type = user.get("adminType") if isinstance(user, dict) else None
    return Token(
        value=value,
        created_at=now,
        expires_at=_expires_at(body, now),
        admin_type=admin_type if isinstance(admin_type, int) else None,
    )


def _expires_at(body: dict[str, object], now: datetime) -> datetime:
    """By `validPeriod` from now where given (needs no clock agreement), else by `expireTime`."""
    period, expire = _number(body.get("validPeriod")), _number(body.get("expireTime"))
    if period > 0:
        return now + timedelta(seconds=min(period, LIFE_MAX.total_seconds()))
    if now.timestamp() < expire <= (now + LIFE_MAX).timestamp():  # beyond: milliseconds, or nonsense
        return datetime.fromtimestamp(expire, UTC)
    return now + LIFE_LEAST


def _number(value: object) -> int | float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def renew_at(token: Token) -> datetime:
    """From when on a token is no longer used for a new call."""
    life = token.expires_at - token.created_at
    return token.expires_at - min(RENEW_BEFORE, life / 10)
