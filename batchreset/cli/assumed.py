"""What is assumed of the service, as `doctor` tells it: the value in force, and how well it is known.

The service's documents leave much open (facts.md §13). A run rests on what stands here, so whoever is
asked for help must see it without reading the program. What the simulator assumes is its own list.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from batchreset.model import Rules
from batchreset.settings import Settings
from batchreset.text import Count, Message, Text, msg, span

DOCUMENTED: Final = msg("documented")
INFERRED: Final = msg("inferred")
NOT_KNOWN: Final = msg("not known")
OURS: Final = msg("our own choice")
_DEFAULT_COUNTRY: Final = "chinaPR"
_YES: Final = msg("yes")
_NO: Final = msg("no")


@dataclass(frozen=True, slots=True)
class Assumed:
    """One assumption. `name` is for scripts."""

    name: str
    label: Message
    value: Message
    known: Message


def assumed(settings: Settings) -> list[Assumed]:
    """All of them, under these settings: what a setting or a field of `model.Rules` holds comes first."""
    rules, default = settings.rules(), Rules()
    calls = _known(DOCUMENTED, rules.quota_calls == default.quota_calls)
    window = _known(DOCUMENTED, rules.quota_window == default.quota_window)
    life = _known(INFERRED, rules.freshness == default.freshness)
    return [
        Assumed("quota_calls", msg("calls a terminal has"), _plain(Count(rules.quota_calls)), calls),
        Assumed("quota_window", msg("in any window of"), span(rules.quota_window), window),
        Assumed("quota_margin", msg("margin on top of that"), span(rules.quota_margin), OURS),
        Assumed(
            "quota_counts_unprocessed",
            msg("calls proven unprocessed count too"),
            _YES if rules.quota_counts_unprocessed else _NO,
            NOT_KNOWN,
        ),
        Assumed("freshness", msg("life of a code"), span(rules.freshness), life),
        Assumed("sn_max_length", msg("longest SN"), _plain(Count(rules.sn_max_length)), INFERRED),
        Assumed(
            "country",
            msg("country of a mobile without one"),
            _plain(settings.country),
            _known(DOCUMENTED, settings.country == _DEFAULT_COUNTRY),
        ),
        *_UNPUBLISHED,
    ]


def as_object(settings: Settings, text: Text) -> dict[str, str]:
    """For scripts: by name, the value; those of `model.Rules` as Python writes them."""
    words = {one.name: text(one.value) for one in assumed(settings)}
    return words | {name: str(value) for name, value in asdict(settings.rules()).items()}


def _known(standing: Message, as_found: bool) -> Message:
    """What a setting has changed is no longer known from anywhere."""
    return standing if as_found else OURS


def _plain(value: Count | str) -> Message:
    return Message("{value}", (("value", value),))


_UNPUBLISHED: Final = (
    Assumed(
        "quota_rolling",
        msg("the window begins"),
        msg("with each call (not at midnight)"),
        NOT_KNOWN,
    ),
    Assumed("refused_calls_count", msg("calls refused for the row count too"), _YES, NOT_KNOWN),
    Assumed(
        "codes",
        msg("error codes of an unknown SN, a used-up quota"),
        msg("told by status and words (`batchreset codes`)"),
        NOT_KNOWN,
    ),
    Assumed(
        "rate",
        msg("calls a second that the service takes"),
        msg("found by trying: `rate` at first, less after a 429"),
        NOT_KNOWN,
    ),
    Assumed("old_code_dies", msg("a reset kills the code before"), _YES, NOT_KNOWN),
    Assumed("reset_unbinds", msg("a reset throws an activated terminal out"), msg("it may"), NOT_KNOWN),
    Assumed("sn_case", msg("SNs that differ in upper and lower case only"), msg("one terminal"), NOT_KNOWN),
)
