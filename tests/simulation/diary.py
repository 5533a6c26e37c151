"""What happened in a seed, line by line, and what was found wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from tests.invariants import told
from tests.invariants.values import DAY_S, Violation

_LINES_MAX: Final = 60
_TERMINAL: Final = re.compile(r"\b2102310\w+", re.IGNORECASE)


class Diary:
    """One seed's. `time_s` is the virtual time; `counts` how often what happened."""

    def __init__(self, seed: int) -> None:
        self.seed: Final = seed
        self.days = 0.0
        self.lines: Final[list[str]] = []
        self.violations: Final[list[Violation]] = []
        self.counts: Final[Counter[str]] = Counter()
        self.time_s: Callable[[], float] = lambda: 0.0

    def note(self, text: str) -> None:
        """Write a line."""
        days, seconds = divmod(self.time_s(), DAY_S)
        hours, seconds = divmod(seconds, 3600)
        minutes, seconds = divmod(seconds, 60)
        self.lines.append(f"day {days:2.0f} {hours:02.0f}:{minutes:02.0f}:{seconds:06.3f} {text}")

    def violated(self, violation: Violation) -> None:
        """Write down what does not hold."""
        self.note(f"VIOLATION {violation}")
        self.violations.append(violation)

    def explained(self, *, whole: bool = False) -> str:
        """What was found, with what happened to the terminals it is about, and how to see it again."""
        lines = self.lines if whole else self._about_violations()
        if not whole and len(lines) > _LINES_MAX:
            lines = [f"… {len(lines) - _LINES_MAX} lines before", *lines[-_LINES_MAX:]]
        again = f"seed {self.seed}: python -m tests.simulation --seed {self.seed}"
        return "\n".join([*lines, told(self.violations), again])

    def _about_violations(self) -> list[str]:
        """The lines about the terminals in question, and of the processes that touched them."""
        sns = {violation.sn for violation in self.violations if violation.sn}
        if not sns:
            return self.lines
        own = [line for line in self.lines if sns & _terminals_in(line)]
        processes = {process for line in own for process in _processes_in(line)}
        return [
            line
            for line in self.lines
            if sns & (named := _terminals_in(line))
            or "VIOLATION" in line
            or (not named and processes & _processes_in(line))
        ]


def _terminals_in(line: str) -> set[str]:
    return {sn.casefold() for sn in _TERMINAL.findall(line)}


def _processes_in(line: str) -> set[str]:
    return set(re.findall(r"\bp\d+\b", line))
