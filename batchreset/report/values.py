"""What the cells of a workbook hold, from how its file writes them: texts, numbers, dates, and formats."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from batchreset.ooxml.outline import outline
from batchreset.ooxml.package import Package
from batchreset.ooxml.shared import shared_texts
from batchreset.ooxml.spots import Raw
from batchreset.ooxml.styles import Styles
from batchreset.ooxml.texts import unescaped
from batchreset.report.places import readings, text_key

Value = str | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None
GENERAL: Final = "General"
_TRUE: Final = frozenset({"1", "true"})
_TEXTS: Final = frozenset({"s", "inlineStr", "str"})


class Held(NamedTuple):
    """A cell's value, a formula's last one (`None` where nobody calculated it), and its number format."""

    value: Value
    number_format: str = GENERAL
    is_error: bool = False


UNSEEN: Final = Held("#N/A", is_error=True)
"""What a list of ours holds where its source holds something that can't be seen, such as a formula that was
never calculated: a blank cell would say that there is nothing."""


class Values:
    """Reads the cells of one workbook. Raises UneditableError."""

    def __init__(self, package: Package) -> None:
        self._package: Final = package
        self._shared: Final = package.related(package.main, "sharedStrings")
        self._texts: Final[dict[int, str]] = {}
        styles = package.related(package.main, "styles")
        self.styles: Final = Styles(package.read(styles)) if styles and package.has(styles) else None
        self.styles_part: Final = styles
        said = outline(package.read(package.main)).first("workbookPr")
        mac = said is not None and said.attributes.get("date1904", "0") in _TRUE
        self._epoch: Final = CALENDAR_MAC_1904 if mac else CALENDAR_WINDOWS_1900

    def learn(self, raws: Iterable[Raw | None] | None = None) -> None:
        """Look up the shared texts of these cells, of all without any; needed before they are asked for."""
        wanted = None if raws is None else {_index(raw) for raw in raws if raw and raw.kind == "s"}
        if self._shared and (wanted is None or not wanted <= self._texts.keys()):
            with self._package.open(self._shared) as part:
                self._texts.update(shared_texts(part, wanted))

    def held(self, raw: Raw) -> Held:
        """The value of a cell."""
        if raw.text is None:
            return Held(None)
        code = self._number_format(raw.style)
        if raw.kind == "n":
            return Held(self._number(raw.text, code), code)
        if raw.kind == "b":
            return Held(raw.text.strip() in _TRUE, code)
        if raw.kind == "d":
            return Held(_iso(raw.text), code)
        return Held(unescaped(self._written(raw)), code, is_error=raw.kind == "e")

    def text(self, raw: Raw) -> str:
        """A cell as text; "" for an empty one."""
        value = self.held(raw).value
        return "" if value is None else str(value)

    def readings(self, raw: Raw | None) -> Collection[str]:
        """All ways to read a cell as text, for comparing (`places`)."""
        if raw is None or raw.text is None:
            return readings(None)
        written = self._written(raw)
        if raw.kind in _TEXTS and "_x" not in written:
            return (text_key(written),)
        held = self.held(raw)
        return readings(held.value, held.number_format) | readings(written)

    def _written(self, raw: Raw) -> str:
        text = raw.text or ""
        return self._texts.get(_index(raw), "") if raw.kind == "s" else text

    def _number_format(self, style: int) -> str:
        found = self.styles.number_format(style) if self.styles else 0
        return found if isinstance(found, str) else BUILTIN_FORMATS.get(found, GENERAL)

    def _number(self, text: str, code: str) -> Value:
        number = number_of(text)
        if isinstance(number, str) or not is_date_format(code):
            return number
        try:
            moment: Value = from_excel(number, self._epoch, timedelta=is_timedelta_format(code))
        except (ValueError, OverflowError):
            return number
        return moment


def number_of(text: str) -> float | str:
    """A number as a file writes it, a whole one without a point; what is none stays text."""
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _index(raw: Raw) -> int:
    text = (raw.text or "").strip()
    return int(text) if text.isdecimal() else -1


def _iso(text: str) -> Value:
    try:
        return dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return text
