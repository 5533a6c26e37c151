"""By which column a job's rows are grouped in its reports: the one named, else a site's or its like. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from batchreset.errors import UsageError
from batchreset.rows import Columns, Grouping
from batchreset.sheet.aliases import header_key, header_parts
from batchreset.sheet.clean import clean
from batchreset.sheet.raw import CellKind, RawRow, RawSheet, index_of, number_shown
from batchreset.text.messages import Message, msg

_PLACES: Final = (
    "site sitename 站点 站点名称 园区 园区名称 校区 院区 厂区 网点",
    "location locationname address 地点 位置 安装地点 安装位置 所在地 地址",
    "branch office region area city province campus 分公司 分支 分支机构 办事处 办公室 区域 城市 省份 地市",
    "building block 楼 楼栋 楼宇 大楼 栋",
    "department dept organization organisation unit team 部门 所属部门 使用部门 单位 使用单位 组织 机构",
    "floor storey level 楼层 层",
    "room roomname meetingroom meetingroomname conferenceroom 房间 会议室 会议室名称",
)
"""Headers of a place or an owner, from the coarse to the fine, as `header_key` makes them."""
_RANKS: Final = {alias: rank for rank, aliases in enumerate(_PLACES) for alias in aliases.split()}


class GroupBy(NamedTuple):
    """What was said: a header or a column's letter, asked for now (it must be there), or kept of an earlier
    run of the job (it may be gone by now)."""

    asked: str | None = None
    kept: str | None = None


def grouping(
    sheet: RawSheet, header_row: int, rows: Iterable[int], known: Columns, by: GroupBy
) -> Grouping | None:
    """The texts by which the rows of these numbers are grouped; None where no column offers itself.

    Raises:
        UsageError: there is no such column, or several, or it holds what must not be shown.
    """
    headers, numbers = headers_of(sheet, header_row), list(rows)
    wanted = by.asked or by.kept
    if wanted is not None:
        found = columns_called(sheet, headers, wanted)
        if len(found) == 1 and not (by.asked is None and _is_contact(known, found[0])):
            return _named(sheet, headers, numbers, known, found[0])
        if by.asked is not None:
            raise UsageError(
                "group-column",
                msg("{sheet} has no column {column}, or several.", sheet=sheet.name, column=by.asked),
                told_headers(headers),
            )
    return _offered(sheet, headers, numbers, known)


def headers_of(sheet: RawSheet, header_row: int) -> dict[int, str]:
    """The header of each column that has one; a merged one may stand above its last row."""
    rows = {row.number: row for row in sheet.rows if row.number <= header_row}
    shown = {index: clean(cell.text) for index, cell in enumerate(_row(rows, header_row).cells, 1)}
    for area in sheet.merged:
        if area.top < header_row == area.bottom and area.left == area.right:
            shown[area.left] = clean(_row(rows, area.top).cell(area.left).text)
    return {index: text for index, text in sorted(shown.items()) if header_key(text)}


def columns_called(sheet: RawSheet, headers: Mapping[int, str], name: str) -> list[int]:
    """The columns of a header, or else the one of a letter; several where the header stands twice."""
    found = [index for index, text in headers.items() if header_key(text) == header_key(name)]
    index = index_of(name.strip())
    if found or index is None:
        return found
    return [index] if any(row.cell(index).text for row in sheet.rows) else []


def told_headers(headers: Mapping[int, str]) -> Message:
    """The hint that names them."""
    return msg("Its headers are: {headers}", headers=tuple(headers.values()))


def texts_of(sheet: RawSheet, rows: Sequence[int], column: int) -> dict[int, str]:
    """Row number → cleaned text of a column, one object for each text."""
    cells = {row.number: row.cell(column) for row in sheet.rows}
    known: dict[str, str] = {}
    texts = {}
    for number in rows:
        cell = cells[number]
        text = clean(number_shown(cell.text) if cell.kind is CellKind.NUMBER else cell.text)
        texts[number] = known.setdefault(text, text)
    return texts


def _named(
    sheet: RawSheet, headers: Mapping[int, str], rows: Sequence[int], known: Columns, column: int
) -> Grouping:
    if _is_contact(known, column):
        raise UsageError(
            "group-contacts",
            msg("{column} holds SNs or contacts: they make no groups.", column=headers.get(column, "")),
            told_headers(headers),
        )
    return Grouping(headers.get(column, ""), texts_of(sheet, rows, column))


def _offered(
    sheet: RawSheet, headers: Mapping[int, str], rows: Sequence[int], known: Columns
) -> Grouping | None:
    """The coarsest column of places that divides the rows, each of its texts standing twice on average."""
    ranked = sorted((rank, column) for column, text in headers.items() if (rank := _rank(text)) is not None)
    for _, column in ranked:
        texts = texts_of(sheet, rows, column)
        groups = len(set(texts.values()))
        if not _is_contact(known, column) and 1 < groups <= len(rows) / 2:
            return Grouping(headers[column], texts)
    return None


def _rank(text: str) -> int | None:
    """How coarse a header is; of one in two languages (`站点 Site`) each part must be known."""
    key = header_key(text)
    ranks = [_RANKS.get(part) for part in ([key] if key in _RANKS else header_parts(key))]
    found = [rank for rank in ranks if rank is not None]
    return min(found) if found and len(found) == len(ranks) else None


def _is_contact(known: Columns, column: int) -> bool:
    return any(one is not None and one.index == column for one in (known.sn, known.mobile, known.email))


def _row(rows: Mapping[int, RawRow], number: int) -> RawRow:
    return rows.get(number, RawRow(number, ()))
