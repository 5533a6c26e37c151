"""The pages a test drives a server by while its caller runs, under a prefix no client of the service uses.

- `GET log?since=N`: the calls after seq N; `GET counts`: how far things are; `GET clock`; `GET faults`
- `POST faults` with a list of faults: these, counted from here; `[]` clears them
- `POST clock` with `{"offset_s": S}`: so much ahead of the machine's time
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from tests.faultserver.faults import MistakeError, faults_from
from tests.faultserver.wire import Answer, Request

if TYPE_CHECKING:
    from tests.faultserver.server import FaultServer

PREFIX: Final = "/__fault__/"


def answer(server: FaultServer, request: Request) -> Answer:
    """The page asked for. A wrong request changes nothing and is answered with 400 and the reason."""
    page = _PAGES.get((request.method, request.path.removeprefix(PREFIX)))
    if page is None:
        return _page(404, {"error": f"there is no {request.method} {request.path}"})
    try:
        return _page(200, page(server, request))
    except ValueError as wrong:
        return _page(400, {"error": str(wrong)})


def _page(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value, ensure_ascii=False).encode())


def _log(server: FaultServer, request: Request) -> object:
    since = parse_qs(request.target.partition("?")[2]).get("since", ["0"])[0]
    return {"calls": [asdict(call) for call in server.calls[max(0, int(since)) :]]}


def _counts(server: FaultServer, _request: Request) -> object:
    return asdict(server.record.counts())


def _faults(server: FaultServer, _request: Request) -> object:
    return [fault.as_json() for fault in server.plan.faults]


def _set_faults(server: FaultServer, request: Request) -> object:
    server.set_faults(faults_from(json.loads(request.body)))
    return _faults(server, request)


def _clock(server: FaultServer, _request: Request) -> object:
    return {"offset_s": server.clock.offset_s, "now_s": server.clock.now_s()}


def _set_clock(server: FaultServer, request: Request) -> object:
    value: Any = json.loads(request.body)
    offset_s = value.get("offset_s") if isinstance(value, dict) else None
    if not isinstance(offset_s, int | float) or isinstance(offset_s, bool):
        raise MistakeError('the clock takes {"offset_s": seconds}')
    server.clock.offset_s = float(offset_s)
    return _clock(server, request)


_PAGES: Final[dict[tuple[str, str], Callable[[FaultServer, Request], object]]] = {
    ("GET", "log"): _log,
    ("GET", "counts"): _counts,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
}
