"""`run.log`: what happened, line by line, without secrets and without contacts.

Lines are added, never rewritten: every run of a job appends to the same file. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from batchreset.dispatch.ports import Answered, Event, Paced, Paused, RowEnded, Stopping
from batchreset.ledger.port import Run
from batchreset.report.columns import REHEARSAL
from batchreset.reported import JobReport
from batchreset.text import Text

_ENGLISH: Final = Text("en-US")


class RunLog:
    """Writes one run's lines. Use as a context manager; `observe` is a dispatch observer."""

    def __init__(self, path: Path, run: Run, now: Callable[[], datetime], *, rehearsal: bool = False) -> None:
        self._rehearsal: Final = rehearsal
        self._path: Final = path
        self._run: Final = run
        self._now: Final = now

    def __enter__(self) -> Self:
        self._file: IO[str] = self._path.open("a", encoding="utf-8", buffering=1)
        run = self._run
        self._line(
            f"run {run.id} of job {run.job} begins: batchreset {run.version}, pid {run.pid} on {run.host}"
        )
        if self._rehearsal:
            self._line(_ENGLISH(REHEARSAL))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # a full disk costs lines of the log, never the run
            if kind is not None:
                self._line(f"run broke off: {kind.__name__}")
        with suppress(OSError):  # closed it is all the same, but for what could not be written
            self._file.close()

    def observe(self, event: Event) -> None:
        """One line for each thing that happened."""
        match event:
            case Answered(row, attempt, outcome):
                said = " ".join(str(part) for part in (outcome.error_code, outcome.error_message) if part)
                self._line(
                    f"row {row.number} sn={attempt.sn} attempt={attempt.id} {outcome.state}"
                    f" http={outcome.http_status or '-'} service-id={outcome.service_request_id or '-'}"
                    f" {said}"
                )
            case RowEnded(row, None, verdict):
                self._line(f"row {row.number} sn={row.sn} not sent: {verdict.reason if verdict else '-'}")
            case RowEnded():
                pass
            case Paused(seconds, status):
                self._line(f"all workers hold for {seconds:g} s after HTTP {status}")
            case Paced(per_second):
                self._line(f"the pace is now {per_second:.2f} calls a second")
            case Stopping(stop):
                self._line(f"stopping: {_ENGLISH(stop.message)}" if stop else "stopping")

    def finished(self, report: JobReport) -> None:
        """The counts at the end."""
        counts = " ".join(f"{status}={rows}" for status, rows in report.counts.items())
        self._line(f"run ends: {counts}, {report.attempts} attempts of this job so far")

    def _line(self, text: str) -> None:
        self._file.write(f"{self._now().isoformat(timespec='milliseconds')} {text}\n")
