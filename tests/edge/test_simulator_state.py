"""The file of `--state`: simulators that are stopped, killed in mid-line, or given somebody else's file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from batchreset.errors import UsageError
from batchreset.simulator.config import SimulatorConfig
from batchreset.simulator.memory import HEADER
from batchreset.simulator.run import Simulator, SimulatorThread
from batchreset.text import Text
from tests.unit.simulator.client import logged_in


async def problem(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        async with Simulator(SimulatorConfig(state=path)):
            pass
    assert caught.value.code == "state-file"
    return Text()(caught.value.message)


async def test_state_when_started_again_then_quota_token_outbox_and_clock_are_as_before(
    tmp_path: Path,
) -> None:
    config = SimulatorConfig(state=tmp_path / "new folder" / "state")
    async with logged_in(config) as client:
        client.sim.advance(timedelta(days=3))
        await client.login()
        for _ in range(5):
            assert (await client.reset()).status == 200
        token, outbox = client.token, await client.page("outbox")
    async with logged_in(config) as client:
        assert (await client.reset(**{"X-Access-Token": token})).code == "USG.201059002"
        assert await client.page("outbox") == outbox
        assert (await client.page("summary"))["received"] == 6
        assert client.sim.state.ahead == timedelta(days=3)


async def test_state_when_a_kill_left_half_a_line_then_only_that_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "state"
    async with logged_in(SimulatorConfig(state=path)) as client:
        await client.reset()
        whole = path.read_bytes()
    for cut in (whole + b'{"letter": {"sn": "A', whole + b"\xff"):
        path.write_bytes(cut)
        async with logged_in(SimulatorConfig(state=path)) as client:
            assert len(client.sim.state.outbox) == 1
            assert path.read_bytes().startswith(whole + b'{"tokens"')


@pytest.mark.parametrize("content", [b"", HEADER[:7], HEADER])
async def test_state_when_a_kill_came_at_the_very_beginning_then_a_new_one(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    async with Simulator(SimulatorConfig(state=path)):
        assert path.read_bytes() == HEADER


@pytest.mark.parametrize("content", [b"SQLite format 3\0", b"SN,Mobile\nA,1\n"])
async def test_state_when_the_file_is_somebody_elses_then_refused_and_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "state"
    path.write_bytes(content)
    assert "it is not the state of a simulator" in await problem(path)
    assert path.read_bytes() == content


async def test_state_when_a_line_is_damaged_then_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_bytes(HEADER + b'{"ahead": "PT1S"}\n{"letter": 7}\n')
    assert "its line 3 can't be read" in await problem(path)


async def test_state_when_in_use_then_the_second_simulator_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    async with Simulator(SimulatorConfig(state=path)):
        assert "another simulator is using it" in await problem(path)
    async with Simulator(SimulatorConfig(state=path)):
        pass


async def test_state_when_the_path_is_a_folder_then_refused(tmp_path: Path) -> None:
    assert "it can't be opened" in await problem(tmp_path)


async def test_state_when_the_port_is_taken_then_the_file_is_free_again(tmp_path: Path) -> None:
    path = tmp_path / "state"
    async with Simulator() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(UsageError):
            async with Simulator(SimulatorConfig(state=path, port=port)):
                pass
        async with Simulator(SimulatorConfig(state=path)):
            pass


async def test_state_when_it_can_no_longer_be_written_then_the_simulator_says_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with logged_in(SimulatorConfig(state=tmp_path / "state")) as client:
        monkeypatch.setattr("batchreset.simulator.statefile.StateFile.add", full)
        assert (await client.reset()).status == 200
        failure = await client.sim.until_failed()
    assert "No space left on device" in Text()(failure.message)


def test_thread_when_the_state_cannot_be_used_then_its_error_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(UsageError), SimulatorThread(SimulatorConfig(state=tmp_path)):
        pass
