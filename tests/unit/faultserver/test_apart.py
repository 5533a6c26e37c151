"""The witness is a stranger to what it judges: the standard library and itself, nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
OWN = ("tests.faultserver", "tests.served")
FILES = [*sorted((TESTS / "faultserver").rglob("*.py")), TESTS / "served.py"]


def imported(file: Path) -> set[str]:
    """Every module a file imports, wherever in it; a relative import as `.`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} if node.module and not node.level else {"."}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "import_module"):
            names |= {"."}
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_fault_server_imports_nothing_but_the_standard_library_and_itself(file: Path) -> None:
    strangers = {
        name
        for name in imported(file)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not any(name == own or name.startswith(f"{own}.") for own in OWN)
    }
    assert not strangers


def test_fault_server_is_read_whole() -> None:
    assert len(FILES) > 10
    assert any("asyncio" in imported(file) for file in FILES)
