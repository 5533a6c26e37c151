"""What the simulator takes the service to do: every point on which the real one may differ, as a value.

What each means, how well it is known and where it comes from stands in `notes`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from batchreset.errors import UsageError
from batchreset.model import Rules
from batchreset.simulator.notes import NOTES, Standing
from batchreset.text.messages import Message, msg

_RULES: Final = Rules()
DOCUMENTED_LATENCY_S: Final = (0.1, 0.369)
"""Seconds of a reset: median (inferred) and 99th percentile (the 2023 documents' own figure, facts.md §2)."""


class Window(StrEnum):
    """How the service counts "every 24 hours"."""

    ROLLING = "rolling"
    """Any span of that length."""
    CALENDAR = "calendar"
    """From midnight to midnight in the zone `quota_zone_hours`."""


class SuccessBody(StrEnum):
    """What a 200 to a reset carries; all three have been documented at some time."""

    EMPTY = "empty"
    OBJECT = "{}"
    RETURN_CODE = "returnCode"


class Alphabet(StrEnum):
    """What activation codes are made of."""

    DIGITS = "digits"
    ALPHANUMERIC = "alphanumeric"


class Described(NamedTuple):
    """One assumption for people: its name, its value now, how well it is known, where, and what it means.

    `default` says that the value is the simulator's own.
    """

    name: str
    value: str
    standing: Standing
    source: str
    meaning: Message
    default: bool


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Every point on which the real service may differ. Durations in the unit their name ends with."""

    quota_calls: int = _RULES.quota_calls
    quota_window_s: float = _RULES.quota_window.total_seconds()
    quota_window: Window = Window.ROLLING
    quota_zone_hours: float = 8.0
    refused_calls_count: bool = False
    code_unknown_terminal: str = "USG.201059001"
    status_unknown_terminal: int = 400
    code_other_enterprise: str = "USG.201059006"
    status_other_enterprise: int = 400
    code_quota_used: str = "USG.201059002"
    status_quota_used: int = 400
    code_disabled: str = "USG.201059003"
    status_disabled: int = 400
    code_no_activation_code: str = "USG.201059004"
    status_no_activation_code: int = 400
    code_sms_off: str = "USG.206060012"
    status_sms_off: int = 400
    code_not_admin: str = "USG.201059005"
    status_not_admin: int = 403
    sms_enabled: bool = True
    country_required: bool = False
    country_checked: bool = True
    country_must_fit: bool = False
    sn_max_length: int = _RULES.sn_max_length
    sn_case_matters: bool = False
    page_limit_max: int = 500
    status_number_tel: bool = True
    code_length: int = 9
    code_alphabet: Alphabet = Alphabet.DIGITS
    code_life_days: float = _RULES.freshness.total_seconds() / 86400
    old_code_dies: bool = True
    reset_unbinds: bool = False
    reset_updates_contact: bool = False
    success_body: SuccessBody = SuccessBody.EMPTY
    token_life_s: int | None = None
    tokens_per_user: int = 64
    strict_auth: bool = False
    rate_calls: int = 0
    rate_per: Literal["second", "minute"] = "minute"
    rate_covers_login: bool = True
    rate_headers: bool = True
    rate_words: bool = True
    rate_retry_after: bool = False
    echo_request_id: bool = False
    header_max_bytes: int = 0
    tls_newest: Literal["1.2", "1.3"] = "1.3"
    latency_median_s: float = 0.0
    latency_tp99_s: float = 0.0

    def __post_init__(self) -> None:
        """`UsageError` for a value no service could have."""
        for one in fields(self):
            value = getattr(self, one.name)
            least, most = _range(one.name)
            if isinstance(value, int | float) and not least <= value <= most:
                raise UsageError(
                    "assumption",
                    msg(
                        "The assumption `{name}` must be from {least} to {most}.",
                        name=one.name,
                        least=least,
                        most=most,
                    ),
                    msg("`batchreset simulator --list-assumptions` lists all and what they mean."),
                )

    def with_documented_latency(self) -> Assumptions:
        """The same with answers as slow as the documents say."""
        median, tp99 = DOCUMENTED_LATENCY_S
        return replace(self, latency_median_s=median, latency_tp99_s=tp99)

    def describe(self) -> tuple[Described, ...]:
        """All assumptions with their values now, in the order of this class."""
        found = []
        for one in fields(self):
            value, note = getattr(self, one.name), NOTES[one.name]
            found.append(Described(one.name, _shown(value), *note, default=value == one.default))
        return tuple(found)


_RANGES: Final = {
    "quota_window_s": (1, 1_000_000),
    "quota_zone_hours": (-23, 23),
    "tokens_per_user": (1, 1_000_000),
    "page_limit_max": (1, 1_000_000),
    "code_length": (1, 64),
}


def _range(name: str) -> tuple[float, float]:
    if name.startswith("status_") and name != "status_number_tel":
        return 400, 599
    return _RANGES.get(name, (0, 1_000_000))


def _shown(value: object) -> str:
    """As it is written in TOML, so that it can be copied; what TOML has no word for as "none"."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
