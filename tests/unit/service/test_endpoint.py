"""What is an endpoint, and what is this machine."""

from __future__ import annotations

import pytest

from batchreset.errors import UsageError
from batchreset.service.endpoint import checked_endpoint, is_loopback


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://localhost",
        "http://LOCALHOST:80",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:1",
    ],
)
def test_is_loopback_when_this_machine_then_true(endpoint: str) -> None:
    assert is_loopback(endpoint)
    assert checked_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    "host",
    [
        "127.evil.example.com",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "128.0.0.1",
        "[::2]",
    ],
)
def test_is_loopback_when_another_machine_then_false_and_http_is_refused(host: str) -> None:
    assert not is_loopback(f"http://{host}")
    with pytest.raises(UsageError) as caught:
        checked_endpoint(f"http://{host}")
    assert caught.value.code == "endpoint-not-https"


@pytest.mark.parametrize("endpoint", ["", "http://", "http://[", "https://", "https://host/path"])
def test_checked_endpoint_when_no_address_then_malformed(endpoint: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_endpoint(endpoint)
    assert caught.value.code == "endpoint-malformed"
