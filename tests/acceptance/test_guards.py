"""Surprising plans, from outside: refused with 4 and no call, whatever is confirmed, until they are named."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.acceptance.cli import ROOT, Bench, Done, ended, sheet, simulator

SNS = [f"21023113374{n:09d}" for n in range(80)]
SLOW = '[[fault]]\nkind = "slow"\nseconds = 0.3\n'


def written(folder: Path, rows: Iterable[tuple[str | int, str]], name: str = "site.xlsx") -> Path:
    """A workbook of SNs and e-mail addresses."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "Terminals"
    page.append(["SN", "E-mail"])
    for found in rows:
        page.append(found)
    path = folder / name
    book.save(path)
    return path


def grown(bench: Bench, *how: str) -> Path:
    """A sheet of which three rows were run, and that has 63 by now."""
    assert bench.run("run", sheet(bench.folder, SNS[:3]), "--yes", *how).code == 0
    return sheet(bench.folder, SNS[:63])


def half_invalid(bench: Bench, *how: str) -> Path:
    """Ten rows whose SN is a number, and two that can be used."""
    rows: list[tuple[str | int, str]] = [(10**14 + n, f"u{n}@example.com") for n in range(10)]
    return written(bench.folder, [*rows, (SNS[0], "a@example.com"), (SNS[1], "b@example.com")])


def shared(bench: Bench, *how: str) -> Path:
    """51 terminals of one address."""
    return written(bench.folder, [(sn, "desk@example.com") for sn in SNS[:51]])


def side_by_side(bench: Bench, *how: str) -> Path:
    """Two terminals, and to the right of an empty column a list of people."""
    book = Workbook()
    page = book.worksheets[0]
    page.append(["SN", "Room", None, "Name", "E-mail"])
    for n in range(2):
        page.append([SNS[n], f"R{n}", None, f"Name {n}", f"u{n}@example.com"])
    book.save(bench.folder / "side.xlsx")
    return bench.folder / "side.xlsx"


@dataclass(frozen=True)
class Case:
    """A sheet that surprises; `make` takes options for what must be run before.

    `to_send` are the rows sent once its `kind` is accepted; the refusal says `english` or `chinese`.
    """

    kind: str
    make: Callable[..., Path]
    to_send: int
    english: tuple[str, ...]
    chinese: tuple[str, ...]


CASES = [
    pytest.param(case, id=case.kind)
    for case in (
        Case(
            "more-rows", grown, 60, ("60 rows are to be sent", "only 3 rows"), ("将发送 60 行", "只有 3 行")
        ),
        Case("invalid-rows", half_invalid, 2, ("10 of the sheet's 12 rows",), ("12 行中有 10 行",)),
        Case(
            "one-contact",
            shared,
            51,
            ("more than 50 terminals", "d***@example.com (51)"),
            ("超过 50 台", "d***@example.com (51)"),
        ),
        Case(
            "two-lists", side_by_side, 2, ("column A", "column E", "side by side"), ("A 列", "E 列", "并排")
        ),
    )
]


@pytest.mark.parametrize("case", CASES)
def test_surprising_plan_is_refused_with_4_and_no_call_until_it_is_named(bench: Bench, case: Case) -> None:
    with simulator(bench) as service:
        path = case.make(bench)
        calls, jobs = len(service.log()), len(known(bench))

        for lang, words in (("en-US", case.english), ("zh-CN", case.chinese)):
            done = bench.run("run", path, "--yes", "--json", "--lang", lang)
            assert (done.code, done.object["exit_code"]) == (4, 4), done.err
            error = done.object["error"]
            assert set(done.object) == {"error", "exit_code"}
            assert error["code"] == f"guard-{case.kind}"
            assert all(word in error["message"] for word in words), error["message"]
            assert f"--accept {case.kind}" in error["hint"]
        assert len(service.log()) == calls
        assert len(known(bench)) == jobs

        done = bench.run("run", path, "--yes", "--json", "--accept", case.kind)
        assert done.object["counts"]["not_sent"] == 0, done.err
        assert len(service.log()) == calls + case.to_send


@pytest.mark.parametrize("case", CASES)
def test_surprising_plan_is_refused_in_rehearsals_too(bench: Bench, case: Case) -> None:
    done = bench.run("run", case.make(bench, "--simulate"), "--simulate", "--yes", "--json")
    assert (done.code, done.object["error"]["code"]) == (4, f"guard-{case.kind}"), done.err


def known(bench: Bench) -> list[dict[str, object]]:
    jobs = bench.run("jobs", "--json").object["jobs"]
    assert isinstance(jobs, list)
    return jobs


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_plan_shows_every_surprise_and_ends_with_0(bench: Bench, lang: str) -> None:
    rows: list[tuple[str | int, str]] = [(10**14 + n, "desk@example.com") for n in range(60)]
    path = written(bench.folder, [*rows, *((sn, "desk@example.com") for sn in SNS[:55])])
    done = bench.run("plan", path, "--simulate", "--json", "--lang", lang)
    assert done.code == 0, done.err
    found = done.object["surprises"]
    assert [set(surprise) for surprise in found] == [{"kind", "message", "hint"}] * 2
    assert [surprise["kind"] for surprise in found] == ["invalid-rows", "one-contact"]
    for surprise in found:
        assert f"--accept {surprise['kind']}" in surprise["hint"]
        assert surprise["message"] in done.err
    assert "desk@" not in done.out + done.err
    assert (
        bench.run("plan", ROOT / "samples" / "site-hangzhou.xlsx", "--simulate", "--json").object["surprises"]
        == []
    )


def test_all_surprises_are_told_at_once_and_each_needs_its_own_word(bench: Bench) -> None:
    rows: list[tuple[str | int, str]] = [(10**14 + n, "desk@example.com") for n in range(60)]
    path = written(bench.folder, [*rows, *((sn, "desk@example.com") for sn in SNS[:55])])

    def tried(*args: str) -> Done:
        return bench.run("run", path, "--simulate", "--yes", "--json", *args)

    none = tried().object["error"]
    assert none["code"] == "guard-invalid-rows"
    assert "60 of the sheet's 115 rows" in none["message"]
    assert "(55)" in none["message"]
    one = tried("--accept", "invalid-rows").object["error"]
    assert one["code"] == "guard-one-contact"
    assert "115" not in one["message"]
    both = tried("--accept", "invalid-rows", "--accept", "one-contact")
    assert both.object["counts"]["succeeded"] == 55, both.err


def test_number_typed_at_a_terminal_does_not_let_a_surprise_pass(bench: Bench) -> None:
    with simulator(bench) as service:
        path = shared(bench)
        parent, child = pty.openpty()
        process = bench.start("run", path, stdin=child)
        os.write(parent, b"51\n")
        done = ended(process)
        os.close(parent)
        os.close(child)
        assert done.code == 4
        assert "--accept one-contact" in done.err
        assert "Type the number" not in done.err
        assert service.log() == []


def test_unknown_kind_ends_with_2_and_names_the_kinds(bench: Bench) -> None:
    for command in ("run", "rerun"):
        done = bench.run(command, shared(bench), "--simulate", "--yes", "--json", "--accept", "everything")
        assert (done.code, done.object["error"]["code"]) == (2, "accept-option"), done.err
        assert "more-rows, invalid-rows, one-contact, two-lists" in done.object["error"]["hint"]
        assert "more-rows, invalid-rows, one-contact, two-lists" in " ".join(
            bench.run(command, "--help").out.split()
        )


def test_terminals_a_contact_may_have_are_a_setting(bench: Bench) -> None:
    path = written(bench.folder, [(sn, "desk@example.com") for sn in SNS[:4]])
    bench.env["BATCHRESET_MAX_PER_CONTACT"] = "3"
    assert bench.run("run", path, "--simulate", "--yes").code == 4
    bench.env["BATCHRESET_MAX_PER_CONTACT"] = "4"
    assert bench.run("run", path, "--simulate", "--yes").code == 0
    bench.env["BATCHRESET_MAX_PER_CONTACT"] = "0"
    assert bench.run("run", path, "--simulate", "--yes").code == 2


# what is left of a job


def test_rerun_leaves_a_guarded_job_alone_and_goes_on_with_the_others(bench: Bench) -> None:
    with simulator(bench) as service:
        bench.env["BATCHRESET_MAX_PER_CONTACT"] = "5"
        crowded = written(bench.folder, [(sn, "desk@example.com") for sn in SNS[:20]], "crowded.xlsx")
        first = bench.run("run", crowded, "--yes", "--json", "--only-first", "2").object["job"]
        other = bench.run(
            "run", sheet(bench.folder, SNS[20:30]), "--yes", "--json", "--only-first", "2"
        ).object["job"]

        done = bench.run("rerun", "--yes", "--json")
        assert (done.code, done.object["exit_code"]) == (4, 4), done.err
        assert (done.object["job"], done.object["counts"]["succeeded"]) == (other, 10)
        assert done.object["error"]["code"] == "guard-one-contact"
        assert f"Job {first} is left alone" in done.err
        assert "--accept one-contact" in done.err
        assert len(service.log()) == 12

        alone = bench.run("rerun", "--yes", "--json")
        assert (alone.code, alone.object["job"]) == (4, None)
        assert alone.object["error"]["code"] == "guard-one-contact"
        assert "Nothing is due" not in alone.err
        one = bench.run("rerun", first, "--yes", "--json")
        assert (one.code, one.object["error"]["code"]) == (4, "guard-one-contact")
        assert len(service.log()) == 12

        done = bench.run("rerun", first, "--yes", "--json", "--accept", "one-contact")
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 20), done.err


def test_what_was_accepted_for_a_job_holds_for_its_reruns(bench: Bench) -> None:
    with simulator(bench, SLOW) as service:
        bench.env["BATCHRESET_MAX_PER_CONTACT"] = "5"
        path = written(bench.folder, [(sn, "desk@example.com") for sn in SNS[:20]])
        process = bench.start("run", path, "--yes", "--accept", "one-contact", "--concurrency", "2")
        service.wait_for(lambda log: len(log) >= 2)
        process.kill()
        process.communicate()
        service.post("faults", "")

        first = bench.run("rerun", "--yes", "--json", "--only-first", "2")
        assert first.code == 1, first.err
        done = bench.run("rerun", "--yes", "--json")
        assert done.object["counts"]["not_sent"] == 0, done.err
        assert "error" not in done.object
        assert len(service.log()) == 20
        new = bench.run("run", path, "--yes", "--again", "--json")
        assert new.code == 4, "another job is asked again"


def test_sheet_that_grows_between_two_runs_of_a_job_is_a_surprise(bench: Bench) -> None:
    with simulator(bench) as service:
        job = bench.run("run", sheet(bench.folder, SNS[:4]), "--yes", "--json", "--only-first", "2").object[
            "job"
        ]
        sheet(bench.folder, SNS[:70])
        done = bench.run("rerun", "--yes", "--json")
        assert (done.code, done.object["error"]["code"]) == (4, "guard-more-rows"), done.err
        assert len(service.log()) == 2
        assert bench.run("rerun", job, "--yes", "--accept", "more-rows").code == 0
        assert len(service.log()) == 70


def test_todo_list_may_hold_mostly_rows_that_are_still_invalid(bench: Bench) -> None:
    rows: list[tuple[str | int, str]] = [(10**14 + n, f"u{n}@example.com") for n in range(15)]
    path = written(bench.folder, [*rows, *((sn, f"{sn}@example.com") for sn in SNS[:20])])
    job = bench.run("run", path, "--simulate", "--yes", "--json").object["job"]
    todo = bench.job_folder(job) / "todo.xlsx"
    book = load_workbook(todo)
    book.worksheets[0]["A2"] = SNS[70]
    book.save(todo)
    done = bench.run("run", todo, "--simulate", "--yes", "--json")
    assert (done.code, done.object["counts"]["succeeded"], done.object["counts"]["invalid"]) == (1, 1, 14)


def test_samples_that_are_as_they_should_be_and_the_demo_surprise_nobody(bench: Bench) -> None:
    for name in ("site-hangzhou.xlsx", "site-shenzhen-zh.xlsx"):
        done = bench.run("run", ROOT / "samples" / name, "--simulate", "--yes", "--json")
        assert done.code == 0, done.err
    assert bench.run("demo", "--json", "--rate", "200").code == 1
