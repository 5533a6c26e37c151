"""Who is told: `mailto:` addresses and webhooks, checked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from batchreset.errors import UsageError
from batchreset.service.endpoint import is_loopback
from batchreset.text.messages import msg

_MAIL: Final = "mailto:"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mailbox."""

    address: str

    @property
    def shown(self) -> str:
        """How it is named to the operator who gave it."""
        return self.address


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes a POST. Path and query may hold a secret: neither is ever shown."""

    url: str

    def __repr__(self) -> str:
        return f"Webhook({self.shown})"

    @property
    def shown(self) -> str:
        """Scheme and host only."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"


Target = Mail | Webhook


def targets_of(text: str) -> tuple[Target, ...]:
    """The targets that a setting or several `--notify` name, with blanks between them, each once.

    Raises:
        UsageError: one is neither a mailbox nor a webhook that may be called.
    """
    return tuple(dict.fromkeys(_target(word) for word in text.split()))


def _target(word: str) -> Target:
    if word.lower().startswith(_MAIL):
        try:
            found = validate_email(
                unquote(word[len(_MAIL) :]), check_deliverability=False, test_environment=True
            )
        except EmailNotValidError as error:
            raise UsageError(
                "notify-address",
                msg("--notify {address} is no mailbox: {error}", address=word, error=error),
                msg("Write e.g. --notify mailto:ops@example.com."),
            ) from None
        return Mail(found.normalized)
    return _webhook(word)


def _webhook(word: str) -> Webhook:
    try:
        parts = urlsplit(word)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
        parts = urlsplit("")
    if not usable or parts.username is not None:
        raise UsageError(
            "notify-address",
            msg("One of the addresses to notify is neither mailto: nor a web address without a login in it."),
            msg("Write e.g. --notify mailto:ops@example.com or --notify https://chat.example.com/hook."),
        )
    if parts.scheme == "http" and not is_loopback(word):
        raise UsageError(
            "notify-plain",
            msg("The webhook at {host} is not encrypted.", host=parts.hostname),
            msg("Use https://; http:// is for this machine only."),
        )
    return Webhook(word)
