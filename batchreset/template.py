"""An empty list to fill in: the headers our own reader knows, in both languages, and cells that keep what is
typed into them.

Every column is formatted as text, so that leading zeros and long numbers stay as they are. What each
column wants stands in the note on its header and on a sheet of its own, in one language; the countries
have a sheet from which their drop-down list comes. Nothing in it looks like a terminal: whoever runs it
empty sends nothing.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from babel import Locale
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from batchreset.service import countries
from batchreset.sheet.raw import letter
from batchreset.text import Message, Text, msg


class _Column(NamedTuple):
    """A column: its header in both languages, its width in characters, what to write, and an example."""

    header: str
    width: int
    wants: Message
    example: str = ""


COLUMNS: Final = (
    _Column(
        "SN 序列号",
        30,
        msg(
            "The serial number as it stands on the terminal: letters A-Z, digits and _. The column is"
            " formatted as Text, so that zeros and long numbers stay; paste into it as values only."
        ),
        "2102310QPD10F3001263",
    ),
    _Column(
        "Mobile 手机号",
        24,
        msg(
            "The new code goes there by SMS. A number abroad begins with + and its country code. Each row"
            " needs a mobile number or an e-mail address, or both."
        ),
        "13800138000",
    ),
    _Column(
        "Country 国家/地区",
        20,
        msg(
            "Of the mobile number: the service's value from the list, an ISO code or a name. Empty stands"
            " for {country}, or for the country of a number with +. Numbers with +1 or +7 need it.",
            country=countries.DEFAULT,
        ),
        countries.DEFAULT,
    ),
    _Column(
        "E-mail 邮箱",
        32,
        msg("The new code goes there by e-mail. One address in a cell."),
        "li.na@example.com",
    ),
    _Column(
        "Site 站点",
        20,
        msg('Your own, like every further column. With --wave-by "Site 站点" a run goes site by site.'),
    ),
    _Column("Room 房间", 20, msg("Your own.")),
    _Column("Remark 备注", 30, msg("Your own.")),
)
_STEPS: Final = (
    msg("Fill in one row for each terminal."),
    msg("Look for mistakes: batchreset check FILE"),
    msg("See what would be sent: batchreset plan FILE"),
    msg("Send: batchreset run FILE"),
)
_SHEETS: Final = (msg("Terminals"), msg("How to fill in"), msg("Countries and regions"))
_IN_CHINESE: Final = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}
"""Names as the service's own values have them, and shorter than CLDR's."""
_COUNTRY: Final = next(at for at, column in enumerate(COLUMNS, 1) if column.example == countries.DEFAULT)
_SN: Final = 1
_LAST_ROW: Final = 1_048_576
_TEXT: Final = "@"
_EDGE: Final = Side("thin", color="FFBFBFBF")
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
_WANTS_WIDTH: Final = 90
_LINE_POINTS: Final = 16
_NOTE_SIZE: Final = {"width": 340, "height": 120}
"""Of the note on a header, in pixels."""


def write_template(text: Text, target: Path) -> None:
    """Write the empty list in a language to `target`. Raises OSError when it can't be written."""
    book = Workbook()
    book.properties.creator = "batchreset"
    page = book.worksheets[0]
    page.title, how, lands = map(text, _SHEETS)
    _fill_page(page, text, lands)
    _fill_how(book.create_sheet(how), text)
    _fill_countries(book.create_sheet(lands), text)
    whole = io.BytesIO()  # openpyxl leaves an archive half open that a full disk has cut short
    book.save(whole)
    target.write_bytes(whole.getbuffer())


def _fill_page(page: Worksheet, text: Text, lands: str) -> None:
    for at, column in enumerate(COLUMNS, start=1):
        dimension = page.column_dimensions[letter(at)]
        dimension.width, dimension.number_format = column.width, _TEXT
        cell = page.cell(1, at, column.header)
        _dress(cell.coordinate, page)
        cell.comment = Comment(_told(column, text), "batchreset", **_NOTE_SIZE)
    page.row_dimensions[1].height = 24
    page.freeze_panes = "A2"
    page.print_title_rows = "1:1"
    page.page_setup.orientation = "landscape"
    page.add_data_validation(_validated_sn(text))
    page.add_data_validation(_validated_country(text, lands))


def _told(column: _Column, text: Text) -> str:
    wants = text(column.wants)
    return (
        text(msg("{wants} Example: {example}", wants=wants, example=column.example))
        if column.example
        else wants
    )


def _validated_sn(text: Text) -> DataValidation:
    """Numbers are warned of as they are typed, where the format was lost by pasting over it."""
    said = msg("An SN must be text: format the cell as Text and type it again.")
    title = text(msg("This is a number"))
    return _warning("custom", f"ISTEXT({letter(_SN)}2)", _SN, title, text(said))


def _validated_country(text: Text, lands: str) -> DataValidation:
    last = len(countries.all_countries()) + 1
    said = msg("ISO codes and names in English or Chinese are understood too; `check` tells.")
    title = text(msg("Not in the list"))
    return _warning("list", f"'{lands}'!$A$2:$A${last}", _COUNTRY, title, text(said))


def _warning(
    kind: Literal["custom", "list"], formula: str, column: int, title: str, said: str
) -> DataValidation:
    """A rule for a column that warns of what breaks it, and lets it pass."""
    rule = DataValidation(
        kind,
        formula1=formula,
        allow_blank=True,
        errorStyle="warning",
        errorTitle=title,
        error=said,
        showErrorMessage=True,
    )
    rule.add(f"{letter(column)}2:{letter(column)}{_LAST_ROW}")
    return rule


def _fill_how(page: Worksheet, text: Text) -> None:
    """The columns and the next steps. No cell of it is a header as the reader knows them."""
    _head(
        page, [text(msg("Column")), text(msg("What to write")), text(msg("Example"))], (24, _WANTS_WIDTH, 28)
    )
    for at, column in enumerate(COLUMNS, start=1):
        page.append([f"{letter(at)}: {column.header}", text(column.wants), column.example])
    page.append([])
    for number, step in enumerate(_STEPS, start=1):
        page.append([text(msg("Step {number}", number=number)), text(step)])
    for number, row in enumerate(page.iter_rows(min_row=2, max_col=3), start=2):
        wants = str(row[1].value or "")
        wide = sum(1 if char.isascii() else 2 for char in wants)
        page.row_dimensions[number].height = _LINE_POINTS * (1 + wide // _WANTS_WIDTH)
        for cell in row:
            cell.number_format, cell.alignment = _TEXT, _WRAPPED


def _fill_countries(page: Worksheet, text: Text) -> None:
    english, chinese = Locale.parse("en").territories, Locale.parse("zh_Hans").territories
    titles = [msg("Value of the service"), msg("In English"), msg("In Chinese"), msg("Dial code")]
    _head(page, [text(title) for title in titles], (24, 36, 28, 14))
    for one in countries.all_countries():
        name = _IN_CHINESE.get(one.iso2) or chinese.get(one.iso2)
        page.append([one.value, english.get(one.iso2), name, one.dial_code])
    for row in page.iter_rows(min_row=2, max_col=len(titles)):
        for cell in row:
            cell.data_type, cell.number_format = "s", _TEXT  # +86 is no formula


def _head(page: Worksheet, titles: Sequence[str], widths: Sequence[int]) -> None:
    page.append(list(titles))
    for at, width in enumerate(widths, start=1):
        page.column_dimensions[letter(at)].width = width
        _dress(f"{letter(at)}1", page)
    page.freeze_panes = "A2"


def _dress(cell: str, page: Worksheet) -> None:
    page[cell].font = Font(bold=True, color="FFFFFFFF")
    page[cell].fill = PatternFill("solid", start_color="FF1F4E78", end_color="FF1F4E78")
    page[cell].border = Border(_EDGE, _EDGE, _EDGE, _EDGE)
    page[cell].alignment = Alignment(vertical="center")
    page[cell].number_format = _TEXT
