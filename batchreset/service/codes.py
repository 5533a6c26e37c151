"""The table of the service's error codes: what each asks for, in data (`codes.toml`), and its look-up.

The codes that matter most on a reset ("no such terminal", "quota used up") are not public (facts.md
§13.1). So the table is a file that can be added to, codes that are not listed fall back on the words
and the status of the answer, and then the reason shows the answer in full for Huawei's support.

Whether a call was processed is *not* said here: that hangs on the HTTP status (`service/replies.py`).
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from batchreset.errors import UsageError
from batchreset.model import Advice
from batchreset.text.messages import Message, msg

Basis = Literal["documented", "observed", "inferred"]
"""Where a meaning comes from: the vendor, public code and recorded replies, or our own conclusion."""

ANSWER: Final = "{answer}"
"""The one place a sentence of the table may have; it becomes status, code and the service's own words."""

_NINE_DIGITS: Final = re.compile(r"USG\.(\d{9})")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What one code (or, with `code` "", one fallback) means here.

    `http` are the statuses it is expected with. `wait_s` is the least wait before the next call and goes
    with `RETRY` and `LATER` only. `quota` says that the terminal's own quota is used up: without a
    `wait_s` the wait is then the quota's window.
    """

    code: str
    http: tuple[int, ...]
    advice: Advice
    wait_s: float | None
    quota: bool
    basis: Basis
    reason: Message
    next_step: Message


@dataclass(frozen=True, slots=True)
class _Words:
    """The keyword rule: refusals with one of `http` whose text matches `pattern` are `entry`."""

    http: frozenset[int]
    pattern: re.Pattern[str]
    entry: CodeEntry


@dataclass(frozen=True, slots=True)
class _Tables:
    """One file's worth. A status is kept with the prefix its code must have (None: no code needed)."""

    codes: Mapping[str, tuple[CodeEntry, ...]]
    statuses: Mapping[tuple[int, str | None], CodeEntry]
    words: tuple[_Words, ...]
    """The section `fallback`: one, or none in an override file."""
    others: Mapping[str, CodeEntry]
    """The sections `generic` and `lost`."""

    def overridden(self, own: _Tables) -> _Tables:
        return _Tables(
            {**self.codes, **own.codes},
            {**self.statuses, **own.statuses},
            own.words or self.words,
            {**self.others, **own.others},
        )


class CodeTable:
    """The table, ready to be asked. Made by `load_table`."""

    def __init__(self, tables: _Tables) -> None:
        self._codes: Final = tables.codes
        self._statuses: Final = tables.statuses
        self._words: Final = tables.words
        self._generic: Final = tables.others["generic"]
        self._lost: Final = tables.others["lost"]

    def lookup(self, code: str | None, http_status: int, message: str) -> CodeEntry:
        """What an answer with this code, status and text asks for (facts.md §4.3).

        A listed code speaks first; then words that mean the quota; then the status; then an entry that
        says no more than what was answered. The sentences hold the answer where the table asks for it.
        Never fails. For an answer judged unknown (CONTRACT.md) ask `lost` for the sentences.
        """
        entry = (
            self._by_code(code, http_status)
            or self._by_words(http_status, message)
            or self._by_status(code, http_status)
            or self._generic
        )
        return _filled(entry, _answer(str(http_status), code or "", message))

    def lost(self, code: str | None = None, http_status: int | None = None, message: str = "") -> CodeEntry:
        """The sentences for a call that may have been processed (CONTRACT.md, `unknown`).

        Without a status there was no answer that could be read; with one, the answer left it open.
        """
        if http_status is None:
            return self._lost
        return _filled(self._generic, _answer(str(http_status), code or "", message))

    def known(self, code: str) -> bool:
        """Whether the code is listed, with or without the `USG.` of nine-digit numbers (facts.md §4.2)."""
        return _key(code) in self._codes

    def entries(self) -> tuple[CodeEntry, ...]:
        """All listed codes in the file's order; those of an override file that are new come last."""
        return tuple(_shown(entry) for entries in self._codes.values() for entry in entries)

    def fallbacks(self) -> tuple[CodeEntry, ...]:
        """What stands in for codes that are not listed: by words, by status, and for anything else."""
        by_words = (rule.entry for rule in self._words)
        by_status = dict.fromkeys(self._statuses.values())
        return tuple(map(_shown, (*by_words, *by_status, self._generic, self._lost)))

    def _by_code(self, code: str | None, http_status: int) -> CodeEntry | None:
        entries = self._codes.get(_key(code), ()) if code else ()
        fitting = (entry for entry in entries if http_status in entry.http)
        return next(fitting, entries[0] if entries else None)

    def _by_words(self, http_status: int, message: str) -> CodeEntry | None:
        for rule in self._words:
            if http_status in rule.http and rule.pattern.search(message):
                return rule.entry
        return None

    def _by_status(self, code: str | None, http_status: int) -> CodeEntry | None:
        fitting = {
            -1 if prefix is None else len(prefix): entry
            for (status, prefix), entry in self._statuses.items()
            if status == http_status and (prefix is None or (code and code.startswith(prefix)))
        }
        return fitting[max(fitting)] if fitting else None


def load_table(override: Path | None = None) -> CodeTable:
    """The packaged table, extended by a file of the same shape.

    An entry of `override` takes the place of all packaged ones for its code (or status and prefix).
    Raises `UsageError` (`codes-file`) that names the entry when the file can't be read or used.
    """
    tables = _packaged()
    return CodeTable(
        tables if override is None else tables.overridden(_parsed(_read(override), str(override)))
    )


@functools.cache
def _packaged() -> _Tables:
    name = "codes.toml"
    return _parsed(resources.files("batchreset.service").joinpath(name).read_text("utf-8"), name)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise _unusable(str(path), "", msg("can't be read ({cause})", cause=cause)) from cause


def _key(code: str) -> str:
    """What codes are compared by: as written, save that nine digits need no `USG.`."""
    match = _NINE_DIGITS.fullmatch(code)
    return match[1] if match else code


def _filled(entry: CodeEntry, answer: Message) -> CodeEntry:
    def fill(sentence: Message) -> Message:
        return Message(sentence.msgid, (("answer", answer),)) if ANSWER in sentence.msgid else sentence

    return replace(entry, reason=fill(entry.reason), next_step=fill(entry.next_step))


def _shown(entry: CodeEntry) -> CodeEntry:
    """The entry for a listing: the statuses it is expected with stand where an answer's would."""
    return _filled(entry, _answer("/".join(map(str, entry.http)) or "…", entry.code, ""))


def _answer(status: str, code: str, message: str) -> Message:
    """The answer in full, without the parts it lacks."""
    if code and message:
        return msg("HTTP {status}, {code}: {message}", status=status, code=code, message=message)
    if code:
        return msg("HTTP {status}, {code}", status=status, code=code)
    if message:
        return msg("HTTP {status}: {message}", status=status, message=message)
    return msg("HTTP {status}", status=status)


# --- reading the file


def _unusable(file: str, entry: str, problem: Message) -> UsageError:
    where = f"{file}, {entry}" if entry else file
    return UsageError(
        "codes-file",
        msg("The file of error codes can't be used. {where}: {problem}.", where=where, problem=problem),
        msg("Write the file like batchreset/service/codes.toml of the installed program, or leave it out."),
    )


def _parsed(text: str, file: str) -> _Tables:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise _unusable(file, "", msg("is not TOML ({cause})", cause=cause)) from cause
    top = _Fields(document, file, "")
    codes = _codes(_Fields(entry, file, label) for label, entry in top.tables("code"))
    statuses = _statuses(_Fields(entry, file, label) for label, entry in top.tables("http"))
    fallback = top.table("fallback")
    others = {name: _entry(fields) for name in ("generic", "lost") if (fields := top.table(name))}
    top.finish()
    return _Tables(codes, statuses, (_words(fallback),) if fallback else (), others)


class _Fields:
    """One table of the file, taken apart field by field; what is left over at the end is a mistake."""

    def __init__(self, fields: Mapping[str, Any], file: str, label: str) -> None:
        self._left: Final = dict(fields)
        self._file: Final = file
        self._label: Final = label

    def bad(self, problem: Message) -> UsageError:
        return _unusable(self._file, self._label, problem)

    def finish(self) -> None:
        for name in self._left:
            raise self.bad(msg("{field} is not known here", field=name))

    def _wrong(self, name: str, wanted: Message) -> UsageError:
        return self.bad(msg("{field} must be {wanted}", field=name, wanted=wanted))

    def text(self, name: str, default: str | None = None) -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, msg("a text that is not empty"))
        return value

    def sentence(self, name: str) -> Message:
        text = self.text(name)
        if set("{}") & set(text.replace(ANSWER, "")):
            raise self._wrong(name, msg("a sentence without braces other than {place}", place=ANSWER))
        return Message(text)

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self._left.pop(name, default)
        if value not in allowed:
            raise self._wrong(name, msg("one of {choices}", choices=", ".join(allowed)))
        return str(value)

    def flag(self, name: str) -> bool:
        value = self._left.pop(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, msg("true or false"))
        return value

    def seconds(self, name: str) -> float | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self._wrong(name, msg("a number above 0"))
        return float(value)

    def statuses(self, name: str, *, needed: bool) -> tuple[int, ...]:
        value = self._left.pop(name, None if needed else [])
        if (
            not isinstance(value, list)
            or not all(_is_status(item) for item in value)
            or (needed and not value)
        ):
            raise self._wrong(name, msg("a list of HTTP statuses (100 to 599)"))
        return tuple(value)

    def prefix(self, name: str) -> str | None:
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, msg("a text"))
        return value

    def patterns(self, name: str) -> re.Pattern[str]:
        value = self._left.pop(name, None)
        wanted = msg("a list of regular expressions")
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(item, str) and item for item in value)
        ):
            raise self._wrong(name, wanted)
        try:
            return re.compile("|".join(value), re.IGNORECASE)
        except re.error as cause:
            raise self._wrong(name, wanted) from cause

    def tables(self, name: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, msg("written as {entries}", entries=f"[[{name}]]"))
        return [(_label(name, number, entry), entry) for number, entry in enumerate(value, 1)]

    def table(self, name: str) -> _Fields | None:
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(name, msg("written as {entries}", entries=f"[{name}]"))
        return None if value is None else _Fields(value, self._file, f"[{name}]")


def _is_status(item: object) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and 100 <= item <= 599


def _label(name: str, number: int, entry: Mapping[str, Any]) -> str:
    known_by = entry.get("code", entry.get("status", ""))
    return f"[[{name}]] {number} ({known_by})"


def _entry(fields: _Fields, code: str = "", http: tuple[int, ...] = ()) -> CodeEntry:
    """The fields all entries share. They must fit each other: a wait needs an advice to wait."""
    entry = CodeEntry(
        code,
        http,
        Advice(fields.choice("advice", list(Advice))),
        fields.seconds("wait_s"),
        fields.flag("quota"),
        _BASES[fields.choice("basis", list(_BASES), "observed" if code else "inferred")],
        fields.sentence("reason"),
        fields.sentence("next_step"),
    )
    fields.finish()
    if entry.wait_s is not None and entry.advice not in (Advice.RETRY, Advice.LATER):
        raise fields.bad(msg("{field} needs an advice of {choices}", field="wait_s", choices="retry, later"))
    if entry.quota and entry.advice is not Advice.LATER:
        raise fields.bad(msg("{field} needs an advice of {choices}", field="quota", choices="later"))
    return entry


_BASES: Final[Mapping[str, Basis]] = {basis: basis for basis in get_args(Basis)}


def _codes(tables: Iterable[_Fields]) -> dict[str, tuple[CodeEntry, ...]]:
    codes: dict[str, tuple[CodeEntry, ...]] = {}
    for fields in tables:
        entry = _entry(fields, fields.text("code"), fields.statuses("http", needed=False))
        before = codes.get(_key(entry.code), ())
        if any(not other.http or not entry.http or {*other.http} & {*entry.http} for other in before):
            raise fields.bad(msg("an earlier entry is for the same code and status"))
        codes[_key(entry.code)] = (*before, entry)
    return codes


def _statuses(tables: Iterable[_Fields]) -> dict[tuple[int, str | None], CodeEntry]:
    statuses: dict[tuple[int, str | None], CodeEntry] = {}
    for fields in tables:
        prefix = fields.prefix("code_prefix")
        entry = _entry(fields, http=fields.statuses("status", needed=True))
        for status in entry.http:
            if (status, prefix) in statuses:
                raise fields.bad(msg("an earlier entry is for the same code and status"))
            statuses[status, prefix] = entry
    return statuses


def _words(fields: _Fields) -> _Words:
    http = fields.statuses("http", needed=True)
    pattern = fields.patterns("patterns")
    return _Words(frozenset(http), pattern, _entry(fields, http=http))
