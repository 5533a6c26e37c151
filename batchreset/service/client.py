"""One reset call: request, transport and meaning joined."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from batchreset.model import Attempt, Outcome, Rules
from batchreset.rows import Contact
from batchreset.service.codes import CodeTable
from batchreset.service.countries import dial_code_of
from batchreset.service.replies import classify
from batchreset.service.wire import Answer, Request, reset_request

_BETWEEN: Final = r"[\s().\-\u2010-\u2013]*"
"""What may stand between the digits of a number that somebody wrote for people."""


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
    if contact.email:  # first: an address may hold the number (13800138000@…)
        text = re.sub(re.escape(contact.email), "***@***", text, flags=re.IGNORECASE)
    if contact.mobile:
        text = re.sub(_written(contact.mobile), "****", text)
    return outcome if text == outcome.error_message else replace(outcome, error_message=text)


def _written(mobile: str) -> str:
    """A pattern for an E.164 number in any spelling, with its country's code or without."""
    # +1 is the whole of North America's code; the service's list also has it with an area (+1284)
    dial = "+1" if mobile.startswith("+1") else dial_code_of(mobile) or "+"
    code, national = (_BETWEEN.join(map(re.escape, digits)) for digits in (dial[1:], mobile[len(dial) :]))
    return rf"(?:(?:(?:\+|00){_BETWEEN})?{code}{_BETWEEN})?(?:0{_BETWEEN})?{national}"
