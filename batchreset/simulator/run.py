"""Starting and stopping a simulator: in the loop at hand, or in a thread of its own.

async with Simulator(SimulatorConfig()) as sim:
    ... sim.url, sim.app_id, sim.app_key ...

with SimulatorThread(SimulatorConfig()) as sim:
    ...
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from batchreset.errors import UsageError
from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.faults import Fault
from batchreset.simulator.server import Service, make_server
from batchreset.simulator.state import Change, State
from batchreset.simulator.statefile import StateFile, unwritable
from batchreset.text.messages import msg

_SHUTDOWN_S: Final = 2.0
_BACKLOG: Final = 1024


class Simulator:
    """A simulator while it runs. Reading `state` from another thread is safe, changing it is not;
    `advance`, `set_faults` and `expire_tokens` may be called from any.
    """

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        """`UsageError` for faults that can't be."""
        self.config: Final = config or SimulatorConfig()
        self._service: Final = Service(self.config)
        self._runner: web.ServerRunner | None = None
        self._memory: StateFile | None = None
        self._failure: UsageError | None = None
        self._failed: Final = asyncio.Event()
        self._url = ""

    @property
    def url(self) -> str:
        """Scheme, address and port, without a slash at the end; "" before the start."""
        return self._url

    @property
    def app_id(self) -> str:
        return self.config.app_id

    @property
    def app_key(self) -> str:
        return self.config.app_key

    @property
    def state(self) -> State:
        return self._service.state

    def advance(self, by: timedelta) -> None:
        """Set the service's clock ahead."""
        self._service.advance(by)

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Put other faults in force; none clears them. `UsageError` for one that can't be."""
        self._service.set_faults(faults)

    def expire_tokens(self) -> int:
        """Throw every token away; how many there were."""
        return self._service.state.tokens.expire_all()

    async def until_failed(self) -> UsageError:
        """Wait for what makes going on senseless: the state can no longer be kept."""
        await self._failed.wait()
        assert self._failure is not None  # noqa: S101  # for the type checker: set with the event
        return self._failure

    def _remember(self) -> None:
        """Recall the state of the file named, and keep every change in it from now on."""
        path = self.config.state
        if path is None:
            return
        memory = self._memory = StateFile(path, self.state)

        def keep(change: Change) -> None:
            try:
                memory.add(change)
            except OSError as error:
                self._failure = unwritable(path, error)
                self._failed.set()

        self.state.keep = keep

    async def __aenter__(self) -> Self:
        """Listen. `UsageError` if the port can't be opened, or the file of the state can't be used."""
        self._remember()
        runner = web.ServerRunner(make_server(self._service), shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        site = web.TCPSite(
            runner, self.config.address, self.config.port, ssl_context=self.config.tls, backlog=_BACKLOG
        )
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            self._close_memory()
            raise UsageError(
                "simulator-port",
                msg("Port {port} can't be opened: {error}", port=self.config.port, error=str(error)),
                msg("Choose another port with `--port`; 0 takes a free one."),
            ) from error
        self._runner = runner
        host = f"[{self.config.address}]" if ":" in self.config.address else self.config.address
        scheme = "http" if self.config.tls is None else "https"
        self._url = f"{scheme}://{host}:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: answers held back are dropped, the port is free again."""
        self._service.stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
        self._close_memory()

    def _close_memory(self) -> None:
        if self._memory is not None:
            self._memory.close()


class SimulatorThread:
    """A simulator in a thread and an event loop of its own, for callers that have none."""

    def __init__(self, config: SimulatorConfig | None = None) -> None:
        self._config: Final = config
        self._started: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._simulator: Simulator | None = None
        self._failure: BaseException | None = None

    def __enter__(self) -> Simulator:
        """Start, and wait until it listens; raises what starting raised."""
        self._thread.start()
        self._started.wait()
        if self._simulator is None:
            self._thread.join()
            raise self._failure or RuntimeError("the simulator's thread ended before it had started")
        return self._simulator

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  handed to the thread that started us
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with Simulator(self._config) as simulator:
            self._simulator = simulator
            self._started.set()
            await self._stop.wait()
