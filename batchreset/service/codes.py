"""The table of the service's error codes: what each asks for, in data (`codes.toml`), and its look-up.

The codes that matter most on a reset ("no such terminal", "quota used up") are not public (facts.md
§13.1). So the table is a file that can be added to, codes that are not listed fall back on the words
and the status of the answer, and then the reason shows the answer in full for Huawei's support.

Whether a call was processed is *not* said here: that hangs on the HTTP status (`service/replies.py`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Final, NamedTuple

from batchreset.service.codefile import ANSWER, CodeEntry, OwnFile, Packaged, key_of, parsed, read_own
from batchreset.text.messages import Message, msg


class StandIn(NamedTuple):
    """A fallback, and for which answers it stands in."""

    when: Message
    entry: CodeEntry


class CodeTable:
    """The table, ready to be asked. Made by `load_table`."""

    def __init__(self, packaged: Packaged, own: OwnFile) -> None:
        self._codes: Final = packaged.codes() | own.codes()
        self._own_codes: Final = own.codes().keys()
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
        return key_of(code) in self._codes

    def is_one_of(self, entry: CodeEntry, codes: Iterable[str]) -> bool:
        """Whether the entry is for one of these codes, with or without `USG.` as in `known`."""
        return key_of(entry.code) in map(key_of, codes)

    def own(self, entry: CodeEntry) -> bool:
        """Whether what is listed for the entry's code comes from the user's file."""
        return key_of(entry.code) in self._own_codes

    def entries(self) -> tuple[CodeEntry, ...]:
        """All listed codes in the file's order; those of an override file that are new come last."""
        return tuple(_shown(entry) for entries in self._codes.values() for entry in entries)

    def fallbacks(self) -> tuple[StandIn, ...]:
        """What stands in for codes that are not listed: by words, by status, and for anything else."""
        by_status = [
            (_when(entry, prefix), entry)
            for entry, prefix in dict.fromkeys(
                (entry, prefix) for (_, prefix), entry in self._statuses.items()
            )
        ]
        found = [
            (msg("HTTP {status}, in words that mean the quota", status=_statuses(self._words)), self._words),
            *by_status,
            (msg("any other answer"), self._generic),
            (msg("no answer that could be read"), self._lost),
        ]
        return tuple(StandIn(when, _shown(entry)) for when, entry in found)

    def _by_code(self, code: str | None, http_status: int) -> CodeEntry | None:
        entries = self._codes.get(key_of(code), ()) if code else ()
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
    own = OwnFile() if override is None else parsed(OwnFile, read_own(override), str(override))
    return CodeTable(_packaged(), own)


@functools.cache
def _packaged() -> Packaged:
    name = "codes.toml"
    return parsed(Packaged, resources.files("batchreset.service").joinpath(name).read_text("utf-8"), name)


def _filled(entry: CodeEntry, answer: Message) -> CodeEntry:
    def fill(sentence: Message) -> Message:
        return Message(sentence.msgid, (("answer", answer),)) if ANSWER in sentence.msgid else sentence

    return entry.model_copy(update={"reason": fill(entry.reason), "next_step": fill(entry.next_step)})


def _shown(entry: CodeEntry) -> CodeEntry:
    """The entry for a listing: the statuses it is expected with stand where an answer's would."""
    return _filled(entry, _answer(_statuses(entry) or "…", entry.code, ""))


def _statuses(entry: CodeEntry) -> str:
    return "/".join(map(str, entry.http))


def _when(entry: CodeEntry, prefix: str | None) -> Message:
    """For which answers a fallback by status stands in."""
    if prefix is None:
        return msg("HTTP {status}", status=_statuses(entry))
    if not prefix:
        return msg("HTTP {status} with any code", status=_statuses(entry))
    return msg("HTTP {status} with a code {prefix}…", status=_statuses(entry), prefix=prefix)


def _answer(status: str, code: str, message: str) -> Message:
    """The answer in full, without the parts it lacks and without a full stop: it stands within a sentence."""
    message = message.rstrip(" .。")
    if code and message:
        return msg("HTTP {status}, {code}: {message}", status=status, code=code, message=message)
    if code:
        return msg("HTTP {status}, {code}", status=status, code=code)
    if message:
        return msg("HTTP {status}: {message}", status=status, message=message)
    return msg("HTTP {status}", status=status)
