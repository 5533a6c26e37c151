"""The logs of the servers in `tests` and of the built-in simulator, as the checker reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.invariants.values import ServiceCall

if TYPE_CHECKING:
    from tests.faultserver.record import Call


def from_fault_server(calls: Iterable[Call]) -> list[ServiceCall]:
    """The resets in a fault server's log (`tests.faultserver.record`); other calls are passed over."""
    return [
        ServiceCall(
            request_id=call.request_id,
            sn=call.sn,
            received_at_s=call.received_at_s,
            processed=call.processed,
            processed_at_s=call.decided_at_s if call.processed else None,
            status=call.status if call.complete else None,
            by_gateway=_is_gateway(call.injected),
            steady_s=call.received_monotonic_s,
            intent_seen=call.intent_seen,
        )
        for call in calls
        if call.endpoint == "reset"
    ]


def _is_gateway(injected: Mapping[str, Any] | None) -> bool:
    """Whether a fault's answer carries a code of the gateway; the service's own 502 and 503 never do."""
    if injected is None:
        return False
    own = injected.get("code")
    return str(own).startswith("APIG.") if own is not None else injected["kind"] in ("gateway", "throttle")


def from_simulator(entries: Iterable[Mapping[str, Any]]) -> list[ServiceCall]:
    """The log page of `batchreset simulator`."""
    return [
        ServiceCall(
            request_id=entry["request_id"],
            sn=entry["sn"],
            received_at_s=_seconds(entry["at"]),
            processed=bool(entry["processed"]),
            processed_at_s=_seconds(entry["processed_at"]) if entry["processed_at"] else None,
            status=entry["status"] if isinstance(entry["status"], int) else None,
            by_gateway=str(entry["code"]).startswith("APIG."),
        )
        for entry in entries
    ]


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
