"""Sheets as XML for tests: any that Excel would take, and what a parser that is not ours reads in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import fromstring

from hypothesis import strategies as st

from batchreset.sheet.raw import index_of, letter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
Cells = dict[tuple[int, int], tuple[str, str]]
"""(row, column) → the cell's style and its text."""


def sheet_xml(rows: str, *, head: str = "", tail: str = "", prefix: str = "") -> bytes:
    """A sheet's part; `rows` is what stands between the `sheetData` tags."""
    space = f'xmlns:{prefix[:-1]}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    data = f"<{prefix}sheetData>{rows}</{prefix}sheetData>"
    return (
        f'<?xml version="1.0"?>\n<{prefix}worksheet {space}>{head}{data}{tail}</{prefix}worksheet>'.encode()
    )


def cells_in(xml: bytes) -> Cells:
    """What ElementTree finds in a sheet; a row or cell that does not say where it is follows the last."""
    found: Cells = {}
    data = fromstring(xml).find(f"{{{MAIN}}}sheetData")  # noqa: S314 - our own
    assert data is not None
    row_number = 0
    for row in data.iter(f"{{{MAIN}}}row"):
        row_number = int(row.get("r", row_number + 1))
        column = 0
        for cell in row.findall(f"{{{MAIN}}}c"):
            ref = cell.get("r")
            place = re.fullmatch("([A-Z]+)([0-9]+)", ref) if ref else None
            if place:
                assert int(place[2]) == row_number
            column = (index_of(place[1]) or 0) if place else column + 1
            assert (row_number, column) not in found
            texts = [*cell.iter(f"{{{MAIN}}}v"), *cell.iter(f"{{{MAIN}}}t")]
            found[row_number, column] = (cell.get("s", ""), "".join(text.text or "" for text in texts))
    return found


@st.composite
def sheets(draw: st.DrawFn) -> bytes:
    """Sheets of a few rows: prefixed or not, with gaps, comments, empty elements and cells without `r`."""
    prefix = draw(st.sampled_from(["", "x:"]))
    says = draw(st.booleans())
    numbers = sorted(draw(st.sets(st.integers(1, 12), max_size=8)))
    if not says:
        numbers = list(range(1, len(numbers) + 1))
    rows = [_row(draw, prefix, number, says=says) for number in numbers]
    gaps = [draw(st.sampled_from(["", "\n  ", "<!-- <row r='1'/> -->"])) for _ in rows]
    return sheet_xml("".join(gap + row for gap, row in zip(gaps, rows, strict=True)), prefix=prefix)


def _row(draw: st.DrawFn, prefix: str, number: int, *, says: bool) -> str:
    columns = sorted(draw(st.sets(st.integers(1, 9), max_size=5)))
    if not says:
        columns = list(range(1, len(columns) + 1))
    where = f' r="{number}"' if says else ""
    spans = draw(st.sampled_from(["", ' spans="1:3"', ' spans="1:2 6:6"', " spans='2:4 6:6'", ' ht="20"']))
    if not columns and draw(st.booleans()):
        return f"<{prefix}row{where}{spans}/>"
    cells = [_cell(draw, prefix, column, number, says=says) for column in columns]
    end = draw(st.sampled_from(["", " ", "<!-- </row> -->", f"<{prefix}extLst/>"]))
    return f"<{prefix}row{where}{spans}>{''.join(cells)}{end}</{prefix}row>"


def _cell(draw: st.DrawFn, p: str, column: int, number: int, *, says: bool) -> str:
    where = f' r="{letter(column)}{number}"' if says else ""
    content = draw(
        st.sampled_from([
            "", f"<{p}v>7</{p}v>", f"<{p}f>A1</{p}f><{p}v>8</{p}v>", f"<{p}is><{p}t>text</{p}t></{p}is>",
            f"<{p}v><![CDATA[</c>]]></{p}v>", f"<!-- c --><{p}v>9</{p}v>",
        ])
    )  # fmt: skip
    style = draw(st.sampled_from(["", ' s="3"', " s = '4'"]))
    if not content and draw(st.booleans()):
        return f"<{p}c{where}{style}/>"
    return f"<{p}c{where}{style}>{content}</{p}c>"


def texted(p: str, cells: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """New cells as markup."""
    return {
        (row, column): f'<{p}c r="{letter(column)}{row}" s="1"><{p}v>{text}</{p}v></{p}c>'
        for (row, column), text in cells.items()
    }
