"""A hundred thousand terminals in one job, by the whole program: what goes well is never called unknown."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

from tests.acceptance.cli import Bench, Done, faulty, sheet
from tests.acceptance.witnesses import judge

ROWS: Final = 100_000
LIMIT_S: Final = 3600.0


def watched(process: subprocess.Popen[str]) -> tuple[Done, int]:
    """How a long command ended, and the most memory it held (MB; 0 where that can't be seen)."""
    status, most_kb = Path(f"/proc/{process.pid}/status"), 0
    deadline = time.monotonic() + LIMIT_S
    while process.poll() is None and time.monotonic() < deadline:
        lines = status.read_text().splitlines() if status.exists() else []
        most_kb = max([most_kb, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.2)
    out, err = process.communicate(timeout=60)
    return Done(process.returncode, out, err), most_kb // 1024


@pytest.mark.slow
def test_100000_clean_calls_leave_none_unknown(bench: Bench, pytestconfig: pytest.Config) -> None:
    site = sheet(bench.folder, [f"2102310QPD18K{n:07d}" for n in range(ROWS)])
    with faulty(bench) as service:
        began = time.monotonic()
        done, most_mb = watched(bench.start("run", site, "--yes", "--json", "--concurrency", "32"))
        took_s = time.monotonic() - began
        assert done.code == 0, done.err
        assert {status: n for status, n in done.object["counts"].items() if n} == {"succeeded": ROWS}
        evidence = judge(bench, service)
    times = [call.steady_s for call in evidence.calls if call.steady_s is not None]
    sending_s = max(times) - min(times)
    pytestconfig.get_terminal_writer().line(
        f"\n{len(evidence.calls)} calls in {sending_s:.0f} s, the whole run {took_s:.0f} s and {most_mb} MB"
    )
    assert {attempt.state for attempt in evidence.ledger.attempts} == {"succeeded"}
    assert len(evidence.calls) == ROWS
