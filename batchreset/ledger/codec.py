"""Values to columns and back. Times are integer microseconds since 1970 UTC, exact both ways."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from batchreset.ledger.port import Run
from batchreset.model import Advice, Attempt, AttemptState, Job, Outcome, Status, Stop, sn_key
from batchreset.plan.quota import counts_from, not_before
from batchreset.text.messages import Message

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)

ATTEMPT_COLUMNS: Final = (
    "id, job, run, sn, contact, state, opened_at, counts_from, settled_at, advice, http_status, error_code,"
    " error_message, service_request_id, not_before"
)
JOB_COLUMNS: Final = (
    "id, created_at, input_path, input_sha256, sheet, output_dir, lang, simulated, endpoint, operator,"
    " columns"
)
RUN_COLUMNS: Final = "id, job, started_at, host, pid, version, source, again, ended_at, stop, counts"

Record = tuple[Any, ...]
"""One record of SQLite: its driver types no columns."""


def to_us(at: datetime) -> int:
    """An aware time as the ledger keeps it."""
    return (at - EPOCH) // _US


def from_us(at_us: int) -> datetime:
    """A kept time as an aware one."""
    return EPOCH + at_us * _US


def _maybe_us(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _maybe_at(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)


def attempt_from(record: Record) -> Attempt:
    """An attempt from a record of `ATTEMPT_COLUMNS`."""
    return Attempt(
        id=record[0],
        job=record[1],
        run=record[2],
        sn=record[3],
        contact=record[4],
        state=AttemptState(record[5]),
        opened_at=from_us(record[6]),
        counts_from=from_us(record[7]),
        settled_at=_maybe_at(record[8]),
        advice=Advice(record[9]),
        http_status=record[10],
        error_code=record[11],
        error_message=record[12],
        service_request_id=record[13],
        not_before=_maybe_at(record[14]),
    )


def open_record(attempt: Attempt) -> Record:
    """What is written of a new attempt."""
    return (
        attempt.id,
        attempt.job,
        attempt.run,
        attempt.sn,
        sn_key(attempt.sn),
        attempt.contact,
        attempt.state,
        to_us(attempt.opened_at),
        to_us(attempt.counts_from),
        attempt.advice,
    )


def settled_record(attempt: Attempt, outcome: Outcome, at: datetime) -> Record:
    """What is written of an attempt that came to its outcome."""
    return (
        attempt.id,
        outcome.state,
        to_us(at),
        to_us(counts_from(attempt, outcome, at)),
        outcome.advice,
        outcome.http_status,
        outcome.error_code,
        outcome.error_message,
        outcome.service_request_id,
        _maybe_us(not_before(outcome, at)),
    )


def job_record(job: Job) -> Record:
    """A record of `JOB_COLUMNS`."""
    return (
        job.id,
        to_us(job.created_at),
        _path_text(job.input_path),
        job.input_sha256,
        job.sheet,
        _path_text(job.output_dir),
        job.lang,
        int(job.simulated),
        job.endpoint,
        job.operator,
        json.dumps(job.columns),
    )


def run_record(run: Run) -> Record:
    """What is written of a run that begins: the first columns of `RUN_COLUMNS`."""
    return (
        run.id,
        run.job,
        to_us(run.started_at),
        run.host,
        run.pid,
        run.version,
        _path_text(run.source),
        int(run.again),
    )


def _path_text(path: Path) -> str:
    """A path as text that SQLite takes; a name that is no UTF-8 is kept readable, but not findable."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def job_from(record: Record) -> Job:
    """A job from a record of `JOB_COLUMNS`."""
    return Job(
        id=record[0],
        created_at=from_us(record[1]),
        input_path=Path(record[2]),
        input_sha256=record[3],
        sheet=record[4],
        output_dir=Path(record[5]),
        lang=record[6],
        simulated=bool(record[7]),
        endpoint=record[8],
        operator=record[9],
        columns=tuple((name, header) for name, header in json.loads(record[10])),
    )


def run_from(record: Record) -> Run:
    """A run from a record of `RUN_COLUMNS`."""
    return Run(
        id=record[0],
        job=record[1],
        started_at=from_us(record[2]),
        host=record[3],
        pid=record[4],
        version=record[5],
        source=Path(record[6]),
        again=bool(record[7]),
        ended_at=_maybe_at(record[8]),
        stop=None if record[9] is None else _stop_from(record[9]),
        counts=None if record[10] is None else _counts_from(record[10]),
    )


def _counts_from(text: str) -> dict[Status, int]:
    return {Status(name): rows for name, rows in json.loads(text).items()}


def stop_text(stop: Stop | None) -> str | None:
    """A stop as JSON: its sentences as catalogue entries, so that a report can be in any language."""
    if stop is None:
        return None
    return json.dumps(
        {
            "code": stop.code,
            "exit_code": stop.exit_code,
            "message": _sentence_record(stop.message),
            "hint": _sentence_record(stop.hint),
        }
    )


def _sentence_record(message: Message) -> dict[str, Any]:
    params = {
        name: _sentence_record(value) if isinstance(value, Message) else str(value)
        for name, value in message.params
    }
    return {"msgid": message.msgid, "params": params}


def _stop_from(text: str) -> Stop:
    kept = json.loads(text)
    return Stop(
        kept["code"], kept["exit_code"], _sentence_from(kept["message"]), _sentence_from(kept["hint"])
    )


def _sentence_from(kept: dict[str, Any]) -> Message:
    params = tuple(
        (name, _sentence_from(value) if isinstance(value, dict) else value)
        for name, value in kept["params"].items()
    )
    return Message(kept["msgid"], params)
