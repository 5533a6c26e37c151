"""The service's own `country` values (facts.md §6). They are not ISO codes.

`GB` is Guinea-Bissau and `UK` the United Kingdom, `BVl` ends in a lower-case L, `dominica` carries the
Dominican Republic's +1809. The list is `country_codes.csv`; its ISO column is our own inference. What
the service does with a value it doesn't know is not documented, so only printed values are ever sent.
"""

from __future__ import annotations

import csv
import difflib
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

DEFAULT: Final = "chinaPR"
"""What the service takes when no country is given (facts.md §6)."""


@dataclass(frozen=True, slots=True)
class Country:
    """`value` as printed, `dial_code` with its plus (`+86`, `+1284`), and the ISO alpha-2 code we infer."""

    value: str
    dial_code: str
    iso2: str


# What people write for a place where neither the value, nor ISO, nor CLDR's English and Chinese names say it.
_ALSO_CALLED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("prc", "prchina", "peoplesrepublicofchina", "mainlandchina", "chinamainland"), "CN"),
    **dict.fromkeys(("中国大陆", "中國大陸", "大陆", "中国内地", "内地"), "CN"),
    **dict.fromkeys(("中华人民共和国", "中華人民共和國"), "CN"),
    **dict.fromkeys(("hongkong", "hongkongsar", "hongkongchina", "chinahongkong"), "HK"),
    **dict.fromkeys(("香港", "中国香港", "中國香港", "香港特别行政区", "香港特別行政區"), "HK"),
    **dict.fromkeys(("macao", "macau", "macaosar", "macausar", "macaochina", "macauchina"), "MO"),
    **dict.fromkeys(("chinamacao", "chinamacau"), "MO"),
    **dict.fromkeys(("澳门", "澳門", "中国澳门", "中國澳門", "澳门特别行政区", "澳門特別行政區"), "MO"),
    **dict.fromkeys(("taiwanchina", "chinataiwan", "taiwanprovinceofchina", "chinesetaipei"), "TW"),
    **dict.fromkeys(("中国台湾", "中國台灣", "中國臺灣", "臺灣", "台湾省", "中国台湾省"), "TW"),
    **dict.fromkeys(("台湾地区", "中国台湾地区"), "TW"),
    **dict.fromkeys(("england", "scotland", "wales", "greatbritain", "britain"), "GB"),
    "unitedkingdomofgreatbritainandnorthernireland": "GB",
    **dict.fromkeys(("america", "unitedstatesofamerica", "美利坚合众国"), "US"),
    **dict.fromkeys(("korea", "republicofkorea", "korearepublicof", "koreasouth", "韓國", "大韩民国"), "KR"),
    **dict.fromkeys(("russianfederation", "俄罗斯联邦"), "RU"),
    **dict.fromkeys(("ksa", "kingdomofsaudiarabia", "沙特"), "SA"),
    "哈萨克": "KZ",
    "colombia": "CO",
    "holland": "NL",
    "czechrepublic": "CZ",
    "阿联酋": "AE",
    "turkiye": "TR",
    "burma": "MM",
    "brasil": "BR",
    "deutschland": "DE",
    "laopdr": "LA",
    "巴勒斯坦": "PS",
    "多米尼加": "DO",
    "trinidadandtobago": "TT",
}
_CUTOFF: Final = 0.84
"""How like each other two texts must be to be told as one meant for the other (`difflib`)."""
_ROUNDING: Final = 1e-9
_CHINESE_OR_NOT: Final = re.compile(r"[\u2e80-\u9fff]+|[^\u2e80-\u9fff]+")


def find(text: str) -> Country | None:
    """The country whose value `text` is, whatever its case (no two values differ by case only)."""
    return _by_value().get(text.casefold())


def named(text: str) -> Country | None:
    """The country that `text` names: its value, an ISO code, a name in English or Chinese, or in both.

    The value comes first: `GB` is the service's Guinea-Bissau, though ISO means the United Kingdom by it.
    """
    found = find(text) or _named_once(text)
    if found is not None:
        return found
    parts = [part for part in _CHINESE_OR_NOT.findall(text) if _key(part)]
    meant = {_named_once(part.strip(" /")) for part in parts}
    return meant.pop() if len(parts) > 1 and len(meant) == 1 else None


def _named_once(text: str) -> Country | None:
    return _names().get(_key(text)) if "/" not in text else None  # `N/A` is not Namibia


def by_iso2(iso2: str) -> Country | None:
    """The country with this (inferred) ISO-3166 alpha-2 code."""
    return _by_iso2().get(iso2.upper())


def all_countries() -> tuple[Country, ...]:
    """Every value the service has, in the file's order."""
    return tuple(_by_value().values())


def dial_code_of(e164: str) -> str | None:
    """The longest dial code of the list that the number starts with: +1284… is +1284, not +1."""
    codes = _by_dial_code()
    return next((e164[:end] for end in range(min(5, len(e164)), 1, -1) if e164[:end] in codes), None)


def sharing(dial_code: str) -> tuple[Country, ...]:
    """All countries with this dial code: two for +1 and +7, one or none for any other."""
    return _by_dial_code().get(dial_code, ())


def of_number(e164: str, region: str | None) -> Country | None:
    """The value that goes with a number of the ISO region `region`.

    A region the service has no value for (Jersey, Guadeloupe) goes by its dial code where only one
    value has it. `None`: the service has no value for such a number.
    """
    own = by_iso2(region) if region else None
    if own is not None:
        return own
    candidates = sharing(dial_code_of(e164) or "")
    return candidates[0] if len(candidates) == 1 else None


@functools.lru_cache(maxsize=4096)  # a wrong country mostly stands in many rows, and looking takes 3 ms
def suggest(text: str) -> Country | None:
    """The value a person probably means who wrote a dial code or a name with a slip of the pen.

    For hints only: a guess is never sent.
    """
    digits = text.removeprefix("+").removeprefix("00").strip()
    if digits.isascii() and digits.isdigit():
        candidates = sharing(f"+{digits}")
        return candidates[0] if len(candidates) == 1 else None
    if (exact := named(text)) is not None:
        return exact
    key = _key(text)
    alike = [name for name in _names() if _may_be_slip(key, name)] if len(key) > 3 else []
    near = difflib.get_close_matches(key, alike, n=1, cutoff=_CUTOFF)
    return _names()[near[0]] if near else None


def _may_be_slip(key: str, name: str) -> bool:
    """Whether two texts may be alike enough; texts of lengths or letters too different can't be."""
    both = len(key) + len(name)
    if 2 * min(len(key), len(name)) < _CUTOFF * both:
        return False
    return len(set(key) ^ set(name)) <= (1 - _CUTOFF) * both + _ROUNDING


def _key(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


@functools.cache
def _by_value() -> dict[str, Country]:
    lines = resources.files("batchreset.service").joinpath("country_codes.csv").read_text(encoding="utf-8")
    return {
        row["country"].casefold(): Country(row["country"], row["dial_code"], row["iso2_inferred"])
        for row in csv.DictReader(lines.splitlines())
    }


@functools.cache
def _by_iso2() -> dict[str, Country]:
    return {country.iso2: country for country in all_countries()}


@functools.cache
def _by_dial_code() -> dict[str, tuple[Country, ...]]:
    codes: dict[str, tuple[Country, ...]] = {}
    for country in all_countries():
        codes[country.dial_code] = (*codes.get(country.dial_code, ()), country)
    return codes


@functools.cache
def _names() -> dict[str, Country]:
    """Every name a country goes by. ISO codes come last: `GB` stays the service's own Guinea-Bissau."""
    names = {_key(country.value): country for country in all_countries()}
    for name, iso2 in _names_elsewhere():
        country = by_iso2(iso2)
        if country is not None:
            names.setdefault(_key(name), country)
    return names


def _names_elsewhere() -> Iterator[tuple[str, str]]:
    from babel import Locale
    from babel.core import get_global

    yield from _ALSO_CALLED.items()
    for language in ("en", "zh_Hans", "zh_Hant"):
        yield from ((name, iso2) for iso2, name in Locale.parse(language).territories.items())
    for alias, targets in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(targets) == 1:
            yield alias, targets[0]
    yield from ((country.iso2, country.iso2) for country in all_countries())
