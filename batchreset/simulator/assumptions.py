"""What the simulator takes the service to do, each point with its standing and its place in facts.md.

Why the explanation of a field is data and not a docstring: `batchreset doctor` and `--list` print it,
in the reader's language, and two copies would drift.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from batchreset.errors import UsageError
from batchreset.model import Rules
from batchreset.text.messages import Message, msg

_RULES: Final = Rules()
DOCUMENTED_LATENCY_S: Final = (0.1, 0.369)
"""Seconds of a reset: median (inferred) and 99th percentile (the 2023 documents' own figure, facts.md §2)."""


class Standing(StrEnum):
    """How well a point is known."""

    DOCUMENTED = "documented"
    """An official page or the vendor's SDK says it."""
    INFERRED = "inferred"
    """Our conclusion from what is documented or was seen."""
    UNKNOWN = "unknown"
    """Nobody outside can tell; the value is invented."""


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


class Described(NamedTuple):
    """One assumption for people: its name, its value now, how well it is known, where, and what it means."""

    name: str
    value: str
    standing: Standing
    source: str
    meaning: Message


def _note(standing: Standing, source: str, meaning: Message) -> dict[str, object]:
    """What a field says of itself."""
    return {"standing": standing, "source": source, "meaning": meaning}


_RANGES: Final = {
    "quota_window_s": (1, 1_000_000),
    "quota_zone_hours": (-23, 23),
    "tokens_per_user": (1, 1_000_000),
}
_D, _I, _U = Standing.DOCUMENTED, Standing.INFERRED, Standing.UNKNOWN


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Every point on which the real service may differ. Durations in the unit their name ends with."""

    quota_calls: int = field(
        default=_RULES.quota_calls,
        metadata=_note(_D, "§2", msg("Resets one terminal may have in one quota window.")),
    )
    quota_window_s: float = field(
        default=_RULES.quota_window.total_seconds(),
        metadata=_note(_D, "§2", msg("Length of the quota window in seconds.")),
    )
    quota_window: Window = field(
        default=Window.ROLLING,
        metadata=_note(
            _U,
            "§13.2",
            msg(
                "Whether the quota window is any span of that length (rolling) or a calendar day (calendar)."
            ),
        ),
    )
    quota_zone_hours: float = field(
        default=8.0,
        metadata=_note(
            _U, "§13.2", msg("Hours east of Greenwich of the zone in which a calendar day begins.")
        ),
    )
    refused_calls_count: bool = field(
        default=False,
        metadata=_note(
            _U,
            "§13.2",
            msg(
                "Whether a call refused for a reason in the row or the terminal counts against the quota too."
            ),
        ),
    )
    code_unknown_terminal: str = field(
        default="USG.201059001",
        metadata=_note(_U, "§13.1", msg("Error code for an SN that is not in this enterprise. Invented.")),
    )
    code_quota_used: str = field(
        default="USG.201059002", metadata=_note(_U, "§13.1", msg("Error code for a used-up quota. Invented."))
    )
    code_disabled: str = field(
        default="USG.201059003",
        metadata=_note(_U, "§13.1", msg("Error code for a disabled terminal. Invented.")),
    )
    code_no_activation_code: str = field(
        default="USG.201059004",
        metadata=_note(
            _U, "§13.1", msg("Error code for a terminal type without activation codes. Invented.")
        ),
    )
    code_not_admin: str = field(
        default="USG.201059005",
        metadata=_note(
            _U, "§2", msg("Error code for a token of somebody who is no administrator. Invented.")
        ),
    )
    code_sms_off: str = field(
        default="USG.206060012",
        metadata=_note(
            _I, "§2", msg("Error code when the enterprise has no SMS and the call names no e-mail address.")
        ),
    )
    sms_enabled: bool = field(
        default=True,
        metadata=_note(
            _I, "§2", msg("Whether the enterprise has SMS; without it an e-mail address is mandatory.")
        ),
    )
    country_required: bool = field(
        default=False,
        metadata=_note(
            _I, "§2", msg("Whether a mobile number without a country is refused instead of taken as chinaPR.")
        ),
    )
    sn_max_length: int = field(
        default=_RULES.sn_max_length,
        metadata=_note(_I, "§2", msg("Longest SN the service accepts, from its older documents.")),
    )
    sn_case_matters: bool = field(
        default=False,
        metadata=_note(
            _U, "§13.6", msg("Whether two SNs that differ in upper and lower case are two terminals.")
        ),
    )
    code_life_days: float = field(
        default=_RULES.freshness.total_seconds() / 86400,
        metadata=_note(_I, "§9", msg("Days a new activation code is valid.")),
    )
    token_life_s: int | None = field(
        default=None,
        metadata=_note(
            _D, "§1.1", msg("Life of an access token in seconds; none draws 12 to 24 hours, as documented.")
        ),
    )
    tokens_per_user: int = field(
        default=64,
        metadata=_note(_D, "§1.1", msg("Live tokens a user may have; one more puts the oldest out.")),
    )
    strict_auth: bool = field(
        default=False,
        metadata=_note(
            _I,
            "§1.1",
            msg(
                "Whether authentication insists on access= and X-Token-Type, as the documents since 2024 do."
            ),
        ),
    )
    rate_calls: int = field(
        default=0,
        metadata=_note(
            _U, "§13.3", msg("Calls to one API the gateway lets through in one span; 0 for no such rate.")
        ),
    )
    rate_per: Literal["second", "minute"] = field(
        default="minute",
        metadata=_note(_U, "§13.3", msg("The span the gateway's rate is counted in: second or minute.")),
    )
    rate_retry_after: bool = field(
        default=False,
        metadata=_note(
            _U, "§13.3", msg("Whether a 429 of the gateway's rate says in Retry-After how long to wait.")
        ),
    )
    success_body: SuccessBody = field(
        default=SuccessBody.EMPTY,
        metadata=_note(_I, "§2", msg("Body of a confirmed reset: empty, an empty object, or returnCode 0.")),
    )
    echo_request_id: bool = field(
        default=False,
        metadata=_note(
            _U, "§13.9", msg("Whether the X-Request-Id of a call comes back instead of the service's own.")
        ),
    )
    latency_median_s: float = field(
        default=0.0, metadata=_note(_I, "§2", msg("Median time to an answer in seconds; 0 answers at once."))
    )
    latency_tp99_s: float = field(
        default=0.0, metadata=_note(_D, "§2", msg("Time in seconds within which 99 of 100 answers come."))
    )

    def __post_init__(self) -> None:
        """`UsageError` for a value no service could have."""
        for one in fields(self):
            value = getattr(self, one.name)
            least, most = _RANGES.get(one.name, (0, 1_000_000))
            if isinstance(value, int | float) and not least <= value <= most:
                raise UsageError(
                    "assumption",
                    msg(
                        "The assumption `{name}` must be from {least} to {most}.",
                        name=one.name,
                        least=least,
                        most=most,
                    ),
                    msg("The simulator's page /_simulator/assumptions lists all and what they mean."),
                )

    def with_latency(self, kind: Literal["none", "documented"]) -> Assumptions:
        """The same with answers at once, or as slow as the documents say (median 100 ms, TP99 369 ms)."""
        median, tp99 = DOCUMENTED_LATENCY_S if kind == "documented" else (0.0, 0.0)
        return replace(self, latency_median_s=median, latency_tp99_s=tp99)

    def describe(self) -> tuple[Described, ...]:
        """All assumptions with their values now, in the order of this class."""
        return tuple(
            Described(
                one.name,
                str(getattr(self, one.name)),
                one.metadata["standing"],
                one.metadata["source"],
                one.metadata["meaning"],
            )
            for one in fields(self)
        )
