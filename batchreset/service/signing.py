"""App ID authentication: what is signed, and how (facts.md §1.1, DEVG11, GUIDE0311).

The vectors of facts.md §1.1 are tests (`tests/unit/service/test_signing.py`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def string_to_sign(
    app_id: str, expire_time_s: int, nonce: str, *, corp_id: str | None = None, user_id: str = ""
) -> str:
    """The parts joined by ":"; an empty user id keeps its colon.

    `corp_id` None is a single enterprise; a string (also "") is an app of several enterprises.
    `user_id` exists for the vectors and the simulator only: the client never sends one, because an
    unknown user id is registered as a new user (facts.md §0.8).
    """
    corp = [] if corp_id is None else [corp_id]
    return ":".join([app_id, *corp, user_id, str(expire_time_s), nonce])


def signature(app_key: str, message: str) -> str:
    """Lower-case hex of HMAC-SHA256 over `message` with the App Key."""
    return hmac.new(app_key.encode(), message.encode(), hashlib.sha256).hexdigest()


def authorization(app_id: str, signed: str) -> str:
    """The `Authorization` header: the signature, and `access=` with the App ID in base64."""
    access = base64.b64encode(app_id.encode()).decode()
    return f"HMAC-SHA256 signature={signed},access={access}"
