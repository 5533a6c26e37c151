"""The real program as processes: the command line, and the simulator to talk to."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from batchreset.service.wire import AppCredentials, auth_request
from tests.faultserver.process import FAULTS, ServedFaults, fault_server
from tests.served import PATIENCE_S, Served

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-W", "error", "-m", "batchreset")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on stdout; fails when there is anything else."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


class Bench:
    """A folder of its own to work in, with a ledger and the simulator's settings in the environment."""

    def __init__(self, folder: Path, program: Sequence[str] = PROGRAM) -> None:
        self.folder = folder
        self.program = program
        self.said: list[str] = []
        """All that `run` has had printed."""
        self._started: list[subprocess.Popen[str]] = []
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("BATCHRESET_")},
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "PYTHONPATH": str(ROOT),
            "BATCHRESET_RATE": "0",
            "COLUMNS": "200",
        }

    def start(self, *args: str | Path, stdin: Any = subprocess.DEVNULL) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*self.program, *map(str, args)],
            cwd=self.folder,
            env=self.env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what a failed test has left running."""
        for process in self._started:
            if process.returncode is None:
                kill(process)

    def run(self, *args: str | Path) -> Done:
        """Run a command to its end; a traceback is always a failure."""
        done = ended(self.start(*args))
        self.said += [done.out, done.err]
        return done

    @property
    def ledger(self) -> Path:
        """The file its runs write to."""
        own = self.env.get("BATCHRESET_LEDGER")
        return self.folder / (own or "state/batchreset/simulated.sqlite3")

    def job_folder(self, job: str) -> Path:
        return self.folder / "output" / job


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)


def kill(process: subprocess.Popen[str]) -> None:
    """As the power goes: nothing of it is left to do anything."""
    process.kill()
    process.communicate()


def ended(process: subprocess.Popen[str]) -> Done:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in err, err
    return Done(process.returncode, out, err)


@dataclass
class ServedSimulator(Served[dict[str, Any]]):
    """A simulator process."""

    prefix = "/_simulator/"
    url: str
    process: subprocess.Popen[str]
    tls: ssl.SSLContext | None = None

    def log(self) -> list[dict[str, Any]]:
        entries = self.page("log")
        return entries if isinstance(entries, list) else list(entries["calls"])


@contextmanager
def simulator(bench: Bench, faults: str = "", *options: str | Path) -> Iterator[ServedSimulator]:
    """`batchreset simulator` on a free port; its settings go into the bench's environment."""
    args = ["simulator", *map(str, options)]
    if faults:
        path = bench.folder / "faults.toml"
        path.write_text(faults, "utf-8")
        args += ["--faults", str(path)]
    process = bench.start(*args)
    assert process.stdout is not None
    settings: dict[str, str] = {}
    while "BATCHRESET_APP_KEY" not in settings:  # the last one told
        line = process.stdout.readline()
        assert line, "the simulator did not start"
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            settings[name] = value
    bench.env.update(settings)
    try:
        ca_file = settings.get("BATCHRESET_CA_FILE")
        tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
        yield ServedSimulator(settings["BATCHRESET_ENDPOINT"], process, tls)
    finally:
        gone = process.poll() is not None  # a test may have ended it
        if not gone:
            process.send_signal(signal.SIGINT)
        done = ended(process)
        assert gone or done.code == 0, done.err


def fetch_token(bench: Bench, service: ServedSimulator) -> str:
    """A token as an operator would get one elsewhere: from our own login, by the simulator's log-in call."""
    request = auth_request(
        AppCredentials(bench.env["BATCHRESET_APP_ID"], bench.env["BATCHRESET_APP_KEY"]),
        expire_time_s=0,
        nonce="n" * 32,
        request_id="r",
        lang="en-US",
    )
    call = urllib.request.Request(service.url + request.path, request.body, dict(request.headers))  # noqa: S310  # loopback
    with urllib.request.urlopen(call, timeout=10) as answer:  # noqa: S310  # loopback
        return str(json.load(answer)["accessToken"])


@contextmanager
def faulty(bench: Bench, faults: FAULTS = (), **settings: Any) -> Iterator[ServedFaults]:
    """The fault server (tests/faultserver) for a bench; its settings go into the bench's environment."""
    with fault_server(bench.folder, faults, **settings) as service:
        bench.env.update(service.env)
        yield service


def contact(number: int) -> tuple[str, str]:
    """Mobile and e-mail of a sheet's data row."""
    return f"+86138{number:08d}", f"user{number}@example.com"


def sheet(folder: Path, sns: Sequence[str], name: str = "site.xlsx") -> Path:
    """A plain workbook of terminals with mobile and e-mail."""
    workbook = Workbook()
    page = workbook.worksheets[0]
    page.title = "Terminals"
    page.append(["Room", "SN", "Mobile", "E-mail"])
    for number, sn in enumerate(sns, 1):
        page.append([f"R{number}", sn, *contact(number)])
    path = folder / name
    workbook.save(path)
    return path


def results(bench: Bench, job: str) -> dict[str, dict[str, Any]]:
    """The rows of a job's results.xlsx by SN, each by header."""
    workbook = load_workbook(bench.job_folder(job) / "results.xlsx")
    header, *rows = workbook.worksheets[0].iter_rows(values_only=True)
    names = [str(value) for value in header]
    return {str(row[names.index("SN")]): dict(zip(names, row, strict=True)) for row in rows}
