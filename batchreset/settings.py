"""One frozen `Settings`; what it was gathered from is the business of `batchreset.config`.

Secrets (`SECRETS`) hide in `SecretStr`: not in `repr`, not in `shown()`.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from batchreset.errors import UsageError
from batchreset.model import Rules
from batchreset.service.endpoint import checked_endpoint, is_loopback
from batchreset.text.catalogue import Lang
from batchreset.text.messages import msg

MAINLAND: Final = "https://api.meeting.huaweicloud.com"
"""The default endpoint; the international site is https://api-intl.meeting.huaweicloud.com (facts.md §7)."""
SECRETS: Final = ("app_key", "access_token", "smtp_password", "notify_secret")


def _listed(value: object) -> object:
    """One text with commas, as an environment variable holds it, stands for several."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Listed = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Settings(BaseModel):
    """What a command runs with. Field names are those of `batchreset.toml` and, upper case with
    `BATCHRESET_` before them, of the environment (CONTRACT.md, "Settings")."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoint: str = MAINLAND
    app_id: str | None = None
    app_key: SecretStr | None = None
    corp_id: str | None = None
    access_token: SecretStr | None = None
    ledger: Path | None = None
    output: Path = Path("output")
    lang: Lang = "en-US"
    rate: float = Field(default=5.0, ge=0, le=1000, allow_inf_nan=False)
    """Calls a second over all terminals. The service publishes none (facts.md §5): start low."""
    concurrency: int = Field(default=8, ge=1, le=256)
    """Calls in flight at most."""
    timeout: float = Field(default=30.0, gt=0, le=600, allow_inf_nan=False)
    """Seconds for one call, connecting included. The documents promise 369 ms for 99 of 100 (facts.md §2)."""
    logout: bool = False
    """End the access token's life when a run ends; other programs may be using it (facts.md §1.3)."""
    clock: Literal["service", "local"] = "service"
    """Whose time the quota is counted by; this machine's only where a proxy keeps the service's from us."""
    country: str = "chinaPR"
    """The service's country value for mobiles whose row names none (facts.md §6)."""
    allow_domains: Listed = ()
    """Domains that e-mail addresses may have; none: any."""
    allow_countries: Listed = ()
    """Countries that mobile numbers may have, by value, ISO code or name; none: any."""
    quota_calls: int = Field(default=5, ge=1)
    """Attempts a terminal has in a window; fewer leaves a reserve for resets by hand."""
    quota_window_hours: float = Field(default=24.0, gt=0, le=24 * 365, allow_inf_nan=False)
    quota_margin_minutes: float = Field(default=10.0, ge=0, le=24 * 60, allow_inf_nan=False)
    quota_counting: Literal["lenient", "strict"] = "lenient"
    """Strictly, calls count too that were answered and proven unprocessed (401, 429, a gateway's)."""
    freshness_days: float = Field(default=10.0, ge=0, le=3650, allow_inf_nan=False)
    """A code's life: how long a confirmed terminal is not reset again unasked (facts.md §9)."""
    max_per_contact: int = Field(default=50, ge=1)
    """Terminals whose codes one mobile or e-mail gets in a run without a person's word (`plan.guards`)."""
    codes: Path | None = None
    """A file that extends or overrides the table of the service's codes."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust beside the system's: a simulator's, or those of the site's TLS proxy."""

    notify: str = ""
    """Who is told of a job's end: `mailto:` and webhook addresses with blanks between them."""
    smtp_host: str | None = None
    """The mail server for notifications."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way to the mail server is encrypted; `none` for one on this machine only."""
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str | None = None
    """The sender of notifications; the `smtp_user` where it is an address."""
    notify_secret: SecretStr | None = None
    """What webhook calls are signed with."""

    def rules(self) -> Rules:
        """What is assumed of the service (`model.Rules`)."""
        return Rules(
            quota_calls=self.quota_calls,
            quota_window=timedelta(hours=self.quota_window_hours),
            quota_margin=timedelta(minutes=self.quota_margin_minutes),
            quota_counts_unprocessed=self.quota_counting == "strict",
            freshness=timedelta(days=self.freshness_days),
        )

    def shown(self) -> dict[str, str]:
        """For reports and `doctor`: every setting but the secrets, of which only "set" is told.

        The address of a webhook may hold a secret, and that of a person is nobody else's business.
        """
        values = {name: value for name, value in self if value not in (None, "", ())}
        return {name: "(set)" if name == "notify" else _shown(value) for name, value in values.items()}


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def with_values(settings: Settings, **values: object) -> Settings:
    """The settings with other values, which don't count as given: what was asked for stays known."""
    kept = set(settings.model_fields_set)
    return type(settings).model_construct(_fields_set=kept, **{**dict(settings), **values})


def checked(settings: Settings) -> Settings:
    """The settings with a checked endpoint.

    Raises:
        UsageError: a bad endpoint; no pacing or a loosened quota beyond this machine.
    """
    endpoint = checked_endpoint(settings.endpoint)
    if not is_loopback(endpoint):
        if settings.rate == 0:
            raise UsageError(
                "rate-zero",
                msg("A rate of 0 (no pacing) is for a simulator on this machine only."),
                msg("Give calls a second with --rate, e.g. --rate 5."),
            )
        if settings.quota_calls > 5 or settings.quota_window_hours < 24:
            raise UsageError(
                "quota-loosened",
                msg("The service allows a terminal 5 calls in 24 hours; the settings allow more."),
                msg("Remove quota_calls and quota_window_hours from the settings."),
            )
        if settings.quota_margin_minutes < 10:
            raise UsageError(
                "margin-loosened",
                msg(
                    "The margin of the 24 hours makes up for clock error and slow answers: it can't be less."
                ),
                msg("Remove quota_margin_minutes from the settings, or set more than 10."),
            )
    return with_values(settings, endpoint=endpoint)
