"""What all edits of the user's own sheet have in common: what must know of new columns, and the copy itself.

What stands around the rows and in other parts is told of columns that are added: widths, the extent, the
sheet's filter, its tables. What was written is read again and compared (`ooxml/verify.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from batchreset.collecting import no_collection
from batchreset.ooxml.archive import write_archive
from batchreset.ooxml.edit import SheetEdit, SheetEditor
from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.frame import filter_area, set_widths, widen_dimension, widen_filter
from batchreset.ooxml.names import FILTER
from batchreset.ooxml.package import CONTENT_TYPES, OF_TEMPLATES
from batchreset.ooxml.refs import Area
from batchreset.ooxml.spots import RowSpot
from batchreset.ooxml.tables import rename, take_in
from batchreset.ooxml.verify import verify
from batchreset.report.layout import Spread
from batchreset.report.opened import Find, OpenedSheet, of_report, open_sheet
from batchreset.rows import Table
from batchreset.sheet.container import DAMAGE
from batchreset.sheet.raw import letter
from batchreset.text import msg

_LAST_COLUMN: Final = re.compile(rb"\$[A-Z]{1,3}(\$[0-9]+\s*)$")
"""The last column in `Terminals!$A$1:$H$100`."""


@contextmanager
def editing(source: Path, table: Table, find: Find = of_report) -> Iterator[OpenedSheet]:
    """The sheet of `table`, opened for an edit; `find` knows the columns of ours in it.

    Raises UneditableError for whatever makes an edit impossible, in here or in the block.
    """
    try:
        with no_collection(), open_sheet(source, table, find) as sheet:
            yield sheet
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise UneditableError(msg("it can't be copied: {error}", error=said)) from error
    except DAMAGE as error:
        raise UneditableError(msg("it is damaged")) from error


def fit_columns(
    sheet: OpenedSheet,
    where: Spread,
    titles: Mapping[int, str],
    widths: Mapping[int, float],
    written: Area,
) -> None:
    """Tell the sheet and its parts of columns with these titles and widths (by column); `written` are all
    cells that get anything. A template becomes a workbook."""
    new = where.new.values()
    set_widths(sheet.frame, {column: widths[column] for column in new})
    widen_dimension(sheet.frame, written)
    header_row, right = sheet.table.header_row, max(where.columns)
    area = filter_area(sheet.frame)
    if area and area.top <= header_row <= area.bottom and area.right < right:
        widen_filter(sheet.frame, right)
        _widen_filter_name(sheet, area, right)
    for table in sheet.view.tables:
        if table.area.top == header_row and table.has_header:
            rename(sheet.parts.draft(table.part), table, titles)
    for table in where.taking:
        take_in(sheet.parts.draft(table.part), {column: titles[column] for column in new})
    _make_workbook(sheet)


def write_copy(sheet: OpenedSheet, edit: SheetEdit, target: Path) -> None:
    """Write the workbook with an edit of its sheet and what was changed in its small parts.

    Raises UneditableError when the copy does not read back so, and OSError when it can't be written.
    """
    editor = SheetEditor(sheet.scanned, edit)
    styles, styles_part = sheet.values.styles, sheet.values.styles_part
    archive, small = sheet.package.archive, sheet.parts.done()
    member = sheet.package.member(sheet.entry.part)
    late = {sheet.package.member(styles_part).filename: styles.done} if styles and styles_part else {}
    with archive.open(member) as part:
        parts: dict[str, Iterable[bytes]] = {name: (content,) for name, content in small.items()}
        parts[member.filename] = editor.stream(part)
        write_archive(archive, target, parts, late, sheet.parts.gone)
    written = small | {name: made() for name, made in late.items()}
    gone = sheet.parts.gone
    verify(archive, target, member.filename, sheet.scanned, edit, editor.written, written, gone)


def lacks_row(spots: Iterable[RowSpot], number: int) -> bool:
    """Whether a sheet has yet to get its header row: merged headers may leave it out."""
    return number > 0 and not any(spot.number == number for spot in spots)


def _widen_filter_name(sheet: OpenedSheet, area: Area, right: int) -> None:
    """The hidden name that repeats a filter's range: LibreOffice goes by it and not by the filter."""
    draft = sheet.parts.draft(sheet.package.main)
    for listed in draft.root.all("definedNames"):
        for name in listed.all("definedName"):
            own = name.attributes.get("localSheetId") == str(sheet.entry.place)
            found = Area.parse(name.text.rpartition("!")[2])
            if name.attributes.get("name") == FILTER and own and found == area:
                old = draft.xml[name.inner : name.close]
                new = _LAST_COLUMN.sub(rb"$%b\1" % letter(right).encode(), old)
                draft.replace(name.inner, name.close, new)


def _make_workbook(sheet: OpenedSheet) -> None:
    package = sheet.package
    element = package.type_element(package.main)
    if element and package.content_type(package.main) in OF_TEMPLATES:
        kind = OF_TEMPLATES[package.content_type(package.main)]
        sheet.parts.draft(CONTENT_TYPES).set(element, ContentType=kind)
