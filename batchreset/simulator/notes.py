"""What is known of each assumption: its standing, its place in facts.md, and what it means. Data.

Why data and not docstrings: the simulator's page, `--list-assumptions` and the tests read them, in the
reader's language, and two copies would drift.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from batchreset.text.messages import Message, msg


class Standing(StrEnum):
    """How well a point is known."""

    DOCUMENTED = "documented"
    """An official page or the vendor's SDK says it."""
    INFERRED = "inferred"
    """Our conclusion from what is documented or was seen."""
    UNKNOWN = "unknown"
    """Nobody outside can tell; the value is invented."""


class Note(NamedTuple):
    """What a field of `Assumptions` stands for, and where that comes from."""

    standing: Standing
    source: str
    meaning: Message


_D, _I, _U = Standing.DOCUMENTED, Standing.INFERRED, Standing.UNKNOWN

NOTES: Final[dict[str, Note]] = {
    # the quota
    "quota_calls": Note(_D, "§2", msg("Resets one terminal may have in one quota window.")),
    "quota_window_s": Note(_D, "§2", msg("Length of the quota window in seconds.")),
    "quota_window": Note(
        _U,
        "§13.2",
        msg("Whether the quota window is any span of that length (rolling) or a calendar day (calendar)."),
    ),
    "quota_zone_hours": Note(
        _U, "§13.2", msg("Hours east of Greenwich of the zone in which a calendar day begins.")
    ),
    "refused_calls_count": Note(
        _U,
        "§13.2",
        msg("Whether a call refused for a reason in the row or the terminal counts against the quota too."),
    ),
    # refusals whose codes are not public
    "code_unknown_terminal": Note(
        _U, "§13.1", msg("Error code for an SN that is no terminal of this enterprise. Invented.")
    ),
    "status_unknown_terminal": Note(_I, "§13.1", msg("HTTP status that goes with `code_unknown_terminal`.")),
    "code_other_enterprise": Note(
        _U, "§13.1", msg("Error code for a terminal of another enterprise. Invented.")
    ),
    "status_other_enterprise": Note(_I, "§13.1", msg("HTTP status that goes with `code_other_enterprise`.")),
    "code_quota_used": Note(_U, "§13.1", msg("Error code for a used-up quota. Invented.")),
    "status_quota_used": Note(_I, "§13.1", msg("HTTP status that goes with `code_quota_used`.")),
    "code_disabled": Note(_U, "§13.1", msg("Error code for a disabled terminal. Invented.")),
    "status_disabled": Note(_I, "§13.1", msg("HTTP status that goes with `code_disabled`.")),
    "code_no_activation_code": Note(
        _U, "§13.1", msg("Error code for a terminal type without activation codes. Invented.")
    ),
    "status_no_activation_code": Note(
        _I, "§13.1", msg("HTTP status that goes with `code_no_activation_code`.")
    ),
    "code_sms_off": Note(
        _I, "§13.1", msg("Error code when the enterprise has no SMS and the call names no e-mail address.")
    ),
    "status_sms_off": Note(_I, "§13.1", msg("HTTP status that goes with `code_sms_off`.")),
    "code_not_admin": Note(
        _U, "§2", msg("Error code for a token of somebody who is no administrator. Invented.")
    ),
    "status_not_admin": Note(_D, "§2", msg("HTTP status that goes with `code_not_admin`.")),
    # what may be asked
    "sms_enabled": Note(
        _I, "§2", msg("Whether the enterprise has SMS; without it an e-mail address is mandatory.")
    ),
    "country_required": Note(
        _I, "§2", msg("Whether a mobile number without a country is refused instead of taken as chinaPR.")
    ),
    "country_checked": Note(
        _U, "§13.6", msg("Whether a `country` that is not in the published list is refused.")
    ),
    "country_must_fit": Note(
        _U, "§13.6", msg("Whether a `country` that contradicts the number's dial code is refused.")
    ),
    "sn_max_length": Note(_I, "§2", msg("Longest SN the service accepts, from its older documents.")),
    "sn_case_matters": Note(
        _U, "§13.6", msg("Whether two SNs that differ in upper and lower case are two terminals.")
    ),
    "page_limit_max": Note(
        _I, "§3", msg("Most terminals one page of the search holds; a larger limit is cut to it.")
    ),
    "status_number_tel": Note(
        _D, "§3", msg("Whether the terminal status names a number with `tel:` before it, as its page shows.")
    ),
    # what a reset does
    "code_length": Note(
        _U, "§13.5", msg("Characters of an activation code, from the sibling API for vision terminals.")
    ),
    "code_alphabet": Note(_U, "§13.5", msg("The characters an activation code is made of.")),
    "code_life_days": Note(_I, "§13.5", msg("Days a new activation code is valid.")),
    "old_code_dies": Note(
        _U, "§13.4", msg("Whether the code before is dead as soon as a new one is issued.")
    ),
    "reset_unbinds": Note(
        _U, "§13.4", msg("Whether a reset throws an activated terminal out, until it is activated again.")
    ),
    "reset_updates_contact": Note(
        _U, "§13.4", msg("Whether the contact of a reset replaces the one registered with the terminal.")
    ),
    "success_body": Note(
        _I, "§2", msg("Body of a confirmed reset: empty, an empty object, or returnCode 0.")
    ),
    # signing in
    "token_life_s": Note(
        _D, "§1.1", msg("Life of an access token in seconds; none draws 12 to 24 hours, as documented.")
    ),
    "tokens_per_user": Note(_D, "§1.1", msg("Live tokens a user may have; one more puts the oldest out.")),
    "strict_auth": Note(
        _I,
        "§1.1",
        msg("Whether authentication insists on access= and X-Token-Type, as the documents since 2024 do."),
    ),
    # the gateway
    "rate_calls": Note(
        _U, "§13.3", msg("Calls to one API the gateway lets through in one span; 0 for no such rate.")
    ),
    "rate_per": Note(_U, "§13.3", msg("The span the gateway's rate is counted in: second or minute.")),
    "rate_covers_login": Note(_U, "§13.3", msg("Whether the gateway's rate holds for the login too.")),
    "rate_headers": Note(
        _U, "§13.3", msg("Whether answers tell the gateway's rate in X-APIG-Ratelimit-Api, or hide it.")
    ),
    "rate_words": Note(
        _D, "§5", msg("Whether a 429 of the gateway's rate names that rate in its message, or hides it.")
    ),
    "rate_retry_after": Note(
        _U, "§13.3", msg("Whether a 429 of the gateway's rate says in Retry-After how long to wait.")
    ),
    "echo_request_id": Note(
        _U, "§13.9", msg("Whether the X-Request-Id of a call comes back instead of the service's own.")
    ),
    "header_max_bytes": Note(_U, "§13.9", msg("Bytes of request headers the gateway takes; 0 for no bound.")),
    "tls_newest": Note(_U, "§13.9", msg("The newest version of TLS the service speaks.")),
    "latency_median_s": Note(_I, "§2", msg("Median time to an answer in seconds; 0 answers at once.")),
    "latency_tp99_s": Note(_D, "§2", msg("Time in seconds within which 99 of 100 answers come.")),
}
"""By the field's name; every field of `Assumptions` has one, and nothing else has."""
