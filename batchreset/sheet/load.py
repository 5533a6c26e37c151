"""The sheet stage as one call: a file's path in, a judged table out. Nothing is sent or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from batchreset.collecting import no_collection
from batchreset.errors import SheetError
from batchreset.model import Rules
from batchreset.rows import Table
from batchreset.service import countries
from batchreset.sheet.again import parted, refuse_another_table
from batchreset.sheet.check import check
from batchreset.sheet.clean import clean
from batchreset.sheet.criteria import (
    Criteria,
    HiddenRows,
    allowed_countries,
    allowed_domains,
    default_country_of,
)
from batchreset.sheet.grouping import GroupBy, grouping
from batchreset.sheet.header import Header, find, has_sn, named_columns, no_sn_column
from batchreset.sheet.notes import notes_on, two_lists
from batchreset.sheet.raw import RawSheet
from batchreset.sheet.reader import open_book
from batchreset.sheet.search import SEARCHED_ROWS, Named
from batchreset.text.messages import Message, msg

_NONE_NAMED: Final[Mapping[str, str]] = MappingProxyType({})
_NO_GROUP_BY: Final = GroupBy()


def load(
    path: Path,
    *,
    rules: Rules,
    sheet: str | None = None,
    columns: Mapping[str, str] = _NONE_NAMED,
    header_row: int | None = None,
    default_country: str = countries.DEFAULT,
    hidden_rows: HiddenRows | None = None,
    first_contact: bool = False,
    allow_domains: Sequence[str] = (),
    allow_countries: Sequence[str] = (),
    group_by: GroupBy = _NO_GROUP_BY,
) -> Table:
    """Read a list and judge its rows.

    `sheet`, `columns` (field to header or column letter), `header_row` (the first row of the headers) and
    the rest are the options and settings of these names; `default_country` is the service's value for
    mobile numbers without + in rows without a country. Hidden rows are in the table unless they are to be
    skipped; a run has to ask what is to become of them (`Table.hidden`).
    Raises `SheetError` when the file, the sheet or its columns can't be used or there are no data rows,
    and `UsageError` for options that make no sense. A table without a usable row is no error here.
    """
    named = named_columns(columns)
    criteria = Criteria(
        rules,
        default_country_of(default_country),
        hidden_rows,
        first_contact,
        allowed_domains(allow_domains),
        allowed_countries(allow_countries),
    )
    with no_collection():
        chosen, notes = _read(path, sheet, named, header_row)
        header = find(chosen, named, header_row)
        _refuse_unusable(chosen, header)
        checked = check(chosen, header, criteria)
        refuse_another_table(chosen, header, checked.ignored)
        apart = parted(chosen, header, named.keys())
    if not checked.rows:
        raise SheetError(
            "no-rows",
            msg("{sheet} has no rows below its header in row {row}.", sheet=chosen.name, row=header.row),
            msg("Fill in one row for each terminal."),
        )
    return Table(
        path,
        chosen.name,
        header.row,
        header.columns,
        checked.rows,
        checked.ignored,
        (*notes, *notes_on(chosen, header, checked, hidden_rows), *two_lists(apart)),
        checked.hidden,
        checked.skipped,
        grouping(chosen, header.row, (row.number for row in checked.rows), header.columns, group_by),
        apart,
    )


def _read(
    path: Path, wanted: str | None, named: Named, header_row: int | None
) -> tuple[RawSheet, tuple[Message, ...]]:
    """The sheet to use, and what there is to know of how the file was read."""
    with open_book(path) as book:
        heads = book.heads(max(SEARCHED_ROWS, header_row or 0) + 1)
        chosen = choose_sheet(heads, wanted, named, header_row)
        return book.whole(chosen.name), book.notes


def choose_sheet(
    sheets: Sequence[RawSheet], wanted: str | None, named: Named, header_row: int | None = None
) -> RawSheet:
    """The sheet called `wanted`, or else the only visible one with an SN column. Raises `SheetError`."""
    if wanted is not None:
        return _called(sheets, wanted)
    visible = [sheet for sheet in sheets if not sheet.hidden]
    fitting = [sheet for sheet in visible if has_sn(sheet, named, header_row)]
    if len(fitting) > 1:
        raise SheetError(
            "sheets-several",
            msg("Several sheets have a column of serial numbers: {sheets}.", sheets=_names(fitting)),
            msg('Say which one: --sheet "{name}".', name=fitting[0].name),
        )
    if fitting or len(visible) == 1:
        return (fitting or visible)[0]
    hidden = [sheet for sheet in sheets if sheet.hidden and has_sn(sheet, named, header_row)]
    if hidden:
        raise SheetError(
            "sheet-hidden",
            msg("Only hidden sheets have a column of serial numbers: {sheets}.", sheets=_names(hidden)),
            msg('Unhide the sheet, or name it: --sheet "{name}".', name=hidden[0].name),
        )
    raise no_sn_column(visible, named, header_row)


def _called(sheets: Sequence[RawSheet], wanted: str) -> RawSheet:
    for same in (
        lambda name: name == wanted,
        lambda name: clean(name).casefold() == clean(wanted).casefold(),
    ):
        found = next((sheet for sheet in sheets if same(sheet.name)), None)
        if found is not None:
            return found
    raise SheetError(
        "sheet-not-found",
        msg("There is no sheet {name}; the workbook has {sheets}.", name=wanted, sheets=_names(sheets)),
        msg("Give one of these names with --sheet."),
    )


def _refuse_unusable(sheet: RawSheet, header: Header) -> None:
    if sheet.cut_at is not None:
        raise SheetError(
            "too-many-rows",
            msg(
                "{sheet} holds something in row {row}, far below what is read.",
                sheet=sheet.name,
                row=sheet.cut_at,
            ),
            msg("Delete what stands there, or divide the list among several workbooks."),
        )
    columns = header.columns
    if columns.mobile is None and columns.email is None:
        raise SheetError(
            "no-contact-column",
            msg(
                "{sheet} has a column of SNs ({letter}), but none of mobile numbers or e-mail addresses.",
                sheet=sheet.name,
                letter=columns.sn.letter,
            ),
            msg('Add one, or name it: --column mobile="HEADER" or --column email="HEADER".'),
        )


def _names(sheets: Sequence[RawSheet]) -> tuple[str, ...]:
    return tuple(sheet.name for sheet in sheets)
