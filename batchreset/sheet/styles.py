"""Which styles of a workbook show a number as a date or a time, and which strike what they show through.

A cell says only the number of its style.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import IO, Final, NamedTuple

from batchreset.sheet.package import feed

_BUILT_IN_DATES: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Numbers of the formats that are in no file (ISO/IEC 29500-1, 18.8.30), those of East Asia among them."""
_LITERAL: Final = re.compile(r'"[^"]*"|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""What a format code shows as it is, or what only colours and conditions it; `[h]` counts hours."""
_DATE_PART: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_LISTS: Final = frozenset(("fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"))
_EPOCH: Final = dt.datetime(1899, 12, 30)  # noqa: DTZ001  # a sheet's dates have no zone
_EPOCH_1904: Final = dt.datetime(1904, 1, 1)  # noqa: DTZ001  # as above
_LEAP_1900: Final = 61
"""Excel counts a 29 February 1900 that never was; days before it are one further from the epoch."""


def is_date_code(code: str) -> bool:
    """Whether a number format's code (`yyyy"年"m"月"`, `[h]:mm`) shows a date or a time."""
    first_section = _LITERAL.sub("", code).split(";")[0]
    return first_section.casefold() != "general" and _DATE_PART.search(first_section) is not None


def date_shown(serial: str, *, since_1904: bool = False) -> str:
    """A date cell's number as `2021-02-10`, `2021-02-10 08:30:00` or, below 1, `08:30:00`.

    A number that is no date (Excel shows ####) is given back as it is.
    """
    days = float(serial)
    if not since_1904 and 1 <= days < _LEAP_1900:
        days += 1
    try:
        at = (_EPOCH_1904 if since_1904 else _EPOCH) + dt.timedelta(seconds=round(days * 86_400))
    except (OverflowError, ValueError):
        return serial
    if 0 <= days < 1:
        return at.strftime("%H:%M:%S")
    return str(at).removesuffix(" 00:00:00")


class CellStyles(NamedTuple):
    """Indexes of cell styles, as cells write them in `s`: those that show dates, and those struck through."""

    dates: frozenset[str]
    struck: frozenset[str]


NO_STYLES: Final = CellStyles(frozenset(), frozenset())


def cell_styles(part: IO[bytes]) -> CellStyles:
    """What the styles of a workbook show. Raises `ExpatError`."""
    codes: dict[str, str] = {}
    fonts: list[bool] = []
    formats: list[tuple[str, str]] = []
    inside = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        tag = name.rpartition(" ")[2]
        if tag == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag in _LISTS:
            inside = tag
        elif tag == "font" and inside == "fonts":
            fonts.append(False)
        elif tag == "strike" and inside == "fonts" and fonts:
            fonts[-1] = attributes.get("val", "1") in {"1", "true"}
        elif tag == "xf" and inside == "cellXfs":
            formats.append((attributes.get("numFmtId", "0"), attributes.get("fontId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        if name.rpartition(" ")[2] == inside:
            inside = ""

    feed(part, start=start, end=end)
    dates = {number for number, _ in set(formats) if _is_date(number, codes)}
    struck = {str(number) for number, is_struck in enumerate(fonts) if is_struck}
    return CellStyles(
        frozenset(str(index) for index, (number, _) in enumerate(formats) if number in dates),
        frozenset(str(index) for index, (_, font) in enumerate(formats) if font in struck),
    )


def _is_date(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        return is_date_code(codes[number])
    return number.isdecimal() and int(number) in _BUILT_IN_DATES
