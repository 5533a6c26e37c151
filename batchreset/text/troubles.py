"""What came instead of an answer, in plain words: the connection broke, no answer came in time, … Pure.

The ledger keeps what the client said, in its own words (`ClientOSError: [Errno 104] …`). They stand behind
ours in brackets, for whoever looks into it; sentences that are the program's own need no such detail.
"""

from __future__ import annotations

import re
from typing import Final

from batchreset.text.messages import Message, msg

_OWN: Final = {
    "the run ended before an answer was recorded": msg("the run ended before an answer was recorded"),
    "cancelled": msg("the run was stopped before the answer came"),
    "stopped before it left": msg("the run was stopped before the call left"),
    "held up before it left": msg("this machine was held up before the call left"),
}
"""What `ledger.attempts`, `service.transport` and `dispatch.pool` write down themselves."""
_CLIENTS: Final = (
    (r"Connection(Timeout|.*timeout to host)", msg("the connection could not be made in time")),
    (r"\w*Timeout", msg("no answer came in time")),
    (r"ClientConnectorDNS|gaierror|.*(resolve|Name or service)", msg("the service's address was not found")),
    (r"ClientConnector(Certificate|SSL)|SSL", msg("the secure connection could not be made")),
    (r"ClientConnector|Client\w*Proxy|SMTPConnect", msg("the connection could not be made")),
    (r"(SMTP)?ServerDisconnected|Client(Connection(Reset)?|OS)Error|Connection|BrokenPipe|OSError",
     msg("the connection broke")),
    (r"ClientPayload|IncompleteRead|TransferEncoding|ContentLength", msg("the answer was cut short")),
    (r"answer longer than", msg("the answer was far too long")),
    (r"ClientResponse|BadStatusLine|BadHttp|InvalidHeader|LineTooLong|ContentEncoding|ValueError",
     msg("the answer could not be read")),
)  # fmt: skip
"""By how the client's words begin: the names of aiohttp's and Python's exceptions."""


def trouble(said: str | None) -> Message:
    """Plain words for an attempt's error without an answer; what is unknown is told as it is."""
    text = said or "-"
    if text in _OWN:
        return _OWN[text]
    for begins, plain in _CLIENTS:
        if re.match(begins, text):
            return msg("{what} ({detail})", what=plain, detail=text)
    return msg("{detail}", detail=text)
