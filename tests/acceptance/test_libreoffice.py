"""LibreOffice opens what is written: all feature-rich workbooks and their copies, in one call of it."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.styles import PatternFill

from batchreset.annotated.workbook import write_annotated
from batchreset.model import Rules
from batchreset.report.todo import write_todo
from batchreset.report.workbook import write_results
from batchreset.sheet.load import load
from batchreset.template import write_template
from batchreset.text import Text
from tests.acceptance.office import OFFICE, office
from tests.makers.rich import rich_books
from tests.unit.report.build import of_each_status, report

ENGLISH = Text("en-US")
STATUSES = ["succeeded", "failed", "unknown", "not_sent", "waiting", "invalid", "duplicate", "recent"]

BY_LIBREOFFICE = ("charts", "pictures", "sparklines", "validations", "filter", "layout")
MUST_KNOW = {
    *("xl/worksheets/sheet1.xml", "xl/styles.xml", "docProps/custom.xml", "[Content_Types].xml"),
    *("_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"),
}
"""The sheet, its looks, whose the file is, and what lists the sheets of the summary."""

pytestmark = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (libreoffice-calc)")


def test_results_when_opened_in_libreoffice_then_every_old_cell_is_shown_and_the_results_beside(
    tmp_path: Path,
) -> None:
    inputs = {name: make(tmp_path / f"{name}.xlsx") for name, make in rich_books().items()}
    inputs["by-libreoffice"] = by_libreoffice(inputs["validations"], tmp_path)
    copies: dict[str, Path] = {}
    for name, source in inputs.items():
        copies[name] = tmp_path / f"results-{name}{source.suffix}"
        written = write_results(report(of_each_status(), source), ENGLISH, source, copies[name])
        assert written.refusal is None
    todo = tmp_path / "todo.xlsx"
    write_todo(report(of_each_status(), inputs["table"]), ENGLISH, inputs["table"], todo)
    shown = as_csv([*inputs.values(), *copies.values(), todo], tmp_path / "csv")
    for name, source in inputs.items():
        before, after = shown[source.stem], shown[copies[name].stem]
        first = after[0].index("Result")
        assert [row[first] for row in after[1:9]] == STATUSES
        assert [filled(row) for row in before] == [
            filled(row[:first] + row[first + 9 :])[: len(filled(old))]
            for row, old in zip(after, before, strict=True)
        ], name
    assert [row[1] for row in shown["todo"]] == ["SN", "", "SN0003", "SN0004", "SN0005", "SN0006"]


def test_results_when_libreoffice_has_saved_the_rich_workbook_then_its_other_parts_are_the_same_bytes(
    tmp_path: Path,
) -> None:
    """Charts, pictures, validations and the like as another program writes them than the makers do."""
    made = [rich_books()[name](tmp_path / f"{name}.xlsx") for name in BY_LIBREOFFICE]
    office(tmp_path, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "lo", *made)
    for source in (tmp_path / "lo" / book.name for book in made):
        target = tmp_path / f"results-{source.name}"
        written = write_results(report(of_each_status(), source), ENGLISH, source, target)
        assert (written.refusal, written.strangers) == (None, ())
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target) as new:
            names = old.namelist()
            assert not set(names) - set(new.namelist())
            assert {name for name in names if old.read(name) != new.read(name)} <= MUST_KNOW, source.name
            assert set(names) - MUST_KNOW


def test_annotated_copy_and_template_when_saved_by_libreoffice_then_read_and_updated_as_before(
    tmp_path: Path,
) -> None:
    """It numbers all styles anew and writes colours its own way; marks and text cells must survive that."""
    source, copy = tmp_path / "source.xlsx", tmp_path / "copy.xlsx"
    write_template(ENGLISH, source)
    book = load_workbook(source)
    band = PatternFill("solid", start_color="FFDDEBF7", end_color="FFDDEBF7")
    page = book.worksheets[0]
    for number, sn in enumerate(("00012345678901234567890", "A-1", "A-2"), start=2):
        page.cell(number, 1, sn)
        page.cell(number, 4, f"lee{number}@example.com")
    page["A3"].fill = band
    book.save(source)
    table = load(source, rules=Rules())
    assert [row.usable for row in table.rows] == [True, False, False]
    write_annotated(table, ENGLISH, source, copy)
    office(tmp_path, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "lo", copy)
    saved = tmp_path / "lo" / copy.name
    again = load(saved, rules=Rules())
    assert [(row.sn, row.usable) for row in again.rows] == [(row.sn, row.usable) for row in table.rows]

    book = load_workbook(saved)
    for number in (3, 4):
        book.worksheets[0].cell(number, 1, f"A{number}")
    book.save(saved)
    write_annotated(load(saved, rules=Rules()), ENGLISH, saved, copy)
    page = load_workbook(copy).worksheets[0]
    assert [page.cell(number, 8).value for number in range(1, 5)] == ["Finding", None, None, None]
    shown = [page.cell(number, 1).fill for number in (2, 3, 4)]
    assert [fill.start_color.rgb if fill.fill_type else None for fill in shown] == [None, "FFDDEBF7", None]


def filled(row: list[str]) -> list[str]:
    return [cell for cell in row if cell]


def by_libreoffice(source: Path, folder: Path) -> Path:
    """A workbook as LibreOffice itself writes it."""
    office(folder, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "lo", source)
    return (folder / "lo" / source.name).rename(folder / "by-libreoffice.xlsx")


def as_csv(paths: list[Path], folder: Path) -> dict[str, list[list[str]]]:
    """The first sheet of each workbook as LibreOffice shows it, by the file's stem."""
    office(
        folder.parent, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", folder, *paths
    )
    missing = [path.name for path in paths if not (folder / f"{path.stem}.csv").exists()]
    assert not missing, f"LibreOffice did not open {missing}"
    shown = {}
    for path in paths:
        with (folder / f"{path.stem}.csv").open(encoding="utf-8", newline="") as file:
            shown[path.stem] = list(csv.reader(file))
    return shown
