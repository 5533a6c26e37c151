"""Which row holds the headers, and which column holds what. Pure.

Title rows above the headers are normal, and so are headers over two rows (a group above, the columns
below). Where two answers are equally good nobody guesses: the error names both cells and the option
that settles it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from batchreset.errors import SheetError, UsageError
from batchreset.model import Column, Columns
from batchreset.sheet.aliases import FIELDS, Field, field_of, header_key
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.raw import CellKind, RawRow, RawSheet, index_of, letter, place
from batchreset.text.messages import Message, msg

SEARCHED_ROWS: Final = 20
"""The header stands among the first rows of a sheet, or nowhere."""

FIELD_NAMES: Final[Mapping[Field, Message]] = {
    "sn": msg("SN"),
    "mobile": msg("mobile number"),
    "country": msg("country"),
    "email": msg("e-mail address"),
}
_SHOWN_HEADERS: Final = 30

Named = Mapping[Field, str]
"""What `--column` says: field to header text, or to a column letter."""


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


def has_sn(sheet: RawSheet, named: Named) -> bool:
    """Whether the sheet has a header row with an SN column in it."""
    return bool(_Search(sheet, named).best_rows())


def find(sheet: RawSheet, named: Named) -> Header:
    """The header row of `sheet` and its columns. Raises `SheetError` where there is none, or two."""
    search = _Search(sheet, named)
    best = search.best_rows()
    if len(best) > 1:
        raise _tied(search, best[0], best[1])
    if best:
        return _header(search, best[0])
    index = search.letter_index("sn")
    if index:
        return _header_without_names(search, index)
    raise no_sn_column([sheet], named)


def no_sn_column(sheets: Iterable[RawSheet], named: Named) -> SheetError:
    """The error for sheets without an SN column: which headers were seen, and how to name the right one."""
    sheets = tuple(sheets)
    places = {
        "count": SEARCHED_ROWS,
        "sheets": ", ".join(sheet.name for sheet in sheets),
        "seen": ", ".join(header for sheet in sheets for header in _Search(sheet, named).headers_seen())
        or "-",
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
    return SheetError(
        "no-sn-column",
        msg(
            "No column of serial numbers in the first {count} rows of {sheets}. Headers seen: {seen}.",
            **places,
        ),
        hint,
    )


class _Hit(NamedTuple):
    """A header cell of some field."""

    column: Column
    cell: str


class _Search:
    """One sheet, and what `--column` says of it."""

    def __init__(self, sheet: RawSheet, named: Named) -> None:
        self.sheet: Final = sheet
        self.named: Final = named
        self.rows: Final = [row for row in sheet.rows[:SEARCHED_ROWS] if row.number <= SEARCHED_ROWS]
        self._width: Final = max((len(row.cells) for row in sheet.rows), default=0)

    def letter_index(self, field: Field) -> int | None:
        """The column whose letter `--column` may mean (in a sheet of ten columns, `ID` can't be one)."""
        index = index_of(self.named.get(field, "").strip())
        return index if index is not None and index <= self._width else None

    def best_rows(self) -> list[RawRow]:
        """The rows in which most fields are found, the SN among them; more than one is a tie."""
        rows = [row for row in self.rows if self.letter_index("sn") or self.hits(row, "sn")]
        scores = [self._score(row) for row in rows]
        top = max(scores, default=0)
        return [row for row, score in zip(rows, scores, strict=True) if score == top] if top else []

    def _score(self, row: RawRow) -> int:
        # A column letter is no header text: a cell that happens to hold "B" makes no header row.
        return sum(
            bool(self.hits(row, field, by_alias=self.letter_index(field) is not None)) for field in FIELDS
        )

    def hits(self, row: RawRow, field: Field, *, by_alias: bool = False) -> list[_Hit]:
        """The cells of `row` that are a header of `field`: the one `--column` names, else any we know."""
        if field in self.named and not by_alias:
            key = header_key(self.named[field])
            return [self.hit(row, index) for index, text in _texts(row) if header_key(text) == key]
        return [self.hit(row, index) for index, text in _texts(row) if field_of(text) == field]

    def hit(self, row: RawRow, index: int) -> _Hit:
        """The cell in column `index`, as a header."""
        column = Column(index, letter(index), clean(row.cell(index).text))
        return _Hit(column, place(self.sheet.name, column.letter, row.number))

    def headers_seen(self) -> list[str]:
        """The texts of the row that looks most like a header."""
        rows = [[text for _, text in _texts(row) if text] for row in self.rows]
        return max(rows, key=len, default=[])[:_SHOWN_HEADERS]


def _header(search: _Search, row: RawRow) -> Header:
    found = {field: search.hits(row, field) for field in FIELDS}
    missing = [field for field in FIELDS if not found[field] and not search.letter_index(field)]
    second = _second_row(search, row, missing)
    if second is not None:
        found |= {field: search.hits(second, field) for field in missing}
    return Header(max(row.number, second.number if second else 0), _columns(search, row, found))


def _second_row(search: _Search, row: RawRow, missing: list[Field]) -> RawRow | None:
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


def _header_without_names(search: _Search, index: int) -> Header:
    """The SN's column is given by letter and no header is known: data begin at the first SN with a digit."""
    rows = search.sheet.rows
    first = next((row for row in rows if any(map(str.isdigit, row.cell(index).text))), rows[0])
    above = [row for row in rows if row.number < first.number]
    row = above[-1] if above else RawRow(first.number - 1, ())
    return Header(row.number, _columns(search, row, {}))


def _columns(search: _Search, row: RawRow, found: Mapping[Field, list[_Hit]]) -> Columns:
    columns = {
        field: _settle(search, row, field, found.get(field, []))
        for field in FIELDS
        if found.get(field) or field in search.named
    }
    return Columns(columns["sn"], columns.get("mobile"), columns.get("country"), columns.get("email"))


def _settle(search: _Search, row: RawRow, field: Field, hits: list[_Hit]) -> Column:
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
            seen=", ".join(text for _, text in _texts(row)) or "-",
        ),
        msg('Write the header as it stands, or the letter: --column {field}="HEADER".', field=field),
    )


def _texts(row: RawRow) -> list[tuple[int, str]]:
    return [
        (index, clean(cell.text)) for index, cell in enumerate(row.cells, 1) if cell.kind is CellKind.TEXT
    ]


def _ambiguous(field: Field, first: _Hit, second: _Hit) -> SheetError:
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


def _tied(search: _Search, *rows: RawRow) -> SheetError:
    index = search.letter_index("sn")
    first, second = (search.hit(row, index) if index else search.hits(row, "sn")[0] for row in rows)
    message = msg(
        "Two rows look like the header: {first} ({first_header}) and {second} ({second_header}).",
        first=first.cell,
        first_header=first.column.header,
        second=second.cell,
        second_header=second.column.header,
    )
    if header_key(first.column.header) == header_key(second.column.header):
        return SheetError("header-tied", message, msg("Delete the one that is not the header."))
    return SheetError(
        "header-tied",
        message,
        msg(
            'Say which one: --column sn="{first}" or --column sn="{second}".',
            first=first.column.header,
            second=second.column.header,
        ),
    )
