"""The form of the file of error codes: its entries as values, and what is wrong with one that can't be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from batchreset.errors import UsageError
from batchreset.model import Actor, Advice
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

    `http` are the statuses it is expected with: known from the same source (`http_known`), or concluded.
    `wait_s` is the least wait before the next call and goes with `RETRY` and `LATER` only. `quota` says
    that the terminal's own quota is used up: without a `wait_s` the wait is then the quota's window. `who`
    must take the next step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    # `_Code`, `_Http` and `Fallback` say what they take here; elsewhere a file may not name them.
    code: str = Field(default="", max_length=0)
    http: _Statuses = Field(default=(), max_length=0)
    http_known: bool = False
    advice: Annotated[Advice, Field(strict=False)]
    wait_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    quota: bool = False
    basis: Basis = "inferred"
    reason: _Sentence
    next_step: _Sentence
    who: Annotated[Actor, Field(strict=False)] = Actor.OPERATOR

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


class Fallback(CodeEntry):
    http: _Statuses = Field(min_length=1)
    patterns: tuple[_Pattern, ...] = Field(strict=False, min_length=1)

    def means(self, http_status: int, message: str) -> bool:
        return http_status in self.http and any(pattern.search(message) for pattern in self.patterns)


class OwnFile(BaseModel):
    """A file of the user's: it may leave out any section, but not speak twice of the same."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: list[_Code] = []
    http: list[_Http] = []
    fallback: Fallback | None = None
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
            before = codes.get(key_of(entry.code), ())
            if any(not other.http or not entry.http or {*other.http} & {*entry.http} for other in before):
                raise ValueError(f"[[code]] {number} ({entry.code}): {_TWICE}")
            codes[key_of(entry.code)] = (*before, entry)
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


class Packaged(OwnFile):
    """The installed file, which others extend: it has all sections."""

    fallback: Fallback
    generic: CodeEntry
    lost: CodeEntry


_AnyFile = TypeVar("_AnyFile", bound=OwnFile)


def key_of(code: str) -> str:
    """What codes are compared by: as written, save that nine digits need no `USG.`."""
    match = _NINE_DIGITS.fullmatch(code)
    return match[1] if match else code


def read_own(path: Path) -> str:
    """The text of a user's file. Raises `UsageError` (`codes-file`) when it can't be read."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise _unusable(str(path), msg("can't be read ({cause})", cause=cause)) from cause


def parsed(kind: type[_AnyFile], text: str, file: str) -> _AnyFile:
    """The entries of a text. Raises `UsageError` (`codes-file`) that names `file` and the wrong entry."""
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
