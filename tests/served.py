"""A server in a process of its own, seen through its pages: what the simulator and the fault server share."""

from __future__ import annotations

import json
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

PATIENCE_S = 60.0
T = TypeVar("T")


class Served(ABC, Generic[T]):
    """A running server whose log has entries of type `T`."""

    prefix: ClassVar[str]
    """Where its own pages lie."""
    url: str
    tls: ssl.SSLContext | None = None
    """Whom it is trusted by, where it speaks TLS."""

    @abstractmethod
    def log(self) -> list[T]:
        """Every call so far."""

    def page(self, name: str) -> Any:
        """One of its pages, read as JSON."""
        return self._ask("GET", name)

    def post(self, name: str, body: str) -> Any:
        """Tell it something; what it says to that."""
        return self._ask("POST", name, body)

    def wait_for(self, condition: Callable[[list[T]], bool]) -> list[T]:
        """Wait until the log is as wanted; the log it then was."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition(log := self.log()):
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.02)
        return log

    def _ask(self, method: str, name: str, body: str | None = None) -> Any:
        host = urlsplit(self.url).netloc
        connection = (
            HTTPSConnection(host, timeout=10, context=self.tls)
            if self.tls
            else HTTPConnection(host, timeout=10)
        )
        try:
            connection.request(method, f"{self.prefix}{name}", body)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 400, content
        return json.loads(content) if content else None
