"""The golden set of dirty sheets: every row is judged as the maker says, and nobody is called."""

from __future__ import annotations

import socket
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from batchreset.annotated.workbook import write_annotated
from batchreset.errors import SheetError
from batchreset.model import Rules
from batchreset.rows import Row, Table
from batchreset.sheet.load import load
from batchreset.text import Text
from tests.edge.reading import read_workbook
from tests.makers.books import rewrite
from tests.makers.golden import GOLDEN
from tests.makers.golden.sheet import Golden

FOUND = ("Error in ", "Note on ", "(1) ")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("reading a sheet asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def said(row: Row) -> str:
    if row.duplicate_of:
        return "duplicate"
    kinds = " ".join(finding.kind for finding in row.problems or row.notes)
    return ("usable" if row.usable else "invalid") + (f": {kinds}" if kinds else "")


def judged(table: Table) -> dict[int, str]:
    return {
        **{row.number: said(row) for row in table.rows},
        **dict.fromkeys(table.ignored, "ignored"),
        **dict.fromkeys(table.skipped, "skipped"),
    }


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_golden_sheet_when_loaded_then_each_row_is_judged_as_written_beside_it(
    golden: Golden, tmp_path: Path
) -> None:
    path = golden.make(tmp_path)

    if golden.error:
        with pytest.raises(SheetError) as caught:
            load(path, rules=Rules(), **golden.options)
        assert caught.value.code == golden.error
    else:
        assert judged(load(path, rules=Rules(), **golden.options)) == golden.expected


@pytest.mark.parametrize(
    "golden", [golden for golden in GOLDEN if not golden.error], ids=lambda golden: golden.name
)
def test_golden_sheet_when_annotated_then_the_copy_is_judged_the_same_and_tells_of_each_bad_row(
    golden: Golden, tmp_path: Path
) -> None:
    path, copy = golden.make(tmp_path), tmp_path / "copy.xlsx"
    table = load(path, rules=Rules(), **golden.options)
    made = write_annotated(table, Text(), path, copy)
    again = judged(load(copy, rules=Rules(), **golden.options))
    if made.refusal is None:
        assert again == golden.expected
    else:  # a new workbook of values has dates as text: as bad an SN, for another reason
        assert verdicts(again) == verdicts(golden.expected)
    assert made.rows == sum(bool(row.problems or row.notes or row.duplicate_of) for row in table.rows)
    page = next(sheet for sheet in read_workbook(copy) if sheet.name == table.sheet)
    told = {row.number for row in page.rows if any(cell.text.startswith(FOUND) for cell in row.cells)}
    assert told == {row.number for row in table.rows if row.problems or row.notes or row.duplicate_of}


def locked(path: Path) -> Path:
    """The workbook with its sheets protected, so that it takes nothing in."""
    with zipfile.ZipFile(path) as package:
        parts = {
            name: package.read(name).replace(b"</sheetData>", b'</sheetData><sheetProtection sheet="1"/>')
            for name in package.namelist()
        }
    return rewrite(path, path.with_name("locked.xlsx"), dict(parts))


@pytest.mark.parametrize(
    "golden",
    [golden for golden in GOLDEN if not golden.error and not golden.name.startswith(("format", "kinds"))],
    ids=lambda golden: golden.name,
)
def test_golden_sheet_when_protected_and_annotated_then_the_new_workbook_is_judged_the_same(
    golden: Golden, tmp_path: Path
) -> None:
    made = golden.make(tmp_path)
    if made.suffix != ".xlsx":
        return  # a text file is no workbook that could be protected
    path, copy = locked(made), tmp_path / "copy.xlsx"
    table = load(path, rules=Rules(), **golden.options)
    assert write_annotated(table, Text(), path, copy).refusal is not None
    again = load(copy, rules=Rules(), **golden.options)

    assert verdicts(judged(again)) == verdicts(golden.expected)
    assert again.hidden == table.hidden


def verdicts(said: dict[int, str]) -> dict[int, str]:
    """Without the kinds: a date or a formula without a value is as bad in a copy, but as something else."""
    return {number: words.partition(":")[0] for number, words in said.items()}


def test_golden_set_when_counted_then_it_is_as_large_as_promised_and_no_two_have_one_name() -> None:
    assert len(GOLDEN) >= 40
    assert max(Counter(golden.name for golden in GOLDEN).values()) == 1
