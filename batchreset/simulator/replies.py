"""What the simulated service can answer: replies as values, and its own sentences in Chinese and English.

The sentences imitate the service's `error_msg`, they are not texts of batchreset: so they stand here
and not in the catalogue. Formats: facts.md §4.1; codes: §4.3.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from batchreset.simulator.assumptions import Assumptions, SuccessBody

JSON_TYPE: Final = "application/json;charset=UTF-8"


class Why(StrEnum):
    """Why the service refuses a call; the value names it in tests and faults."""

    INVALID_PARAMETER = "invalid-parameter"
    TOKEN_UNKNOWN = "token-unknown"  # noqa: S105  a reason, no secret
    TOKEN_EVICTED = "token-evicted"  # noqa: S105  a reason, no secret
    BAD_SIGNATURE = "bad-signature"
    SIGNATURE_EXPIRED = "signature-expired"
    WRONG_SITE = "wrong-site"
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_LOCKED = "account-locked"
    NOT_ADMIN = "not-admin"
    UNKNOWN_TERMINAL = "unknown-terminal"
    OTHER_ENTERPRISE = "other-enterprise"
    QUOTA_USED = "quota-used"
    DISABLED = "disabled"
    NO_ACTIVATION_CODE = "no-activation-code"
    SMS_OFF = "sms-off"
    INTERNAL = "internal"
    THROTTLED = "throttled"
    NO_SUCH_API = "no-such-api"
    TOO_LARGE = "too-large"
    HEADERS_TOO_LARGE = "headers-too-large"
    BACKEND_UNAVAILABLE = "backend-unavailable"
    BACKEND_TIMEOUT = "backend-timeout"


class Saying(NamedTuple):
    """How the service puts it; an empty code means that code and status are named by `Assumptions`.

    `{}` takes a detail.
    """

    status: int
    code: str
    zh: str
    en: str


_ASSUMED: Final = (0, "")


SAYINGS: Final[dict[Why, Saying]] = {
    Why.INVALID_PARAMETER: Saying(400, "USG.000000003", "参数无效：{}", "Invalid parameter: {}"),
    Why.TOKEN_UNKNOWN: Saying(
        401, "USG.000000004", "非法请求，请检查X-Access-Token", "Illegal request. Check X-Access-Token."
    ),
    Why.TOKEN_EVICTED: Saying(
        401, "USG.206020002", "Token已被踢出，请重新登录", "The token was kicked out. Log in again."
    ),
    Why.BAD_SIGNATURE: Saying(401, "USG.206010025", "App ID鉴权失败", "App ID authentication failed."),
    Why.SIGNATURE_EXPIRED: Saying(
        401, "USG.206010057", "App ID鉴权信息已过期", "The App ID authentication information has expired."
    ),
    Why.WRONG_SITE: Saying(
        401, "USG.206010064", "请切换到正确的站点登录", "Switch to the correct site and log in again."
    ),
    Why.ACCOUNT_DISABLED: Saying(412, "USG.206010007", "帐号已停用", "The account is disabled."),
    Why.ACCOUNT_LOCKED: Saying(423, "USG.206030015", "帐号已被锁定，请稍后再试", "The account is locked."),
    Why.NOT_ADMIN: Saying(
        *_ASSUMED,
        "权限不足，仅企业管理员可操作",
        "Insufficient permissions: enterprise administrators only.",
    ),
    Why.UNKNOWN_TERMINAL: Saying(*_ASSUMED, "终端不存在", "The terminal does not exist."),
    Why.OTHER_ENTERPRISE: Saying(
        *_ASSUMED, "终端不属于本企业", "The terminal does not belong to this enterprise."
    ),
    Why.QUOTA_USED: Saying(
        *_ASSUMED,
        "该终端24小时内重置激活码次数已达上限",
        "The terminal's activation code resets within 24 hours have reached the upper limit.",
    ),
    Why.DISABLED: Saying(*_ASSUMED, "终端已停用", "The terminal is disabled."),
    Why.NO_ACTIVATION_CODE: Saying(
        *_ASSUMED, "该终端类型不支持激活码", "This terminal type has no activation code."
    ),
    Why.SMS_OFF: Saying(
        *_ASSUMED, "企业不支持发送短信，请填写邮箱", "Sending SMS is not supported. Enter an email address."
    ),
    Why.INTERNAL: Saying(
        500, "USG.000000002", "系统内部错误，请联系运维", "Internal error. Contact operations."
    ),
    Why.THROTTLED: Saying(
        429,
        "APIG.0308",
        "The throttling threshold has been reached: policy user over ratelimit,{}",
        "The throttling threshold has been reached: policy user over ratelimit,{}",
    ),
    Why.NO_SUCH_API: Saying(
        404,
        "APIG.0101",
        "The API does not exist or has not been published",
        "The API does not exist or has not been published",
    ),
    Why.TOO_LARGE: Saying(413, "APIG.0201", "Request entity too large", "Request entity too large"),
    Why.HEADERS_TOO_LARGE: Saying(400, "APIG.0201", "Request header too large", "Request header too large"),
    Why.BACKEND_UNAVAILABLE: Saying(502, "APIG.0202", "Backend unavailable", "Backend unavailable"),
    Why.BACKEND_TIMEOUT: Saying(504, "APIG.0203", "Backend timeout", "Backend timeout"),
}
"""The gateway (`APIG.`) speaks English only; the other codes come from facts.md §4.3."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `processed` says whether a code was issued for it.

    The body is `raw` if that is set, else an error object if there is a `code`, else `data` as JSON,
    else empty. `zh` and `en` are the error's sentence.
    """

    status: int
    data: object = None
    code: str = ""
    zh: str = ""
    en: str = ""
    processed: bool = False
    raw: bytes | None = None
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, *, english: bool, request_id: str) -> bytes:
        """The bytes of the body; a gateway's error carries `request_id` (facts.md §4.1)."""
        if self.raw is not None:
            return self.raw
        if self.code:
            return _json(self._error(english=english, request_id=request_id))
        return b"" if self.data is None else _json(self.data)

    def _error(self, *, english: bool, request_id: str) -> dict[str, str]:
        error = {"error_code": self.code, "error_msg": self.en if english else self.zh}
        if self.code.startswith("APIG."):
            error["request_id"] = request_id
        return error


def refuse(
    why: Why, assumptions: Assumptions, detail: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """The refusal for a reason; `detail` is what the sentence names (a parameter, a rate)."""
    status, code, zh, en = SAYINGS[why]
    if not code:
        status, code = _assumed(why, assumptions)
    return Reply(status, code=code, zh=zh.format(detail), en=en.format(detail), headers=headers)


def _assumed(why: Why, assumptions: Assumptions) -> tuple[int, str]:
    """Status and code that nobody has published; their fields are called as the reason is."""
    name = why.replace("-", "_")
    return getattr(assumptions, f"status_{name}"), getattr(assumptions, f"code_{name}")


def confirmed(assumptions: Assumptions) -> Reply:
    """The 200 of a processed reset; the code itself is never in it (facts.md §0.2)."""
    data: dict[SuccessBody, object] = {
        SuccessBody.EMPTY: None,
        SuccessBody.OBJECT: {},
        SuccessBody.RETURN_CODE: {"returnCode": 0, "returnDesc": "SUCCESS"},
    }
    return Reply(200, data=data[assumptions.success_body], processed=True)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
