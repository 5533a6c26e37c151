"""Which row holds the headers, and which column holds what. Pure.

Title rows above the headers are normal, and so are merged headers and headers over two rows (a group
above, the columns below). Where two answers are equally good nobody guesses: the error names both cells
and the option that settles it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from batchreset.errors import SheetError, UsageError
from batchreset.rows import FIELDS, Column, Columns, Field
from batchreset.sheet.aliases import header_key
from batchreset.sheet.clean import is_blank
from batchreset.sheet.raw import RawRow, RawSheet
from batchreset.sheet.search import SEARCHED_ROWS, Hit, Named, Search, texts
from batchreset.text.messages import Message, msg

FIELD_NAMES: Final[Mapping[Field, Message]] = {
    "sn": msg("SN"),
    "mobile": msg("mobile number"),
    "country": msg("country"),
    "email": msg("e-mail address"),
}


@dataclass(frozen=True, slots=True)
class Header:
    """The columns, and the number of the last header row: data begin below it (0: there is no header)."""

    row: int
    columns: Columns


def named_columns(columns: Mapping[str, str]) -> dict[Field, str]:
    """`--column FIELD=HEADER` options by field; `phone` is `mobile`. Raises `UsageError`."""
    named: dict[Field, str] = {}
    for key, header in columns.items():
        field = {"phone": "mobile"}.get(key.strip().casefold(), key.strip().casefold())
        if field not in FIELDS:
            raise UsageError(
                "column-field",
                msg("--column knows no field {field}.", field=key),
                msg("The fields are sn, mobile, country and email."),
            )
        if not header_key(header):
            raise UsageError(
                "column-header",
                msg("--column {field}= names no header.", field=key),
                msg('Write it as --column {field}="HEADER", or with a column letter.', field=field),
            )
        named[field] = header
    return named


def has_sn(sheet: RawSheet, named: Named, header_row: int | None = None) -> bool:
    """Whether the sheet has a header row with an SN column in it."""
    return bool(Search(sheet, named, header_row).best_rows())


def find(sheet: RawSheet, named: Named, header_row: int | None = None) -> Header:
    """The header row of `sheet` and its columns; `header_row` is the first of it, where that is known.

    Raises `SheetError` where there is none, or two.
    """
    search = Search(sheet, named, header_row)
    best = search.best_rows()
    if len(best) > 1:
        raise _tied(search, best[0], best[1])
    if best:
        return _header(search, best[0])
    index = search.letter_index("sn")
    if index:
        return _header_without_names(search, index)
    raise no_sn_column([sheet], named, header_row)


def no_sn_column(sheets: Iterable[RawSheet], named: Named, header_row: int | None = None) -> SheetError:
    """The error for sheets without an SN column: which headers were seen, and how to name the right one."""
    sheets = tuple(sheets)
    seen = [header for sheet in sheets for header in Search(sheet, named, header_row).headers_seen()]
    places = {
        "count": SEARCHED_ROWS,
        "row": header_row,
        "sheets": tuple(sheet.name for sheet in sheets),
        "seen": tuple(seen) or "-",
    }
    hint = msg('Name the column with --column sn="HEADER", or by its letter: --column sn=B.')
    if "sn" in named:
        return SheetError(
            "column-not-found",
            msg(
                'No column "{header}" in the first {count} rows of {sheets}. Headers seen: {seen}.',
                header=named["sn"],
                **places,
            ),
            hint,
        )
    if header_row is not None:
        return SheetError(
            "no-sn-column",
            msg("No column of serial numbers in row {row} of {sheets}. Headers seen: {seen}.", **places),
            hint,
        )
    return SheetError(
        "no-sn-column",
        msg(
            "No column of serial numbers in the first {count} rows of {sheets}. Headers seen: {seen}.",
            **places,
        ),
        hint,
    )


def _header(search: Search, row: RawRow) -> Header:
    found = {field: search.hits(row, field) for field in FIELDS}
    missing = [field for field in FIELDS if not found[field] and not search.letter_index(field)]
    second = _second_row(search, row, missing)
    if second is not None:
        found |= {field: search.hits(second, field) for field in missing}
    columns = _columns(search, row, found)
    last = max((search.bottom(row, index) for index, _ in texts(row)), default=row.number)
    return Header(max(last, second.number if second else 0), columns)


def _second_row(search: Search, row: RawRow, missing: list[Field]) -> RawRow | None:
    """The other row of a header over two rows, if it names a missing field: the one below, or above."""
    beside = {other.number - row.number: other for other in search.rows}
    names = {
        step: [hit.column.index for field in missing for hit in search.hits(beside[step], field)]
        for step in (1, -1)
        if step in beside
    }
    sn = search.hits(row, "sn")
    if names.get(1) and sn and is_blank(beside[1].cell(sn[0].column.index)):
        return beside[1]
    # A header merged over both rows stands in the upper one; a label in a title row has a header below it.
    if names.get(-1) and all(is_blank(row.cell(index)) for index in names[-1]):
        return beside[-1]
    return None


def _header_without_names(search: Search, index: int) -> Header:
    """The SN's column is given by letter and no header is known: data begin at the first SN with a digit."""
    if search.header_row is not None:
        named = [row for row in search.rows if row.number == search.header_row]
        row = named[0] if named else RawRow(search.header_row, ())
        return Header(row.number, _columns(search, row, {}))
    rows = search.sheet.rows
    first = next((row for row in rows if any(map(str.isdigit, row.cell(index).text))), rows[0])
    above = [row for row in rows if row.number < first.number]
    row = above[-1] if above else RawRow(first.number - 1, ())
    return Header(row.number, _columns(search, row, {}))


def _columns(search: Search, row: RawRow, found: Mapping[Field, list[Hit]]) -> Columns:
    columns = {
        field: _settle(search, row, field, found.get(field, []))
        for field in FIELDS
        if found.get(field) or field in search.named
    }
    for (field, column), (other, same) in itertools.combinations(columns.items(), 2):
        if column.index == same.index:
            raise _twice(column, field, other)
    return Columns(columns["sn"], columns.get("mobile"), columns.get("country"), columns.get("email"))


def _twice(column: Column, field: Field, other: Field) -> SheetError:
    return SheetError(
        "column-twice",
        msg(
            "Column {letter} ({header}) can't hold the {field} and the {other}.",
            letter=column.letter,
            header=column.header or "-",
            field=FIELD_NAMES[field],
            other=FIELD_NAMES[other],
        ),
        msg(
            'Name another one: --column {field}="HEADER" or --column {other}="HEADER".',
            field=field,
            other=other,
        ),
    )


def _settle(search: Search, row: RawRow, field: Field, hits: list[Hit]) -> Column:
    if len(hits) > 1:
        raise _ambiguous(field, hits[0], hits[1])
    if hits:
        return hits[0].column
    index = search.letter_index(field)
    if index:
        return search.hit(row, index).column
    raise SheetError(
        "column-not-found",
        msg(
            'No column "{header}" in row {row} of {sheet}. Headers seen: {seen}.',
            header=search.named[field],
            row=row.number,
            sheet=search.sheet.name,
            seen=tuple(text for _, text in texts(row)) or "-",
        ),
        msg('Write the header as it stands, or the letter: --column {field}="HEADER".', field=field),
    )


def _ambiguous(field: Field, first: Hit, second: Hit) -> SheetError:
    same = header_key(first.column.header) == header_key(second.column.header)
    one, other = (hit.column.letter if same else f'"{hit.column.header}"' for hit in (first, second))
    return SheetError(
        "column-ambiguous",
        msg(
            "Two columns could hold the {field}: {first} ({first_header}) and {second} ({second_header}).",
            field=FIELD_NAMES[field],
            first=first.cell,
            first_header=first.column.header,
            second=second.cell,
            second_header=second.column.header,
        ),
        msg(
            "Say which one: --column {field}={one} or --column {field}={other}.",
            field=field,
            one=one,
            other=other,
        ),
    )


def _tied(search: Search, *rows: RawRow) -> SheetError:
    index = search.letter_index("sn")
    first, second = (search.hit(row, index) if index else search.hits(row, "sn")[0] for row in rows)
    message = msg(
        "Two rows look like the header: {first} ({first_header}) and {second} ({second_header}).",
        first=first.cell,
        first_header=first.column.header,
        second=second.cell,
        second_header=second.column.header,
    )
    hint = msg(
        "Say which one: --header-row {first} or --header-row {second}.",
        first=rows[0].number,
        second=rows[1].number,
    )
    return SheetError("header-tied", message, hint)
