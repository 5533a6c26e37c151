"""Damaged workbooks: each is read (and annotated) or refused as damaged; no traceback, no hang, no gigabytes.

A hundred copies belong to the ordinary set; the long run is `pytest -m slow tests/edge/test_sheet_fuzz.py`.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

pytest.importorskip("resource", reason="Windows tells no peak of memory this way")

PATIENCE_S = 120.0
"""Without a line from the worker, which itself ends at a copy that takes 20 s of the processor."""
MOST_BYTES = 1 << 30


def lines(stream: IO[str]) -> Iterator[str]:
    """The stream's lines as they come."""
    come: queue.Queue[str] = queue.Queue()

    def listen() -> None:
        for line in stream:
            come.put(line)
        come.put("")

    threading.Thread(target=listen, daemon=True).start()
    while line := come.get(timeout=PATIENCE_S):
        yield line


def verdicts(folder: Path, first: int, count: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.edge.fuzz_worker", str(folder), str(first), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        try:
            return [json.loads(line) for line in lines(worker.stdout)]
        finally:
            worker.kill()


def check(found: list[dict[str, Any]], count: int) -> Counter[str]:
    """All copies were judged, within bounds; how often each judgement came."""
    odd = [one for one in found if " " in one["said"]]
    assert not odd, odd[0]["copy"] + "\n" + odd[0]["said"]
    assert len(found) == count
    assert max(one["peak_bytes"] for one in found) < MOST_BYTES
    return Counter(one["said"] for one in found)


def test_damaged_copies_when_a_hundred_are_loaded_then_each_has_a_verdict(tmp_path: Path) -> None:
    said = check(verdicts(tmp_path, 0, 100), 100)

    assert said["sheet-damaged"] > 10
    assert said["table"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 4000, 500))
def test_damaged_copies_when_thousands_are_loaded_then_each_has_a_verdict(tmp_path: Path, first: int) -> None:
    check(verdicts(tmp_path, first, 500), 500)
