"""One reset call: request, transport and meaning joined."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from batchreset.model import Attempt, Contact, Outcome, Rules
from batchreset.service.codes import CodeTable
from batchreset.service.replies import classify
from batchreset.service.wire import Answer, Request, reset_request


class ResetClient:
    """Sends resets through a transport's `post` and says what came of them."""

    def __init__(
        self,
        post: Callable[[Request], Awaitable[Answer]],
        *,
        table: CodeTable,
        rules: Rules,
        now: Callable[[], datetime],
        lang: str,
    ) -> None:
        self._post: Final = post
        self._table: Final = table
        self._rules: Final = rules
        self._now: Final = now
        self._lang: Final = lang

    async def send(self, attempt: Attempt, contact: Contact, token: str) -> Outcome:
        """One call for a durable attempt. Failures are outcomes."""
        request = reset_request(attempt.sn, contact, token=token, request_id=attempt.id, lang=self._lang)
        answer = await self._post(request)
        return without_contact(classify(answer, self._table, self._rules, self._now()), contact)


def without_contact(outcome: Outcome, contact: Contact) -> Outcome:
    """The outcome with the row's own contact masked in the service's words: they go to logs and ledger."""
    text = outcome.error_message
    if not text:
        return outcome
    for part, mask in ((contact.mobile, "****"), (contact.email, "***@***")):
        if part:
            text = text.replace(part, mask).replace(part.lstrip("+"), mask)
    return outcome if text == outcome.error_message else replace(outcome, error_message=text)
