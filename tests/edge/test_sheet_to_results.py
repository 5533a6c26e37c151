"""The whole way of a sheet: whatever stands in it comes back, and the order of its rows decides nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from batchreset.model import AttemptState, Rules, Status, Wishes
from batchreset.ooxml.texts import fit, guarded, unescaped
from batchreset.plan.build import make_plan
from batchreset.report.workbook import write_results
from batchreset.reported import RowResult
from batchreset.rows import Contact, Table
from batchreset.sheet.load import load
from batchreset.text import Text, msg
from tests.unit.build import NOW, ago, attempt
from tests.unit.report.build import report

HEADERS = ("SN", "Mobile", "E-mail", "Remark")
ODD = st.text(st.characters(codec="utf-8") | st.sampled_from("=+-@\t\n ０Ａ\u200b_x0041_&<>'\""), max_size=30)
SNS = st.sampled_from(["A1", "a1", "B2", "B8", "C3", " C3", "D4", "=1+1", "合计"])
CONTACTS = st.sampled_from(["13800138000", "13900139000", "12", ""])
Line = tuple[str, str, str, str]


def saved(path: Path, lines: Sequence[Line]) -> Path:
    """A list of texts, whatever they look like."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "Terminals"
    for number, line in enumerate((HEADERS, *lines), start=1):
        for column, text in enumerate(line, start=1):
            if text:
                cell: Any = page.cell(number, column)
                cell.value, cell.data_type = guarded(fit(text)), "s"
    book.save(path)
    return path


def texts(path: Path, columns: int) -> list[list[str]]:
    page: Any = load_workbook(path).worksheets[0]
    rows = page.iter_rows(max_col=columns, values_only=True)
    return [[unescaped(str(value or "")) for value in row] for row in rows]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(ODD, st.just(""), st.just("lee@example.com"), ODD), min_size=1, max_size=6))
def test_any_text_when_read_and_written_back_then_every_cell_and_each_rows_result_stand_where_they_belong(
    lines: list[Line],
) -> None:
    last = ("SN0001", "", "lee@example.com", "")  # of the others each may read like a sum or a remark
    with tempfile.TemporaryDirectory() as folder:
        source, target = saved(Path(folder) / "source.xlsx", [*lines, last]), Path(folder) / "results.xlsx"
        table = load(source, rules=Rules(), columns={"sn": "A"}, header_row=1)
        marked = [
            RowResult(row, Status.SUCCEEDED, msg("row {row}", row=row.number), msg("{x}", x=row.sn))
            for row in table.rows
        ]
        written = write_results(
            report(marked, source, columns=table.columns, header_row=table.header_row), Text(), source, target
        )
        assert (written.refusal, written.strangers) == (None, ())
        assert texts(target, 4) == texts(source, 4)
        reasons = [line[5] for line in texts(target, 6)]
        numbers = {row.number for row in table.rows}
        assert reasons[1:] == [
            f"row {number}" if number in numbers else "" for number in range(2, len(reasons) + 1)
        ]


Said = dict[str, tuple[int, set[tuple[Status, object]]]]


def said(table: Table) -> Said:
    """What a plan says of each SN: its rows, and what becomes of those that no other row speaks for."""
    history = {
        "a1": [attempt(AttemptState.SUCCEEDED, ago(hours=3), job="other")],
        "b2": [attempt(AttemptState.REFUSED, ago(hours=h), job="other") for h in (5, 4, 3, 2, 1)],
        "c3": [attempt(AttemptState.UNKNOWN, ago(hours=2), job="other")],
    }
    plan = make_plan(
        table.rows,
        {key: kept for key, kept in history.items() if key in {row.sn.casefold() for row in table.rows}},
        job="job",
        wishes=Wishes(),
        digest=digest,
        now=NOW,
        rules=Rules(),
    )
    found: Said = {}
    for one in plan.rows:
        rows, verdicts = found.get(one.row.sn.casefold(), (0, set()))
        own = set() if one.row.duplicate_of else {(one.verdict.status, one.verdict.not_before)}
        found[one.row.sn.casefold()] = rows + 1, verdicts | own
    return found


def digest(contact: Contact | None) -> str:
    return repr(contact)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(SNS, CONTACTS, st.just(""), st.just("x")), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_plan_when_the_rows_of_a_sheet_come_in_another_order_then_it_is_the_same(
    lines: list[Line], random: Random
) -> None:
    keep = ("Z9", "13800138009", "", "x")  # a sheet of totals only is refused as a whole
    other = [keep, *lines]
    random.shuffle(other)
    with tempfile.TemporaryDirectory() as folder:
        plans = [
            said(load(saved(Path(folder) / "list.xlsx", rows), rules=Rules()))
            for rows in ([keep, *lines], other)
        ]
    assert plans[0] == plans[1]
