"""Any text the service or a sheet may hold comes back from the results as it was, for readers not ours."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from batchreset.model import Status
from batchreset.ooxml.texts import unescaped
from batchreset.report.columns import MAX_TEXT, clean
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.rows import Column, Columns
from batchreset.text import Text, msg
from tests.unit.report.build import report, result

ENGLISH = Text("en-US")
TEXTS = st.text(st.characters() | st.sampled_from("=+-@\t\r\n _x0041_&<>'\"‹›"), max_size=60)


@given(reason=TEXTS, next_step=TEXTS, code=TEXTS)
@example(reason="=cmd|' /C calc'!A0", next_step="_x0041_", code="x" * (MAX_TEXT + 9))
@example(reason=" blanks ", next_step="two\nlines", code="\ud800\x00")
@example(reason="]]>", next_step="<f>1</f>", code="&#65;")
@settings(max_examples=60)
def test_write_results_when_any_text_comes_from_the_service_then_it_is_read_again_as_text(
    reason: str, next_step: str, code: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.xlsx", Path(folder) / "results.xlsx"
        saved(source, ["SN1"])
        row = result(
            2, "SN1", Status.FAILED, reason=msg("{x}", x=reason), next_step=msg("{x}", x=next_step),
            error_code=code,
        )  # fmt: skip
        written = write_results(
            report([row], source, columns=Columns(Column(1, "A", "SN"))), ENGLISH, source, target
        )
        assert written.copied
        cells: Any = load_workbook(target).worksheets[0][2]
        meant = [clean(reason), clean(next_step), clean(code)]
        assert [unescaped(cells[at].value or "") for at in (2, 3, 8)] == meant
        assert {cells[at].data_type for at in (2, 3, 8) if cells[at].value} <= {"s"}
        calamine = CalamineWorkbook.from_path(target).get_sheet_by_index(0).to_python()[1]
        assert [calamine[at] for at in (2, 3)] == meant[:2]


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(max_examples=60)
def test_write_todo_when_any_text_stands_in_the_sheet_then_it_is_read_again_as_text(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.xlsx", Path(folder) / "todo.xlsx"
        meant = [clean(text) for text in texts]
        saved(source, [text.replace("_x", "_") for text in meant])
        rows = [
            result(number, "", Status.INVALID, shown=text.replace("_x", "_"))
            for number, text in enumerate(meant, 2)
        ]
        job = report(rows, source, columns=Columns(Column(1, "A", "SN")))
        strangers = write_todo(job, ENGLISH, source, target)
        sheet: Any = load_workbook(target).worksheets[0]
        assert strangers == () or not all(meant)
        shown = [cell.value or "" for cell in sheet["A"][1:]]
        assert [text.strip() for text in shown] == [text.replace("_x", "_").strip() for text in meant]
        assert {cell.data_type for cell in sheet["A"][1:] if cell.value} <= {"s"}


def saved(path: Path, sns: list[str]) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Terminals"
    sheet["A1"] = "SN"
    for number, sn in enumerate(sns, start=2):
        cell: Any = sheet.cell(number, 1, sn)
        cell.data_type = "s"
    workbook.save(path)
