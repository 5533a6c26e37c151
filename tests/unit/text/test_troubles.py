"""What the client says of a call without an answer is told in plain words, in the reader's language."""

from __future__ import annotations

import pytest

from batchreset.dispatch import pool
from batchreset.ledger import attempts
from batchreset.text import Text
from batchreset.text.troubles import trouble

ENGLISH, CHINESE = Text("en-US"), Text("zh-CN")


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("ClientOSError: [Errno 104] Connection reset by peer", "the connection broke"),
        ("ServerDisconnectedError: Server disconnected", "the connection broke"),
        ("ConnectionResetError: [Errno 104] Connection reset by peer", "the connection broke"),
        ("ClientConnectionResetError: Cannot write to closing transport", "the connection broke"),
        ("ClientProxyConnectionError: Cannot connect to host", "the connection could not be made"),
        ("SMTPServerDisconnected", "the connection broke"),
        ("SMTPConnectError", "the connection could not be made"),
        ("TimeoutError", "no answer came in time"),
        ("ConnectionTimeoutError: Connection timeout to host x", "the connection could not be made in time"),
        ("ClientConnectorDNSError: Cannot connect to host x:443", "the service's address was not found"),
        ("ClientConnectorCertificateError: Cannot connect", "the secure connection could not be made"),
        ("ClientConnectorError: Cannot connect to host x:443", "the connection could not be made"),
        ("ClientPayloadError: Response payload is not completed", "the answer was cut short"),
        ("ClientResponseError: 400, message='Bad status line'", "the answer could not be read"),
        ("answer longer than 1000000 bytes", "the answer was far too long"),
    ],
)  # fmt: skip
def test_trouble_when_the_clients_then_plain_words_before_its_own(said: str, plain: str) -> None:
    assert ENGLISH(trouble(said)) == f"{plain} ({said})"
    translated = CHINESE(trouble(said))
    assert said in translated
    assert plain not in translated


@pytest.mark.parametrize(
    "said",
    [
        attempts._RUN_DIED,
        pool._NEVER_LEFT.error_message,
        pool._HELD_UP.error_message,
        "cancelled",
    ],
)
def test_trouble_when_our_own_then_a_sentence_in_either_language(said: str) -> None:
    assert "(" not in ENGLISH(trouble(said))
    assert CHINESE(trouble(said)).isascii() is False


@pytest.mark.parametrize(("said", "told"), [("{odd} thing", "{odd} thing"), ("", "-"), (None, "-")])
def test_trouble_when_of_no_known_kind_then_as_it_is(said: str | None, told: str) -> None:
    assert [text(trouble(said)) for text in (ENGLISH, CHINESE)] == [told, told]
