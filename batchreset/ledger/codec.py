"""Values to columns and back. Times are integer microseconds since 1970 UTC, exact both ways."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from batchreset.ledger.port import Resolved, Run
from batchreset.ledger.sql import Record
from batchreset.model import Advice, Attempt, AttemptState, Job, Outcome, Resolution, Status, Stop, sn_key
from batchreset.plan.quota import counts_from, not_before
from batchreset.text.messages import Count, Message

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_US: Final = timedelta(microseconds=1)

# Of each kind of record its columns; a last one, `seal`, follows them in every table.
ATTEMPT_COLUMNS: Final = (
    "seq, id, job, run, sn, sn_key, contact, state, opened_at, counts_from, settled_at, advice, http_status,"
    " error_code, error_message, service_request_id, not_before, resolved"
)
JOB_COLUMNS: Final = (
    "seq, id, created_at, input_path, input_sha256, sheet, output_dir, lang, simulated, endpoint, operator,"
    " columns"
)
RUN_COLUMNS: Final = (
    "seq, id, job, started_at, host, pid, version, source, again, retry_unknown, operator, accepted,"
    " ended_at, stop, counts"
)
RESOLUTION_COLUMNS: Final = "seq, attempt, resolution, at, operator, reason"
FORGETTING_COLUMNS: Final = "seq, at, cutoff, operator, jobs, attempts, records"
RESTORING_COLUMNS: Final = "seq, at, operator, reason"


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


def attempt_from(record: Sequence[Any]) -> Attempt:
    """An attempt from a record of `ATTEMPT_COLUMNS`."""
    return Attempt(
        seq=record[0],
        id=record[1],
        job=record[2],
        run=record[3],
        sn=record[4],
        contact=record[6],
        state=AttemptState(record[7]),
        opened_at=from_us(record[8]),
        counts_from=from_us(record[9]),
        settled_at=_maybe_at(record[10]),
        advice=Advice(record[11]),
        http_status=record[12],
        error_code=record[13],
        error_message=record[14],
        service_request_id=record[15],
        not_before=_maybe_at(record[16]),
        resolved=None if record[17] is None else Resolution(record[17]),
    )


def attempt_record(attempt: Attempt) -> Record:
    """A record of `ATTEMPT_COLUMNS`."""
    return (
        attempt.seq,
        attempt.id,
        attempt.job,
        attempt.run,
        attempt.sn,
        sn_key(attempt.sn),
        attempt.contact,
        attempt.state,
        to_us(attempt.opened_at),
        to_us(attempt.counts_from),
        _maybe_us(attempt.settled_at),
        attempt.advice,
        attempt.http_status,
        attempt.error_code,
        attempt.error_message,
        attempt.service_request_id,
        _maybe_us(attempt.not_before),
        attempt.resolved,
    )


def settled(attempt: Attempt, outcome: Outcome, at: datetime) -> Attempt:
    """The attempt after it came to its outcome at `at`."""
    return replace(
        attempt,
        state=outcome.state,
        counts_from=counts_from(attempt, outcome, at),
        settled_at=at,
        advice=outcome.advice,
        http_status=outcome.http_status,
        error_code=outcome.error_code,
        error_message=outcome.error_message,
        service_request_id=outcome.service_request_id,
        not_before=not_before(outcome, at),
    )


def job_record(job: Job, seq: int) -> Record:
    """A record of `JOB_COLUMNS`."""
    return (
        seq,
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


def run_record(run: Run, seq: int) -> Record:
    """A record of `RUN_COLUMNS` of a run that begins."""
    return (
        seq,
        run.id,
        run.job,
        to_us(run.started_at),
        run.host,
        run.pid,
        run.version,
        _path_text(run.source),
        int(run.again),
        int(run.retry_unknown),
        run.operator,
        json.dumps(run.accepted),
        None,
        None,
        None,
    )


def ending_record(at: datetime, stop: Stop | None, counts: dict[Status, int]) -> Record:
    """The last columns of `RUN_COLUMNS`, which a run that begins leaves empty."""
    return (to_us(at), _stop_text(stop), json.dumps(counts))


def _path_text(path: Path) -> str:
    """A path as text that SQLite takes; a name that is no UTF-8 is kept readable, but not findable."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def job_from(record: Sequence[Any]) -> Job:
    """A job from a record of `JOB_COLUMNS`."""
    return Job(
        id=record[1],
        created_at=from_us(record[2]),
        input_path=Path(record[3]),
        input_sha256=record[4],
        sheet=record[5],
        output_dir=Path(record[6]),
        lang=record[7],
        simulated=bool(record[8]),
        endpoint=record[9],
        operator=record[10],
        columns=tuple((name, header) for name, header in json.loads(record[11])),
    )


def run_from(record: Sequence[Any]) -> Run:
    """A run from a record of `RUN_COLUMNS`."""
    return Run(
        id=record[1],
        job=record[2],
        started_at=from_us(record[3]),
        host=record[4],
        pid=record[5],
        version=record[6],
        source=Path(record[7]),
        again=bool(record[8]),
        retry_unknown=bool(record[9]),
        operator=record[10],
        accepted=tuple(json.loads(record[11])),
        ended_at=_maybe_at(record[12]),
        stop=None if record[13] is None else _stop_from(record[13]),
        counts=None if record[14] is None else _counts_from(record[14]),
    )


def resolved_from(record: Sequence[Any]) -> Resolved:
    """What a person said, from a record of `RESOLUTION_COLUMNS`."""
    return Resolved(
        attempt=record[1],
        resolution=Resolution(record[2]),
        at=from_us(record[3]),
        operator=record[4],
        reason=record[5],
    )


def resolved_record(resolved: Resolved, seq: int) -> Record:
    """A record of `RESOLUTION_COLUMNS`."""
    return (
        seq,
        resolved.attempt,
        resolved.resolution,
        to_us(resolved.at),
        resolved.operator,
        resolved.reason,
    )


def _counts_from(text: str) -> dict[Status, int]:
    return {Status(name): rows for name, rows in json.loads(text).items()}


def _stop_text(stop: Stop | None) -> str | None:
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
    params = {name: _value_record(value) for name, value in message.params}
    plural = {"plural": message.plural} if message.plural else {}
    return {"msgid": message.msgid, **plural, "params": params}


def _value_record(value: object) -> dict[str, Any] | list[Any] | int | str:
    """What is shown in a language's own way keeps its kind; all else is kept as text."""
    if isinstance(value, Message):
        return _sentence_record(value)
    if isinstance(value, tuple):
        return [_value_record(one) for one in value]
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    return int(value) if isinstance(value, Count) else str(value)


def _stop_from(text: str) -> Stop:
    kept = json.loads(text)
    return Stop(
        kept["code"], kept["exit_code"], _sentence_from(kept["message"]), _sentence_from(kept["hint"])
    )


def _sentence_from(kept: dict[str, Any]) -> Message:
    params = tuple((name, _value_from(value)) for name, value in kept["params"].items())
    return Message(kept["msgid"], params, kept.get("plural", ""))


def _value_from(kept: dict[str, Any] | list[Any] | int | str) -> object:
    if isinstance(kept, dict):
        if "at" in kept:
            return datetime.fromisoformat(kept["at"])
        return timedelta(seconds=kept["seconds"]) if "seconds" in kept else _sentence_from(kept)
    if isinstance(kept, list):
        return tuple(map(_value_from, kept))
    return Count(kept) if isinstance(kept, int) else kept
