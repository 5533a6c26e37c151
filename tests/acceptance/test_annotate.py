"""`check --annotate`: the copy it writes, what it refuses, and the round of mending in the copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import Bench, sheet

BAD = ["2102310QPD10F3001263", "no sn", "2102310QPD10F3001264"]


@pytest.fixture
def site(bench: Bench) -> Path:
    """Three terminals, the SN of the second in row 3 can't be used."""
    bench.env["BATCHRESET_RATE"] = "1000"
    return sheet(bench.folder, BAD)


def finding(path: Path, row: int) -> object:
    return load_workbook(path).worksheets[0].cell(row, 5).value


def test_annotate_writes_a_copy_beside_the_sheet_and_a_mended_copy_is_checked_in_place(
    bench: Bench, site: Path
) -> None:
    before = site.read_bytes()
    first = bench.run("check", "--annotate", site)
    copy = bench.folder / "site.annotated.xlsx"

    assert first.code == 1
    assert f"Findings beside 1 row in {copy}" in first.err
    assert str(finding(copy, 3)).startswith("Error in B3: There is a blank")
    assert site.read_bytes() == before

    book = load_workbook(copy)
    book.worksheets[0]["B3"] = "2102310QPD10F3001269"
    book.save(copy)
    second = bench.run("check", copy, "--annotate", "--json")

    assert (second.code, second.object["annotated"]) == (0, str(copy))
    assert finding(copy, 3) is None
    assert sorted(path.name for path in bench.folder.glob("*.xlsx")) == ["site.annotated.xlsx", "site.xlsx"]


def test_annotate_writes_over_no_file_unasked_and_never_over_the_sheet(bench: Bench, site: Path) -> None:
    copy = bench.folder / "mine.xlsx"
    copy.write_bytes(b"mine")
    refused = bench.run("check", site, copy, "--annotate", "--json")
    itself = bench.run("check", site, site, "--annotate", "--force", "--json")
    other = bench.run("check", site, "site.xls", "--annotate", "--json")
    lonely = bench.run("check", site, copy, "--json")

    codes = [done.object["error"]["code"] for done in (refused, itself, other, lonely)]
    assert codes == ["annotate-exists", "annotate-input", "annotate-suffix", "annotate-missing"]
    assert {done.code for done in (refused, itself, other, lonely)} == {2}
    assert copy.read_bytes() == b"mine"

    forced = bench.run("check", site, copy, "--annotate", "--force", "--json", "--lang", "zh-CN")

    assert forced.code == 1
    assert str(finding(copy, 3)).startswith("B3 有误：")


def test_annotate_leaves_a_copy_alone_that_is_open(bench: Bench, site: Path) -> None:
    bench.run("check", site, "--annotate")
    copy = bench.folder / "site.annotated.xlsx"
    copy.with_name(f".~lock.{copy.name}#").write_text(",lee,pc,24.11.2026 09:00,file:///x;", "utf-8")

    assert bench.run("check", copy, "--annotate", "--json").object["error"]["code"] == "sheet-open"


def test_annotated_copy_runs_like_the_sheet_it_came_from(bench: Bench, site: Path) -> None:
    bench.run("check", site, "--annotate")
    done = bench.run("run", "site.annotated.xlsx", "--simulate", "--yes", "--json")

    assert done.object["counts"]["invalid"] == 1
    assert done.object["rows"] == 3
