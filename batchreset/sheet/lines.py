"""Which lines below the header are data, and which are totals, signatures or the header once more. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final

from batchreset.model import Column, Columns
from batchreset.sheet.aliases import field_of, header_key
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.header import Header
from batchreset.sheet.raw import CellKind, RawCell, RawRow

_TOTALS: Final = frozenset(
    (
        *(
            "合计",
            "总计",
            "小计",
            "共计",
            "总数",
            "总台数",
            "总数量",
            "合计数量",
            "数量合计",
            "本页小计",
            "本页合计",
        ),
        *("total", "totals", "subtotal", "subtotals", "grandtotal", "sum", "totalcount", "totalterminals"),
    )
)
_LABEL: Final = re.compile(r"[^:：]{1,20}[:：]")
"""`制表人：张三`, `Date: 2026-11-23`: what stands below a table."""
_LIKE_SN: Final = re.compile(r"(?=[A-Za-z_]*[0-9])[A-Za-z0-9_]{6,}")
"""`SN: 2102310QPD` is no signature, though the SN can't be used so."""
_DIGIT: Final = re.compile(r"\d")


def divided(rows: Iterable[RawRow], header: Header) -> tuple[list[RawRow], list[int]]:
    """The data rows below the header, and the numbers of rows that are none. Blank rows are in neither."""
    data: list[RawRow] = []
    ignored: list[int] = []
    for row in rows:
        if row.number <= header.row or all(map(is_blank, row.cells)):
            continue
        if _is_data(row, header.columns):
            data.append(row)
        else:
            ignored.append(row.number)
    return data, ignored


def _is_data(row: RawRow, columns: Columns) -> bool:
    sn = row.cell(columns.sn.index)
    is_text = sn.kind is CellKind.TEXT and not is_blank(sn)
    has_contact = any(
        column and not is_blank(row.cell(column.index)) for column in (columns.mobile, columns.email)
    )
    first = next(index for index, cell in enumerate(row.cells, 1) if not is_blank(cell))
    if _is_total(row.cell(first)):
        # In a row of totals, counts may stand below the SNs and the contacts.
        return is_text and columns.sn.index != first and has_contact
    if is_text:
        # The header again, as on every page of a printed list. No SN is called so.
        return not _is_header(sn.text, columns.sn) and (
            has_contact or _LIKE_SN.search(sn.text) is not None or not _only_labels(row)
        )
    filled = sum(not is_blank(cell) for cell in row.cells)
    return not is_blank(sn) or has_contact or (filled > 1 and not _only_labels(row))


def _only_labels(row: RawRow) -> bool:
    return all(
        cell.kind is CellKind.TEXT and _LABEL.match(clean(cell.text)) is not None
        for cell in row.cells
        if not is_blank(cell)
    )


def _is_total(cell: RawCell) -> bool:
    return cell.kind is CellKind.TEXT and _names_total(cell.text)


@functools.lru_cache(maxsize=4096)  # the first cell of a row is often the site, the same in many
def _names_total(text: str) -> bool:
    return header_key(text) in _TOTALS


def _is_header(text: str, column: Column) -> bool:
    if _DIGIT.search(text) and not _DIGIT.search(column.header):
        return False
    key = header_key(text)
    return field_of(text) == "sn" or (key != "" and key == header_key(column.header))
