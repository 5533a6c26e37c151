"""Words for people that go past the catalogue: literals where a sentence of it should stand.

Most ways to a person take a `Message` and mypy keeps them. What is left takes plain text: tables,
help, what is written to a stream, and the pages' templates.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.makers.catalogue import PACKAGE, called, literal, msg_calls

PLAIN_TEXT = {
    *("table", "add_column", "add_row", "print", "echo", "write", "secho", "TextColumn", "Typer", "Option"),
    *("Argument", "command", "Group", "Command", "ask", "say", "tell", "typed"),
}
"""Functions that show a text they are given."""
NOT_SHOWN = {"metavar", "overflow", "box", "justify", "title_justify", "rate", "encoding"}
"""Their arguments that are no words: metavars are names, the same in every language."""
NAMES = {"HTTP", "SN", "batchreset", "JSON", "REHEARSAL", "演练"}
"""Names that are no words of a language, and what stands in both languages on every page."""
WORD = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
OWN_NAMES = re.compile(r"--?[a-z][a-z-]*(/--[a-z-]+)?|[a-z]+")
"""Options and commands by their names, which are given beside their help."""


def shown_literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The literals given to a function that shows them, but those of `msg` in between."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in PLAIN_TEXT:
            named = [keyword.value for keyword in node.keywords if keyword.arg not in NOT_SHOWN]
            for argument in (*node.args, *named):
                yield from _pieces(argument)


def _pieces(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Call):  # a call makes the text: `t(msg("…"))`, `str(number)`
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    elif isinstance(node, ast.FormattedValue):
        return
    elif isinstance(node, ast.JoinedStr | ast.BinOp | ast.IfExp | ast.Tuple | ast.List | ast.Starred):
        for child in ast.iter_child_nodes(node):
            yield from _pieces(child)


def words_in(text: str) -> list[str]:
    """The words of a literal that belong to a language."""
    said = re.sub(r"\{[^{}]*\}", "", text)
    return [] if OWN_NAMES.fullmatch(said) else [word for word in WORD.findall(said) if word not in NAMES]


def bypassing(source: str) -> list[str]:
    return [f"{line}: {text}" for line, text in shown_literals(ast.parse(source)) if words_in(text)]


def test_words_when_shown_by_a_command_then_from_the_catalogue() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}:{one}"
        for file in sorted((PACKAGE / "cli").rglob("*.py"))
        for one in bypassing(file.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('shown = table(t(msg("Job")), "Runs so far")', ["1: Runs so far"]),
        ('t.add_row(name, f"{n} rows of it")', ["1:  rows of it"]),
        ('streams.write(sys.stderr, "It was " + what)', ["1: It was "]),
        ('typer.Option("--at", help="Once a day.")', ["1: Once a day."]),
        ('typer.echo("Done here" if done else t(msg("no")))', ["1: Done here"]),
        ('typer.Option("--at", metavar="HH:MM in words", help=help_text(msg("Once a day.")))', []),
        ('table(t(msg("Job")), "HTTP", "-")', []),
        ('app.command("doctor", help=help_text(msg("Checks.")))', []),
        ('typer.echo(f"batchreset {version}")', []),
    ],
)
def test_bypassing_when_a_literal_is_shown_then_it_is_found(source: str, lines: list[str]) -> None:
    assert bypassing(source) == lines


# --- every sentence is used as a message, and not taken for a text


def test_messages_when_joined_with_text_then_through_their_places() -> None:
    """`str(msg(…))`, `f"{msg(…)}"` and `msg(…) + …` would show the value's own form, or English."""
    wrong = []
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_bytes())
        ours = {id(call) for call in msg_calls(tree) if literal(call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.FormattedValue | ast.BinOp):
                inner = ast.iter_child_nodes(node)
            elif isinstance(node, ast.Call) and called(node) in ("str", "repr", "format"):
                inner = iter(node.args)
            else:
                continue
            wrong += [f"{file.name}:{child.lineno}" for child in inner if id(child) in ours]  # type: ignore[attr-defined]  # calls have a line
    assert wrong == []


# --- pages


def page_words(template: str) -> list[str]:
    """The words that stand in a template as they are, outside of scripts, styles and its own language."""
    text = re.sub(r"(?s)\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", template)
    text = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", text)
    said = re.findall(r'(?:title|alt|aria-label|placeholder)="([^"]*)"', text)
    text = re.sub(r"(?s)<!--.*?-->|<[^>]*>|&\w+;", " ", text)
    return [word for piece in (text, *said) for word in WORD.findall(piece) if word not in NAMES]


def templates() -> list[Path]:
    return sorted(PACKAGE.rglob("*.j2"))


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.parent.parent.name)
def test_words_when_on_a_page_then_from_the_catalogue(template: Path) -> None:
    assert page_words(template.read_text("utf-8")) == []


def test_page_words_when_a_template_has_its_own_then_found() -> None:
    page = (
        '<p title="a tip">{{ t("Rows") }} left over {% if x %}now{% endif %}</p><style>p{color:red}</style>'
    )
    assert page_words(page) == ["left", "over", "now", "tip"]
