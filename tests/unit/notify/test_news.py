"""What is told of a job's end, and to whom."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.model import Status
from batchreset.notify.news import (
    SIGNATURE,
    TIMESTAMP,
    News,
    body_of,
    headers_of,
    json_of,
    mail_of,
    subject_of,
)
from batchreset.notify.target import Mail, Webhook, targets_of
from batchreset.settings import Settings
from batchreset.text import Text

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NEWS = News(
    "job-1", "site.xlsx", False, AT, {Status.SUCCEEDED: 3, Status.FAILED: 1}, Path("/o/handoff.html"), 1
)


def test_targets_are_told_apart_and_each_is_told_once() -> None:
    found = targets_of(
        "mailto:Ops@EXAMPLE.com https://h.example.com/x?k=1 http://127.0.0.1:9/ mailto:Ops@example.com"
    )
    assert found == (
        Mail("Ops@example.com"),
        Webhook("https://h.example.com/x?k=1"),
        Webhook("http://127.0.0.1:9/"),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mailto:nobody", "notify-address"),
        ("mailto:a@example.com%0aBcc:b@example.com", "notify-address"),
        ("ftp://example.com", "notify-address"),
        ("https://", "notify-address"),
        ("https://u:p@example.com/", "notify-address"),
        ("https://example.com:99999/", "notify-address"),
        ("http://example.com/", "notify-plain"),
        ("http://localhost.example.com/", "notify-plain"),
    ],
)
def test_target_that_may_not_be_told_is_refused(text: str, code: str) -> None:
    with pytest.raises(UsageError, match=code) as caught:
        targets_of(text)
    assert "p@" not in Text()(caught.value.message)


def test_webhook_shows_neither_path_nor_query() -> None:
    assert repr(Webhook("https://h.example.com/secret?k=1")) == "Webhook(https://h.example.com)"
    assert Settings(notify="https://h.example.com/secret").shown()["notify"] == "(set)"


def test_signature_covers_the_time_and_the_body() -> None:
    body = json_of(NEWS)
    headers = headers_of(body, AT, "secret")
    expected = hmac.new(b"secret", headers[TIMESTAMP].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={expected}"
    assert headers[TIMESTAMP] == str(int(AT.timestamp()))
    assert SIGNATURE not in headers_of(body, AT, None)


def test_json_tells_counts_and_the_page() -> None:
    value = json.loads(json_of(NEWS))
    assert value["counts"] == {"succeeded": 3, "failed": 1}
    assert (value["rows"], value["page"], value["exit_code"]) == (4, "/o/handoff.html", 1)


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_mail_is_in_the_readers_language_and_its_subject_is_one_line(lang: str) -> None:
    text = Text("zh-CN" if lang == "zh-CN" else "en-US")
    mail = mail_of(
        subject=text(subject_of(NEWS, "3\nx: y")),
        lines=[text(line) for line in body_of(NEWS, "3")],
        sender="a@example.com",
        to="b@example.com",
        at=AT,
        news=NEWS,
    )
    assert mail["Subject"].splitlines()[0].endswith("3 x: y")
    assert "handoff.html" in mail.get_content()
    assert ("于" in mail.get_content()) == (lang == "zh-CN")
