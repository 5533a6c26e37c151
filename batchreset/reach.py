"""Opens the one way to the service: every command that calls it does so with the same trust and bounds."""

from __future__ import annotations

from batchreset.clock import ServiceClock
from batchreset.service.transport import Transport
from batchreset.service.trust import tls_for
from batchreset.settings import Settings


def reach(settings: Settings, *, connections: int, clock: ServiceClock | None) -> Transport:
    """A transport to the endpoint in force; `clock` None leaves the service's time alone.

    Raises:
        UsageError: the setting `ca_file` can't be used.
    """
    return Transport(
        settings.endpoint,
        timeout_s=settings.timeout,
        connections=connections,
        tls=tls_for(settings.endpoint, settings.ca_file),
        clock=clock,
    )
