"""Short ways to make sheets and cells for tests."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from batchreset.model import Rules
from batchreset.rows import Row
from batchreset.service import countries
from batchreset.service.countries import Country
from batchreset.sheet.cells import Spot
from batchreset.sheet.check import Checked, check
from batchreset.sheet.clean import is_blank
from batchreset.sheet.criteria import Criteria
from batchreset.sheet.header import find
from batchreset.sheet.raw import BLANK_CELL, CellKind, RawCell, RawRow, RawSheet, area_of
from batchreset.text import Text
from batchreset.text.messages import Message

Content = RawCell | str | int | float | bool | None

DATE = RawCell(CellKind.DATE, "2021-02-10")
ERROR = RawCell(CellKind.ERROR, "#N/A")
FORMULA = RawCell(CellKind.FORMULA)
HEADER = ("SN", "Mobile", "Country", "E-mail")
SN = "2102310QPD10F3001263"
MOBILE = "13800138000"
EMAIL = "li@example.com"


def country(value: str) -> Country:
    """One of the service's countries."""
    found = countries.find(value)
    assert found is not None, value
    return found


CHINA = country("chinaPR")
CRITERIA = Criteria(Rules(), CHINA)


def cell(content: Content) -> RawCell:
    """The cell a reader would make of a Python value."""
    if isinstance(content, RawCell):
        return content
    if content is None or content == "":
        return BLANK_CELL
    if isinstance(content, bool):
        return RawCell(CellKind.BOOLEAN, str(content).upper())
    return RawCell(CellKind.TEXT if isinstance(content, str) else CellKind.NUMBER, str(content))


any_cell = st.one_of(
    st.builds(
        RawCell, st.sampled_from([kind for kind in CellKind if kind is not CellKind.NUMBER]), st.text()
    ),
    st.builds(
        RawCell,
        st.just(CellKind.NUMBER),
        st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr),
    ),
)
"""Any cell that a reader may give back."""
filled_cell = any_cell.filter(lambda cell: not is_blank(cell))


def spot(content: Content, letter: str = "B") -> Spot:
    """A cell of row 2 of sheet T."""
    return Spot(cell(content), "T", letter, 2)


def sheet(
    *rows: Sequence[Content], name: str = "T", hidden: bool = False, merged: Sequence[str] = ()
) -> RawSheet:
    """A sheet with these rows from row 1 on; an empty sequence is a blank row."""
    raw = [RawRow(number, tuple(map(cell, row))) for number, row in enumerate(rows, 1) if row]
    areas = tuple(area for area in map(area_of, merged) if area)
    return RawSheet(name, hidden, tuple(raw), merged=areas)


def checked(
    *rows: Sequence[Content], header: Sequence[str] = HEADER, criteria: Criteria = CRITERIA
) -> Checked:
    """Judge `rows` below `header`, which stands in row 1: the first of them is row 2."""
    whole = sheet(header, *rows)
    return check(whole, find(whole, {}), criteria)


def kinds(row: Row) -> list[str]:
    """The kinds of a row's problems."""
    return [problem.kind for problem in row.problems]


def english(message: Message) -> str:
    """A message as an English reader sees it."""
    return Text()(message)
