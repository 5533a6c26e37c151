"""What logs us in, the keeper of the token it gets, and the end of a token's life (the setting `logout`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from batchreset.reach import reach
from batchreset.service.codes import CodeTable
from batchreset.service.token import ReadyToken, TokenKeeper
from batchreset.service.wire import Answer, AppCredentials, Request, logout_request
from batchreset.settings import Settings
from batchreset.world import World

Credentials = AppCredentials | SecretStr
"""What logs us in: an App ID with its key, or a ready access token."""


def make_tokens(
    credentials: Credentials,
    post: Callable[[Request], Awaitable[Answer]],
    codes: CodeTable,
    lang: str,
    world: World,
) -> TokenKeeper | ReadyToken:
    """A keeper that signs for itself, or the operator's ready token."""
    if isinstance(credentials, SecretStr):
        return ReadyToken(
            credentials.get_secret_value(),
            post=post,
            now=world.now,
            new_id=world.new_id,
            table=codes,
            lang=lang,
        )
    return TokenKeeper(
        credentials,
        post=post,
        now=world.now,
        sleep=world.sleep,
        new_id=world.new_id,
        table=codes,
        lang=lang,
    )


async def log_out(keeper: TokenKeeper | ReadyToken, settings: Settings) -> None:
    """End the life of the token that one piece of work got for itself, if that is set.

    A ready one is left: what comes next in the same command needs it, too (`end_ready_token`).
    """
    if settings.logout and isinstance(keeper, TokenKeeper):
        await keeper.logout()


def end_ready_token(credentials: Credentials, settings: Settings, world: World) -> None:
    """End the life of the operator's ready token, if that is set: when a command is over."""
    if settings.logout and isinstance(credentials, SecretStr):
        asyncio.run(_end(credentials, settings, world))


async def _end(token: SecretStr, settings: Settings, world: World) -> None:
    async with reach(settings, connections=1, clock=None) as transport:
        request = logout_request(token.get_secret_value(), request_id=world.new_id(), lang=settings.lang)
        await transport.ask(request)
