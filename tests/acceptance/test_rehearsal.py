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
        job = bench.run("run", path, "--yes", "--json", "--preflight", "--simulate").object["job"]
    else:
        with simulator(bench):
            job = bench.run("run", path, "--yes", "--json", "--preflight").object["job"]
            bench.run("activated", job, "--json")
    files = {file.name: file for file in bench.job_folder(job).iterdir()}
    wanted = {"results.xlsx", "todo.xlsx", "handoff.html", "handoff.xlsx", "summary.json", "run.log"}
    assert wanted <= {*files}
    if how != "--simulate":
        assert {"preflight.json", "activated.json"} <= {*files}
    for name, file in files.items():
        assert MARK in (parts(file) if name.endswith(".xlsx") else file.read_text("utf-8")), name
    assert "batchreset.simulated" in parts(files["todo.xlsx"])
    assert json.loads(files["summary.json"].read_text("utf-8"))["simulated"] is True


def test_no_file_of_a_job_that_is_no_rehearsal_says_so(bench: Bench) -> None:
    bench.env |= {
        "BATCHRESET_ENDPOINT": "https://service.invalid",
        "BATCHRESET_RATE": "5",
        "BATCHRESET_TIMEOUT": "2",
        "BATCHRESET_APP_ID": "a",
        "BATCHRESET_APP_KEY": "k",
        "https_proxy": "http://127.0.0.1:9",  # nobody listens: nothing leaves
    }
    done = bench.run("run", sheet(bench.folder, ["SN1"]), "--yes", "--json")
    assert done.code == 6
    for file in bench.job_folder(done.object["job"]).iterdir():
        assert MARK not in (parts(file) if file.suffix == ".xlsx" else file.read_text("utf-8")), file.name


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("strace"), reason="needs strace")
def test_simulate_connects_to_no_host_but_this_one_whatever_is_set(bench: Bench) -> None:
    bench.env |= {
        "BATCHRESET_ENDPOINT": "https://api.meeting.huaweicloud.com",
        "BATCHRESET_APP_ID": "real",
        "BATCHRESET_APP_KEY": "real",
        "http_proxy": "http://192.0.2.1:3128",
        "https_proxy": "http://192.0.2.1:3128",
        "HTTPS_PROXY": "http://192.0.2.1:3128",
        "all_proxy": "socks5://192.0.2.1:1080",
    }
    trace = bench.folder / "trace"
    bench.env |= {"BATCHRESET_SMTP_HOST": "192.0.2.2", "BATCHRESET_SMTP_FROM": "ops@example.com"}
    bench.env["BATCHRESET_NOTIFY"] = "https://192.0.2.3/hook mailto:ops@example.com"
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
    for target in ("https://192.0.2.3", "ops@example.com"):
        assert f"{target} is not notified" in done.err
    connects = [line for line in trace.read_text("utf-8", "replace").splitlines() if "AF_INET" in line]
    assert connects, "nothing was traced"
    assert [line for line in connects if "127.0.0.1" not in line and '"::1"' not in line] == []
