"""The workbooks of a job from outside: the demo's, through LibreOffice, and what its rows and files say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import ROOT, Bench
from tests.sound import assert_sound

PATIENCE_S = 300
OFFICE = shutil.which("soffice")
needs_office = pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (libreoffice-calc)")
WORDS = {"en-US": ("Summary", "Summary rows", "Together"), "zh-CN": ("汇总", "汇总明细", "合计")}


def office(folder: Path, *args: str | Path) -> None:
    assert OFFICE is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [OFFICE, profile, "--headless", *map(str, args)], check=True, capture_output=True, timeout=PATIENCE_S
    )


def charts(path: Path) -> int:
    book: Any = load_workbook(path)
    return sum(len(page._charts) for page in book.worksheets)


def table(page: Any, together: str) -> dict[str, int]:
    """Rows by result, as the summary's first table says."""
    lines = [(line[0], line[1]) for line in page.iter_rows(values_only=True)]
    end = next(at for at, line in enumerate(lines) if line[0] == together)
    begin = max(at for at in range(end) if not isinstance(lines[at][1], int))
    assert sum(count for _, count in lines[begin + 1 : end]) == lines[end][1]
    return dict(lines[begin + 1 : end])


@needs_office
@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_demo_when_saved_by_libreoffice_and_reported_again_then_its_workbooks_still_say_the_same(
    bench: Bench, lang: str
) -> None:
    done = bench.run("demo", "--json", "--lang", lang)
    assert done.code == 1, done.err
    job, counts = done.object["job"], done.object["counts"]
    folder = Path(done.object["files"]["results"]).parent
    summary, rows, together = WORDS[lang]
    names = ["Terminals", "Contacts", "Notes", summary, rows]
    said = json.loads((folder / "summary.json").read_text("utf-8"))
    assert said["group_by"]["column"] == "Site"
    for name, sheets in (("results.xlsx", names), ("handoff.xlsx", None)):
        book = load_workbook(folder / name)
        assert_sound(folder / name)
        assert sheets in (None, book.sheetnames)
        assert sorted(table(book[summary], together).values()) == sorted(filter(None, counts.values()))
        assert charts(folder / name) == 2
    assert load_workbook(folder / "handoff.xlsx").sheetnames[0] == summary

    office(bench.folder, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", bench.folder / "lo",
           folder / "results.xlsx", folder / "handoff.xlsx")  # fmt: skip
    for name in ("results.xlsx", "handoff.xlsx"):
        assert charts(bench.folder / "lo" / name) == 2, "LibreOffice has read the charts"
        saved = load_workbook(bench.folder / "lo" / name)
        assert sorted(table(saved[summary], together).values()) == sorted(filter(None, counts.values()))
    (bench.folder / "lo" / "results.xlsx").replace(folder / "results.xlsx")
    done = bench.run("report", job, "--json")
    assert done.object["counts"] == counts
    assert (folder / "results.edited-1.xlsx").exists()
    assert load_workbook(folder / "results.xlsx").sheetnames == names


@needs_office
def test_rerun_of_a_results_workbook_that_libreoffice_saved_replaces_its_summary(bench: Bench) -> None:
    source = bench.folder / "site.xlsx"
    shutil.copyfile(ROOT / "samples/site-shenzhen-zh.xlsx", source)
    first = bench.run("run", source, "--simulate", "--yes", "--json", "--lang", "zh-CN", "--only-first", "7")
    assert first.code == 1, first.err
    files = first.object["files"]
    names = ["终端台账", "填写说明", "汇总", "汇总明细"]
    assert load_workbook(files["results"]).sheetnames == names
    office(bench.folder, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", bench.folder / "lo",
           files["results"])  # fmt: skip
    done = bench.run("rerun", bench.folder / "lo" / "results.xlsx", "--yes", "--json")
    assert done.code == 0, done.err
    assert done.object["counts"]["succeeded"] == 60
    book = load_workbook(files["results"])
    assert book.sheetnames == names
    assert_sound(Path(files["results"]))
    assert table(book["汇总"], "合计") == {"成功": 60}
    assert charts(Path(files["results"])) == 2


@needs_office
def test_todo_that_libreoffice_saved_with_answers_settles_its_rows(bench: Bench) -> None:
    done = bench.run("demo", "--json")
    todo = Path(done.object["files"]["todo"])
    office(bench.folder, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", bench.folder / "lo", todo)
    saved = bench.folder / "lo" / "todo.xlsx"
    book: Any = load_workbook(saved)
    page = book.worksheets[0]
    (choice,) = page.data_validations.dataValidation
    assert choice.formula1.strip('"').split(",") == ["unknown", "arrived", "not arrived"]
    cells = [cell for line in page[str(choice.sqref)] for cell in line]
    assert [cell.value for cell in cells] == ["unknown"] * done.object["counts"]["unknown"]
    for cell in cells:
        cell.value = "arrived"
    book.save(saved)
    settled = bench.run("resolve", saved, "--json")
    assert settled.object["resolved"] == len(cells), settled.err
    assert settled.object["counts"]["unknown"] == 0


def test_handoff_workbook_is_named_beside_the_page_and_holds_no_contact(bench: Bench) -> None:
    done = bench.run("demo")
    listed = [line.strip() for line in done.out.splitlines() if line.startswith("  ")]
    assert [Path(line).name for line in listed] == [
        "results.xlsx", "todo.xlsx", "handoff.html", "handoff.xlsx", "summary.json",
    ]  # fmt: skip
    path = bench.folder / listed[3]
    book = load_workbook(path)
    words = {
        str(cell) for page in book.worksheets for line in page.iter_rows(values_only=True) for cell in line
    }
    contact = r"[^*\s]{2,}@|(?<![\w-])(\+86)?1[3-9]\d{9}(?![\w-])"  # a request ID may hold eleven digits too
    assert not [word for word in words if re.search(contact, word)]
    refused = bench.run("run", path, "--yes", "--simulate", "--json")
    assert (refused.code, refused.object["error"]["code"]) == (3, "no-sn-column")
    mine = load_workbook(path)
    mine["Summary"]["A1"] = "mine"
    mine.save(path)
    job = Path(listed[3]).parent.name
    bench.run("report", job)
    assert load_workbook(path.with_name("handoff.edited-1.xlsx"))["Summary"]["A1"].value == "mine"
