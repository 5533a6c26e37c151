"""New workbooks of our own, made with openpyxl row by row: a hundred thousand rows need little memory so."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, Final, NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Fill, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.xml.constants import XLSM, XLSX

from batchreset.model import Status
from batchreset.ooxml.texts import fit, guarded
from batchreset.report.columns import Cell
from batchreset.report.looks import FILLS, INK, TEXT_FORMAT_MAX, looks_like_formula
from batchreset.report.values import GENERAL, Held
from batchreset.sheet.container import DAMAGE

_TEXT_FORMAT: Final = "@"


class Dress(NamedTuple):
    """How a cell of ours looks. `outcome`: a result, with a colour where it has one (RRGGBB)."""

    number_format: str = GENERAL
    quoted: bool = False
    outcome: bool = False
    colour: str | None = None


class _Book(Workbook):
    """A new workbook. Excel opens `.xlsm` only where the file says that it may have macros."""

    may_have_macros = False

    @property
    def mime_type(self) -> str:
        """Its content type."""
        return XLSM if self.may_have_macros else XLSX


class NewSheet:
    """The one sheet of a new workbook. Widths and panes are set first, then rows come from the top."""

    def __init__(self, title: str) -> None:
        self._book: Final = _Book(write_only=True)
        self._page: Final[Any] = self._book.create_sheet(sheet_title(title))
        self._samples: Final[dict[Dress, SheetCell]] = {}
        self.rows = 0
        """How many rows there are."""

    def set_width(self, column: int, width: float | None, *, hidden: bool = False) -> None:
        """Describe a column; `None` leaves it as wide as usual."""
        dimension = self._page.column_dimensions[get_column_letter(column)]
        if width is not None:
            dimension.width = width
        dimension.hidden = hidden

    def freeze_below(self, row: int) -> None:
        """Keep the rows down to this one in view."""
        self._page.freeze_panes = f"A{row + 1}"

    def held(self, held: Held, colour: str | None = None) -> SheetCell:
        """A cell of the input with its kind and its number format; text stays text."""
        dress = Dress(held.number_format, colour=colour)
        if isinstance(held.value, str) and not held.is_error:
            return self._text(held.value, dress)
        return self._cell(held.value, dress)

    def outcome(self, value: Cell, status: Status | None = None) -> SheetCell:
        """A result cell."""
        dress = Dress(outcome=True, colour=FILLS[status] if status else None)
        return self._text(value, dress) if isinstance(value, str) else self._cell(value, dress)

    def heading(self, title: str, model: Mapping[str, bytes]) -> SheetCell:
        """A heading that looks like a header cell of the input (`Styles.parts`), bold without one."""
        cell: Any = WriteOnlyCell(self._page)
        cell.font = Font(bold=True)
        with suppress(*DAMAGE):  # the looks of a header are not worth a list
            for name, value in _looks(model).items():
                setattr(cell, name, value)
        cell.number_format = _TEXT_FORMAT
        return _texted(cell, title)

    def append(self, cells: Mapping[int, SheetCell], height: float | None = None) -> None:
        """Add a row with cells in some columns."""
        self.rows += 1
        if height is not None:
            self._page.row_dimensions[self.rows].height = height
        self._page.append([cells.get(column) for column in range(1, max(cells, default=0) + 1)])
        self._page.row_dimensions.pop(self.rows, None)

    def skip_to(self, row: int) -> None:
        """Add empty rows until the next one is this."""
        while self.rows < row - 1:
            self.append({})

    def save(self, target: Path, said: Mapping[str, str], *, filtered: str | None = None) -> None:
        """Write the workbook with its custom properties; `filtered` is the range of its filter.

        Raises OSError when `target` can't be written.
        """
        self._page.auto_filter.ref = filtered
        self._book.may_have_macros = target.suffix.lower() == ".xlsm"
        properties: Any = self._book.custom_doc_props  # type: ignore[attr-defined] # types-openpyxl lacks it
        for name, value in said.items():
            properties.append(StringProperty(name=name, value=value))
        whole = io.BytesIO()  # openpyxl leaves an archive half open that a full disk has cut short
        self._book.save(whole)
        target.write_bytes(whole.getbuffer())

    def _text(self, value: str, dress: Dress) -> SheetCell:
        number_format = dress.number_format
        if number_format == GENERAL and len(value) <= TEXT_FORMAT_MAX:
            number_format = _TEXT_FORMAT
        quoted = looks_like_formula(value)
        return _texted(self._cell(None, dress._replace(number_format=number_format, quoted=quoted)), value)

    def _cell(self, value: Any, dress: Dress) -> SheetCell:
        cell: Any = WriteOnlyCell(self._page, value)
        # one array instead of six look-ups in the workbook's lists of styles for each cell
        cell._style = copy(self._sample(dress)._style)  # noqa: SLF001 - the only way to have it whole
        made: SheetCell = cell
        return made

    def _sample(self, dress: Dress) -> Any:
        if dress not in self._samples:
            self._samples[dress] = self._mixed(dress)
        return self._samples[dress]

    def _mixed(self, dress: Dress) -> SheetCell:
        sample = WriteOnlyCell(self._page)
        sample.number_format = dress.number_format
        sample.alignment = Alignment(vertical="top")
        if dress.quoted:
            sample.quotePrefix = True
        if dress.outcome:
            sample.font = Font(color=INK)
            sample.alignment = Alignment("left", "top", wrap_text=True)
        if dress.colour:
            sample.fill = PatternFill("solid", start_color=dress.colour, end_color=dress.colour)
        return sample


def _looks(model: Mapping[str, bytes]) -> dict[str, Any]:
    """Parts of a style sheet as openpyxl's values, all or none."""
    kinds: dict[str, Any] = {"font": Font, "fill": Fill, "border": Border, "alignment": Alignment}
    return {name: kinds[name].from_tree(fromstring(xml)) for name, xml in model.items()}


def sheet_title(name: str) -> str:
    """A sheet's name, or what Excel allows of it when it comes from elsewhere."""
    return re.sub(r"[\[\]:*?/\\]", " ", fit(name))[:31].strip() or "Sheet"


def _texted(cell: SheetCell, value: str) -> SheetCell:
    """Give a cell text that stays text, whatever it begins with (WORKBOOK.md, finding 7)."""
    cell.value = guarded(fit(value))
    cell.data_type = "s"
    return cell
