"""No call leaves before its claim is on the disk: seen from outside, in the order of system calls.

Killing the program can't show this, the system keeps what was written; only a missing sync would.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.bench.__main__ import server

CALLS = 20
RUN = """
import asyncio
from tests.bench.__main__ import ours
asyncio.run(ours({url!r}, {calls}, concurrency={concurrency}))
"""
SYSTEM_CALLS = "pwrite64,write,writev,fdatasync,fsync,sendto,sendmsg"
_LINE = re.compile(r"(?P<thread>\d+) +(?P<resumed><\.\.\. )?(?P<call>\w+)(?P<rest>.*)")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def strace(*command: str, log: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """`-y` names the file behind each descriptor; `-s` shows a whole page of the write-ahead log."""
    traced = ["strace", "-f", "-y", "-s", "5000", "-e", f"trace={SYSTEM_CALLS}", "-o", str(log), *command]
    env = {**os.environ, "TMPDIR": str(folder)}
    return subprocess.run(traced, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def can_trace(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if strace("true", log=tmp_path / "try", folder=tmp_path).returncode != 0:
        pytest.skip("strace may not trace here (ptrace is forbidden)")


@dataclass
class Watched:
    """What a log of system calls shows, in order: `sync`, `post` of a synced attempt, `early post`."""

    steps: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    """Ids of attempts handed to the write-ahead log."""
    durable: set[str] = field(default_factory=set)
    syncing: dict[str, set[str]] = field(default_factory=dict)
    """By thread: what had been written when its sync began."""

    def see(self, line: str) -> None:
        match = _LINE.match(line)
        if match is None:
            return  # signals, exits
        begun, rest = not match["resumed"], match["rest"]
        if match["call"] in ("fdatasync", "fsync"):
            if begun and "-wal>" in rest:
                self.syncing[match["thread"]] = set(self.written)
            if "unfinished" not in rest and match["thread"] in self.syncing:
                assert rest.endswith("= 0"), line
                self.durable |= self.syncing.pop(match["thread"])
                self.steps.append("sync")
        elif begun and "-wal>" in rest:
            self.written.update(_ID.findall(rest))
        elif begun and "POST " in rest and "/activecode " in rest:
            (own,) = _ID.findall(rest)
            self.steps.append("post" if own in self.durable else "early post")


def steps(log: str) -> list[str]:
    watched = Watched()
    for line in log.splitlines():
        watched.see(line)
    return watched.steps


@pytest.mark.usefixtures("can_trace")
@pytest.mark.parametrize("concurrency", [1, 8])
def test_call_never_leaves_before_its_claim_is_synced(tmp_path: Path, concurrency: int) -> None:
    log = tmp_path / "log"
    with server() as url:
        script = RUN.format(url=url, calls=CALLS, concurrency=concurrency)
        done = strace(sys.executable, "-c", script, log=log, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    seen = steps(log.read_text(errors="replace"))
    assert [step for step in seen if step != "sync"] == ["post"] * CALLS
    if concurrency == 1:
        alone = zip(["post", *seen], seen, strict=False)
        assert ("post", "post") not in alone, (
            "no two calls without a sync between them, nor one before the first"
        )


def test_steps_count_a_sync_when_it_has_ended_and_a_call_when_it_begins() -> None:
    one, two = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    post = 'sendto(7<socket:[1]>, "POST /v1/usg/dcs/corp/device/SN1/activecode HTTP/1.1'
    log = f"""\
1  pwrite64(5</l/ledger.sqlite3-wal>, "..{one}", 4096, 0) = 4096
1  fdatasync(5</l/ledger.sqlite3-wal> <unfinished ...>
2  {post} X-Request-Id: {one}", 99, 0, NULL, 0 <unfinished ...>
1  <... fdatasync resumed>)                = 0
2  <... sendto resumed>)                   = 99
2  {post} X-Request-Id: {one}", 99, 0, NULL, 0) = 99
1  pwrite64(5</l/ledger.sqlite3-wal>, "..{two}", 4096, 0) = 4096
1  fdatasync(4</l/ledger.sqlite3>)         = 0
2  {post} X-Request-Id: {two}", 99, 0, NULL, 0) = 99
1  +++ exited with 0 +++
"""
    assert steps(log) == ["early post", "sync", "post", "early post"]
