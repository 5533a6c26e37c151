"""Starting and stopping the simulator: addresses, threads, TLS, and which hosts are refused."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from batchreset.errors import UsageError
from batchreset.simulator.config import APP_KEY, SimulatorConfig
from batchreset.simulator.faults import Fault
from batchreset.simulator.run import Simulator, SimulatorThread
from batchreset.simulator.terminals import Terminal
from batchreset.simulator.tls import make_tls
from batchreset.text import Text


def summary(url: str, tls: ssl.SSLContext | None = None) -> Any:
    page = f"{url}/_simulator/summary"
    with urllib.request.urlopen(page, timeout=30, context=tls) as answer:  # noqa: S310  loopback
        return json.load(answer)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])  # noqa: S104  refused
def test_config_when_host_is_not_loopback_then_usage_error(host: str) -> None:
    with pytest.raises(UsageError) as caught:
        SimulatorConfig(host=host)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("host", "address"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1")]
)
def test_config_when_host_is_loopback_then_its_address(host: str, address: str) -> None:
    assert SimulatorConfig(host=host).address == address


def test_config_when_shown_then_the_key_is_not() -> None:
    assert APP_KEY not in repr(SimulatorConfig())


def test_config_when_terminals_are_names_and_values_then_all_values() -> None:
    known = SimulatorConfig(terminals=("A", Terminal("B", disabled=True))).known_terminals()
    assert known == [Terminal("A"), Terminal("B", disabled=True)]


def test_simulator_when_a_fault_cannot_be_then_usage_error_before_it_starts() -> None:
    with pytest.raises(UsageError):
        Simulator(SimulatorConfig(faults=(Fault("no-such"),)))


async def test_simulator_when_port_is_taken_then_usage_error_names_it() -> None:
    async with Simulator() as sim:
        port = int(sim.url.rpartition(":")[2])
        with pytest.raises(UsageError) as caught:
            async with Simulator(SimulatorConfig(port=port)):
                pass
        assert caught.value.message.params[0] == ("port", port)


async def test_simulator_when_stopped_then_nobody_listens_any_more() -> None:
    async with Simulator() as sim:
        assert sim.url.startswith("http://127.0.0.1:")
        port = int(sim.url.rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_thread_when_used_by_synchronous_code_then_it_answers() -> None:
    before = threading.active_count()
    with SimulatorThread(SimulatorConfig(terminals=("A",))) as sim:
        assert summary(sim.url)["received"] == 0
        sim.advance(timedelta(hours=1))
        assert sim.expire_tokens() == 0
        assert (sim.app_id, sim.app_key) == (sim.config.app_id, sim.config.app_key)
    assert threading.active_count() == before


def test_thread_when_body_raises_then_stopped_and_the_error_goes_on() -> None:
    with pytest.raises(KeyError), SimulatorThread() as sim:
        raise KeyError(sim.url)
    with pytest.raises(urllib.error.URLError):
        summary(sim.url)


def test_thread_when_it_cannot_start_then_its_error_is_raised_here() -> None:
    with SimulatorThread() as sim:
        port = int(sim.url.rpartition(":")[2])
        with pytest.raises(UsageError), SimulatorThread(SimulatorConfig(port=port)):
            pass


def test_simulator_when_given_tls_then_the_url_says_https_and_plain_http_fails() -> None:
    tls = make_tls()
    trusting = ssl.create_default_context(cadata=tls.authority_pem.decode())
    with SimulatorThread(SimulatorConfig(tls=tls.server)) as sim:
        for url in (sim.url, sim.url.replace("127.0.0.1", "localhost")):
            assert url.startswith("https://")
            assert summary(url, trusting)["received"] == 0
        with pytest.raises(OSError, match=r".*"):
            summary(sim.url.replace("https", "http"))


def test_tls_when_its_library_is_missing_then_usage_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(UsageError) as caught:
        make_tls()
    assert "pip install trustme" in Text()(caught.value.hint)


def test_tls_when_shown_then_no_key_is() -> None:
    tls = make_tls()
    assert "PRIVATE" not in repr(tls)
    assert b"PRIVATE" not in tls.authority_pem
