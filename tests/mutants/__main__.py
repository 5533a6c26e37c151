"""Break a copy of the code in each of the ways, run its checks, and print the table for the README.

python -m tests.mutants            all of them
python -m tests.mutants 3 7        some of them, by number
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.mutants.breaks import MUTANTS, Change, Mutant

ROOT: Final = Path(__file__).resolve().parents[2]
_NOT_COPIED: Final = shutil.ignore_patterns(".*", "output", "__pycache__")
_LIMIT_S: Final = 900


@dataclass(frozen=True, slots=True)
class Seen:
    """What the checks said of one program: how many tests failed and passed, and the first that failed."""

    failed: int
    passed: int
    first: str


def copy_of_the_tree(folder: Path) -> Path:
    """A copy that can be broken; the installed package is not the one that is tested there."""
    copy = folder / "copy"
    shutil.copytree(ROOT, copy, ignore=_NOT_COPIED)
    where = _python(copy, "-c", "import batchreset; print(batchreset.__file__)").stdout.strip()
    if Path(where).parent != copy / "batchreset":
        raise SystemExit(f"the copy would test {where}")
    return copy


def broken(text: str, change: Change) -> str:
    """The text with one change made.

    Raises:
        ValueError: what is to be changed does not stand there exactly once.
    """
    if text.count(change.old) != 1:
        raise ValueError(f"{change.file} holds {text.count(change.old)} times: {change.old!r}")
    return text.replace(change.old, change.new)


def check(copy: Path, checks: Sequence[str]) -> Seen:
    """Run test files in a copy."""
    done = _python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *checks)
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (failed|passed|error)", done.stdout)}
    failures = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    first = failures[0].rpartition("/")[2] if failures else ""
    return Seen(counts.get("failed", 0) + counts.get("error", 0), counts.get("passed", 0), first)


def _python(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )


def try_out(mutant: Mutant) -> Seen:
    """Break a fresh copy and run the mutant's checks on it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = copy_of_the_tree(Path(folder))
        for change in mutant.changes:
            file = copy / "batchreset" / change.file
            file.write_text(broken(file.read_text("utf-8"), change), "utf-8")
        return check(copy, mutant.checks)


def main(numbers: Sequence[int]) -> int:
    """Try them out; 0 when each was noticed and the unbroken program passes all the same checks."""
    chosen = [(n, m) for n, m in enumerate(MUTANTS, start=1) if not numbers or n in numbers]
    every = sorted({one for _, mutant in chosen for one in mutant.checks})
    with tempfile.TemporaryDirectory() as folder:
        whole = check(copy_of_the_tree(Path(folder)), every)
    print(
        f"unbroken, {datetime.now(UTC):%Y-%m-%d}: {whole.passed} passed, {whole.failed} failed {whole.first}\n"
    )
    print("| broken on purpose | tests that fail | the first |\n|---|---|---|", flush=True)
    survived = 0
    for number, mutant in chosen:
        began = time.monotonic()
        seen = try_out(mutant)
        survived += not seen.failed
        caught = f"{seen.failed} of {seen.failed + seen.passed}" if seen.failed else "**none**"
        print(f"| {mutant.name} | {caught} | `{seen.first}` |", flush=True)
        print(f"  no. {number}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 1 if survived or whole.failed or not whole.passed else 0


if __name__ == "__main__":
    sys.exit(main([int(argument) for argument in sys.argv[1:]]))
