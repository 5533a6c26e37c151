"""One cell judged: the SN and the e-mail address. Pure.

What `clean` mends is mended and told as a note; everything else is judged as it stands and never
repaired, because a repaired SN resets somebody else's terminal. Messages never quote a contact: they
reach logs and pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.model import Problem, mask_email
from batchreset.sheet.aliases import Field
from batchreset.sheet.clean import clean, code_point, is_blank, visible
from batchreset.sheet.raw import CellKind, RawCell
from batchreset.text.messages import Message, msg

_SN_CHARACTERS: Final = re.compile(r"[A-Za-z0-9_]+")
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[Ee][+-]?\d+")
_ROUNDED: Final = re.compile(r"\d{15}0{5,}")
"""What is left of a long number that went through Excel: 15 digits, then zeros only."""
_BETWEEN_ADDRESSES: Final = re.compile(r"[;,、/|\s]")


class Spot(NamedTuple):
    """A cell, and its name as people say it (`Terminals!B17`)."""

    cell: RawCell
    at: str

    @property
    def blank(self) -> bool:
        return is_blank(self.cell)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a cell holds after all: a value that can be used, or problems."""

    value: str | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def shown(cell: RawCell) -> str:
    """What a person sees in the cell, on one line."""
    if cell.kind is CellKind.FORMULA:
        return ""
    return " ".join("".join(char for char in cell.text if char.isprintable() or char.isspace()).split())


def judge_sn(spot: Spot, max_length: int) -> Judged:
    """The SN in a cell that isn't blank, exactly as written: no case is changed, no digit guessed."""
    if spot.cell.kind is not CellKind.TEXT:
        return _bad(not_text("sn", spot))
    sn = clean(spot.cell.text)
    if not _SN_CHARACTERS.fullmatch(sn):
        return _bad(_sn_characters(spot, sn))
    if len(sn) > max_length:
        return _bad(
            Problem(
                "sn-length",
                spot.at,
                msg(
                    "The SN has {length} characters, more than the {most} it can have.",
                    length=len(sn),
                    most=max_length,
                ),
                msg("Type the SN again as it stands on the terminal."),
            )
        )
    notes = [mended(spot, sn, visible(spot.cell.text))] if sn != spot.cell.text else []
    if _ROUNDED.fullmatch(sn):
        notes.append(
            Problem(
                "sn-zeros",
                spot.at,
                msg("{sn} ends in zeros, as a number does whose last digits Excel has lost.", sn=sn),
                msg("Compare it with the terminal before you go on."),
            )
        )
    return Judged(sn, notes=tuple(notes))


def no_sn(spot: Spot) -> Problem:
    """A row that holds data, and no SN."""
    return Problem(
        "sn-missing",
        spot.at,
        msg("The row holds data, but no SN."),
        msg("Type the SN, or clear the whole row."),
    )


def judge_email(spot: Spot) -> Judged:
    """The address in a cell that isn't blank, with its domain in lower case; at most 254 characters."""
    if spot.cell.kind is not CellKind.TEXT:
        return _bad(not_text("email", spot))
    text = clean(spot.cell.text)
    if sum("@" in part for part in _BETWEEN_ADDRESSES.split(text)) > 1:
        return _bad(
            Problem(
                "email-several",
                spot.at,
                msg("The cell holds several e-mail addresses; a code goes to one."),
                msg("Keep one address."),
            )
        )
    address = _address(text)
    if address is None:
        return _bad(Problem("email-invalid", spot.at, _why_no_address(text), msg("Type the address again.")))
    return Judged(address, notes=(mended(spot, mask_email(address)),) if text != spot.cell.text else ())


def not_text(field: Field, spot: Spot) -> Problem:
    """A cell whose kind alone makes it useless, told as what it is."""
    kind, content = spot.cell.kind, shown(spot.cell)
    again = msg("Format the column as Text and type the value again.")
    if kind is CellKind.NUMBER and field == "sn":
        message = msg(
            "The cell holds a number ({shown}): leading zeros, or digits past the 15th, may be lost.",
            shown=content,
        )
        mend = msg("Format the column as Text and type the SN again.")
    elif kind is CellKind.NUMBER:
        message, mend = msg("The cell holds a number that can't be meant."), msg("Type what belongs there.")
    elif kind is CellKind.DATE:
        message, mend = msg("The cell holds a date: Excel makes one of what looks like one."), again
    elif kind is CellKind.BOOLEAN:
        message, mend = msg("The cell holds the truth value {shown}.", shown=content), again
    elif kind is CellKind.ERROR:
        message = msg("The cell holds the error {shown}.", shown=content)
        mend = msg("Mend the formula behind it, or type the value.")
    else:
        message = msg("The cell holds a formula whose value is not in the file: it was never calculated.")
        mend = msg("Open the workbook in Excel and save it, or paste the values.")
    return Problem(f"{field}-{kind}", spot.at, message, mend)


def mended(spot: Spot, read_as: str, raw: str | None = None) -> Problem:
    """The note for a cell that `clean` changed; `raw` is left out where it is a contact."""
    if raw is None:
        message = msg(
            "Full-width or invisible characters or outer blanks were mended; it is read as {clean}.",
            clean=read_as,
        )
    else:
        message = msg(
            "Full-width or invisible characters or outer blanks were mended: {raw} is read as {clean}.",
            raw=raw,
            clean=read_as,
        )
    return Problem("mended", spot.at, message, msg("Nothing to do."))


def _sn_characters(spot: Spot, sn: str) -> Problem:
    lookup = msg("Look the SN up on the terminal and type it into a cell formatted as Text.")
    if _SCIENTIFIC.fullmatch(sn):
        message = msg(
            "{shown} is a number in scientific notation, kept as text: its digits are lost.", shown=sn
        )
        return Problem("sn-scientific", spot.at, message, lookup)
    char = next(char for char in sn if not _SN_CHARACTERS.fullmatch(char))
    if char.isspace():
        message = msg("There is a blank or a line break inside the SN {shown}.", shown=shown(spot.cell))
    else:
        message = msg(
            "{char} ({code}) can't be part of an SN: it has letters A-Z, digits and _ only.",
            char=char if char.isprintable() else "?",
            code=code_point(char),
        )
    return Problem("sn-characters", spot.at, message, msg("Type the SN again as it stands on the terminal."))


def _address(text: str) -> str | None:
    from email_validator import EmailNotValidError, validate_email

    try:
        # No look-up in the DNS: `check` promises to stay off the network. Addresses with letters beyond
        # ASCII before the @ need mail servers that are rare; the service's are not known to be among them.
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def _why_no_address(text: str) -> Message:
    if "@" not in text:
        return msg("The e-mail address has no @.")
    if any(char.isspace() for char in text):
        return msg("There is a blank or a line break inside the e-mail address.")
    odd = next((char for char in text if not char.isascii() or char in ";,<>()"), None)
    if odd is not None:
        return msg("{char} ({code}) can't be part of an e-mail address.", char=odd, code=code_point(odd))
    return msg("This is no e-mail address that a mail server would take.")


def _bad(problem: Problem) -> Judged:
    return Judged(problems=(problem,))
