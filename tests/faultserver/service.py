"""The service's own rules, told truly: logins, tokens, terminals, the quota, a rate. Pure: time is handed in.

Written from the documents alone (facts.md §1.1, §2, §4) and strict where they leave a choice: a call
that comes as far as a known terminal counts in a rolling 24 h, even where its body is then refused.
Only one that finds the quota used up does not, or nobody who asks too often would ever be let in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import unquote

from tests.faultserver.faults import Endpoint, MistakeError
from tests.faultserver.speech import error_body
from tests.faultserver.wire import Answer, Request, parsed

LOGIN_PATH: Final = "/v2/usg/acs/auth/appauth"
_RESET_PATH: Final = re.compile(r"/v1/usg/dcs/corp/device/([^/]+)/activecode")
_SN: Final = re.compile(r"[A-Za-z0-9_]{1,30}", re.ASCII)
_AUTHORIZATION: Final = re.compile(r"HMAC-SHA256 signature=([0-9A-Fa-f]{64}),access=(\S+)")
_CONTACTS: Final = ("smsNumber", "emailAddr")
DAY_S: Final = 86400.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What kind of service it is. Codes for an unknown terminal and a used-up quota are invented: none
    is public (facts.md §13.1)."""

    app_id: str = "fault-app"
    app_key: str = field(default="fault-key", repr=False)
    corp_id: str | None = None
    """Of an app of several enterprises; for one enterprise it must not be sent."""
    unknown: Sequence[str] = ()
    """Patterns of SNs the enterprise does not have (`*`, `?`, `[…]`, case ignored)."""
    quota_calls: int = 5
    quota_window_s: float = DAY_S
    rate: int = 0
    """Resets let through in any second; 0 for no such rate."""
    rate_retry_after: str | None = None
    """`Retry-After` of the rate's 429."""
    token_life_s: int = 43200
    tokens_max: int = 64
    """Live tokens; one more puts the oldest out."""
    signatures_expire: bool = True
    """Whether a login is refused whose signature has expired by the service's clock, as documented."""
    idle_s: float | None = None
    """After how long an idle connection is closed; None never."""
    ledger: str | None = None
    """The caller's ledger file, to look for each reset's intent as it comes (`lookout`)."""


def settings_from(value: object) -> Settings:
    """Settings as a JSON object gives them. `MistakeError` for a name nobody knows."""
    if not isinstance(value, dict):
        raise MistakeError("settings are an object")
    if alien := sorted({*value} - {one.name for one in fields(Settings)}):
        raise MistakeError(f"there are no settings {', '.join(alien)}")
    return Settings(**value)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the service makes of a call: whether it carried it out, whether it counts, and its answer.

    None is the answer to a call that never came before the service.
    """

    answer: Answer | None = None
    processed: bool = False
    counted: bool = False


def route(request: Request) -> tuple[Endpoint, str]:
    """What a request is for, and the SN it names."""
    path = request.path
    if request.method == "POST":
        if found := _RESET_PATH.fullmatch(path):
            return Endpoint.RESET, unquote(found[1])
        if path == LOGIN_PATH:
            return Endpoint.LOGIN, ""
    return Endpoint.OTHER, ""


class Service:
    """One service with its memory. Times are seconds: `now_s` by its own clock, `monotonic_s` steady."""

    def __init__(self, settings: Settings) -> None:
        self.settings: Final = settings
        self._unknown: Final = [pattern.casefold() for pattern in settings.unknown]
        self._tokens: Final[dict[str, float]] = {}
        self._issued = 0
        self._counted: Final[dict[str, list[float]]] = {}
        self._arrivals: Final[deque[float]] = deque()

    def throttled(self, monotonic_s: float) -> Verdict | None:
        """The gateway's 429 for one more reset now, or None. A throttled call counts for nothing."""
        if not self.settings.rate:
            return None
        arrivals = self._arrivals
        while arrivals and arrivals[0] <= monotonic_s - 1.0:
            arrivals.popleft()
        if len(arrivals) < self.settings.rate:
            arrivals.append(monotonic_s)
            return None
        text = f"policy user over ratelimit,limit:{self.settings.rate},time:1 second"
        wait = self.settings.rate_retry_after
        headers = {} if wait is None else {"Retry-After": wait}
        body = error_body("APIG.0308", f"The throttling threshold has been reached: {text}")
        return Verdict(Answer(429, body, headers))

    def judge(self, endpoint: Endpoint, sn: str, request: Request, now_s: float) -> Verdict:
        """Carry a call out, or refuse it."""
        if endpoint is Endpoint.RESET:
            return self._reset(sn, request, now_s)
        if endpoint is Endpoint.LOGIN:
            return self._login(request, now_s)
        return _refused(404, "APIG.0101", "The API does not exist or has not been published")

    def expire_tokens(self) -> None:
        """All tokens given out until now are good no more."""
        self._tokens.clear()

    def _reset(self, sn: str, request: Request, now_s: float) -> Verdict:
        if now_s >= self._tokens.get(request.headers.get("x-access-token", ""), 0.0):
            return _refused(401, "USG.000000004", "Illegal request: the token is invalid")
        if not _SN.fullmatch(sn):
            return _refused(400, "USG.000000003", "Invalid parameter: sn")
        if any(fnmatchcase(sn.casefold(), pattern) for pattern in self._unknown):
            return _refused(400, "USG.201059101", "The terminal does not exist")
        if self.used(sn, now_s) >= self.settings.quota_calls:
            return _refused(400, "USG.201059102", "The terminal can be reset 5 times in 24 hours only")
        self.count(sn, now_s)
        body = parsed(request.body)
        if not isinstance(body, dict) or not any(map(body.get, _CONTACTS)):
            return replace(_refused(400, "USG.000000003", "Invalid parameter: contact"), counted=True)
        return Verdict(Answer(200), processed=True, counted=True)

    def count(self, sn: str, now_s: float) -> None:
        """Let a call count against its terminal's quota."""
        self._counted.setdefault(sn.casefold(), []).append(now_s)

    def used(self, sn: str, now_s: float) -> int:
        """How many of a terminal's calls count at this instant. None is forgotten: the clock may go back."""
        since_s = now_s - self.settings.quota_window_s
        return sum(at_s > since_s for at_s in self._counted.get(sn.casefold(), ()))

    def _login(self, request: Request, now_s: float) -> Verdict:
        body = parsed(request.body)
        if not isinstance(body, dict) or not _well_formed(body):
            return _refused(400, "USG.000000003", "Invalid parameter")
        if not self._signed(request, body):
            return _refused(401, "USG.206010025", "App ID verification failed")
        expires_s = body["expireTime"]
        if self.settings.signatures_expire and expires_s and now_s > expires_s:
            return _refused(401, "USG.206010057", "The App ID signature has expired")
        return Verdict(Answer(200, json.dumps(self.grant(now_s)).encode()), processed=True)

    def _signed(self, request: Request, body: dict[str, Any]) -> bool:
        settings = self.settings
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        corp_id = body.get("corpId")
        if found is None or body["appId"] != settings.app_id or bool(corp_id) > bool(settings.corp_id):
            return False
        corp = [] if settings.corp_id is None else [corp_id or ""]
        parts = [settings.app_id, *corp, body.get("userId") or "", str(body["expireTime"]), body["nonce"]]
        signed = hmac.new(settings.app_key.encode(), ":".join(parts).encode(), hashlib.sha256).hexdigest()
        access = base64.b64encode(settings.app_id.encode()).decode()
        return hmac.compare_digest(found[1].lower(), signed) and found[2] == access

    def grant(self, now_s: float) -> dict[str, Any]:
        """Give out a token; the whole answer about it (facts.md §1.1)."""
        self._issued += 1
        value = f"fault-token-{self._issued}-{secrets.token_hex(8)}"
        life_s = self.settings.token_life_s
        self._tokens[value] = now_s + life_s
        while len(self._tokens) > self.settings.tokens_max:
            del self._tokens[next(iter(self._tokens))]
        return {
            "accessToken": value,
            "tokenIp": "127.0.0.1",
            "validPeriod": life_s,
            "expireTime": int(now_s) + life_s,
            "createTime": int(now_s * 1000),
            "clientType": 72,
            "tokenType": 0,
            "user": {"userType": 2, "adminType": 0, "status": 0, "appId": self.settings.app_id},
        }


def _well_formed(body: dict[str, Any]) -> bool:
    nonce, expires_s = body.get("nonce"), body.get("expireTime")
    return (
        isinstance(body.get("appId"), str)
        and body.get("clientType") == 72
        and isinstance(nonce, str)
        and 32 <= len(nonce) <= 64
        and isinstance(expires_s, int)
    )


def _refused(status: int, code: str, text: str) -> Verdict:
    return Verdict(Answer(status, error_body(code, text)))
