"""Help in the reader's language: typer's own words by the catalogue, wide characters folded by their width.

typer folds lines by the number of characters, of which a Chinese one takes two cells of a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from batchreset.cli.options import TEXT
from batchreset.text import Message, msg
from batchreset.text.libraries import in_our_words

_OPENING: Final = "（“《「"
_CLOSING: Final = "，。：；、）”》」？！…"
_WIDE: Final = r"\u2e80-\uffef"
_PIECE: Final = (  # compiled when help is shown: that takes 3 ms
    rf"[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)[{_CLOSING}]*|\s+|\S"
)
"""What stays on one line: a word, a Chinese character, with the punctuation that belongs to it."""
_EXTRAS: Final = r"\[([^\[\]]+)\]$"
_COLUMN_MAX: Final = 30
_GAP: Final = 2


def said(words: str) -> str:
    """typer's words in the language of help."""
    ours = in_our_words(words)
    return TEXT(ours) if isinstance(ours, Message) else ours


def folded(text: str, cells: int) -> Iterator[str]:
    """The lines of a text in a column of so many cells."""
    from rich.cells import cell_len

    line = ""
    for piece in re.findall(_PIECE, text):
        if line.strip() and cell_len(line + piece.rstrip()) > cells:
            yield line.rstrip()
            line = ""
        line = (line + piece).lstrip()
    yield line.rstrip()


class _Formatter(typer.Context.formatter_class):  # type: ignore[valid-type,misc]  # typer has no public name for it
    """A help page in a language with wide characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or f"{_headed('Usage')} ")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_headed(heading)}\n")

    def write_text(self, text: str) -> None:
        for line in folded(text, self.width - self.current_indent):
            self.write(f"{'':>{self.current_indent}}{line}\n")

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = _COLUMN_MAX, col_spacing: int = _GAP
    ) -> None:
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        indent = " " * (self.current_indent + first)
        for name, explained in rows:
            lines = list(folded(re.sub(_EXTRAS, _extras, explained), max(self.width - len(indent), 10)))
            head = " " * self.current_indent + name
            if len(name) + col_spacing > first:
                self.write(f"{head}\n")
                head = ""
            self.write(f"{head:<{len(indent)}}{lines[0]}\n")
            for line in lines[1:]:
                self.write(f"{indent}{line}\n")


def _headed(words: str) -> str:
    return TEXT(msg("{heading}:", heading=said(words)))


class _Context(typer.Context):
    formatter_class = _Formatter if TEXT.lang != "en-US" else typer.Context.formatter_class


class Command(TyperCommand):
    """A command whose help is in the reader's language, typer's own options too."""

    context_class = _Context

    def get_params(self, ctx: Any) -> list[Any]:
        return _said_of(super().get_params(ctx))


class Group(TyperGroup):
    """The program itself, likewise."""

    context_class = _Context

    def get_params(self, ctx: Any) -> list[Any]:
        return _said_of(super().get_params(ctx))


def _said_of(params: list[Any]) -> list[Any]:
    for param in params:
        if isinstance(param, TyperOption) and param.help:
            param.help = said(param.help)
    return params


def _extras(found: re.Match[str]) -> str:
    return f"[{'; '.join(map(said, found[1].split('; ')))}]"
