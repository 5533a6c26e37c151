"""The service's own address, over TLS and by a site's proxy, with the ledger kept for real terminals.

On loopback the program takes every terminal for a simulated one, and is less strict with its ledger.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import trustme

from tests.acceptance.cli import Bench, Done, faulty, kill, sheet
from tests.acceptance.witnesses import judge, lost_in_kills, open_attempts
from tests.faultserver.process import ServedFaults

HOST: Final = "api.meeting.huaweicloud.com"
SNS = [f"2102310QPD17K{n:07d}" for n in range(40)]


class Tunnel(socketserver.BaseRequestHandler):
    """What a site's proxy does with a CONNECT to the service: here it leads to the fault server."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.request.recv(1)
        assert head.startswith(f"CONNECT {HOST}:443 ".encode()), head
        assert isinstance(self.server, Proxy)
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as service:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(service, self.request))
            back.start()
            pump(self.request, service)
            back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes until one side has gone, and let the other know."""
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Proxy(socketserver.ThreadingTCPServer):
    """A proxy on this machine; `leads_to` is the port that stands for the service."""

    daemon_threads = True
    block_on_close = False
    leads_to: int

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def as_for_real(bench: Bench, *faults: dict[str, Any]) -> Iterator[ServedFaults]:
    """The fault server in the service's place, as far as the program can tell."""
    authority, pem, trusted = trustme.CA(), bench.folder / "key.pem", bench.folder / "ca.pem"
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(str(pem))
    authority.cert_pem.write_to_path(str(trusted))
    with faulty(bench, faults, tls=pem, ledger=str(bench.ledger)) as service, Proxy() as proxy:
        proxy.leads_to = urlsplit(service.url).port or 0
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        del bench.env["BATCHRESET_ENDPOINT"]
        bench.env.update(HTTPS_PROXY=proxy.url, SSL_CERT_FILE=str(trusted), BATCHRESET_RATE="200")
        try:
            yield service
        finally:
            proxy.shutdown()


def refused_as_older(done: Done) -> None:
    assert (done.code, done.object["error"]["code"]) == (5, "ledger-restored"), done.err


def test_real_terminals_are_kept_through_kills_and_a_ledger_that_was_lost_or_put_back_is_refused(
    bench: Bench,
) -> None:
    bench.env["BATCHRESET_LEDGER"] = str(bench.folder / "l.sqlite3")
    older, left = bench.folder / "older", set[str]()
    with as_for_real(bench, {"kind": "natural", "wait_s": 0.1}) as service:
        site = sheet(bench.folder, SNS)
        command: list[str | Path] = ["run", site]
        for _ in range(3):
            enough = len(service.resets()) + 3
            process = bench.start(*command, "--yes", "--concurrency", "4")
            service.wait_for(lambda _: len(service.resets()) >= enough)  # noqa: B023  # waited for here
            kill(process)
            left |= set(open_attempts(bench.ledger))
            command = ["rerun"]
        assert bench.run("jobs").code == 0, "what a kill leaves is not taken for an older ledger"
        shutil.copyfile(bench.ledger, older)
        done = bench.run("rerun", "--yes", "--json")
        assert (done.code, done.object["counts"]["unknown"]) == (1, len(left)), done.err
        evidence = judge(bench, service, faultless=True)
        assert lost_in_kills(bench.ledger) == left

        bench.ledger.unlink()
        refused_as_older(bench.run("run", site, "--yes", "--json"))
        older.replace(bench.ledger)
        refused_as_older(bench.run("run", site, "--yes", "--json"))
        assert len(service.resets()) == len(evidence.calls)
