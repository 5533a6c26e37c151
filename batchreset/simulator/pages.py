"""The simulator's own pages under `/_simulator/`: what it received and sent, and a few levers. JSON.

GET  log            every reset call received (`?since=N` leaves the first N out)
GET  outbox         every message with a code
GET  terminals      terminals with the calls that count against their quota
GET  summary        counts
GET  assumptions    what is assumed of the service, and how well each point is known
POST reset-tokens   throw every token away
POST clock          {"advance_s": 90000} sets the service's clock ahead
POST faults         a TOML text as for `--faults` puts other faults in force, an empty one clears them
POST activate       ["SN", …]: these terminals have been activated and are registered
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from aiohttp import web

from batchreset.errors import UsageError
from batchreset.simulator.scenario import parse_faults
from batchreset.simulator.state import Received
from batchreset.simulator.terminals import quota_used
from batchreset.text.catalogue import Text

if TYPE_CHECKING:
    from batchreset.simulator.server import Service

PREFIX: Final = "/_simulator/"


def respond(service: Service, method: str, path: str, query: str, body: bytes) -> web.Response:
    """The page asked for: 404 for one there is not, 400 for a lever that was given something wrong."""
    page = path.removeprefix(PREFIX)
    try:
        if method == "GET" and page in _READ:
            return web.json_response(_READ[page](service, query))
        if method == "POST" and page in _LEVERS:
            return web.json_response(_LEVERS[page](service, body))
    except UsageError as error:
        return web.json_response({"error": Text()(error.message)}, status=400)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        return web.json_response({"error": repr(error)}, status=400)
    pages = [f"GET {name}" for name in _READ] + [f"POST {name}" for name in _LEVERS]
    return web.json_response({"pages": pages}, status=404 if page else 200)


def log_json(entry: Received) -> dict[str, Any]:
    """One entry of the log; times in ISO 8601, UTC."""
    return {
        "at": entry.at.isoformat(),
        "sn": entry.sn,
        "request_id": entry.request_id,
        "processed": entry.processed_at is not None,
        "processed_at": entry.processed_at and entry.processed_at.isoformat(),
        "status": entry.status,
        "code": entry.code,
        "fault": entry.fault,
    }


def _log(service: Service, query: str) -> object:
    since = int(parse_qs(query).get("since", ["0"])[0])
    return [log_json(entry) for entry in service.state.log[max(0, since) :]]


def _outbox(service: Service, _query: str) -> object:
    now = service.now()
    return [
        {
            "sn": letter.sn,
            "channel": letter.channel,
            "to": letter.to,
            "code": letter.code,
            "at": letter.at.isoformat(),
            "expires_at": letter.expires_at.isoformat(),
            "alive": service.state.alive(letter, now),
        }
        for letter in service.state.outbox
    ]


def _terminals(service: Service, _query: str) -> object:
    now = service.now()
    return [
        {
            "sn": record.terminal.sn,
            "number": record.terminal.number,
            "type": record.terminal.type,
            "disabled": record.terminal.disabled,
            "activated": record.activated,
            "codes": record.codes,
            "quota_used": quota_used(record, now, service.assumptions),
        }
        for record in service.state.terminals
    ]


def _assumptions(service: Service, _query: str) -> object:
    text = Text()
    return [
        {
            "name": one.name,
            "value": one.value,
            "standing": one.standing.value,
            "source": one.source,
            "meaning": text(one.meaning),
        }
        for one in service.assumptions.describe()
    ]


def _reset_tokens(service: Service, _body: bytes) -> object:
    return {"dropped": service.state.tokens.expire_all()}


def _clock(service: Service, body: bytes) -> object:
    service.advance(timedelta(seconds=float(json.loads(body)["advance_s"])))
    return {"now": service.now().isoformat()}


def _faults(service: Service, body: bytes) -> object:
    service.set_faults(parse_faults(body.decode(), "faults"))
    return {"faults": len(service.plan.faults)}


def _activate(service: Service, body: bytes) -> object:
    records = [service.state.terminals.find(sn) for sn in json.loads(body)]
    for record in filter(None, records):
        record.activated = True
    return {"activated": len([record for record in records if record])}


_READ: Final[dict[str, Callable[[Service, str], object]]] = {
    "log": _log,
    "outbox": _outbox,
    "terminals": _terminals,
    "summary": lambda service, _query: service.state.summary(),
    "assumptions": _assumptions,
}
_LEVERS: Final[dict[str, Callable[[Service, bytes], object]]] = {
    "reset-tokens": _reset_tokens,
    "clock": _clock,
    "faults": _faults,
    "activate": _activate,
}
