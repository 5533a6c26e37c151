"""Whose certificates are trusted: the system's, and those of one file."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from batchreset.config import load_settings
from batchreset.errors import UsageError
from batchreset.service.transport import Transport
from batchreset.service.trust import tls_for
from batchreset.service.wire import NoReply, Reply, Request
from batchreset.simulator.tls import make_tls
from batchreset.text import Text
from tests.raw_server import saying, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
REQUEST = Request("/", {}, b"{}")


@pytest.mark.parametrize(("endpoint", "set_"), [("https://h", False), ("http://127.0.0.1:1", True)])
def test_tls_for_when_no_file_or_no_tls_then_the_systems_own(
    tmp_path: Path, endpoint: str, *, set_: bool
) -> None:
    assert tls_for(endpoint, tmp_path / "missing" if set_ else None) is None


async def test_post_when_the_file_names_the_authority_then_it_is_trusted(tmp_path: Path) -> None:
    tls, path = make_tls(), tmp_path / "ca.pem"
    path.write_bytes(tls.authority_pem)
    async with serving(saying(OK), tls=tls.server) as seen:
        context = tls_for(seen.url, path)
        async with Transport(seen.url, timeout_s=9, connections=1, tls=context) as transport:
            assert isinstance(await transport.post(REQUEST), Reply)


async def test_post_when_the_file_names_another_authority_then_not_a_byte_left(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(make_tls().authority_pem)
    async with serving(saying(OK), tls=make_tls().server) as seen:
        context = tls_for(seen.url, path)
        async with Transport(seen.url, timeout_s=9, connections=1, tls=context) as transport:
            answer = await transport.post(REQUEST)
    assert isinstance(answer, NoReply)
    assert not answer.bytes_left
    assert "CERTIFICATE_VERIFY_FAILED" in answer.error


def test_tls_for_when_set_then_the_systems_authorities_are_trusted_too(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(make_tls().authority_pem)
    context = tls_for("https://h", path)
    assert context is not None
    assert context.cert_store_stats()["x509_ca"] == 1 + len(ssl.create_default_context().get_ca_certs())
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("content", [None, b"", b"nothing", b"\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_tls_for_when_the_file_cannot_be_used_then_usage_error_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        tls_for("https://h", path)
    assert caught.value.code == "ca-file"
    assert str(path) in Text()(caught.value.message)


def test_settings_when_ca_file_is_in_the_home_folder_then_found_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BATCHRESET_CA_FILE", "~/ca.pem")
    assert load_settings().ca_file == Path.home() / "ca.pem"
