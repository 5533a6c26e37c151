"""The simulator's own pages under `/_simulator/`: what it received and sent, and a few levers.

A browser gets HTML (`views`), everyone else JSON.

GET  log            every reset call received (`?since=N` leaves the first N out)
GET  outbox         every message with a code, and what has become of the code
GET  terminals      terminals with the calls that count against their quota
GET  summary        counts
GET  faults         the faults in force, and how often each has struck
GET  assumptions    what is assumed of the service, and how well each point is known
POST reset-tokens   throw every token away
POST clock          {"advance_s": 90000} sets the service's clock ahead
POST faults         a TOML text as for `--faults` puts other faults in force, an empty one clears them
POST activate       ["SN", …]: these terminals have been activated and are registered
`?sn=SN` shows only one terminal's part of log, outbox and terminals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from batchreset.errors import UsageError
from batchreset.simulator import views
from batchreset.simulator.scenario import parse_faults
from batchreset.simulator.state import Fate, Received
from batchreset.simulator.terminals import quota_used
from batchreset.text.catalogue import Text

if TYPE_CHECKING:
    from batchreset.simulator.server import Service

PREFIX: Final = "/_simulator/"
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a page; the header mapping ignores case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def page(self) -> str:
        return self.path.removeprefix(PREFIX)

    @property
    def by_browser(self) -> bool:
        return "text/html" in self.headers.get("Accept", "")

    @property
    def text(self) -> Text:
        chinese = self.headers.get("Accept-Language", "").lower().startswith("zh")
        return Text("zh-CN" if chinese else "en-US")

    def wants(self, service: Service, sn: str) -> bool:
        """Whether a terminal is the one asked for, or none is."""
        wanted = self.query.get("sn", "")
        key = service.state.terminals.key
        return not wanted or key(wanted) == key(sn)


def respond(service: Service, asked: Asked) -> web.Response:
    """The page asked for: 404 for one there is not, 400 for a lever that was given something wrong."""
    try:
        if asked.method == "GET" and asked.page in _READ:
            return _shown(service, asked, _READ[asked.page](service, asked))
        if asked.method == "POST" and asked.page in _LEVERS:
            return web.json_response(_LEVERS[asked.page](service, asked.body))
    except UsageError as error:
        return web.json_response({"error": asked.text(error.message)}, status=400)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        return web.json_response({"error": repr(error)}, status=400)
    if asked.by_browser and not asked.page:
        return _shown(service, asked, [])
    pages = [f"GET {name}" for name in _READ] + [f"POST {name}" for name in _LEVERS]
    return web.json_response({"pages": pages}, status=404 if asked.page else 200)


def _shown(service: Service, asked: Asked, data: list[Item] | Item) -> web.Response:
    if not asked.by_browser:
        return web.json_response(data)
    view = views.View(
        page=asked.page,
        items=data if isinstance(data, list) else [],
        summary=service.state.summary(),
        assumed=[one for one in service.assumptions.describe() if not one.default],
        faults=len(service.plan.faults),
        now=service.now(),
    )
    return web.Response(text=views.render(view, asked.text), content_type="text/html", headers=views.HEADERS)


def log_json(entry: Received) -> Item:
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


def _log(service: Service, asked: Asked) -> list[Item]:
    since = max(0, int(asked.query.get("since", "0")))
    return [log_json(entry) for entry in service.state.log[since:] if asked.wants(service, entry.sn)]


def _outbox(service: Service, asked: Asked) -> list[Item]:
    now = service.now()
    letters = [letter for letter in service.state.outbox if asked.wants(service, letter.sn)]
    fates = [service.state.fate(letter, now) for letter in letters]
    return [
        {
            "sn": letter.sn,
            "channel": letter.channel,
            "to": letter.to,
            "code": letter.code,
            "at": letter.at.isoformat(),
            "expires_at": letter.expires_at.isoformat(),
            "alive": fate is Fate.ALIVE,
            "fate": fate,
        }
        for letter, fate in zip(letters, fates, strict=True)
    ]


def _terminals(service: Service, asked: Asked) -> list[Item]:
    now = service.now()
    return [
        {
            "sn": record.terminal.sn,
            "name": record.terminal.name,
            "number": record.terminal.number,
            "type": record.terminal.type,
            "model": record.terminal.model,
            "disabled": record.terminal.disabled,
            "phone": record.terminal.phone,
            "country": record.terminal.country,
            "email": record.terminal.email,
            "activated": record.activated,
            "codes": record.codes,
            "quota_used": quota_used(record, now, service.assumptions),
        }
        for record in service.state.terminals
        if asked.wants(service, record.terminal.sn)
    ]


def _faults(service: Service, asked: Asked) -> list[Item]:
    plan = service.plan
    return [
        {
            "struck": struck,
            "meaning": asked.text(fault.what.meaning),
            **{name: value for name, value in asdict(fault).items() if value is not None},
        }
        for fault, struck in zip(plan.faults, plan.struck(), strict=True)
    ]


def _assumptions(service: Service, asked: Asked) -> list[Item]:
    return [
        {
            "name": one.name,
            "value": one.value,
            "default": one.default,
            "standing": one.standing.value,
            "source": one.source,
            "meaning": asked.text(one.meaning),
        }
        for one in service.assumptions.describe()
    ]


def _reset_tokens(service: Service, _body: bytes) -> Item:
    return {"dropped": service.state.tokens.expire_all()}


def _set_clock(service: Service, body: bytes) -> Item:
    service.advance(timedelta(seconds=float(json.loads(body)["advance_s"])))
    return {"now": service.now().isoformat()}


def _set_faults(service: Service, body: bytes) -> Item:
    service.set_faults(parse_faults(body.decode(), "faults"))
    return {"faults": len(service.plan.faults)}


def _activate(service: Service, body: bytes) -> Item:
    return {"activated": sum(service.state.activate(sn) for sn in json.loads(body))}


_READ: Final[dict[str, Callable[[Service, Asked], list[Item] | Item]]] = {
    "log": _log,
    "outbox": _outbox,
    "terminals": _terminals,
    "summary": lambda service, _asked: service.state.summary(),
    "faults": _faults,
    "assumptions": _assumptions,
}
_LEVERS: Final[dict[str, Callable[[Service, bytes], Item]]] = {
    "reset-tokens": _reset_tokens,
    "clock": _set_clock,
    "faults": _set_faults,
    "activate": _activate,
}
