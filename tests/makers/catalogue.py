"""Keeps `batchreset/text/zh_CN.po` in step with the sentences of the program.

    python -m tests.makers.catalogue --update    take in new sentences, drop those that are gone
    python -m tests.makers.catalogue --check     say what is missing or wrong; exit 1 if anything is

Sentences are the literals given to `msg("…")` in Python and to `t("…")` in templates, and `reason` and
`next_step` in `service/codes.toml`. Python is read with `ast`, not with Babel's own extractor, because
that one loses a sentence inside a call inside another sentence: `msg("{a}", a=f(msg("b")))`.
The file has no dates, places or flags: it changes only when a text does.
"""

from __future__ import annotations

import argparse
import ast
import io
import string
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE: Final = Path(__file__).parents[2] / "batchreset"
PO: Final = PACKAGE / "text" / "zh_CN.po"

_METHODS: Final = [
    ("**.py", "tests.makers.catalogue:python_sentences"),
    ("**.j2", "jinja2.ext:babel_extract"),
    ("service/codes.toml", "tests.makers.catalogue:toml_sentences"),
]
_KEYWORDS: Final = {"msg": None, "t": None}
_TOML_TEXTS: Final = ("reason", "next_step")

_HEADER: Final = """\
# What people read, in Simplified Chinese. Kept by `python -m tests.makers.catalogue --update`.
msgid ""
msgstr ""
"Language: zh_CN\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

Sentence = tuple[int, str, str, list[str]]
"""What Babel asks of an extraction method: line, function, sentence, comments."""


def msg_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls of `msg`, those inside other calls too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name == "msg":
                yield node


def literal(call: ast.Call) -> str | None:
    """The sentence given to `msg`, or `None` when it isn't a plain string."""
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def python_sentences(
    source: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Sentence]:
    """Babel extraction method for Python; what isn't a literal is left to a test to refuse."""
    for call in msg_calls(ast.parse(source.read())):
        sentence = literal(call)
        if sentence is not None:
            yield call.lineno, "msg", sentence, []


def toml_sentences(
    source: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Sentence]:
    """Babel extraction method for the table of codes."""
    for section in tomllib.load(source).values():
        for entry in section if isinstance(section, list) else [section]:
            for name in _TOML_TEXTS:
                yield 1, "msg", entry[name], []


def sentences(package: Path = PACKAGE) -> set[str]:
    """All English sentences under the package."""
    found = extract_from_dir(package, _METHODS, keywords=_KEYWORDS)
    return {sentence for _, _, sentence, _, _ in found if isinstance(sentence, str)}


def load(po: bytes) -> Catalog:
    """The catalogue as it is written. Raises Babel's `PoFileError` when it is broken."""
    return read_po(io.BytesIO(po), locale="zh_CN", abort_invalid=True)


def updated(old: Catalog, wanted: Collection[str]) -> Catalog:
    """Exactly the wanted sentences with the translations they had; none is guessed from a similar one."""
    new = Catalog(locale="zh_CN", fuzzy=False)
    for sentence in sorted(wanted):
        known = old.get(sentence)
        new.add(sentence, known.string if known is not None and not known.fuzzy else "").flags.clear()
    return new


def written(catalog: Catalog) -> bytes:
    """The file: one line a sentence, sorted, under a header that never changes."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    return _HEADER.encode() + body.getvalue().strip() + b"\n"


def problems(po: bytes, wanted: Collection[str]) -> list[str]:
    """What stands between this file and a complete, sound catalogue."""
    catalog = load(po)
    entries = {str(entry.id): entry for entry in catalog if entry.id}
    found = [f"missing: {sentence}" for sentence in sorted(wanted) if sentence not in entries]
    for sentence, entry in entries.items():
        if sentence not in wanted:
            found.append(f"not used any more: {sentence}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {sentence}")
        elif not entry.string:
            found.append(f"not translated: {sentence}")
        elif places(sentence) != places(str(entry.string)):
            found.append(f"other {{places}}: {sentence}")
    if not found and written(updated(catalog, wanted)) != po:
        found.append("not as --update writes it")
    return found


def places(sentence: str) -> set[str] | None:
    """The `{names}` in a sentence; `None` when its braces don't match."""
    try:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
    except ValueError:
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the module's text says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.makers.catalogue")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--update", action="store_true", help="take in new sentences, drop those that are gone")
    what.add_argument("--check", action="store_true", help="say what is missing or wrong")
    wanted = sentences()
    if parser.parse_args(arguments).update:
        old = load(PO.read_bytes()) if PO.exists() else Catalog(locale="zh_CN")
        PO.write_bytes(written(updated(old, wanted)))
    found = problems(PO.read_bytes(), wanted)
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
