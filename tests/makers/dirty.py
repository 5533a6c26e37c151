"""The sample `dirty.xlsx`: one row for each thing that goes wrong in real sheets, and what is said of it.

`Expected` holds `usable`, `duplicate`, `ignored` or `invalid`, then the kinds of its problems, or of
its notes for a usable row. The last rows have no such cells: a blank row and a sign-off row must be
nothing but what they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Font

from tests.makers.books import dress

Value = str | int | float | bool | datetime | None
_A: Final = "li.na@example.com"
_M: Final = "13800138000"
_DAY: Final = datetime(2021, 2, 10)  # noqa: DTZ001  # a spreadsheet's dates have no zone


def _sn(number: int) -> str:
    return f"2102310QPD10K30010{number:02d}"


HEADERS: Final = ("No.", "Room", "SN", "Mobile", "Country", "E-mail", "What is wrong here", "Expected")

STRUCK: Final = "invalid: sn-struck mobile-struck email-struck"
# fmt: off
# One line a row reads better than one line a cell.
ROWS: Final[tuple[tuple[Value, Value, Value, Value, str, str], ...]] = (
    # SN, mobile, country, e-mail, what is wrong, expected
    (_sn(1), _M, "chinaPR", _A, "nothing, but another SN looks like it", "usable: sn-look-alike"),
    (_sn(2), "138 0013 8001", None, None, "nothing: blanks in a number", "usable"),
    (_sn(3), "0086-138-0013-8002", None, None, "nothing: 0086 and dashes", "usable"),
    (_sn(4), "+86 (0)138 0013 8003", "chinaPR", None, "nothing: +86 and (0)", "usable"),
    (_sn(5), 13800138004, None, None, "nothing: a number cell is fine for a mobile", "usable"),
    (_sn(6), 8613800138005, None, None, "nothing: a number cell with 86", "usable"),
    (_sn(7), "+44 7400 123456", None, None, "nothing: +44 says the country", "usable"),
    ("２１０２３１０ＱＰＤ１０Ｋ３００１００８", _M, None, _A, "full-width SN", "usable: mended"),
    (f"{_sn(9)}\u200b", _M, None, _A, "zero-width blank in the SN", "usable: mended"),
    (f"\u00a0{_sn(10)} ", _M, None, _A, "no-break blank around the SN", "usable: mended"),
    (_sn(11), "１３８００１３８０１１", None, None, "full-width mobile", "usable: mended"),
    (_sn(12), None, None, "li.na＠example.com", "full-width @", "usable: mended"),
    (_sn(13), _M, "ChinaPR", None, "country in another case", "usable: country-spelling"),
    ("21023114521040100000", _M, None, None, "ends in zeros, perhaps rounded", "usable: sn-zeros"),
    (2102311452104001, _M, None, _A, "SN is a number", "invalid: sn-number"),
    (2.10235123456789e19, _M, None, _A, "SN is a rounded number", "invalid: sn-number"),
    (_DAY, _M, None, _A, "SN became a date", "invalid: sn-date"),
    (True, _M, None, _A, "SN is a truth value", "invalid: sn-boolean"),
    ("#N/A", _M, None, _A, "SN is an error", "invalid: sn-error"),
    ('="2102310QPD"&"10K3001020"', _M, None, _A, "formula that was never calculated", "invalid: sn-formula"),
    ("2.10235E+19", _M, None, _A, "scientific notation as text", "invalid: sn-scientific"),
    ("2102310QPD–10K3001021", _M, None, _A, "a dash in the SN", "invalid: sn-characters"),
    ("2102310QPD 10K3001022", _M, None, _A, "a blank inside the SN", "invalid: sn-characters"),
    ("2102310QPD1ОK3001023", _M, None, _A, "a Cyrillic О in the SN", "invalid: sn-characters"),
    ("'2102310QPD10K3001024", _M, None, _A, "an apostrophe typed into the text", "invalid: sn-characters"),
    ("2102310QPD10K30010252102310QPD10K3001025", _M, None, _A, "SN twice in one cell", "invalid: sn-length"),
    (None, _M, None, _A, "no SN", "invalid: sn-missing"),
    (_sn(31), None, None, None, "no contact", "invalid: contact-missing"),
    (_sn(32), "1380013800", None, None, "a digit is missing", "invalid: mobile-invalid"),
    (_sn(33), "1380013800O", None, None, "letter O in the mobile", "invalid: mobile-characters"),
    (_sn(34), "13800138000/13900139000", None, None, "two mobiles", "invalid: mobile-several"),
    (_sn(35), "0755-28780808", None, None, "a desk phone", "invalid: mobile-type"),
    (_sn(36), 13800138000.5, None, None, "mobile with decimals", "invalid: mobile-number"),
    (_sn(37), _DAY, None, None, "mobile became a date", "invalid: mobile-date"),
    (_sn(38), True, None, _A, "mobile is a truth value", "invalid: mobile-boolean"),
    (_sn(39), "#REF!", None, _A, "mobile is an error", "invalid: mobile-error"),
    (_sn(40), "=D5", None, _A, "mobile is an uncalculated formula", "invalid: mobile-formula"),
    (_sn(41), "+44 7400 123456", "GB", None, "GB is Guinea-Bissau here", "invalid: mobile-country"),
    (_sn(42), "+44 7400 123456", "chinaPR", None, "number contradicts", "invalid: mobile-country"),
    (_sn(43), "+1 415 555 2671", None, None, "+1 is two countries", "invalid: country-missing"),
    (_sn(44), "+354 611 1234", None, None, "Iceland is not served", "invalid: country-unserved"),
    (_sn(45), _M, "CN", None, "ISO code instead of chinaPR", "usable: country-spelling"),
    (_sn(50), _M, "Chian", None, "a slip in the country's name", "invalid: country-unknown"),
    (_sn(46), _M, "#N/A", None, "country is an error", "invalid: country-error"),
    (_sn(47), _M, _DAY, None, "country became a date", "invalid: country-date"),
    (_sn(48), _M, False, None, "country is a truth value", "invalid: country-boolean"),
    (_sn(49), _M, "=E5", None, "country is an uncalculated formula", "invalid: country-formula"),
    ("2102310QPD1OK3001001", _M, None, _A, "letter O for a digit of the first SN", "usable: sn-look-alike"),
    (_sn(51), None, None, "li.na.example.com", "no @", "invalid: email-invalid"),
    (_sn(52), None, None, "a@example.com；b@example.com", "two addresses", "invalid: email-several"),
    (_sn(53), None, None, 13800138000, "a number as e-mail", "invalid: email-number"),
    (_sn(54), _M, None, _DAY, "e-mail became a date", "invalid: email-date"),
    (_sn(55), _M, None, True, "e-mail is a truth value", "invalid: email-boolean"),
    (_sn(56), _M, None, "#NAME?", "e-mail is an error", "invalid: email-error"),
    (_sn(57), _M, None, "=F5", "e-mail is an uncalculated formula", "invalid: email-formula"),
    ("21023-1", "abc", None, "x@y", "all three", "invalid: sn-characters mobile-characters email-invalid"),
    (_sn(61), _M, None, _A, "first of two alike", "usable"),
    ("2102310qpd10k3001061", "+8613800138000", "chinaPR", _A, "the same, in another case", "duplicate"),
    (_sn(62), _M, None, None, "first of two that differ", "invalid: sn-repeated"),
    (_sn(62), "13900139000", None, None, "another contact", "invalid: sn-repeated"),
    ("TBD", _M, None, _A, "a word where there is no SN", "usable: sn-word"),
    ("13800138064", _M, None, _A, "a mobile as SN", "usable: sn-like-mobile"),
    (_sn(65), 1.38e10, None, None, "what 1.38E+10 of a .csv becomes", "usable: mobile-zeros"),
    (_sn(66), "015123456789", None, None, "Chinese with a 0, or German?", "usable: mobile-zero"),
    (_sn(67), "1 (385) 555-1234", None, None, "American without + and country", "invalid: mobile-abroad"),
    (_sn(68), _M, None, "N/A", "a sign for nothing as e-mail", "invalid: email-invalid"),
    (_sn(69), _M, None, _A, "struck out", STRUCK),
    ("SN", "Mobile", "Country", "E-mail", "the header once more", "ignored"),
)
# fmt: on


def dirty() -> Workbook:
    """Title in row 1, headers in row 3, then `ROWS`, a blank row, a total and a sign-off."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Terminals"
    sheet.append(["What goes wrong in lists of terminals, one row each"])
    sheet.append([])
    sheet.append(HEADERS)
    for number, (sn, mobile, country, email, wrong, expected) in enumerate(ROWS, 1):
        sheet.append([number, f"Room {number}", sn, mobile, country, email, wrong, expected])
        if expected == STRUCK:
            for cell in sheet[sheet.max_row][:6]:
                cell.font = Font(strike=True)
    dress(sheet, 3, (6, 10, 44, 26, 12, 32, 44, 56), "")
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(["Total", None, len(ROWS), None, None, None, "a total row", "ignored"])
    sheet.append(["制表人：张三"])
    return workbook
