"""Rows that are no data, that nobody sees, or that are merged with others."""

from __future__ import annotations

from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.makers.formats import Formula, Write, write_xlsx
from tests.makers.golden.sheet import BLANK, HEAD, A, Golden, Line, M, changed, merged, sn


def _hide(*rows: int) -> Write:
    def hide(sheet: Worksheet) -> None:
        for row in rows:
            sheet.row_dimensions[row].hidden = True

    return changed(hide)


def _filter(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A1:D5"
    sheet.auto_filter.add_filter_column(2, ["chinaPR"])
    sheet.row_dimensions[3].hidden = True


def _strike(sheet: Worksheet) -> None:
    for place in ("A3", "B3", "C3", "D3", "B4", "C5", "E5"):
        sheet[place].font = Font(strike=True)


def rows() -> list[Golden]:
    """The sheets."""

    def good(number: int, expected: str = "usable") -> Line:
        return (sn(number), M, "chinaPR", A, expected)

    return [
        Golden(
            "totals-and-signatures",
            (
                HEAD,
                good(1),
                BLANK,
                (" ", "\u200b", "-"),
                ("小计", 1, "ignored"),
                good(2),
                ("合计：", None, None, "2", "ignored"),
                ("Total", 2, "ignored"),
                BLANK,
                ("制表人：张三", None, "审核：李四", "ignored"),
                ("Date: 2026-11-23", "ignored"),
            ),
        ),
        Golden(
            "signatures-without-colons",
            (
                HEAD,
                ("三楼", "ignored"),
                good(1),
                ("共 1 台", "ignored"),
                ("Total 1 terminals", "ignored"),
                ("制表人", "张三", "日期", "2026-11-23", "ignored"),
                ("制表：张三", "审核：", "ignored"),
                ("Prepared by", "Li Na", "ignored"),
                ("3 楼", None, "invalid: sn-characters contact-missing"),
            ),
        ),
        Golden(
            "header-on-every-page",
            (
                HEAD,
                good(1),
                good(2),
                (*HEAD[:-1], "ignored"),
                good(3),
                ("序列号", "手机", "ignored"),
                good(4),
            ),
            options={"header_row": 1},
        ),
        Golden("hidden-rows-not-said", (HEAD, good(1), good(2), good(3)), write=_hide(3)),
        Golden(
            "hidden-rows-included",
            (HEAD, good(1), good(2)),
            write=_hide(3),
            options={"hidden_rows": "include"},
        ),
        Golden(
            "hidden-rows-skipped",
            (HEAD, good(1), good(2, "skipped"), ("合计", 2, "ignored"), good(1, "skipped"), good(3)),
            write=_hide(3, 4, 5),
            options={"hidden_rows": "skip"},
        ),
        Golden(
            "filtered-rows-skipped",
            (HEAD, good(1), good(2, "skipped"), good(3)),
            write=changed(_filter),
            options={"hidden_rows": "skip"},
        ),
        Golden(
            "contacts-merged-over-rows",
            (
                HEAD,
                good(1),
                (sn(2), None, None, None, "invalid: mobile-merged email-merged"),
                (sn(3), "13900139000", None, None, "invalid: country-merged email-merged"),
                (sn(4), None, None, A, "usable"),
            ),
            write=merged("B2:B3", "C2:C4", "D2:D4"),
        ),
        Golden(
            "formulas-without-values-beside-a-good-contact",
            (HEAD, (sn(1), M, None, Formula('"li"&"@example.com"'), "invalid: email-formula"), good(2)),
            write=write_xlsx,
        ),
        Golden(
            "email-merged-beside-a-good-mobile",
            (HEAD, good(1), (sn(2), "13900139000", None, None, "invalid: email-merged")),
            write=merged("D2:D3"),
        ),
        Golden(
            "rows-struck-out",
            (
                HEAD,
                good(1),
                good(2, "invalid: sn-struck mobile-struck email-struck sn-repeated"),
                (sn(3), M, None, A, "invalid: mobile-struck"),
                (sn(4), M, "chinaPR", A, "usable"),
                good(2, "invalid: sn-repeated"),
            ),
            write=changed(_strike),
        ),
        Golden(
            "sn-merged-over-rows",
            (HEAD, good(1), (None, "13900139000", None, A, "invalid: sn-merged"), good(3)),
            write=merged("A2:A3"),
        ),
    ]
