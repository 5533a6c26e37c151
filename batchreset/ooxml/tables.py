"""Tables in a sheet (ListObjects): taking in columns at their right edge.

A table sorts and filters as one; results that stood beside it would stay behind and end up beside other
rows. Excel demands that the names of a table's columns are unique and the same as its header cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.outline import Draft, Element
from batchreset.ooxml.refs import Area
from batchreset.ooxml.texts import escaped, unescaped
from batchreset.text.messages import msg


@dataclass(frozen=True, slots=True)
class ListObject:
    """A table as its part describes it. `fixed`: it is filled from elsewhere and takes no columns of ours."""

    part: str
    name: str
    area: Area
    names: tuple[str, ...]
    has_header: bool
    fixed: bool


def read_table(part: str, draft: Draft) -> ListObject | None:
    """The table of a part; `None` for one whose place can't be told."""
    said = draft.root.attributes
    area = Area.parse(said.get("ref", ""))
    if area is None:
        return None
    columns = _columns(draft)
    return ListObject(
        part=part,
        name=said.get("displayName") or said.get("name", ""),
        area=area,
        names=tuple(unescaped(column.attributes.get("name", "")) for column in columns),
        has_header=said.get("headerRowCount", "1") != "0",
        fixed=said.get("tableType", "worksheet") != "worksheet"
        or any("queryTableFieldId" in column.attributes for column in columns)
        or len(columns) != area.right - area.left + 1,
    )


def can_take_in(table: ListObject, titles: Mapping[int, str]) -> bool:
    """Whether a table can take in columns (index → title): they follow its last one and have new names."""
    taken = {name.casefold() for name in table.names}
    return (
        table.has_header
        and not table.fixed
        and list(titles) == list(range(table.area.right + 1, table.area.right + 1 + len(titles)))
        and not taken & {title.casefold() for title in titles.values()}
    )


def take_in(draft: Draft, titles: Mapping[int, str]) -> None:
    """Put columns in at the right edge of a table; see `can_take_in`."""
    columns = _columns(draft)
    free = 1 + max((_number(column) for column in columns), default=0)
    for listed in draft.root.all("tableColumns"):
        for number, title in enumerate(titles.values(), start=free):
            draft.append(listed, draft.tag("tableColumn", {"id": number, "name": escaped(title)}))
        draft.set(listed, count=str(len(columns) + len(titles)))
    for ranged in (draft.root, *draft.root.all("autoFilter")):
        area = Area.parse(ranged.attributes.get("ref", ""))
        if area:
            draft.set(ranged, ref=area._replace(right=max(titles)).ref)


def rename(draft: Draft, table: ListObject, titles: Mapping[int, str]) -> None:
    """Call the columns of a table as their header cells (index → title) are now called.

    Raises UneditableError when another column of it has that name, which Excel does not allow.
    """
    names = [titles.get(index, name) for index, name in enumerate(table.names, start=table.area.left)]
    if len({name.casefold() for name in names}) < len({name.casefold() for name in table.names}):
        raise UneditableError(msg("two columns of the table {table} would have one name", table=table.name))
    for index, column in enumerate(_columns(draft), start=table.area.left):
        if index in titles and table.names[index - table.area.left] != titles[index]:
            draft.set(column, name=escaped(titles[index]))


def _columns(draft: Draft) -> list[Element]:
    return [column for listed in draft.root.all("tableColumns") for column in listed.all("tableColumn")]


def _number(column: Element) -> int:
    number = column.attributes.get("id", "")
    return int(number) if number.isdecimal() else 0
