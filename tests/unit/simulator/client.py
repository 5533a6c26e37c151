"""A client for tests of the running simulator, with an ordinary HTTP library; nothing in here is a test."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.run import Simulator
from tests.unit.simulator.calls import NOW, SN, auth_body, auth_headers

AUTH: Final = "/v2/usg/acs/auth/appauth"
SITE: Final = tuple(f"SN_{i:02d}" for i in range(25))
FIXED: Final = SimulatorConfig(terminals=SITE, clock=lambda: NOW)
"""An enterprise of 25 terminals, at a fixed time."""


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.data["error_code"])


@dataclass
class Client:
    """An ordinary HTTP client with the administrator's token."""

    sim: Simulator
    http: aiohttp.ClientSession
    token: str = ""

    async def send(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        stream = content and io.BytesIO(content)  # aiohttp warns of large bytes
        headers = {"X-Access-Token": self.token, "Accept-Language": "en-US", **(headers or {})}
        async with self.http.request(
            method, self.sim.url + path, data=stream, headers=headers, allow_redirects=False
        ) as got:
            return Answer(got.status, got.headers, await got.read())

    async def login(self, **changes: object) -> Answer:
        body = auth_body() | changes
        answer = await self.send("POST", AUTH, body, auth_headers(body))
        if answer.status == 200:
            self.token = answer.data["accessToken"]
        return answer

    async def reset(self, sn: str = SN, body: object = None, **headers: str) -> Answer:
        path = f"/v1/usg/dcs/corp/device/{sn}/activecode"
        return await self.send("POST", path, body or {"emailAddr": "a@b.cn"}, headers)

    async def page(self, name: str) -> Any:
        answer = await self.send("GET", f"/_simulator/{name}")
        assert answer.status == 200, answer
        return answer.data


@asynccontextmanager
async def logged_in(config: SimulatorConfig | None = None) -> AsyncIterator[Client]:
    """A running simulator (that knows every SN, unless configured) and its administrator."""
    async with aiohttp.ClientSession() as http, Simulator(config) as sim:
        client = Client(sim, http)
        await client.login()
        yield client
