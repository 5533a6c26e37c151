"""One cell judged: the e-mail address. Pure; nothing is looked up in the DNS, as `check` promises."""

from __future__ import annotations

import functools
import re
from typing import Final

from batchreset.rows import Problem, mask_email
from batchreset.sheet.cells import (
    Judged,
    Spot,
    first_taken,
    mended,
    not_text,
    nothing_there,
    refused,
    stands_for_nothing,
)
from batchreset.sheet.clean import clean, code_point
from batchreset.sheet.raw import CellKind
from batchreset.text.messages import Message, msg

MAX_LENGTH: Final = 254

_BETWEEN: Final = re.compile(r"[;,、/|\s]+")
_MORE: Final = re.compile(r"<[^<>\s]+@[^<>\s]+>|^mailto:", re.IGNORECASE)
"""`Li Na <li.na@example.com>`, as mail programs copy it."""
_PLAIN_LOCAL: Final = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")
"""What any mail server takes before the @, up to 64 characters."""
_MAX_LOCAL: Final = 64


def judge_email(
    spot: Spot, *, first_of_several: bool = False, allowed: frozenset[str] = frozenset()
) -> Judged:
    """The address in a cell that isn't blank, with its domain in lower case; at most 254 characters.

    `allowed` are the domains it may have, as `ascii_domain` gives them; none: any.
    """
    if spot.cell.kind is not CellKind.TEXT:
        return refused(not_text("email", spot))
    text = clean(spot.cell.text)
    several = [part for part in _BETWEEN.split(text) if "@" in part]
    if len(several) > 1 and not first_of_several:
        return refused(_several(spot))
    if stands_for_nothing(text):
        return refused(nothing_there("email-invalid", spot))
    wanted = several[0] if len(several) > 1 else text
    address = _address(wanted)
    if address is None:
        mend = msg("Keep only the address.") if _MORE.search(wanted) else msg("Type the address again.")
        return refused(Problem("email-invalid", spot.at, _why_no_address(wanted), mend))
    domain = address.rpartition("@")[2]
    if allowed and domain not in allowed:
        return refused(_not_allowed(spot, domain))
    return Judged(address, notes=_notes(spot, text, address, several))


def ascii_domain(domain: str) -> str | None:
    """An e-mail domain as it is sent and compared; `None` if it is none."""
    return _domain(domain.rstrip("."))


def _several(spot: Spot) -> Problem:
    return Problem(
        "email-several",
        spot.at,
        msg("The cell holds several e-mail addresses; a code goes to one."),
        msg("Keep one address, or take the first of each cell with --first-contact."),
    )


def _not_allowed(spot: Spot, domain: str) -> Problem:
    return Problem(
        "email-not-allowed",
        spot.at,
        msg("Addresses at {domain} are not among those allowed.", domain=domain),
        msg("Correct the address, or allow them with --allow-domain {domain}.", domain=domain),
    )


def _notes(spot: Spot, text: str, address: str, several: list[str]) -> tuple[Problem, ...]:
    shown = mask_email(address)
    taken = (first_taken(spot, shown),) if len(several) > 1 else ()
    return ((mended(spot, shown),) if text != spot.cell.text else ()) + taken


def _address(text: str) -> str | None:
    local, _, domain = text.rpartition("@")
    if len(local) <= _MAX_LOCAL and _PLAIN_LOCAL.fullmatch(local):
        # In a list most addresses are of one domain, which is the slow part of looking at one.
        known = _domain(domain)
        return f"{local}@{known}" if known and len(local) + 1 + len(known) <= MAX_LENGTH else None
    return _validated(text)


@functools.lru_cache(maxsize=4096)
def _domain(domain: str) -> str | None:
    address = _validated(f"a@{domain}")
    return address.removeprefix("a@") if address else None


def _validated(text: str) -> str | None:
    import email_validator

    try:
        # Addresses with letters beyond ASCII before the @ need mail servers that are rare; the service's
        # are not known to be among them.
        found = email_validator.validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except email_validator.EmailNotValidError:
        return None
    return found.ascii_email


def _why_no_address(text: str) -> Message:
    if "@" not in text:
        return msg("The e-mail address has no @.")
    if _MORE.search(text):
        return msg("The cell holds more than the e-mail address.")
    if any(char.isspace() for char in text):
        return msg("There is a blank or a line break inside the e-mail address.")
    odd = next((char for char in text if not char.isascii() or char in ";,<>()"), None)
    if odd is not None:
        return msg("{char} ({code}) can't be part of an e-mail address.", char=odd, code=code_point(odd))
    return msg("This is no e-mail address that a mail server would take.")
