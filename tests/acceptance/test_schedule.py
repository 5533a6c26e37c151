"""`schedule` from outside: judged by the schedulers' own checkers, installed with stand-ins for them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.cli import Bench

STUB = """#!/bin/sh
echo "$(basename "$0") $*" >> "{log}"
case "$(basename "$0") $1" in
  "crontab -l") [ -f "{table}" ] && cat "{table}" || {{ echo "no crontab for op" >&2; exit 1; }} ;;
  "crontab -") cat > "{table}" ;;
esac
"""


def stubs(bench: Bench) -> Path:
    """`systemctl` and `crontab` that only note how they were called; the file they note it in."""
    folder, log = bench.folder / "bin", bench.folder / "called.txt"
    folder.mkdir()
    for name in ("systemctl", "crontab"):
        path = folder / name
        path.write_text(STUB.format(log=log, table=bench.folder / "table"))
        path.chmod(0o755)
    bench.env["PATH"] = f"{folder}:{bench.env['PATH']}"
    return log


def unit_folder(bench: Bench) -> Path:
    return bench.folder / "config" / "systemd" / "user"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("when", [("--every", "30m"), ("--at", "08:30"), ("--cron", "*/20 8-17 1 * 1-5"), ()])
def test_units_are_good_for_systemds_own_checkers(bench: Bench, when: tuple[str, ...]) -> None:
    done = bench.run("schedule", "--kind", "systemd", "--json", *when, "--output", "my out")
    files = done.object["files"]
    paths = []
    for name, content in files.items():
        paths.append(bench.folder / Path(name).name)
        paths[-1].write_text(content)
        for line in content.splitlines():
            if line.startswith("OnCalendar="):
                calendar = line.removeprefix("OnCalendar=")
                subprocess.run(["systemd-analyze", "calendar", calendar], check=True, capture_output=True)
    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        env={**bench.env, "XDG_RUNTIME_DIR": str(bench.folder)},
    )
    said = [line for line in verified.stderr.splitlines() if "batchreset-rerun" in line]
    assert (verified.returncode, said) == (0, []), verified.stderr


def cron_says(path: Path) -> subprocess.CompletedProcess[str]:
    """What cron's own checker says of a table: `-T` is cronie's, `-n` Debian's; neither installs it."""

    def checked(flag: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["crontab", flag, str(path)], capture_output=True, text=True, check=False)

    said = checked("-T")
    if "invalid option" not in said.stderr:
        return said
    if "dry run" not in said.stderr:
        pytest.skip("this crontab checks nothing without installing it")
    return checked("-n")


@pytest.mark.skipif(not shutil.which("crontab"), reason="no crontab here")
@pytest.mark.parametrize("when", [(), ("--every", "30m"), ("--at", "08:30"), ("--cron", "*/20 8-17 * * 1-5")])
def test_crontab_is_good_for_crons_own_checker(bench: Bench, when: tuple[str, ...]) -> None:
    path = bench.folder / "table"
    table = bench.run("schedule", "--kind", "cron", *when, "--json").object["files"]["crontab"]
    path.write_text(table)
    checked = cron_says(path)
    assert checked.returncode == 0, checked.stderr
    path.write_text("61 " + table.splitlines()[-2].partition(" ")[2] + "\n")
    assert cron_says(path).returncode != 0, "the checker itself: no hour has a 61st minute"


def test_systemd_timer_is_installed_and_removed(bench: Bench) -> None:
    log = stubs(bench)
    done = bench.run("schedule", "--kind", "systemd", "--install", "--every", "1h")
    assert done.code == 0, done.err
    names = {path.name for path in unit_folder(bench).iterdir()}
    assert names == {"batchreset-rerun.service", "batchreset-rerun.timer"}
    assert log.read_text().splitlines() == [
        "systemctl --user daemon-reload",
        "systemctl --user enable --now batchreset-rerun.timer",
    ]
    assert bench.run("schedule", "--kind", "systemd", "--remove").code == 0
    assert not list(unit_folder(bench).iterdir())
    assert "systemctl --user disable --now batchreset-rerun.timer" in log.read_text()
    assert (
        bench.run("schedule", "--kind", "systemd", "--remove", "--json").object["error"]["code"]
        == "no-schedule"
    )


def test_systemd_that_takes_no_timer_leaves_no_units_behind(bench: Bench) -> None:
    stubs(bench)
    (bench.folder / "bin" / "systemctl").write_text("#!/bin/sh\necho no bus >&2\nexit 1\n")
    done = bench.run("schedule", "--kind", "systemd", "--install", "--json")
    assert (done.code, done.object["error"]["code"]) == (2, "scheduler-failed")
    assert not list(unit_folder(bench).iterdir())
    (unit_folder(bench) / "batchreset-rerun.timer").write_text("the one before")
    assert bench.run("schedule", "--kind", "systemd", "--install").code == 2
    held = {path.name: path.read_text() for path in unit_folder(bench).iterdir()}
    assert held == {"batchreset-rerun.timer": "the one before"}


def test_crontab_keeps_the_lines_of_others_and_holds_ours_once(bench: Bench) -> None:
    stubs(bench)
    table = bench.folder / "table"
    table.write_text("MAILTO=me\n0 1 * * * backup\n")
    for when in ("1h", "30m"):
        assert bench.run("schedule", "--kind", "cron", "--install", "--every", when).code == 0
    held = table.read_text()
    assert held.startswith("MAILTO=me\n0 1 * * * backup\n# batchreset-rerun: begin\n0,30 ")
    assert held.count("batchreset rerun") == 1
    assert bench.run("schedule", "--kind", "cron", "--remove").code == 0
    assert table.read_text() == "MAILTO=me\n0 1 * * * backup\n"
    table.unlink()
    assert bench.run("schedule", "--kind", "cron", "--install").code == 0, "no crontab yet"


def test_crontab_that_cannot_be_read_is_not_overwritten(bench: Bench) -> None:
    stubs(bench)
    (bench.folder / "bin" / "crontab").write_text(
        '#!/bin/sh\n[ "$1" = - ] && exit 0\necho denied >&2\nexit 1\n'
    )
    done = bench.run("schedule", "--kind", "cron", "--install", "--json")
    assert (done.code, done.object["error"]["code"]) == (2, "scheduler-failed")


def test_secrets_are_in_no_schedule(bench: Bench) -> None:
    bench.env |= {"BATCHRESET_APP_KEY": "s3cr3t-key", "BATCHRESET_ACCESS_TOKEN": "s3cr3t-token"}
    for kind in ("systemd", "cron", "windows"):
        done = bench.run("schedule", "--kind", kind)
        assert done.code == 0
        assert "s3cr3t" not in done.out + done.err


def test_crontab_command_runs_what_is_due_by_the_shell_cron_uses(bench: Bench) -> None:
    """The very line of the crontab, run by `sh` in another folder with next to no environment."""
    from tests.acceptance.cli import ROOT, sheet, simulator

    with simulator(bench) as service:
        bench.run(
            "run",
            sheet(bench.folder, ["2102311337400000001", "2102311337400000002"]),
            "--yes",
            "--only-first",
            "1",
        )
        line = bench.run("schedule", "--kind", "cron", "--json").object["files"]["crontab"].splitlines()[1]
        secrets = bench.folder / "config" / "batchreset" / "secrets.env"
        secrets.parent.mkdir(parents=True)
        secrets.write_text("".join(f"{k}={v}\n" for k, v in bench.env.items() if k.startswith("BATCHRESET_")))
        command = line.split(" ", 5)[5].replace(r"\%", "%")
        few = {name: bench.env[name] for name in ("PATH", "XDG_STATE_HOME", "XDG_CONFIG_HOME")}
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            env={**few, "PYTHONPATH": str(ROOT)},
            cwd="/",
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (bench.folder / "state" / "batchreset" / "schedule.log").read_text()
        assert len(service.log()) == 2
