"""What a simulator is started with."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from batchreset.errors import UsageError
from batchreset.simulator.assumptions import Assumptions
from batchreset.simulator.auth import Account
from batchreset.simulator.faults import Fault
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tokens import DEFAULT_ADMIN
from batchreset.text.messages import msg

APP_ID: Final = "fdb8e4699586458bbd10c834872dcc62"
APP_KEY: Final = "0123456789abcdef0123456789abcdef"
"""The made-up credentials of facts.md §1.1's own vectors; they open nothing but a simulator."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Everything a simulator is started with.

    `seed` decides shares of faults, activation codes and latency. `corp_id` makes the app one of
    several enterprises, and this the enterprise. `admins` are user ids of ordinary administrators;
    `admin_type` is the role of the app itself (facts.md §1.1).
    `terminals` are SNs or terminals with details; `None` knows every well-formed SN. `port` 0 takes a
    free one. `host` must be a loopback address. `clock` is the service's own, in aware UTC.
    `keepalive_s` is how long an idle connection stays open. `state` is the file that holds what the
    service remembers over a restart; without one it forgets.
    """

    assumptions: Assumptions = field(default_factory=Assumptions)
    faults: tuple[Fault, ...] = ()
    seed: int = 0
    app_id: str = APP_ID
    app_key: str = field(default=APP_KEY, repr=False)
    corp_id: str | None = None
    admins: frozenset[str] = frozenset()
    admin_type: int = DEFAULT_ADMIN
    terminals: tuple[str | Terminal, ...] | None = None
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    keepalive_s: float = 75.0
    state: Path | None = None
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        """`UsageError` for a host that others can reach."""
        if self.host != "localhost" and not _is_loopback(self.host):
            raise UsageError(
                "simulator-host",
                msg("The simulator listens on this machine only, not on {host}.", host=self.host),
                msg("Leave the host away, or use 127.0.0.1."),
            )

    @property
    def address(self) -> str:
        """The IP address to bind; never a name, which could mean anything."""
        return "127.0.0.1" if self.host == "localhost" else self.host

    def account(self) -> Account:
        """Whom the service knows."""
        return Account(self.app_id, self.app_key, self.corp_id, self.admins, self.admin_type)

    def known_terminals(self) -> list[Terminal] | None:
        """The terminals as values; `None` if any SN is known."""
        if self.terminals is None:
            return None
        return [Terminal(one) if isinstance(one, str) else one for one in self.terminals]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
