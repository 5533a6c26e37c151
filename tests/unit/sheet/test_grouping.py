from __future__ import annotations

import pytest

from batchreset.errors import UsageError
from batchreset.rows import Column, Columns
from batchreset.sheet.grouping import GroupBy, grouping
from batchreset.sheet.raw import Area, CellKind, RawCell, RawRow, RawSheet

KNOWN = Columns(sn=Column(1, "A", "SN"), email=Column(2, "B", "E-mail"))
NOBODY = GroupBy()


def sheet(*rows: tuple[str, ...], merged: tuple[Area, ...] = ()) -> RawSheet:
    cells = [tuple(RawCell(CellKind.TEXT if text else CellKind.BLANK, text) for text in row) for row in rows]
    return RawSheet(
        "Terminals", False, tuple(RawRow(n, row) for n, row in enumerate(cells, 1)), merged=merged
    )


def four(header: str, *texts: str) -> RawSheet:
    return sheet(("SN", "E-mail", header), *((f"S{at}", "a@b.c", text) for at, text in enumerate(texts)))


@pytest.mark.parametrize(
    "header",
    ["Site", "SITE NAME*", "Location", "Department", "站点", "园区", "所属部门", "站点 Site", "会议室"],
)
def test_grouping_when_a_column_is_of_places_then_it_offers_itself(header: str) -> None:
    found = grouping(four(header, "X", "Y", " X ", "Y"), 1, range(2, 6), KNOWN, NOBODY)
    assert found is not None
    assert (found.header, found.labels) == (header, {2: "X", 3: "Y", 4: "X", 5: "Y"})


@pytest.mark.parametrize(
    ("header", "texts"),
    [("Remarks", "XYXY"), ("Site", "XXXX"), ("Site", "WXYZ"), ("Contact site", "XYXY")],
)
def test_grouping_when_no_column_divides_the_rows_then_none_offers_itself(header: str, texts: str) -> None:
    assert grouping(four(header, *texts), 1, range(2, 6), KNOWN, NOBODY) is None


def test_grouping_when_several_columns_offer_themselves_then_the_coarsest_that_divides_is_taken() -> None:
    rows = [
        ("SN", "E-mail", "Room", "园区", "楼栋"),
        *(("S", "e", "R", "One", f"B{at % 2}") for at in range(4)),
    ]
    found = grouping(sheet(*rows), 1, range(2, 6), KNOWN, NOBODY)
    assert found is not None
    assert found.header == "楼栋"


@pytest.mark.parametrize("asked", ["remarks", "C", " c "])
def test_grouping_when_a_column_is_asked_for_then_by_its_header_or_its_letter(asked: str) -> None:
    found = grouping(four("Remarks", *"WXYZ"), 1, range(2, 6), KNOWN, GroupBy(asked))
    assert found is not None
    assert (found.header, found.labels[5]) == ("Remarks", "Z")


def test_grouping_when_the_header_is_merged_over_two_rows_then_it_is_found() -> None:
    made = sheet(("", "", "Floor"), ("SN", "E-mail", ""), ("S", "e", "1"), merged=(Area(1, 3, 2, 3),))
    found = grouping(made, 2, [3], KNOWN, GroupBy("floor"))
    assert found is not None
    assert found.labels == {3: "1"}


def test_grouping_when_numbers_stand_there_then_as_people_see_them() -> None:
    made = sheet(("SN", "E-mail", "Floor"))
    row = RawRow(2, (*made.rows[0].cells[:2], RawCell(CellKind.NUMBER, "3.0")))
    found = grouping(RawSheet("T", False, (*made.rows, row)), 1, [2], KNOWN, GroupBy("Floor"))
    assert found is not None
    assert found.labels == {2: "3"}


@pytest.mark.parametrize("asked", ["Nowhere", "XFD", "Two"])
def test_grouping_when_there_is_no_such_column_or_several_then_its_headers_are_named(asked: str) -> None:
    made = sheet(("SN", "E-mail", "Two", "two"), ("S", "e", "1", "2"))
    with pytest.raises(UsageError) as caught:
        grouping(made, 1, [2], KNOWN, GroupBy(asked))
    assert caught.value.code == "group-column"
    assert dict(caught.value.hint.params)["headers"] == ("SN", "E-mail", "Two", "two")


@pytest.mark.parametrize("asked", ["SN", "E-mail", "B"])
def test_grouping_when_contacts_are_asked_for_then_refused(asked: str) -> None:
    with pytest.raises(UsageError, match="group-contacts"):
        grouping(four("Site", *"XYXY"), 1, range(2, 6), KNOWN, GroupBy(asked))


def test_grouping_when_the_kept_column_is_gone_then_another_offers_itself() -> None:
    found = grouping(four("Site", *"XYXY"), 1, range(2, 6), KNOWN, GroupBy(kept="Floor"))
    assert found is not None
    assert found.header == "Site"
