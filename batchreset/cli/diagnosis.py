"""What `doctor` tells of the program and of the way to the service, as plain values."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from batchreset import __version__
from batchreset.errors import BatchresetError

if TYPE_CHECKING:
    from batchreset.settings import Settings

INTERNATIONAL: Final = "https://api-intl.meeting.huaweicloud.com"
"""The other public site (facts.md §7)."""


def program() -> dict[str, str]:
    """What runs here."""
    return {
        "version": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


def service(settings: Settings, errors: list[BatchresetError]) -> dict[str, object]:
    """The way to the service; what is wrong in it goes to `errors`. A proxy's password is not told."""
    from batchreset.service.codes import load_table
    from batchreset.service.transport import proxy_for
    from batchreset.service.trust import tls_for

    proxy = proxy_for(settings.endpoint)
    codes = None
    try:
        tls_for(settings.endpoint, settings.ca_file)
        codes = len(load_table(settings.codes).entries())
    except BatchresetError as error:
        errors.append(error)
    return {
        "endpoint": settings.endpoint,
        "site": _site(settings.endpoint),
        "proxy": None if proxy is None else _without_user(proxy),
        "certificates": _certificates(settings),
        "codes": codes,
    }


def _site(endpoint: str) -> str:
    from batchreset.service.endpoint import is_loopback
    from batchreset.settings import MAINLAND

    if is_loopback(endpoint):
        return "loopback"
    return {MAINLAND: "mainland", INTERNATIONAL: "international"}.get(endpoint, "other")


def _certificates(settings: Settings) -> str:
    if not settings.endpoint.startswith("https:"):
        return "none"
    return "system" if settings.ca_file is None else str(settings.ca_file)


def _without_user(proxy: str) -> str:
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "?"
