"""A small sheet of our own as a value, and its part as a workbook wants it (ECMA-376 part 1, 18.3.1.99).

The order of the elements is the schema's; Excel offers a repair for any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from batchreset.ooxml.charts import Bars
from batchreset.ooxml.markup import DECLARED
from batchreset.ooxml.refs import Area, cell_ref
from batchreset.ooxml.spots import NO_STYLE
from batchreset.ooxml.styles import Face, Styles
from batchreset.ooxml.texts import escaped, fit

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_A4: Final = 9

PLAIN: Final = Face()


class Cell(NamedTuple):
    """What a cell of our own holds; text is always text, whatever it begins with."""

    value: str | float | None
    face: Face = PLAIN


@dataclass(slots=True)
class Page:
    """A sheet of our own: cells by (row, column), and what goes with them.

    `heights` are in points, `links` lead from a cell to a place in the workbook, `filtered` is the range of
    a filter. It prints on A4, across unless `upright`, as wide as a page, and with `one_page` on one.
    """

    widths: Mapping[int, float]
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    charts: list[Bars] = field(default_factory=list)
    filtered: Area | None = None
    footer: str = ""
    grid: bool = True
    one_page: bool = False
    upright: bool = False

    def put(self, row: int, column: int, value: str | float | None, face: Face = PLAIN) -> None:
        """Fill a cell."""
        self.cells[row, column] = Cell(value, face)

    def spread(self, row: int, left: int, right: int, value: str | float | None, face: Face) -> None:
        """Fill a cell that is merged over several columns; the others have its looks."""
        for column in range(left, right + 1):
            self.put(row, column, value if column == left else None, face)
        if right > left:
            self.merged.append(Area(left, row, right, row))

    @property
    def area(self) -> Area:
        """All that is filled."""
        rows, columns = [row for row, _ in self.cells] or [1], [column for _, column in self.cells] or [1]
        return Area(min(columns), min(rows), max(columns), max(rows))


def quoted_name(sheet: str) -> str:
    """A sheet's name as a formula writes it."""
    return "'" + sheet.replace("'", "''") + "'"


def absolute(area: Area) -> str:
    """An area as a formula names it for good: `$A$1:$H$9`."""
    first, last = (
        f"${ref.rstrip('0123456789')}${ref.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"
        for ref in (cell_ref(area.left, area.top), cell_ref(area.right, area.bottom))
    )
    return first if first == last else f"{first}:{last}"


def page_xml(page: Page, styles: Styles | None, drawing: str | None) -> bytes:
    """The sheet's part; `drawing` is the id of the relation to its charts."""
    grid = "" if page.grid else ' showGridLines="0"'
    pieces = [
        f'{DECLARED}<worksheet xmlns="{MAIN}" xmlns:r="{LINKS}">',
        '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>',
        f'<dimension ref="{page.area.ref}"/>',
        f'<sheetViews><sheetView{grid} workbookViewId="0"/></sheetViews>',
        '<sheetFormatPr defaultRowHeight="15"/>',
        _columns(page.widths),
        f"<sheetData>{''.join(_rows(page, styles))}</sheetData>",
    ]
    if page.filtered:
        pieces.append(f'<autoFilter ref="{page.filtered.ref}"/>')
    if page.merged:
        inner = "".join(f'<mergeCell ref="{area.ref}"/>' for area in page.merged)
        pieces.append(f'<mergeCells count="{len(page.merged)}">{inner}</mergeCells>')
    if page.links:
        inner = "".join(
            f'<hyperlink ref="{cell_ref(column, row)}" location="{escaped(fit(place))}"/>'
            for (row, column), place in page.links.items()
        )
        pieces.append(f"<hyperlinks>{inner}</hyperlinks>")
    pieces.append('<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>')
    way, high = "portrait" if page.upright else "landscape", int(page.one_page)
    pieces.append(f'<pageSetup paperSize="{_A4}" orientation="{way}" fitToWidth="1" fitToHeight="{high}"/>')
    if page.footer:
        pieces.append(f"<headerFooter><oddFooter>{escaped(fit(page.footer))}</oddFooter></headerFooter>")
    if drawing:
        pieces.append(f'<drawing r:id="{drawing}"/>')
    return "".join([*pieces, "</worksheet>"]).encode()


def _columns(widths: Mapping[int, float]) -> str:
    inner = "".join(
        f'<col min="{column}" max="{column}" width="{width:g}" customWidth="1"/>'
        for column, width in sorted(widths.items())
    )
    return f"<cols>{inner}</cols>"


def _rows(page: Page, styles: Styles | None) -> Sequence[str]:
    by_row: dict[int, list[tuple[int, Cell]]] = {}
    for (row, column), cell in sorted(page.cells.items()):
        by_row.setdefault(row, []).append((column, cell))
    looks = _Looks(styles)
    made = []
    for row, line in by_row.items():
        height = f' ht="{page.heights[row]:g}" customHeight="1"' if row in page.heights else ""
        inner = "".join(
            _cell(cell_ref(column, row), looks.of(cell.face), cell.value) for column, cell in line
        )
        made.append(f'<row r="{row}"{height}>{inner}</row>')
    return made


class _Looks:
    """The attribute for each face: thousands of cells have the same few, and one is dear to compare."""

    def __init__(self, styles: Styles | None) -> None:
        self._styles: Final = styles
        self._known: Final[dict[int, tuple[Face, str]]] = {}

    def of(self, face: Face) -> str:
        known = self._known.get(id(face))
        if known is None:
            number = self._styles.face(face) if self._styles else NO_STYLE
            # with the face, which so lives on, and keeps its id
            known = self._known[id(face)] = face, "" if number == NO_STYLE else f' s="{number}"'
        return known[1]


def _cell(ref: str, style: str, value: str | float | None) -> str:
    if value is None:
        return f'<c r="{ref}"{style}/>'
    if isinstance(value, str):
        text = escaped(fit(value))
        return f'<c r="{ref}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{ref}"{style}><v>{value:.15g}</v></c>'
