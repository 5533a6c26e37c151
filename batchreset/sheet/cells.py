"""One cell judged, and what all kinds of cells have in common; here the SN. Pure.

What `clean` mends is mended and told as a note; everything else is judged as it stands and never
repaired, because a repaired SN resets somebody else's terminal. Messages never quote a contact: they
reach logs and pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.rows import Field, Problem
from batchreset.sheet.clean import clean, code_point, is_blank, visible
from batchreset.sheet.raw import CellKind, RawCell, number_shown, place
from batchreset.text.messages import Count, Message, msg

_SN_CHARACTERS: Final = re.compile(r"[A-Za-z0-9_]+")
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?[Ee][+-]?\d+")
_ROUNDED: Final = re.compile(r"\d{15}0{5,}")
"""What is left of a long number that went through Excel: 15 digits, then zeros only."""


MERGED: Final = "merged"
STRUCK: Final = "struck"
"""Ends of kinds of problems, behind the field: what the text of a cell alone does not show."""
_LIKE_MOBILE: Final = re.compile(r"(?:86)?1[3-9]\d{9}")
_NOTHING: Final = frozenset(
    (
        *("-", "--", "—", "——", "/", "//", "\\", "n/a", "#n/a", "na", "nil", "none", "null"),
        *("tbd", "tba", "unknown"),
        *(
            "无",
            "暂无",
            "没有",
            "待定",
            "待补",
            "待补充",
            "待填",
            "未知",
            "不详",
            "空",
            "略",
            "同上",
            "同左",
            "〃",
        ),
    )
)
"""What people and programs write where there is nothing to write, or what stands above."""


class Spot(NamedTuple):
    """A cell, and where it stands: its sheet, the letter of its column, its row."""

    cell: RawCell
    sheet: str
    letter: str
    row: int

    @property
    def at(self) -> str:
        """Its name as people say it (`Terminals!B17`)."""
        return place(self.sheet, self.letter, self.row)

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
    if cell.kind is CellKind.NUMBER:
        return number_shown(cell.text)
    if cell.text.isascii() and cell.text.isprintable() and " " not in cell.text:
        return cell.text
    return " ".join("".join(char for char in cell.text if char.isprintable() or char.isspace()).split())


def judge_sn(spot: Spot, max_length: int) -> Judged:
    """The SN in a cell that isn't blank, exactly as written: no case is changed, no digit guessed."""
    if spot.cell.kind is not CellKind.TEXT:
        return refused(not_text("sn", spot))
    sn = clean(spot.cell.text)
    if not _SN_CHARACTERS.fullmatch(sn):
        return refused(_sn_characters(spot, sn))
    if len(sn) > max_length:
        return refused(
            Problem(
                "sn-length",
                spot.at,
                msg(
                    "The SN has {length} characters, more than the {most} it can have.",
                    length=Count(len(sn)),
                    most=max_length,
                ),
                msg("Type the SN again as it stands on the terminal."),
            )
        )
    notes = [mended(spot, sn, visible(spot.cell.text))] if sn != spot.cell.text else []
    odd = _odd_sn(sn)
    if odd is not None:
        kind, message = odd
        notes.append(Problem(kind, spot.at, message, msg("Compare it with the terminal before you go on.")))
    return Judged(sn, notes=tuple(notes))


def _odd_sn(sn: str) -> tuple[str, Message] | None:
    """The kind of a note on an SN that could be one, and what makes one doubt it."""
    if _ROUNDED.fullmatch(sn):
        message = msg("{sn} ends in zeros, as a number does whose last digits Excel has lost.", sn=sn)
        return "sn-zeros", message
    if _LIKE_MOBILE.fullmatch(sn):
        return "sn-like-mobile", msg("The SN looks like a mobile number.")
    if stands_for_nothing(sn):
        return "sn-word", msg("{sn} is a word that is written where there is no SN.", sn=sn)
    return None


def no_sn(spot: Spot) -> Problem:
    """A row that holds data, and no SN."""
    return Problem(
        "sn-missing",
        spot.at,
        msg("The row holds data, but no SN."),
        msg("Type the SN, or clear the whole row."),
    )


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


def not_seen_merged(field: Field, spot: Spot, first: str) -> Problem:
    """A cell that looks filled because it is merged with another, `first`, which alone holds the value."""
    return Problem(
        f"{field}-{MERGED}",
        spot.at,
        msg("The cell is merged with {first}, and the value stands in that one only.", first=first),
        msg("Unmerge the cells and write the value into each row."),
    )


def stands_for_nothing(text: str) -> bool:
    """Whether a cell's clean text is no value but a sign that there is none (`-`, `N/A`, `无`)."""
    return text.casefold() in _NOTHING


def nothing_there(kind: str, spot: Spot) -> Problem:
    """The problem of a cell with such a sign; it is no secret, so it is quoted."""
    return Problem(
        kind,
        spot.at,
        msg("{shown} stands in the cell instead of a value.", shown=shown(spot.cell)),
        msg("Write the value, or clear the cell if there is none."),
    )


def struck_through(field: Field, spot: Spot) -> Problem:
    """A cell that somebody struck out instead of deleting it."""
    return Problem(
        f"{field}-{STRUCK}",
        spot.at,
        msg("What stands in the cell is struck through."),
        msg("Delete it if it no longer counts; else take the line through it away."),
    )


def first_taken(spot: Spot, used: str) -> Problem:
    """The note for a cell with several contacts of which the first is taken; `used` is masked."""
    return Problem(
        "first-contact",
        spot.at,
        msg("The cell holds several contacts; the first one, {used}, is taken.", used=used),
        msg("Nothing to do."),
    )


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
    if stands_for_nothing(sn):
        return nothing_there("sn-characters", spot)
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


def refused(problem: Problem) -> Judged:
    """The judgement of a cell that can't be used."""
    return Judged(problems=(problem,))
