"""Rehearsals: each file says so, whichever simulator on this machine has answered."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.acceptance.cli import PROGRAM, Bench, ended, sheet, simulator

MARK = "REHEARSAL / 演练"


def parts(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


@pytest.mark.parametrize("how", ["--simulate", "a loopback endpoint"])
def test_every_file_of_a_rehearsal_says_so(bench: Bench, how: str) -> None:
    path = sheet(bench.folder, ["SN1", "bad sn"])
    if how == "--simulate":
        done = bench.run("run", path, "--yes", "--json", "--simulate")
    else:
        with simulator(bench):
            done = bench.run("run", path, "--yes", "--json")
    folder = bench.job_folder(done.object["job"])
    assert MARK in parts(folder / "results.xlsx")
    assert "batchreset.simulated" in parts(folder / "todo.xlsx")
    assert MARK in (folder / "handoff.html").read_text("utf-8")
    assert json.loads((folder / "summary.json").read_text("utf-8"))["simulated"] is True
    assert MARK in (folder / "run.log").read_text("utf-8")


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("strace"), reason="needs strace")
def test_simulate_connects_to_no_host_but_this_one_whatever_is_set(bench: Bench) -> None:
    bench.env |= {
        "BATCHRESET_ENDPOINT": "https://api.meeting.huaweicloud.com",
        "BATCHRESET_APP_ID": "real",
        "BATCHRESET_APP_KEY": "real",
        "http_proxy": "http://192.0.2.1:3128",
        "https_proxy": "http://192.0.2.1:3128",
    }
    trace = bench.folder / "trace"
    args = ("run", str(sheet(bench.folder, ["SN1", "SN2"])), "--yes", "--json", "--simulate")
    process = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), *PROGRAM, *args],
        cwd=bench.folder,
        env=bench.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    done = ended(process)
    assert done.code == 0, done.err
    connects = [line for line in trace.read_text("utf-8", "replace").splitlines() if "AF_INET" in line]
    assert connects, "nothing was traced"
    assert [line for line in connects if "127.0.0.1" not in line and '"::1"' not in line] == []
