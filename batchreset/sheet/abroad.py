"""Numbers that are Chinese mobiles by their digits, and written as people abroad write theirs. Pure.

`1 (385) 555-1234` is a number in Utah, `(19) 98765-4321` one in Campinas and `0151 23456789` one in Germany.
Without a + and without a country they would be read as numbers of strangers in China.
"""

from __future__ import annotations

import re
from typing import Final

from batchreset.rows import Problem
from batchreset.sheet.cells import Spot
from batchreset.text.messages import msg

_GROUPED: Final = re.compile(
    r"1(?:[\s.-]+\(?|\()[0-9]{3}\)?[\s.-]*[0-9]{3}[\s.-]+[0-9]{4}"
    r"|\((?!86)[0-9]{2}\)[\s.-]*[0-9][0-9\s.-]*"
    r"|01[567][0-9][\s.-]+[0-9][0-9\s.-]*"
)
_GERMAN: Final = re.compile(r"01[567][0-9]{9}")


def written_as_abroad(text: str, spot: Spot) -> Problem | None:
    """The problem of a number without + and country that is divided as no Chinese one is."""
    if not _GROUPED.fullmatch(text):
        return None
    return Problem(
        "mobile-abroad",
        spot.at,
        msg("The number is written like one abroad, but has no + and no country."),
        msg("Write + and the country code before it; or, if it is Chinese, its 11 digits only."),
    )


def perhaps_abroad(text: str, spot: Spot) -> tuple[Problem, ...]:
    """The note on a Chinese number with a 0 before it, which is a German one as well."""
    if not _GERMAN.fullmatch(text):
        return ()
    message = msg("The number is read as a Chinese one with a 0 before it; German ones look the same.")
    return (Problem("mobile-zero", spot.at, message, msg("Write +49 for the 0 if it is German.")),)
