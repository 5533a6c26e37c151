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
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from batchreset.errors import UsageError
from batchreset.model import Advice
from batchreset.text.messages import Message, msg

Basis = Literal["documented", "observed", "inferred"]
"""Where a meaning comes from: the vendor, public code and recorded replies, or our own conclusion."""

ANSWER: Final = "{answer}"
"""The one place a sentence of the table may have; it becomes status, code and the service's own words."""

_NINE_DIGITS: Final = re.compile(r"USG\.(\d{9})")
_TWICE: Final = "an earlier entry is for the same code and status"


def _sentence(text: object) -> Message:
    if not isinstance(text, str) or not text.strip() or set("{}") & set(text.replace(ANSWER, "")):
        raise ValueError(f"Input should be a sentence without braces other than {ANSWER}")
    return Message(text)


def _pattern(text: object) -> re.Pattern[str]:
    try:
        if isinstance(text, str) and text:
            return re.compile(text, re.IGNORECASE)
    except re.error as cause:
        raise ValueError(f"Input should be a regular expression ({cause})") from cause
    raise ValueError("Input should be a regular expression")


_Sentence = Annotated[Message, PlainValidator(_sentence)]
_Status = Annotated[int, Field(ge=100, le=599)]
_Statuses = Annotated[tuple[_Status, ...], Field(strict=False)]  # TOML has lists, no tuples
_Pattern = Annotated[re.Pattern[str], PlainValidator(_pattern)]


class CodeEntry(BaseModel):
    """What one code (or, with `code` "", one fallback) means here.

    `http` are the statuses it is expected with. `wait_s` is the least wait before the next call and goes
    with `RETRY` and `LATER` only. `quota` says that the terminal's own quota is used up: without a
    `wait_s` the wait is then the quota's window.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # `_Code`, `_Http` and `_Fallback` say what they take here; elsewhere a file may not name them.
    code: str = Field(default="", max_length=0)
    http: _Statuses = Field(default=(), max_length=0)
    advice: Annotated[Advice, Field(strict=False)]
    wait_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    quota: bool = False
    basis: Basis = "inferred"
    reason: _Sentence
    next_step: _Sentence

    @model_validator(mode="after")
    def _needs(self) -> Self:
        if self.wait_s is not None and self.advice not in (Advice.RETRY, Advice.LATER):
            raise ValueError("wait_s needs an advice of retry or later")
        if self.quota and self.advice is not Advice.LATER:
            raise ValueError("quota needs an advice of later")
        return self


class _Code(CodeEntry):
    code: str = Field(pattern=r"\S")
    http: _Statuses = ()
    basis: Basis = "observed"


class _Http(CodeEntry):
    http: _Statuses = Field(alias="status", min_length=1)
    code_prefix: str | None = None


class _Fallback(CodeEntry):
    http: _Statuses = Field(min_length=1)
    patterns: tuple[_Pattern, ...] = Field(strict=False, min_length=1)

    def means(self, http_status: int, message: str) -> bool:
        return http_status in self.http and any(pattern.search(message) for pattern in self.patterns)


class _File(BaseModel):
    """A file of the user's: it may leave out any section, but not speak twice of the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: list[_Code] = []
    http: list[_Http] = []
    fallback: _Fallback | None = None
    generic: CodeEntry | None = None
    lost: CodeEntry | None = None

    @model_validator(mode="after")
    def _unambiguous(self) -> Self:
        self.codes()
        self.statuses()
        return self

    def codes(self) -> dict[str, tuple[CodeEntry, ...]]:
        """By code: its entries."""
        codes: dict[str, tuple[CodeEntry, ...]] = {}
        for number, entry in enumerate(self.code, 1):
            before = codes.get(_key(entry.code), ())
            if any(not other.http or not entry.http or {*other.http} & {*entry.http} for other in before):
                raise ValueError(f"[[code]] {number} ({entry.code}): {_TWICE}")
            codes[_key(entry.code)] = (*before, entry)
        return codes

    def statuses(self) -> dict[tuple[int, str | None], CodeEntry]:
        """By status and the prefix the code must have (None: no code needed): its entry."""
        statuses: dict[tuple[int, str | None], CodeEntry] = {}
        for number, entry in enumerate(self.http, 1):
            for status in entry.http:
                if (status, entry.code_prefix) in statuses:
                    raise ValueError(f"[[http]] {number} ({[*entry.http]}): {_TWICE}")
                statuses[status, entry.code_prefix] = entry
        return statuses


class _Packaged(_File):
    """The installed file, which others extend: it has all sections."""

    fallback: _Fallback
    generic: CodeEntry
    lost: CodeEntry


_AnyFile = TypeVar("_AnyFile", bound=_File)


class CodeTable:
    """The table, ready to be asked. Made by `load_table`."""

    def __init__(self, packaged: _Packaged, own: _File) -> None:
        self._codes: Final = packaged.codes() | own.codes()
        self._statuses: Final = packaged.statuses() | own.statuses()
        self._words: Final = own.fallback or packaged.fallback
        self._generic: Final = own.generic or packaged.generic
        self._lost: Final = own.lost or packaged.lost

    def lookup(self, code: str | None, http_status: int, message: str) -> CodeEntry:
        """What an answer with this code, status and text asks for (facts.md §4.3).

        A listed code speaks first; then words that mean the quota; then the status; then an entry that
        says no more than what was answered. The sentences hold the answer where the table asks for it.
        Never fails. For an answer judged unknown (CONTRACT.md) ask `lost` for the sentences.
        """
        entry = (
            self._by_code(code, http_status)
            or (self._words if self._words.means(http_status, message) else None)
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
        by_status = dict.fromkeys(self._statuses.values())
        return tuple(map(_shown, (self._words, *by_status, self._generic, self._lost)))

    def _by_code(self, code: str | None, http_status: int) -> CodeEntry | None:
        entries = self._codes.get(_key(code), ()) if code else ()
        fitting = (entry for entry in entries if http_status in entry.http)
        return next(fitting, entries[0] if entries else None)

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
    own = _File() if override is None else _parsed(_File, _read(override), str(override))
    return CodeTable(_packaged(), own)


@functools.cache
def _packaged() -> _Packaged:
    name = "codes.toml"
    return _parsed(_Packaged, resources.files("batchreset.service").joinpath(name).read_text("utf-8"), name)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise _unusable(str(path), msg("can't be read ({cause})", cause=cause)) from cause


def _parsed(kind: type[_AnyFile], text: str, file: str) -> _AnyFile:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise _unusable(file, msg("is not TOML ({cause})", cause=cause)) from cause
    try:
        return kind.model_validate(document)
    except ValidationError as cause:
        first = cause.errors(include_url=False)[0]
        where = ", ".join((file, *_place(first["loc"], document)))
        raise _unusable(where, first["msg"].removeprefix("Value error, ")) from cause


def _place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> list[str]:
    """Pydantic's ("code", 1, "advice") as the file's writer knows it: `[[code]] 2 (USG.x)`, `advice`."""
    match loc:
        case ("code" | "http" as section, int(index), *fields):
            entry = document[section][index]
            known_by = entry.get("code", entry.get("status", "")) if isinstance(entry, dict) else ""
            return [f"[[{section}]] {index + 1} ({known_by})", *map(str, fields[:1])]
        case ("code" | "http" as section,):
            return [f"[[{section}]]"]
        case (section, *fields):
            return [f"[{section}]", *map(str, fields[:1])]
    return []


def _unusable(where: str, problem: Message | str) -> UsageError:
    return UsageError(
        "codes-file",
        msg("The file of error codes can't be used. {where}: {problem}.", where=where, problem=problem),
        msg("Write the file like batchreset/service/codes.toml of the installed program, or leave it out."),
    )


def _key(code: str) -> str:
    """What codes are compared by: as written, save that nine digits need no `USG.`."""
    match = _NINE_DIGITS.fullmatch(code)
    return match[1] if match else code


def _filled(entry: CodeEntry, answer: Message) -> CodeEntry:
    def fill(sentence: Message) -> Message:
        return Message(sentence.msgid, (("answer", answer),)) if ANSWER in sentence.msgid else sentence

    return entry.model_copy(update={"reason": fill(entry.reason), "next_step": fill(entry.next_step)})


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
