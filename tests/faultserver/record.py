"""The witness's log: what was received, what came of it, and what was said, each before the next begins.

One JSON object a line, three lines a call:

- `received`, before anything else happens: the call, and the fault it is going to meet
- `decided`, before the first byte of an answer, or the silence: was it processed, does it count, when
- `ended`: the status that was said (null: none), and whether all of an answer was handed to the network

`started` opens the log of each server that writes to a file. Every line is handed to the system as it
is written, so a reader sees it at once and a killed server leaves it behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from tests.faultserver.faults import Endpoint, Fault
from tests.faultserver.wire import Request, parsed

_CONTACTS: Final = ("smsNumber", "emailAddr")


@dataclass(slots=True)
class Call:
    """One request as the server saw it.

    Times end in `_at_s`, by the service's own clock (seconds since 1970, UTC), and `_monotonic_s`, by
    the machine's steady clock, the same for all its processes. `number` counts the calls of one
    endpoint, `seq` all of them. `token` is what the caller sent, `names` its header names with repeats.
    In `body` contacts are replaced by `hashed`.
    """

    seq: int
    endpoint: str
    number: int
    connection: int
    received_at_s: float
    received_monotonic_s: float
    method: str
    target: str
    sn: str = ""
    request_id: str = ""
    token: str = ""
    names: tuple[str, ...] = ()
    body: Any = None
    injected: dict[str, Any] | None = None
    """The fault it met (`Fault.as_json`), if one."""
    intent_seen: bool | None = None
    """Whether the caller's ledger held its intent as it came; None where nobody looked."""

    decided: bool = False
    processed: bool = False
    """The service carried it out: issued a code, or for a login a token."""
    counted: bool = False
    """It counts against the terminal's quota."""
    decided_at_s: float | None = None
    """When: a call that was processed was processed at this instant."""
    decided_monotonic_s: float | None = None

    ended: bool = False
    status: int | None = None
    complete: bool = False
    client_gone: bool = False
    """The caller broke off before the answer."""
    ended_monotonic_s: float | None = None

    @property
    def fault(self) -> str:
        """The kind of fault it met, "" for none."""
        return "" if self.injected is None else str(self.injected["kind"])


_RECEIVED: Final = tuple(one.name for one in fields(Call))[
    : [one.name for one in fields(Call)].index("decided")
]


@dataclass(slots=True)
class Counts:
    """How far things are, cheap to ask for."""

    received: dict[str, int] = field(default_factory=dict)
    """By endpoint."""
    processed: int = 0
    """Resets carried out."""
    open: int = 0
    """Resets received and not ended."""
    connections: int = 0


def hashed(value: str) -> str:
    """What stands in the log for a contact."""
    return "sha256:" + hashlib.sha256(value.encode()).hexdigest()[:16]


def without_contact(body: bytes) -> Any:
    """The body as the log holds it: JSON with the contacts hashed, else only how long it was."""
    if not body:
        return None
    value = parsed(body)
    if value is None:
        return {"unread_bytes": len(body)}
    if isinstance(value, dict):
        return {name: hashed(str(part)) if name in _CONTACTS else part for name, part in value.items()}
    return value


class Record:
    """The log of one server, kept in memory and, with a path, written to that file."""

    def __init__(self, path: Path | None = None) -> None:
        self.calls: Final[list[Call]] = []
        self._numbers: Final[Counter[str]] = Counter()
        self._processed = 0
        self._open = 0
        self._connections = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = None if path is None else os.open(path, flags, 0o644)
        self._write({"event": "started", "pid": os.getpid()})

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def connected(self, injected: Fault | None) -> int:
        """A client has connected; the number of its connection, from 1."""
        self._connections += 1
        if injected is not None:
            line = {"event": "connected", "connection": self._connections, "injected": injected.as_json()}
            self._write(line)
        return self._connections

    def received(
        self,
        endpoint: Endpoint,
        sn: str,
        request: Request,
        fault: Fault | None,
        *,
        connection: int,
        at_s: float,
        intent_seen: bool | None = None,
    ) -> Call:
        """A whole request is here. To be called before anything is done about it."""
        self._numbers[endpoint] += 1
        headers: Mapping[str, str] = request.headers
        call = Call(
            seq=len(self.calls) + 1,
            endpoint=endpoint.value,
            number=self._numbers[endpoint],
            connection=connection,
            received_at_s=at_s,
            received_monotonic_s=time.monotonic(),
            method=request.method,
            target=request.target,
            sn=sn,
            request_id=headers.get("x-request-id", ""),
            token=headers.get("x-access-token", ""),
            names=request.names,
            body=without_contact(request.body),
            injected=None if fault is None else fault.as_json(),
            intent_seen=intent_seen,
        )
        self.calls.append(call)
        self._open += endpoint is Endpoint.RESET
        self._write({"event": "received", **{name: getattr(call, name) for name in _RECEIVED}})
        return call

    def decided(self, call: Call, *, processed: bool, counted: bool, at_s: float) -> None:
        """What the service has done with it. To be called before the caller can learn of it."""
        call.decided, call.processed, call.counted = True, processed, counted
        call.decided_at_s, call.decided_monotonic_s = at_s, time.monotonic()
        self._processed += processed and call.endpoint == Endpoint.RESET
        self._note(call, "decided", "processed", "counted", "decided_at_s", "decided_monotonic_s")

    def ended(self, call: Call, *, status: int | None, complete: bool, client_gone: bool) -> None:
        """Nothing more will be said to it."""
        call.ended, call.status, call.complete, call.client_gone = True, status, complete, client_gone
        call.ended_monotonic_s = time.monotonic()
        self._open -= call.endpoint == Endpoint.RESET
        self._note(call, "ended", "status", "complete", "client_gone", "ended_monotonic_s")

    def counts(self) -> Counts:
        return Counts(dict(self._numbers), self._processed, self._open, self._connections)

    def _note(self, call: Call, event: str, *names: str) -> None:
        self._write({"event": event, "seq": call.seq, **{name: getattr(call, name) for name in names}})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            os.write(self._file, json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def from_json(value: Mapping[str, Any]) -> Call:
    """A call of the control page, or of a `received` line."""
    return Call(**{**value, "names": tuple(value["names"])})


class LogReader:
    """Reads a log file while it grows; what was read before is not read again."""

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._offset = 0
        self._started = 0
        self._calls: Final[list[Call]] = []

    def read(self) -> list[Call]:
        """All calls so far, in the order they were received; those of a restarted server come after."""
        with self._path.open("rb") as file:
            file.seek(self._offset)
            text, _, _ = file.read().rpartition(b"\n")
        self._offset += len(text) + 1 if text else 0
        for line in text.splitlines():
            self._take(json.loads(line))
        return list(self._calls)

    def _take(self, line: dict[str, Any]) -> None:
        event = line.pop("event")
        if event == "started":
            self._started = len(self._calls)
        elif event == "received":
            self._calls.append(from_json(line))
        elif event != "connected":
            call = self._calls[self._started + line.pop("seq") - 1]
            setattr(call, event, True)
            for name, value in line.items():
                setattr(call, name, value)


def read_log(path: Path) -> list[Call]:
    """All calls in a log file."""
    return LogReader(path).read()
