"""A sheet's part without its rows: what is said before and behind them, and the few changes to it.

The rows' place is kept by their empty `sheetData`, so that the rest can be read and edited as one small
part and be cut in two again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from batchreset.ooxml.errors import UneditableError
from batchreset.ooxml.markup import with_attributes
from batchreset.ooxml.outline import Draft, Element, outline
from batchreset.ooxml.refs import LAST_COLUMN, Area
from batchreset.ooxml.spots import Scanned
from batchreset.text.messages import msg

_TRUE = frozenset({"1", "true", "on"})
_BEFORE_VIEWS = frozenset({"sheetPr", "dimension"})
"""What stands before a sheet's views, and below before its filter (ECMA-376 part 1, 18.3.1.99)."""
_BEFORE_FILTER = frozenset({"sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios"})


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """Width of a column in characters, `None` for the sheet's default, whether it is hidden, and the style
    of its cells that are not there."""

    width: float | None
    hidden: bool
    style: int = 0


def frame_of(scanned: Scanned) -> Draft:
    """What stands around the rows. Raises UneditableError."""
    return Draft(scanned.head + scanned.data_tag + scanned.tail)


def cut(frame: Draft) -> tuple[bytes, bytes]:
    """The frame with its changes, as what goes before `<sheetData>` and what begins with its end."""
    xml = frame.done()
    data = _data(outline(xml))
    return xml[: data.start], xml[data.close :]


def merged_areas(frame: Draft) -> tuple[Area, ...]:
    """The merged cells."""
    found = (
        Area.parse(one.attributes.get("ref", ""))
        for listed in frame.root.all("mergeCells")
        for one in listed.all("mergeCell")
    )
    return tuple(area for area in found if area)


def is_protected(frame: Draft) -> bool:
    """Whether Excel would refuse to change a locked cell of the sheet."""
    return any(one.attributes.get("sheet", "0") in _TRUE for one in frame.root.all("sheetProtection"))


def table_relations(frame: Draft) -> list[str]:
    """The ids of the relations to the sheet's tables."""
    listed = (one for parts in frame.root.all("tableParts") for one in parts.all("tablePart"))
    return [one.attribute("id") or "" for one in listed]


def filter_area(frame: Draft) -> Area | None:
    """The range of the sheet's own filter; those of its tables are theirs."""
    own = frame.root.first("autoFilter")
    return Area.parse(own.attributes.get("ref", "")) if own else None


def widen_filter(frame: Draft, right: int) -> None:
    """Let the sheet's filter reach to a column."""
    own, area = frame.root.first("autoFilter"), filter_area(frame)
    if own and area:
        frame.set(own, ref=area._replace(right=right).ref)


def add_filter(frame: Draft, area: Area) -> None:
    """Give a sheet a filter that has none."""
    before = [one.end for one in frame.root.children if one.name in _BEFORE_FILTER]
    frame.insert(max(before), frame.tag("autoFilter", {"ref": area.ref}))


def freeze_below(frame: Draft, row: int) -> None:
    """Keep the rows down to one in view, unless the sheet keeps any in view already.

    Left alone too is a page-layout view, in which nothing can be frozen. A view that was scrolled down is
    scrolled back above, or it would be rows further down that stay.
    """
    below = f"A{row + 1}"
    pane = frame.tag(
        "pane", {"ySplit": row, "topLeftCell": below, "activePane": "bottomLeft", "state": "frozen"}
    )
    listed = frame.root.first("sheetViews")
    if listed is None:
        before = [one.end for one in frame.root.children if one.name in _BEFORE_VIEWS]
        views = frame.tag("sheetViews", {}, frame.tag("sheetView", {"workbookViewId": 0}, pane))
        # the columns, which stand behind the views, may have been put in at the same place before
        frame.insert(max(before, default=frame.root.inner), views, first=True)
        return
    for view in listed.all("sheetView"):
        if view.first("pane") or view.attributes.get("view") == "pageLayout":
            continue
        if "topLeftCell" in view.attributes:
            frame.set(view, topLeftCell="A1")
        for one in view.all("selection"):
            frame.set(one, pane="bottomLeft")
        if view.is_empty:
            frame.append(view, pane)
        else:
            frame.insert(view.inner, pane)


def widen_dimension(frame: Draft, used: Area) -> None:
    """Let what the sheet says of its extent take in an area; a sheet that says nothing goes on so."""
    said = frame.root.first("dimension")
    if said:
        area = Area.parse(said.attributes.get("ref", ""))
        frame.set(said, ref=(area.joined(used) if area else used).ref)


def column_looks(frame: Draft, last: int) -> dict[int, ColumnLook]:
    """Looks of the columns up to `last`, as far as the sheet describes any."""
    looks: dict[int, ColumnLook] = {}
    for one in _cols(frame):
        low, high = _edges(one)
        style = one.attributes.get("style", "0")
        hidden = one.attributes.get("hidden", "0") in _TRUE
        look = ColumnLook(_width(one), hidden, int(style) if style.isdecimal() else 0)
        looks.update(dict.fromkeys(range(low, min(high, last) + 1), look))
    return looks


def set_widths(frame: Draft, widths: Mapping[int, float]) -> None:
    """Give columns a width each, and show them.

    Many writers describe all columns to the end of the sheet at once; a second description of one of
    them would make Excel offer a repair, so wider ones are divided.
    """
    if not widths:
        return
    pieces = [
        (low, with_attributes(_own_tag(frame, one), {"min": str(low), "max": str(high)}))
        for one in _cols(frame)
        for low, high in _apart(*_edges(one), frozenset(widths))
    ]
    for column, width in widths.items():
        values = {"min": column, "max": column, "width": f"{width:g}", "customWidth": 1}
        pieces.append((column, frame.tag("col", values)))
    content = b"".join(piece for _, piece in sorted(pieces))
    for listed in frame.root.all("cols"):
        frame.remove(listed)
    frame.insert(_data(frame.root).start, frame.tag("cols", {}, content))


def _apart(low: int, high: int, taken: frozenset[int]) -> list[tuple[int, int]]:
    """A range of columns without those taken, as ranges.

    >>> _apart(3, 9, frozenset({5, 6}))
    [(3, 4), (7, 9)]
    """
    ranges, begin = [], low
    for column in sorted(column for column in taken if low <= column <= high):
        if begin < column:
            ranges.append((begin, column - 1))
        begin = column + 1
    return [*ranges, (begin, high)] if begin <= high else ranges


def _data(root: Element) -> Element:
    data = root.first("sheetData")
    if data is None:
        raise UneditableError(msg("its XML is damaged"))
    return data


def _cols(frame: Draft) -> list[Element]:
    return [one for listed in frame.root.all("cols") for one in listed.all("col")]


def _own_tag(frame: Draft, one: Element) -> bytes:
    tag = frame.xml[one.start : one.inner]
    return tag if one.is_empty else tag[:-1] + b"/>"


def _edges(one: Element) -> tuple[int, int]:
    low, high = one.attributes.get("min", ""), one.attributes.get("max", "")
    if not low.isdecimal() or not high.isdecimal():
        raise UneditableError(msg("its XML is damaged"))
    return int(low), min(int(high), LAST_COLUMN)


def _width(one: Element) -> float | None:
    try:
        return float(one.attributes["width"])
    except (KeyError, ValueError):
        return None
