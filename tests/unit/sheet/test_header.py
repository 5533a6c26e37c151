"""Where the headers stand, and which column is which."""

from __future__ import annotations

import pytest

from batchreset.errors import SheetError, UsageError
from batchreset.rows import Column, Columns
from batchreset.sheet.header import Header, find, has_sn, named_columns
from batchreset.sheet.raw import RawSheet
from batchreset.sheet.search import Named
from tests.unit.sheet.build import EMAIL, HEADER, MOBILE, SN, Content, english, sheet


def letters(columns: Columns) -> str:
    """The letters of SN, mobile, country and e-mail, `-` for none."""
    found = (columns.sn, columns.mobile, columns.country, columns.email)
    return "".join(column.letter if column else "-" for column in found)


def refused(raw: RawSheet, named: Named | None = None, header_row: int | None = None) -> SheetError:
    with pytest.raises(SheetError) as caught:
        find(raw, named or {}, header_row)
    return caught.value


def test_header_when_in_row_1_then_all_columns_are_found() -> None:
    raw = sheet(["No.", "SN", "Room", "Mobile", "Country", "E-mail"], [1, SN, "A", MOBILE])

    assert find(raw, {}) == Header(
        1,
        Columns(
            Column(2, "B", "SN"),
            Column(4, "D", "Mobile"),
            Column(5, "E", "Country"),
            Column(6, "F", "E-mail"),
        ),
    )


def test_header_when_below_title_rows_then_it_is_found() -> None:
    raw = sheet(
        ["终端台账"], [], ["制表人：张三", None, "电话"], ["序号", "终端序列号*", "手机号码"], [1, SN, MOBILE]
    )

    header = find(raw, {})

    assert (header.row, letters(header.columns)) == (4, "BC--")


def test_header_when_a_field_has_no_column_then_none() -> None:
    assert letters(find(sheet(["SN", "E-mail"]), {}).columns) == "A--B"


def test_header_when_one_row_finds_more_fields_then_that_one_wins() -> None:
    raw = sheet(["SN", "of all terminals"], [], HEADER, [SN])

    assert find(raw, {}).row == 3


@pytest.mark.parametrize("row", [20, 21])
def test_header_when_below_row_20_then_it_is_not_looked_for(row: int) -> None:
    raw = sheet(*[["text"]] * (row - 1), HEADER)

    assert has_sn(raw, {}) == (row == 20)


def test_header_when_contacts_stand_in_a_second_row_then_both_rows_are_header() -> None:
    raw = sheet(
        ["No.", "SN", "Contact", None, "Country"],
        [None, None, "Mobile", "E-mail", None],
        [1, SN, MOBILE, EMAIL],
    )

    header = find(raw, {})

    assert (header.row, letters(header.columns)) == (2, "BCED")


def test_header_when_the_sn_stands_in_the_second_row_then_both_rows_are_header() -> None:
    raw = sheet(["Terminal", None, "Mobile"], ["Model", "SN", None], ["TE20", SN, MOBILE])

    header = find(raw, {})

    assert (header.row, letters(header.columns)) == (2, "BC--")


def test_header_when_a_label_stands_above_another_column_then_it_is_no_header() -> None:
    raw = sheet(["Owner", "Phone", "0571-1234"], ["SN", "E-mail"], [SN, EMAIL])

    assert letters(find(raw, {}).columns) == "A--B"


def test_header_when_a_column_letter_stands_in_the_row_below_then_that_is_no_header() -> None:
    raw = sheet(["SN", "Handy", "Floor"], [None, MOBILE, "B"], [SN, MOBILE, "B"])

    header = find(raw, {"mobile": "B"})

    assert (header.row, letters(header.columns)) == (1, "AB--")


def test_header_when_row_below_has_an_sn_then_it_is_data() -> None:
    raw = sheet(["SN", "Mobile"], [SN, MOBILE, "E-mail"])

    assert find(raw, {}).row == 1


def test_header_when_two_rows_tie_then_both_cells_and_the_option_are_named() -> None:
    error = refused(sheet(["SN", "Mobile"], ["序列号", "手机"], [SN, MOBILE]))

    assert error.code == "header-tied"
    assert english(error.message) == "Two rows look like the header: T!A1 (SN) and T!A2 (序列号)."
    assert english(error.hint) == "Say which one: --header-row 1 or --header-row 2."


@pytest.mark.parametrize(("text", "row"), [("SN", 1), ("序列号", 2)])
def test_header_when_two_rows_tie_then_the_option_settles_it(text: str, row: int) -> None:
    raw = sheet(["SN", "Mobile"], ["序列号", "手机"], [SN, MOBILE])

    assert find(raw, {"sn": text}).row == row


def test_header_when_two_rows_are_alike_then_the_row_settles_it() -> None:
    raw = sheet(HEADER, [SN], HEADER)
    error = refused(raw)

    assert error.code == "header-tied"
    assert english(error.hint) == "Say which one: --header-row 1 or --header-row 3."
    assert [find(raw, {}, row).row for row in (1, 3)] == [1, 3]


def test_header_when_rows_tie_and_the_sn_is_given_by_letter_then_its_cells_are_named() -> None:
    error = refused(sheet(["ID", "Mobile"], ["编号", "手机"], [SN, MOBILE]), {"sn": "A"})

    assert english(error.message) == "Two rows look like the header: T!A1 (ID) and T!A2 (编号)."


def test_column_when_two_could_be_it_then_both_cells_and_the_option_are_named() -> None:
    error = refused(sheet(["SN", "Phone", "Mobile"]))

    assert error.code == "column-ambiguous"
    assert (
        english(error.message) == "Two columns could hold the mobile number: T!B1 (Phone) and T!C1 (Mobile)."
    )
    assert english(error.hint) == 'Say which one: --column mobile="Phone" or --column mobile="Mobile".'
    assert letters(find(sheet(["SN", "Phone", "Mobile"]), {"mobile": "Mobile"}).columns) == "AC--"


def test_column_when_two_have_one_name_then_the_letter_settles_it() -> None:
    raw = sheet(["SN", "SN", "Mobile"])
    error = refused(raw)

    assert english(error.hint) == "Say which one: --column sn=A or --column sn=B."
    assert letters(find(raw, {"sn": "B"}).columns) == "BC--"


def test_column_when_named_by_a_header_then_it_is_compared_like_an_alias() -> None:
    raw = sheet(["Geräte-ID (Werk)", "Handy", "Mobile"], ["X1", MOBILE])

    header = find(raw, {"sn": "geräte id", "mobile": "HANDY"})

    assert letters(header.columns) == "AB--"


def test_column_when_a_letter_is_also_a_header_then_the_header_counts() -> None:
    raw = sheet(["SN", "B", "Mobile", "E-mail"])

    assert letters(find(raw, {"mobile": "B"}).columns) == "AB-D"
    assert letters(find(raw, {"mobile": "c"}).columns) == "AC-D"


def test_column_when_the_letter_lies_right_of_the_sheet_then_it_is_a_header_name() -> None:
    raw = sheet(["ID", "Mobile"], [SN, MOBILE])

    assert letters(find(raw, {"sn": "ID"}).columns) == "AB--"


def test_column_when_the_letter_stands_in_a_data_cell_then_the_header_row_is_not_moved() -> None:
    raw = sheet(["Floor", "Kennung", "Mobile"], ["B", SN, MOBILE])

    header = find(raw, {"sn": "B"})

    assert (header.row, letters(header.columns)) == (1, "BC--")


def test_column_when_no_header_is_known_then_letters_and_the_first_digit_tell() -> None:
    raw = sheet(["Unsere Geräte"], ["Kennung", "Handy"], [SN, MOBILE])

    header = find(raw, {"sn": "A", "mobile": "B"})

    assert header.row == 2
    assert header.columns.sn == Column(1, "A", "Kennung")


def test_column_when_the_sheet_has_no_header_at_all_then_data_begin_in_row_1() -> None:
    raw = sheet([SN, MOBILE], [SN, MOBILE])

    header = find(raw, {"sn": "A", "mobile": "B"})

    assert (header.row, header.columns.sn.header) == (0, "")


def test_column_when_no_sn_has_a_digit_then_the_first_row_counts_as_data() -> None:
    assert find(sheet(["abc", EMAIL]), {"sn": "A", "email": "B"}).row == 0


def test_column_when_it_is_not_there_then_the_headers_seen_are_told() -> None:
    error = refused(sheet(["SN", "Tel", "Mail"]), {"mobile": "Handynummer"})

    assert error.code == "column-not-found"
    assert english(error.message) == 'No column "Handynummer" in row 1 of T. Headers seen: SN, Tel, Mail.'
    assert "--column mobile=" in english(error.hint)


def test_sn_column_when_there_is_none_then_the_headers_seen_are_told() -> None:
    error = refused(sheet(["Terminals 2026"], ["Room", "Model", "Kennung"], ["A", "TE20", SN]))

    assert error.code == "no-sn-column"
    assert english(error.message) == (
        "No column of serial numbers in the first 20 rows of T. Headers seen: Room, Model, Kennung."
    )
    assert "--column sn=" in english(error.hint)


def test_sn_column_when_the_named_one_is_not_there_then_its_name_is_told() -> None:
    error = refused(sheet(HEADER), {"sn": "Kennung"})

    assert error.code == "column-not-found"
    assert '"Kennung"' in english(error.message)


def test_sn_column_when_the_sheet_is_empty_then_nothing_was_seen() -> None:
    assert english(refused(sheet()).message).endswith("Headers seen: -.")


def test_named_columns_when_phone_is_said_then_it_is_the_mobile() -> None:
    assert named_columns({"SN": "A", "phone": "Tel"}) == {"sn": "A", "mobile": "Tel"}


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"serial": "A"}, "column-field"), ({"sn": " "}, "column-header"), ({"sn": ""}, "column-header")],
)
def test_named_columns_when_they_make_no_sense_then_usage_error(columns: dict[str, str], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        named_columns(columns)

    assert caught.value.code == code


def test_header_when_merged_downwards_then_data_begin_below_it() -> None:
    raw = sheet(["SN", "Mobile", "Remark"], [None, None, "x"], [SN, MOBILE], merged=["A1:A2", "B1:B2"])

    assert find(raw, {}).row == 2


def test_header_when_merged_far_down_then_it_swallows_no_more_than_three_rows() -> None:
    raw = sheet(["SN", "Mobile"], *[[None, MOBILE]] * 9, merged=["A1:A10"])

    assert find(raw, {}).row == 4


@pytest.mark.parametrize(
    ("data", "expected"), [((SN, MOBILE, None), "AB--"), ((SN, None, MOBILE), "AC--"), ((SN,), "AB--")]
)
def test_header_when_merged_over_columns_then_the_one_with_data_is_it(
    data: tuple[Content, ...], expected: str
) -> None:
    assert letters(find(sheet(["SN", "Mobile", None], data, merged=["B1:C1"]), {}).columns) == expected


def test_header_when_merged_over_two_columns_of_data_then_both_cells_are_named() -> None:
    raw = sheet(["SN", "Mobile", None], [SN, MOBILE, MOBILE], merged=["B1:C1"])
    error = refused(raw)

    assert (error.code, english(error.hint)) == (
        "column-ambiguous",
        "Say which one: --column mobile=B or --column mobile=C.",
    )
    assert "T!B1 (Mobile) and T!C1 (Mobile)" in english(error.message)
    assert letters(find(raw, {"mobile": "C"}).columns) == "AC--"


def test_header_when_a_column_below_a_merged_one_is_another_field_then_it_is_not_both() -> None:
    raw = sheet(
        ["SN", "Mobile", None],
        [None, "Country code", "Number"],
        [SN, "UK", "7400123456"],
        merged=["A1:A2", "B1:C1"],
    )
    header = find(raw, {})

    assert (header.row, letters(header.columns)) == (2, "ACB-")


def test_header_when_merged_over_all_columns_of_the_format_then_only_those_of_the_sheet_are_looked_at() -> (
    None
):
    raw = sheet(["SN", "Mobile", None], [SN, None, MOBILE], merged=["B1:XFD1"])

    assert letters(find(raw, {}).columns) == "AC--"


def test_header_row_when_named_then_no_other_row_is_it() -> None:
    raw = sheet(HEADER, ["SN", "E-mail"], [SN, EMAIL])

    header = find(raw, {}, 2)

    assert (header.row, letters(header.columns)) == (2, "A--B")
    assert has_sn(raw, {}, 2)
    assert not has_sn(raw, {}, 3)


def test_header_row_when_named_below_row_20_then_it_is_found() -> None:
    raw = sheet(*[["text"]] * 30, HEADER, [SN])

    assert find(raw, {}, 31).row == 31


def test_header_row_when_the_first_of_two_then_both_are_header() -> None:
    raw = sheet(["SN", "Contact"], [None, "Mobile"], [SN, MOBILE])

    header = find(raw, {}, 1)

    assert (header.row, letters(header.columns)) == (2, "AB--")


def test_header_row_when_it_has_no_sn_then_its_own_headers_are_told() -> None:
    error = refused(sheet(HEADER, ["Room", "Floor"]), header_row=2)

    assert error.code == "no-sn-column"
    assert english(error.message) == "No column of serial numbers in row 2 of T. Headers seen: Room, Floor."


@pytest.mark.parametrize("row", [1, 2])
def test_header_row_when_columns_are_given_by_letter_then_it_needs_no_known_header(row: int) -> None:
    raw = sheet(["Kennung", "Handy"], [], [SN, MOBILE])

    header = find(raw, {"sn": "A", "mobile": "B"}, row)

    assert (header.row, letters(header.columns)) == (row, "AB--")
    assert header.columns.sn.header == ("Kennung" if row == 1 else "")
