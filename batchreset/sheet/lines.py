"""Which lines below the header are data, and which are totals, signatures or the header once more. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Final, Literal

from batchreset.rows import Column, Columns
from batchreset.sheet.aliases import field_of, header_key
from batchreset.sheet.clean import clean, is_blank
from batchreset.sheet.header import Header
from batchreset.sheet.raw import CellKind, RawCell, RawRow
from batchreset.sheet.search import TALLEST_HEADER

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
_COUNTED: Final = re.compile(
    r"(?:合计|总计|小计|共计|总数|共)有?\d+(?:台|个|条|行|套|部)?(?:终端|设备)?"
    r"|(?:sub|grand)?total\d+(?:terminals?|devices?|rows?|units?|pcs)"
    r"|第\d+页(?:[,/]?共\d+页)?|page\d+(?:(?:of|/)\d+)?"
)
"""`共 60 台`, `Total: 60 terminals`, `Page 1 of 2`, without blanks and colons."""
_SUBTOTAL: Final = re.compile(
    r".*(?:小计|合计|总计|共计|汇总|计数)[:：]?|.*[\s:：-](?:(?:sub|grand)[\s-]?total|totals?|count)[:：]?"
)
"""`杭州小计`, and `Hangzhou Total` or `Hangzhou Count`, as Excel's own subtotals call themselves."""
_COUNT: Final = re.compile(r"\d{1,5}(?:\.0)?\s?[^\W\d_]{0,9}")
"""A count, such as `3 台`; an SN or a mobile number that became a number has more digits."""
_SIGNED: Final = frozenset(
    (
        *("制表", "制表人", "填表", "填表人", "填报人", "编制", "编制人", "审核", "审核人", "复核", "复核人"),
        *("批准", "批准人", "审批", "审批人", "经办", "经办人", "签字", "签名", "签章", "盖章"),
        *("日期", "制表日期", "填表日期", "打印日期", "备注", "说明", "注"),
        *("preparedby", "checkedby", "reviewedby", "approvedby", "signedby", "signature"),
        *("date", "note", "notes", "remark", "remarks"),
    )
)
"""What a row of signatures begins with, its names in the cells behind."""
_LABEL: Final = re.compile(r"[^:：]{1,20}[:：]")
"""`制表人：张三`, `Date: 2026-11-23`: what stands below a table."""
_NUMBERED: Final = re.compile(r"[(（]?\d{1,2}[)）、.．。]\s*\S")
"""`1、以上终端…`: one of several remarks below a list."""
_LIKE_SN: Final = re.compile(r"(?=[A-Za-z_]*[0-9])[A-Za-z0-9_]{6,}")
"""`SN: 2102310QPD` is no signature, though the SN can't be used so."""
_DIGIT: Final = re.compile(r"\d")


def divided(rows: Iterable[RawRow], header: Header) -> tuple[list[RawRow], list[int]]:
    """The data rows below the header, and the numbers of rows that are none. Blank rows are in neither."""
    data: list[RawRow] = []
    ignored: list[int] = []
    headers: list[frozenset[tuple[int, str]]] = []
    for row in rows:
        if row.number <= header.row:
            if is_of_header(row, header):
                headers.append(_words(row))
            continue
        if all(map(is_blank, row.cells)):
            continue
        if _is_data(row, header.columns) and not _repeats(row, header.columns, headers):
            data.append(row)
        else:
            ignored.append(row.number)
    return data, ignored


def _repeats(row: RawRow, columns: Columns, headers: Iterable[frozenset[tuple[int, str]]]) -> bool:
    """Whether it says what a row of the header says, word for word: the lower one of two has no SN."""
    return is_blank(row.cell(columns.sn.index)) and any(_words(row) <= header for header in headers)


def is_of_header(row: RawRow, header: Header) -> bool:
    """Whether it is a row of the header, or right above it where a taller one would stand."""
    return header.row - TALLEST_HEADER < row.number <= header.row


def _words(row: RawRow) -> frozenset[tuple[int, str]]:
    return frozenset(
        (index, header_key(cell.text)) for index, cell in enumerate(row.cells, 1) if not is_blank(cell)
    )


def _is_data(row: RawRow, columns: Columns) -> bool:
    sn = row.cell(columns.sn.index)
    is_text = sn.kind is CellKind.TEXT and not is_blank(sn)
    has_contact = any(
        column and not is_blank(row.cell(column.index)) for column in (columns.mobile, columns.email)
    )
    first = next(index for index, cell in enumerate(row.cells, 1) if not is_blank(cell))
    if _is_rule(row) or _is_subtotal(row, first, columns):
        return False
    begins_as = _begins_as(row.cell(first))
    if begins_as is not None:
        # In a row of totals, counts may stand below the SNs and the contacts; in one of signatures, names.
        names_one = has_contact if begins_as == "total" else _LIKE_SN.search(sn.text) is not None
        return is_text and columns.sn.index != first and names_one
    if is_text:
        # The header again, as on every page of a printed list. No SN is called so.
        return not is_header_again(sn, columns.sn) and (
            _LIKE_SN.search(sn.text) is not None or not _is_remark(row, has_contact=has_contact)
        )
    if not is_blank(sn):
        return True
    return (has_contact or _filled(row) > 1) and not _only_labels(row)


def _is_remark(row: RawRow, *, has_contact: bool) -> bool:
    """Whether a row with a text below the SNs says something of the list: `制表人：张三`, `三楼`."""
    if _only_labels(row):
        return True
    if has_contact or _filled(row) > 1:
        return False
    text = clean("".join(cell.text for cell in row.cells))
    if _NUMBERED.match(text):
        return not text.isascii() or " " in text
    return not _DIGIT.search(text)


def _is_rule(row: RawRow) -> bool:
    """Whether it is a line drawn with dashes or the like."""
    return all(
        cell.kind is CellKind.TEXT and not any(map(str.isalnum, cell.text))
        for cell in row.cells
        if not is_blank(cell)
    )


def _is_subtotal(row: RawRow, first: int, columns: Columns) -> bool:
    """Whether it sums up a part of the list: it is called so, and counts stand where SN and contact would."""
    name = row.cell(first)
    if name.kind is not CellKind.TEXT or not _is_sum(name.text):
        return False
    used = {column.index for column in (columns.sn, columns.mobile, columns.email) if column} - {first}
    return all(is_blank(cell) or _COUNT.fullmatch(clean(cell.text)) for cell in map(row.cell, used))


@functools.lru_cache(maxsize=4096)
def _is_sum(text: str) -> bool:
    return _SUBTOTAL.fullmatch(clean(text).casefold()) is not None


def _filled(row: RawRow) -> int:
    return sum(not is_blank(cell) for cell in row.cells)


def _only_labels(row: RawRow) -> bool:
    return all(
        cell.kind is CellKind.TEXT and _LABEL.match(clean(cell.text)) is not None
        for cell in row.cells
        if not is_blank(cell)
    )


def _begins_as(cell: RawCell) -> Literal["total", "signature"] | None:
    return _meaning(cell.text) if cell.kind is CellKind.TEXT else None


@functools.lru_cache(maxsize=4096)  # the first cell of a row is often the site, the same in many
def _meaning(text: str) -> Literal["total", "signature"] | None:
    key = header_key(text)
    if key in _TOTALS or _COUNTED.fullmatch(key):
        return "total"
    return "signature" if key in _SIGNED else None


def is_header_again(cell: RawCell, column: Column) -> bool:
    """Whether the cell below the SNs is their header once more."""
    text = cell.text
    if cell.kind is not CellKind.TEXT or (_DIGIT.search(text) and not _DIGIT.search(column.header)):
        return False
    key = header_key(text)
    return field_of(text) == "sn" or (key != "" and key == header_key(column.header))
