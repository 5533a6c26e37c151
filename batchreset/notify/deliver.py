"""The edge: hands news to a mail server or a webhook. What fails is a value, never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Final, Literal

import aiohttp
import aiosmtplib

from batchreset.text.messages import Message, msg
from batchreset.text.troubles import trouble

TIMEOUT_S: Final = 15.0
"""For one target, connecting included; the job is over, and its operator waits for the prompt."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. The repr hides the password."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.security})"


async def send_mail(mail: EmailMessage, server: Server, *, timeout_s: float = TIMEOUT_S) -> Message | None:
    """Hand a mail to a server; why not, if not. The password goes over an encrypted line or nowhere."""
    try:
        async with asyncio.timeout(timeout_s):
            await aiosmtplib.send(
                mail,
                hostname=server.host,
                port=server.port,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                username=server.user,
                password=server.password,
                timeout=timeout_s,
            )
    except TimeoutError:
        return msg("no answer within {time}", time=timedelta(seconds=timeout_s))
    except aiosmtplib.SMTPResponseException as error:
        return msg("the mail server said {code}", code=error.code)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        return trouble(type(error).__name__)
    return None


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float = TIMEOUT_S
) -> Message | None:
    """POST to a webhook; why it was not taken, if not. No redirect is followed, no body is read."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            if 200 <= answer.status < 300:
                return None
            return msg("HTTP {status}", status=answer.status)
    except TimeoutError:
        return msg("no answer within {time}", time=timedelta(seconds=timeout_s))
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return trouble(type(error).__name__)  # its text may hold the address
