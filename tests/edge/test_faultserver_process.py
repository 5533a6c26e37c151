"""The fault server as a process of its own: it outlives its callers, and its log can be read meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faultserver.process import ROOT, ServedFaults, fault_server
from tests.faultserver.record import read_log
from tests.raw_client import call

CALLER = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as line:
    line.sendall(sys.stdin.buffer.read())
    line.recv(65536)
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedFaults]:
    with fault_server(tmp_path, [{"kind": "natural", "wait_s": 3600}], unknown=["BAD*"]) as service:
        yield service


def calling(served: ServedFaults, sn: str) -> subprocess.Popen[bytes]:
    """A process that makes one reset without a token and waits for the answer."""
    port = served.url.rpartition(":")[2]
    caller = subprocess.Popen([sys.executable, "-c", CALLER, port], stdin=subprocess.PIPE)
    assert caller.stdin is not None
    caller.stdin.write(call("POST", f"/v1/usg/dcs/corp/device/{sn}/activecode", {"emailAddr": "a@b.cn"}))
    caller.stdin.close()
    return caller


def test_process_goes_on_when_a_caller_is_killed_and_says_that_it_went(served: ServedFaults) -> None:
    caller = calling(served, "A1")
    served.wait_for(lambda log: any(entry.decided for entry in log))
    assert served.counts()["open"] == 1
    caller.kill()
    caller.wait()
    (entry,) = served.wait_for(lambda log: log[0].ended)
    assert (entry.sn, entry.client_gone, entry.complete) == ("A1", True, False)
    assert served.counts()["open"] == 0


def test_process_takes_faults_and_time_while_it_runs(served: ServedFaults) -> None:
    served.faults([{"kind": "reset", "sn": "A*"}])
    served.clock(offset_s=90_000)
    for sn in ("A1", "B1"):
        calling(served, sn).wait()
    served.faults()
    assert served.page("faults") == []
    first, second = served.resets()
    assert (first.fault, second.fault, second.status) == ("reset", "", 401)
    assert served.page("log")["calls"][0]["sn"] == "A1"
    assert served.page("clock")["offset_s"] == 90_000


def called_and_killed(folder: Path) -> None:
    with fault_server(folder) as service:
        calling(service, "A1").wait()
        service.wait_for(lambda log: log[0].ended)  # what is said comes before what is noted of it
        service.process.kill()


def test_process_that_is_killed_leaves_its_log_behind_and_fails_the_test(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        called_and_killed(tmp_path)
    (entry,) = read_log(tmp_path / "calls.jsonl")
    assert (entry.sn, entry.status, entry.complete) == ("A1", 401, True)


@pytest.mark.parametrize(
    ("option", "content", "says"),
    [
        ("--faults", [{"kind": "sulk"}], "no such kind"),
        ("--faults", "none", "list of objects"),
        ("--settings", {"quota": 1}, "no settings quota"),
    ],
)
def test_process_refuses_what_it_does_not_know(
    tmp_path: Path, option: str, content: object, says: str
) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps(content))
    command = [sys.executable, "-m", "tests.faultserver", option, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
