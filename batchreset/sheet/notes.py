"""What a person should know of a sheet as a whole before its rows are sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from batchreset.rows import Column
from batchreset.sheet.again import notes_on_headers
from batchreset.sheet.check import Checked
from batchreset.sheet.criteria import HiddenRows
from batchreset.sheet.header import FIELD_NAMES, Header
from batchreset.sheet.ranges import row_list
from batchreset.sheet.raw import RawSheet
from batchreset.text.messages import Message, counted, msg


def notes_on(
    sheet: RawSheet, header: Header, checked: Checked, hidden_rows: HiddenRows | None
) -> tuple[Message, ...]:
    """Hidden rows and columns, SNs that formulas made, and what looks like more than one list."""
    return (
        *notes_on_headers(sheet, header, checked.ignored),
        *_hidden_rows(sheet, checked.hidden, hidden_rows),
        *_hidden_columns(sheet, header),
        *_formulas(sheet, header, checked),
    )


def two_lists(parted: tuple[Column, Column] | None) -> tuple[Message, ...]:
    """That an empty column parts the SNs from the contacts (`Table.parted`)."""
    if parted is None:
        return ()
    sn, contact = parted
    return (
        msg(
            "An empty column lies between the SNs ({sn}) and the contacts ({column}): if these are two "
            "lists side by side, the contact in a row is not that of its terminal.",
            sn=sn.letter,
            column=contact.letter,
        ),
    )


def _hidden_rows(sheet: RawSheet, hidden: Sequence[int], hidden_rows: HiddenRows | None) -> Iterator[Message]:
    filtered = [
        number for number in hidden if any(area.top <= number <= area.bottom for area in sheet.filtered)
    ]
    by_hand = sorted({*hidden} - {*filtered})
    whereabouts = [
        (filtered, msg("{rows} by a filter", rows=row_list(filtered))),
        (by_hand, msg("{rows} by hand", rows=row_list(by_hand))),
    ]
    for rows, where in whereabouts:
        if rows:
            yield _told(len(rows), where, hidden_rows)


def _told(rows: int, where: Message, hidden_rows: HiddenRows | None) -> Message:
    if hidden_rows == "include":
        return counted(
            "The row hidden in the sheet ({where}) is included, as asked.",
            "Rows hidden in the sheet ({where}) are included, as asked.",
            rows=rows,
            where=where,
        )
    if hidden_rows == "skip":
        return counted(
            "The row hidden in the sheet ({where}) is left out, as asked.",
            "Rows hidden in the sheet ({where}) are left out, as asked.",
            rows=rows,
            where=where,
        )
    return counted(
        "A row is hidden in the sheet ({where}): a run needs --hidden-rows include or --hidden-rows skip.",
        "Rows are hidden in the sheet ({where}): a run needs --hidden-rows include or --hidden-rows skip.",
        rows=rows,
        where=where,
    )


def _hidden_columns(sheet: RawSheet, header: Header) -> Iterator[Message]:
    for field, column in header.columns.by_field().items():
        if column is not None and column.index in sheet.hidden_columns:
            yield msg(
                "Column {letter} ({field}) is hidden in the sheet, and is used.",
                letter=column.letter,
                field=FIELD_NAMES[field],
            )


def _formulas(sheet: RawSheet, header: Header, checked: Checked) -> Iterator[Message]:
    """Values of formulas are those of the last time Excel calculated them."""
    data = {row.number for row in checked.rows if row.sn}
    made = [
        row.number for row in sheet.rows if row.number in data and row.cell(header.columns.sn.index).formula
    ]
    if made:
        yield counted(
            "The SN of row {rows} comes from a formula; it is read as Excel last calculated it.",
            "The SNs of rows {rows} come from formulas; they are read as Excel last calculated them.",
            number=len(made),
            rows=row_list(made),
        )
