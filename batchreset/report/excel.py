"""New workbooks of our own, made with openpyxl row by row: a hundred thousand rows need little memory so."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any, Final, NamedTuple

from defusedxml.ElementTree import fromstring
from openpyxl import Workbook
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Fill, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.xml.constants import XLSM, XLSX

from batchreset.model import Status
from batchreset.ooxml.styles import RULE
from batchreset.ooxml.texts import fit, guarded
from batchreset.report.columns import Cell
from batchreset.report.looks import BOLD, FILLS, HEAD_FILL, INK, TEXT_FORMAT_MAX, looks_like_formula
from batchreset.report.values import GENERAL, Held
from batchreset.sheet.container import DAMAGE

_TEXT_FORMAT: Final = "@"
_A4: Final = 9
_REMEMBERED: Final = 4096
"""Cells kept to be written again: most rows say the same few sentences."""


_RULED: Final = Border(bottom=Side("thin", color=RULE))


class Dress(NamedTuple):
    """How a cell of ours looks. `outcome`: a result, with the colour of its status where it has one.

    `colour` (RRGGBB) is any other one.
    """

    number_format: str = GENERAL
    quoted: bool = False
    outcome: bool = False
    status: Status | None = None
    ruled: bool = False
    colour: str | None = None
    struck: bool = False


class _Book(Workbook):
    """A new workbook. Excel opens `.xlsm` only where the file says that it may have macros."""

    may_have_macros = False

    @property
    def mime_type(self) -> str:
        """Its content type."""
        return XLSM if self.may_have_macros else XLSX


class NewBook:
    """A new workbook, filled sheet by sheet; `for_file` is the one that it is to become."""

    def __init__(self, for_file: Path) -> None:
        self._book: Final = _Book(write_only=True)
        self._book.may_have_macros = for_file.suffix.lower() == ".xlsm"

    def sheet(self, title: str) -> NewSheet:
        """A new sheet behind the others."""
        return NewSheet(self._book.create_sheet(sheet_title(title)))

    def name(self, name: str, formula: str) -> None:
        """Give the workbook a hidden name."""
        self._book.defined_names[name] = DefinedName(name, attr_text=formula, hidden=True)

    def made(self, said: Mapping[str, str]) -> bytes:
        """The workbook as a file, with its custom properties."""
        properties: Any = self._book.custom_doc_props  # type: ignore[attr-defined] # types-openpyxl lacks it
        for name, value in said.items():
            properties.append(StringProperty(name=name, value=value))
        whole = io.BytesIO()  # openpyxl leaves an archive half open that a full disk has cut short
        self._book.save(whole)
        return whole.getvalue()


class NewSheet:
    """A sheet of a new workbook. Widths, panes and print are set first, then rows come from the top."""

    def __init__(self, page: Any) -> None:
        self._page: Final = page
        self._samples: Final[dict[Dress, SheetCell]] = {}
        self._known: Final[dict[tuple[Cell, Status | None, bool], SheetCell]] = {}
        self.rows = 0
        """How many rows there are."""

    @property
    def title(self) -> str:
        return str(self._page.title)

    def set_width(self, column: int, width: float | None, *, hidden: bool = False) -> None:
        """Describe a column; `None` leaves it as wide as usual."""
        dimension = self._page.column_dimensions[get_column_letter(column)]
        if width is not None:
            dimension.width = width
        dimension.hidden = hidden

    def freeze_below(self, row: int) -> None:
        """Keep the rows down to this one in view."""
        self._page.freeze_panes = f"A{row + 1}"

    def held(self, held: Held, colour: str | None = None, *, struck: bool = False) -> SheetCell:
        """A cell of the input with its kind and its number format; text stays text."""
        dress = Dress(held.number_format, colour=colour, struck=struck)
        if isinstance(held.value, str) and not held.is_error:
            return self._text(held.value, dress)
        return self._cell(held.value, dress)

    def outcome(self, value: Cell, status: Status | None = None, *, ruled: bool = False) -> SheetCell:
        """A result cell; `ruled`: with a line below."""
        key = (value, status, ruled)
        if key in self._known:
            return self._known[key]
        dress = Dress(outcome=True, status=status, ruled=ruled)
        cell = self._text(value, dress) if isinstance(value, str) else self._cell(value, dress)
        if len(self._known) < _REMEMBERED:
            self._known[key] = cell
        return cell

    def heading(self, title: str, model: Mapping[str, bytes]) -> SheetCell:
        """A heading that looks like a header cell of the input (`Styles.parts`), bold without one."""
        cell: Any = WriteOnlyCell(self._page)
        cell.font = _font(bold=True)
        with suppress(*DAMAGE):  # the looks of a header are not worth a list
            for name, value in _looks(model).items():
                setattr(cell, name, value)
        cell.number_format = _TEXT_FORMAT
        return _texted(cell, title)

    def own_heading(self, title: str) -> SheetCell:
        """A heading of a list of ours."""
        cell: Any = WriteOnlyCell(self._page)
        cell.font = _font(bold=True, color=INK)
        cell.fill = PatternFill("solid", start_color=HEAD_FILL, end_color=HEAD_FILL)
        cell.border = _RULED
        cell.alignment = Alignment("left", "center", wrap_text=True, indent=1)
        return _texted(cell, title)

    def append(
        self, cells: Mapping[int, SheetCell], height: float | None = None, *, hidden: bool = False
    ) -> None:
        """Add a row with cells in some columns."""
        self.rows += 1
        if height is not None:
            self._page.row_dimensions[self.rows].height = height
        if hidden:
            self._page.row_dimensions[self.rows].hidden = True
        self._page.append([cells.get(column) for column in range(1, max(cells, default=0) + 1)])
        self._page.row_dimensions.pop(self.rows, None)

    def skip_to(self, row: int) -> None:
        """Add empty rows until the next one is this."""
        while self.rows < row - 1:
            self.append({})

    def merge(self, area: str) -> None:
        """Merge the cells of an area."""
        self._page.merged_cells.add(area)

    def filter_over(self, area: str) -> None:
        """Give the sheet a filter."""
        self._page.auto_filter.ref = area

    def print_wide(self, repeated: int) -> None:
        """Print on A4, across and as wide as a page, with the first rows on each."""
        self._page.page_setup.paperSize = _A4
        self._page.page_setup.orientation = "landscape"
        self._page.page_setup.fitToHeight = 0
        self._page.page_margins = PageMargins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        self._page.oddFooter.right.text = "&P / &N"
        self._page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self._page.print_title_rows = f"1:{repeated}"

    def offer(self, area: str, words: Sequence[str]) -> None:
        """Let cells be filled from a list, and take anything else too."""
        listed = '"' + ",".join(words) + '"'
        choice = DataValidation("list", formula1=listed, allow_blank=True, showErrorMessage=False)
        choice.add(area)
        self._page.data_validations.append(choice)

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
        if dress.struck:
            sample.font = _font(strike=True)
        if dress.outcome:
            sample.font = _font(color=INK, bold=dress.status in BOLD)
            sample.alignment = Alignment("left", "top", wrap_text=True)
        if dress.ruled:
            sample.border = _RULED
            sample.alignment = Alignment("left", "top", wrap_text=True, indent=1)
        colour = FILLS[dress.status] if dress.status else dress.colour
        if colour:
            sample.fill = PatternFill("solid", start_color=colour, end_color=colour)
        return sample


def _font(**looks: Any) -> Font:
    """The font of a new workbook; one that names none is shown in whatever a program likes."""
    return Font(name="Calibri", sz=11, family=2, **looks)


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
