"""A run that is given up, from outside: exit 6, few calls, and a status for every row all the same."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.acceptance.cli import Bench, Done, ended, results, sheet, simulator

SNS = [f"21023113374{n:09d}" for n in range(120)]


def fault(kind: str, **options: str | int) -> str:
    """A `[[fault]]` of a fault file."""
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in options.items()
    ]
    return "\n".join(["[[fault]]", f'kind = "{kind}"', *lines, ""])


def statuses(bench: Bench, done: Done) -> dict[str, int]:
    """The rows of results.xlsx by status; they are all there, and agree with what was printed."""
    rows = results(bench, done.object["job"])
    found = Counter(str(row["Result"]) for row in rows.values())
    assert found == {status: n for status, n in done.object["counts"].items() if n}
    assert all(row["Reason"] and row["Next step"] for row in rows.values())
    return dict(found)


@dataclass(frozen=True)
class Case:
    """What goes wrong, the code it is stopped with, the calls until then, and the rows they are left in."""

    faults: str
    code: str
    calls: int
    rows: dict[str, int]
    options: Sequence[str] = ()


FORBIDDEN = fault("status-before", status=403, code="")
ON_AND_OFF = "".join(fault("status-before", status=403, code="", sn=f"*{n}") for n in (1, 3, 5, 6, 8, 9))
CASES = {
    "too many failures": Case(
        fault("unknown-terminal"),
        "too-many-failures",
        4,
        {"failed": 4, "not_sent": 116},
        ("--max-failures", "3"),
    ),
    "too large a share, once there is a sample": Case(
        fault("unknown-terminal", sn="*[05]"),
        "too-many-failures",
        20,
        {"failed": 4, "succeeded": 16, "not_sent": 100},
        ("--max-failures", "19%"),
    ),
    "403 in a row": Case(FORBIDDEN, "forbidden", 5, {"failed": 5, "not_sent": 115}),
    "403 on and off": Case(ON_AND_OFF, "unsteady", 86, {"failed": 51, "succeeded": 35, "not_sent": 34}),
    "a token that is never good again": Case(
        fault("expire-tokens", after=7) + fault("status-before", on="auth", after=1, status=401),
        "auth-refused",
        8,
        {"succeeded": 7, "not_sent": 113},
    ),
    "answers lost in a row": Case(fault("reset-after"), "answers-lost", 20, {"unknown": 20, "not_sent": 100}),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_run_is_given_up_with_6_and_rows_not_reached_are_not_sent(bench: Bench, case: Case) -> None:
    with simulator(bench, case.faults) as service:
        site = sheet(bench.folder, SNS)
        done = bench.run("run", site, "--yes", "--json", "--concurrency", "1", *case.options)
        calls = len(service.log())
    assert (done.code, done.object["exit_code"], done.object["error"]["code"]) == (6, 6, case.code), done.err
    assert calls == case.calls
    assert statuses(bench, done) == case.rows


def test_share_below_what_is_allowed_is_no_reason_to_stop(bench: Bench) -> None:
    with simulator(bench, fault("unknown-terminal", sn="*5")):
        site = sheet(bench.folder, SNS)
        done = bench.run("run", site, "--yes", "--json", "--concurrency", "1", "--max-failures", "12%")
    assert done.code == 1, done.err
    assert statuses(bench, done) == {"failed": 12, "succeeded": 108}


def test_service_that_goes_away_in_mid_run_stops_it_and_a_rerun_finishes(bench: Bench) -> None:
    with simulator(bench, fault("slow", seconds=1)) as service:
        process = bench.start("run", sheet(bench.folder, SNS), "--yes", "--json", "--concurrency", "2")
        service.wait_for(lambda log: len(log) >= 4)
        service.process.send_signal(signal.SIGINT)
        service.process.wait()
        done = ended(process)
    assert (done.code, done.object["error"]["code"]) == (6, "unreachable"), done.err
    found = statuses(bench, done)
    assert found["not_sent"] >= 110
    assert set(found) <= {"succeeded", "unknown", "not_sent"}

    with simulator(bench) as service:
        again = bench.run("rerun", "--yes", "--json")
        assert len(service.log()) == found["not_sent"]
    assert statuses(bench, again).get("not_sent", 0) == 0
