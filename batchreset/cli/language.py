"""The language of what is said before the settings are read: help, and mistakes on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from batchreset.text import LANGS, Lang


def early(arguments: Sequence[str], environ: Mapping[str, str]) -> Lang:
    """By `--lang`, else BATCHRESET_LANG, else the locale: a Chinese one means Chinese.

    A locale decides on nothing that is kept: jobs and files go by the settings alone.
    """
    for wanted in (_flag(arguments), environ.get("BATCHRESET_LANG")):
        for lang in LANGS:
            if lang == wanted:
                return lang
    locale = next((value for name in _LOCALES if (value := environ.get(name))), "")
    return "zh-CN" if locale.startswith("zh") else "en-US"


_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where POSIX has a locale's name, the strongest first."""


def _flag(arguments: Sequence[str]) -> str | None:
    found = None
    for word, following in zip_longest(arguments, arguments[1:]):
        if word == "--lang":
            found = following
        elif word.startswith("--lang="):
            found = word.partition("=")[2]
    return found
