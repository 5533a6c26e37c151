"""The same list in every format, and files that say odd things of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.makers.books import raw_book
from tests.makers.formats import (
    Grid,
    Write,
    text_writer,
    write_ods,
    write_prefixed,
    write_strict,
    write_xls,
    write_xlsb,
    write_xlsx,
)
from tests.makers.golden.sheet import BLANK, DAY, HEAD, A, Golden, Line, M, sn


def _raw(xml: str, *, before: str = "") -> Write:
    """A workbook with this XML as its rows."""

    def write(path: Path, name: str, grid: Grid) -> Path:
        del name, grid
        return raw_book(path.with_suffix(".xlsx"), xml, before=before)

    return write


def _cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


_TWO_ROWS: Final = (
    f'<row r="1">{_cell("A1", "SN")}{_cell("B1", "Mobile")}</row>'
    f'<row r="2">{_cell("A2", sn(1))}{_cell("B2", M)}</row>'
)


def files() -> list[Golden]:
    """The sheets."""
    lines: tuple[Line, ...] = (
        ("序列号", "手机号", "E-mail", "-"),
        (sn(1), 13800138000, None, "usable"),
        (f"\u3000{sn(2)}", "138 0013 8000", A, "usable: mended"),
        (sn(3), None, None, "invalid: contact-missing"),
        ("合计", 3, None, "ignored"),
    )
    kinds: tuple[Line, ...] = (
        ("SN", "E-mail", "-"),
        (2102311452104001, A, "invalid: sn-number"),
        (True, A, "invalid: sn-boolean"),
        (sn(1), A, "usable"),
    )
    damaged: tuple[Line, ...] = (
        ("SN", "Mobile", "Remark", "-"),
        (sn(1), M, 'two\nlines, "quoted"', "usable"),
        BLANK,
        ("2.10235E+19", M, None, "invalid: sn-scientific"),
        (sn(2), "1.38E+10", None, "invalid: mobile-characters"),
        ("NA", M, "null", "usable: sn-word"),
        ("00012345", M, "leading zeros stay", "usable"),
    )
    return [
        *(
            Golden(f"format-{name}", lines, write=write)
            for name, write in {
                "openpyxl": write_xlsx,
                "strict": write_strict,
                "prefixed": write_prefixed,
                "xls": write_xls,
                "xlsb": write_xlsb,
                "ods": write_ods,
                "csv-utf-8": text_writer(".csv", ",", "utf-8"),
                "csv-with-mark": text_writer(".csv", ";", "utf-8-sig"),
                "csv-gb18030": text_writer(".csv", ",", "gb18030"),
                "csv-excel-sep": text_writer(".csv", "|", "utf-8", first="sep=|\r\n"),
                "tsv": text_writer(".tsv", "\t", "utf-8"),
                "unicode-text": text_writer(".txt", "\t", "utf-16"),
            }.items()
        ),
        *(
            Golden(f"kinds-{name}", kinds, write=write)
            for name, write in {"xls": write_xls, "xlsb": write_xlsb, "strict": write_strict}.items()
        ),
        Golden("kinds-ods", (*kinds, (DAY, A, "invalid: sn-date")), write=write_ods),
        Golden("csv-through-excel", damaged, write=text_writer(".csv", ",", "utf-8-sig")),
        Golden(
            "dimension-too-small",
            (HEAD, (sn(1), M, "usable")),
            write=_raw(_TWO_ROWS, before='<dimension ref="A1"/>'),
        ),
        Golden(
            "one-stray-value-in-the-last-cell",
            (HEAD, (sn(1), M, "usable")),
            write=_raw(f'{_TWO_ROWS}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        ),
        Golden(
            "one-stray-value-in-the-last-row",
            (HEAD, (sn(1), M, "-")),
            write=_raw(f'{_TWO_ROWS}<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
            error="too-many-rows",
        ),
    ]
