"""Where headers stand, and which sheet is meant."""

from __future__ import annotations

from pathlib import Path

from openpyxl.worksheet.worksheet import Worksheet

from tests.makers.formats import Grid, Write, write_xlsx
from tests.makers.golden.sheet import BLANK, HEAD, A, Golden, Line, M, merged, sn


def _with_sheets(*names: str, hidden: str = "") -> Write:
    """The same list in several sheets; empty ones have a name that ends in `-`."""

    def write(path: Path, name: str, grid: Grid) -> Path:
        def add(sheet: Worksheet) -> None:
            book = sheet.parent
            assert book is not None
            for other in names:
                more = book.create_sheet(other)
                for row in grid if not other.endswith("-") else [["Notes"], ["see the other sheet"]]:
                    more.append(list(row))
            if hidden:
                book[hidden].sheet_state = "hidden"
                book.active = 1

        return write_xlsx(path, name, grid, add)

    return write


def headers() -> list[Golden]:
    """The sheets."""
    good: Line = (sn(1), M, "chinaPR", A, "usable")
    return [
        Golden("english", (HEAD, good)),
        Golden("chinese", (("序列号", "手机号", "国家/地区", "邮箱", "-"), good)),
        Golden(
            "bilingual", (("序列号 SN*", "Mobile/手机", "国家 (Country)", "E-mail 邮箱（必填）", "-"), good)
        ),
        Golden(
            "headers-that-say-whose",
            (
                ("会议终端 SN", "会议室电话", "联系人手机号码", "手机号国家码", "Contact's e-mail", "-"),
                (sn(1), "0571-88888888", M, "chinaPR", A, "usable"),
                (sn(2), None, "0571-88888888", "chinaPR", None, "invalid: mobile-type"),
            ),
        ),
        Golden(
            "two-people-of-one-terminal",
            (("SN", "管理员手机", "使用人手机", "-"), (sn(1), M, "13900139000", "-")),
            error="column-ambiguous",
        ),
        Golden(
            "titles-above",
            (("终端台账 2026", "-"), BLANK, ("制表人：张三", None, "电话", "-"), BLANK, HEAD, good),
        ),
        Golden("header-in-row-20", (*[BLANK] * 19, HEAD, good)),
        Golden("header-in-row-21", (("Notes", "-"), *[BLANK] * 19, HEAD, good), error="no-sn-column"),
        Golden("header-row-named", (("Notes", "-"), *[BLANK] * 29, HEAD, good), options={"header_row": 31}),
        Golden(
            "header-over-two-rows",
            (
                ("No.", "SN", "Contact", None, "Country", "-"),
                (None, None, "Mobile", "E-mail", None, "-"),
                (1, sn(1), M, A, "chinaPR", "usable"),
            ),
            write=merged("A1:A2", "B1:B2", "C1:D1", "E1:E2"),
        ),
        Golden(
            "header-merged-downwards",
            (
                ("SN", "Mobile", "Remark", "-"),
                (None, None, "(if any)", "-"),
                (None, None, "(in English)", "-"),
                (sn(1), M, "x", "usable"),
            ),
            write=merged("A1:A3", "B1:B3"),
        ),
        Golden(
            "header-sn-below-a-group",
            (("Terminal", None, "Mobile", "-"), ("Model", "SN", None, "-"), ("TE20", sn(1), M, "usable")),
            write=merged("A1:B1", "C1:C2"),
        ),
        Golden(
            "header-merged-over-an-empty-column",
            (("SN", "Mobile", None, "E-mail", "-"), (sn(1), None, M, A, "usable")),
            write=merged("B1:C1"),
        ),
        Golden(
            "header-merged-over-code-and-number",
            (
                ("SN", "Mobile", None, "-"),
                (None, "Country", "No. (without 0)", "-"),
                (sn(1), "UK", "7400 123456", "usable"),
            ),
            write=merged("A1:A2", "B1:C1"),
        ),
        Golden(
            "header-merged-over-two-numbers",
            (("SN", "Mobile", None, "-"), (sn(1), M, "13900139000", "-")),
            write=merged("B1:C1"),
            error="column-ambiguous",
        ),
        Golden(
            "two-mobile-columns",
            (("SN", "Phone", "Mobile", "-"), (sn(1), M, M, "-")),
            error="column-ambiguous",
        ),
        Golden(
            "two-mobile-columns-settled",
            (("SN", "Phone", "Mobile", "-"), (sn(1), "0571-88888888", M, "usable")),
            options={"columns": {"mobile": "Mobile"}},
        ),
        Golden(
            "header-doubled", (("SN", "SN", "Mobile", "-"), (sn(1), sn(2), M, "-")), error="column-ambiguous"
        ),
        Golden(
            "header-doubled-settled",
            (("SN", "SN", "Mobile", "-"), ("old", sn(2), M, "usable")),
            options={"columns": {"sn": "B"}},
        ),
        Golden("header-twice", (HEAD, BLANK, HEAD, good), error="header-tied"),
        Golden("header-twice-settled", (HEAD, BLANK, HEAD, good), options={"header_row": 3}),
        Golden(
            "no-header",
            ((sn(1), M, "usable"), (sn(2), M, "usable")),
            options={"columns": {"sn": "A", "mobile": "B"}},
        ),
        Golden("no-sn-column", (("Room", "Mobile", "-"), ("1", M, "-")), error="no-sn-column"),
        Golden("no-contact-column", (("SN", "Room", "-"), (sn(1), "1", "-")), error="no-contact-column"),
        Golden("no-rows", (HEAD, BLANK, ("合计", 0, "-")), error="no-rows"),
        Golden("list-in-second-sheet", (HEAD, good), write=_with_sheets("Notes-")),
        Golden("list-in-two-sheets", (HEAD, good), write=_with_sheets("Old"), error="sheets-several"),
        Golden("list-in-two-sheets-named", (HEAD, good), write=_with_sheets("Old"), options={"sheet": "old"}),
        Golden(
            "list-in-hidden-sheet",
            (HEAD, good),
            write=_with_sheets("Notes-", "More-", hidden="Terminals"),
            error="sheet-hidden",
        ),
        Golden(
            "results-of-an-earlier-run",
            ((*HEAD[:-1], "Result", "Error code", "-"), (*good[:-1], "Failed", "USG.1", "usable")),
        ),
    ]
