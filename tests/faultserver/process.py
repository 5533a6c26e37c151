"""The fault server as a process of its own, for tests that run the real program against it.

with fault_server(tmp_path, [{"kind": "stall", "share": 0.1}]) as service:
    bench.env.update(service.env)
    ...
    service.wait_for(lambda log: len(log) > 20)
    service.clock(offset_s=90_000)
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.faultserver.control import PREFIX
from tests.faultserver.faults import Endpoint
from tests.faultserver.record import Call, LogReader
from tests.faultserver.service import Settings, settings_from
from tests.served import PATIENCE_S, Served

ROOT: Final = Path(__file__).resolve().parents[2]
FAULTS = Sequence[Mapping[str, Any]]


class ServedFaults(Served[Call]):
    """A running fault server. Its log is read from the file it writes: asking costs the server nothing."""

    prefix = PREFIX

    def __init__(self, process: subprocess.Popen[str], log: Path, settings: Settings) -> None:
        self.process: Final = process
        self.settings: Final = settings
        self._log: Final = LogReader(log)
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert ready, "the fault server did not start"
        self.url = str(json.loads(ready)["url"])

    @property
    def env(self) -> dict[str, str]:
        """What sends the program here."""
        return {
            "BATCHRESET_ENDPOINT": self.url,
            "BATCHRESET_APP_ID": self.settings.app_id,
            "BATCHRESET_APP_KEY": self.settings.app_key,
        }

    def log(self) -> list[Call]:
        """Every call so far: logins, resets, and whatever else was asked."""
        return self._log.read()

    def resets(self) -> list[Call]:
        """The calls for a reset among them."""
        return [call for call in self.log() if call.endpoint == Endpoint.RESET]

    def counts(self) -> dict[str, Any]:
        """How far things are (`record.Counts`)."""
        return dict(self.page("counts"))

    def faults(self, faults: FAULTS = ()) -> None:
        """Put these faults in force, counted from here; none clears them."""
        self.post("faults", json.dumps([*map(dict, faults)]))

    def clock(self, *, offset_s: float) -> None:
        """Set the service's clock so much ahead of this machine's."""
        self.post("clock", json.dumps({"offset_s": offset_s}))

    def stop(self) -> None:
        """End it; a server that failed fails the test."""
        self.process.terminate()
        _, err = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, err
        assert "Traceback" not in err, err


@contextmanager
def fault_server(
    folder: Path, faults: FAULTS = (), *, port: int = 0, tls: Path | None = None, **settings: Any
) -> Iterator[ServedFaults]:
    """A fault server for the time of a `with`; its log is `calls.jsonl` in `folder`.

    `settings` are those of `service.Settings`. With `tls`, a PEM file with key and certificate, it
    can't be driven while it runs: its pages are for plain callers.
    """
    log = folder / "calls.jsonl"
    (folder / "faults.json").write_text(json.dumps([*map(dict, faults)]), "utf-8")
    (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
    options = ["--port", port, "--log", log, "--faults", folder / "faults.json"]
    options += ["--settings", folder / "settings.json", *(["--tls", tls] if tls else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faultserver", *map(str, options)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        served = ServedFaults(process, log, settings_from(settings))
        yield served
    except BaseException:
        process.kill()
        process.communicate()
        raise
    served.stop()
