"""The address of the service: what is one, and what is this machine. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from batchreset.errors import UsageError
from batchreset.text.messages import msg


def is_loopback(endpoint: str) -> bool:
    """Whether an endpoint is this machine."""
    host = urlsplit(endpoint).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere: 127.example.com is one
        return False


def checked_endpoint(endpoint: str) -> str:
    """The endpoint without a trailing slash.

    Raises:
        UsageError: it is no URL, carries a path, query or user, or is `http://` beyond loopback.
    """
    try:
        parts = urlsplit(endpoint.strip())
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise UsageError(
            "endpoint-malformed",
            msg("The endpoint {endpoint} is not an address like https://host", endpoint=endpoint),
            msg("Set it with --endpoint or BATCHRESET_ENDPOINT."),
        )
    if parts.scheme == "http" and not is_loopback(endpoint):
        raise UsageError(
            "endpoint-not-https",
            msg("The endpoint {endpoint} is not https: the token would travel readable.", endpoint=endpoint),
            msg("Use https://; http:// is for a simulator on this machine only."),
        )
    return endpoint.strip().rstrip("/")
