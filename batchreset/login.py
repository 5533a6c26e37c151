"""What logs us in, and the keeper of the token it gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from batchreset.service.codes import CodeTable
from batchreset.service.token import ReadyToken, TokenKeeper
from batchreset.service.wire import Answer, AppCredentials, Request
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
