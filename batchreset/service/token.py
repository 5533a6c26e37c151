"""Keeps one access token: fetched when needed, renewed ahead of its end, one fetch at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from batchreset.errors import ServiceError
from batchreset.service.auth import NOT_AN_ADMIN, AuthFailure, read_token, renew_at
from batchreset.service.codes import CodeTable
from batchreset.service.wire import (
    SIGNATURE_LIFE_S,
    Answer,
    AppCredentials,
    Reply,
    Request,
    Token,
    auth_request,
    logout_request,
    validate_request,
)
from batchreset.text.messages import msg

FETCH_TRIES: Final = 3
FETCH_BACKOFF_S: Final = 1.0


class TokenKeeper:
    """Hands out a token that is good now.

    However many workers see a 401 for the same token, it is renewed once: a worker names the token
    that was refused, and gets the current one if that is another by now (LEDGER.md §2.5).
    """

    def __init__(
        self,
        credentials: AppCredentials,
        *,
        post: Callable[[Request], Awaitable[Answer]],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        new_id: Callable[[], str],
        table: CodeTable,
        lang: str,
    ) -> None:
        self._credentials: Final = credentials
        self._post: Final = post
        self._now: Final = now
        self._sleep: Final = sleep
        self._new_id: Final = new_id
        self._table: Final = table
        self._lang: Final = lang
        self._lock: Final = asyncio.Lock()
        self._token: Token | None = None

    async def get(self, refused: str | None = None) -> str:
        """A token to send with; `refused` names one the service has just refused.

        Raises:
            ServiceError: the service refuses the login, or can't be reached in three tries.
        """
        token = self._good(refused)
        if token is None:
            async with self._lock:
                token = self._good(refused) or await self._fetch()
                self._token = token
        return token.value

    async def logout(self) -> None:
        """End the token's life at the service. Whether that worked is nobody's trouble: it ends by itself."""
        token, self._token = self._token, None
        if token is not None:
            await self._post(logout_request(token.value, request_id=self._new_id(), lang=self._lang))

    def _good(self, refused: str | None) -> Token | None:
        token = self._token
        if token is None or token.value == refused or self._now() >= renew_at(token):
            return None
        return token

    async def _fetch(self) -> Token:
        for left in reversed(range(FETCH_TRIES)):
            found = read_token(await self._post(self._request()), self._table, self._now())
            if isinstance(found, Token):
                return _of_an_admin(found)
            if left == 0 or not found.transient:
                raise as_error(found)
            await self._sleep(found.wait_s or FETCH_BACKOFF_S * 2 ** (FETCH_TRIES - 1 - left))
        raise AssertionError  # the loop above returns or raises in its last turn

    def _request(self) -> Request:
        return auth_request(
            self._credentials,
            expire_time_s=int(self._now().timestamp()) + SIGNATURE_LIFE_S,
            nonce=self._new_id(),  # a UUID's 36 characters lie in the allowed 32 to 64
            request_id=self._new_id(),
            lang=self._lang,
        )


class ReadyToken:
    """A token given by the operator: it can't be renewed, so a refusal ends the job.

    Before it is first handed out the service is asked whose it is. Only what that proves stops the job;
    a service that does not answer the question will still judge every call.
    """

    def __init__(
        self,
        value: str,
        *,
        post: Callable[[Request], Awaitable[Answer]],
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        table: CodeTable,
        lang: str,
    ) -> None:
        self._value: Final = value
        self._post: Final = post
        self._now: Final = now
        self._new_id: Final = new_id
        self._table: Final = table
        self._lang: Final = lang
        self._lock: Final = asyncio.Lock()
        self._asked = False

    async def get(self, refused: str | None = None) -> str:
        """The token.

        Raises:
            ServiceError: the service has refused it, or it is not an administrator's.
        """
        if refused == self._value:
            raise _not_accepted()
        async with self._lock:
            if not self._asked:
                await self._ask_whose()
                self._asked = True
        return self._value

    async def logout(self) -> None:
        """End the token's life at the service."""
        await self._post(logout_request(self._value, request_id=self._new_id(), lang=self._lang))

    async def _ask_whose(self) -> None:
        answer = await self._post(validate_request(self._value, request_id=self._new_id(), lang=self._lang))
        if isinstance(answer, Reply) and answer.status == 401:
            raise _not_accepted()
        found = read_token(answer, self._table, self._now())
        if isinstance(found, Token):
            _of_an_admin(found)


def _not_accepted() -> ServiceError:
    return ServiceError(
        "token-refused",
        msg("The service does not accept the access token given in BATCHRESET_ACCESS_TOKEN."),
        msg("Get a new one, or set BATCHRESET_APP_ID and BATCHRESET_APP_KEY, then run `rerun`."),
    )


def _of_an_admin(token: Token) -> Token:
    if token.admin_type == NOT_AN_ADMIN:
        raise ServiceError(
            "not-an-admin",
            msg("The App ID's account is not an administrator of the enterprise."),
            msg("Ask the enterprise's default administrator for an App ID of an administrator."),
        )
    return token


def as_error(failure: AuthFailure) -> ServiceError:
    """The error of a failed login."""
    return ServiceError(failure.code, failure.message, failure.hint)
