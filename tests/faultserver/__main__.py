"""The fault server as a process: `python -m tests.faultserver --port 0 --log FILE --faults FILE.json`.

Prints one line of JSON when it is ready: `{"url", "control", "pid"}`. SIGINT or SIGTERM ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faultserver.control import PREFIX
from tests.faultserver.faults import faults_from
from tests.faultserver.server import FaultServer
from tests.faultserver.service import settings_from


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faultserver", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--log", type=Path, help="append every call to this file")
    parser.add_argument("--faults", type=Path, help="a JSON list of faults (faults.py, `Fault`)")
    parser.add_argument("--settings", type=Path, help="a JSON object (service.py, `Settings`)")
    parser.add_argument("--tls", type=Path, help="a PEM file with key and certificate: https")
    chosen = parser.parse_args(args)
    tls = None
    if chosen.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(chosen.tls)
    try:
        faults = faults_from(_json(chosen.faults, []))
        settings = settings_from(_json(chosen.settings, {}))
    except (OSError, ValueError) as wrong:
        parser.error(str(wrong))
    asyncio.run(_serve(FaultServer(faults, settings, log=chosen.log, port=chosen.port, tls=tls)))


def _json(path: Path | None, default: Any) -> Any:
    return default if path is None else json.loads(path.read_text("utf-8"))


async def _serve(server: FaultServer) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with server:
        ready = {"url": server.url, "control": server.url + PREFIX, "pid": os.getpid()}
        print(json.dumps(ready), flush=True)  # noqa: T201  # its address is this program's result
        await stopping.wait()


if __name__ == "__main__":
    main()
