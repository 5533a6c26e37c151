"""What only the operator can say of a sheet: hidden rows, the header's row, who may be written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.acceptance.cli import Bench, ServedSimulator, sheet, simulator

SNS = ["2102310QPD10F3001263", "2102113374P0F4000046", "2102310QPD10F3001264"]


@pytest.fixture
def service(bench: Bench) -> Iterator[ServedSimulator]:
    with simulator(bench) as served:
        yield served


@pytest.fixture
def site(bench: Bench) -> Path:
    """Three terminals, the second in a hidden row."""
    path = sheet(bench.folder, SNS)
    book = load_workbook(path)
    book.worksheets[0].row_dimensions[3].hidden = True
    book.save(path)
    return path


def sent(service: ServedSimulator) -> int:
    return sum(bool(call["sn"]) for call in service.log())


def test_hidden_row_stops_a_run_with_4_and_check_and_plan_show_it(
    bench: Bench, service: ServedSimulator, site: Path
) -> None:
    checked, planned = bench.run("check", site, "--json"), bench.run("plan", site)
    run = bench.run("run", site, "--yes", "--json")

    assert (checked.code, checked.object["hidden"], checked.object["skipped"]) == (0, [3], [])
    assert planned.code == 0
    assert "(3 by hand): a run needs --hidden-rows" in planned.err
    assert (run.code, run.object["error"]["code"]) == (4, "hidden-rows")
    assert service.log() == []


@pytest.mark.parametrize(("choice", "rows"), [("include", 3), ("skip", 2)])
def test_hidden_rows_are_sent_or_left_as_the_operator_says_and_a_rerun_remembers(
    bench: Bench, service: ServedSimulator, site: Path, choice: str, rows: int
) -> None:
    first = bench.run("run", site, "--yes", "--json", "--hidden-rows", choice, "--only-first", "1")
    again = bench.run("rerun", first.object["job"], "--yes", "--json")

    assert first.object["rows"] == again.object["rows"] == rows
    assert again.code == 0
    assert again.object["counts"]["succeeded"] == sent(service) == rows


def test_rerun_of_all_leaves_a_job_whose_rows_were_hidden_since(
    bench: Bench, service: ServedSimulator
) -> None:
    path = sheet(bench.folder, SNS)
    bench.run("run", path, "--yes", "--only-first", "1")
    book = load_workbook(path)
    book.worksheets[0].row_dimensions[3].hidden = True
    book.save(path)

    again = bench.run("rerun", "--yes")

    assert again.code == 4
    assert "--hidden-rows" in again.err
    assert sent(service) == 1


def test_header_row_settles_which_of_two_it_is(bench: Bench, service: ServedSimulator) -> None:
    path = bench.folder / "site.csv"
    path.write_text(f"SN,Mobile\n\nSN,Mobile\n{SNS[0]},13800138000\n", encoding="gb18030")

    assert bench.run("check", path).code == 3
    done = bench.run("run", path, "--yes", "--json", "--header-row", "3")

    assert (done.code, done.object["rows"]) == (0, 1)


def test_allow_lists_come_from_flags_environment_and_file(
    bench: Bench, service: ServedSimulator, site: Path
) -> None:
    by_flag = bench.run("check", site, "--json", "--allow-domain", "a.com", "--allow-domain", "b.com")
    bench.env["BATCHRESET_ALLOW_DOMAINS"] = "example.com, b.com"
    bench.env["BATCHRESET_ALLOW_COUNTRIES"] = "UK,usa"
    by_environment = bench.run("check", site, "--json")
    del bench.env["BATCHRESET_ALLOW_DOMAINS"], bench.env["BATCHRESET_ALLOW_COUNTRIES"]
    (bench.folder / "batchreset.toml").write_text('allow_domains = ["a.com"]\nallow_countries = "CN"\n')
    by_file = bench.run("check", site, "--json")

    kinds = [
        {finding["kind"] for finding in done.object["findings"]}
        for done in (by_flag, by_environment, by_file)
    ]
    assert kinds == [{"email-not-allowed"}, {"mobile-not-allowed"}, {"email-not-allowed"}]


@pytest.mark.parametrize(
    "option",
    [
        ("--hidden-rows", "maybe"),
        ("--header-row", "0"),
        ("--allow-domain", "li@example.com"),
        ("--allow-country", "Atlantis"),
    ],
)
def test_option_that_makes_no_sense_is_wrong_usage(
    bench: Bench, service: ServedSimulator, site: Path, option: tuple[str, str]
) -> None:
    done = bench.run("check", site, *option)

    assert done.code == 2
    assert option[0] in done.err or option[1] in done.err


def test_allow_list_of_a_run_is_kept_by_its_rerun(bench: Bench, service: ServedSimulator) -> None:
    path = sheet(bench.folder, SNS)
    first = bench.run("run", path, "--yes", "--json", "--allow-domain", "corp.example", "--only-first", "1")
    assert (first.code, first.object["error"]["code"]) == (3, "no-usable-row")

    book = load_workbook(path)
    book.worksheets[0]["D2"] = "li@corp.example"
    book.save(path)
    first = bench.run("run", path, "--yes", "--json", "--allow-domain", "corp.example")
    again = bench.run("rerun", first.object["job"], "--yes", "--json")

    assert first.object["counts"]["invalid"] == again.object["counts"]["invalid"] == 2
    assert sent(service) == 1


def test_sheet_that_is_open_elsewhere_is_read_as_saved_and_that_is_told(
    bench: Bench, service: ServedSimulator, site: Path
) -> None:
    site.with_name(f".~lock.{site.name}#").write_text(",lee,pc,24.11.2026 09:00,file:///x;", "utf-8")

    done = bench.run("check", site)

    assert done.code == 0
    assert "by lee: what is not saved yet is not read" in done.err
