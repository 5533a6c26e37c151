"""A mended `todo.xlsx` given to `rerun`, from outside: who gets the code, and what the files then say."""

from __future__ import annotations

import os
import pty
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.acceptance.cli import Bench, ended, heard_until, results, sheet, simulator, until

SNS = [f"21023113374{n:09d}" for n in range(6)]
REFUSES = '[[fault]]\nkind = "unknown-terminal"\nsn = "*[135]"\n'
"""Rows 3, 5 and 7 of the sheet are refused."""


def edited(path: Path, change: Callable[[Worksheet], object], to: Path | None = None) -> Path:
    """A workbook with a change in its first sheet, saved as `to` (None: where it was)."""
    book = load_workbook(path)
    change(book.worksheets[0])
    book.save(to or path)
    return to or path


def row_of(page: Worksheet, sn: str) -> int:
    return next(row for row in range(2, page.max_row + 1) if page.cell(row, 2).value == sn)


def refused_job(bench: Bench) -> tuple[str, Path]:
    job = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json").object["job"]
    return job, bench.job_folder(job) / "todo.xlsx"


def test_mended_list_sorted_shortened_renamed_and_moved_sends_to_the_mended_contact(bench: Bench) -> None:
    with simulator(bench, REFUSES) as service:
        job, todo = refused_job(bench)
        service.post("faults", "")

        def change(page: Worksheet) -> None:
            page.title = "mended"
            page.delete_rows(row_of(page, SNS[5]))
            page.cell(row_of(page, SNS[1]), 4, "new1@example.com")
            values = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
            for row, line in enumerate(reversed(values), 2):
                for column, value in enumerate(line, 1):
                    page.cell(row, column, value)

        moved = edited(todo, change, bench.folder / "from a mail.xlsx")
        before = len(service.log())
        done = bench.run("rerun", moved, "--yes", "--json")
        assert (done.code, done.object["job"], done.object["rows"]) == (1, job, 6), done.err
        # row 5 and row 7 are as the job says: refused, and not changed since
        assert [call["sn"] for call in service.log()[before:]] == [SNS[1]]
        rows = results(bench, job)
        assert rows[SNS[1]]["E-mail"] == "new1@example.com"
        assert {sn: rows[sn]["Result"] for sn in SNS} == {
            **dict.fromkeys(SNS, "succeeded"), SNS[3]: "failed", SNS[5]: "failed",
        }  # fmt: skip

        calls = len(service.log())
        for command in (["rerun", str(moved), "--yes"], ["rerun", job, "--yes"], ["report", job]):
            again = bench.run(*command, "--json")
            assert (again.code, again.object["counts"]["succeeded"]) == (1, 4), again.err
        assert len(service.log()) == calls, "twice sends nothing"
        assert results(bench, job)[SNS[1]]["E-mail"] == "new1@example.com"
        assert len(list(bench.job_folder(job).glob("mended-*.xlsx"))) == 1


def test_killed_run_of_a_mended_list_is_finished_to_the_mended_contacts_by_a_bare_rerun(
    bench: Bench,
) -> None:
    with simulator(bench, REFUSES) as service:
        job, todo = refused_job(bench)
        service.post("faults", '[[fault]]\nkind = "slow"\nseconds = 0.5\n')

        def change(page: Worksheet) -> None:
            for sn in (SNS[1], SNS[3], SNS[5]):
                page.cell(row_of(page, sn), 4, f"{sn[-1]}@new.example.com")

        edited(todo, change)
        before = len(service.log())
        process = bench.start("rerun", todo, "--yes", "--concurrency", "1")
        until(lambda: len(service.log()) > before)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        service.post("faults", "")
        done = bench.run("rerun", "--yes", "--json", "--retry-unknown")
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 6), done.err
        assert {results(bench, job)[sn]["E-mail"] for sn in (SNS[1], SNS[3], SNS[5])} == {
            "1@new.example.com",
            "3@new.example.com",
            "5@new.example.com",
        }


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_ambiguous_row_is_told_and_nothing_is_sent_or_kept(bench: Bench, lang: str) -> None:
    with simulator(bench, REFUSES) as service:
        job, todo = refused_job(bench)
        service.post("faults", "")

        def change(page: Worksheet) -> None:
            page.cell(row_of(page, SNS[1]), 4, "new1@example.com")
            page.append(["R9", "21023113374999999999", "", "stranger@example.com"])

        edited(todo, change)
        calls = len(service.log())
        done = bench.run("rerun", todo, "--yes", "--json", "--lang", lang)
        assert (done.code, done.object["error"]["code"]) == (3, "todo-ambiguous"), done.err
        assert "21023113374999999999" in done.object["error"]["message"]
        assert len(service.log()) == calls
        assert not list(bench.job_folder(job).glob("mended-*"))


def test_mended_list_that_is_not_confirmed_leaves_nothing_behind(bench: Bench) -> None:
    with simulator(bench, REFUSES):
        job, todo = refused_job(bench)
        edited(todo, lambda page: page.cell(row_of(page, SNS[1]), 4, "new1@example.com"))
        assert bench.run("rerun", todo).code == 4
        assert not list(bench.job_folder(job).glob("mended-*"))
        assert results(bench, job)[SNS[1]]["E-mail"] == "user2@example.com"


def test_mends_of_a_run_whose_files_went_through_a_link_are_kept_for_the_next(bench: Bench) -> None:
    (bench.folder / "disk").mkdir()
    (bench.folder / "link").symlink_to(bench.folder / "disk")
    with simulator(bench, REFUSES) as service:
        job, todo = refused_job(bench)
        service.post("faults", "")

        def change(page: Worksheet) -> None:
            for sn in (SNS[1], SNS[3]):
                page.cell(row_of(page, sn), 4, "new@example.com")

        done = bench.run(
            "rerun", edited(todo, change), "--yes", "--json", "--output", "link", "--only-first", "1"
        )
        assert done.object["counts"]["succeeded"] == 4, done.err
        assert list((bench.folder / "disk" / job).glob("mended-*"))
        assert bench.run("rerun", job, "--yes", "--json").object["counts"]["succeeded"] == 5


def test_mended_list_that_another_operator_refuses_meanwhile_sends_nothing_on_the_old_contacts(
    bench: Bench,
) -> None:
    with simulator(bench, REFUSES) as service:
        _, todo = refused_job(bench)
        service.post("faults", "")
        edited(todo, lambda page: page.cell(row_of(page, SNS[1]), 4, "new1@example.com"))
        before = len(service.log())
        parent, child = pty.openpty()
        first = bench.start("rerun", todo, "--json", stdin=child)
        os.close(child)
        heard_until(first, "Type the number")
        assert bench.run("rerun", todo).code == 4, "nobody to ask"
        os.write(parent, b"1\n")
        done = ended(first)
        os.close(parent)
        assert len(service.log()) == before
    assert (done.code, done.object["error"]["code"]) == (3, "sheet-missing"), done.err


def test_mended_list_is_still_a_sheet_of_its_own_for_run(bench: Bench) -> None:
    with simulator(bench, REFUSES) as service:
        job, todo = refused_job(bench)
        service.post("faults", "")
        edited(todo, lambda page: page.cell(row_of(page, SNS[1]), 4, "new1@example.com"))
        done = bench.run("run", todo, "--yes", "--json")
        assert done.object["job"] != job
        assert (done.code, done.object["counts"]["succeeded"], done.object["rows"]) == (0, 3, 3), done.err


def test_run_of_a_mended_list_that_is_interrupted_can_be_given_again(bench: Bench) -> None:
    with simulator(bench, REFUSES) as service:
        _, todo = refused_job(bench)
        service.post("faults", '[[fault]]\nkind = "slow"\nseconds = 0.5\n')

        def change(page: Worksheet) -> None:
            for sn in (SNS[1], SNS[3], SNS[5]):
                page.cell(row_of(page, sn), 4, f"{sn[-1]}@new.example.com")

        moved = edited(todo, change, bench.folder / "kept.xlsx")
        before = len(service.log())
        process = bench.start("rerun", moved, "--yes", "--concurrency", "1")
        until(lambda: len(service.log()) > before)
        process.send_signal(signal.SIGINT)
        assert ended(process).code == 130
        service.post("faults", "")
        done = bench.run("rerun", moved, "--yes", "--json")
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 6), done.err
        assert len(service.log()) == before + 3
