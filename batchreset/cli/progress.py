"""How far a run is: a live bar on a terminal, nothing but beginning and end in a log."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from batchreset.cli.output import Output, console
from batchreset.dispatch.ports import Event, Paced, Paused, RowEnded, Stopping
from batchreset.model import AttemptState
from batchreset.text import Message, msg

_OUTCOMES: Final[dict[AttemptState, Message]] = {
    AttemptState.SUCCEEDED: msg("succeeded"),
    AttemptState.REFUSED: msg("failed"),
    AttemptState.UNKNOWN: msg("unknown"),
    AttemptState.UNPROCESSED: msg("not_sent"),
}


class Progress:
    """Rows done, the rate seen, counts and the time left, on stderr. Use as a context manager."""

    def __init__(self, output: Output, rows: int) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        self._text: Final = output.text
        self._say: Final = output.say
        self._counts: Final[Counter[AttemptState]] = Counter()
        self._began_s: Final = time.monotonic()
        self._told_pace = float("inf")
        self._console: Final = console(stderr=True)
        self._live: Final = self._console.is_terminal and rows > 0
        self._bar: Final = Bar(
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}/s"),
            TextColumn("{task.fields[pace]}"),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
            disable=not self._live,
        )
        self._task: Final = self._bar.add_task("", total=rows, rate="-", pace="", counts="")

    def __enter__(self) -> Self:
        with suppress(OSError, ValueError):
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, ValueError, SystemExit):
            self._bar.stop()

    def observe(self, event: Event) -> None:
        """A dispatch observer. A terminal that has gone is no reason to end a run."""
        with suppress(OSError, ValueError, SystemExit):  # SystemExit: rich's answer to a reader that went
            self._observe(event)

    def _observe(self, event: Event) -> None:
        match event:
            case RowEnded(_, outcome):
                if outcome is not None:
                    self._counts[outcome.state] += 1
                self._advance()
            case Paused(seconds, status):
                self._note(
                    msg(
                        "The service asks for a pause of {seconds} s (HTTP {status}).",
                        seconds=f"{seconds:g}",
                        status=status or "-",
                    )
                )
            case Paced(per_second):
                self._pace(per_second)
            case Stopping(None):
                pass
            case Stopping(stop) if stop is not None:
                self._note(msg("Stopping, waiting for calls in flight. Ctrl-C stops at once."))
            case _:
                pass

    def _advance(self) -> None:
        if not self._live:
            return
        ended = self._counts.total()
        seconds = time.monotonic() - self._began_s
        counts = "  ".join(f"{self._text(_OUTCOMES[state])} {rows}" for state, rows in self._counts.items())
        self._bar.update(
            self._task, advance=1, rate=f"{ended / seconds:.1f}" if seconds > 0 else "-", counts=counts
        )

    def _pace(self, per_second: float) -> None:
        """The pace in force where it is not the one asked for; a log gets the cuts only."""
        shown = self._text(msg("at most {rate}/s", rate=f"{per_second:.3g}"))
        self._bar.update(self._task, pace=shown)
        if not self._live and per_second < self._told_pace:
            self._say(
                msg(
                    "The service is busier than our pace: at most {rate} calls a second from now on.",
                    rate=f"{per_second:.3g}",
                )
            )
        self._told_pace = per_second

    def _note(self, message: Message) -> None:
        if self._live:
            self._bar.console.print(self._text(message))
        else:
            self._say(message)
