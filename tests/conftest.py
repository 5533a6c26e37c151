"""For all tests: no user's folders, no user's settings, and the one shim for aioresponses."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import aiohttp
import aioresponses
import keyring
import keyring.backends.null
import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a state and a config folder of its own, and no settings from outside."""
    for name in [name for name in os.environ if name.startswith("BATCHRESET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.null.Keyring())  # type: ignore[no-untyped-call]  # untyped upstream
    yield
    keyring.set_keyring(before)


class _ShimmedResponse(aiohttp.ClientResponse):
    """aioresponses 0.7.9 makes responses without the `stream_writer` that aiohttp >= 3.14 asks for.

    Upstream: https://github.com/pnuckowski/aioresponses/issues/289; the canary test below
    (`test_aioresponses_shim_is_still_needed`) says when this can go.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", Mock(output_size=0))
        super().__init__(*args, **kwargs)


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[aioresponses.aioresponses]:
    """aioresponses, mended for this aiohttp."""
    needs_writer = "stream_writer" in inspect.signature(aiohttp.ClientResponse.__init__).parameters
    if needs_writer:
        monkeypatch.setattr("aioresponses.core.ClientResponse", _ShimmedResponse)
    with aioresponses.aioresponses() as fake:
        yield fake
