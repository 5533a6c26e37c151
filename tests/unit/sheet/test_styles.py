"""Which number formats show dates, and how a date cell's number looks."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchreset.sheet.styles import cell_styles, date_shown, is_date_code


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ("yyyy/m/d;@", True),
        ('yyyy"年"m"月"d"日"', True),
        ("[$-804]h:mm", True),
        ("[h]:mm:ss", True),
        ("[mm]", True),
        ("D/M/YY", True),
        ("General", False),
        ("0", False),
        ("0.00E+00", False),
        ("@", False),
        ("00000000000000000000", False),
        ("#,##0.00 [$USD]", False),
        ('0 "days"', False),
        ("0\\d", False),
        ("[Red]0", False),
        ("_d0", False),
        ("0;yyyy", False),
        ('"SN "General', False),
        ("", False),
    ],
)
def test_number_format_when_its_code_is_read_then_dates_are_told_from_numbers(
    code: str, *, is_date: bool
) -> None:
    assert is_date_code(code) == is_date


@pytest.mark.parametrize(
    ("serial", "shown"),
    [
        ("44237", "2021-02-10"),
        ("44237.354166666664", "2021-02-10 08:30:00"),
        ("0.3541666667", "08:30:00"),
        ("0", "00:00:00"),
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("61", "1900-03-01"),
        ("13800138000", "13800138000"),
        ("1E999", "1E999"),
        ("-1E999", "-1E999"),
    ],
)
def test_date_when_shown_then_it_is_the_day_that_excel_shows(serial: str, shown: str) -> None:
    assert date_shown(serial) == shown


def test_date_when_the_workbook_counts_from_1904_then_the_day_is_1462_later() -> None:
    assert date_shown("42775", since_1904=True) == date_shown("44237") == "2021-02-10"


@given(st.floats(allow_nan=False))
def test_date_when_its_number_is_anything_then_nothing_is_raised(serial: float) -> None:
    assert date_shown(repr(serial))


def test_styles_when_read_then_only_cell_formats_count() -> None:
    xml = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<numFmts><numFmt numFmtId="164" formatCode="yyyy"/><numFmt numFmtId="165" formatCode="0"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf/>'
        '<xf numFmtId="31"/></cellXfs><dxfs><xf numFmtId="14"/></dxfs></styleSheet>'
    )

    assert cell_styles(io.BytesIO(xml.encode())).dates == {"1", "2", "5"}


def test_styles_when_fonts_are_struck_then_the_cell_formats_with_them_are_told() -> None:
    xml = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<fonts><font><b/></font><font><strike/></font><font><strike val="0"/></font>'
        '<font><strike val="true"/></font></fonts><cellStyleXfs><xf fontId="1"/></cellStyleXfs>'
        '<cellXfs><xf fontId="0"/><xf fontId="1"/><xf/><xf fontId="2"/><xf fontId="3"/></cellXfs>'
        "<dxfs><dxf><font><strike/></font></dxf></dxfs></styleSheet>"
    )

    assert cell_styles(io.BytesIO(xml.encode())).struck == {"1", "4"}
