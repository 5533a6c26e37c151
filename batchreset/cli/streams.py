"""stdin, stdout and stderr as they may be: closed, of an old encoding, or with nobody at the other end.

What is said must never end a run, and stdout gets at most one JSON object.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


class _Said:
    """What has been said already: the one JSON object, and what a command came to."""

    object = False
    end = False


def prepare() -> None:
    """Before anything is said: streams that are closed lead nowhere, and all text can be written."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)  # takes the free number, which no other file may get
            mode = "w" if number else "r"
            setattr(sys, name, open(null, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # lives as long as we do
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            with suppress(OSError, ValueError, LookupError):
                old = (stream.encoding or "").lower().replace("_", "-") not in ("utf-8", "utf8")
                reconfigure(encoding="utf-8" if old else None, errors="backslashreplace")


def write(stream: TextIO, text: str) -> None:
    """Write to stdout or stderr; one that takes no more leads nowhere from then on."""
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        abandon(stream)


def write_object(text: str) -> None:
    """The one JSON object; a second one is not written."""
    if not _Said.object:
        _Said.object = _Said.end = True
        write(sys.stdout, text + "\n")


def told_end() -> None:
    """What the command came to is said in words."""
    _Said.end = True


def has_told_end() -> bool:
    """Whether what the command came to has been said, in words or as JSON."""
    return _Said.end


def finish() -> None:
    """At the end: nothing is left for Python to flush, and to fail at, after the exit code is told."""
    for stream in (sys.stdout, sys.stderr):
        write(stream, "")


def abandon(stream: TextIO) -> None:
    """Let a stream whose reader has gone lead nowhere, what is still in its buffer too."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
