"""Keeps `batchreset/text/zh_CN.po` in step with the sentences of the program.

    python -m tests.makers.catalogue --update    take in new sentences, drop those that are gone
    python -m tests.makers.catalogue --check     say what is missing or wrong; exit 1 if anything is

Sentences are the literals given to `msg("…")` in Python and to `t("…")` in templates, those for one and
for many given to `counted("…", "…")`, and `reason` and `next_step` in `service/codes.toml`. Python is read
with `ast`, not with Babel's own extractor, because that one loses a sentence inside a call inside another
sentence: `msg("{a}", a=f(msg("b")))`.
The file has no dates, places or flags: it changes only when a text does.
"""

from __future__ import annotations

import argparse
import ast
import io
import string
import sys
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE: Final = Path(__file__).parents[2] / "batchreset"
PO: Final = PACKAGE / "text" / "zh_CN.po"

_METHODS: Final = [
    ("**.py", "tests.makers.catalogue:python_sentences"),
    ("**.j2", "jinja2.ext:babel_extract"),
    ("service/codes.toml", "tests.makers.catalogue:toml_sentences"),
]
_KEYWORDS: Final = {"msg": None, "t": None, "counted": (1, 2)}
_LITERALS: Final = {"msg": 1, "counted": 2}
"""How many sentences each of our functions takes."""
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

MsgId = str | tuple[str, str]
"""A sentence, or its form for one and its form for many."""
Found = tuple[int, str, MsgId, list[str]]
"""What Babel asks of an extraction method: line, function, sentence, comments."""


def called(call: ast.Call) -> str | None:
    """The name of the function that is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)


def msg_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """All calls of `msg` and `counted`, those inside other calls too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in _LITERALS:
            yield node


def literal(call: ast.Call) -> MsgId | None:
    """What is given to `msg` or `counted`, or `None` when it isn't plain strings, one or two."""
    texts = [
        argument.value
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    if len(texts) != len(call.args) or len(texts) != _LITERALS[called(call) or ""]:
        return None
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])


def python_sentences(
    source: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Found]:
    """Babel extraction method for Python; what isn't a literal is left to a test to refuse."""
    for call in msg_calls(ast.parse(source.read())):
        sentence = literal(call)
        if sentence is not None:
            yield call.lineno, called(call) or "", sentence, []


def toml_sentences(
    source: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],
) -> Iterator[Found]:
    """Babel extraction method for the table of codes."""
    for section in tomllib.load(source).values():
        for entry in section if isinstance(section, list) else [section]:
            for name in _TOML_TEXTS:
                yield 1, "msg", entry[name], []


def sentences(package: Path = PACKAGE) -> set[MsgId]:
    """All English sentences under the package."""
    found: set[MsgId] = set()
    for _, _, sentence, _, _ in extract_from_dir(package, _METHODS, keywords=_KEYWORDS):
        if isinstance(sentence, str):
            found.add(sentence)
        else:
            one, many = sentence
            found.add((one, many))
    return found


def load(po: bytes) -> Catalog:
    """The catalogue as it is written. Raises Babel's `PoFileError` when it is broken."""
    return read_po(io.BytesIO(po), locale="zh_CN", abort_invalid=True)


def updated(old: Catalog, wanted: Collection[MsgId]) -> Catalog:
    """Exactly the wanted sentences with the translations they had; none is guessed from a similar one."""
    new = Catalog(locale="zh_CN", fuzzy=False)
    kept = {entry.id: entry.string for entry in old if entry.id and not entry.fuzzy}
    for sentence in sorted(wanted, key=forms):
        none = "" if isinstance(sentence, str) else ("",)
        new.add(sentence, kept.get(sentence, none)).flags.clear()
    return new


def forms(sentence: MsgId) -> tuple[str, ...]:
    """Its one text, or its text for one and its text for many."""
    return (sentence,) if isinstance(sentence, str) else sentence


def written(catalog: Catalog) -> bytes:
    """The file: one line a sentence, sorted, under a header that never changes."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    return _HEADER.encode() + body.getvalue().strip() + b"\n"


def problems(po: bytes, wanted: Collection[MsgId]) -> list[str]:
    """What stands between this file and a complete, sound catalogue."""
    catalog = load(po)
    entries: dict[MsgId, Message] = {msgid(entry): entry for entry in catalog if entry.id}
    found = [f"missing: {shown(one)}" for one in sorted(wanted, key=forms) if one not in entries]
    firsts = Counter(forms(sentence)[0] for sentence in wanted)
    found += [f"in several forms: {first}" for first, times in firsts.items() if times > 1]
    for sentence, entry in entries.items():
        texts = [entry.string] if isinstance(entry.string, str) else [*(entry.string or ("",))]
        if sentence not in wanted:
            found.append(f"not used any more: {shown(sentence)}")
        elif entry.fuzzy:
            found.append(f"fuzzy: {shown(sentence)}")
        elif not all(texts):
            found.append(f"not translated: {shown(sentence)}")
        elif not _fit(forms(sentence), texts):
            found.append(f"other {{places}}: {shown(sentence)}")
    if not found and written(updated(catalog, wanted)) != po:
        found.append("not as --update writes it")
    return found


def _fit(english: Sequence[str], translated: Sequence[str]) -> bool:
    """Whether all have the same places; the English form for one may say its number without one."""
    *one, many = map(places, english)
    return (
        many is not None
        and all(some is not None and some <= many for some in one)
        and all(places(text) == many for text in translated)
    )


def msgid(entry: Message) -> MsgId:
    """The sentence of an entry."""
    if isinstance(entry.id, str):
        return entry.id
    one, many = entry.id
    return one, many


def shown(sentence: MsgId) -> str:
    """A sentence in a line."""
    return " | ".join(forms(sentence))


def places(sentence: str) -> frozenset[str] | None:
    """The `{names}` in a sentence; `None` when its braces don't match."""
    try:
        return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)
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
