"""A job's workbook with a list's mends put in: those cells, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from batchreset.errors import SheetError
from batchreset.mended.workbook import mend, refuse_untaken
from batchreset.model import Rules
from batchreset.rows import Table
from batchreset.sheet.load import load

A, B, C = "2102310QPD10F3001263", "2102310QPD10F3001264", "2102310QPD10F3001265"


def book(path: Path, rows: list[tuple[str | int | None, ...]]) -> Table:
    workbook = Workbook()
    page = workbook.worksheets[0]
    for row in rows:
        page.append(row)
    page["D2"].font = Font(italic=True)
    page["A3"].comment = Comment("a note of somebody's", "somebody")
    page["C2"] = "=1+1"
    workbook.create_sheet("Other")["A1"] = "kept"
    workbook.save(path)
    return read(path)


def read(path: Path) -> Table:
    return load(path, rules=Rules(), sheet="Sheet")


def job_sheet(folder: Path) -> Table:
    return book(
        folder / "site.xlsx",
        [
            ("SN", "Mobile", "Room", "E-mail"),
            (A, 13800138000, "R1", "a@example.com"),
            (B, "+8613800138001", "R2", None),
            (C, "+8613800138002", "R3", "c@example.com"),
        ],
    )


def todo_sheet(folder: Path, *rows: tuple[str | int | None, ...]) -> Table:
    return book(folder / "todo.xlsx", [("E-mail", "SN", "x", "Mobile"), *rows])


def test_mended_cells_are_put_in_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    job = job_sheet(tmp_path)
    todo = todo_sheet(
        tmp_path, ("+b@example.com <&>", B, "", "+8613800138001"), ("new@example.com", A, "", None)
    )
    made = mend(todo, job, tmp_path / "job")
    assert made.sheet is not None
    assert made.rows == 2
    page = load_workbook(made.sheet)["Sheet"]
    before = load_workbook(job.path)["Sheet"]
    changed = {
        (cell.coordinate, cell.value)
        for row in page.iter_rows()
        for cell in row
        if cell.value != before[cell.coordinate].value
    }
    assert changed == {("B2", None), ("D2", "new@example.com"), ("D3", "+b@example.com <&>")}
    assert page["D2"].font.italic
    assert page["D3"].data_type == "s"
    assert page["A3"].comment is not None
    refuse_untaken(read(made.sheet), todo, made.edits)
    with zipfile.ZipFile(job.path) as old, zipfile.ZipFile(made.sheet) as new:
        same = {name for name in old.namelist() if old.read(name) == new.read(name)}
        assert "xl/worksheets/sheet2.xml" in same
        assert "xl/styles.xml" in same


def test_same_list_twice_makes_one_file_and_then_nothing(tmp_path: Path) -> None:
    job = job_sheet(tmp_path)
    todo = todo_sheet(tmp_path, ("new@example.com", A, "", 13800138000))
    made = mend(todo, job, tmp_path / "job")
    assert made.sheet == mend(todo, job, tmp_path / "job").sheet
    assert made.sheet is not None
    assert mend(todo, read(made.sheet), tmp_path / "job").sheet is None


def test_sheet_that_does_not_say_what_the_list_says_is_refused(tmp_path: Path) -> None:
    job = job_sheet(tmp_path)
    todo = todo_sheet(tmp_path, ("new@example.com", A, "", 13800138000))
    made = mend(todo, job, tmp_path / "job")
    with pytest.raises(SheetError, match="todo-not-taken"):
        refuse_untaken(job, todo, made.edits)


def test_contact_in_a_column_that_the_jobs_sheet_has_not_is_refused(tmp_path: Path) -> None:
    job = book(tmp_path / "site.xlsx", [("SN", "Mobile"), (A, "+8613800138000"), (B, "+8613800138001")])
    with pytest.raises(SheetError, match="todo-new-column"):
        mend(todo_sheet(tmp_path, ("new@example.com", A, "", "+8613800138000")), job, tmp_path / "job")
