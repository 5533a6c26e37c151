"""The README is true: its commands, tables and names against the program itself."""

from __future__ import annotations

import re

from batchreset.model import Status
from batchreset.report.columns import STATUS_WORDS
from batchreset.settings import Settings
from batchreset.text import Text
from tests.acceptance.cli import ROOT, Bench

README = (ROOT / "README.md").read_text("utf-8")


def block(name: str) -> list[str]:
    """The lines of the code block after `<!-- name -->`."""
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found, name
    return found[1].splitlines()


def commands(bench: Bench) -> set[str]:
    listed = bench.run("--help").out.split("Commands:")[1]
    return set(re.findall(r"^  (\w+) ", listed, re.MULTILINE))


def test_set_up_is_exactly_two_commands_each_complete_in_itself() -> None:
    (demo,), (test,) = block("demo"), block("test")
    for line, last in ((demo, "batchreset demo"), (test, "python -m pytest -q")):
        assert line.startswith("python3 -m venv .venv && ")
        assert line.endswith(last)
    windows = block("windows")
    assert len(windows) == 2
    assert [line.replace("\\", "/").rpartition("/")[2] for line in windows] == [
        "batchreset demo",
        "python -m pytest -q",
    ]


def test_ci_runs_the_readmes_test_command() -> None:
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text()


def test_every_command_is_named_and_every_named_command_exists(bench: Bench) -> None:
    known = commands(bench)
    named = set(re.findall(r"`batchreset (?:--debug )?([a-z]+)", README)) | {"demo"}
    assert named <= known | {"means"}, named - known
    assert known <= named, known - named


def test_statuses_are_the_programs_own_in_both_languages() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (\S+) \|", README, re.MULTILINE))
    chinese = Text("zh-CN")
    assert rows == {str(status): chinese(STATUS_WORDS[status]) for status in Status}


def test_settings_are_the_programs_own() -> None:
    named = {name.lower() for name in re.findall(r"^\| `BATCHRESET_(\w+)`", README, re.MULTILINE)}
    assert named == set(Settings.model_fields)
    for name, default in re.findall(
        r"^\| `BATCHRESET_\w+` \| `(\w+)` \| `?([\w-]+)`? \|", README, re.MULTILINE
    ):
        value = Settings.model_fields[name].default
        if isinstance(value, int | float) or name in ("lang", "country"):
            assert default == f"{value:g}" if isinstance(value, float) else str(value), name


def test_options_it_names_exist(bench: Bench) -> None:
    helps = "".join(bench.run(command, "--help").out for command in commands(bench)) + bench.run("--help").out
    for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - {"--update"}:
        assert option in helps, option


def test_files_it_names_exist() -> None:
    folder = ""
    for path in re.findall(
        r"`((?:batchreset|tests|samples|\.ci)/[\w./-]*|[\w]+\.(?:py|toml|po|csv|j2))`", README
    ):
        known = [ROOT / path, ROOT / folder / path, *ROOT.glob(f"batchreset/**/{path}")]
        assert any(place.exists() for place in known) or path == "batchreset.toml", path
        folder = path.rpartition("/")[0] or folder
