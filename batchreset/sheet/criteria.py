"""What rows are judged by, beyond what they say themselves: the rules, the options, the guards. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from batchreset.errors import UsageError
from batchreset.model import Rules
from batchreset.service import countries
from batchreset.service.countries import Country
from batchreset.sheet.address import ascii_domain
from batchreset.text.messages import msg

HiddenRows = Literal["include", "skip"]
"""What is to become of rows that nobody sees in the sheet."""
HIDDEN_ROWS: Final[tuple[HiddenRows, ...]] = get_args(HiddenRows)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What rows are judged by. Empty allow-lists allow all."""

    rules: Rules
    default_country: Country
    """For mobile numbers without + in rows without a country."""
    hidden_rows: HiddenRows | None = None
    """`None`: nobody has said; they are judged like all others and told."""
    first_contact: bool = False
    """Of several contacts in one cell the first is taken, instead of none."""
    allow_domains: frozenset[str] = frozenset()
    """Domains of e-mail addresses, in small letters."""
    allow_countries: frozenset[Country] = frozenset()
    """Countries of mobile numbers."""


def default_country_of(value: str) -> Country:
    """The country of the setting `country`. Raises `UsageError`."""
    country = countries.find(value)
    if country is None:
        raise UsageError(
            "default-country",
            msg("{value} is none of the service's country values.", value=value),
            msg("Use one as the service prints it, such as chinaPR, UK or usa."),
        )
    return country


def allowed_countries(values: Iterable[str]) -> frozenset[Country]:
    """The countries of `--allow-country`. Raises `UsageError`."""
    allowed = set()
    for value in values:
        country = countries.named(value)
        if country is None:
            raise UsageError(
                "allow-country",
                msg("{value} is no country that the service knows.", value=value),
                msg("Give the service's value, an ISO code or a name, such as chinaPR, CN or China."),
            )
        allowed.add(country)
    return frozenset(allowed)


def allowed_domains(domains: Iterable[str]) -> frozenset[str]:
    """The domains of `--allow-domain`, as they are compared. Raises `UsageError`."""
    allowed = set()
    for domain in domains:
        plain = ascii_domain(domain.strip().removeprefix("@"))
        if plain is None:
            raise UsageError(
                "allow-domain",
                msg("{value} is no domain of e-mail addresses.", value=domain),
                msg("Give what stands behind the @, such as example.com."),
            )
        allowed.add(plain)
    return frozenset(allowed)
