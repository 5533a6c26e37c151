"""`python -m tests.simulation`: one seed with all that happened in it, or many and what they came to.

    --seed N              one seed: its diary, and what was found wrong
    --seeds N [--first M] N seeds from M on (0), in as many processes as there are processors
Exit code 1 where anything was found wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from tests.simulation.run import simulate

MONTH_DAYS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a seed came to; `told` is "" where nothing was wrong."""

    seed: int
    days: float
    counts: Counter[str]
    told: str


def found_in(seed: int) -> Found:
    diary = simulate(seed)
    return Found(seed, diary.days, diary.counts, diary.explained() if diary.violations else "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="show this one")
    parser.add_argument("--seeds", type=int, default=100, help="run so many")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at a time")
    asked = parser.parse_args()
    if asked.seed is not None:
        diary = simulate(asked.seed)
        print(diary.explained(whole=True))
        return 1 if diary.violations else 0
    return run_many(range(asked.first, asked.first + asked.seeds), asked.jobs)


def run_many(seeds: range, jobs: int) -> int:
    """Run them and print what they came to; the exit code."""
    began = time.perf_counter()
    counts: Counter[str] = Counter()
    failed: list[int] = []
    days = 0.0
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(found_in, seeds, chunksize=4):
            counts += found.counts
            days += found.days
            if found.told:
                failed.append(found.seed)
                print(found.told, flush=True)
    took = time.perf_counter() - began
    for name, count in sorted(counts.items()):
        print(f"  {name:<28} {count:>9,}")
    months = days / MONTH_DAYS
    print(
        f"{len(seeds)} seeds, {months:,.0f} virtual months in {took:.0f} s with {jobs} processes:"
        f" {len(seeds) / took:.2f} seeds/s, {months / took:.1f} months/s; failed: {failed or 'none'}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
