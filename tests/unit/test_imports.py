"""The shape of the code, executable: which part may import what (DESIGN.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "batchreset"
IO = {"aiohttp", "pandas", "openpyxl", "sqlite3", "asyncio", "time", "random", "logging", "os", "socket"}
UI = {"typer", "rich", "batchreset.cli"}
RECIPE = ("job.py", "prepare.py", "sending.py", "resolving.py", "mending.py", "checkup.py")
READING = {
    f"batchreset.sheet.{name}"
    for name in (
        *("archive", "container", "delimited", "legacy", "load", "origin", "package", "reader"),
        *("strings", "styles", "worksheet", "xlsx"),
    )
}
JOINING = {"batchreset.job", "batchreset.prepare", "batchreset.sending"}
READERS = ("login.py", "reach.py", "asking.py", "inspecting.py", "kept.py")
READERS_NOT = {"sqlite3", "batchreset.ledger", "batchreset.report", *JOINING, *UI}
EDGES = {"batchreset.ledger.sqlite", "batchreset.service.transport", *JOINING, *READING}

PURE = [
    *(f"annotated/{name}.py" for name in ("findings", "kept", "marks")),
    "clock.py",
    "model.py",
    "reported.py",
    "errors.py",
    "plan/quota.py",
    "plan/terminal.py",
    "plan/build.py",
    "plan/guards.py",
    "plan/preflight.py",
    "service/registered.py",
    "service/wire.py",
    "service/signing.py",
    "service/replies.py",
    "service/auth.py",
    "service/endpoint.py",
    "service/allowance.py",
    "dispatch/rate.py",
    "dispatch/retry.py",
    "dispatch/breaker.py",
    "dispatch/ports.py",
    "ledger/port.py",
    "mended/match.py",
    "notify/news.py",
    "notify/target.py",
    "plan/forecast.py",
    "plan/waves.py",
    "schedule",
    "watch/cron.py",
    "watch/decide.py",
    "watch/window.py",
    "report/changes.py",
    "report/facts.py",
    "report/explain.py",
    "report/headline.py",
    "report/columns.py",
    "sheet/raw.py",
    "sheet/clean.py",
    "sheet/aliases.py",
    "sheet/search.py",
    "report/behind.py",
    "report/charted.py",
    "report/faces.py",
    "report/layout.py",
    "report/listing.py",
    "report/overview.py",
    "report/looks.py",
    "report/places.py",
    "ooxml/charts.py",
    "ooxml/errors.py",
    "ooxml/names.py",
    "ooxml/outline.py",
    "ooxml/pages.py",
    "ooxml/refs.py",
    "ooxml/spots.py",
    "ooxml/tables.py",
    "sheet/grouping.py",
    "sheet/header.py",
    "sheet/cells.py",
    "sheet/address.py",
    "sheet/mobile.py",
    "sheet/criteria.py",
    "sheet/lines.py",
    "sheet/merges.py",
    "sheet/repeats.py",
    "sheet/check.py",
    "sheet/notes.py",
    "service/codefile.py",
    "service/codes.py",
    *(
        f"simulator/{name}.py"
        for name in (
            *("api", "assumptions", "faults", "kinds", "memory", "models", "notes"),
            *("people", "replies", "resets", "scenario", "terminals", "views"),
        )
    ),
    "text/messages.py",
    "text/amounts.py",
    "text/spans.py",
]
MUST_NOT: dict[str, set[str]] = {
    "annotated": {"aiohttp", "sqlite3", "batchreset.ledger", "batchreset.plan", *JOINING, *UI},
    **dict.fromkeys(PURE, IO | UI | EDGES),
    "settings.py": {"os", "time", "pydantic_settings", *UI},
    "dispatch": {"aiohttp", "sqlite3", "batchreset.report", *UI, *EDGES},
    "sheet": {"aiohttp", "sqlite3", "batchreset.ledger", "batchreset.dispatch", "batchreset.plan", *UI},
    "report/groups.py": (IO - {"pandas"}) | UI | EDGES,
    "report/workbook.py": {"aiohttp", "sqlite3", "batchreset.ledger", "batchreset.plan", *UI},
    "ooxml": {"aiohttp", "pandas", "openpyxl", "sqlite3", "batchreset.report", "batchreset.ledger", *UI},
    "service": {"sqlite3", "pandas", "openpyxl", "batchreset.ledger", "batchreset.dispatch", *UI},
    "service/trust.py": {"aiohttp", "asyncio", *UI},
    "ledger": {"aiohttp", "pandas", "openpyxl", "batchreset.report", "batchreset.dispatch", *UI},
    **dict.fromkeys(RECIPE, UI),
    "mended/workbook.py": {"aiohttp", "sqlite3", "batchreset.ledger", "batchreset.plan", *UI},
    "template.py": {"aiohttp", "sqlite3", "batchreset.ledger", "batchreset.plan", *JOINING, *UI},
    "notify": {"sqlite3", "batchreset.ledger", "batchreset.report", *JOINING, *UI},
    **dict.fromkeys(READERS, READERS_NOT),
    "anchoring.py": {"sqlite3", "batchreset.ledger", *JOINING, *UI},
    "simulator": {"sqlite3", "batchreset.ledger", "batchreset.dispatch", "batchreset.plan", *UI},
}


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module a file imports, late imports included, those for types only left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):  # once more: a node's children are taken before it is seen
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files_of(part: str) -> list[Path]:
    path = PACKAGE / part
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@pytest.mark.parametrize("part", sorted(MUST_NOT))
def test_part_imports_nothing_it_must_not(part: str) -> None:
    files = files_of(part)
    assert files
    for file in files:
        for module in imported(ast.parse(file.read_text("utf-8"))):
            broken = [name for name in MUST_NOT[part] if module == name or module.startswith(f"{name}.")]
            assert not broken, f"{file.relative_to(PACKAGE)} imports {module}"


def test_only_the_commands_print_or_exit() -> None:
    for file in PACKAGE.rglob("*.py"):
        if "cli" in file.relative_to(PACKAGE).parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in ("print", "exit", "quit", "sys.exit", "os._exit"), f"{file}: {called}"


def test_the_child_that_may_be_killed_imports_nothing_of_ours() -> None:
    tree = ast.parse((PACKAGE / "sheet/calamine_child.py").read_text("utf-8"))

    assert not [module for module in imported(tree) if module.startswith("batchreset")]


def test_the_quota_is_counted_in_one_place() -> None:
    users = {
        str(file.relative_to(PACKAGE))
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("quota_window", "quota_margin")
    }
    # quota.py counts; the others show the rule, read a service's "later", tell the database its own
    # copy of the quota, or are the simulator judging us
    assert users - {"simulator/state.py", "simulator/assumptions.py", "simulator/terminals.py"} <= {
        "plan/quota.py",
        "cli/assumed.py",
        "ledger/file.py",
        "report/explain.py",
        "service/replies.py",
    }


def test_only_the_commands_and_the_recipe_join_the_edges() -> None:
    for file in PACKAGE.rglob("*.py"):
        name = str(file.relative_to(PACKAGE))
        if name.startswith("cli/") or name in RECIPE:
            continue
        joined = JOINING & {
            module.rpartition(".")[0] for module in imported(ast.parse(file.read_text("utf-8")))
        }
        assert not joined, f"{name} imports {joined}"
