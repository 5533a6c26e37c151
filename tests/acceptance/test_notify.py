"""`--notify` from outside: a real mail server and a real HTTP receiver, good ones and bad ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.acceptance.cli import Bench, sheet, simulator

SNS = [f"21023113374{n:09d}" for n in range(3)]
SECRET = "a webhook's secret"


class Mailbox:
    """What a mail server has taken."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802  # as aiosmtpd calls it
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@contextmanager
def mail_server(bench: Bench) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    bench.env |= {
        "BATCHRESET_SMTP_HOST": "127.0.0.1",
        "BATCHRESET_SMTP_PORT": str(port),
        "BATCHRESET_SMTP_SECURITY": "none",
        "BATCHRESET_SMTP_FROM": "batchreset@example.com",
    }
    try:
        yield box
    finally:
        controller.stop()


class Receiver(ThreadingHTTPServer):
    """A webhook's server: what it got, and what it answers."""

    def __init__(self, status: int = 204) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.got: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/pathsecret"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Nothing on stderr."""


@contextmanager
def receiver(status: int = 204) -> Iterator[Receiver]:
    with Receiver(status) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def parsed(content: bytes) -> Message:
    from email import message_from_bytes
    from email.policy import default

    mail = message_from_bytes(content, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_end_of_a_job_is_told_by_mail_and_signed_webhook_without_contacts(bench: Bench) -> None:
    bench.env["BATCHRESET_NOTIFY_SECRET"] = SECRET
    with simulator(bench), mail_server(bench) as box, receiver() as hook:
        bench.env["BATCHRESET_NOTIFY"] = f"mailto:ops@example.com {hook.url}"
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--only-first", "2")
        assert done.code == 1, done.err
        assert bench.run("rerun", "--yes").code == 0
    job, page = done.object["job"], done.object["files"]["handoff"]
    assert [to for to, _ in box.taken] == [["ops@example.com"]] * 2
    mail = parsed(box.taken[0][1])
    assert isinstance(mail, EmailMessage)
    assert mail["From"] == "batchreset@example.com"
    assert "2 succeeded" in mail["Subject"]
    assert all(word in mail.get_content() for word in (job, str(page), "2 succeeded"))
    _, headers, body = hook.got[0]
    signed = headers["X-Batchreset-Timestamp"].encode() + b"." + body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Batchreset-Signature"] == expected
    told = json.loads(body)
    assert (told["job"], told["counts"]["succeeded"], told["rows"]) == (job, 2, 3)
    assert json.loads(hook.got[1][2])["counts"]["succeeded"] == 3
    everything = box.taken[0][1] + box.taken[1][1] + body
    for secret in (b"user1@example", b"13800000001", SECRET.encode()):
        assert secret not in everything
    written = Path(done.object["files"]["summary"]).read_text() + done.err
    assert "pathsecret" not in written
    assert SECRET not in written


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_webhook_that_does_not_take_it_is_told_and_changes_no_exit_code(bench: Bench, status: int) -> None:
    with simulator(bench), receiver(status) as hook:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--notify", hook.url)
    assert (done.code, done.object["exit_code"]) == (0, 0)
    assert f"http://127.0.0.1 could not be notified: HTTP {status}" in done.err
    assert "pathsecret" not in done.out + done.err
    assert [path for path, _, _ in hook.got] == ["/hook/pathsecret"], "no redirect is followed"


def test_mail_server_that_is_away_is_told_and_changes_no_exit_code(bench: Bench) -> None:
    with mail_server(bench):
        pass
    with simulator(bench):
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--notify", "mailto:ops@example.com")
    assert done.code == 0
    assert "ops@example.com could not be notified" in done.err


def test_mail_without_encryption_where_it_was_asked_for_is_not_sent(bench: Bench) -> None:
    with simulator(bench), mail_server(bench) as box:
        bench.env |= {
            "BATCHRESET_SMTP_SECURITY": "starttls",
            "BATCHRESET_SMTP_USER": "op",
            "BATCHRESET_SMTP_PASSWORD": "s3cr3t",
        }
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--notify", "mailto:ops@example.com")
    assert done.code == 0
    assert "could not be notified" in done.err
    assert "s3cr3t" not in done.out + done.err
    assert box.taken == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("mailto:ops@example.com", "no-mail-server"),
        ("http://example.com/", "notify-plain"),
        ("x", "notify-address"),
    ],
)
def test_target_that_cannot_be_told_is_refused_before_anything_is_sent(
    bench: Bench, target: str, code: str
) -> None:
    with simulator(bench) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--notify", target)
        assert (done.code, done.object["error"]["code"]) == (2, code)
        assert service.log() == []
