"""`--canary` and `--wave-by` from outside: who gets a code when, and who is asked."""

from __future__ import annotations

import os
import pty
import signal
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.acceptance.cli import Bench, Done, contact, ended, heard_until, sheet, simulator

SNS = [f"21023113374{n:09d}" for n in range(6)]


def by_site(folder: Path) -> Path:
    """Six terminals of three sites, the second one's rows apart."""
    book = Workbook()
    page = book.worksheets[0]
    page.append(["Site", "SN", "Mobile", "E-mail"])
    for number, (site, sn) in enumerate(zip(["B", "B", "A", "C", "A", "C"], SNS, strict=True), 1):
        page.append([site, sn, *contact(number)])
    book.save(folder / "sites.xlsx")
    return folder / "sites.xlsx"


def at_terminal(bench: Bench, typed: str, *args: str | Path) -> Done:
    parent, child = pty.openpty()
    os.write(parent, typed.encode())
    done = ended(bench.start(*args, stdin=child))
    os.close(parent)
    os.close(child)
    return done


def test_canary_without_a_terminal_stops_with_4_and_names_the_command_for_the_rest(
    bench: Bench,
) -> None:
    with simulator(bench) as service:
        done = bench.run("run", sheet(bench.folder, SNS), "--yes", "--json", "--canary", "2")
        assert (done.code, done.object["exit_code"]) == (4, 4), done.err
        job = done.object["job"]
        assert done.object["error"]["code"] == "part-done"
        assert f"batchreset rerun {job}" in done.object["error"]["hint"]
        assert "Canary    2 rows at first, then a question before the rest" in done.err
        assert "Stopped early" not in done.err, "it did what it was told, and says once how to go on"
        assert (done.object["counts"]["succeeded"], done.object["counts"]["not_sent"]) == (2, 4)
        assert sorted(call["sn"] for call in service.log()) == SNS[:2]
        assert bench.run("rerun", job, "--yes").code == 0
        assert sorted(call["sn"] for call in service.log()) == SNS


@pytest.mark.parametrize(("typed", "code", "calls"), [("yes\n", 0, 6), ("no\n", 4, 2), ("\n", 4, 2)])
def test_canary_at_a_terminal_asks_before_the_rest_even_with_yes(
    bench: Bench, typed: str, code: int, calls: int
) -> None:
    with simulator(bench) as service:
        done = at_terminal(bench, typed, "run", sheet(bench.folder, SNS), "--yes", "--canary", "2")
        assert done.code == code, done.err
        assert "Send the next 4 resets?" in done.err
        assert len(service.log()) == calls


def test_canary_that_is_the_whole_job_asks_nothing(bench: Bench) -> None:
    with simulator(bench):
        assert bench.run("run", sheet(bench.folder, SNS), "--yes", "--canary", "6").code == 0


def test_canary_that_the_service_refuses_ends_with_6_and_asks_nothing(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "redirect"\n') as service:
        done = at_terminal(bench, "yes\n", "run", sheet(bench.folder, SNS), "--yes", "--canary", "1")
        assert done.code == 6
        assert "Send the next" not in done.err
        assert len({call["sn"] for call in service.log()}) == 1


def test_waves_with_a_pause_go_site_by_site_in_the_sheets_order(bench: Bench) -> None:
    with simulator(bench) as service:
        done = bench.run(
            "run", by_site(bench.folder), "--yes", "--json", "--wave-by", "site", "--wave-pause", "0"
        )
        assert (done.code, done.object["counts"]["succeeded"]) == (0, 6), done.err
        order = [SNS.index(str(call["sn"])) for call in service.log()]
        assert [set(order[0:2]), set(order[2:4]), set(order[4:6])] == [{0, 1}, {2, 4}, {3, 5}]


def test_waves_without_a_terminal_stop_with_4_and_the_named_command_sends_the_next(bench: Bench) -> None:
    with simulator(bench) as service:
        done = bench.run("run", by_site(bench.folder), "--yes", "--json", "--wave-by", "Site")
        assert done.code == 4, done.err
        job = done.object["job"]
        assert f'rerun {job} --wave-by "Site"' in done.object["error"]["hint"]
        assert len(service.log()) == 2
        assert bench.run("rerun", job, "--yes", "--wave-by", "Site").code == 4
        assert bench.run("rerun", job, "--yes", "--wave-by", "Site").code == 0
        assert len(service.log()) == 6


def test_waves_at_a_terminal_ask_between_sites(bench: Bench) -> None:
    with simulator(bench) as service:
        done = at_terminal(bench, "yes\nno\n", "run", by_site(bench.folder), "--yes", "--wave-by", "A")
        assert done.code == 4, done.err
        assert "Waves     3 by A, " in done.err
        assert "Send A, 2 resets?" in done.err
        assert "Send C, 2 resets?" in done.err
        assert len(service.log()) == 4


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--wave-by", "Floor"), "wave-column"),
        (("--wave-pause", "1"), "wave-options"),
        (("--canary", "1", "--wave-by", "Site"), "wave-options"),
        (("--canary", "1", "--only-first", "1"), "wave-options"),
    ],
)
def test_options_that_make_no_sense_end_with_2_and_no_call(
    bench: Bench, options: tuple[str, ...], code: str
) -> None:
    with simulator(bench) as service:
        done = bench.run("run", by_site(bench.folder), "--yes", "--json", *options)
        assert (done.code, done.object["error"]["code"]) == (2, code), done.err
        assert service.log() == []


def test_interrupt_at_the_question_tells_what_was_sent_and_ends_with_130(bench: Bench) -> None:
    with simulator(bench):
        parent, child = pty.openpty()
        process = bench.start(
            "run", sheet(bench.folder, SNS), "--yes", "--json", "--canary", "2", stdin=child
        )
        os.close(child)
        heard_until(process, "Type yes: ")
        process.send_signal(signal.SIGINT)
        done = ended(process)
        os.close(parent)
    assert (done.code, done.object["exit_code"]) == (130, 130), done.err
    assert done.object["counts"]["succeeded"] == 2
    assert done.object["error"]["code"] == "interrupted"
    assert f"batchreset rerun {done.object['job']}" in done.object["error"]["hint"]


def test_sheet_that_goes_between_two_parts_is_told_with_what_was_sent(bench: Bench) -> None:
    with simulator(bench, '[[fault]]\nkind = "slow"\nseconds = 0.3\n') as service:
        site = sheet(bench.folder, SNS)
        process = bench.start(
            "run", site, "--yes", "--json", "--wave-by", "Room", "--wave-pause", "0", "--output", "kept"
        )
        service.wait_for(lambda log: len(log) > 0)
        site.write_bytes(b"gone")
        done = ended(process)
        sent = {str(call["sn"]) for call in service.log()}
    assert done.code == 3, done.err
    assert done.object["counts"]["succeeded"] == len(sent)
    assert done.object["error"]["code"]
    assert done.object["job"]


def test_part_that_is_refused_counts_all_rows_that_are_left(bench: Bench) -> None:
    with simulator(bench):
        done = bench.run("run", by_site(bench.folder), "--yes", "--json", "--wave-by", "Site")
    assert "4 rows that may be sent are not" in done.object["error"]["message"]
