"""`batchreset simulator`: serves until Ctrl-C or SIGTERM, and says how to use it."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from batchreset.cli.output import Output
from batchreset.errors import UsageError
from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.run import Simulator
from batchreset.simulator.scenario import Scenario, assume, load_scenario
from batchreset.simulator.tls import Tls, make_tls
from batchreset.text import Message, msg


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked of the simulator on the command line."""

    port: int = 0
    tls: bool = False
    faults: Path | None = None
    assumed: Sequence[str] = ()
    documented_latency: bool = False
    state: Path | None = None
    seed: int = 0


def serve(out: Output, wanted: Wanted) -> None:
    """Serve on loopback; ends with the first signal.

    Raises:
        UsageError: the port is taken, or a file or an assumption can't be used.
    """
    config, tls = _config(wanted)
    try:
        asyncio.run(_serve(out, config, tls))
    except KeyboardInterrupt:
        out.say(msg("The simulator has ended."))


def _config(wanted: Wanted) -> tuple[SimulatorConfig, Tls | None]:
    scenario = load_scenario(wanted.faults) if wanted.faults is not None else Scenario()
    assumptions = scenario.assumptions
    if wanted.documented_latency:
        assumptions = assumptions.with_documented_latency()
    assumptions = assume(wanted.assumed, assumptions)
    tls = make_tls(assumptions.tls_newest) if wanted.tls else None
    config = SimulatorConfig(
        assumptions=assumptions,
        faults=scenario.faults,
        seed=wanted.seed,
        app_id=scenario.account.app_id,
        app_key=scenario.account.app_key,
        corp_id=scenario.account.corp_id,
        admin_type=scenario.account.admin_type,
        terminals=scenario.terminals,
        port=wanted.port,
        tls=tls.server if tls is not None else None,
        state=wanted.state,
    )
    return config, tls


async def _serve(out: Output, config: SimulatorConfig, tls: Tls | None) -> None:
    async with Simulator(config) as simulator:
        with _trusted(simulator, tls) as ca_file:
            _tell(out, simulator, ca_file)
            raise await simulator.until_failed()


@contextmanager
def _trusted(simulator: Simulator, tls: Tls | None) -> Iterator[Path | None]:
    """The file with the certificate to trust, for as long as the simulator serves."""
    if tls is None:
        yield None
        return
    from batchreset.config import state_folder

    path = state_folder() / f"simulator-{simulator.url.rpartition(':')[2]}.pem"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tls.authority_pem)
    except OSError as error:
        raise UsageError(
            "ca-file",
            msg("The simulator's certificate can't be written to {path}: {error}", path=path, error=error),
            msg("Make the folder writable, or serve without --tls."),
        ) from error
    try:
        yield path
    finally:
        with suppress(OSError):  # gone already, or not ours any more: nobody can use it anyhow
            path.unlink()


def _tell(out: Output, simulator: Simulator, ca_file: Path | None) -> None:
    url, config = simulator.url, simulator.config
    out.tell(msg("The simulator serves on {url}; Ctrl-C ends it. Settings to paste:", url=url))
    settings = {
        "CA_FILE": str(ca_file) if ca_file is not None else None,
        "CORP_ID": config.corp_id,
        "ENDPOINT": url,
        "APP_ID": config.app_id,
        "APP_KEY": config.app_key,
    }
    for name, value in settings.items():
        if value is not None:
            out.tell(_setting(name, value))
    if ca_file is not None:
        out.tell(msg("Other programs trust its certificate so:"))
        for line in (
            "curl --cacert {file}  ·  openssl s_client -CAfile {file}",
            "SSL_CERT_FILE={file}  ·  REQUESTS_CA_BUNDLE={file}",
            "huaweicloudsdkcore: HttpConfig(ssl_ca_cert={file!r})",
        ):
            out.tell(msg("  {line}", line=line.format(file=str(ca_file))))
    changed = [f"{one.name} = {one.value}" for one in config.assumptions.describe() if not one.default]
    if changed:
        out.tell(msg("Assumed otherwise than by default: {list}", list=out.listed(changed)))
    out.tell(
        msg(
            "Look at it in a browser, or with curl as JSON: {url}/_simulator/ (terminals, outbox, log, "
            "faults, assumptions)",
            url=url,
        )
    )


def _setting(name: str, value: str) -> Message:
    """A setting as it is pasted into a shell: PowerShell on Windows, else any other."""
    if sys.platform == "win32":
        return msg("$env:BATCHRESET_{name} = '{value}'", name=name, value=value.replace("'", "''"))
    return msg("export BATCHRESET_{name}={value}", name=name, value=shlex.quote(value))
