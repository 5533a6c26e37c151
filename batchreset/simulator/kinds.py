"""The kinds of fault there are: what each does, whether the call is processed, which options it takes. Data.

"Processed" means that the service carries the call out (issues a code, uses the quota) before the
fault shows, if it would have without the fault.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from batchreset.simulator.replies import Why
from batchreset.text.messages import Message, msg


class Act(StrEnum):
    """What a fault does on the wire."""

    ANSWER = "answer"
    """Another answer in place of the service's own."""
    NATURAL = "natural"
    """The service's own answer, to a state the fault has changed."""
    SLOW = "slow"
    """The service's own answer, late."""
    HOLD = "hold"
    """No answer; the connection stays open for a time, then it is dropped."""
    LATE = "late"
    """The service's own answer, but the call is carried out only after a time."""
    RESET = "reset"
    """The connection is broken with a RST."""
    CLOSE = "close"
    """The connection is closed in an orderly way without a byte of an answer."""
    BYTES = "bytes"
    """Bytes that are no whole answer, then the connection is closed."""
    DATED = "dated"
    """The service's own answer with another `Date`."""
    UNDATED = "undated"
    """The service's own answer without a `Date`; the connection is closed after it."""
    DRIP = "drip"
    """An answer that comes byte by byte and is never finished."""


OWN_ANSWER: Final = frozenset({Act.NATURAL, Act.SLOW, Act.LATE, Act.DATED, Act.UNDATED})
"""Faults that leave the answer's words to the service itself."""


class Kind(NamedTuple):
    """One kind. `processed` None: whatever the service itself decides. `why`: the refusal it stands for."""

    act: Act
    processed: bool | None
    meaning: Message
    options: frozenset[str] = frozenset()
    why: Why | None = None


_BOTH: Final = frozenset({"processed"})
_STATUS: Final = frozenset({"status", "code", "text"})
_CODED: Final = frozenset({"code", "text", "processed"})
_TIMED: Final = frozenset({"seconds"})

KINDS: Final[dict[str, Kind]] = {
    "status-before": Kind(
        Act.ANSWER, False, msg("An HTTP status of your choice (500), without processing the call."), _STATUS
    ),
    "status-after": Kind(
        Act.ANSWER, True, msg("An HTTP status of your choice (500), after processing the call."), _STATUS
    ),
    "throttle": Kind(
        Act.ANSWER,
        False,
        msg("429 from the gateway, with or without Retry-After."),
        frozenset({"retry_after", "code", "text"}),
    ),
    "gateway": Kind(
        Act.ANSWER, False, msg("502 or 503 (503) from the gateway with an APIG code: not processed."), _STATUS
    ),
    "gateway-timeout": Kind(
        Act.ANSWER,
        True,
        msg("504 from the gateway: it lost patience, the service processed the call."),
        _CODED,
    ),
    "expire-tokens": Kind(
        Act.NATURAL,
        None,
        msg("Every token is thrown away: the call gets a 401, and so do others until a new login."),
    ),
    "redirect": Kind(
        Act.ANSWER,
        False,
        msg("307 to the same call, or to another place; following it would give the token away."),
        frozenset({"location", "status", "processed"}),
    ),
    "html": Kind(
        Act.ANSWER, False, msg("200 with a page of HTML, as a portal or a proxy in between answers."), _BOTH
    ),
    "broken-json": Kind(Act.ANSWER, True, msg("200 with JSON that ends in the middle."), _BOTH),
    "error-json": Kind(
        Act.ANSWER, False, msg("200 whose JSON carries an error code: a refusal all the same."), _CODED
    ),
    "return-code": Kind(
        Act.ANSWER, False, msg("200 with the old returnCode of a refusal."), frozenset({"code", "text"})
    ),
    "timeout-before": Kind(
        Act.HOLD, False, msg("No answer within the time a caller waits; the call is never processed."), _TIMED
    ),
    "timeout-after": Kind(
        Act.HOLD, True, msg("No answer within the time a caller waits; the call was processed."), _TIMED
    ),
    "late": Kind(
        Act.LATE,
        None,
        msg("The call is processed only after a time, when its caller may have given up."),
        _TIMED,
    ),
    "slow": Kind(Act.SLOW, None, msg("The service's own answer, but late."), _TIMED),
    "wrong-date": Kind(
        Act.DATED,
        None,
        msg("The service's own answer with a Date that is wrong by some seconds (90000: 25 h ahead)."),
        _TIMED,
    ),
    "no-date": Kind(Act.UNDATED, None, msg("The service's own answer without a Date.")),
    "drip": Kind(
        Act.DRIP,
        True,
        msg("The answer comes byte by byte and is never finished."),
        frozenset({"seconds", "processed"}),
    ),
    "reset-before": Kind(Act.RESET, False, msg("The connection breaks (RST) before the call is processed.")),
    "reset-after": Kind(
        Act.RESET, True, msg("The connection breaks (RST) after the call was processed: the answer is lost.")
    ),
    "close-before": Kind(Act.CLOSE, False, msg("The connection is closed before the call is processed.")),
    "close-after": Kind(
        Act.CLOSE, True, msg("The connection is closed after the call was processed: the answer is lost.")
    ),
    "cut": Kind(Act.BYTES, True, msg("An answer shorter than its Content-Length says."), _BOTH),
    "garbage": Kind(Act.BYTES, True, msg("Bytes that are no HTTP answer."), _BOTH),
    "huge-header": Kind(Act.BYTES, True, msg("An answer with a header longer than callers accept."), _BOTH),
    "bad-chunk": Kind(Act.BYTES, True, msg("A chunked answer whose chunk length can't be read."), _BOTH),
    "quota-used": Kind(
        Act.NATURAL,
        None,
        msg("Somebody has used up the terminal's quota at the service, in the console for instance."),
    ),
    "unknown-terminal": Kind(
        Act.ANSWER, False, msg("The enterprise has no such terminal."), why=Why.UNKNOWN_TERMINAL
    ),
    "other-enterprise": Kind(
        Act.ANSWER, False, msg("The terminal belongs to another enterprise."), why=Why.OTHER_ENTERPRISE
    ),
    "disabled": Kind(Act.ANSWER, False, msg("The terminal is disabled."), why=Why.DISABLED),
    "no-activation-code": Kind(
        Act.ANSWER, False, msg("The terminal's type has no activation code."), why=Why.NO_ACTIVATION_CODE
    ),
    "sms-off": Kind(Act.ANSWER, False, msg("The enterprise has no SMS."), why=Why.SMS_OFF),
    "not-admin": Kind(
        Act.ANSWER, False, msg("403: the token belongs to nobody who may do this."), why=Why.NOT_ADMIN
    ),
    "token-evicted": Kind(
        Act.ANSWER, False, msg("401: the token was put out by newer logins."), why=Why.TOKEN_EVICTED
    ),
    "signature-expired": Kind(
        Act.ANSWER,
        False,
        msg('401 to a login (on = "auth"): its signature has expired, as with a wrong clock.'),
        why=Why.SIGNATURE_EXPIRED,
    ),
    "wrong-site": Kind(
        Act.ANSWER,
        False,
        msg('401 to a login (on = "auth"): the account belongs to the other site.'),
        why=Why.WRONG_SITE,
    ),
    "account-disabled": Kind(
        Act.ANSWER,
        False,
        msg('412 to a login (on = "auth"): the account is disabled.'),
        why=Why.ACCOUNT_DISABLED,
    ),
    "account-locked": Kind(
        Act.ANSWER, False, msg('423 to a login (on = "auth"): the account is locked.'), why=Why.ACCOUNT_LOCKED
    ),
}
"""All kinds by name, in the order of `--list-faults`; in brackets what a missing option stands for."""
